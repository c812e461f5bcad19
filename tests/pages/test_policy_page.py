"""The page of the policy: every figure by date with its source, in search, what is open, what changed."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from starlette.testclient import TestClient

from app.i18n import LANGUAGES, Language, inner_text, wording
from app.main import create_app
from app.pages.policy import group_codes
from app.rules.readings import Readings
from app.settings import Settings, load_parameters
from tests.support.grid import grid
from tests.support.markup import Element, read

Json = dict[str, Any]

OWN_FILE = """
civil_relief.bands:
  values:
    - from: 2019-01-01
      value: [{up_to: 20000.00, rate: 20%}, {rate: 90%}]
      clause: 旗县文件第三条
      basis: local_source
      checked: 2026-11-24
accident_disability.lump_sum:
  values:
    - from: 2018-01-01
      value: 20000.00
      clause: 旗县文件第四条
      basis: local_source
      checked: 2026-11-24
    - from: 2019-01-01
      value: 25000.00
      clause: 旗县文件第五条
      basis: assumption
      checked: 2026-11-24
"""


@pytest.fixture(scope="module")
def with_own_figures(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A deployment that has laid figures of its own over the shipped ones."""
    path = tmp_path_factory.mktemp("own") / "county.yaml"
    path.write_text(OWN_FILE, encoding="utf-8")
    with TestClient(create_app(settings.model_copy(update={"parameters": path}))) as speaking:
        yield speaking


def shown(client: TestClient, path: str = "/policy", status: int = 200, **query: str) -> Element:
    answer = client.get(path, params=query)
    assert answer.status_code == status, answer.text
    return read(answer.text)


def api(client: TestClient, path: str, spoken: Language = "zh", **query: str) -> Json:
    found: Json = client.get(path, params=query, headers={"Accept-Language": spoken}).json()
    return found


def figures(page: Element) -> dict[str, Element]:
    """The figures that a page shows, by name."""
    return {each.attributes["id"]: each for each in page.all("div", class_="figure")}


def names(page: Element) -> list[str]:
    """The names of the figures that a page shows."""
    return list(figures(page))


# ---- the figures


@grid("spoken", LANGUAGES)
def test_every_figure_stands_there_with_each_of_its_dates_and_sources(client: TestClient, spoken: Language) -> None:
    page = shown(client, lang=spoken)
    parameters = api(client, "/v1/parameters", spoken)["parameters"]
    by_name = figures(page)
    assert sorted(by_name) == sorted(each["name"] for each in parameters)
    for parameter in parameters:
        figure = by_name[parameter["name"]]
        assert parameter["meaning"] in figure.text
        assert_dated(figure, parameter, spoken)


def assert_dated(part: Element, parameter: Json, spoken: Language) -> None:
    """Every dated value, the newest first, with all that the API says of it."""
    items = part.one("ol", class_="dated").content
    listed = [item for item in items if isinstance(item, Element)]
    assert len(listed) == len(parameter["values"])
    for item, value in zip(reversed(listed), parameter["values"], strict=True):
        for fact in ("effective_from", "clause", "document", "checked"):
            assert value[fact] in item.text
        assert value["effective_until"] is None or value["effective_until"] in item.text
        mark = item.one("span", class_="basis")
        assert mark.attributes["class"] == f"basis {value['basis']}"
        assert mark.text == wording("policy_page")[f"basis_{value['basis']}"][spoken]
        if parameter["unit"] == "reading":
            reading = parameter["name"].removeprefix("readings.")
            assert inner_text("readings", reading, value["value"], spoken) in item.text
        else:
            assert_value(item.text, parameter["unit"], value["value"])


def assert_value(text: str, unit: str, value: Any) -> None:
    """The amounts and rates of a value stand in a text; rates as percentages."""
    if isinstance(value, list):
        for band in value:
            for amount in {band["above"], band["up_to"]} - {"0.00", None}:
                assert amount.removesuffix(".00") in text.replace(",", "")
            assert_value(text, "basis points", band["rate"])
    elif isinstance(value, dict):
        for code, amount in value.items():
            assert f"{code} {amount.removesuffix('.00')}" in text.replace(",", "")
    elif unit.startswith("basis points"):
        whole, _, part = value.partition(".")
        points = int(whole + part.ljust(4, "0"))
        rate = f"{points // 100}{f'.{points % 100:02d}'.rstrip('0').rstrip('.')}"
        assert re.search(rf"(?<![0-9.]){re.escape(rate)}(%|个百分点| percentage points)", text)
    elif unit != "yes or no" and value != "none":
        assert value.removesuffix(".00") in text.replace(",", "")


@pytest.mark.lengthy
@grid("spoken", LANGUAGES)
def test_every_figure_has_a_page_of_its_own(client: TestClient, spoken: Language) -> None:
    for parameter in api(client, "/v1/parameters", spoken)["parameters"]:
        page = shown(client, f"/policy/{parameter['name']}", lang=spoken)
        assert page.one("h1").text == parameter["meaning"]
        assert_dated(page, parameter, spoken)


def test_every_figure_stands_in_a_group_that_has_a_name(client: TestClient) -> None:
    kinds = {name.partition(".")[0] for name in load_parameters(Settings(database_url="sqlite://")).by_name}
    assert kinds == set(group_codes())
    for group in shown(client).all("section", class_="group"):
        code = group.one("h3").attributes["id"].removeprefix("group-")
        assert {name.partition(".")[0] for name in names(group)} == {code}


def test_a_figure_that_is_not_known_is_a_404_that_shows_what_comes_near(client: TestClient) -> None:
    page = shown(client, "/policy/civil_relief.band", status=404)
    assert page.all(role="alert")
    assert "civil_relief.bands" in names(page)


@grid("spoken", LANGUAGES)
def test_a_figure_that_nothing_comes_near_is_said_to_have_none(client: TestClient, spoken: Language) -> None:
    page = shown(client, "/policy/nope", status=404, lang=spoken)
    assert page.one(role="alert").text == wording("policy_page")["unknown_none"][spoken]
    assert names(page) == []


def test_the_pages_link_to_the_same_figure_as_data(client: TestClient) -> None:
    page = shown(client, "/policy/civil_relief.bands")
    data = [link.attributes["href"] for link in page.all("a") if link.attributes["href"].startswith("/v1/")]
    assert client.get(data[0]).json()["name"] == "civil_relief.bands"


# ---- on a day, in search


@grid("day", ["2017-01-01", "2017-12-31", "2018-01-01", "2020-06-01"])
def test_a_day_leaves_the_values_of_that_day(client: TestClient, day: str) -> None:
    by_name = figures(shown(client, on=day))
    for parameter in api(client, "/v1/parameters", on=day)["parameters"]:
        assert_dated(by_name[parameter["name"]], parameter, "zh")


@grid("day", ["2016-12-31", "2018-02-30", "yesterday"])
def test_a_day_that_cannot_be_is_refused_beside_its_field_in_the_apis_words(client: TestClient, day: str) -> None:
    page = shown(client, status=422, on=day, q="civil_relief")
    control = page.one(aria_invalid="true")
    assert control.attributes["value"] == day
    assert page.one(id="q").attributes["value"] == "civil_relief"
    message = api(client, "/v1/parameters", on=day)["errors"][0]["message"]
    assert page.one(id=control.attributes["aria-describedby"]).text == message


READINGS_OF_RELIEF = [f"readings.{name}" for name in ("accumulation", "layer_order", "uncovered_care")]
RELIEF = [f"civil_relief.{name}" for name in ("annual_limit", "bands", "general_rate", "general_up_to")]


@grid(
    ("asked", "found"),
    [
        ("civil_relief.bands", ["civil_relief.bands"]),
        ("民政救助 2017", [*RELIEF, *READINGS_OF_RELIEF]),
        ("RELIEF 大病救助", ["civil_relief.bands"]),
        ("25 坡", []),
        ("no such figure at all", []),
    ],
)
def test_a_search_finds_the_figures_in_which_every_word_occurs(
    client: TestClient, asked: str, found: list[str]
) -> None:
    page = shown(client, q=asked)
    assert names(page) == found
    assert str(len(found)) in page.one(id="found").text
    assert ("hidden" in page.one(id="nothing").attributes) == bool(found)


def test_a_search_finds_clauses_documents_values_and_bases_in_either_language(client: TestClient) -> None:
    parameters = {each["name"]: each for each in api(client, "/v1/parameters")["parameters"]}
    for spoken in LANGUAGES:
        assumed = {
            name for name, each in parameters.items() if any(value["basis"] == "assumption" for value in each["values"])
        }
        assert assumed <= set(names(shown(client, q="假定", lang=spoken)))
        assert "social_security.direct_cash.amount" in names(shown(client, q="八.2 3000.00", lang=spoken))
        assert "civil_relief.bands" in names(shown(client, q="explainer 85%", lang=spoken))


def test_what_is_searched_for_comes_out_as_text(client: TestClient) -> None:
    planted = "\"'><script>alert(1)</script>"
    for query in ({"q": planted}, {"on": planted}):
        answer = client.get("/policy", params=query)
        assert "<script>alert" not in answer.text
        assert len(read(answer.text).all("script")) == 1
    assert "<script>alert" not in client.get("/policy/<script>alert(1)").text


# ---- what is open


@grid("spoken", LANGUAGES)
def test_every_open_question_stands_with_what_is_taken_and_what_else_it_could_mean(
    client: TestClient, spoken: Language
) -> None:
    page = shown(client, lang=spoken)
    readings = api(client, "/v1/readings", spoken)["readings"]
    assert [each.attributes["id"] for each in page.all("section", class_="reading")] == [
        reading["id"] for reading in readings
    ]
    for reading in readings:
        part = page.one("section", id=reading["id"])
        assert reading["question"] in part.text
        meant = [value["meaning"] for value in reading["values"]]
        assert [words.text for words in part.all("dd")] == meant
        tried = part.all("a", aria_label=f"{wording('policy_page')['try'][spoken]} {reading['id']}")
        assert bool(tried) == (reading["reading"] in Readings._fields)
        fixed = str(wording("policy_page")["not_switchable"][spoken])
        assert (fixed in part.text) == (not reading["switchable"])


@pytest.mark.lengthy
def test_what_hangs_on_a_reading_is_what_the_slip_of_its_example_comes_to(client: TestClient) -> None:
    page = shown(client)
    told = 0
    for reading in api(client, "/v1/readings")["readings"]:
        part = page.one("section", id=reading["id"])
        if reading["reading"] not in Readings._fields:
            continue
        link = next(each for each in part.all("a") if each.attributes["href"].startswith("/bill?"))
        otherwise = read(client.get(link.attributes["href"]).text).one(id="out-of-pocket").text
        fields = dict(parse_qsl(urlsplit(link.attributes["href"]).query))
        assert fields.pop(f"readings.{reading['reading']}") in {each["value"] for each in reading["values"][1:]}
        by_default = read(client.get("/bill", params=fields).text).one(id="out-of-pocket").text
        assert f"{otherwise.removesuffix('.00')}元" in part.text
        assert f"{by_default.removesuffix('.00')}元" in part.text
        told += otherwise != by_default
    assert told >= 5


def test_a_figure_that_rests_on_a_reading_is_named_beside_it(client: TestClient) -> None:
    part = shown(client).one("section", id="R19")
    links = [link.attributes["href"] for link in part.all("a")]
    assert links == ["/policy/publicity.days.township", "/policy/publicity.days.village"]
    assert shown(client).one("section", id="R1").all("a", href="/policy/publicity.days.village") == []


# ---- what changed


def changes(page: Element) -> list[tuple[str, list[str]]]:
    """The days of the changelog with the figures that change on them."""
    return [
        (
            part.one("h3").text,
            [
                link.attributes["href"].removeprefix("/policy/").partition("?")[0]
                for item in part.content
                if isinstance(item, Element) and item.tag == "ul"
                for link in item.all("a")
            ],
        )
        for part in page.all("section", class_="changes")
    ]


@grid("own", [False, True])
def test_the_changelog_is_what_the_dated_values_say_the_newest_day_first(
    client: TestClient, with_own_figures: TestClient, own: bool
) -> None:
    asked = with_own_figures if own else client
    expected: dict[str, list[str]] = {}
    for parameter in api(asked, "/v1/parameters")["parameters"]:
        for place, value in enumerate(parameter["values"]):
            expected.setdefault(value["effective_from"], []).extend([parameter["name"]] if place else [])
    listed = changes(shown(asked))
    assert listed == sorted(((day, sorted(changed)) for day, changed in expected.items()), reverse=True)
    assert [dt.date.fromisoformat(day) for day, _ in listed] == sorted(
        (dt.date.fromisoformat(day) for day in expected), reverse=True
    )


def test_a_change_says_from_what_to_what(client: TestClient) -> None:
    changed = next(
        part for part in shown(client).all("section", class_="changes") if part.one("h3").text == "2018-01-01"
    )
    cash = next(item for item in changed.all("li") if "direct_cash" in item.all("a")[0].attributes["href"])
    assert "由2800元改为3000元" in cash.text
    assert "八.2" in cash.text


def test_a_deployments_own_figures_stand_in_the_changelog_with_its_file(with_own_figures: TestClient) -> None:
    by_day = {part.one("h3").text: part for part in shown(with_own_figures).all("section", class_="changes")}
    later = by_day["2019-01-01"].text
    assert "由20000元改为25000元 旗县文件第五条 · county.yaml 假定" in later
    assert "改为20000元（含）以下按20%；20000元以上按90%" in later
    assert "20000元，数值不变，出处变更" in by_day["2018-01-01"].text


def test_what_begins_on_a_day_is_counted_and_listed(client: TestClient) -> None:
    parts = shown(client).all("section", class_="changes")
    begun = [item for part in parts for each in part.all("details") for item in each.all("li")]
    parameters = api(client, "/v1/parameters")["parameters"]
    assert len(begun) == len(parameters)
    first = next(part for part in parts if part.one("h3").text == "2017-01-01")
    count = sum(each["values"][0]["effective_from"] == "2017-01-01" for each in parameters)
    assert str(count) in first.one("summary").text


def test_the_page_needs_nothing_inline(client: TestClient) -> None:
    page = shown(client)
    assert page.all("style") == []
    assert all(script.text == "" and "src" in script.attributes for script in page.all("script"))
    assert [name for each in page.all() for name in each.attributes if name == "style" or name.startswith("on")] == []


def test_points_and_ages_are_not_shown_as_percentages_and_lengths_of_time(client: TestClient) -> None:
    said = {
        ("basic_insurance.registered_uplift", "zh"): "5个百分点",
        ("critical_illness.registered_uplift", "en"): "5 percentage points",
        ("finance.microcredit_interest.oldest", "zh"): "65周岁",
        ("health.home_bed.old_from", "en"): "60 years old",
        ("industry.photovoltaic.years", "zh"): "20年",
    }
    for (name, language), words in said.items():
        assert words in shown(client, f"/policy/{name}", lang=language).one("ol", class_="dated").text
