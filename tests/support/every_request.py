"""A request of every kind that the library takes, with every field that it has: to be spoiled, or planted in."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, NamedTuple

from tests.support.county import DAY_OF, County, Json, project, taking

DAY = DAY_OF["in_library"]
"""The day on which all of them can be done."""

CENTRAL = "中央财政专项扶贫资金"
RAW = "a number that only a text can hold: "
"""What stands before a number that JSON writes otherwise than Python."""


class Prepared(NamedTuple):
    """What every request needs: a project in the right status for it, a notice, an objection; by their numbers."""

    draft: int
    in_library: int
    completed: int
    in_review: int
    reviewed: int
    notice: int
    objection: int


def prepare(county: County) -> Prepared:
    """Prepare a county so that every request can be done in it."""
    day = DAY_OF["village_notice"]
    notice = county.show(county.walk_to("village_notice"), day)["notice"]["id"]
    made = county.on(day).post(f"/v1/notices/{notice}/objections", json={"content": "有异议。"})
    assert made.status_code == 201
    return Prepared(
        draft=county.walk_to("draft"),
        in_library=county.walk_to("in_library"),
        completed=county.walk_to("completed"),
        in_review=county.walk_to("township_review"),
        reviewed=county.walk_to("county_review"),
        notice=notice,
        objection=made.json()["id"],
    )


class Asked(NamedTuple):
    """A request: how it is sent, by whom, and what it holds where nothing is spoiled."""

    method: str
    address: str
    who: str | None
    body: Json
    done: int = 201

    def at(self, prepared: Prepared) -> str:
        """Write its address in a county."""
        return self.address.format(**prepared._asdict())


WHOM = {"households": 118, "persons": 300, "registered_households": 45, "registered_persons": 102}
NEW: Json = project()
REQUESTS: dict[str, Asked] = {
    "declare": Asked("POST", "/v1/projects", "village", NEW),
    "revise": Asked("PATCH", "/v1/projects/{draft}", "village", {**NEW, "tasks": "打深井两眼。"}, 200),
    "village": Asked("POST", "/v1/projects/{draft}/actions", "village", taking("post_village_notice", DAY), 200),
    "township": Asked("POST", "/v1/projects/{in_review}/actions", "township", taking("approve_in_township", DAY), 200),
    "county": Asked("POST", "/v1/projects/{reviewed}/actions", "county", taking("approve_in_county", DAY), 200),
    "allocate": Asked(
        *("POST", "/v1/projects/{in_library}/allocations", "county"),
        {"fund": CENTRAL, "amount": "1.00", "document": "乌财农〔2018〕12号"},
    ),
    "remove": Asked("POST", "/v1/projects/{in_library}/actions", "county", taking("remove", DAY), 200),
    "progress": Asked(
        *("POST", "/v1/projects/{completed}/progress", "township"),
        {"date": DAY, "text": "井已打成。", "spent": "1.00"},
    ),
    "outcome": Asked(
        *("POST", "/v1/projects/{completed}/outcome", "township"),
        {"date": DAY, "text": "入户率98%。", "spent": "1.00", "beneficiaries": WHOM},
    ),
    "object": Asked(
        "POST", "/v1/notices/{notice}/objections", None, {"content": "有异议。", "name": "某人", "contact": "某处"}
    ),
    "decide": Asked(
        "POST", "/v1/objections/{objection}/decision", "village", {"outcome": "dismissed", "answer": "已核实。"}, 200
    ),
}


class Field(NamedTuple):
    """A field of a request: what it takes, and how much."""

    kind: str
    most: int = 0
    required: bool = False


def line(most: int, required: bool = False) -> Field:
    return Field("line", most, required)


def lines(most: int, required: bool = False) -> Field:
    return Field("lines", most, required)


BENEFICIARIES = {f"/beneficiaries/{name}": Field("count", 10_000_000, required=True) for name in WHOM}
PROJECT_FIELDS: dict[str, Field] = {
    "/name": line(200, required=True),
    "/category": line(60, required=True),
    "/construction": Field("literal", required=True),
    "/place": Field("place", required=True),
    "/place_name": line(100),
    "/schedule": Field("object"),
    "/schedule/start": Field("day", required=True),
    "/schedule/end": Field("day", required=True),
    "/responsible_unit": line(200),
    "/tasks": lines(5_000),
    "/budget": Field("object", required=True),
    "/budget/total": Field("money above zero", required=True),
    "/budget/sources": Field("list", 20, required=True),
    "/budget/sources/0": Field("object"),
    "/budget/sources/0/fund": line(100, required=True),
    "/budget/sources/1/amount": Field("money above zero", required=True),
    "/beneficiaries": Field("object"),
    **BENEFICIARIES,
    "/performance_goals": Field("list", 30),
    "/performance_goals/1": lines(500),
    "/participation": lines(3_000),
    "/poverty_reduction_mechanism": lines(3_000),
}
ACTION: dict[str, Field] = {
    "/action": Field("literal", required=True),
    "/note": lines(2_000),
    "/evidence": Field("object"),
}
FIELDS: dict[str, dict[str, Field]] = {
    "declare": PROJECT_FIELDS,
    "revise": PROJECT_FIELDS,
    "village": {
        **ACTION,
        "/evidence/meeting": Field("object"),
        "/evidence/meeting/kind": Field("literal"),
        "/evidence/meeting/date": Field("day"),
        "/evidence/meeting/attendance": Field("count", 10_000_000),
    },
    "township": {
        "/evidence/checks": Field("object"),
        **{
            f"/evidence/checks/{name}": Field("boolean")
            for name in ("truth", "need", "content", "budget", "benefit", "participation", "mechanism")
        },
    },
    "county": {
        "/evidence/opinion": Field("object"),
        "/evidence/opinion/department": line(200),
        "/evidence/opinion/text": lines(3_000),
        "/evidence/decision": Field("object"),
        "/evidence/decision/group": line(200),
        "/evidence/decision/date": Field("day"),
    },
    "remove": {"/note": lines(2_000)},
    "allocate": {
        "/fund": line(100, required=True),
        "/amount": Field("money above zero", required=True),
        "/document": line(200, required=True),
    },
    "progress": {"/date": Field("day"), "/text": lines(5_000, required=True), "/spent": Field("money")},
    "outcome": {
        "/date": Field("day"),
        "/text": lines(5_000, required=True),
        "/spent": Field("money"),
        "/beneficiaries": Field("object"),
        **BENEFICIARIES,
    },
    "object": {"/content": lines(5_000, required=True), "/name": line(100), "/contact": line(200)},
    "decide": {"/outcome": Field("literal", required=True), "/answer": lines(3_000, required=True)},
}

EVERY_FIELD = [(name, pointer) for name, fields in FIELDS.items() for pointer in fields]


def put(body: Json, pointer: str, value: Any) -> Json:
    """Return a body with something else in one place."""
    whole = deepcopy(body)
    *path, last = pointer.strip("/").split("/")
    at: Any = whole
    for step in path:
        at = at[int(step)] if isinstance(at, list) else at[step]
    at[int(last) if isinstance(at, list) else last] = value
    return whole


def without(body: Json, pointer: str) -> Json:
    """Return a body without a field."""
    whole = deepcopy(body)
    *path, last = pointer.strip("/").split("/")
    at: Any = whole
    for step in path:
        at = at[int(step)] if isinstance(at, list) else at[step]
    del at[last]
    return whole


def written(body: Any) -> str:
    """Write a body as JSON, with NaN, lone surrogates and numbers as they stand in a text."""
    return re.sub(f'"{RAW}([^"]*)"', r"\1", json.dumps(body))


def pointers_of(body: Any, at: str = "") -> Iterator[str]:
    """List the fields of a body; those of a list's items stand under the list."""
    if at:
        yield at
    for name, value in body.items() if isinstance(body, dict) else ():
        yield from pointers_of(value, f"{at}/{name}")
    for value in body if isinstance(body, list) else ():
        yield from pointers_of(value, at)
