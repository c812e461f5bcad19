"""A household's bills, each in the year that the bills before it have made, and their sums."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from app.i18n import Language
from app.presenters.reimbursements import ReimbursementPresenter
from app.rules.money import Fen, format_yuan, ratio
from app.rules.reimbursement.bill import LAYERS, Bill
from app.rules.reimbursement.layers import Reimbursement
from app.rules.reimbursement.year import YearToDate

Json = dict[str, Any]


class MembersBill(NamedTuple):
    """A bill with whose it is and when."""

    member: str
    day: dt.date
    bill: Bill


class _Settled(NamedTuple):
    member: str
    year: int
    total: Fen
    settlement: Reimbursement
    answer: Json
    met: Json


def household_answer(
    answers: ReimbursementPresenter,
    members: list[str],
    bills: list[MembersBill],
    annual_net_income: int | None,
    language: Language,
) -> Json:
    """Reimburse a household's bills in the order of their days, then of the list; income in fen.

    NoPolicyInForceError for a day before the first of policy.
    """
    settled: dict[int, _Settled] = {}
    years: dict[tuple[str, int], YearToDate] = defaultdict(YearToDate)
    compensated: set[str] = set()
    for number in sorted(range(len(bills)), key=lambda number: bills[number].day):
        member, day, bill = bills[number]
        # An accident is paid for once, beside the first bill.
        if bill.accident_disability and member in compensated:
            bill.accident_disability = False
        compensated.add(member)
        year = years[member, day.year]
        year.apply_to(bill)
        met = _met(year, bill)
        settlement, answer = answers.settle(day, bill, language)
        year.add(bill, settlement)
        settled[number] = _Settled(member, day.year, bill.total, settlement, answer, met)
    in_order = [settled[number] for number in range(len(bills))]
    return {
        "bills": [each.answer for each in in_order],
        "years_to_date": [each.met for each in in_order],
        "members": [_member(member, in_order) for member in members],
        "summary": _summary(in_order, annual_net_income),
    }


def _member(member: str, settled: list[_Settled]) -> Json:
    own = [each for each in settled if each.member == member]
    return {"id": member, **_totals(own), "years": [_year(year, of_year) for year, of_year in _by_year(own)]}


def _summary(settled: list[_Settled], income: int | None) -> Json:
    totals = _totals(settled)
    by_year = [
        {**_year(year, of_year), "share_of_income": _share_of_income(of_year, income)}
        for year, of_year in _by_year(settled)
    ]
    return {**totals, "years": by_year, "share_of_income": _share_of_income(settled, income)}


def _by_year(settled: list[_Settled]) -> Iterable[tuple[int, list[_Settled]]]:
    for year in sorted({each.year for each in settled}):
        yield year, [each for each in settled if each.year == year]


def _year(year: int, settled: list[_Settled]) -> Json:
    return {"year": year, **_totals(settled)}


def _totals(settled: list[_Settled]) -> Json:
    paid: dict[str, Fen] = dict.fromkeys(LAYERS, 0)
    for each in settled:
        for working in each.settlement.layers:
            paid[working.layer] += working.paid
    return {
        "bills": len(settled),
        "total": format_yuan(sum(each.total for each in settled)),
        "layers": {layer: format_yuan(amount) for layer, amount in paid.items()},
        "guarantee": format_yuan(sum(each.settlement.guarantee or 0 for each in settled)),
        "lump_sums": format_yuan(sum(each.settlement.lump_sum for each in settled)),
        "reimbursed": format_yuan(sum(each.settlement.reimbursed for each in settled)),
        "out_of_pocket": format_yuan(sum(each.settlement.out_of_pocket for each in settled)),
    }


def _share_of_income(settled: list[_Settled], income: int | None) -> str | None:
    return ratio(sum(each.settlement.out_of_pocket for each in settled), income) if income else None


def _met(year: YearToDate, bill: Bill) -> Json:
    return {
        "admissions": year.admissions,
        "admissions_at_level": year.admissions_at.get(bill.facility_level, 0),
        "layers": {
            layer: {"base": format_yuan(year.counted[layer]), "paid": format_yuan(year.paid[layer])} for layer in LAYERS
        },
    }
