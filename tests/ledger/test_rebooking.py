"""Rebookings: a settlement that others depend on is reversed, the later ones are corrected, and it can be undone."""

import random
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update

from app.clock import Clock, Moment
from app.db.engine import reading, writing
from app.db.ledger.corrections import RebookingRecord
from app.db.ledger.models import AMOUNTS, Settlement, SpentBudget
from app.db.sealing import seal_events
from app.errors import ConflictError, ConflictReason, FiguresDifferError, NotFoundError
from app.ledger import verification
from app.ledger.answer_verification import answer_faults
from app.ledger.corrections import find_corrected
from app.ledger.event_verification import verify_events
from tests.ledger.test_budget import overlay, take_back
from tests.support.ledger_desk import SICK, Books, Desk, Json, amounts_of, status, stay

ACCIDENT = {"accident_disability": True}
TOKEN = 1
"""The officer's."""


def now() -> Moment:
    return Clock().now()


def rebook(desk: Desk, settlement: Json) -> RebookingRecord:
    with writing(desk.engine) as connection:
        return desk.ledger().rebookings.book(connection, now(), TOKEN, settlement["id"])


def undo(desk: Desk, settlement: Json) -> RebookingRecord:
    with writing(desk.engine) as connection:
        return desk.ledger().rebookings.undo(connection, now(), TOKEN, settlement["id"])


def amounts_now(desk: Desk, settlement: Json) -> Json:
    """Return the amounts of a settlement with its corrections, in fen."""
    with reading(desk.engine) as connection:
        found = find_corrected(connection, settlement["id"])
    return {**found.amounts._asdict(), "counted": dict(found.counted)}


def check(desk: Desk) -> None:
    """Find nothing wrong in sums, answers and chain."""
    seal_events(desk.engine)
    with reading(desk.engine) as connection:
        assert [*verification.faults(connection), *answer_faults(connection)] == []
        assert verify_events(connection).faults == []


@pytest.mark.each_database
def test_the_later_settlements_are_paid_as_if_what_is_rebooked_had_never_been(empty_desk: Desk) -> None:
    desk, statuses = empty_desk, (*SICK, status("chronic_disease"))
    person = desk.person(*statuses)
    bodies = [
        stay(person, "city", patient=ACCIDENT),
        stay(person, "county", adjudicated={"basic_insurance": "90000.00"}),
        stay(person, "township", "outpatient", bill={"total": "99.99", "in_scope": "77.77"}),
        stay(person, "city", patient=ACCIDENT, readings={"ceiling": "none"}),
        stay(person, "county", service_date="2019-05-01", patient=ACCIDENT),
    ]
    made = [desk.settle(body) for body in bodies]
    before = [amounts_now(desk, each) for each in made]
    rebooked = rebook(desk, made[0])
    books = Books(statuses)
    for body, settlement, was, correction in zip(bodies[1:], made[1:], before[1:], rebooked.corrections, strict=True):
        given = amounts_of(body, books.stand(body))
        assert amounts_now(desk, settlement) == given
        assert correction.corrects == settlement["id"]
        assert {name: getattr(correction.amounts, name) for name in AMOUNTS} == {
            name: given[name] - was[name] for name in AMOUNTS
        }
    # The lump sum is paid to the next accident of the same person, whatever its year.
    assert [each.amounts.lump_sum for each in rebooked.corrections] == [0, 0, 20_000_00, 0]
    assert desk.account(person) == books.year(2018)
    assert desk.account(person, 2019) == books.year(2019)
    check(desk)


def test_a_rebooking_that_is_undone_leaves_everything_as_it_was(empty_desk: Desk) -> None:
    desk, person = empty_desk, empty_desk.person(*SICK)
    made = [desk.settle(stay(person, level, patient=ACCIDENT)) for level in ("city", "county", "city")]
    traces = _traces(desk, person)
    rebook(desk, made[0])
    rebook(desk, made[1])
    with pytest.raises(ConflictError) as refused:
        undo(desk, made[0])
    assert refused.value.reason == ConflictReason.REBOOKING_FOLLOWED
    undo(desk, made[1])
    check(desk)
    undo(desk, made[0])
    assert _traces(desk, person) == traces
    check(desk)
    for settlement in made[:2]:
        with pytest.raises(NotFoundError):
            undo(desk, settlement)
    rebook(desk, made[0])
    check(desk)


def test_a_corrected_settlement_is_reversed_taken_back_and_stands_again_with_its_corrections(empty_desk: Desk) -> None:
    desk, person = empty_desk, empty_desk.person(*SICK)
    first, second = (desk.settle(stay(person, level)) for level in ("city", "county"))
    rebook(desk, first)
    amounts, account = amounts_now(desk, second), desk.whole_account(person)
    undone = desk.reverse(second)
    assert {name: desk.row(undone["id"])[name] for name in AMOUNTS} == {name: -amounts[name] for name in AMOUNTS}
    assert desk.account(person)["settlements"] == 0
    check(desk)
    take_back(desk, undone)
    assert (desk.whole_account(person), amounts_now(desk, second)) == (account, amounts)
    check(desk)
    take_back(desk, second)
    assert desk.account(person)["settlements"] == 0
    check(desk)
    with pytest.raises(ConflictError, match="rebooking_followed"):
        undo(desk, first)


def test_after_any_sequence_the_years_equal_what_stands_and_what_stands_rests_on_what_stands(
    empty_desk: Desk,
) -> None:
    desk, rng = empty_desk, random.Random("rebookings")
    for _ in range(3):
        person = desk.person(*SICK)
        standing: list[tuple[Json, Json]] = []
        rebooked: list[tuple[int, tuple[Json, Json]]] = []
        for _ in range(12):
            draw = rng.random()
            if len(standing) < 2 or draw < 0.5:
                level, total = rng.choice(["county", "city", "township"]), f"{rng.choice([900, 30_000, 186_000])}.00"
                bill = {"total": total, "in_scope": total}
                body = stay(person, level, patient={"accident_disability": rng.random() < 0.4}, bill=bill)
                standing.append((body, desk.settle(body)))
                rebooked = []
            elif draw < 0.85 or not rebooked:
                at = rng.randrange(len(standing))
                rebooked.append((at, standing.pop(at)))
                rebook(desk, rebooked[-1][1][1])
            else:
                at, one = rebooked.pop()
                undo(desk, one[1])
                standing.insert(at, one)
        books = Books(SICK)
        for body, settlement in standing:
            assert amounts_now(desk, settlement) == amounts_of(body, books.stand(body))
        assert desk.account(person) == books.year(2018)
    check(desk)


# ---- the fund's budget

PAID_BY_THE_INSURER: Json = {
    "bill": {"total": "30000.00", "in_scope": "30000.00"},
    "adjudicated": {"basic_insurance": "15000.00", "critical_illness": "15000.00"},
}
"""A stay that takes nothing from the fund, and after which critical-illness insurance pays more."""


def test_where_the_budget_lacks_the_money_nothing_is_done(empty_desk: Desk, tmp_path: Path) -> None:
    desk, person = empty_desk, empty_desk.person(*SICK)
    first = desk.settle(stay(person, "city", **PAID_BY_THE_INSURER))
    later = desk.settle(stay(person, "county", bill={"total": "90000.00", "in_scope": "90000.00"}))
    paid = amounts_now(desk, later)["major_disease_fund"]
    rebook(desk, first)
    needed = amounts_now(desk, later)["major_disease_fund"]
    undo(desk, first)
    assert paid < needed
    for budget, enough in ((needed - 1, False), (needed, True)):
        with desk.reopened(parameters=overlay(tmp_path, from_2018_01_01=f"{budget / 100:.2f}")) as budgeted:
            traces = _traces(budgeted, person)
            if enough:
                rebook(budgeted, first)
                assert _traces(budgeted, person)["spent"][0][1] == needed
            else:
                with pytest.raises(ConflictError) as refused:
                    rebook(budgeted, first)
                assert refused.value.operands == {"settlement": later["id"]}
                assert refused.value.reason == ConflictReason.BUDGET_EXHAUSTED
                assert _traces(budgeted, person) == traces
            check(budgeted)


def test_a_rebooking_is_not_undone_where_others_have_spent_what_it_gave_back(empty_desk: Desk, tmp_path: Path) -> None:
    with empty_desk.reopened(parameters=overlay(tmp_path, from_2018_01_01="12000.00")) as desk:
        person, other = desk.person(*SICK), desk.person(*SICK)
        first = desk.settle(stay(person))
        rebook(desk, first)
        taken = desk.settle(stay(other))
        traces = _traces(desk, person)
        with pytest.raises(ConflictError, match="budget_exhausted"):
            undo(desk, first)
        assert _traces(desk, person) == traces
        desk.reverse(taken)
        undo(desk, first)
        check(desk)


def test_who_was_paid_less_for_want_of_money_is_paid_what_the_rebooking_gives_back(
    empty_desk: Desk, tmp_path: Path
) -> None:
    with empty_desk.reopened(parameters=overlay(tmp_path, from_2018_01_01="12000.00")) as desk:
        person = desk.person(*SICK)
        first, later = (desk.settle(stay(person, level)) for level in ("city", "county"))
        assert amounts_now(desk, later)["major_disease_fund"] == 562_64
        rebook(desk, first)
        assert amounts_now(desk, later)["major_disease_fund"] > 562_64
        check(desk)


# ---- the figures

DEDUCTIBLE = """basic_insurance.deductible.county:
  values:
    - from: 2017-01-01
      value: 500.00
      clause: 县医保局通知
      basis: local_source
      checked: 2018-01-01
"""
"""A deductible that is corrected for a time that is over."""


def test_what_the_figures_in_force_no_longer_give_is_not_calculated_again(empty_desk: Desk, tmp_path: Path) -> None:
    desk, person = empty_desk, empty_desk.person(*SICK)
    bill = {"total": "10000.00", "in_scope": "9000.00"}
    first, later = (desk.settle(stay(person, level, bill=bill)) for level in ("city", "county"))
    traces = _traces(desk, person)
    changed = tmp_path / "changed.yaml"
    changed.write_text(DEDUCTIBLE, encoding="utf-8")
    with desk.reopened(parameters=changed) as other:
        # Whoever still has the figures of before waits.
        with pytest.raises(FiguresDifferError):
            rebook(desk, first)
        with pytest.raises(ConflictError) as refused:
            rebook(other, first)
        assert refused.value.reason == ConflictReason.SETTLEMENT_FIGURES_DIFFER
        assert refused.value.operands == {"settlement": later["id"]}
        assert _traces(other, person) == traces


# ---- the check


def test_the_check_names_a_correction_that_was_changed(empty_desk: Desk) -> None:
    desk, person = empty_desk, empty_desk.person(*SICK)
    first, later = (desk.settle(stay(person, level)) for level in ("city", "county"))
    number = rebook(desk, first).corrections[0].id
    check(desk)
    with desk.engine.begin() as connection:
        its = update(Settlement).where(Settlement.id == number)
        connection.execute(its.values(civil_relief=Settlement.civil_relief + 1))
    with reading(desk.engine) as connection:
        assert verify_events(connection).faults == [f"settlement {number}: is not what its event says"]
        assert list(answer_faults(connection)) == [
            f"correction {number} of settlement {later['id']}: differs from its answer in layers"
        ]
        assert len(list(verification.faults(connection))) == 1
    with desk.engine.begin() as connection:
        connection.execute(text("UPDATE rebookings SET settlement_id = :other"), {"other": later["id"]})
    with reading(desk.engine) as connection:
        assert f"rebooking {first['id'] + 2}: is not what its event says" in verify_events(connection).faults


def _traces(desk: Desk, person: str) -> dict[str, Any]:
    """Return the years, the totals, the budgets and the lump sum of a person."""
    with reading(desk.engine) as connection:
        spent = [(row.first_day, row.spent) for row in connection.execute(select(SpentBudget.__table__))]
    return {
        "account": desk.whole_account(person),
        "totals": desk.totals("2018-01-01", "2100-01-01"),
        "spent": spent,
    }
