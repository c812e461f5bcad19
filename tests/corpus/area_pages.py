"""Pages for everybody in both languages: home, bill, household, policy, notices."""

import json
import re
from html import unescape
from typing import Any
from urllib.parse import urlencode

import httpx

from tests.corpus.area import Area
from tests.corpus.area_calculations import examples
from tests.corpus.area_projects import Walk, officers

Json = Any


def field(page: httpx.Response, name: str) -> str:
    """Return the value of a field of a form."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found is not None, name
    return unescape(found[1])


def flat(value: Json, before: str = "") -> dict[str, str]:
    """Put a request of the API into the names of a page's form."""
    if isinstance(value, dict):
        return {name: told for key, each in value.items() for name, told in flat(each, f"{before}.{key}").items()}
    return {before.removeprefix("."): str(value).lower() if isinstance(value, bool) else str(value)}


def pages(area: Area) -> None:
    """Home, licences, files, the page of a bill, the pages of the policy."""
    area.on("2018-05-20")
    with area.served():
        home = area.page("/")
        area.ask("GET", "/?lang=fr&x=1", headers={"Accept-Language": "en"})
        area.ask("GET", "/?lang=en", headers={"Accept-Language": "zh"})
        area.page("/licences")
        for name in ("anda.css", "policy.js", "bill.js", "none.css", "pico.LICENSE.md", "..%2Fsite.py"):
            for encoding in ("gzip", "identity"):
                area.ask("GET", f"/pages/{name}", headers={"Accept-Encoding": encoding}, shown="anda" not in name)
        assert "/pages/" in home.text
        area.title("the page of a bill")
        known = {name: flat(each) for name, each in examples(area, "/v1/reimbursements").items()}
        area.page("/bill")
        for name, each in known.items():
            area.page(f"/bill?{urlencode(each)}", brief=name in {"ordinary_patient", "already_adjudicated"})
        usual = known["registered_major_disease"]
        for changes in (
            {"visit.facility_level": "out_of_region", "visit.referred": "false"},
            {"readings.band_rates": "whole_amount", "readings.ceiling": "ninety_percent"},
            {"service_date": "2016-01-01"},
            {"service_date": "never", "bill.total": "", "bill.in_scope": "-1"},
            {"visit.kind": "x", "patient.registration": ""},
            {"bill.in_scope": "200000"},
            {"bill.unknown": "1", "utm_source": "x"},
            {"adjudicated.basic_insurance": "1000.00", "patient.accident_disability": "true"},
        ):
            area.page(
                f"/bill?{urlencode({**usual, **changes})}",
                brief="bill.unknown" in changes or "adjudicated.basic_insurance" in changes,
            )
        area.page(f"/bill?{urlencode(usual)}&bill.total=1")
        area.page("/bill?bill.total=5")
        for picture in ("chart", "range"):
            for each in (usual, known["chronic_outpatient"], {**usual, "service_date": "never"}):
                area.page(f"/bill/{picture}.svg?{urlencode(each)}", brief=each is not usual)
            area.ask("GET", f"/bill/{picture}.svg")
        area.title("the pages of the policy")
        for query in ("", "?on=2017-05-20", "?on=2016-01-01", "?on=never", "?q=救助", "?q=none%20at%20all", "?q=civil"):
            area.page(f"/policy{query}", brief=query not in {"", "?q=civil"})
        names = [each["name"] for each in area.ask("GET", "/v1/parameters", shown=False).json()["parameters"]]
        for name in (*names[::16], "civil_relief.bands", "civil_relief.none", "none"):
            area.page(f"/policy/{name}", brief=name == "none")


def household(area: Area) -> None:
    """The interview, asked to its end and taken back, and the calendar of what comes of it."""
    area.on("2018-09-01")
    with area.served():
        whole = examples(area, "/v1/entitlements")["three_generations"]
        area.page("/household")
        for typed in (
            {"as_of": "2018-09-01", "registration": "registered", "members": ""},
            {"as_of": "2018-09-01", "registration": "registered", "members": "a\na"},
            {"as_of": "2016-12-31", "registration": "registered", "members": "a"},
            {"as_of": "never", "registration": "rich", "members": "150923198001011234"},
        ):
            for language in ("", "?lang=en"):
                area.ask("POST", f"/household{language}", form=typed)
        members = "\n".join(each["id"] for each in whole["household"]["members"])
        begun = {"as_of": "2018-09-01", "registration": "registered", "members": members}
        shown = area.ask("POST", "/household", form=begun)
        shown = _answered(area, whole, shown)
        area.title("the result, and what is taken back")
        facts = field(shown, "facts")
        for language in ("", "?lang=en"):
            area.ask("POST", f"/household{language}", form={"facts": facts, "do": "finish"})
            area.ask("POST", f"/household{language}", form={"facts": facts, "do": "resume"})
            area.ask("POST", f"/household{language}", form={"facts": facts, "do": "change"})
            area.ask("POST", f"/household/calendar.ics{language}", form={"facts": facts})
            student = "/household/members/2/student"
            area.ask("POST", f"/household{language}", form={"facts": facts, "do": f"change {student}"})
            none = {"facts": facts, "pointer": student, "do": "answer", "said": "none"}
            area.ask("POST", f"/household{language}", form=none)
            for wrong in ("", "nonsense"):
                area.ask("POST", f"/household{language}", form={**none, "said": wrong})
            for wrong in ("{}", "nonsense"):
                area.ask("POST", f"/household{language}", form={"facts": wrong, "do": "finish"})
                area.ask("POST", f"/household/calendar.ics{language}", form={"facts": wrong})
        fewer = {
            "before": facts,
            "as_of": "2018-10-01",
            "registration": "exited_with_policy",
            "members": "grandson\nnew",
        }
        area.ask("POST", "/household", form=fewer)
        unknown = json.dumps({"facts": {"as_of": "2018-09-01", "household": {"members": []}}, "skipped": []})
        area.ask("POST", "/household", form={"facts": unknown, "do": "finish"})
        one = {"as_of": "2018-09-01", "registration": "none", "members": "one"}
        shown = area.ask("POST", "/household?lang=en", form=one)
        facts = field(shown, "facts")
        area.ask("POST", "/household?lang=en", form={"facts": facts, "do": "finish"})
        area.ask("POST", "/household/calendar.ics?lang=en", form={"facts": facts})


def _answered(area: Area, whole: Json, shown: httpx.Response) -> httpx.Response:
    """Answer every question with what the household knows; pass over the rest. Every third is shown in English."""
    for count in range(100):
        if 'name="pointer"' not in shown.text:
            return shown
        pointer = field(shown, "pointer")
        value = whole
        for step in pointer.strip("/").split("/"):
            value = (
                value[int(step)] if isinstance(value, list) else value.get(step) if isinstance(value, dict) else None
            )
        said = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
        if isinstance(value, dict):
            said = value.get("stage") or value.get("kind") or "yes"
        form = {"facts": field(shown, "facts"), "pointer": pointer, "do": "skip" if value is None else "answer"}
        form["said"] = "" if value is None else str(said)
        shown = area.ask("POST", "/household" if count % 3 else "/household?lang=en", form=form, brief=count > 15)
    raise AssertionError("the interview has no end")


def notices(area: Area) -> None:
    """The notice board: notices of every state, objections, posters, projects' pages, the feed."""
    tokens = officers(area)
    settings: dict[str, Any] = {"contact": "0474-1234567", "publisher": "某县扶贫办", "objections_a_minute": 5}
    with area.served(**settings):
        walk = Walk(area, tokens)
        area.page("/notices")
        first = walk.declare(shown=False)
        walk.to_library(first, "completed")
        second = walk.declare(shown=False, name="村道硬化", tasks="第一行\n第二行 <b>")
        walk.to_library(second, "township_notice")
        third = walk.declare(shown=False)
        walk.to_library(third, "village_notice")
        walk.act("village", third, "withdraw", "2018-02-10", shown=False)
        fourth = walk.declare(shown=False)
        walk.to_library(fourth)
        walk.act("county", fourth, "remove", "2018-03-15", shown=False)
        numbers = [each["id"] for each in area.ask("GET", "/v1/notices", shown=False).json()["items"]]
        area.on("2018-02-21")
        for query in (
            "",
            "?status=every",
            "?status=over",
            "?county=150923",
            "?county=1",
            "?place=15092310",
            "?cursor=x",
        ):
            area.page(f"/notices{query}")
        area.page("/notices?status=none&place=x&county=150923")
        area.page("/notices?county=150924&place=150923100201")
        for number in sorted(numbers):
            area.page(f"/notices/{number}")
        for number in (*sorted(numbers)[:2], 99, "x", "0"):
            area.page(f"/notices/{number}/poster")
            area.page(f"/notices/{number}/qr.svg")
            area.page(f"/notices/{number}/objection")
        for number in (first, second, third, fourth, 99, "x"):
            area.page(f"/projects/{number}")
        area.page("/notices/99")
        area.page("/notices/x")
        area.page("/notices.atom")
        _objections(area, max(each for each in numbers if each != numbers[0]), tokens)


def _objections(area: Area, notice: int, tokens: dict[str, str]) -> None:
    area.title("objections by form")
    shown = area.ask("GET", f"/notices/{notice}")
    url = f"/notices/{notice}/objection"
    once = field(shown, "once")
    area.ask("POST", url, form={"content": "", "once": once})
    area.ask("POST", f"{url}?lang=en", form={"content": "x" * 5_001, "name": "13812345678", "once": once})
    made = area.ask("POST", url, form={"content": "第一行\r\n第二行", "name": "某人", "contact": "某处", "once": once})
    area.ask(
        "POST", f"{url}?lang=en", form={"content": "第一行\r\n第二行", "name": "某人", "contact": "某处", "once": once}
    )
    area.ask("POST", url, form={"content": "没有密语。", "once": "short"})
    area.ask("POST", "/notices/99/objection", form={"content": "没有。"})
    receipt = made.headers["location"].rpartition("/")[2].partition("?")[0]
    area.page(f"/objections/{receipt}")
    area.page("/objections/none")
    area.page(f"/notices/{notice}")
    number = area.ask("GET", f"/v1/objections/{receipt}", shown=False).json()["id"]
    place = "county"
    for who in ("county", "township", "village"):
        decision = {"outcome": "dismissed", "answer": "已核实，\n不成立。"}
        answer = area.ask("POST", f"/v1/objections/{number}/decision", decision, token=tokens[who], shown=False)
        place = who if answer.status_code == 200 else place
    area.lines.append(f"decided by the {place}")
    area.page(f"/objections/{receipt}")
    area.on("2018-02-21", "12:00:00")
    for _ in range(6):
        area.ask("POST", f"{url}?lang=en", form={"content": "又一个。", "once": ""}, shown=False)
    area.ask("POST", url, form={"content": "太多。", "once": ""})
    area.ask("POST", f"{url}?lang=en", form={"content": "太多。", "once": ""})
