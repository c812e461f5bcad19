"""1101, 5203 and 5206 look up. None of them writes."""

import datetime as dt
from calendar import monthrange
from typing import NamedTuple

import orjson

from app.db.ledger import accounts, messages, persons, settlements
from app.db.ledger.messages import V1
from app.db.ledger.persons import REGISTRATIONS, DatedStatus
from app.db.ledger.reads import Reading
from app.db.ledger.records import SettlementRecord
from app.db.ledger.standing import standing_until
from app.db.visits import visits
from app.ledger.balances import add_share
from app.national.codes import ADMISSIONS, GUARANTEE_PAID, LAYER_MEASURES
from app.national.context import TransactionContext, TransactionResult
from app.national.corrections import correction_warnings
from app.national.identity import placeholder
from app.national.setlinfo import FIELDS, Statement, write_amount, write_statement
from app.national.stored_answers import check_belongs, find_booking, statement_of
from app.national.texts import TransactionRefusedError, ledger_warning, say
from app.rules.reimbursement.year import YearToDate

_PAID_AT_THE_INSTITUTION = "2"
"""pay_loc of a settlement that the institution makes with the patient."""

_DAY_BEGINS, _DAY_ENDS = "00:00:00", "23:59:59"
_NO_END = "2099-12-31"
"""The last day of an identity that has none: hospitals' systems compare with it."""


class _YearSums(NamedTuple):
    """What 5206 tells of a person's year. The guarantee in fen."""

    to_date: YearToDate
    guarantee: int


def look_up_person(context: TransactionContext) -> TransactionResult:
    """1101: look a person up in the register, and give back who the request says it is."""
    person = context.person
    if person.is_nobody:
        raise TransactionRefusedError("person_nobody")
    number = person.identified.id
    statuses = [] if number is None else persons.statuses_of(context.connection, number)
    identities = {each: context.codes.identity_of(each.status) for each in statuses if _is_identity(each)}
    unlisted = [each for each in statuses if not identities.get(each) and each.status != "none"]
    warnings = [*_person_warnings(context), *([] if statuses else [ledger_warning("person_unknown")])]
    if number is None and person.given.is_certificate:
        warnings.append(say("warnings", "by_certificate"))
    if not all(identities.values()):
        warnings.append(say("warnings", "identity_without_code"))
    day = context.moment.today
    output = {
        "baseinfo": {
            **{name: placeholder(name) for name in ("psn_no", "psn_cert_type", "certno", "psn_name", "gend")},
            "naty": "",
            "brdy": placeholder("brdy"),
            "age": placeholder("age", day),
            "expContent": "；".join(map(_describe_status, unlisted)),
        },
        "insuinfo": [_write_insurance(context)],
        "idetinfo": [_write_identity(each, code) for each, code in identities.items() if code],
    }
    return TransactionResult(output, tuple(warnings))


def look_up_settlement(context: TransactionContext) -> TransactionResult:
    """5203: show a settlement with its amounts now, or a cancellation, by its number or by the msgid that made it."""
    booking = _find_shown(context)
    visit_id = context.fields.identifier("mdtrt_id")
    infno, statement = statement_of(context, booking)
    if visit_id is not None:
        # What is stored of a private id is not the id; whoever names it has it again.
        statement = statement._replace(texts={**statement.texts, "mdtrt_id": visit_id})
    output = write_statement(statement, infno)
    output["setlinfo"] |= _settled_where_and_when(context, booking, statement)
    return TransactionResult(output, correction_warnings(context, booking))


def sum_up_year(context: TransactionContext) -> TransactionResult:
    """5206: sum up a person's insurance year so far; with cum_ym, up to the end of that month of service."""
    requested = context.fields.month("cum_ym")
    month = requested or context.moment.today
    person = context.person_id
    sums = _YearSums(YearToDate(), 0) if person is None else _sum_year(context, person, requested)
    codes = context.codes
    row = {"insutype": codes.person.insurance, "year": str(month.year), "cum_ym": f"{month:%Y%m}"}
    rows = [
        {**row, "cum_type_code": code, "cum": _measure(sums, measure)} for measure, code in codes.accumulators.items()
    ]
    warnings = _person_warnings(context)
    if person is None:
        warnings.append(ledger_warning("person_unknown"))
    return TransactionResult({"cuminfo": rows}, tuple(warnings))


def person_read(context: TransactionContext) -> Reading:
    """1101: the person of the number is looked up, known or not."""
    return Reading("person", context.person.found.number)


def account_read(context: TransactionContext) -> Reading:
    """5206: the account of the person's year is looked up."""
    month = context.fields.month("cum_ym") or context.moment.today
    return Reading("account", context.person.found.number, month.year)


def trial_read(context: TransactionContext) -> Reading:
    """2206, 2303: a trial shows what the person would be paid."""
    return Reading("trial", context.person.found.number)


def settlement_read(context: TransactionContext) -> Reading:
    """5203: a settlement or a cancellation is shown."""
    return Reading("settlement", settlement_id=_find_shown(context).id)


def _settled_where_and_when(
    context: TransactionContext, booking: SettlementRecord, statement: Statement
) -> dict[str, object]:
    """Return what 5203 tells beside the fields of the settlement."""
    visit = visits.find(context.connection, booking.institution, booking.visit_id)
    patient = statement.amounts["medfee_sumamt"] - statement.amounts["fund_pay_sumamt"]
    return {
        "refd_setl_flag": "1" if booking.kind == "reversal" or booking.reversed_by else "0",
        "psn_pay": write_amount(patient),
        "cash_payamt": write_amount(patient - statement.amounts["acct_pay"]),
        "begndate": str(booking.service_date if visit is None else visit.first_day),
        "enddate": str(booking.service_date),
        "year": str(booking.year),
        "pay_loc": _PAID_AT_THE_INSTITUTION,
        "fixmedins_code": booking.institution,
        "fixmedins_name": context.institution.name,
    }


def _find_shown(context: TransactionContext) -> SettlementRecord:
    """Find the booking that 5203 asks for. TransactionRefusedError."""
    setl_id = context.fields.identifier("setl_id")
    message_id = context.fields.identifier("medins_setl_id")
    if setl_id is None and message_id is not None:
        stored_id = context.ledger.key.stored_id(message_id)
        stored = (
            messages.find(context.connection, context.institution.code, interface, stored_id)
            for interface in (*FIELDS, V1)
        )
        setl_id = next((str(each.settlement_id) for each in stored if each is not None and each.settlement_id), "0")
    booking = find_booking(context, setl_id or context.fields.required_identifier("setl_id"))
    check_belongs(context, booking, context.fields.identifier("mdtrt_id"))
    return booking


def _person_warnings(context: TransactionContext) -> list[str]:
    """Say what is to be said of the person who is meant."""
    twice = context.person.identified.stands_twice
    return [*context.person.warnings, *([ledger_warning("person_twice")] if twice else [])]


def _is_identity(dated: DatedStatus) -> bool:
    return dated.status in REGISTRATIONS and dated.status != "none"


def _sum_year(context: TransactionContext, person: int, month: dt.date | None) -> _YearSums:
    """Sum up a person's year: so far, from the account; up to the end of a month, from the settlements that stand."""
    connection = context.connection
    if month is None:
        year = context.moment.today.year
        # The account holds the layers alone: the guarantee is added up from the settlements that stand.
        guarantee = settlements.standing_sums(connection, person, year).amounts.guarantee
        return _YearSums(accounts.find(connection, person, year).to_date, guarantee)
    last_day = month.replace(day=monthrange(month.year, month.month)[1])
    to_date, guarantee = YearToDate(), 0
    for each in standing_until(connection, person, month.year, last_day):
        add_share(to_date, each.year_share, 1)
        guarantee += each.amounts.guarantee
    return _YearSums(to_date, guarantee)


def _measure(sums: _YearSums, measure: str) -> int | orjson.Fragment:
    """Return a measure of a person's year: the number of admissions, or an amount."""
    if measure == ADMISSIONS:
        return sums.to_date.admissions
    if measure == GUARANTEE_PAID:
        return write_amount(sums.guarantee)
    layer, kind = LAYER_MEASURES[measure]
    return write_amount(sums.to_date.counted[layer] if kind == "base" else sums.to_date.paid[layer])


def _write_insurance(context: TransactionContext) -> dict[str, object]:
    defaults = context.codes.person
    return {
        "balc": write_amount(0),
        "insutype": defaults.insurance,
        "psn_type": defaults.category,
        "psn_insu_stas": defaults.state,
        **dict.fromkeys(("psn_insu_date", "paus_insu_date"), None),
        "cvlserv_flag": "0",
        "insuplc_admdvs": context.request.insurance_division or context.codes.division,
        "emp_name": "",
    }


def _write_identity(dated: DatedStatus, code: str) -> dict[str, str]:
    return {
        "psn_idet_type": code,
        "psn_type_lv": "",
        "memo": say("register", dated.status),
        "begntime": f"{dated.first_day} {_DAY_BEGINS}",
        "endtime": f"{dated.last_day or _NO_END} {_DAY_ENDS}",
    }


def _describe_status(dated: DatedStatus) -> str:
    status = say("register", dated.status)
    if dated.last_day is None:
        return say("register", "from_on", status=status, first_day=dated.first_day)
    return say("register", "from_until", status=status, first_day=dated.first_day, last_day=dated.last_day)
