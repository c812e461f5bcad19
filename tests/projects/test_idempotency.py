"""The same key and body are answered the same again and done once; with another body the key is refused."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import NamedTuple

import httpx
import pytest
from sqlalchemy import insert, select

from app.db import tokens
from app.db.engine import writing
from app.db.models import StoredReply
from tests.support.county import LONG_AGO, PLACES, County, Json, project, taking, unmet
from tests.support.grid import grid
from tests.support.stores import move_to

pytestmark = pytest.mark.lengthy

DAY = "2018-03-14"
MUCH_LATER = "2031-07-01"
MUCH_LATER_AT = dt.datetime(2031, 7, 1, tzinfo=dt.UTC)
MONEY = {"fund": "县级配套资金", "amount": "60000.00", "document": "乌财农〔2018〕12号"}
FRESH = count(1)


@pytest.fixture(name="county")
def _county(lasting_county: County) -> County:
    """The county that these tests share."""
    return lasting_county


class Write(NamedTuple):
    """A write that can be sent again: what it is, whose, and another body that would be accepted in its place."""

    method: str
    address: str
    who: str | None
    body: Json
    other: Json
    status: int
    if_match: str | None = None


def key() -> str:
    return f"key-{next(FRESH)}"


def send(
    county: County, write: Write, key: str | None, *, day: str = DAY, body: Json | None = None, who: str | None = None
) -> httpx.Response:
    """Send a write under a key."""
    named = {
        **({} if key is None else {"Idempotency_Key": key}),
        **({} if write.if_match is None else {"If_Match": write.if_match}),
    }
    answer: httpx.Response = county.on(day).request(
        write.method, write.address, json=body or write.body, headers=county.headers(who or write.who, **named)
    )
    return answer


def declaring(_: County) -> Write:
    return Write("POST", "/v1/projects", "village", project(), project(name="人饮工程"), 201)


def changing(county: County) -> Write:
    number = county.walk_to("village_notice")
    return Write(
        "PATCH",
        f"/v1/projects/{number}",
        "village",
        {"tasks": "打井两眼。"},
        {"tasks": "打井三眼。"},
        200,
        f'"{number}-2"',
    )


def acting(county: County) -> Write:
    number = county.walk_to("village_notice")
    body = taking("submit_to_township", DAY)
    return Write("POST", f"/v1/projects/{number}/actions", "village", body, taking("return", DAY), 200)


def allocating(county: County) -> Write:
    number = county.walk_to("in_library")
    return Write("POST", f"/v1/projects/{number}/allocations", "county", MONEY, {**MONEY, "amount": "1.00"}, 201)


def progressing(county: County) -> Write:
    number = county.walk_to("under_way")
    body = {"text": "深井已打成。"}
    return Write("POST", f"/v1/projects/{number}/progress", "township", body, {"text": "管道已铺。"}, 201)


def achieving(county: County) -> Write:
    number = county.walk_to("completed")
    body = {"text": "一百二十户通水。"}
    return Write("POST", f"/v1/projects/{number}/outcome", "township", body, {"text": "水质达标。"}, 201)


def objecting(county: County) -> Write:
    notice = county.show(county.walk_to("county_notice"), DAY)["notice"]["id"]
    body = {"content": "管线绕过了村东头。", "name": "某村民"}
    return Write("POST", f"/v1/notices/{notice}/objections", None, body, {"content": "预算偏高。"}, 201)


def deciding(county: County) -> Write:
    notice = county.show(county.walk_to("county_notice"), DAY)["notice"]["id"]
    made = county.on("2018-03-13").post(f"/v1/notices/{notice}/objections", json={"content": "预算偏高。"})
    body = {"outcome": "upheld", "answer": "属实，退回。"}
    other = {"outcome": "dismissed", "answer": "已核实。"}
    return Write("POST", f"/v1/objections/{made.json()['id']}/decision", "county", body, other, 200)


Making = Callable[[County], Write]

WRITES: list[Making] = [declaring, changing, acting, allocating, progressing, achieving, objecting, deciding]
every_write = grid("making", WRITES)


def told(answer: httpx.Response) -> tuple[int, bytes, str | None, str | None, str]:
    """What an answer says: all but when and under which request id it was sent."""
    headers = answer.headers
    return answer.status_code, answer.content, headers.get("ETag"), headers.get("Location"), headers["Content-Type"]


@pytest.mark.each_database
@every_write
def test_the_same_again_is_answered_the_same_and_done_once(county: County, making: Making) -> None:
    write, used = making(county), key()
    first = send(county, write, used)
    assert first.status_code == write.status, first.text
    after = county.rows()
    for day in (DAY, "2018-03-15", MUCH_LATER):
        for _ in range(2):
            assert told(send(county, write, used, day=day)) == told(first), day
    assert county.rows() == after


@pytest.mark.each_database
@every_write
def test_the_same_sent_several_times_at_once_is_done_once(county: County, making: Making) -> None:
    write, used = making(county), key()
    county.headers(write.who)
    before = county.rows()
    with ThreadPoolExecutor(6) as together:
        answers = list(together.map(lambda _: told(send(county, write, used)), range(6)))
    assert len(set(answers)) == 1
    assert answers[0][0] == write.status
    assert len(county.rows()["events"]) == len(before["events"]) + 1


@every_write
def test_the_same_without_a_key_or_under_another_is_another_write(county: County, making: Making) -> None:
    write = making(county)
    assert send(county, write, key()).status_code == write.status
    after = county.rows()
    for other in (None, key()):
        send(county, write, other)
    # What can be done twice was done twice more; the rest was refused for the state that it met.
    repeatable = making in {declaring, progressing, achieving, objecting}
    assert (len(county.rows()["events"]) - len(after["events"])) == (2 if repeatable else 0)


@every_write
def test_another_body_under_the_same_key_is_refused(county: County, making: Making) -> None:
    write, used = making(county), key()
    first = send(county, write, used)
    after = county.rows()
    for day in (DAY, MUCH_LATER):
        answer = send(county, write, used, day=day, body=write.other)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/idempotency-key-reused")
    assert county.rows() == after
    assert told(send(county, write, used)) == told(first), "the first answer is still there"


@every_write
def test_the_other_body_would_have_been_accepted_under_its_own_key(county: County, making: Making) -> None:
    write = making(county)
    answer = send(county, write, key(), body=write.other)
    assert answer.status_code == write.status, answer.text


@every_write
def test_a_key_has_one_to_255_visible_characters(county: County, making: Making) -> None:
    write = making(county)
    before = county.rows()
    for wrong in ("", " ", "a b", "x" * 256, "a\tb", "é", "安"):
        sent = httpx.Headers({**county.headers(write.who), "Content-Type": "application/json"}).raw
        headers = [*sent, (b"Idempotency-Key", wrong.encode())]
        if write.if_match is not None:
            headers.append((b"If-Match", write.if_match.encode()))
        answer = county.on(DAY).request(write.method, write.address, json=write.body, headers=headers)
        assert answer.status_code == 422, repr(wrong)
        assert [error["pointer"] for error in answer.json()["errors"]] == ["/Idempotency-Key"], repr(wrong)
    assert county.rows() == before
    longest = f"{key():~<255}"
    first = send(county, write, longest)
    assert first.status_code == write.status
    assert told(send(county, write, longest)) == told(first)


def test_a_key_of_one_character_will_do(county: County) -> None:
    write = declaring(county)
    for each in ("!", "~", '"'):
        first = send(county, write, each)
        assert first.status_code == 201
        assert told(send(county, write, each)) == told(first)


def test_keys_that_differ_in_their_case_are_two(county: County) -> None:
    write, used = declaring(county), key()
    assert send(county, write, used).json()["id"] != send(county, write, used.upper()).json()["id"]


def test_an_answer_is_repeated_though_the_project_has_moved_on(county: County) -> None:
    number = county.declare()
    used = key()
    write = Write(
        "POST",
        f"/v1/projects/{number}/actions",
        "village",
        taking("post_village_notice", "2018-02-09"),
        {},
        200,
    )
    first = send(county, write, used, day="2018-02-09")
    county.take(number, "submit_to_township", "2018-02-20")
    county.take(number, "return", "2018-02-20")
    after = county.rows()
    again = send(county, write, used, day="2018-02-21")
    assert told(again) == told(first)
    assert again.json()["status"] == "village_notice", "as it was then, not as it is"
    assert county.rows() == after, "the project, which could be posted again, is not"
    assert county.show(number, "2018-02-21")["status"] == "returned"


def test_a_change_is_repeated_though_its_version_is_stale_by_now(county: County) -> None:
    write, used = changing(county), key()
    first = send(county, write, used)
    assert send(county, write, None).status_code == 412
    assert told(send(county, write, used)) == told(first)


def test_keys_belong_to_the_officer_who_sent_them(county: County) -> None:
    used = key()
    first = send(county, declaring(county), used)
    elsewhere = project(place=PLACES["other_village"])
    theirs = Write("POST", "/v1/projects", "other_village", elsewhere, {}, 201)
    other = send(county, theirs, used)
    assert other.status_code == 201
    assert other.json()["id"] != first.json()["id"]
    assert told(send(county, declaring(county), used)) == told(first)
    assert told(send(county, theirs, used)) == told(other)


@pytest.mark.each_database
def test_a_renewed_token_repeats_no_write_of_its_place(county: County) -> None:
    write, used = allocating(county), key()
    first = send(county, write, used)
    after = county.rows()
    with writing(county.engine) as connection:
        renewed = tokens.create(connection, PLACES["county"], "renewed", LONG_AGO, 36_500)
    headers = {**county.headers(None, Idempotency_Key=used), "Authorization": f"Bearer {renewed}"}
    assert told(county.on(DAY).post(write.address, json=write.body, headers=headers)) == told(first)
    refused = county.on(DAY).post(write.address, json=write.other, headers=headers)
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/idempotency-key-reused")
    assert county.rows() == after


@pytest.mark.each_database
def test_the_keys_of_an_earlier_store_pass_to_the_places_of_their_tokens(county: County) -> None:
    write, used = allocating(county), key()
    first, other = send(county, write, used), send(county, declaring(county), used)
    with writing(county.engine) as connection:
        renewed = tokens.create(connection, PLACES["county"], "renewed", LONG_AGO, 36_500)
        holder = tokens.find(connection, renewed, LONG_AGO)
        assert holder is not None
        older = min(each.id for each in tokens.list_all(connection) if each.place == PLACES["county"])
    move_to(county.engine, "0009")
    with writing(county.engine) as connection:
        scopes = connection.execute(select(StoredReply.scope)).scalars()
        assert {scope.partition(" ")[0] for scope in scopes} <= {"token", "notice"}
        # As it could be before: another token of the place has used the same keys for something else.
        its = StoredReply.scope == f"token {holder.id}"
        rows = connection.execute(select(StoredReply.__table__).where(its)).mappings().all()
        other_use = {"scope": f"token {older}", "fingerprint": "another", "made": MUCH_LATER_AT}
        connection.execute(insert(StoredReply), [{**row, **other_use} for row in rows])
        assert rows
    move_to(county.engine, "head")
    assert told(send(county, write, used)) == told(first)
    assert told(send(county, declaring(county), used)) == told(other)


def test_nobody_learns_of_an_answer_by_another_officers_key(county: County) -> None:
    write, used = acting(county), key()
    assert send(county, write, used).status_code == 200
    for who in ("township", "county"):
        assert send(county, write, used, who=who).status_code == 403, who
    for who in ("other_village", "other_township", "other_county"):
        assert send(county, write, used, who=who).status_code == 404, who


def test_whoever_objects_has_keys_of_that_notice_alone(county: County) -> None:
    one, other, used = objecting(county), objecting(county), key()
    first, second = send(county, one, used), send(county, other, used)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["receipt"] != second.json()["receipt"]
    for write, answer in ((one, first), (other, second)):
        assert told(send(county, write, used)) == told(answer)
        notice = county.on(DAY).get(write.address.removesuffix("/objections")).json()
        assert sum(notice["objections"][each] for each in ("in_time", "late")) == 1


def test_an_officers_key_serves_one_write_wherever_it_goes(county: County) -> None:
    one, other, used = allocating(county), allocating(county), key()
    first = send(county, one, used)
    after = county.rows()
    # Not the other project's answer for this one, and not an allocation either.
    answer = send(county, other, used)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/idempotency-key-reused")
    assert county.rows() == after
    assert told(send(county, one, used)) == told(first)


def test_what_was_refused_may_be_asked_again_under_the_same_key(county: County) -> None:
    number = county.declare()
    used = key()
    address = f"/v1/projects/{number}/actions"
    submit = Write("POST", address, "village", taking("submit_to_township", DAY), {}, 200)
    assert unmet(send(county, submit, used, day="2018-02-09")) == ["not_from_here"]
    county.take(number, "post_village_notice", "2018-02-09")
    before = county.rows()
    for _ in range(2):
        assert unmet(send(county, submit, used, day="2018-02-19")) == ["period_not_over"]
        assert send(county, submit, used, day="2018-02-19", who="other_village").status_code == 403
        stale = submit._replace(if_match=f'"{number}-1"')
        assert send(county, stale, used, day="2018-02-20").status_code == 412
        assert send(county, submit, used, body={"action": "submit"}, day="2018-02-20").status_code == 422
        assert send(county, submit._replace(address="/v1/projects/2147483647/actions"), used).status_code == 404
    assert county.rows() == before, "of what was refused nothing is kept, its key neither"
    done = send(county, submit, used, day="2018-02-20")
    assert (done.status_code, done.json()["status"]) == (200, "township_review")
    assert told(send(county, submit, used, day="2018-02-19")) == told(done)


def test_after_a_refusal_the_key_may_come_with_another_body(county: County) -> None:
    write, used = allocating(county), key()
    too_much = {**MONEY, "amount": "100000.01"}
    assert unmet(send(county, write, used, body=too_much)) == ["above_budget"]
    assert send(county, write, used).status_code == 201
    assert send(county, write, used, body=too_much).status_code == 422


def test_the_same_body_written_otherwise_is_the_same_body(county: County) -> None:
    write, used = allocating(county), key()
    first = send(county, write, used)
    reordered = dict(reversed(MONEY.items()))
    assert list(reordered) != list(MONEY)
    assert told(send(county, write, used, body=reordered)) == told(first)
    spaced = ' { "fund" : "县级配套资金", "amount":"60000.00",\n"document": "\\u4e4c财农〔2018〕12号" } '
    headers = county.headers("county", Idempotency_Key=used, Content_Type="application/json")
    again = county.on(DAY).post(write.address, content=spaced.encode(), headers=headers)
    assert told(again) == told(first)


def test_the_same_key_and_body_are_the_same_whatever_version_was_seen_since(county: County) -> None:
    # Who lost the answer reads the project again, and sends what it sent with the tag that it reads.
    write, used = changing(county), key()
    first = send(county, write, used)
    again = send(county, write._replace(if_match=first.headers["ETag"]), used)
    assert told(again) == told(first)


def test_a_patch_without_if_match_is_refused_whatever_its_key(county: County) -> None:
    write, used = changing(county), key()
    assert send(county, write._replace(if_match=None), used).status_code == 428
    assert send(county, write, used).status_code == 200
    assert send(county, write._replace(if_match=None), used).status_code == 428


def test_a_key_opens_nothing_without_a_token(county: County) -> None:
    write, used = acting(county), key()
    assert send(county, write, used).status_code == 200
    sent = county.on(DAY).post(write.address, json=write.body, headers={"Idempotency-Key": used})
    assert sent.status_code == 401


def test_answers_are_repeated_by_a_service_that_was_started_again(county: County) -> None:
    write, used = allocating(county), key()
    first = send(county, write, used)
    after = county.rows()
    with county.reopened() as again:
        assert told(send(again, write, used)) == told(first)
    assert county.rows() == after
