"""The working of a settlement as data: what each layer counts, owes and pays, and why. Amounts in fen.

It is made once, from the calculation. The national interface writes its amounts and its texts from it, both when a bill
is settled and when the settlement is looked up later.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from app.presenters.reimbursements import reason_sentence
from app.rules.parameters import Figures
from app.rules.reimbursement.bill import Layer, Limit
from app.rules.reimbursement.layers import Reimbursement
from app.rules.reimbursement.outcome import Outcome, limited_by, outcome, reasons
from app.rules.reimbursement.terms import Working
from app.rules.schedule import Tier

_GUARANTEE_FLOOR = "chronic_guarantee.floor"


class TierShare(NamedTuple):
    """The part of a bill that lies in one band, and what the band pays for it."""

    above: int
    """The lower bound of the band, or the deductible where that is higher."""
    up_to: int | None
    rate: int
    """Basis points."""
    amount: int
    pays: int


class LayerWorking(NamedTuple):
    """The working of one layer."""

    layer: Layer
    outcome: Outcome
    base: int
    """The part of the bill that the layer counts."""
    deductible: int | None
    tiers: tuple[TierShare, ...]
    """The bands that hold a part of the bill."""
    due: int
    """What the schedule gives before any limit."""
    limited_by: Limit | None
    paid: int
    left: int
    """The bill less all that is paid so far, this layer included."""
    reasons: tuple[str, ...]
    """The reasons as sentences in Chinese."""
    year_room: int | None = None
    """What the yearly limit still allowed before this bill; None without one, and in what earlier releases stored."""


class GuaranteeWorking(NamedTuple):
    """What the guarantee of a chronic patient's ratio adds."""

    floor_ratio: int
    """The guaranteed ratio, basis points."""
    paid: int


class SettlementWorking(NamedTuple):
    """The working of a settlement."""

    layers: tuple[LayerWorking, ...]
    """In the order in which they pay."""
    guarantee: GuaranteeWorking | None
    """None where the guarantee does not serve the patient."""
    out_of_pocket: int

    def as_data(self) -> Mapping[str, object]:
        """Return the layers and the guarantee as data to be stored; what the patient pays is a column of its own."""
        return {
            "layers": [{**layer._asdict(), "tiers": [tier._asdict() for tier in layer.tiers]} for layer in self.layers],
            "guarantee": None if self.guarantee is None else self.guarantee._asdict(),
        }


def stored_working(data: Mapping[str, Any], out_of_pocket: int) -> SettlementWorking:
    """Return a working from the data that was stored, and what the patient pays."""
    layers = tuple(
        LayerWorking(
            **{
                **layer,
                "tiers": tuple(TierShare(**tier) for tier in layer["tiers"]),
                "reasons": tuple(layer["reasons"]),
            }
        )
        for layer in data["layers"]
    )
    guarantee = None if data["guarantee"] is None else GuaranteeWorking(**data["guarantee"])
    return SettlementWorking(layers, guarantee, out_of_pocket)


def working_of(settled: Reimbursement, figures: Figures) -> SettlementWorking:
    """Return the working of a bill that is reimbursed under these figures."""
    guarantee = None
    if settled.guarantee is not None:
        guarantee = GuaranteeWorking(figures.reader().rate(_GUARANTEE_FLOOR), int(settled.guarantee))
    layers = tuple(_layer(working) for working in settled.layers)
    return SettlementWorking(layers, guarantee, int(settled.out_of_pocket))


def _layer(working: Working) -> LayerWorking:
    adjudicated = bool(working.adjudicated)
    deductible = None if working.deductible is None else int(working.deductible)
    return LayerWorking(
        layer=working.layer,
        outcome=outcome(working),
        base=int(working.base),
        deductible=None if adjudicated else deductible,
        tiers=() if adjudicated else tuple(_tier(tier, deductible or 0) for tier in working.tiers if tier.amount),
        due=int(working.due),
        limited_by=limited_by(working),
        paid=int(working.paid),
        left=int(working.left),
        reasons=tuple(reason_sentence(reason, "zh") for reason in reasons(working)),
        year_room=_year_room(working),
    )


def _year_room(working: Working) -> int | None:
    """Return what the yearly limit still allows; None without one, and of a layer that does not serve the patient."""
    if working.annual_room is None or not working.terms.eligible:
        return None
    return int(working.annual_room)


def _tier(tier: Tier, deductible: int) -> TierShare:
    return TierShare(tier.begins_at(deductible), tier.up_to, tier.rate, int(tier.amount), int(tier.pays))
