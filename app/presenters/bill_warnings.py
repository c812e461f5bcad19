"""What a bill itself calls for to be warned of, beside its figures and its day."""

from collections.abc import Iterator

from app.i18n import Language, text
from app.i18n.amounts import format_amount
from app.rules.money import format_percent, share
from app.rules.parameters import Figures
from app.rules.reimbursement.bill import Bill
from app.rules.reimbursement.layers import Reimbursement, owed_within_the_catalogue
from app.schemas.responses.reimbursements import BillWarning, WarningAnswer

CEILING = "ceiling.share"


def warnings_of_bill(
    bill: Bill, reimbursement: Reimbursement, figures: Figures, language: Language
) -> Iterator[WarningAnswer]:
    """Warn of cost outside the catalogue that was counted, of more than the local source allows, of unlikely care."""
    owed_within = owed_within_the_catalogue(bill, reimbursement, figures)
    if owed_within is not None:
        outside = format_amount(bill.total - bill.in_scope, language)
        owed = format_amount(owed_within, language)
        yield _warning("out_of_catalogue_counted", [], language, outside=outside, owed=owed)
    ceiling = figures.numbers[CEILING]
    allowed = share(bill.total, ceiling)
    if reimbursement.reimbursed > allowed:
        paid = format_amount(reimbursement.reimbursed, language)
        most = format_amount(allowed, language)
        rate = format_percent(ceiling)
        yield _warning("above_local_ceiling", [CEILING], language, rate=rate, allowed=most, paid=paid)
    if bill.kind == "inpatient" and bill.facility_level == "village":
        yield _warning("care_unlikely", [], language)


def _warning(code: BillWarning, parameters: list[str], language: Language, **words: str) -> WarningAnswer:
    return {"code": code, "text": text("warnings", code, language).format(**words), "parameters": parameters}
