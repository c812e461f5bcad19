"""The amounts that the layers have paid of a bill so far, and the rest that is left for the next layer."""

from app.rules.money import Fen, greatest
from app.rules.readings import RemainingCost
from app.rules.reimbursement.bill import Layer, ReasonLog

IN_SCOPE_ONLY: dict[RemainingCost, tuple[Layer, ...]] = {
    "whole_bill": (),
    "in_scope": ("civil_relief", "major_disease_fund", "supplementary_insurance"),
    "relief_in_scope": ("civil_relief",),
}
"""The layers that count the in-scope cost only, by the reading R2; the others count the whole bill."""


class RunningTotals:
    """The running totals of a bill while its layers pay one after the other. Fen."""

    __slots__ = ("basic_base", "by_layer", "in_scope", "left", "total")

    def __init__(self, total: Fen, in_scope: Fen) -> None:
        self.total = total
        self.in_scope = in_scope
        self.left: Fen = total
        """The bill less everything paid so far."""
        self.by_layer: dict[Layer, Fen] = {}
        self.basic_base: Fen = 0
        """The base of basic insurance: the in-scope cost less the share first paid away from the city."""

    def add(self, layer: Layer, paid: Fen) -> None:
        """Add the payment of a layer."""
        self.by_layer[layer] = paid
        self.left = self.left - paid

    def copy(self) -> "RunningTotals":
        """Return an independent copy."""
        copy = RunningTotals(self.total, self.in_scope)
        copy.left, copy.basic_base, copy.by_layer = self.left, self.basic_base, dict(self.by_layer)
        return copy

    def remaining(self, layer: Layer, reading: RemainingCost, reasons: ReasonLog) -> Fen:
        """Return the unpaid part (剩余自费部分) of the whole bill, or of the in-scope cost where R2 says so."""
        if layer in IN_SCOPE_ONLY[reading]:
            reasons.add("counts_what_is_left_in_scope")
            return greatest(self.in_scope - (self.total - self.left), 0)
        reasons.add("counts_what_is_left")
        return self.left

    def after_insurance(self, layer: Layer, reading: RemainingCost, reasons: ReasonLog) -> Fen:
        """Return what basic and critical-illness insurance left unpaid, whatever later layers have paid (七.1.(6))."""
        if layer in IN_SCOPE_ONLY[reading]:
            reasons.add("counts_what_insurance_left_in_scope")
            counted = self.in_scope
        else:
            reasons.add("counts_what_insurance_left")
            counted = self.total
        return greatest(counted - self.by_layer["basic_insurance"] - self.by_layer["critical_illness"], 0)
