"""Objections: by anyone, on time or late, decided once by the officer of the level, their makers known to nobody."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from tests.support.county import DAY_OF, PLACES, County, Json, is_now, taking, unmet
from tests.support.grid import grid
from tests.support.lasting import made_ready, store_for

POSTED, LAST_DAY, DAY_AFTER = "2018-02-09", "2018-02-19", "2018-02-20"
"""Of the village's notice on the usual path."""

LEVELS = ("village", "township", "county")
NOT_THERE = 999_999
REASON = "管线没有经过村东头的十二户。"
NAME, CONTACT = "欧阳青山", "13904741118"
COUNTED = {"in_time": 0, "late": 0, "undecided": 0, "upheld": 0, "dismissed": 0}
NEXT_STEP = {"village": "submit_to_township", "township": "submit_to_county", "county": "enter_library"}


@pytest.fixture(scope="module")
def county(request: pytest.FixtureRequest, database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """A county that all these tests share: each has projects of its own in it."""
    with County(store_for(request, tmp_path_factory, "objections", database), objections_a_minute=10_000) as shared:
        yield shared


def object_to(county: County, notice: int, day: str, **more: str) -> httpx.Response:
    body = {"content": REASON, **more}
    answer: httpx.Response = county.on(day).post(f"/v1/notices/{notice}/objections", json=body)
    return answer


def objected(county: County, notice: int, day: str, **more: str) -> Json:
    """Object, and return what its maker is answered."""
    answer = object_to(county, notice, day, **more)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


def decide(county: County, who: str | None, objection: int, outcome: str, day: str) -> httpx.Response:
    body = {"outcome": outcome, "answer": f"{outcome}：经核实，答复如上。"}
    address = f"/v1/objections/{objection}/decision"
    answer: httpx.Response = county.on(day).post(address, json=body, headers=county.headers(who))
    return answer


def decided(county: County, who: str, objection: int, outcome: str, day: str) -> Json:
    answer = decide(county, who, objection, outcome, day)
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


def newest_notice(county: County, project: int, day: str) -> int:
    notice: int = county.show(project, day)["notice"]["id"]
    return notice


def shown(county: County, notice: int, day: str) -> Json:
    answer = county.on(day).get(f"/v1/notices/{notice}")
    assert answer.status_code == 200
    told: Json = answer.json()
    return told


def status_of(county: County, project: int, day: str) -> tuple[str, int]:
    told = county.show(project, day)
    return told["status"], told["version"]


def revise(county: County, project: int, who: str, day: str, tasks: str) -> int:
    """Change what a project says, and return its newest notice."""
    headers = county.headers(who, If_Match="*")
    answer = county.on(day).patch(f"/v1/projects/{project}", json={"tasks": tasks}, headers=headers)
    assert answer.status_code == 200, answer.text
    notice: int = answer.json()["notice"]["id"]
    return notice


def on_display(county: County, level: str) -> tuple[int, int, str]:
    """Take a project to the notice of a level; return it, the notice, and the day it was posted on."""
    status = f"{level}_notice"
    project = county.walk_to(status)
    return project, newest_notice(county, project, DAY_OF[status]), DAY_OF[status]


# ---- made by anyone


def test_anyone_objects_without_a_token_and_gets_a_number_a_receipt_and_whether_it_is_late(county: County) -> None:
    _, notice, day = on_display(county, "village")
    answer = object_to(county, notice, day)
    assert answer.status_code == 201
    made = answer.json()
    assert set(made) == {"id", "receipt", "late"}
    assert made["late"] is False
    assert len(made["receipt"]) >= 20
    assert answer.headers["location"] == f"/v1/objections/{made['receipt']}"
    assert answer.headers["cache-control"] == "no-store"


def test_two_objections_have_two_receipts_and_the_store_keeps_neither(county: County) -> None:
    _, notice, day = on_display(county, "village")
    receipts = [objected(county, notice, day)["receipt"] for _ in range(2)]
    assert receipts[0] != receipts[1]
    assert not any(receipt in str(county.rows()) for receipt in receipts)


def test_there_is_no_objecting_to_a_notice_that_is_not_there(county: County) -> None:
    answer = object_to(county, NOT_THERE, POSTED)
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-notice")


def test_an_objection_stands_in_the_history_as_anyones_and_leaves_the_project_as_it_is(county: County) -> None:
    project, notice, day = on_display(county, "village")
    before = county.show(project, day)
    made = objected(county, notice, day, name=NAME, contact=CONTACT)
    assert county.show(project, day) == before
    event = county.on(day).get(f"/v1/projects/{project}/events").json()["items"][-1]
    assert (event["action"], event["actor"], event["level"], event["place"]) == ("object", "anyone", None, None)
    assert (event["from"], event["to"], event["version"]) == ("village_notice", "village_notice", before["version"])
    assert (event["record"]["objection"]["id"], event["record"]["objection"]["notice"]) == (made["id"], notice)


def test_the_same_objection_under_the_same_key_is_kept_once_and_another_under_it_is_refused(county: County) -> None:
    _, notice, day = on_display(county, "village")
    address, key = f"/v1/notices/{notice}/objections", {"Idempotency-Key": "desk-1"}
    first, again = (county.on(day).post(address, json={"content": REASON}, headers=key) for _ in range(2))
    other = county.on(day).post(address, json={"content": "另一件异议。"}, headers=key)
    assert (first.status_code, again.status_code, first.json()) == (201, 201, again.json())
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused")
    assert shown(county, notice, day)["objections"] == {**COUNTED, "in_time": 1, "undecided": 1}


# ---- on time and late


@grid(("day", "late"), [(POSTED, False), (LAST_DAY, False), (DAY_AFTER, True), ("2019-01-01", True)])
def test_an_objection_is_late_from_the_day_after_the_last_one(county: County, day: str, late: bool) -> None:
    _, notice, _ = on_display(county, "village")
    assert shown(county, notice, day)["last_day"] == LAST_DAY
    assert objected(county, notice, day)["late"] is late


def test_an_objection_to_a_notice_that_a_change_has_superseded_is_late_while_the_new_one_takes_them_in_time(
    county: County,
) -> None:
    project, old, day = on_display(county, "village")
    new = revise(county, project, "village", "2018-02-12", "打深井两眼。")
    assert shown(county, old, day)["closed"]["by"] == "superseded"
    assert objected(county, old, "2018-02-12")["late"] is True
    assert objected(county, new, "2018-02-22")["late"] is False


@grid(("action", "closed_by"), [("return", "returned"), ("withdraw", "withdrawn")])
def test_an_objection_to_a_notice_that_was_closed_early_is_late(county: County, action: str, closed_by: str) -> None:
    project, notice, day = on_display(county, "village")
    county.take(project, action, day)
    assert shown(county, notice, day)["closed"]["by"] == closed_by
    assert objected(county, notice, day)["late"] is True


def test_objections_are_counted_on_their_notice_by_time_and_outcome_and_on_no_other(county: County) -> None:
    _, notice, day = on_display(county, "village")
    _, other, _ = on_display(county, "village")
    first, _ = objected(county, notice, day), objected(county, notice, LAST_DAY)
    late = [objected(county, notice, DAY_AFTER) for _ in range(3)]
    decided(county, "village", first["id"], "dismissed", day)
    decided(county, "village", late[0]["id"], "upheld", DAY_AFTER)
    expected = {"in_time": 2, "late": 3, "undecided": 3, "upheld": 1, "dismissed": 1}
    assert shown(county, notice, DAY_AFTER)["objections"] == expected
    items = county.on(day).get("/v1/notices", params={"limit": 200}).json()["items"]
    listed = {each["id"]: each["objections"] for each in items}
    assert (listed[notice], listed[other]) == (expected, COUNTED)


# ---- who made it


@pytest.mark.lengthy
def test_the_name_and_the_contact_of_who_objects_are_kept_and_stand_in_no_answer_to_anybody(county: County) -> None:
    project, notice, day = on_display(county, "village")
    answers = [object_to(county, notice, day, name=NAME, contact=CONTACT)]
    made = answers[0].json()
    answers.append(object_to(county, notice, DAY_AFTER, name=NAME, contact=CONTACT))
    answers.append(decide(county, "township", made["id"], "dismissed", day))
    answers.append(decide(county, "village", made["id"], "dismissed", day))
    answers.append(decide(county, "village", made["id"], "dismissed", day))
    pages = [
        *(f"/v1/projects/{project}{part}" for part in ("", "/events", "/allocations", "/reports")),
        *("/v1/projects", "/v1/notices", f"/v1/notices/{notice}", f"/v1/notices/{notice}/objections"),
        *(f"/v1/objections/{receipt}" for receipt in (made["receipt"], "x")),
        "/metrics",
    ]
    for who in (None, *PLACES):
        answers += [county.on(day).get(page, headers=county.headers(who)) for page in pages]
    assert {answer.status_code for answer in answers} == {200, 201, 401, 403, 404, 409}
    for answer in answers:
        # What stands in the text as \u6b27 is found in what it says.
        told = answer.text + (str(answer.json()) if "json" in answer.headers["content-type"] else "")
        assert NAME not in told and CONTACT not in told, answer.request.url
        assert NAME not in str(answer.headers) and CONTACT not in str(answer.headers)
    # They were not lost: the store has them, twice.
    kept = [row for row in county.rows()["objections"] if row[1] == notice]
    assert [(NAME in row, CONTACT in row) for row in kept] == [(True, True)] * 2
    assert NAME not in str(county.rows()["events"])


def test_a_receipt_lets_its_maker_read_the_answer_and_what_is_none_finds_nothing(county: County) -> None:
    _, notice, day = on_display(county, "village")
    made, other = objected(county, notice, day), objected(county, notice, day)
    page = f"/v1/objections/{made['receipt']}"
    waiting = county.on(day).get(page)
    assert waiting.status_code == 200
    assert waiting.json() | {"made": ""} == {
        "id": made["id"],
        "notice": notice,
        "made": "",
        "late": False,
        "content": REASON,
        "outcome": None,
        "answer": None,
        "decided": None,
        "waiting": False,
    }
    told = decided(county, "village", made["id"], "dismissed", LAST_DAY)
    assert county.on(LAST_DAY).get(page).json() == told
    assert (told["outcome"], told["answer"]) == ("dismissed", "dismissed：经核实，答复如上。")
    assert is_now(told["decided"])
    assert county.on(day).get(f"/v1/objections/{other['receipt']}").json()["outcome"] is None
    for wrong in (str(made["id"]), made["receipt"][:-1], made["receipt"] + "x", made["receipt"].swapcase(), "%00"):
        answer = county.on(day).get(f"/v1/objections/{wrong}")
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-objection"), wrong


@grid(
    ("who", "status"),
    [(None, 401), *((who, 200) for who in LEVELS), *((f"other_{who}", 403) for who in LEVELS)],
)
def test_the_objections_to_a_notice_are_listed_for_officers_whose_place_covers_it(
    county: County, who: str | None, status: int
) -> None:
    _, notice, day = on_display(county, "village")
    made = [objected(county, notice, each)["id"] for each in (day, LAST_DAY, DAY_AFTER)]
    answer = county.on(day).get(f"/v1/notices/{notice}/objections", headers=county.headers(who))
    assert answer.status_code == status
    if status == 200:
        told = answer.json()
        assert ([each["id"] for each in told["items"]], told["next"]) == (made, None)
        assert [each["late"] for each in told["items"]] == [False, False, True]
        assert not {"name", "contact", "receipt"} & set(told["items"][0])


# ---- decided


@grid("level", LEVELS)
def test_an_objection_is_decided_by_the_officer_of_its_notices_level_and_by_no_other(
    county: County, level: str
) -> None:
    _, notice, day = on_display(county, level)
    made = objected(county, notice, day)["id"]
    before = county.rows()
    for who in (*LEVELS, *(f"other_{each}" for each in LEVELS)):
        if who != level:
            assert decide(county, who, made, "dismissed", day).status_code == 403, who
    assert decide(county, None, made, "dismissed", day).status_code == 401
    assert county.rows() == before
    assert decided(county, level, made, "dismissed", day)["outcome"] == "dismissed"


def test_an_objection_is_decided_once(county: County) -> None:
    project, notice, day = on_display(county, "village")
    made = objected(county, notice, day)["id"]
    decided(county, "village", made, "dismissed", day)
    before = county.rows()
    for outcome in ("upheld", "dismissed"):
        assert unmet(decide(county, "village", made, outcome, day)) == ["decided_already"]
    assert decide(county, "township", made, "upheld", day).status_code == 403, "who may not is told that first"
    assert county.rows() == before
    assert status_of(county, project, day)[0] == "village_notice"


def test_there_is_no_deciding_an_objection_that_is_not_there(county: County) -> None:
    answer = decide(county, "village", NOT_THERE, "dismissed", POSTED)
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-objection")


def test_of_two_officers_who_decide_at_once_one_decides(county: County) -> None:
    project, notice, day = on_display(county, "village")
    made = objected(county, notice, day)["id"]
    with county.reopened() as other:
        together, ready = made_ready(county.on(day), other.on(day)), Barrier(2)
        headers = county.headers("village")

        def act(client: Any, outcome: str) -> httpx.Response:
            ready.wait()
            answer: httpx.Response = client.post(
                f"/v1/objections/{made}/decision", json={"outcome": outcome, "answer": outcome}, headers=headers
            )
            return answer

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(act, together, ("upheld", "dismissed")))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    (stands,) = [answer.json() for answer in answers if answer.status_code == 200]
    expected = "returned" if stands["outcome"] == "upheld" else "village_notice"
    assert status_of(county, project, day)[0] == expected
    listed = county.on(day).get(f"/v1/notices/{notice}/objections", headers=headers).json()["items"]
    assert listed == [stands]


@grid("level", LEVELS)
def test_an_objection_in_time_that_is_upheld_returns_the_project_at_once_and_closes_the_notice(
    county: County, level: str
) -> None:
    project, notice, day = on_display(county, level)
    made = objected(county, notice, day)["id"]
    status, version = status_of(county, project, day)
    decided(county, level, made, "upheld", day)
    assert status_of(county, project, day) == ("returned", version + 1)
    closed = shown(county, notice, day)
    assert (closed["status"], closed["closed"]["by"], closed["days_left"]) == ("closed", "returned", 0)
    assert closed["objections"] == {**COUNTED, "in_time": 1, "upheld": 1}
    headers = county.headers(level)
    event = county.on(day).get(f"/v1/projects/{project}/events", headers=headers).json()["items"][-1]
    assert (event["action"], event["from"], event["to"], event["level"]) == ("decide", status, "returned", level)
    assert event["note"].startswith("upheld")
    # The procedure begins again with a new notice of the village.
    step = county.act(level, project, taking(NEXT_STEP[level], day), "2018-12-01")
    assert unmet(step) == ["not_from_here"]
    county.take(project, "post_village_notice", day)
    assert status_of(county, project, day)[0] == "village_notice"


def test_an_objection_in_time_that_is_upheld_after_the_last_day_returns_the_project_and_the_notice_has_stood_its_days(
    county: County,
) -> None:
    project, notice, day = on_display(county, "village")
    made = objected(county, notice, day)["id"]
    decided(county, "village", made, "upheld", DAY_AFTER)
    assert status_of(county, project, DAY_AFTER)[0] == "returned"
    assert (shown(county, notice, DAY_AFTER)["status"], shown(county, notice, day)["closed"]) == ("over", None)


def test_an_objection_to_a_superseded_notice_that_is_upheld_closes_the_notice_that_stands(county: County) -> None:
    project, old, day = on_display(county, "village")
    made = objected(county, old, day)["id"]
    new = revise(county, project, "village", day, "打深井两眼。")
    decided(county, "village", made, "upheld", day)
    assert status_of(county, project, day)[0] == "returned"
    assert shown(county, old, day)["closed"]["by"] == "superseded"
    assert shown(county, new, day)["closed"]["by"] == "returned"


@grid("outcome", ["upheld", "dismissed"])
def test_a_late_objection_may_be_answered_and_changes_nothing(county: County, outcome: str) -> None:
    project, notice, _ = on_display(county, "village")
    made = objected(county, notice, DAY_AFTER)
    before, on_board = county.show(project, DAY_AFTER), shown(county, notice, DAY_AFTER)
    told = decided(county, "village", made["id"], outcome, DAY_AFTER)
    assert (told["late"], told["outcome"]) == (True, outcome)
    assert county.on(DAY_AFTER).get(f"/v1/objections/{made['receipt']}").json() == told
    assert county.show(project, DAY_AFTER) == before
    assert shown(county, notice, DAY_AFTER) == {
        **on_board,
        "objections": {**COUNTED, "late": 1, outcome: 1},
    }


# ---- what it blocks


@grid("level", LEVELS)
def test_an_undecided_objection_in_time_blocks_the_next_step_until_it_is_dismissed(county: County, level: str) -> None:
    project, notice, day = on_display(county, level)
    made = [objected(county, notice, day)["id"] for _ in range(2)]
    later = "2018-06-01"
    refused = county.act(level, project, taking(NEXT_STEP[level], later), later)
    assert unmet(refused) == ["objections_undecided"]
    assert "2" in refused.json()["unmet"][0]["message"]
    decided(county, level, made[0], "dismissed", later)
    assert unmet(county.act(level, project, taking(NEXT_STEP[level], later), later)) == ["objections_undecided"]
    decided(county, level, made[1], "dismissed", later)
    assert county.act(level, project, taking(NEXT_STEP[level], later), later).status_code == 200


def test_a_late_objection_blocks_nothing(county: County) -> None:
    project, notice, _ = on_display(county, "village")
    objected(county, notice, DAY_AFTER)
    county.take(project, "submit_to_township", DAY_AFTER)


def test_an_undecided_objection_to_a_superseded_notice_still_blocks(county: County) -> None:
    project, old, day = on_display(county, "village")
    made = objected(county, old, day)["id"]
    revise(county, project, "village", day, "打深井两眼。")
    refused = county.act("village", project, taking("submit_to_township", DAY_AFTER), DAY_AFTER)
    assert unmet(refused) == ["objections_undecided"]
    decided(county, "village", made, "dismissed", DAY_AFTER)
    county.take(project, "submit_to_township", DAY_AFTER)


def test_an_undecided_objection_still_blocks_after_the_project_was_returned_and_put_on_display_again(
    county: County,
) -> None:
    project, notice, day = on_display(county, "village")
    made = objected(county, notice, day)["id"]
    county.take(project, "return", day)
    county.take(project, "post_village_notice", day)
    refused = county.act("village", project, taking("submit_to_township", DAY_AFTER), DAY_AFTER)
    assert unmet(refused) == ["objections_undecided"]
    decided(county, "village", made, "upheld", DAY_AFTER)
    assert status_of(county, project, DAY_AFTER)[0] == "returned", "it was made in time, and the project is on display"


def test_an_objection_that_is_upheld_once_the_project_is_returned_changes_no_status(county: County) -> None:
    project, notice, day = on_display(county, "village")
    made = objected(county, notice, day)["id"]
    county.take(project, "return", day)
    before = status_of(county, project, day)
    decided(county, "village", made, "upheld", day)
    assert status_of(county, project, day) == before
    county.take(project, "post_village_notice", day)
    county.take(project, "submit_to_township", DAY_AFTER)


@grid("outcome", [None, "upheld", "dismissed"])
def test_an_objection_to_an_announcement_blocks_nothing_and_returns_nothing(
    county: County, outcome: str | None
) -> None:
    project = county.walk_to("in_library")
    day = DAY_OF["in_library"]
    notice = newest_notice(county, project, day)
    assert shown(county, notice, day)["kind"] == "announcement"
    made = objected(county, notice, day)
    assert made["late"] is False
    if outcome:
        decided(county, "county", made["id"], outcome, day)
    assert status_of(county, project, day)[0] == "in_library"
    assert shown(county, notice, day)["status"] == "open"
    county.take(project, "start", day)
    county.take(project, "complete", day)


def test_an_objection_to_the_publicity_of_a_removal_brings_nothing_back(county: County) -> None:
    project = county.walk_to("removed")
    day = DAY_OF["removed"]
    notice = newest_notice(county, project, day)
    assert shown(county, notice, day)["kind"] == "removal"
    made = objected(county, notice, day)
    decided(county, "county", made["id"], "upheld", day)
    assert status_of(county, project, day)[0] == "removed"
    assert shown(county, notice, day)["objections"] == {**COUNTED, "in_time": 1, "upheld": 1}


# ---- how many


def test_an_address_that_objects_too_often_waits_a_minute_and_other_addresses_do_not(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, notice, day = on_display(county, "village")
    now = SimpleNamespace(time=lambda: 1_000_000.0)
    monkeypatch.setattr("limits.storage.memory.time", now)
    with county.reopened(objections_a_minute=3) as strict:
        assert [object_to(strict, notice, day).status_code for _ in range(3)] == [201] * 3
        refused = object_to(strict, notice, day)
        assert (refused.status_code, refused.json()["type"]) == (429, "/problems/too-many-requests")
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert shown(strict, notice, day)["objections"] == {**COUNTED, "in_time": 3, "undecided": 3}
        elsewhere = TestClient(strict.on(day).app, client=("192.0.2.7", 50_000))
        address = f"/v1/notices/{notice}/objections"
        assert elsewhere.post(address, json={"content": REASON}).status_code == 201
        now.time = lambda: 1_000_000.0 + 61
        assert object_to(strict, notice, day).status_code == 201
