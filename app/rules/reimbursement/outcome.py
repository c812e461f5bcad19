"""The outcome of a layer, derived from its working: the outcome, what limited it, and the reasons."""

from collections.abc import Sequence
from typing import Literal

from app.rules.reimbursement.bill import Limit, Reason
from app.rules.reimbursement.layers import Reimbursement
from app.rules.reimbursement.terms import Working

Outcome = Literal["paid", "nothing_due", "not_eligible", "adjudicated"]

_BEHIND_A_BASE = {"basic_insurance.first_paid.in_region", "basic_insurance.first_paid.out_of_region"}


def outcome(working: Working) -> Outcome:
    """Return the outcome of a layer."""
    if working.adjudicated:
        return "adjudicated"
    if not working.terms.eligible:
        return "not_eligible"
    return "paid" if working.paid else "nothing_due"


def limited_by(working: Working) -> Limit | None:
    """Return what cut the amount due: annual limit, ceiling, remaining cost or budget; on a tie the first of these."""
    if working.adjudicated or working.paid == working.due:
        return None
    if working.paid == working.annual_room:
        return "annual_limit"
    if working.paid == working.ceiling_room:
        return "ceiling"
    return "remaining_cost" if working.paid == working.remaining else "fund_exhausted"


def figures_used(working: Working) -> tuple[str, ...]:
    """Name the figures behind the layer's amounts: for a layer settled elsewhere, only those behind its base."""
    if working.adjudicated:
        return tuple(name for name in working.read if name in _BEHIND_A_BASE)
    return working.read


def all_figures_used(reimbursement: Reimbursement) -> tuple[str, ...]:
    """Name the figures behind a reimbursement, those of the guarantee and the lump sum first."""
    used = reimbursement.read
    for working in reimbursement.layers:
        used += figures_used(working)
    return used


def reasons(working: Working) -> Sequence[Reason]:
    """Return every reason: those recorded by the rule, then those that follow from the amounts."""
    if working.adjudicated:
        # The rule's other reasons belong to a calculation that the insurer's settlement replaces.
        settled: Reason = ("already_adjudicated", None, (("amount", _single(working.paid)),))
        return [settled, *(reason for reason in working.reasons if reason[0] == "share_first_paid")]
    if not working.terms.eligible or (working.paid and working.paid == working.due and not working.before):
        return working.reasons
    return [*working.reasons, *_reasons_of_amounts(working)]


def _reasons_of_amounts(working: Working) -> list[Reason]:
    before, base, due = _single(working.before), _single(working.base), _single(working.due)
    reasons: list[Reason] = []
    if before:
        code = "counted_with_year_always" if working.layer == "critical_illness" else "counted_with_year"
        figure = "critical_illness.bands" if working.layer == "critical_illness" else None
        reasons.append((code, figure, (("before", before), ("after", before + base))))
    if base == 0:
        reasons.append(("nothing_to_count", None, ()))
    elif due == 0:
        reasons.append(_why_nothing_is_due(working, before + base))
    operands = (("due", due), ("room", _single(working.paid)))
    match limited_by(working):
        case "annual_limit":
            reasons.append(_cut_to_limit(working, due))
        case "ceiling":
            reasons.append(("cut_to_ceiling", "ceiling.share", operands))
        case "remaining_cost":
            reasons.append(("cut_to_remaining_cost", None, operands))
        case "fund_exhausted":
            reasons.append(("cut_to_budget", "major_disease_fund.purse", operands))
        case None:
            pass
    return reasons


def _cut_to_limit(working: Working, due: int) -> Reason:
    """Explain a limit by what the year has used of it already, if anything."""
    limit, used, paid = _single(working.limit), _single(working.paid_before), _single(working.paid)
    if not used:
        return "cut_to_limit", working.terms.limit_figure, (("due", due), ("limit", limit))
    operands = (("due", due), ("limit", limit), ("used", used), ("room", paid))
    if working.layer == "supplementary_insurance":
        # That its limit is a calendar year's is the reading R6.
        code = "cut_to_annual_limit_of_supplementary" if paid else "annual_limit_used_up_of_supplementary"
        return code, None, operands
    return "cut_to_annual_limit" if paid else "annual_limit_used_up", working.terms.limit_figure, operands


def _why_nothing_is_due(working: Working, counted: int) -> Reason:
    rates = next(name for name in working.read if "bands" in name or "rate" in name)
    if working.deductible is not None:
        deductible = _single(working.deductible)
        if counted <= deductible:
            figure = next(name for name in working.read if "deductible" in name)
            return "below_deductible", figure, (("counted", counted), ("threshold", deductible))
        return "rounds_to_nothing", rates, ()
    threshold = working.terms.pays_above
    if counted <= threshold:
        return "below_first_paying_band", rates, (("counted", counted), ("threshold", threshold))
    return "rounds_to_nothing", rates, ()


def _single(amount: object) -> int:
    """Narrow an amount to that of a single bill; a column has no reasons. TypeError for a column."""
    if not isinstance(amount, int):
        raise TypeError("only a single bill is explained")
    return amount
