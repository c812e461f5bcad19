"""A batch of settlements: each is booked or refused by itself, in the order of the list."""

from typing import Any

import pytest

from app.db.store import Store
from app.errors import StoreUnavailableError
from app.routers.settlement_batches import MOST_IN_A_BATCH
from tests.support.ledger_desk import HOSPITALS, SICK, Desk, Json, expect, new_id, problem, stay

CITY, COUNTY = HOSPITALS["city"].code, HOSPITALS["county"].code
PATH = "/v1/settlements/batch"


def send(desk: Desk, items: Any) -> Any:
    """Send a batch, and return its answers."""
    return expect(200, desk.ask(CITY, "POST", PATH, json=items))


def paid(made: Json) -> Json:
    """Return the working of a settlement as it was answered, and the year around it."""
    return {name: made[name] for name in ("reimbursement", "year_to_date", "person", "visit", "warnings")}


def test_a_batch_is_paid_as_its_settlements_one_by_one(desk: Desk) -> None:
    kinds = [("inpatient", "9000.00"), ("outpatient", "400.00"), ("inpatient", "160000.00")]
    bills = [(kind, {"total": total, "in_scope": total}) for kind, total in kinds]
    alone, together = desk.person(*SICK), desk.person(*SICK)
    single = [desk.settle(stay(alone, kind=kind, bill=bill)) for kind, bill in bills]
    batch = send(desk, [stay(together, kind=kind, bill=bill) for kind, bill in bills])
    assert [paid(each) for each in batch] == [paid(each) for each in single], "a later one finds what an earlier booked"
    assert [each["id"] for each in batch] == sorted(each["id"] for each in batch)
    assert desk.whole_account(together) == desk.whole_account(alone)


def test_what_is_refused_has_its_problem_in_its_place_and_the_others_are_booked_once(desk: Desk) -> None:
    person = desk.person(*SICK)
    first, last = stay(person), stay(person, service_date="2018-05-21")
    refused: list[tuple[Any, int, str, str]] = [
        ({**stay(person), "bill": {"total": "1.00", "in_scope": "2.00"}}, 422, "validation-error", "/bill/in_scope"),
        ({**stay(person), "colour": "red"}, 422, "validation-error", "/colour"),
        ("settle me", 422, "validation-error", ""),
        (stay(person, service_date="2016-12-31"), 422, "no-policy-in-force", "/service_date"),
        (stay(person, institution=COUNTY), 403, "forbidden", ""),
        ({**stay(person), "visit_id": first["visit_id"]}, 409, "visit-settled", ""),
        ({**first, "service_date": "2018-05-19"}, 422, "idempotency-key-reused", ""),
    ]
    items = [first, *(each[0] for each in refused), first, last]
    answers = send(desk, items)
    for answer, (_, status, slug, pointer) in zip(answers[1:-2], refused, strict=True):
        assert (answer["status"], answer["type"].rpartition("/")[2]) == (status, slug), answer
        pointers = [pointer] if slug in {"validation-error", "no-policy-in-force"} else []
        assert [each["pointer"] for each in answer.get("errors", [])] == pointers
    assert answers[-2] == answers[0], "the same message is answered the same"
    assert desk.account(person)["settlements"] == 2
    assert send(desk, items)[-2:] == answers[-2:], "so is the batch that is sent again"
    assert desk.account(person)["settlements"] == 2


def test_a_batch_has_at_most_five_hundred_and_is_a_list(desk: Desk) -> None:
    assert send(desk, []) == []
    for wrong, pointer in (([{}] * (MOST_IN_A_BATCH + 1), ""), ({"items": []}, ""), (None, "")):
        refused = problem(422, "validation-error", desk.ask(CITY, "POST", PATH, json=wrong))
        assert [each["pointer"] for each in refused["errors"]] == [pointer]
    assert len(send(desk, [{}] * MOST_IN_A_BATCH)) == MOST_IN_A_BATCH


def test_after_the_store_is_gone_none_of_the_rest_is_tried(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    write, tries = Store.write, []

    async def failing(self: Any, *arguments: Any, **options: Any) -> Any:
        tries.append(new_id())
        if len(tries) > 1:
            raise StoreUnavailableError("gone")
        return await write(self, *arguments, **options)

    person = desk.person(*SICK)
    items = [stay(person, service_date=f"2018-05-{day}") for day in range(10, 14)]
    with monkeypatch.context() as patched:
        patched.setattr(Store, "write", failing)
        answers = send(desk, items)
    assert [each.get("status") for each in answers] == [None, 503, 503, 503]
    assert len(tries) == 2
    again = send(desk, items)
    assert again[0] == answers[0]
    assert desk.account(person)["settlements"] == 4
