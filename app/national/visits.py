"""2201 to 2203 and 2401 to 2405: a visit is reported, described, ended and cancelled, before and around its settlement.

The service numbers a visit itself (mdtrt_id). A bill of a number that it has not given is settled all the same: some
hospitals report no visit. Of a visit it keeps the person's hash, the days, the kind of care and a disease's code.
"""

import datetime as dt
import re

from app.db.ledger import persons, settlements
from app.db.visits import fees, visits
from app.db.visits.visits import NewVisit, VisitCare, VisitRecord
from app.national.context import TransactionContext, TransactionResult
from app.national.envelope import echo
from app.national.fields import as_code
from app.national.identity import placeholder
from app.national.texts import TransactionRefusedError, say

_LONGEST_CODE = 6
_LONGEST_DIAGNOSIS = 30

_DISEASE = re.compile(r"[A-Za-z][0-9]{2}(?:\.[0-9A-Za-z+*.]{1,12}|[0-9A-Z]{0,5})", re.ASCII)
"""A code of the classification of diseases, or of the platform's list: another text may be a name, and is not kept."""


def register(context: TransactionContext) -> TransactionResult:
    """2201: register an outpatient visit, and give it a number."""
    context.fields.text("ipt_otp_no")
    visit = _open(context, "outpatient")
    data = {"mdtrt_id": visit.number, "psn_no": placeholder("psn_no"), "ipt_otp_no": echo("ipt_otp_no")}
    return TransactionResult({"data": data}, tuple(context.person.warnings))


def cancel_registration(context: TransactionContext) -> TransactionResult:
    """2202: cancel the registration of a visit that has neither fees nor a settlement."""
    return _cancel(context, find_visit(context, "outpatient"))


def describe(context: TransactionContext) -> TransactionResult:
    """2203: keep the kind of care and the disease of an outpatient visit."""
    visit = find_visit(context, "outpatient")
    visits.write(context.connection, _described(context, visit))
    return TransactionResult()


def admit(context: TransactionContext) -> TransactionResult:
    """2401: admit a patient, and give the stay a number."""
    person = context.person_id
    another = None
    if person is not None:
        another = visits.find_open_stay(context.connection, context.institution.code, person)
    visit = _open(context, "inpatient")
    warnings = list(context.person.warnings)
    if another is not None:
        warnings.append(say("warnings", "stay_open", visit=another))
    return TransactionResult({"result": {"mdtrt_id": visit.number}}, tuple(warnings))


def discharge(context: TransactionContext) -> TransactionResult:
    """2402: end a stay; once more, end it on another day."""
    visit = _described(context, find_visit(context, "inpatient"))
    last_day = context.fields.day("endtime", "dscgTime", "dscg_time") or context.sent_on
    _check_days(context, visit.first_day, last_day)
    visits.write(context.connection, visit._replace(last_day=last_day))
    return TransactionResult()


def change(context: TransactionContext) -> TransactionResult:
    """2403: change what an admission said."""
    visit = _described(context, find_visit(context, "inpatient"))
    first_day = context.fields.day("begntime") or visit.first_day
    last_day = visit.last_day and (context.fields.day("endtime") or visit.last_day)
    _check_days(context, first_day, last_day)
    visits.write(context.connection, visit._replace(first_day=first_day, last_day=last_day))
    return TransactionResult()


def cancel_admission(context: TransactionContext) -> TransactionResult:
    """2404: cancel an admission that has neither fees nor a settlement."""
    return _cancel(context, find_visit(context, "inpatient"))


def undo_discharge(context: TransactionContext) -> TransactionResult:
    """2405: let a stay go on. Some systems send it after every trial or settlement that failed, discharged or not."""
    visit = find_visit(context, "inpatient")
    check_unsettled(context, visit)
    visits.write(context.connection, visit._replace(last_day=None))
    return TransactionResult()


def take_back_opening(context: TransactionContext, infno: str, message_id: str) -> None:
    """2601 of 2401: cancel the visit that a message reported; nothing where it reported none, or it is cancelled.

    TransactionRefusedError where it has fees or a settlement, or is another person's.
    """
    visit = visits.opened_by(context.connection, context.institution.code, _hash_of(context, infno, message_id))
    if visit is None or visit.cancelled is not None:
        return
    if visit.person_id != context.person_id:
        raise TransactionRefusedError("person_differs")
    _check_cancellable(context, visit)
    visits.cancel(context.connection, context.moment, visit.id)


def find_reported(context: TransactionContext, care: VisitCare | None = None) -> VisitRecord | None:
    """Return the visit that a request names; None where the service has given no such number.

    TransactionRefusedError for one that is cancelled, another person's, or of the other kind of care.
    """
    number = context.fields.required_identifier("mdtrt_id")
    visit = visits.find(context.connection, context.institution.code, number)
    if visit is None:
        return None
    if visit.cancelled is not None:
        raise TransactionRefusedError("visit_cancelled")
    if visit.person_id != context.person_id:
        raise TransactionRefusedError("visit_person_differs")
    if care is not None and visit.care != care:
        raise TransactionRefusedError("visit_care_differs")
    return visit


def find_visit(context: TransactionContext, care: VisitCare | None = None) -> VisitRecord:
    """Return the visit that a request names. TransactionRefusedError, also where the service gave no such number."""
    visit = find_reported(context, care)
    if visit is None:
        raise TransactionRefusedError("visit_unknown")
    return visit


def check_unsettled(context: TransactionContext, visit: VisitRecord, batch: str | None = None) -> None:
    """Refuse to change a visit that is settled, or a batch of charges that is."""
    settlement = settled_by(context, visit, batch)
    if settlement is not None:
        raise TransactionRefusedError("fees_settled", settlement=settlement)


def settled_by(context: TransactionContext, visit: VisitRecord, batch: str | None = None) -> int | None:
    """Return the settlement of a visit, or of a batch of charges; None without one. That of a part does not count.

    A settlement without a batch settles all of an outpatient visit.
    """
    for standing in settlements.standing_of_visit(context.connection, visit.institution, visit.number):
        other_batch = batch is not None and standing.batch is not None and standing.batch != batch
        if not standing.interim and not other_batch:
            return standing.id
    return None


def _open(context: TransactionContext, care: VisitCare) -> VisitRecord:
    first_day = context.fields.day("begntime") or context.sent_on
    _check_days(context, first_day, None)
    med_type, diagnosis = _read_med_type(context), _read_diagnosis(context)
    reported = NewVisit(
        institution=context.institution.code,
        person_id=persons.get_or_create(context.connection, context.person_hash),
        care=care,
        first_day=first_day,
        med_type=med_type,
        diagnosis=diagnosis,
        opened_by=_hash_of(context, context.message.interface, context.request.message_id),
        token_id=context.token_id,
    )
    return visits.add(context.connection, context.moment, reported, context.codes.division)


def _cancel(context: TransactionContext, visit: VisitRecord) -> TransactionResult:
    _check_cancellable(context, visit)
    visits.cancel(context.connection, context.moment, visit.id)
    return TransactionResult()


def _check_cancellable(context: TransactionContext, visit: VisitRecord) -> None:
    standing = settlements.standing_of_visit(context.connection, visit.institution, visit.number)
    if standing:
        raise TransactionRefusedError("fees_settled", settlement=standing[0].id)
    if fees.has_any(context.connection, visit.id):
        raise TransactionRefusedError("visit_has_fees")


def _check_days(context: TransactionContext, first_day: dt.date, last_day: dt.date | None) -> None:
    for field, day in (("begntime", first_day), ("endtime", last_day)):
        if day is not None and day > context.moment.today:
            raise TransactionRefusedError("visit_day_ahead", field=field)
    if last_day is not None and last_day < first_day:
        raise TransactionRefusedError("visit_backwards")


def _described(context: TransactionContext, visit: VisitRecord) -> VisitRecord:
    """Return a visit with the kind of care and the disease that a request names; the rest stays."""
    med_type, diagnosis = _read_med_type(context), _read_diagnosis(context)
    return visit._replace(med_type=med_type or visit.med_type, diagnosis=diagnosis or visit.diagnosis)


def _read_med_type(context: TransactionContext) -> str | None:
    return as_code(context.fields.text("med_type", most=_LONGEST_CODE))


def _read_diagnosis(context: TransactionContext) -> str | None:
    value = context.fields.text("dise_codg", most=_LONGEST_DIAGNOSIS)
    return value if value is not None and _DISEASE.fullmatch(value) else None


def _hash_of(context: TransactionContext, infno: str, message_id: str) -> str:
    """Return the keyed hash of a message that reports a visit, by its id as it is sent."""
    return context.ledger.key.fingerprint(f"visit {infno} {message_id}")
