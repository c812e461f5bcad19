"""A patient's calendar year: the amounts counted and paid so far, carried from bill to bill (reading R5)."""

from dataclasses import dataclass, field

from app.rules.reimbursement.bill import LAYERS, Bill, FacilityLevel, Layer
from app.rules.reimbursement.layers import Reimbursement


def _zeros() -> dict[Layer, int]:
    return dict.fromkeys(LAYERS, 0)


@dataclass(slots=True)
class YearToDate:
    """The year to date: admissions (stays and home hospital beds), and the base and payments of each layer in fen."""

    admissions: int = 0
    admissions_at: dict[FacilityLevel, int] = field(default_factory=dict)
    counted: dict[Layer, int] = field(default_factory=_zeros)
    paid: dict[Layer, int] = field(default_factory=_zeros)

    def copy(self) -> "YearToDate":
        """Return a year of its own with the same amounts."""
        return YearToDate(self.admissions, dict(self.admissions_at), dict(self.counted), dict(self.paid))

    def apply_to(self, bill: Bill) -> None:
        """Set what a bill needs to know about the year before it."""
        bill.readmitted = self.admissions > 0
        bill.readmitted_at_level = self.admissions_at.get(bill.facility_level, 0) > 0
        bill.counted_before = dict(self.counted)
        bill.paid_before = dict(self.paid)

    def add(self, bill: Bill, reimbursement: Reimbursement) -> None:
        """Add a reimbursed bill to the year: its bases as counted, even for a layer that the insurer had settled."""
        if bill.kind != "outpatient":
            self.admissions += 1
            self.admissions_at[bill.facility_level] = self.admissions_at.get(bill.facility_level, 0) + 1
        for working in reimbursement.layers:
            self.counted[working.layer] += int(working.base)
            self.paid[working.layer] += int(working.paid)
