"""A settlement that later ones depend on is reversed all the same, and each of them is corrected (更正).

Nothing that is booked changes: a correction has the difference by layer, and is booked on the day of the rebooking. All
is one transaction of the caller. Who pays the difference of a patient is not decided here.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import orjson
from sqlalchemy import Connection

from app.clock import Moment
from app.db.ledger import accounts, corrections, persons, settlements
from app.db.ledger.corrections import RebookingRecord
from app.db.ledger.persons import RegisterEntry
from app.db.ledger.records import AccountRecord, Booking, SettlementRecord
from app.db.tokens import Officer
from app.errors import ConflictError, ConflictReason, ForbiddenError, NotFoundError, Resource
from app.i18n import LANGUAGES, Language
from app.ledger.balances import Balances, add_share
from app.ledger.beside import check_beside, lock_visit, part_of
from app.ledger.corrections import corrected, find_corrected, mark_reversed
from app.ledger.figures import FiguresInForce
from app.ledger.identification import lock_persons_of
from app.ledger.recalculation import Recalculation, facts_of, recalculate, was_limited_by_budget
from app.ledger.reversing import check_stands, reversal_of
from app.ledger.workings import working_of
from app.presenters.reimbursements import ReimbursementPresenter
from app.presenters.settlements import Explanation, settlement_made, warning_answer
from app.rules.parameters import Parameters
from app.rules.reimbursement.bill import LAYERS


class _Rebooking(NamedTuple):
    """An open rebooking: when, by whose token, and the reversal that it is named by."""

    moment: Moment
    token_id: int
    reversal: int


class Rebookings:
    """Rebooks settlements and undoes that, with one set of parameters."""

    def __init__(
        self, figures: FiguresInForce, parameters: Parameters, presenter: ReimbursementPresenter, balances: Balances
    ) -> None:
        self._figures = figures
        self._parameters = parameters
        self._presenter = presenter
        self._balances = balances

    def book(self, connection: Connection, moment: Moment, token_id: int, number: int) -> RebookingRecord:
        """Reverse a settlement, and correct the later ones that depend on it, in their order.

        NotFoundError; ConflictError where it does not stand, where a later one cannot be calculated again, and where
        the fund's budget does not hold what a later one would be paid; FiguresDifferError.
        """
        self._figures.check(connection, writing=True)
        settlement = find_corrected(connection, number)
        check_stands(settlement)
        later = _corrected(connection, corrections.list_later(connection, settlement))
        budgets = self._balances.budgets
        budgets.lock(connection, filter(None, (budgets.on(each.service_date) for each in (settlement, *later))))
        year = _year_without(connection, (settlement, *later), settlement)
        reversal = settlements.insert_booking(connection, reversal_of(settlement, moment, token_id=token_id), {})
        mark_reversed(connection, number, reversal)
        corrections.insert_rebooking(connection, number, reversal)
        self._balances.subtract(connection, settlement)
        rebooking = _Rebooking(moment, token_id, reversal)
        for each in later:
            # Of another year only an accident depends on the settlement; what that year holds before it is the same.
            found = year if each.year == settlement.year else each.year_before
            after = self._correct(connection, rebooking, each, found)
            if each.year == settlement.year:
                year = after
        return _standing(connection, number)

    def undo(self, connection: Connection, moment: Moment, token_id: int, number: int) -> RebookingRecord:
        """Take the rebooking of a settlement back as if it had never been; the settlement stands again.

        NotFoundError without a rebooking; ConflictError where anything was booked for the person since, where the visit
        has been settled anew, and where the fund's budget no longer holds what would be paid again.
        """
        self._figures.check(connection, writing=True)
        rebooking = _standing(connection, number)
        _check_newest(connection, rebooking)
        settlement = find_corrected(connection, number)
        lock_visit(connection, settlement.institution, settlement.visit_id)
        beside = settlements.standing_of_visit(connection, settlement.institution, settlement.visit_id)
        check_beside(beside, part_of(settlement))
        self._balances.budgets.lock_of(connection, [settlement, *rebooking.corrections])
        corrections.mark_undone(connection, rebooking, moment, token_id)
        mark_reversed(connection, number, None)
        self._balances.exchange(connection, rebooking.corrections, settlement)
        return find_rebooking(connection, number)

    def _correct(
        self,
        connection: Connection,
        rebooking: _Rebooking,
        settlement: SettlementRecord,
        before: AccountRecord | None,
    ) -> AccountRecord:
        """Correct a settlement on the year that it finds now, and return the year after it."""
        figures = self._parameters.on(settlement.service_date)
        limited = was_limited_by_budget(settlement, figures)
        if before is None:
            raise ConflictError(ConflictReason.SETTLEMENT_FIGURES_DIFFER, settlement=settlement.id)
        budgets = self._balances.budgets
        budget = budgets.on(settlement.service_date)
        paid_now = settlement.amounts.major_disease_fund
        compensated = persons.compensated_by(connection, settlement.person_id)
        again = recalculate(
            settlement,
            figures,
            before.to_date,
            accident=settlement.accident and compensated in {None, settlement.id},
            fund_left=None if budget is None else budgets.left(connection, budget) + paid_now,
        )
        if again.fund_exhausted and not limited:
            raise ConflictError(ConflictReason.BUDGET_EXHAUSTED, settlement=settlement.id)
        correction = self._correction(rebooking, settlement, again, before)
        after = AccountRecord(before.to_date.copy(), before.settlements + 1)
        after.to_date.add(again.bill, again.reimbursement)
        answers = {language: self._answer(settlement, again, before, after, language) for language in LANGUAGES}
        settlements.insert_booking(connection, correction, answers)
        self._balances.correct(connection, correction)
        return after

    def _correction(
        self, rebooking: _Rebooking, settlement: SettlementRecord, again: Recalculation, before: AccountRecord
    ) -> Booking:
        figures = self._parameters.on(settlement.service_date)
        budget = self._balances.budgets.on(settlement.service_date)
        return replace(
            settlement.as_booking(),
            kind="correction",
            corrects=settlement.id,
            rebooking=rebooking.reversal,
            message_id="",
            made=rebooking.moment.at,
            day=rebooking.moment.today,
            token_id=rebooking.token_id,
            amounts=again.amounts.less(settlement.amounts),
            counted={layer: again.counted[layer] - settlement.counted[layer] for layer in LAYERS},
            year_before=before,
            facts=None,
            working=working_of(again.reimbursement, figures).as_data(),
            budget_first_day=None if budget is None else budget.period.first_day,
            edition=self._parameters.edition,
            fingerprint=self._parameters.fingerprint,
        )

    def _answer(
        self,
        settlement: SettlementRecord,
        again: Recalculation,
        before: AccountRecord,
        after: AccountRecord,
        language: Language,
    ) -> bytes:
        """Write the settlement as `/v1` shows it from now on."""
        facts = facts_of(settlement)
        entry = RegisterEntry(facts.in_register, facts.registration, facts.major_disease, facts.chronic_disease)
        warnings = [] if facts.in_register else [warning_answer("person_unknown", [], language)]
        explained = self._presenter.explain(settlement.service_date, again.bill, again.reimbursement, language)
        now = replace(settlement, edition=self._parameters.edition, fingerprint=self._parameters.fingerprint)
        explanation = Explanation(explained, warnings)
        return orjson.dumps(settlement_made(settlement.id, now, entry, explanation, before=before, after=after))


def find_rebooking(connection: Connection, number: int) -> RebookingRecord:
    """Return the newest rebooking of a settlement, undone or not. NotFoundError."""
    found = corrections.find_rebooking(connection, number)
    if found is None:
        raise NotFoundError(Resource.REBOOKING)
    return found


def check_county(connection: Connection, officer: Officer, number: int) -> None:
    """Refuse to let an officer rebook a settlement of another county's person, whom a write has locked then.

    NotFoundError where the county does not see the settlement, ForbiddenError where it does.
    """
    lock_persons_of(connection, [number])
    found = settlements.find(connection, number)
    if not settlements.is_seen_by(connection, number, officer.place):
        raise NotFoundError(Resource.SETTLEMENT)
    if persons.county_of(connection, found.person_id) != officer.place:
        raise ForbiddenError


def _standing(connection: Connection, number: int) -> RebookingRecord:
    found = find_rebooking(connection, number)
    if found.undone is not None:
        raise NotFoundError(Resource.REBOOKING)
    return found


def _check_newest(connection: Connection, rebooking: RebookingRecord) -> None:
    """Refuse to undo a rebooking after which anything was booked for the person, or taken back."""
    rows = (rebooking.reversal, *rebooking.corrections)
    if (later := corrections.booked_after(connection, rebooking.reversal.person_id, rows[-1].id)) is not None:
        raise ConflictError(ConflictReason.REBOOKING_FOLLOWED, settlement=later)
    for each in rows:
        if each.annulled is not None or each.reversed_by is not None:
            number = each.corrects or rebooking.settlement_id
            raise ConflictError(ConflictReason.REBOOKING_FOLLOWED, settlement=number)


def _corrected(connection: Connection, several: Sequence[SettlementRecord]) -> list[SettlementRecord]:
    its = corrections.of_settlements(connection, [each.id for each in several])
    return [corrected(each, its.get(each.id, ())) for each in several]


def _year_without(
    connection: Connection, several: Sequence[SettlementRecord], settlement: SettlementRecord
) -> AccountRecord:
    """Return the year of a settlement as it stands, without it and the later ones."""
    to_date, count = accounts.find(connection, settlement.person_id, settlement.year)
    for each in several:
        if each.year == settlement.year:
            add_share(to_date, each.year_share, -1)
            count -= 1
    return AccountRecord(to_date, count)
