"""The answer of a reimbursement: every operand of each layer's working, its reasons, its sources.

What does not depend on the amounts (names, sources, most reasons) is written as JSON once and cached; the rest is
plain dictionaries. The tests validate every answer by its declared schema.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache

from app.i18n import Entry, Language, text, wording
from app.i18n.amounts import format_amount
from app.presenters.bill_warnings import warnings_of_bill
from app.presenters.fragments import Keep, fragment, unwritten
from app.presenters.reasoned import warnings_of
from app.presenters.sources import cited, clause_cited, integer, source, used_figure
from app.rules.money import Fen, format_percent, format_points, format_rate, format_yuan, ratio, reaches
from app.rules.parameters import DatedValue, Figures, Parameters
from app.rules.readings import NUMBERS, PARAMETER, Readings
from app.rules.reimbursement.bill import OF_FIGURES, RATES, Bill, Layer, Reason
from app.rules.reimbursement.chronic_guarantee import SERVES
from app.rules.reimbursement.layers import Reimbursement, deposit_required, reimburse
from app.rules.reimbursement.outcome import all_figures_used, figures_used, limited_by, outcome, reasons
from app.rules.reimbursement.terms import Working
from app.rules.schedule import Tier
from app.schemas.responses.reference import SourceAnswer
from app.schemas.responses.reimbursements import (
    GuaranteeAnswer,
    LayerAnswer,
    LumpSumAnswer,
    PolicyAnswer,
    ReadingsAnswer,
    ReasonAnswer,
    ReimbursementAnswer,
    SummaryAnswer,
    TierAnswer,
    UsedFigure,
    WarningAnswer,
)

DAYS = 4_096
"""Days whose policy is remembered as it is written: more than ten years."""

MOST_KEPT = 512
"""Combinations of figures, and of readings, whose part of an answer is remembered. Some take ten kilobytes."""


class ReimbursementPresenter:
    """Builds the answers of reimbursements, under one body of parameters.

    The parts of an answer that are written once can only be written out, unless the answers are to be `readable`.
    """

    def __init__(self, parameters: Parameters, *, readable: bool = False) -> None:
        self.parameters = parameters
        self._keep: Keep = unwritten if readable else fragment
        # Bills by the default readings need a few hundred of each; whoever varies the readings gets thousands.
        keep = lru_cache(maxsize=MOST_KEPT)
        self._sources = keep(self._make_sources)
        self._fixed_reasons = keep(self._make_fixed_reasons)
        self._fixed_reason = keep(self._make_fixed_reason)
        self._warnings = keep(self._make_warnings)
        self._fixed_source = keep(self._make_fixed_source)
        self.policy = lru_cache(maxsize=DAYS)(self._make_policy)
        """Names the policy that was applied on a day."""
        self.readings = keep(self._make_readings)
        """Lists every switchable reading as it was taken."""

    def answer(self, service_date: dt.date, bill: Bill, language: Language) -> ReimbursementAnswer:
        """Reimburse one bill and explain it. NoPolicyInForceError for a day before the first of policy."""
        return self.settle(service_date, bill, language)[1]

    def settle(
        self, service_date: dt.date, bill: Bill, language: Language
    ) -> tuple[Reimbursement, ReimbursementAnswer]:
        """Reimburse one bill: the result, and its explanation. NoPolicyInForceError as above."""
        reimbursement = reimburse(bill, self.parameters.on(service_date))
        return reimbursement, self.explain(service_date, bill, reimbursement, language)

    def explain(
        self, service_date: dt.date, bill: Bill, reimbursement: Reimbursement, language: Language
    ) -> ReimbursementAnswer:
        """Explain what a bill was reimbursed on a day."""
        figures = self.parameters.on(service_date)
        return {
            "policy": self.policy(service_date),
            "bill": {"total": format_yuan(bill.total), "in_scope": format_yuan(bill.in_scope)},
            "layers": [self._layer(working, figures, language) for working in reimbursement.layers],
            "guarantee": self._guarantee(bill, reimbursement, figures, language),
            "lump_sums": self._lump_sums(reimbursement, figures, language),
            "summary": summary(bill, reimbursement),
            "readings": self.readings(bill.readings),
            "warnings": self.warnings(service_date, bill, reimbursement, language),
        }

    def warnings(
        self, day: dt.date, bill: Bill, reimbursement: Reimbursement, language: Language
    ) -> list[WarningAnswer]:
        """Warn of assumed figures, of a day after the policy's period, and of what the bill itself calls for."""
        figures = self.parameters.on(day)
        read = all_figures_used(reimbursement)
        known = self._warnings(day > self.parameters.last_day, read, figures.period, language)
        return [*known, *warnings_of_bill(bill, reimbursement, figures, language)]

    def _layer(self, working: Working, figures: Figures, language: Language) -> LayerAnswer:
        given = working.adjudicated
        deductible = working.deductible
        floor = 0 if deductible is None else deductible
        due = format_yuan(working.due)
        paid = due if working.paid == working.due else format_yuan(working.paid)
        return {
            "layer": working.layer,
            "name": _name(working.layer, language),
            "outcome": outcome(working),
            "base": format_yuan(working.base),
            "deductible": None if deductible is None or given else format_yuan(deductible),
            "tiers": [] if given else [_tier(tier, floor) for tier in working.tiers if tier.amount],
            "due": due,
            "limited_by": limited_by(working),
            "paid": paid,
            "left": format_yuan(working.left),
            "reasons": self._reasons(reasons(working), figures, language),
            "sources": self._sources(figures_used(working), figures.period, language),
        }

    def _reasons(self, found: Sequence[Reason], figures: Figures, language: Language) -> list[ReasonAnswer]:
        """Write reasons; those without an amount of the bill are few and always the same, so they are written once."""
        for _, _, operands in found:
            for name, _ in operands:
                if name not in OF_FIGURES:
                    return [self._fixed_or_not(each, figures.period, language) for each in found]
        return self._fixed_reasons(tuple(found), figures.period, language)

    def _fixed_or_not(self, reason: Reason, period: int, language: Language) -> ReasonAnswer:
        for name, _ in reason[2]:
            if name not in OF_FIGURES:
                return self._reason(reason, period, language)
        return self._fixed_reason(reason, period, language)

    def _make_fixed_reasons(self, found: tuple[Reason, ...], period: int, language: Language) -> list[ReasonAnswer]:
        return self._keep([self._reason(reason, period, language) for reason in found])

    def _make_fixed_reason(self, reason: Reason, period: int, language: Language) -> ReasonAnswer:
        return self._keep(self._reason(reason, period, language))

    def _reason(self, reason: Reason, period: int, language: Language) -> ReasonAnswer:
        code, figure, operands = reason
        return {
            "code": code,
            "text": _sentence(code, language, operands),
            "source": self._fixed_source(code, figure, period, language),
        }

    def _guarantee(
        self, bill: Bill, reimbursement: Reimbursement, figures: Figures, language: Language
    ) -> GuaranteeAnswer | None:
        if reimbursement.guarantee is None:
            return None
        # Which care it serves is a reading, and so is the guarantee.
        serves = SERVES[bill.readings.chronic_floor]
        reading_cited = self._fixed_source(serves, None, figures.period, language)
        floor = figures.in_force["chronic_guarantee.floor"]
        return {
            "name": text("names", "chronic_guarantee", language),
            "floor_ratio": format_rate(integer(floor)),
            "paid": format_yuan(reimbursement.guarantee),
            "source": source(floor, language) if reading_cited is None else reading_cited,
            "reasons": self._reasons(reimbursement.guarantee_reasons, figures, language),
        }

    def _lump_sums(self, reimbursement: Reimbursement, figures: Figures, language: Language) -> list[LumpSumAnswer]:
        if not reimbursement.lump_sum:
            return []
        return [
            {
                "benefit": "accident_disability",
                "name": text("names", "accident_disability", language),
                "paid": format_yuan(reimbursement.lump_sum),
                "source": source(figures.in_force["accident_disability.lump_sum"], language),
            }
        ]

    def _make_policy(self, service_date: dt.date) -> PolicyAnswer:
        answer: PolicyAnswer = {"edition": self.parameters.edition, "service_date": str(service_date)}
        return self._keep(answer)

    def _make_sources(self, read: tuple[str, ...], period: int, language: Language) -> list[UsedFigure]:
        in_force = self.parameters.period(period).in_force
        by_name = self.parameters.by_name
        return self._keep([used_figure(by_name[name], in_force[name], language) for name in dict.fromkeys(read)])

    def _make_fixed_source(self, code: str, figure: str | None, period: int, language: Language) -> SourceAnswer | None:
        words = wording("reasons")[code]
        in_force = self.parameters.period(period).in_force
        if figure is not None:
            return self._keep(source(in_force[figure], language))
        if "reading" in words:
            return self._keep(self._reading_cited(words, in_force, language))
        if "clause" not in words:
            return None
        return self._keep(clause_cited(words, self.parameters.first_day, language))

    def _reading_cited(self, words: Entry, in_force: Mapping[str, DatedValue], language: Language) -> SourceAnswer:
        """Cite the reading that some words rest on: as the default in force where that says so, else as an assumption.

        What only the request chose is nobody's ruling.
        """
        reading = str(words["reading"])
        default = in_force[PARAMETER.format(reading)]
        if default.value in str(words["taken"]).split():
            return source(default, language)
        return cited("service", NUMBERS[reading], "assumption", self.parameters.first_day, language)

    def _make_warnings(self, over: bool, read: tuple[str, ...], period: int, language: Language) -> list[WarningAnswer]:
        in_force = self.parameters.period(period).in_force
        assumed = [name for name in dict.fromkeys(read) if in_force[name].basis != "policy"]
        return [self._keep(warning) for warning in warnings_of(self.parameters, assumed, over, language)]

    def _make_readings(self, readings: Readings) -> ReadingsAnswer:
        answer: ReadingsAnswer = {
            "band_rates": readings.band_rates,
            "remaining_cost": readings.remaining_cost,
            "general_relief": readings.general_relief,
            "accumulation": readings.accumulation,
            "supplementary_limit": readings.supplementary_limit,
            "chronic_floor": readings.chronic_floor,
            "ceiling": readings.ceiling,
            "layer_order": readings.layer_order,
            "uncovered_care": readings.uncovered_care,
        }
        return self._keep(answer)


def summary(bill: Bill, reimbursement: Reimbursement) -> SummaryAnswer:
    """Add a reimbursement up: what is reimbursed, what the patient owes, the ratio, the deposit.

    For a patient of whom the report tells a ratio, that ratio is set beside it, exactly (reading R15).
    """
    total, reimbursed = bill.total, reimbursement.reimbursed
    reported = reimbursement.reported_ratio
    return {
        "reimbursed": format_yuan(reimbursed),
        "out_of_pocket": format_yuan(reimbursement.out_of_pocket),
        "reimbursed_ratio": ratio(reimbursed, total),
        "deposit_required": deposit_required(bill),
        "reported_ratio": None if reported is None else format_rate(reported),
        "reaches_reported_ratio": None if reported is None else reaches(reimbursed, total, reported),
    }


@cache
def _name(layer: Layer, language: Language) -> str:
    return text("names", layer, language)


def _tier(tier: Tier, floor: Fen) -> TierAnswer:
    """Write a band at work. Most bands of a bill are full, and a full band is always the same."""
    above, up_to, rate, amount, pays = tier
    if up_to is not None and amount == up_to - above:
        return _full_tier(tier)
    lower, upper, share = _band(tier.begins_at(floor), up_to, rate)
    return {"above": lower, "up_to": upper, "rate": share, "amount": format_yuan(amount), "pays": format_yuan(pays)}


@lru_cache(maxsize=1024)
def _full_tier(tier: Tier) -> TierAnswer:
    lower, upper, share = _band(int(tier.above), tier.up_to, tier.rate)
    amount, pays = format_yuan(tier.amount), format_yuan(tier.pays)
    return {"above": lower, "up_to": upper, "rate": share, "amount": amount, "pays": pays}


@lru_cache(maxsize=1024)
def _band(above: int, up_to: int | None, rate: int) -> tuple[str, str | None, str]:
    return format_yuan(above), None if up_to is None else format_yuan(up_to), format_rate(rate)


def reason_sentence(reason: Reason, language: Language) -> str:
    """Write a reason as a sentence, with its operands in it."""
    code, _, operands = reason
    return _sentence(code, language, operands)


def _sentence(code: str, language: Language, operands: tuple[tuple[str, int], ...]) -> str:
    words = {name: _in_words(name, operand, language) for name, operand in operands}
    return text("reasons", code, language).format(**words)


def _in_words(name: str, operand: int, language: Language) -> str:
    if name not in RATES:
        return format_amount(operand, language)
    return format_points(operand) if name == "points" else format_percent(operand)
