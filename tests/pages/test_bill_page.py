"""The page of a bill: its form, its slip, its pictures; never a figure that the API does not answer."""

import datetime as dt
import json
import random
import re
import shlex
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from xml.etree import ElementTree

import pytest
from starlette.testclient import TestClient

from app.i18n import LANGUAGES, Language, wording
from app.i18n.amounts import in_sentence
from app.main import create_app
from app.pages.bill_form import DEFAULTS, flat, in_words, reading_in_words
from app.rules.readings import QUESTIONS
from app.schemas.examples import BILLS
from app.schemas.flat_fields import FIELDS
from app.settings import Settings
from tests.support.grid import grid
from tests.support.markup import Element, read
from tests.support.random_bills import random_request
from tests.support.scale import scaled

Json = dict[str, Any]

README = flat(BILLS["registered_major_disease"]["value"])
ENGLISH = {"Accept-Language": "en"}
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def on_a_day(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings.model_copy(update={"today": dt.date(2018, 5, 20)}))) as speaking:
        yield speaking


def shown(client: TestClient, fields: dict[str, str], spoken: Language = "zh", status: int = 200) -> Element:
    """Open the page of a bill."""
    asked = fields if spoken == "zh" else {**fields, "lang": spoken}
    answer = client.get("/bill", params=asked)
    assert answer.status_code == status, answer.text
    return read(answer.text)


def answered(client: TestClient, bill: Json, spoken: Language = "zh", path: str = "") -> Json:
    """Ask the API for a bill."""
    body = {name: part for name, part in bill.items() if name != "readings" or not path}
    answer = client.post(f"/v1/reimbursements{path}", json=body, headers={"Accept-Language": spoken})
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def typed(page: Element) -> dict[str, str]:
    """What a browser sends where the form is sent as it stands."""
    form = page.one("form", action="/bill#slip")
    sent = {}
    for control in form.all("input"):
        if control.attributes["type"] != "checkbox" or "checked" in control.attributes:
            sent[control.attributes["name"]] = control.attributes.get("value", "")
    for select in form.all("select"):
        options = select.all("option")
        chosen = next((option for option in options if "selected" in option.attributes), options[0])
        sent[select.attributes["name"]] = chosen.attributes["value"]
    return sent


def texts_of(svg: bytes) -> list[str]:
    """The texts that a picture shows."""
    return [text for each in ElementTree.fromstring(svg).iter(f"{SVG}text") if (text := each.text or "")]  # noqa: S314


# ---- the form


def test_the_empty_form_has_a_labelled_control_for_every_field_of_the_request(client: TestClient) -> None:
    form = shown(client, {}).one("form", action="/bill#slip")
    controls = [each for each in form.all() if each.tag in {"input", "select"}]
    assert {each.attributes["name"] for each in controls} == set(FIELDS)
    labels = {label.attributes["for"]: label.text for label in form.all("label")}
    assert all(labels[control.attributes["id"]] for control in controls)


@grid("spoken", LANGUAGES)
def test_every_value_of_every_field_has_words_of_its_own(client: TestClient, spoken: Language) -> None:
    form = shown(client, {}, spoken).one("form", action="/bill#slip")
    for name, field in FIELDS.items():
        words = [in_words(name, value, spoken) for value in field.choices]
        assert len(set(words)) == len(words)
        assert not set(words) & set(field.choices), name
        if field.choices:
            offered = form.one("select", name=name).all("option")
            assert [option.attributes["value"] for option in offered if option.attributes["value"]] == [*field.choices]


def test_the_empty_form_begins_with_today_and_calculates_nothing(on_a_day: TestClient) -> None:
    page = shown(on_a_day, {})
    assert page.one(id="service_date").attributes["value"] == "2018-05-20"
    assert page.all(id="slip") == []
    assert page.all(aria_invalid="true") == []


def test_what_a_field_is_taken_for_where_it_is_left_out_is_what_the_api_takes_it_for(client: TestClient) -> None:
    named = client.post("/v1/reimbursements", json=_nested({**README, **DEFAULTS, "patient.major_disease": "true"}))
    assert named.json() == answered(client, BILLS["registered_major_disease"]["value"])
    assert set(DEFAULTS) == {name for name, field in FIELDS.items() if field.sort == "flag"}


def _nested(fields: dict[str, str]) -> Json:
    content: Json = {}
    for name, value in fields.items():
        *parents, last = name.split(".")
        place = content
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = {"true": True, "false": False}.get(value, value)
    return content


@grid("name", BILLS)
def test_a_form_that_is_sent_as_it_stands_gives_the_same_slip(client: TestClient, name: str) -> None:
    fields = flat(BILLS[name]["value"])
    page = shown(client, fields)
    assert typed(page).items() >= fields.items()
    assert shown(client, typed(page)).one(id="slip").text == page.one(id="slip").text


def test_what_stands_in_a_folded_part_opens_it(client: TestClient) -> None:
    assert [each for each in shown(client, README).one("form", action="/bill#slip").all("details") if _open(each)] == []
    year = shown(client, flat(BILLS["second_admission"]["value"])).one("form", action="/bill#slip").all("details")
    assert [_open(each) for each in year] == [True, False, False]


def _open(details: Element) -> bool:
    return "open" in details.attributes


# ---- the slip


@grid("spoken", LANGUAGES)
@grid("name", BILLS)
def test_the_slip_shows_all_that_the_api_answers(client: TestClient, name: str, spoken: Language) -> None:
    bill = BILLS[name]["value"]
    answer = answered(client, bill, spoken)
    slip = shown(client, flat(bill), spoken).one(id="slip")
    assert [each.attributes["id"] for each in slip.all("tbody") if "id" in each.attributes][:5] == [
        layer["layer"] for layer in answer["layers"]
    ]
    for layer in answer["layers"]:
        shows_layer(slip.one(id=layer["layer"]), layer)
    summary = answer["summary"]
    assert slip.one(id="out-of-pocket").text == summary["out_of_pocket"]
    assert slip.one(id="reimbursed").text == summary["reimbursed"]
    shows_sum(slip, answer)
    for stated in (answer["guarantee"], *answer["lump_sums"]):
        if stated is not None:
            assert stated["name"] in slip.text
            assert stated["paid"] in slip.text
            assert stated["source"]["clause"] in slip.text


def shows_layer(part: Element, layer: Json) -> None:
    row = part.all("tr")[0]
    assert [cell.text for cell in row.all("td")] == [layer["base"], layer["paid"], layer["left"]]
    assert row.one("th").text.startswith(layer["name"])
    tiers = part.all("table", class_="tiers")
    if layer["tiers"]:
        rows = [[cell.text for cell in each.all("td")] for each in tiers[0].one("tbody").all("tr")]
        assert [(amount, pays) for _, amount, _, pays in rows] == [
            (tier["amount"], tier["pays"]) for tier in layer["tiers"]
        ]
        assert tiers[0].one("tfoot").one("td").text == layer["due"]
    for reason in layer["reasons"]:
        assert reason["text"] in part.text
        assert reason["source"] is None or reason["source"]["clause"] in part.text
    links = [link.attributes["href"] for link in part.all("a")]
    assert [urlsplit(link).path for link in links] == [f"/policy/{each['parameter']}" for each in layer["sources"]]
    for source in layer["sources"]:
        assert source["clause"] in part.text
        assert source["document"] in part.text
    assert len(part.all(class_="basis")) == len(layer["sources"]) + sum(
        reason["source"] is not None for reason in layer["reasons"]
    )


def shows_sum(slip: Element, answer: Json) -> None:
    """The last line of the slip is the sum, and it adds up."""
    last = slip.all("tr")[-1].one(id="sum").text
    summary = answer["summary"]
    named = [summary["reimbursed"], summary["out_of_pocket"], answer["bill"]["total"]]
    assert re.findall(r"\d+\.\d{2}", last) == named
    reimbursed, owed, total = (int(amount.replace(".", "")) for amount in named)
    assert reimbursed + owed == total


@pytest.mark.slow
@grid("seed", range(scaled(10, 40)))
def test_the_slip_of_any_bill_pays_what_the_api_pays(client: TestClient, seed: int) -> None:
    bill = random_request(random.Random(seed))
    answer = answered(client, bill)
    fields = flat(bill)
    page = shown(client, fields)
    for layer in answer["layers"]:
        shows_layer(page.one(id=layer["layer"]), layer)
    shows_sum(page.one(id="slip"), answer)
    ranged = answered(client, bill, path="/range")
    for extreme in ("default", "lowest", "highest"):
        assert in_sentence(ranged[extreme]["out_of_pocket"], "zh") in page.one(id="range").text
    for name in ("chart", "range"):
        assert client.get(f"/bill/{name}.svg", params=fields).status_code == 200


def test_the_bill_of_the_readme_comes_to_what_the_readme_says(client: TestClient) -> None:
    slip = shown(client, README).one(id="slip")
    assert slip.one(id="out-of-pocket").text == "5172.54"
    assert slip.one(id="reimbursed").text == "180827.46"
    assert "97.22%" in slip.text


def test_assumed_figures_are_warned_of_by_what_they_mean(client: TestClient) -> None:
    warning = shown(client, README).one("section", class_="warning").text
    parameters = answered(client, BILLS["registered_major_disease"]["value"])["warnings"][0]["parameters"]
    assert parameters
    for name in parameters:
        assert client.get(f"/v1/parameters/{name}").json()["meaning"] in warning
        assert name not in warning


def test_a_day_after_the_policy_is_warned_of(client: TestClient) -> None:
    warned = shown(client, {**README, "service_date": "2021-05-20"}).one("section", class_="warning").text
    assert "2018-12-31" in warned


def test_a_layer_that_is_cut_says_by_what(client: TestClient) -> None:
    cut = {**README, "year_to_date.layers.supplementary_insurance.paid": "79000.00"}
    assert "受最高支付限额限制" in shown(client, cut).one(id="supplementary_insurance").text


def test_the_deposit_is_named_for_a_stay_and_not_for_a_visit(client: TestClient) -> None:
    assert "免押金" in shown(client, README).one(id="slip").one("dl", class_="outcome").text
    visit = flat(BILLS["chronic_outpatient"]["value"])
    assert "押金" not in shown(client, visit).one(id="slip").one("dl", class_="outcome").text


# ---- the range


def test_each_reading_alone_is_listed_with_what_it_changes(client: TestClient) -> None:
    ranged = answered(client, BILLS["registered_major_disease"]["value"], path="/range")
    rows = shown(client, README).one("table", class_="readings").one("tbody").all("tr")
    listed = [[cell.text for cell in row.all("td")] for row in rows]
    assert [(owed, change) for _, owed, change in listed] == [
        (each["out_of_pocket"], each["change"]) for each in ranged["alone"]
    ]
    assert all(each["question"] in words for each, (words, _, _) in zip(ranged["alone"], listed, strict=True))


def test_the_readings_that_give_the_least_and_the_most_are_named(client: TestClient) -> None:
    ranged = answered(client, BILLS["registered_major_disease"]["value"], path="/range")
    words = shown(client, README).one(id="range").all("p")[2].text
    least, most = words.split("个人负担最多时")
    for part, extreme in ((least, "lowest"), (most, "highest")):
        by_default = answered(client, BILLS["registered_major_disease"]["value"])["readings"]
        taken = {name: value for name, value in ranged[extreme]["readings"].items() if value != by_default[name]}
        assert taken
        assert re.findall(r"R\d+", part) == [each["id"] for each in QUESTIONS if each["reading"] in taken]
        for reading, value in taken.items():
            assert reading_in_words(reading, value, "zh") in part


def test_where_no_reading_changes_anything_there_is_no_picture_of_it(client: TestClient) -> None:
    fields = flat(BILLS["chronic_outpatient"]["value"])
    ranged = answered(client, BILLS["chronic_outpatient"]["value"], path="/range")
    assert ranged["lowest"]["out_of_pocket"] == ranged["highest"]["out_of_pocket"]
    part = shown(client, fields).one(id="range")
    assert part.all("img") == []
    assert f"个人负担{in_sentence(ranged['lowest']['out_of_pocket'], 'zh')}元" in part.text


def test_a_bill_read_otherwise_says_what_this_slip_comes_to(client: TestClient) -> None:
    fields = {**README, "readings.ceiling": "ninety_percent"}
    page = shown(client, fields)
    assert page.one(id="out-of-pocket").text == "18600.00"
    assert "本单按所选口径为18600元。" in page.one(id="range").all("p")[0].text
    assert "所选" not in shown(client, README).one(id="range").all("p")[0].text


# ---- the pictures


@grid("spoken", LANGUAGES)
def test_the_chart_and_its_words_hold_every_figure(client: TestClient, spoken: Language) -> None:
    page = shown(client, README, spoken)
    answer = answered(client, BILLS["registered_major_disease"]["value"])
    figures = [answer["bill"]["total"], *(layer["paid"] for layer in answer["layers"])]
    figures.append(answer["summary"]["out_of_pocket"])
    image = page.one(id="slip").one("img")
    assert all(in_sentence(figure, spoken) in image.attributes["alt"] for figure in figures)
    drawn = client.get(image.attributes["src"])
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert [text for text in texts_of(drawn.content) if text[0].isdigit()] == figures[::-1]
    assert wording("bill_page")["short_civil_relief"][spoken] in texts_of(drawn.content)


@grid("spoken", LANGUAGES)
def test_the_picture_of_the_range_and_its_words_hold_every_figure(client: TestClient, spoken: Language) -> None:
    page = shown(client, README, spoken)
    ranged = answered(client, BILLS["registered_major_disease"]["value"], path="/range")
    default = ranged["default"]["out_of_pocket"]
    figures = [default, *(each["out_of_pocket"] for each in ranged["alone"] if each["out_of_pocket"] != default)]
    figures += [ranged["lowest"]["out_of_pocket"], ranged["highest"]["out_of_pocket"]]
    image = page.one(id="range").one("img")
    assert all(in_sentence(figure, spoken) in image.attributes["alt"] for figure in figures)
    drawn = client.get(image.attributes["src"])
    assert [text for text in texts_of(drawn.content) if text[0].isdigit()] == figures[::-1]


def test_a_bar_of_the_chart_ends_where_the_bar_before_it_begins(client: TestClient) -> None:
    root = ElementTree.fromstring(client.get("/bill/chart.svg", params=README).content)  # noqa: S314
    bars = [each for each in root.iter(f"{SVG}g") if each.get("class") == "bar" and "#" in each.get("style", "")]
    at = [(float(bar[0].get("x", "")), float(bar[0].get("width", ""))) for bar in reversed(bars)]
    bill, *layers, left = at
    assert len(layers) == 5
    ends = [start + width for start, width in layers]
    assert ends == pytest.approx([bill[0] + bill[1], *(start for start, _ in layers[:-1])])
    assert left == pytest.approx((bill[0], layers[-1][0] - bill[0]))


@grid("name", ["chart", "range"])
def test_a_picture_has_a_title_runs_no_script_and_loads_nothing(client: TestClient, name: str) -> None:
    drawn = client.get(f"/bill/{name}.svg", params=README)
    assert drawn.headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'"
    assert "script" not in drawn.text
    assert "href" not in drawn.text
    title = ElementTree.fromstring(drawn.content).find(f"{SVG}title")  # noqa: S314
    assert title is not None and title.text


@grid("name", ["chart", "range"])
def test_a_picture_of_a_bill_that_is_refused_is_the_apis_problem(client: TestClient, name: str) -> None:
    refused = client.get(f"/bill/{name}.svg", params={**README, "bill.total": "1,5"})
    assert refused.status_code == 422
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/bill/total"]
    early = client.get(f"/bill/{name}.svg", params={**README, "service_date": "2016-12-31"})
    assert [each["pointer"] for each in early.json()["errors"]] == ["/service_date"]


def test_the_largest_bill_can_be_drawn(client: TestClient) -> None:
    fields = {**README, "bill.total": "100000000.00", "bill.in_scope": "100000000.00", "lang": "en"}
    root = ElementTree.fromstring(client.get("/bill/chart.svg", params=fields).content)  # noqa: S314
    assert "100000000.00" in [each.text for each in root.iter(f"{SVG}text")]
    widths = [float(each.get("width", "0")) for each in root.iter(f"{SVG}rect")]
    assert min(widths) >= 0


# ---- the same bill again


@grid("spoken", LANGUAGES)
@grid("name", BILLS)
def test_the_link_on_the_slip_gives_the_slip_again_and_says_no_more_than_it_must(
    client: TestClient, name: str, spoken: Language
) -> None:
    page = shown(client, flat(BILLS[name]["value"]), spoken)
    link = page.one(id="link")
    again = client.get(link.attributes["href"])
    assert read(again.text).one(id="slip").text == page.one(id="slip").text
    assert link.text == f"http://testserver{link.attributes['href']}"
    said = dict(parse_qsl(urlsplit(link.attributes["href"]).query))
    assert said.pop("lang", "zh") == spoken
    assert said == {field: value for field, value in flat(BILLS[name]["value"]).items() if value != DEFAULTS.get(field)}


@grid("spoken", LANGUAGES)
@grid("name", BILLS)
def test_the_command_on_the_slip_asks_the_api_for_the_same_bill(
    client: TestClient, name: str, spoken: Language
) -> None:
    page = shown(client, flat(BILLS[name]["value"]), spoken)
    program, silent, address, *rest = shlex.split(page.one(id="command").content[0])  # type: ignore[arg-type]
    assert [program, silent, address] == ["curl", "-s", "http://testserver/v1/reimbursements"]
    headers = dict(rest[at + 1].split(": ") for at, option in enumerate(rest) if option == "-H")
    answer = client.post(address, content=rest[rest.index("-d") + 1], headers=headers)
    assert answer.status_code == 200
    assert answer.json() == answered(client, BILLS[name]["value"], spoken)


def test_the_examples_are_links_to_their_slips(client: TestClient) -> None:
    links = [link.attributes["href"] for link in shown(client, {}).all("a") if "#slip" in link.attributes["href"]]
    assert len(links) == len(BILLS)
    for link in links:
        assert read(client.get(link).text).all(id="slip")


# ---- what is refused

WRONG: list[tuple[str, str]] = [
    ("service_date", ""),
    ("service_date", "2018-02-30"),
    ("service_date", "20.5.2018"),
    ("service_date", "2016-12-31"),
    ("patient.registration", ""),
    ("patient.registration", "poor"),
    ("patient.major_disease", "maybe"),
    ("visit.kind", "stay"),
    ("visit.facility_level", ""),
    ("visit.referred", "1"),
    ("visit.emergency", "on"),
    ("bill.total", ""),
    ("bill.total", "0"),
    ("bill.total", "186,000"),
    ("bill.total", "-1"),
    ("bill.total", "100000000.01"),
    ("bill.in_scope", "1e3"),
    ("bill.in_scope", "186000.01"),
    ("year_to_date.admissions", "two"),
    ("year_to_date.admissions", "1001"),
    ("year_to_date.admissions_at_level", "1"),
    ("year_to_date.layers.civil_relief.base", "1.234"),
    ("adjudicated.basic_insurance", "186000.01"),
    ("adjudicated.critical_illness", "x"),
    ("readings.ceiling", "eighty_percent"),
]


@pytest.mark.lengthy
@grid("spoken", LANGUAGES)
@grid(("name", "value"), WRONG)
def test_what_is_wrong_is_said_beside_its_field_in_the_apis_words(
    client: TestClient, name: str, value: str, spoken: Language
) -> None:
    fields = {**README, name: value}
    page = shown(client, fields, spoken, 422)
    control = page.one(aria_invalid="true")
    assert control.attributes["name"] == name
    body = _nested({field: given for field, given in fields.items() if given})
    if name in {"year_to_date.admissions", "year_to_date.admissions_at_level"} and value.isdigit():
        body["year_to_date"][name.rpartition(".")[2]] = int(value)
    refused = client.post("/v1/reimbursements", json=body, headers={"Accept-Language": spoken})
    messages = [each["message"] for each in refused.json()["errors"]]
    assert len(messages) == 1
    assert page.one(id=control.attributes["aria-describedby"]).text == messages[0]
    summary = page.one(role="alert")
    assert messages[0] in summary.text
    assert summary.one("a").attributes["href"] == f"#{control.attributes['id']}"
    assert typed(page).items() >= fields.items()
    assert page.all(id="slip") == []
    assert all(_open(details) for details in page.all("details") if control in details.all())


def test_a_day_that_no_date_picker_can_show_stands_there_as_text(client: TestClient) -> None:
    assert shown(client, README).one(id="service_date").attributes["type"] == "date"
    wrong = shown(client, {**README, "service_date": "2018-02-30"}, status=422).one(id="service_date")
    assert (wrong.attributes["type"], wrong.attributes["value"]) == ("text", "2018-02-30")


def test_every_field_that_is_wrong_is_named_at_once(client: TestClient) -> None:
    page = shown(client, {"bill.total": "x", "year_to_date.admissions": "y"}, status=422)
    wrong = {control.attributes["name"] for control in page.all(aria_invalid="true")}
    required = {name for name, field in FIELDS.items() if field.required}
    assert wrong == required | {"bill.total", "year_to_date.admissions"}


def test_a_field_that_is_unknown_or_stands_twice_is_refused(client: TestClient) -> None:
    unknown = shown(client, {**README, "bill.totl": "1"}, status=422)
    assert "bill.totl" in unknown.one(role="alert").text
    twice = client.get(f"/bill?{urlencode(README)}&bill.in_scope=1")
    assert twice.status_code == 422
    assert read(twice.text).one(aria_invalid="true").attributes["name"] == "bill.in_scope"


def test_what_others_add_to_a_link_that_is_passed_on_changes_nothing(client: TestClient) -> None:
    added = {**README, "from": "singlemessage", "isappinstalled": "0"}
    assert shown(client, added).one(id="slip").text == shown(client, README).one(id="slip").text
    assert client.get("/bill/chart.svg", params=added).status_code == 200
    assert shown(client, {"from": "singlemessage"}).all(id="slip") == []
    # Without a field whose name is misspelt, it would be another bill.
    assert shown(client, {**README, "patient.major_diseas": "true"}, status=422)


def test_spaces_around_what_is_typed_do_no_harm(client: TestClient) -> None:
    assert shown(client, {**README, "bill.total": " 186000.00 "}).one(id="out-of-pocket").text == "5172.54"


@pytest.mark.lengthy
@grid("name", [*FIELDS, "bill.unknown", "lang"])
def test_markup_comes_out_as_text_wherever_it_is_planted(client: TestClient, name: str) -> None:
    planted = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"
    for fields in ({**README, name: planted}, {**README, planted: "1"}):
        answer = client.get("/bill", params=fields)
        assert "<img src=x" not in answer.text
        assert "<script>alert" not in answer.text
        assert [each.attributes.get("src", "").partition("?")[0] for each in read(answer.text).all("script")] == [
            "/pages/bill.js"
        ]


def test_the_page_needs_nothing_inline(client: TestClient) -> None:
    answer = client.get("/bill", params=README)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    page = read(answer.text)
    assert page.all("style") == []
    assert all(script.text == "" and "src" in script.attributes for script in page.all("script"))
    assert [name for each in page.all() for name in each.attributes if name == "style" or name.startswith("on")] == []


def test_nothing_of_a_bill_is_kept_by_a_browser_or_told_to_others(client: TestClient) -> None:
    headers = client.get("/bill", params=README).headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "same-origin"
    assert "set-cookie" not in headers


def test_english_is_kept_from_page_to_page(client: TestClient) -> None:
    page = shown(client, README, "en")
    assert page.one("html").attributes["lang"] == "en"
    assert page.one("form", action="/bill#slip").one("input", type="hidden").attributes["value"] == "en"
    own = [link.attributes["href"] for link in page.one("main").all("a")]
    assert all("lang=en" in link for link in own if link.startswith("/"))


def test_a_bill_of_the_api_survives_being_written_as_an_address() -> None:
    for seed in range(20):
        bill = json.loads(json.dumps(random_request(random.Random(seed))))
        assert all(name in FIELDS for name in flat(bill))
