"""How a share was calculated, in words (`setl_proc_info`), from the working of the settlement."""

from app.i18n.amounts import band_in_sentence, format_amount
from app.ledger.workings import GuaranteeWorking, LayerWorking, TierShare
from app.national.texts import say
from app.rules.money import format_percent, format_yuan

_SEPARATOR = "；"

LONGEST = 4000
"""Characters of setl_proc_info."""


def describe_layer(layer: LayerWorking) -> str:
    """Describe a layer: what it counts, its bands, what it owes, what limits it, what it pays, and why."""
    return _join([*_describe_sum(layer), *(reason.rstrip("。") for reason in layer.reasons)])


def describe_guarantee(guarantee: GuaranteeWorking) -> str:
    """Describe what the guarantee adds."""
    ratio, amount = format_percent(guarantee.floor_ratio), _amount(guarantee.paid)
    return _join([say("workings", "guarantee", ratio=ratio, amount=amount)])


def describe_cancellation(description: str) -> str:
    """Describe the cancellation of a share that was described so."""
    return _join(say("workings", "reversed", working=description).split(_SEPARATOR))


def _describe_sum(layer: LayerWorking) -> list[str]:
    if layer.outcome == "not_eligible":
        return [say("workings", "not_eligible")]
    paid, left = _amount(layer.paid), say("workings", "left", amount=_amount(layer.left))
    if layer.outcome == "adjudicated":
        return [say("workings", "adjudicated", amount=paid), left]
    clauses = [say("workings", "counted", base=_amount(layer.base))]
    if layer.deductible is not None:
        clauses.append(say("workings", "deductible", amount=_amount(layer.deductible)))
    clauses += [_describe_tier(tier) for tier in layer.tiers]
    clauses.append(say("workings", "due", amount=_amount(layer.due)))
    if layer.limited_by is not None:
        clauses.append(say("workings", f"limits.{layer.limited_by}"))
    return [*clauses, say("workings", "paid", amount=paid), left]


def _describe_tier(tier: TierShare) -> str:
    band = band_in_sentence(format_yuan(tier.above), None if tier.up_to is None else format_yuan(tier.up_to), "zh")
    rate = format_percent(tier.rate)
    return say("workings", "tier", band=band, amount=_amount(tier.amount), rate=rate, pays=_amount(tier.pays))


def _amount(fen: int) -> str:
    return format_amount(fen, "zh")


def _join(clauses: list[str]) -> str:
    """Join clauses; a text that is too long ends after a whole one."""
    text = _SEPARATOR.join(clauses)
    return text if len(text) <= LONGEST else text[: text.rindex(_SEPARATOR, 0, LONGEST)] + "…"
