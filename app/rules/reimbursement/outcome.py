"""What became of a layer, read off its working: the outcome, what cut it, and why it pays what it pays."""

from collections.abc import Sequence
from typing import Literal

from app.rules.parameters import Figures
from app.rules.reimbursement.bill import Layer, Limit, Reason, Working
from app.rules.reimbursement.layers import Reimbursement
from app.rules.schedule import Bands

Outcome = Literal["paid", "nothing_due", "not_eligible", "adjudicated"]

LIMIT_FIGURE: dict[Layer, str] = {
    "basic_insurance": "basic_insurance.annual_limit",
    "critical_illness": "critical_illness.annual_limit",
    "major_disease_fund": "major_disease_fund.annual_limit",
    "supplementary_insurance": "supplementary_insurance.limit",
}
"""The figure that limits a layer."""

_BEHIND_A_BASE = {"basic_insurance.first_paid.in_region", "basic_insurance.first_paid.out_of_region"}


def outcome(working: Working) -> Outcome:
    """Tell what became of a layer."""
    if working.given:
        return "adjudicated"
    if not working.eligible:
        return "not_eligible"
    return "paid" if working.paid else "nothing_due"


def limited_by(working: Working) -> Limit | None:
    """Tell what cut the layer's due: yearly limit, ceiling, what was left, the purse; the first of these on a tie."""
    if working.given or working.paid == working.due:
        return None
    if working.paid == working.annual_room:
        return "annual_limit"
    if working.paid == working.ceiling_room:
        return "ceiling"
    return "remaining_cost" if working.paid == working.remaining else "fund_exhausted"


def figures_used(working: Working) -> tuple[str, ...]:
    """Name the figures that the layer's amounts rest on: of a layer settled elsewhere, only those behind its base."""
    if working.given:
        return tuple(name for name in working.read if name in _BEHIND_A_BASE)
    return working.read


def all_figures_used(settlement: Reimbursement) -> tuple[str, ...]:
    """Name the figures that a settlement rests on, the guarantee's and the lump sum's first."""
    used = settlement.read
    for working in settlement.layers:
        used += figures_used(working)
    return used


def reasons(working: Working, figures: Figures) -> Sequence[Reason]:
    """Give every reason: those that the rule noted, then what the sum itself says."""
    if working.given:
        # The rule's other reasons belong to a calculation that the insurer's settlement stands in for.
        settled: Reason = ("already_adjudicated", None, (("amount", _one(working.paid)),))
        return [settled, *(reason for reason in working.reasons if reason[0] == "share_first_paid")]
    if not working.eligible or (working.paid and working.paid == working.due and not working.before):
        return working.reasons
    return [*working.reasons, *_of_the_sum(working, figures)]


def _of_the_sum(working: Working, figures: Figures) -> list[Reason]:
    before, base, due = _one(working.before), _one(working.base), _one(working.due)
    found: list[Reason] = []
    if before:
        found.append(("counted_with_year", None, (("before", before),)))
    if base == 0:
        found.append(("nothing_to_count", None, ()))
    elif due == 0:
        found.append(_why_nothing_is_due(working, before + base, figures))
    operands = (("due", due), ("room", _one(working.paid)))
    match limited_by(working):
        case "annual_limit":
            code = "cut_to_annual_limit" if working.paid else "annual_limit_used_up"
            found.append((code, LIMIT_FIGURE[working.layer], operands))
        case "ceiling":
            found.append(("cut_to_ceiling", "ceiling.share", operands))
        case "remaining_cost":
            found.append(("cut_to_remaining_cost", None, operands))
        case "fund_exhausted":
            found.append(("cut_to_purse", "major_disease_fund.purse", operands))
        case None:
            pass
    return found


def _why_nothing_is_due(working: Working, counted: int, figures: Figures) -> Reason:
    if working.deductible is not None:
        deductible = _one(working.deductible)
        if counted <= deductible:
            figure = next(name for name in working.read if "deductible" in name)
            return "below_deductible", figure, (("counted", counted), ("threshold", deductible))
        return "rounds_to_nothing", next(name for name in working.read if "bands" in name or "rate" in name), ()
    figure = f"{working.layer}.bands"
    bands: Bands = figures.in_force[figure].value  # type: ignore[assignment]
    threshold = next((band.above for band in bands if band.rate), bands[-1].above)
    if counted <= threshold:
        return "below_first_paying_band", figure, (("counted", counted), ("threshold", threshold))
    return "rounds_to_nothing", figure, ()


def _one(amount: object) -> int:
    """Take an amount of a single bill; a column has no reasons."""
    if not isinstance(amount, int):
        raise TypeError("only a single bill is explained")
    return amount
