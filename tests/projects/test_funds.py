"""Funds: only for projects of the library, never above a source, not even by two at once; then what they were for."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, insert, update
from sqlalchemy.exc import IntegrityError
from starlette.testclient import TestClient

from app.db.engine import writing
from app.db.projects.models import Allocation, ProjectSource
from tests.support.county import DAY_OF, LONG_AGO, PLACES, STATUSES, County, Json, is_now, unmet
from tests.support.grid import grid
from tests.support.lasting import made_ready, store_for

CENTRAL, LOCAL = "中央财政专项扶贫资金", "县级配套资金"
"""The two sources of the usual project: 400,000 and 100,000 yuan."""

DOCUMENT = "乌财农〔2018〕12号"
DAY = DAY_OF["in_library"]
OFFICERS = tuple(PLACES)
NOT_THERE = 999_999


@pytest.fixture(scope="module")
def county(request: pytest.FixtureRequest, database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """A county that all these tests share: each has projects of its own in it."""
    with County(store_for(request, tmp_path_factory, "funds", database)) as shared:
        yield shared


def allocation(amount: Any, fund: str = LOCAL) -> Json:
    return {"fund": fund, "amount": amount, "document": DOCUMENT}


def allocate(county: County, project: int, body: Json, who: str | None = "county", **headers: str) -> httpx.Response:
    address = f"/v1/projects/{project}/allocations"
    answer: httpx.Response = county.on(DAY).post(address, json=body, headers=county.headers(who, **headers))
    return answer


def report(
    county: County, project: int, kind: str, body: Json, *, who: str | None = "township", day: str = DAY
) -> httpx.Response:
    address = f"/v1/projects/{project}/{kind}"
    answer: httpx.Response = county.on(day).post(address, json=body, headers=county.headers(who))
    return answer


def funds_of(county: County, project: int) -> dict[str, tuple[str, str, str]]:
    funds = county.show(project, DAY)["funds"]
    return {each["fund"]: (each["amount"], each["allocated"], each["left"]) for each in funds}


def revise(county: County, project: int, patch: Json) -> httpx.Response:
    headers = county.headers("county", If_Match="*")
    answer: httpx.Response = county.on(DAY).patch(f"/v1/projects/{project}", json=patch, headers=headers)
    return answer


# ---- allocations


def test_an_allocation_is_answered_as_it_is_kept_counted_on_its_source_and_listed_for_all(county: County) -> None:
    project = county.walk_to("in_library")
    before = county.show(project, DAY)
    answer = allocate(county, project, allocation("60000.50"))
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert {name: value for name, value in made.items() if name not in {"id", "made"}} == {
        "project": project,
        "fund": LOCAL,
        "amount": "60000.50",
        "document": DOCUMENT,
    }
    assert is_now(made["made"])
    after = county.show(project, DAY)
    assert (after["status"], after["version"]) == ("in_library", before["version"] + 1)
    assert answer.headers["etag"] == f'"{project}-{after["version"]}"'
    assert answer.headers["location"] == f"/v1/projects/{project}/allocations"
    assert funds_of(county, project) == {
        CENTRAL: ("400000.00", "0.00", "400000.00"),
        LOCAL: ("100000.00", "60000.50", "39999.50"),
    }
    second = allocate(county, project, allocation(1, CENTRAL)).json()
    listed = county.on(DAY).get(f"/v1/projects/{project}/allocations").json()
    assert listed == {"items": [made, second], "next": None}


def test_money_goes_only_to_projects_in_the_library_or_under_way(county: County) -> None:
    answered = {}
    before = len(county.rows()["allocations"])
    for status in STATUSES:
        answer = allocate(county, county.walk_to(status), allocation("1.00"))
        answered[status] = 201 if answer.status_code == 201 else unmet(answer)
    assert answered == {
        status: 201 if status in {"in_library", "under_way"} else ["not_in_library"] for status in STATUSES
    }
    assert len(county.rows()["allocations"]) == before + 2


@grid("who", [who for who in OFFICERS if who != "county"])
def test_money_is_allocated_by_the_countys_officer_and_by_no_other(county: County, who: str) -> None:
    project = county.walk_to("in_library")
    before = county.rows()
    assert allocate(county, project, allocation("1.00"), who).status_code == 403
    assert allocate(county, project, allocation("1.00", "没有这项资金"), who).status_code == 403
    assert allocate(county, project, allocation("1.00"), None).status_code == 401
    assert county.rows() == before


def test_who_may_not_allocate_is_told_that_before_anything_of_the_project(county: County) -> None:
    project = county.walk_to("draft")
    assert allocate(county, project, allocation("1.00"), "other_county").status_code == 404
    assert allocate(county, project, allocation("1.00"), "township").status_code == 403
    assert unmet(allocate(county, project, allocation("1.00"))) == ["not_in_library"]


def test_there_is_no_allocating_to_a_project_that_is_not_there(county: County) -> None:
    answer = allocate(county, NOT_THERE, allocation("1.00"))
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-project")


def test_a_source_gives_what_it_has_to_the_fen_and_no_fen_more(county: County) -> None:
    project = county.walk_to("in_library")
    assert unmet(allocate(county, project, allocation("100000.01"))) == ["above_budget"]
    assert allocate(county, project, allocation("99999.99")).status_code == 201
    refused = allocate(county, project, allocation("0.02"))
    assert unmet(refused) == ["above_budget"]
    assert "0.01 yuan" in refused.json()["unmet"][0]["message"]
    assert allocate(county, project, allocation("0.01")).status_code == 201
    assert unmet(allocate(county, project, allocation("0.01"))) == ["above_budget"]
    assert allocate(county, project, allocation("400000.00", CENTRAL)).status_code == 201, "the other is untouched"
    assert {each[2] for each in funds_of(county, project).values()} == {"0.00"}


@grid("fund", ["没有这项资金", LOCAL + " ", CENTRAL[:-1]])
def test_a_source_that_the_budget_does_not_name_is_a_field_refused_and_not_repeated(county: County, fund: str) -> None:
    project = county.walk_to("in_library")
    before = county.rows()
    answer = allocate(county, project, allocation("1.00", fund))
    assert answer.status_code == 422
    errors = [(error["pointer"], error["code"]) for error in answer.json()["errors"]]
    assert errors == [("/fund", "fund_unknown")]
    assert fund not in answer.json()["errors"][0]["message"]
    assert county.rows() == before


def test_an_allocation_on_a_version_that_is_no_longer_the_one_that_was_seen_is_refused(county: County) -> None:
    project = county.walk_to("in_library")
    seen = county.on(DAY).get(f"/v1/projects/{project}").headers["etag"]
    assert allocate(county, project, allocation("1.00"), If_Match=seen).status_code == 201
    assert allocate(county, project, allocation("1.00"), If_Match=seen).status_code == 412
    assert funds_of(county, project)[LOCAL][1] == "1.00"


def test_the_same_allocation_under_the_same_key_is_made_once(county: County) -> None:
    project = county.walk_to("in_library")
    first, again = (allocate(county, project, allocation("1.00"), Idempotency_Key="k") for _ in range(2))
    assert (first.status_code, again.status_code, first.json()) == (201, 201, again.json())
    assert allocate(county, project, allocation("2.00"), Idempotency_Key="k").status_code == 422
    assert funds_of(county, project)[LOCAL][1] == "1.00"


def test_a_source_can_be_raised_but_not_put_below_what_was_allocated_of_it_nor_left_out(county: County) -> None:
    project = county.walk_to("in_library")
    assert allocate(county, project, allocation("100000.00")).status_code == 201

    def budget(local: str | None, central: str) -> Json:
        sources = [{"fund": CENTRAL, "amount": central}, *([{"fund": LOCAL, "amount": local}] if local else [])]
        return {"budget": {"total": "500000.00", "sources": sources}}

    for patch in (budget("99999.99", "400000.01"), budget(None, "500000.00")):
        assert unmet(revise(county, project, patch)) == ["below_allocated"]
    assert revise(county, project, budget("150000.00", "350000.00")).status_code == 200
    assert funds_of(county, project)[LOCAL] == ("150000.00", "100000.00", "50000.00")
    assert allocate(county, project, allocation("50000.00")).status_code == 201
    assert unmet(allocate(county, project, allocation("0.01"))) == ["above_budget"]


def test_what_was_allocated_stands_after_a_removal_and_is_hidden_with_a_draft(county: County) -> None:
    project = county.walk_to("in_library")
    made = allocate(county, project, allocation("5.00")).json()
    county.take(project, "remove", DAY)
    assert county.on(DAY).get(f"/v1/projects/{project}/allocations").json()["items"] == [made]
    draft = county.walk_to("draft")
    for part in ("allocations", "reports"):
        hidden = county.on(DAY).get(f"/v1/projects/{draft}/{part}")
        assert (hidden.status_code, hidden.json()["type"]) == (404, "/problems/unknown-project")
        shown = county.on(DAY).get(f"/v1/projects/{draft}/{part}", headers=county.headers("village"))
        assert shown.json() == {"items": [], "next": None}


# ---- several at once


def at_once(clients: Sequence[TestClient], addresses: Sequence[str], bodies: Sequence[Json], token: str) -> list[int]:
    """Send as many requests as there are clients, all at the same moment; return the statuses."""
    ready = Barrier(len(clients))

    def send(client: TestClient, address: str, body: Json) -> int:
        ready.wait()
        answer: httpx.Response = client.post(address, json=body, headers={"Authorization": f"Bearer {token}"})
        return answer.status_code

    with ThreadPoolExecutor(len(clients)) as pool:
        return list(pool.map(send, clients, addresses, bodies))


def test_of_several_allocations_at_once_that_together_exceed_a_source_exactly_one_is_made(county: County) -> None:
    project = county.walk_to("in_library")
    address = f"/v1/projects/{project}/allocations"
    token = county.token("county")
    with county.reopened() as second, county.reopened() as third:
        clients = made_ready(*(each.on(DAY) for each in (county, second, third) for _ in range(3)))
        bodies = [allocation(f"6000{number}.00") for number in range(9)]
        statuses = at_once(clients, [address] * 9, bodies, token)
    assert sorted(statuses) == [201] + [409] * 8
    (listed,) = county.on(DAY).get(address).json()["items"]
    assert listed["amount"] == bodies[statuses.index(201)]["amount"]
    assert funds_of(county, project)[LOCAL][1] == listed["amount"]
    events = county.on(DAY).get(f"/v1/projects/{project}/events").json()["items"]
    assert [event["action"] for event in events].count("allocate") == 1


def test_of_many_small_allocations_at_once_as_many_are_made_as_the_source_has_money_for(county: County) -> None:
    project = county.walk_to("in_library")
    address = f"/v1/projects/{project}/allocations"
    with county.reopened() as second:
        clients = made_ready(*(each.on(DAY) for each in (county, second) for _ in range(6)))
        statuses = at_once(clients, [address] * 12, [allocation("12500.00")] * 12, county.token("county"))
    assert sorted(statuses) == [201] * 8 + [409] * 4
    assert funds_of(county, project)[LOCAL] == ("100000.00", "100000.00", "0.00")


def test_allocations_at_once_to_two_sources_or_two_projects_do_not_hinder_each_other(county: County) -> None:
    projects = [county.walk_to("in_library") for _ in range(2)]
    addresses = [f"/v1/projects/{project}/allocations" for project in projects for _ in range(2)]
    with county.reopened() as second:
        clients = made_ready(county.on(DAY), second.on(DAY), second.on(DAY), county.on(DAY))
        bodies = [allocation("100000.00"), allocation("400000.00", CENTRAL)] * 2
        assert at_once(clients, addresses, bodies, county.token("county")) == [201] * 4
    assert {left for project in projects for *_, left in funds_of(county, project).values()} == {"0.00"}


# ---- what the store itself refuses


def expect_refused(engine: Engine, statement: Any, constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), writing(engine) as connection:
        connection.execute(statement)


def test_the_store_itself_refuses_more_than_a_source_has_and_less_than_nothing(county: County) -> None:
    its = (ProjectSource.project_id == county.walk_to("in_library")) & (ProjectSource.fund == LOCAL)
    of_source, constraint = update(ProjectSource).where(its), "allocated_is_within_amount"
    for values in ({"allocated": ProjectSource.amount + 1}, {"allocated": -1}, {"amount": -1}):
        expect_refused(county.engine, of_source.values(values), constraint)
    with writing(county.engine) as connection:
        connection.execute(of_source.values(allocated=ProjectSource.amount))
    expect_refused(county.engine, of_source.values(amount=ProjectSource.amount - 1), constraint)


@grid("amount", [0, -1])
def test_the_store_itself_refuses_an_allocation_of_nothing_or_less(county: County, amount: int) -> None:
    project = county.walk_to("in_library")
    row = {"project_id": project, "fund": LOCAL, "amount": amount, "document": DOCUMENT, "made": LONG_AGO}
    expect_refused(county.engine, insert(Allocation).values(row), "amount_is_above_zero")


# ---- progress and outcome


def test_what_was_carried_out_and_what_it_achieved_are_kept_in_their_order(county: County) -> None:
    project = county.walk_to("completed")
    before = county.show(project, DAY)["version"]
    progress = report(county, project, "progress", {"date": "2018-03-10", "text": "井已打成。", "spent": "1000"})
    whom = {"households": 118, "persons": 300, "registered_households": 45, "registered_persons": 102}
    outcome = report(county, project, "outcome", {"text": "入户率98%。", "spent": 499_000.5, "beneficiaries": whom})
    assert (progress.status_code, outcome.status_code) == (201, 201)
    told = [progress.json(), outcome.json()]
    assert [{name: each[name] for name in each if name not in {"id", "made"}} for each in told] == [
        {
            "project": project,
            "kind": "progress",
            "date": "2018-03-10",
            "text": "井已打成。",
            "spent": "1000.00",
            "beneficiaries": None,
        },
        {
            "project": project,
            "kind": "outcome",
            "date": DAY,
            "text": "入户率98%。",
            "spent": "499000.50",
            "beneficiaries": whom,
        },
    ]
    assert county.on(DAY).get(f"/v1/projects/{project}/reports").json() == {"items": told, "next": None}
    assert county.show(project, DAY)["version"] == before + 2
    assert outcome.headers["etag"] == f'"{project}-{before + 2}"'


@pytest.mark.lengthy
def test_progress_is_recorded_while_it_is_under_way_and_after_the_outcome_once_it_is_completed(county: County) -> None:
    answered = {}
    for status in STATUSES:
        project = county.walk_to(status)
        for kind in ("progress", "outcome"):
            answer = report(county, project, kind, {"text": "如实记录。"})
            answered[status, kind] = 201 if answer.status_code == 201 else unmet(answer)
    allowed = {("under_way", "progress"), ("completed", "progress"), ("completed", "outcome")}
    assert answered == {
        (status, kind): 201 if (status, kind) in allowed else [f"no_{kind}_yet"]
        for status in STATUSES
        for kind in ("progress", "outcome")
    }


@grid("kind", ["progress", "outcome"])
def test_reports_are_the_townships(county: County, kind: str) -> None:
    project = county.walk_to("completed")
    before = county.rows()
    for who in OFFICERS:
        if who != "township":
            assert report(county, project, kind, {"text": "如实记录。"}, who=who).status_code == 403, who
    assert report(county, project, kind, {"text": "如实记录。"}, who=None).status_code == 401
    assert report(county, NOT_THERE, kind, {"text": "如实记录。"}).status_code == 404
    assert county.rows() == before
    assert report(county, project, kind, {"text": "如实记录。"}).status_code == 201


@grid("kind", ["progress", "outcome"])
def test_a_report_describes_no_day_to_come(county: County, kind: str) -> None:
    project = county.walk_to("completed")
    before = county.rows()
    answer = report(county, project, kind, {"text": "如实记录。", "date": "2018-03-15"})
    assert answer.status_code == 422
    assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [("/date", "day_to_come")]
    assert county.rows() == before
    assert report(county, project, kind, {"text": "如实记录。", "date": DAY}).status_code == 201
    assert (
        report(county, project, kind, {"text": "如实记录。", "date": "2018-03-15"}, day="2018-03-15").status_code == 201
    )
