"""How a share came about, in words: `setl_proc_info`, put together from what the ledger's answer holds as data."""

from typing import Any

from app.national.texts import say

Json = dict[str, Any]

_BETWEEN = "；"

LONGEST = 4000
"""Characters that setl_proc_info may have."""


def of_layer(layer: Json) -> str:
    """Tell a layer's working: what it counts, its bands, what it owes, what cut it, what it pays, and why."""
    return _joined([*_sum(layer), *(reason["text"].rstrip("。") for reason in layer["reasons"])])


def of_guarantee(guarantee: Json) -> str:
    """Tell what the guarantee adds."""
    return _joined([say("workings", "guarantee", ratio=guarantee["floor_ratio"], amount=guarantee["paid"])])


def of_cancellation(working: str) -> str:
    """Tell that what a working led to is undone."""
    return _joined(say("workings", "reversed", working=working).split(_BETWEEN))


def _sum(layer: Json) -> list[str]:
    if layer["outcome"] == "not_eligible":
        return [say("workings", "not_eligible")]
    if layer["outcome"] == "adjudicated":
        return [say("workings", "adjudicated", amount=layer["paid"]), say("workings", "left", amount=layer["left"])]
    told = [say("workings", "counted", base=layer["base"])]
    if layer["deductible"] is not None:
        told.append(say("workings", "deductible", amount=layer["deductible"]))
    told += [say("workings", "last_tier" if tier["up_to"] is None else "tier", **tier) for tier in layer["tiers"]]
    told.append(say("workings", "due", amount=layer["due"]))
    if layer["limited_by"] is not None:
        told.append(say("workings", f"limits.{layer['limited_by']}"))
    return [*told, say("workings", "paid", amount=layer["paid"]), say("workings", "left", amount=layer["left"])]


def _joined(clauses: list[str]) -> str:
    """Join clauses; what would be too long ends after a whole one."""
    text = _BETWEEN.join(clauses)
    return text if len(text) <= LONGEST else text[: text.rindex(_BETWEEN, 0, LONGEST)] + "…"
