"""1101, 5203 and 5206 look up. None of them writes."""

import orjson

from app.db.ledger import accounts, messages, persons, settlements
from app.db.ledger.messages import V1
from app.db.ledger.persons import REGISTRATIONS, DatedStatus
from app.db.ledger.reads import Reading
from app.db.ledger.records import SettlementRecord
from app.national.codes import ADMISSIONS, GUARANTEE_PAID, LAYER_MEASURES
from app.national.context import TransactionContext, TransactionResult
from app.national.corrections import correction_warnings
from app.national.identity import placeholder
from app.national.setlinfo import FIELDS, write_amount, write_statement
from app.national.stored_answers import check_belongs, find_booking, statement_of
from app.national.texts import TransactionRefusedError, ledger_warning, say
from app.rules.reimbursement.year import YearToDate

_DAY_BEGINS, _DAY_ENDS = "00:00:00", "23:59:59"
_NO_END = "2099-12-31"
"""The last day of an identity that has none: hospitals' systems compare with it."""


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
    output["setlinfo"]["refd_setl_flag"] = "1" if booking.kind == "reversal" or booking.reversed_by else "0"
    return TransactionResult(output, correction_warnings(context, booking))


def sum_up_year(context: TransactionContext) -> TransactionResult:
    """5206: sum up a person's insurance year from the account."""
    today = context.moment.today
    requested = context.fields.month("cum_ym")
    year, month = requested or (today.year, f"{today:%Y%m}")
    person = context.person_id
    to_date = YearToDate() if person is None else accounts.find(context.connection, person, year).to_date
    codes = context.codes
    row = {"insutype": codes.person.insurance, "year": str(year), "cum_ym": month}
    sums = [
        {**row, "cum_type_code": code, "cum": _measure(context, person, to_date, year, measure)}
        for measure, code in codes.accumulators.items()
    ]
    warnings = _person_warnings(context)
    if person is None:
        warnings.append(ledger_warning("person_unknown"))
    if requested:
        warnings.append(say("warnings", "year_together"))
    return TransactionResult({"cuminfo": sums}, tuple(warnings))


def person_read(context: TransactionContext) -> Reading:
    """1101: the person of the number is looked up, known or not."""
    return Reading("person", context.person.found.number)


def account_read(context: TransactionContext) -> Reading:
    """5206: the account of the person's year is looked up."""
    year, _ = context.fields.month("cum_ym") or (context.moment.today.year, "")
    return Reading("account", context.person.found.number, year)


def trial_read(context: TransactionContext) -> Reading:
    """2206, 2303: a trial shows what the person would be paid."""
    return Reading("trial", context.person.found.number)


def settlement_read(context: TransactionContext) -> Reading:
    """5203: a settlement or a cancellation is shown."""
    return Reading("settlement", settlement_id=_find_shown(context).id)


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


def _measure(
    context: TransactionContext, person: int | None, to_date: YearToDate, year: int, measure: str
) -> int | orjson.Fragment:
    """Return a measure of a person's year: the number of admissions, or an amount."""
    if measure == ADMISSIONS:
        return to_date.admissions
    if measure == GUARANTEE_PAID:
        # The account holds the layers alone: the guarantee is added up from the settlements that stand.
        if person is None:
            return write_amount(0)
        return write_amount(settlements.standing_sums(context.connection, person, year).amounts.guarantee)
    layer, kind = LAYER_MEASURES[measure]
    return write_amount(to_date.counted[layer] if kind == "base" else to_date.paid[layer])


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
