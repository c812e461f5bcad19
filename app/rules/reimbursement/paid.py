"""The amounts that the layers have paid of a bill so far, and the rest that is left for the next layer."""

from app.rules.money import Fen, greatest
from app.rules.reimbursement.bill import Layer


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
        if type(paid) is not int or paid:
            self.left = self.left - paid

    def remaining(self, in_scope_only: bool) -> Fen:
        """Return the unpaid part (剩余自费部分) of the whole bill, or of the in-scope cost where R2 says so."""
        return greatest(self.in_scope - (self.total - self.left), 0) if in_scope_only else self.left

    def after_insurance(self, in_scope_only: bool) -> Fen:
        """Return what basic and critical-illness insurance left unpaid, whatever later layers have paid (七.1.(6))."""
        counted = self.in_scope if in_scope_only else self.total
        return greatest(counted - self.by_layer["basic_insurance"] - self.by_layer["critical_illness"], 0)
