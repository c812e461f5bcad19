"""A household's bills, each in the year that the bills before it have made, and their sums."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from app.i18n import Language
from app.presenters.fragments import fragment
from app.presenters.reimbursements import ReimbursementPresenter
from app.presenters.steps import Steps
from app.rules.money import Fen, format_yuan, ratio
from app.rules.reimbursement.bill import LAYERS, Bill, Layer
from app.rules.reimbursement.layers import Reimbursement
from app.rules.reimbursement.year import YearToDate
from app.schemas.responses.household_bills import (
    HouseholdAnswer,
    HouseholdTotals,
    LayerMet,
    MemberTotals,
    Totals,
    YearMet,
    YearTotals,
)
from app.schemas.responses.reimbursements import ReimbursementAnswer


class MembersBill(NamedTuple):
    """A bill, the member whose bill it is, and its service date."""

    member: str
    day: dt.date
    bill: Bill


class _ReimbursedBill(NamedTuple):
    member: str
    year: int
    total: Fen
    reimbursement: Reimbursement
    answer: ReimbursementAnswer
    year_to_date: YearMet


def household_steps(
    presenter: ReimbursementPresenter,
    members: list[str],
    bills: list[MembersBill],
    annual_net_income: int | None,
    language: Language,
) -> Steps[HouseholdAnswer]:
    """Reimburse a household's bills in the order of their days, then of the list; income in fen.

    Yields after each bill and each member, and returns the answer. NoPolicyInForceError for a day before the first of
    policy.
    """
    by_number: dict[int, _ReimbursedBill] = {}
    years: dict[tuple[str, int], YearToDate] = defaultdict(YearToDate)
    compensated: set[str] = set()
    for number in sorted(range(len(bills)), key=lambda number: bills[number].day):
        member, day, bill = bills[number]
        # An accident is compensated once, beside the first bill.
        if bill.accident_disability and member in compensated:
            bill.accident_disability = False
        compensated.add(member)
        year = years[member, day.year]
        year.apply_to(bill)
        year_to_date = _year_to_date(year, bill)
        reimbursement, answer = presenter.settle(day, bill, language)
        year.add(bill, reimbursement)
        written = fragment(answer)
        by_number[number] = _ReimbursedBill(member, day.year, bill.total, reimbursement, written, year_to_date)
        yield
    reimbursed = [by_number[number] for number in range(len(bills))]
    totals_of_members = []
    for member in members:
        totals_of_members.append(_member(member, reimbursed))
        yield
    return {
        "bills": [each.answer for each in reimbursed],
        "years_to_date": [each.year_to_date for each in reimbursed],
        "members": totals_of_members,
        "summary": _summary(reimbursed, annual_net_income),
    }


def _member(member: str, bills: list[_ReimbursedBill]) -> MemberTotals:
    own = [each for each in bills if each.member == member]
    return {"id": member, **_totals(own), "years": [_year(year, of_year) for year, of_year in _by_year(own)]}


def _summary(bills: list[_ReimbursedBill], income: int | None) -> HouseholdTotals:
    return {
        **_totals(bills),
        "years": [
            {**_year(year, of_year), "share_of_income": _share_of_income(of_year, income)}
            for year, of_year in _by_year(bills)
        ],
        "share_of_income": _share_of_income(bills, income),
    }


def _by_year(bills: list[_ReimbursedBill]) -> Iterable[tuple[int, list[_ReimbursedBill]]]:
    for year in sorted({each.year for each in bills}):
        yield year, [each for each in bills if each.year == year]


def _year(year: int, bills: list[_ReimbursedBill]) -> YearTotals:
    return {"year": year, **_totals(bills)}


def _totals(bills: list[_ReimbursedBill]) -> Totals:
    paid: dict[Layer, Fen] = dict.fromkeys(LAYERS, 0)
    for each in bills:
        for working in each.reimbursement.layers:
            paid[working.layer] += working.paid
    return {
        "bills": len(bills),
        "total": format_yuan(sum(each.total for each in bills)),
        "layers": {
            "basic_insurance": format_yuan(paid["basic_insurance"]),
            "critical_illness": format_yuan(paid["critical_illness"]),
            "civil_relief": format_yuan(paid["civil_relief"]),
            "major_disease_fund": format_yuan(paid["major_disease_fund"]),
            "supplementary_insurance": format_yuan(paid["supplementary_insurance"]),
        },
        "guarantee": format_yuan(sum(each.reimbursement.guarantee or 0 for each in bills)),
        "lump_sums": format_yuan(sum(each.reimbursement.lump_sum for each in bills)),
        "reimbursed": format_yuan(sum(each.reimbursement.reimbursed for each in bills)),
        "out_of_pocket": format_yuan(sum(each.reimbursement.out_of_pocket for each in bills)),
    }


def _share_of_income(bills: list[_ReimbursedBill], income: int | None) -> str | None:
    return ratio(sum(each.reimbursement.out_of_pocket for each in bills), income) if income else None


def _year_to_date(year: YearToDate, bill: Bill) -> YearMet:
    return {
        "admissions": year.admissions,
        "admissions_at_level": year.admissions_at.get(bill.facility_level, 0),
        "layers": {
            "basic_insurance": _layer_to_date(year, "basic_insurance"),
            "critical_illness": _layer_to_date(year, "critical_illness"),
            "civil_relief": _layer_to_date(year, "civil_relief"),
            "major_disease_fund": _layer_to_date(year, "major_disease_fund"),
            "supplementary_insurance": _layer_to_date(year, "supplementary_insurance"),
        },
    }


def _layer_to_date(year: YearToDate, layer: Layer) -> LayerMet:
    return {"base": format_yuan(year.counted[layer]), "paid": format_yuan(year.paid[layer])}
