"""Critical-illness commercial insurance (大病医疗商业保险): 七.1.(3); figures in critical_illness.yaml."""

from app.rules.money import Fen, greatest
from app.rules.parameters import Reader
from app.rules.registration import REASON
from app.rules.reimbursement.bill import Bill, Circumstances, Layer, ReasonLog
from app.rules.reimbursement.paid import RunningTotals
from app.rules.reimbursement.terms import Terms
from app.rules.schedule import Bands, beginning_at_share

LAYER: Layer = "critical_illness"


def terms(bill: Circumstances, figures: Reader, reasons: ReasonLog) -> Terms | None:
    """Find what critical-illness insurance pays by; None for outpatient care.

    The year always counts together: this is not part of R5.
    """
    if bill.kind == "outpatient":
        reasons.add("critical_illness_not_for_outpatients")
        return None
    bands = _bands(bill, figures, reasons)
    reasons.add("counts_what_basic_left", "critical_illness.bands", threshold=bands[0].above)
    limit_figure = "critical_illness.registered_annual_limit" if bill.poor else "critical_illness.annual_limit"
    limit = figures.limit(limit_figure)
    return Terms(
        LAYER,
        eligible=True,
        reasons=reasons.recorded(),
        read=figures.drain(),
        bands=bands,
        limit=limit,
        limit_figure=limit_figure,
    )


def base(_terms: Terms, _bill: Bill, paid: RunningTotals, _in_scope_only: bool) -> Fen:
    """Count the in-scope cost that basic insurance left to the patient, without the share first paid away."""
    return greatest(paid.basic_base - paid.by_layer["basic_insurance"], 0)


def _bands(bill: Circumstances, figures: Reader, reasons: ReasonLog) -> Bands:
    """Return the bands above the threshold: for the registered a threshold of their own, with a major disease more.

    The threshold is a share of the ordinary one. The five points of each band are for a major disease (七.1.(3)).
    """
    if bill.registration != "none":
        reasons.add(REASON[bill.registration])
    if not bill.poor:
        return figures.bands("critical_illness.bands")
    if bill.major_disease:
        bands = figures.raised("critical_illness.bands", "critical_illness.registered_uplift")
        reasons.add("critical_illness_ratio_raised", points=figures.rate("critical_illness.registered_uplift"))
    else:
        bands = figures.bands("critical_illness.bands")
    rate = figures.rate("critical_illness.registered_threshold_share")
    lowered = beginning_at_share(bands, rate)
    if lowered is not bands:
        reasons.add(
            "critical_illness_threshold_lowered",
            "critical_illness.registered_threshold_share",
            rate=rate,
            full=bands[0].above,
            lowered=lowered[0].above,
        )
    return lowered
