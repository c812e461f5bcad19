"""A settlement as the answer that a settlement desk reads: every operand of the working, its reasons, its sources.

What does not depend on the amounts (names, sources, most reasons) is made into JSON once and kept; the rest is
plain dictionaries. The tests hold every answer against its declared schema.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import Any, cast

import orjson

from app.i18n import Language, text, wording
from app.presenters.reasoned import warned
from app.presenters.sources import clause_cited, source, used_figure
from app.rules.money import Fen, format_percent, format_points, format_rate, format_yuan, ratio
from app.rules.parameters import Figures, Parameters
from app.rules.readings import Readings
from app.rules.reimbursement.bill import RATES, Bill, Layer, Reason, Working
from app.rules.reimbursement.layers import Reimbursement, deposit_required, reimburse
from app.rules.reimbursement.outcome import all_figures_used, figures_used, limited_by, outcome, reasons
from app.rules.schedule import Tier

Json = dict[str, Any]


class ReimbursementPresenter:
    """Makes answers from settlements, under one body of parameters."""

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        # Each cache holds one entry for each combination of figures that the rules can read: a few hundred at most.
        self._sources = cache(self._make_sources)
        self._fixed_reasons = cache(self._make_fixed_reasons)
        self._warnings = cache(self._make_warnings)
        self._fixed_source = cache(self._make_fixed_source)

    def answer(self, service_date: dt.date, bill: Bill, language: Language) -> Json:
        """Reimburse one bill and explain it. NoPolicyInForceError for a day before the first of policy."""
        return self.settle(service_date, bill, language)[1]

    def settle(self, service_date: dt.date, bill: Bill, language: Language) -> tuple[Reimbursement, Json]:
        """Reimburse one bill: the settlement, and its explanation. NoPolicyInForceError as above."""
        settlement = reimburse(bill, self.parameters.on(service_date))
        return settlement, self.explain(service_date, bill, settlement, language)

    def explain(self, service_date: dt.date, bill: Bill, settlement: Reimbursement, language: Language) -> Json:
        """Explain what a bill was reimbursed on a day."""
        figures = self.parameters.on(service_date)
        read = all_figures_used(settlement)
        return {
            "policy": self.policy(service_date),
            "bill": {"total": format_yuan(bill.total), "in_scope": format_yuan(bill.in_scope)},
            "layers": [self._layer(working, figures, language) for working in settlement.layers],
            "guarantee": self._guarantee(settlement, figures, language),
            "lump_sums": self._lump_sums(settlement, figures, language),
            "summary": summary(bill, settlement),
            "readings": readings_answer(bill.readings),
            "warnings": self.warnings(service_date, read, figures, language),
        }

    def policy(self, service_date: dt.date) -> Json:
        """Say which policy was applied."""
        return {"edition": self.parameters.edition, "service_date": str(service_date)}

    def warnings(self, day: dt.date, read: tuple[str, ...], figures: Figures, language: Language) -> orjson.Fragment:
        """Warn of assumed figures among those read, and of a day after the policy's period."""
        return self._warnings(day > self.parameters.last_day, read, figures.period, language)

    def _layer(self, working: Working, figures: Figures, language: Language) -> Json:
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
            "reasons": self._reasons(reasons(working, figures), figures, language),
            "sources": self._sources(figures_used(working), figures.period, language),
        }

    def _reasons(self, found: Sequence[Reason], figures: Figures, language: Language) -> orjson.Fragment | list[Json]:
        """Write reasons; those that speak of no amount are few and always the same, so they are written once."""
        for _, _, operands in found:
            for name, _ in operands:
                if name not in RATES:
                    return [self._reason(reason, figures.period, language) for reason in found]
        return self._fixed_reasons(tuple(found), figures.period, language)

    def _make_fixed_reasons(self, found: tuple[Reason, ...], period: int, language: Language) -> orjson.Fragment:
        return orjson.Fragment(orjson.dumps([self._reason(reason, period, language) for reason in found]))

    def _reason(self, reason: Reason, period: int, language: Language) -> Json:
        code, figure, operands = reason
        return {
            "code": code,
            "text": _sentence(code, language, operands),
            "source": self._fixed_source(code, figure, period, language),
        }

    def _guarantee(self, settlement: Reimbursement, figures: Figures, language: Language) -> Json | None:
        if settlement.guarantee is None:
            return None
        floor = figures.in_force["chronic_guarantee.floor"]
        return {
            "name": text("names", "chronic_guarantee", language),
            "floor_ratio": format_rate(cast("int", floor.value)),
            "paid": format_yuan(settlement.guarantee),
            "source": source(floor, language),
        }

    def _lump_sums(self, settlement: Reimbursement, figures: Figures, language: Language) -> list[Json]:
        if not settlement.lump_sum:
            return []
        return [
            {
                "benefit": "accident_disability",
                "name": text("names", "accident_disability", language),
                "paid": format_yuan(settlement.lump_sum),
                "source": source(figures.in_force["accident_disability.lump_sum"], language),
            }
        ]

    def _make_sources(self, read: tuple[str, ...], period: int, language: Language) -> orjson.Fragment:
        in_force = self.parameters.period(period).in_force
        by_name = self.parameters.by_name
        return orjson.Fragment(
            orjson.dumps([used_figure(by_name[name], in_force[name], language) for name in dict.fromkeys(read)])
        )

    def _make_fixed_source(
        self, code: str, figure: str | None, period: int, language: Language
    ) -> orjson.Fragment | None:
        words = wording("reasons")[code]
        if figure is not None:
            return orjson.Fragment(orjson.dumps(source(self.parameters.period(period).in_force[figure], language)))
        if "clause" not in words:
            return None
        return orjson.Fragment(orjson.dumps(clause_cited(words, self.parameters.first_day, language)))

    def _make_warnings(self, over: bool, read: tuple[str, ...], period: int, language: Language) -> orjson.Fragment:
        in_force = self.parameters.period(period).in_force
        assumed = [name for name in dict.fromkeys(read) if in_force[name].basis != "policy"]
        return orjson.Fragment(orjson.dumps(warned(self.parameters, assumed, over, language)))


def summary(bill: Bill, settlement: Reimbursement) -> Json:
    """Sum a settlement up: what is reimbursed, what the patient owes, the ratio, the deposit."""
    total, reimbursed = bill.total, settlement.reimbursed
    return {
        "reimbursed": format_yuan(reimbursed),
        "out_of_pocket": format_yuan(settlement.out_of_pocket),
        "reimbursed_ratio": ratio(reimbursed, total),
        "deposit_required": deposit_required(bill),
    }


@cache
def readings_answer(readings: Readings) -> orjson.Fragment:
    """List every switchable reading as it was taken."""
    return orjson.Fragment(orjson.dumps(readings._asdict()))


@cache
def _name(layer: Layer, language: Language) -> str:
    return text("names", layer, language)


def _tier(tier: Tier, floor: Fen) -> dict[str, str | None]:
    """Write a band at work. Most bands of a bill are filled to the brim: those are always the same."""
    if tier.up_to is not None and tier.amount == tier.up_to - tier.above:
        return _full_tier(tier)
    above, up_to, rate, amount, pays = tier
    lower, upper, share = _band(int(above if above > floor else floor), up_to, rate)
    return {"above": lower, "up_to": upper, "rate": share, "amount": format_yuan(amount), "pays": format_yuan(pays)}


@lru_cache(maxsize=1024)
def _full_tier(tier: Tier) -> dict[str, str | None]:
    lower, upper, share = _band(int(tier.above), tier.up_to, tier.rate)
    amount, pays = format_yuan(tier.amount), format_yuan(tier.pays)
    return {"above": lower, "up_to": upper, "rate": share, "amount": amount, "pays": pays}


@lru_cache(maxsize=1024)
def _band(above: int, up_to: int | None, rate: int) -> tuple[str, str | None, str]:
    return format_yuan(above), None if up_to is None else format_yuan(up_to), format_rate(rate)


def _sentence(code: str, language: Language, operands: tuple[tuple[str, int], ...]) -> str:
    words = {name: _IN_WORDS.get(name, format_yuan)(operand) for name, operand in operands}
    return text("reasons", code, language).format(**words)


_IN_WORDS: dict[str, Callable[[int], str]] = {"points": format_points, "rate": format_percent}
