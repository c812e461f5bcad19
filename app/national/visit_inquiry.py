"""5201 and 5204: what is kept of a person's visits at the institution, and of a visit's fees."""

from app.db.ledger.reads import Reading
from app.db.visits import fees, visits
from app.db.visits.fees import FeeBatchRecord
from app.db.visits.visits import VisitRecord
from app.national.context import TransactionContext, TransactionResult
from app.national.identity import placeholder
from app.national.setlinfo import write_amount
from app.national.texts import TransactionRefusedError, say
from app.national.visits import find_visit, settled_by

_DAY_BEGINS = "00:00:00"
_IN_HOSPITAL, _DISCHARGED = "1", "0"


def list_visits(context: TransactionContext) -> TransactionResult:
    """5201: list the visits of a person that the institution has reported and not cancelled, the newest first."""
    fields = context.fields
    since, until = fields.day("begntime"), fields.day("endtime")
    if since is not None and until is not None and since > until:
        raise TransactionRefusedError("period_backwards")
    number, med_type = fields.identifier("mdtrt_id"), fields.text("med_type")
    person = context.person_id
    found = []
    if person is not None:
        found = visits.list_of(context.connection, context.institution.code, person, since=since, until=until)
    rows = [
        _write_visit(context, visit)
        for visit in found
        if number in {None, visit.number} and med_type in {None, visit.med_type}
    ]
    return TransactionResult({"mdtrtinfo": rows})


def list_fees(context: TransactionContext) -> TransactionResult:
    """5204: list the sums of a visit's fees, a row for each message and batch of charges."""
    visit = find_visit(context)
    rows = [_write_fees(context, visit, each) for each in fees.list_of(context.connection, visit.id)]
    return TransactionResult({"feedetail": rows})


def person_read(context: TransactionContext) -> Reading:
    """Return the read of the person whom a request names."""
    return Reading("person", context.person.found.number)


def _write_visit(context: TransactionContext, visit: VisitRecord) -> dict[str, object]:
    defaults = context.codes.person
    in_hospital = visit.care == "inpatient" and visit.last_day is None
    return {
        "mdtrt_id": visit.number,
        **{name: placeholder(name) for name in ("psn_no", "psn_cert_type", "certno", "psn_name")},
        "insutype": defaults.insurance,
        "psn_type": defaults.category,
        "cvlserv_flag": "0",
        "begntime": f"{visit.first_day} {_DAY_BEGINS}",
        "endtime": None if visit.last_day is None else f"{visit.last_day} {_DAY_BEGINS}",
        "med_type": visit.med_type or context.codes.care_unnamed[visit.care],
        "dise_codg": visit.diagnosis or "",
        "inhosp_stas": _IN_HOSPITAL if in_hospital else _DISCHARGED,
    }


def _write_fees(context: TransactionContext, visit: VisitRecord, batch: FeeBatchRecord) -> dict[str, object]:
    parts = batch.sums()
    settlement = settled_by(context, visit, batch.batch)
    return {
        "mdtrt_id": visit.number,
        "setl_id": "" if settlement is None else str(settlement),
        "feedetl_sn": "",
        "med_type": visit.med_type or context.codes.care_unnamed[visit.care],
        "det_item_fee_sumamt": write_amount(parts.total),
        "fulamt_ownpay_amt": write_amount(parts.outside),
        "overlmt_amt": write_amount(parts.over_limit),
        "preselfpay_amt": write_amount(parts.first_paid),
        "inscp_scp_amt": write_amount(parts.in_scope),
        "memo": say("fees", "together", rows=len(batch.lines)),
    }
