"""Who may do what: every path by every kind of token, asked for real. A route without a line in the table fails.

A line says which kinds are let in, and what is sent. Whoever is let in may still be told that a body is wrong or that
there is nothing; whoever is not gets 401 without a token and 403 with one, or, where a thing is hidden, 404.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from fastapi.routing import APIRoute
from starlette.routing import Route

from app.main import create_app
from app.settings import Settings
from tests.support.county import DAY_OF, project, taking
from tests.support.ledger_desk import HOSPITALS, SICK, Desk, Json, new_id, stay
from tests.support.stores import migrated_file

OWN, OTHER = HOSPITALS["city"].code, HOSPITALS["county"].code
DAY = DAY_OF["in_library"]

KINDS: dict[str, str | None] = {
    "anyone": None,
    "village": "village",
    "other village": "other_village",
    "township": "township",
    "county": "county",
    "other county": "other_county",
    "city": "1509",
    "hospital": OWN,
    "other hospital": OTHER,
}
"""Every kind of token, by the name under which the county or the desk has it."""

ALL = frozenset(KINDS)
OFFICERS = frozenset({"village", "other village", "township", "county", "other county"})
COVERING = frozenset({"village", "township", "county"})
"""The officers whose place covers the project."""
OUTSIDE = frozenset({"other village", "other county"})
"""The officers from whom a draft of the village is hidden, writes to it too."""
COUNTIES = frozenset({"county", "other county"})
READERS = frozenset({"county", "other county", "city", "hospital", "other hospital"})
SEE_THE_STAY = frozenset({"county", "city", "hospital"})
"""Who sees the settlement and the person: the person's county, the city, the hospital that has the visit."""


class Line(NamedTuple):
    """Who is let in, what is sent, and whether others are told that there is nothing."""

    let_in: frozenset[str]
    body: Any = None
    hidden: bool = False


OPEN = Line(ALL)
POSTED = Line(ALL, {})

TABLE: dict[str, Line] = {
    # Calculations and reference data: open, and they store nothing.
    **dict.fromkeys(
        (
            *("POST /v1/reimbursements", "POST /v1/reimbursements/range", "POST /v1/reimbursements/batch"),
            *("POST /v1/reimbursements/household", "POST /v1/entitlements", "POST /v1/poverty-assessment"),
            *("POST /v1/enterprise-credit", "POST /v1/relocation-plan"),
        ),
        POSTED,
    ),
    **dict.fromkeys(
        (
            *("GET /v1/parameters", "GET /v1/parameters/{name}", "GET /v1/readings", "GET /v1/benefits"),
            *("GET /v1/poverty-line", "GET /v1/regions", "GET /v1/procedures", "GET /v1/procedures/{name}"),
            "GET /v1/housing-options",
        ),
        OPEN,
    ),
    # The project library: what is published is open, a draft is for the officers of its place. So is the ledger's head.
    **dict.fromkeys(
        (
            *("GET /v1/projects.csv", "GET /v1/projects.oc4ids.json", "GET /v1/projects", "GET /v1/notices"),
            *("GET /v1/notices/{number}", "GET /v1/objections/{receipt}", "GET /v1/ledger/head"),
        ),
        OPEN,
    ),
    "POST /v1/notices/{number}/objections": POSTED,
    **dict.fromkeys(
        (
            *("GET /v1/projects/{number}", "GET /v1/projects/{number}/events"),
            *("GET /v1/projects/{number}/allocations", "GET /v1/projects/{number}/reports"),
        ),
        Line(COVERING, hidden=True),
    ),
    "POST /v1/projects": Line(frozenset({"village"}), project()),
    "PATCH /v1/projects/{number}": Line(frozenset({"village"}), {"tasks": "打井两眼。"}, hidden=True),
    "POST /v1/projects/{number}/actions": Line(frozenset({"village"}), taking("submit_to_township", DAY), hidden=True),
    "POST /v1/projects/{number}/allocations": Line(
        frozenset({"county"}), {"fund": "县级配套资金", "amount": "1.00", "document": "乌财农〔2018〕12号"}, hidden=True
    ),
    "POST /v1/projects/{number}/progress": Line(frozenset({"township"}), {"text": "已完成一半。"}, hidden=True),
    "POST /v1/projects/{number}/outcome": Line(frozenset({"township"}), {"text": "一百二十户通水。"}, hidden=True),
    "GET /v1/notices/{number}/objections": Line(COVERING),
    "POST /v1/notices/{number}/decisions": Line(
        frozenset({"village"}), {"objections": [1], "outcome": "dismissed", "answer": "已核实。"}
    ),
    "POST /v1/objections/{number}/decision": Line(
        frozenset({"village"}), {"outcome": "dismissed", "answer": "已核实。"}
    ),
    # The ledger.
    "POST /v1/settlements": Line(frozenset({"hospital"}), stay("{person}")),
    "POST /v1/settlements/batch": Line(frozenset({"hospital", "other hospital"}), []),
    "GET /v1/settlements": Line(READERS),
    "GET /v1/settlements/{number}": Line(SEE_THE_STAY, hidden=True),
    **dict.fromkeys(
        (f"{method} /v1/settlements/{{number}}/rebooking" for method in ("POST", "GET", "DELETE")),
        Line(frozenset({"county"}), hidden=True),
    ),
    "POST /v1/settlements/{number}/reversal": Line(frozenset({"hospital"}), {"message_id": "…"}, hidden=True),
    "POST /v1/accounts/lookup": Line(SEE_THE_STAY, {"person": "{person}", "year": 2018}, hidden=True),
    "GET /v1/accounts/{person}/{year}": Line(SEE_THE_STAY, hidden=True),
    "GET /v1/ledger/totals": Line(READERS),
    "POST /v1/ledger/differences": Line(SEE_THE_STAY, {"from": DAY, "to": DAY, "institution": OWN, "settlements": []}),
    "POST /v1/persons/lookup": Line(SEE_THE_STAY, {"person": "{person}"}, hidden=True),
    "GET /v1/persons/{person}": Line(SEE_THE_STAY, hidden=True),
    "PUT /v1/persons": Line(frozenset({"county"}), {"person": "{person}", "statuses": [*SICK]}),
    "PUT /v1/persons/{person}": Line(frozenset({"county"}), {"statuses": [*SICK]}),
    "POST /v1/persons/transfer": Line(COUNTIES, {"person": "{person}", "from": "2999-01-01"}),
    "POST /v1/persons/join": Line(frozenset({"county"}), {"person": "{person}"}),
    "POST /v1/persons/transfer/reversal": Line(frozenset({"county"}), {"person": "{moved}"}),
    # The national interface answers every outcome with HTTP 200: who may do what stands in its envelope.
    "POST /fsi/callService": Line(ALL, {}),
    "POST /fsi/{infno}": Line(ALL, {}),
    "POST /fsi/{token}/callService": Line(ALL, {}),
    # Operations.
    **dict.fromkeys(("GET /healthz", "GET /readyz", "GET /metrics", "GET /openapi.json"), OPEN),
}

PAGES = (
    *("/pages", "/desk", "/docs", "/redoc", "/documentation-assets", "/licences", "/problems"),
    *("/notices", "/objections", "/policy", "/bill", "/household", "/projects"),
)
"""Beginnings of the pages for people. No token in `Authorization` opens one: the desk has its own session."""


def routes() -> Iterator[tuple[str, str]]:
    """List every path of the service with its method."""
    for route in create_app(Settings(database_url="sqlite://")).routes:
        if isinstance(route, (APIRoute, Route)):
            for method in sorted((route.methods or set()) - {"HEAD"}):
                yield method, route.path


def is_page(path: str) -> bool:
    return path == "/" or any(path == each or path.startswith((f"{each}/", f"{each}.")) for each in PAGES)


def test_every_route_has_its_line_and_every_line_its_route() -> None:
    found = {f"{method} {path}" for method, path in routes() if not is_page(path)}
    assert found - set(TABLE) == set(), "who may do this?"
    assert set(TABLE) - found == set()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk with a draft, a notice with an objection, and a stay of a registered person."""
    folder = tmp_path_factory.mktemp("access")
    with Desk(migrated_file(folder), folder / "anda.key") as made:
        yield made


class Things(NamedTuple):
    """What the addresses lead to, by their numbers."""

    draft: int
    notice: int
    objection: int
    settlement: int
    person: str
    moved: str
    """A person whom the other county has taken over."""


@pytest.fixture(scope="module")
def things(desk: Desk) -> Things:
    posted = desk.walk_to("village_notice")
    notice = desk.show(posted, DAY_OF["village_notice"])["notice"]["id"]
    made = desk.on(DAY_OF["village_notice"]).post(f"/v1/notices/{notice}/objections", json={"content": "有异议。"})
    person = desk.person(*SICK)
    settlement, moved = desk.settle(stay(person))["id"], desk.person(*SICK)
    body = {"person": moved, "from": DAY}
    assert desk.ask("other_county", "POST", "/v1/persons/transfer", DAY, json=body).status_code == 200
    return Things(desk.walk_to("draft"), notice, made.json()["id"], settlement, person, moved)


def _address(path: str, things: Things) -> str:
    number = things.draft
    for part, its in (
        ("/notices/", things.notice),
        ("/objections/", things.objection),
        ("/settlements/", things.settlement),
    ):
        if path.startswith(f"/v1{part}"):
            number = its
    query = {"/v1/settlements": "?visit_id=x", "/v1/ledger/totals": "?from=2018-01-01&to=2018-12-31"}.get(path, "")
    values = {"number": number, "person": things.person, "year": 2018, "name": "x", "receipt": "x"}
    values |= {"infno": "1101", "token": "x"}
    return path.format(**values) + query


def _body(line: Line, things: Things) -> Any:
    if not isinstance(line.body, dict):
        return line.body
    fresh: Json = {"visit_id": new_id(), "message_id": new_id()}
    return {
        name: value.format(**things._asdict()) if name == "person" else fresh.get(name, value)
        for name, value in line.body.items()
    }


def _outcome(status: int, line: Line) -> str:
    """Sum an answer up: let in, without a token, refused, or hidden."""
    if line.hidden and status == 404:
        return "hidden"
    return {401: "no token", 403: "refused"}.get(status, "let in")


@pytest.mark.lengthy
def test_every_kind_of_token_is_let_in_where_the_table_says_and_nowhere_else(desk: Desk, things: Things) -> None:
    wrong = []
    for key, line in TABLE.items():
        method, path = key.split(" ")
        for kind, who in KINDS.items():
            # What changes the thing comes last, by those who may: the others found it as it was.
            answer = desk.ask(
                who, method, _address(path, things), DAY, json=_body(line, things), headers={"If-Match": "*"}
            )
            found = _outcome(answer.status_code, line)
            closed = {"no token" if who is None else "refused"} | ({"hidden"} if line.hidden else set())
            if (found == "let in") != (kind in line.let_in) or (kind not in line.let_in and found not in closed):
                wrong.append(f"{key} by {kind}: {answer.status_code} {answer.text[:90]}")
            if path.startswith("/v1/projects/{number}") and kind in OUTSIDE and found != "hidden":
                wrong.append(f"{key} by {kind}: {answer.status_code} tells that there is a draft")
            if answer.status_code >= 500:
                wrong.append(f"{key} by {kind}: {answer.status_code}")
    assert wrong == [], "\n".join(wrong)


def test_a_token_in_the_header_opens_no_page(desk: Desk) -> None:
    wrong = []
    for method, path in routes():
        if not is_page(path) or method != "GET" or path.startswith("/documentation-assets"):
            continue
        address = path.replace("{number}", "1").replace("{notice}", "1").replace("{name}", "x").replace("{slug}", "x")
        statuses = {desk.ask(who, "GET", address, DAY).status_code for who in (None, "county", "1509", OWN)}
        if len(statuses) != 1:
            wrong.append((path, statuses))
    assert wrong == []


def test_nobody_but_an_officer_opens_the_desk(desk: Desk) -> None:
    client = desk.on(DAY)
    for who in (None, "1509", OWN, "county"):
        token = "nothing" if who is None else desk.token(who)
        entered = client.post("/desk/session", data={"token": token}, follow_redirects=False)
        assert entered.status_code == (303 if who == "county" else 401), who
        assert ('name="token"' in client.get("/desk").text) == (who != "county"), who
        # The token itself is no session.
        asked = desk.ask(None, "GET", "/desk", headers={"Cookie": f"anda_officer={token}"})
        assert 'name="token"' in asked.text, who


def test_at_the_national_interface_a_hospitals_token_alone_is_let_in(desk: Desk, things: Things) -> None:
    for kind, who in KINDS.items():
        envelope = {"infno": "1101", "msgid": "M", "fixmedins_code": OWN, "input": {"psn_no": things.person}}
        answer = desk.ask(who, "POST", "/fsi/callService", DAY, json=envelope)
        assert (answer.status_code, answer.json()["infcode"]) == (200, "0" if kind == "hospital" else "-1"), kind
        # In the address, none of them is: it takes only a token that is bound to a network.
        token = "x" if who is None else desk.token(who)
        answer = desk.ask(who, "POST", f"/fsi/{token}/callService", DAY, json=envelope)
        assert (answer.status_code, answer.json()["err_msg"]) == (200, "机构令牌无效、已过期或已注销"), kind
