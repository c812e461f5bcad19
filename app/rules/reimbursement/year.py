"""A patient's calendar year: what its bills have counted and paid so far, carried from one to the next (reading R5)."""

from dataclasses import dataclass, field

from app.rules.reimbursement.bill import LAYERS, Bill, FacilityLevel, Layer
from app.rules.reimbursement.layers import Reimbursement


def _nothing() -> dict[Layer, int]:
    return dict.fromkeys(LAYERS, 0)


@dataclass(slots=True)
class YearToDate:
    """The year to date: admissions (stays and home sick-beds), and each layer's counted base and payments in fen."""

    admissions: int = 0
    admissions_at: dict[FacilityLevel, int] = field(default_factory=dict)
    counted: dict[Layer, int] = field(default_factory=_nothing)
    paid: dict[Layer, int] = field(default_factory=_nothing)

    def meet(self, bill: Bill) -> None:
        """Let a bill know the year before it."""
        bill.readmitted = self.admissions > 0
        bill.readmitted_at_level = self.admissions_at.get(bill.facility_level, 0) > 0
        bill.counted_before = dict(self.counted)
        bill.paid_before = dict(self.paid)

    def take(self, bill: Bill, settlement: Reimbursement) -> None:
        """Carry a settled bill into the year: a base as it was counted, also where the insurer had settled it."""
        if bill.kind != "outpatient":
            self.admissions += 1
            self.admissions_at[bill.facility_level] = self.admissions_at.get(bill.facility_level, 0) + 1
        for working in settlement.layers:
            self.counted[working.layer] += int(working.base)
            self.paid[working.layer] += int(working.paid)
