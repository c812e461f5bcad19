"""The ratio that the report tells of for chronic, major and severe illness (报告部分三.(三)); reported_ratio.yaml."""

from app.rules.parameters import Reader
from app.rules.reimbursement.bill import Bill


def reported_ratio(bill: Bill, figures: Reader) -> int | None:
    """Return the ratio to set beside the bill, in basis points: a reported result and no promise (R15).

    None for a patient without the benefits of the poor, or with neither a major nor a chronic disease, and for columns.
    """
    if not bill.poor or not isinstance(bill.chronic_disease, bool):
        return None
    return figures.rate("reported_ratio.share") if bill.major_disease or bill.chronic_disease else None
