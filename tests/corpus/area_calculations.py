"""Bills, households and assessments: nothing is stored, every answer follows from the request alone."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from tests.corpus.area import Area

Json = Any

KINDS = ("inpatient", "outpatient", "home_bed")
LEVELS = ("village", "township", "county", "city", "in_region", "out_of_region")
STATUSES = ("none", "registered", "exited_with_policy", "exited_without_policy")
AMOUNTS: tuple[Any, ...] = (
    "1.001",
    "-1",
    "",
    "abc",
    "1e5",
    " 1",
    "1,000",
    "１００",
    "100000000.01",
    True,
    None,
    [],
    "0",
    1e30,
)
"""Amounts of which most are refused."""

DAYS: tuple[Any, ...] = (
    "2016-12-31",
    "2017-01-01",
    "2017-12-31",
    "2018-01-01",
    "2018-06-30",
    "2019-01-01",
    "2030-12-31",
)
"""Days that there are not, or that are written otherwise."""


def examples(area: Area, path: str, method: str = "post") -> dict[str, Json]:
    """Return the examples that the OpenAPI document has of a request."""
    content = area.document()["paths"][path][method]["requestBody"]["content"]["application/json"]
    return {name: each["value"] for name, each in deepcopy(content["examples"]).items()}


def bills(area: Area) -> None:
    """Single bills: every example, reading, kind of care, level, status and limit."""
    url = "/v1/reimbursements"
    with area.served():
        known = examples(area, url)
        area.title("the documented examples")
        for value in known.values():
            area.both("POST", url, value)
        area.title("every kind of care at every level")
        usual = known["registered_major_disease"]
        for kind in KINDS:
            for level in LEVELS:
                area.ask("POST", url, {**usual, "visit": {"kind": kind, "facility_level": level}})
        area.title("every status, and what a patient may have")
        for status in STATUSES:
            area.ask("POST", url, {**usual, "patient": {"registration": status}}, en=True)
            everything = dict.fromkeys(("major_disease", "chronic_disease", "accident_disability"), True)
            area.ask("POST", url, {**usual, "patient": {"registration": status, **everything}}, en=True)
        area.title("referral and emergency")
        for level in LEVELS[4:]:
            for referred, emergency in ((False, False), (False, True), (True, True)):
                visit = {"kind": "inpatient", "facility_level": level, "referred": referred, "emergency": emergency}
                area.both("POST", url, {**usual, "visit": visit})
        area.title("every reading, of a first and of a second stay")
        for question in area.ask("GET", "/v1/readings", shown=False).json()["readings"]:
            for choice in question["values"] if question["switchable"] else ():
                chosen = {question["reading"]: choice["value"]}
                area.ask("POST", url, {**usual, "readings": chosen}, en=True)
                area.ask("POST", url, {**known["second_admission"], "readings": chosen}, brief=True)
        area.title("small, large and odd amounts")
        for total, in_scope in (
            ("0.01", "0.00"),
            ("0.01", "0.01"),
            ("100000000.00", "100000000.00"),
            (186000, 171000.5),
            ("30000", "30000.0"),
            (1e3, 1),
            ("600000.00", "0"),
        ):
            area.ask("POST", url, {**usual, "bill": {"total": total, "in_scope": in_scope}})
        area.title("days on either side of a change")
        for day in DAYS:
            area.both("POST", url, {**usual, "service_date": day})
        area.title("what is refused")
        for wrong in spoiled(usual):
            area.ask("POST", url, wrong, brief=True)
        for wrong in spoiled(known["second_admission"]):
            area.ask("POST", url, wrong, en=True, brief=True)
        over = {**usual, "adjudicated": {"basic_insurance": "180000", "critical_illness": "6000.01"}}
        area.both("POST", url, over)
        area.both("POST", url, {**usual, "bill": {"total": "1.00", "in_scope": "1.01"}})
        area.both("POST", url, {**usual, "year_to_date": {"admissions": 1, "admissions_at_level": 2}})
        for amount in AMOUNTS:
            area.both("POST", url, {**usual, "bill": {"total": amount, "in_scope": "0"}})
        for day in ("2018-02-30", "2018-2-3", "20180203", 20180203, "", "2018-05-20T00:00:00", "0000-01-01"):
            area.both("POST", url, {**usual, "service_date": day})
        twice = json.dumps(usual)[:-1] + ',"service_date":"2018-05-21"}'
        headers = {"Content-Type": "application/json"}
        area.ask("POST", url, content=twice.encode(), headers=headers)
        area.ask("POST", url, content=b"\xef\xbb\xbf" + json.dumps(usual).encode(), headers=headers)
        area.ask("POST", url, usual, headers={"Content-Type": "application/json; charset=utf-8"})
        area.ask("POST", url, usual, headers={"Content-Type": "text/plain"})
        area.ask("POST", url, usual, headers={"Content-Type": "application/merge-patch+json"})
        for language in (
            "en-GB,en;q=0.9",
            "zh-CN,zh;q=0.9,en;q=0.8",
            "fr",
            "mn, en;q=0.1",
            "*",
            "en;q=0",
            "nonsense;;",
        ):
            area.ask("POST", url, usual, headers={"Accept-Language": language}, brief=True)


def several_bills(area: Area) -> None:
    """Ranges over readings, households' years, batches."""
    with area.served():
        known = examples(area, "/v1/reimbursements")
        for value in known.values():
            ranged = {name: each for name, each in value.items() if name != "readings"}
            area.both("POST", "/v1/reimbursements/range", ranged)
        area.both("POST", "/v1/reimbursements/range", {**known["ordinary_patient"], "readings": {}})
        households = examples(area, "/v1/reimbursements/household")
        for value in households.values():
            area.both("POST", "/v1/reimbursements/household", value)
            area.ask("POST", "/v1/reimbursements/household", {**value, "readings": {"accumulation": "per_bill"}})
            area.ask("POST", "/v1/reimbursements/household", {**value, "annual_net_income": None}, en=True)
            area.both("POST", "/v1/reimbursements/household", {**value, "bills": []})
            area.both("POST", "/v1/reimbursements/household", {**value, "members": []})
            for wrong in spoiled(value):
                area.ask("POST", "/v1/reimbursements/household", wrong, brief=True)
            stranger = deepcopy(value)
            stranger["bills"][0]["member"] = "nobody"
            area.both("POST", "/v1/reimbursements/household", stranger)
            early = deepcopy(value)
            early["bills"][1]["service_date"] = "2016-12-31"
            area.both("POST", "/v1/reimbursements/household", early)
        batch = [known["ordinary_patient"], {}, 5, None, known["chronic_outpatient"]]
        batch += [{**known["ordinary_patient"], "service_date": "2016-01-01"}, {**known["ordinary_patient"], "id": "1"}]
        area.both("POST", "/v1/reimbursements/batch", batch)
        area.both("POST", "/v1/reimbursements/batch", [])
        area.both("POST", "/v1/reimbursements/batch", {})
        area.both("POST", "/v1/reimbursements/batch", [1] * 1001)


def entitlements(area: Area) -> None:
    """What households may claim, whether they are poor, enterprises' credit, relocation plans."""
    with area.served():
        claimants = examples(area, "/v1/entitlements")
        for value in claimants.values():
            area.both("POST", "/v1/entitlements", value)
        whole = claimants["three_generations"]
        for wrong in spoiled(whole):
            area.ask("POST", "/v1/entitlements", wrong, en=True, brief=True)
        for county in ("150981", "150902", "150700", "110101", "1509", "xxxxxx"):
            household = {"county": county, "registration": "registered", "members": [{"id": "one"}]}
            area.both("POST", "/v1/entitlements", {"as_of": "2018-09-01", "household": household})
        for day in ("2016-12-31", "2017-01-01", "2019-06-01"):
            area.both("POST", "/v1/entitlements", {**claimants["hardly_anything_known"], "as_of": day})
        assessments = ("/v1/poverty-assessment", "/v1/enterprise-credit", "/v1/relocation-plan")
        for url in assessments:
            for value in examples(area, url).values():
                area.both("POST", url, value)
                area.both("POST", url, {**value, "as_of": "2016-12-31"})
                for wrong in spoiled(value):
                    area.both("POST", url, wrong, brief=True)


def spoiled(value: Json) -> Iterator[Json]:
    """Spoil a request at every place: a field left out, null, an object in its place, another beside it."""
    for path in _paths(value):
        for how in ("left out", None, {"x": 1}, "beside"):
            changed = deepcopy(value)
            at = changed
            for step in path[:-1]:
                at = at[step]
            if how == "left out":
                del at[path[-1]]
            elif how == "beside":
                if not isinstance(at[path[-1]], dict):
                    continue
                at[path[-1]]["unknown_field"] = 1
            else:
                at[path[-1]] = how
            yield changed


def _paths(value: Json, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, each in entries:
        if isinstance(value, list) and step > 0:
            break  # the first of a list stands for all
        yield (*before, step)
        yield from _paths(each, (*before, step))
