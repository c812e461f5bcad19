"""9001, 1101, 5203, 5206, 3201: signing in, looking up, reconciling. None of them writes."""

import secrets
from collections.abc import Callable
from typing import Any

from app.db.ledger import accounts, messages, persons, settlements
from app.db.ledger.messages import V1
from app.db.ledger.persons import REGISTRATIONS, DatedStatus
from app.national.codes import GUARANTEED
from app.national.context import TransactionContext, TransactionResult
from app.national.envelope import PERSON
from app.national.fields import LETTERS_AND_DIGITS, LONGEST_ID
from app.national.setlinfo import FIELDS, amount, amount_in_words, moment_in_words, on_the_wire
from app.national.stored_answers import check_whose, find, output_of
from app.national.texts import TransactionRefusedError, person_unknown, say
from app.rules.reimbursement.bill import Kind
from app.rules.reimbursement.year import YearToDate

Json = dict[str, Any]

_BEGINS, _ENDS = "00:00:00", "23:59:59"
_NO_END = "2099-12-31"
"""What stands for the last day of an identity that holds: systems compare with it."""

_VOLATILE = "01"
"""The certificate type whose number is another every time: the electronic voucher's token."""

_LONGEST_CERTIFICATE = 50


def sign_in(call: TransactionContext) -> TransactionResult:
    """9001: begin the day; the number is for the envelope and is asked of nobody."""
    at = moment_in_words(call.moment.at)
    return TransactionResult(
        {"signinoutb": {"sign_no": f"{call.moment.today:%Y%m%d}{secrets.token_hex(8)}", "sign_time": at}}
    )


def person(call: TransactionContext) -> TransactionResult:
    """1101: what the register knows of a person, by the number."""
    number, of_a_person = _number(call)
    known = persons.find(call.connection, call.ledger.key.hashed(number))
    dated = [] if known is None else persons.statuses_of(call.connection, known)
    if not dated and not of_a_person:
        raise TransactionRefusedError("certificate_unknown")
    codes, defaults = call.codes, call.codes.person
    identities = [_identity(call, each) for each in dated if each.status in REGISTRATIONS and each.status != "none"]
    warnings = [] if dated else [person_unknown()]
    if not dated and call.fields.number("psn_no") is None:
        warnings.append(say("warnings", "by_certificate"))
    if any(not row["psn_idet_type"] for row in identities):
        warnings.append(say("warnings", "identity_without_code"))
    others = [_in_words(each) for each in dated if each.status not in REGISTRATIONS]
    return TransactionResult(
        {
            "baseinfo": {
                "psn_no": PERSON,
                **dict.fromkeys(("psn_cert_type", "certno", "psn_name", "gend", "naty"), ""),
                **dict.fromkeys(("brdy", "age"), None),
                "expContent": "；".join(others),
            },
            "insuinfo": [
                {
                    "balc": amount(0),
                    "insutype": defaults.insurance,
                    "psn_type": defaults.category,
                    "psn_insu_stas": defaults.state,
                    **dict.fromkeys(("psn_insu_date", "paus_insu_date"), None),
                    "cvlserv_flag": "0",
                    "insuplc_admdvs": call.request.insured_at or codes.division,
                    "emp_name": "",
                }
            ],
            "idetinfo": identities,
        },
        tuple(warnings),
        person=number,
    )


def settlement(call: TransactionContext) -> TransactionResult:
    """5203: a settlement or cancellation as it was answered, by its number, or by the msgid that made it."""
    setl_id, message_id = call.fields.number("setl_id"), call.fields.number("medins_setl_id")
    if setl_id is None and message_id is not None:
        kept = (messages.find(call.connection, call.institution.code, each, message_id) for each in (*FIELDS, V1))
        setl_id = next((str(each.settlement_id) for each in kept if each is not None and each.settlement_id), "0")
    record = find(call, setl_id or call.fields.required_number("setl_id"))
    check_whose(call, record, call.fields.number("mdtrt_id"))
    interface, output = output_of(call, record)
    told = on_the_wire(output, FIELDS[interface])
    told["setlinfo"]["refd_setl_flag"] = "1" if record.kind == "reversal" or record.reversed_by else "0"
    return TransactionResult(told)


def accumulated(call: TransactionContext) -> TransactionResult:
    """5206: a person's insurance year, as the account holds it."""
    today = call.moment.today
    asked = call.fields.month("cum_ym")
    year, month = asked or (today.year, f"{today:%Y%m}")
    known = call.person_id
    to_date = YearToDate() if known is None else accounts.find(call.connection, known, year).to_date
    codes = call.codes
    row = {"insutype": codes.person.insurance, "year": str(year), "cum_ym": month}
    cumulated = [
        {**row, "cum_type_code": code, "cum": _measured(call, known, to_date, year, measure)}
        for measure, code in codes.accumulators.items()
    ]
    warnings = [] if known is not None else [person_unknown()]
    if asked:
        warnings.append(say("warnings", "year_together"))
    return TransactionResult({"cuminfo": cumulated}, tuple(warnings))


def reconcile(call: TransactionContext) -> TransactionResult:
    """3201: hold an institution's sums over a period against ours, and say by how much they differ."""
    fields = call.fields
    first, last = fields.required_day("stmt_begndate"), fields.required_day("stmt_enddate")
    if first > last:
        raise TransactionRefusedError("period_backwards")
    reversed_ones = fields.choice("refd_setl_flag", ("0", "1"), "0") == "1"
    rows = settlements.totals(
        call.connection, first, last, call.institution.code, cares=_kinds(call), insurance=_insurance(call)
    )
    ours_of_kind = [row for row in rows if row.kind == ("reversal" if reversed_ones else "settlement")]
    total = sum(row.amounts.total for row in ours_of_kind)
    ours = {
        "total": total,
        "funds": total - sum(row.amounts.out_of_pocket for row in ours_of_kind),
        "account": 0,
        "count": sum(row.bookings for row in ours_of_kind),
    }
    theirs = {
        "total": fields.required_money("medfee_sumamt", negative=True),
        "funds": fields.required_money("fund_pay_sumamt", negative=True),
        "account": fields.money("acct_pay", negative=True) or 0,
        "count": fields.required_count("fixmedins_setl_cnt"),
    }
    if reversed_ones and theirs["total"] > 0:
        # Some keep what they cancelled as positive sums.
        theirs = {name: value if name == "count" else -value for name, value in theirs.items()}
    differences = [_difference(name, theirs[name], ours[name]) for name in ours if theirs[name] != ours[name]]
    told = {name: _in_its_unit(name, value) for name, value in ours.items()}
    return TransactionResult(
        {
            "stmtinfo": {
                "setl_optins": fields.number("setl_optins") or call.codes.clearing.office,
                "stmt_rslt": "1" if differences else "0",
                "stmt_rslt_dscr": say("reconciliation", "differs", differences="；".join(differences))
                if differences
                else say("reconciliation", "agrees", **told),
            }
        }
    )


def _number(call: TransactionContext) -> tuple[str, bool]:
    """Return the number to look up, and whether it can be a person's where the register does not know it.

    A certificate's number (mdtrt_cert_no, certno) stands for the person's where that is not given: a county may have
    registered persons by it.
    """
    fields = call.fields
    certificate = fields.text("mdtrt_cert_no", "certno", most=_LONGEST_CERTIFICATE)
    if fields.number("psn_no") is not None or certificate is None:
        return fields.person(), True
    lasts = fields.text("mdtrt_cert_type") != _VOLATILE
    fits = len(certificate) <= LONGEST_ID and LETTERS_AND_DIGITS.fullmatch(certificate) is not None
    return certificate, lasts and fits


def _kinds(call: TransactionContext) -> tuple[Kind, ...] | None:
    """Return the kinds of care that a class of clearing (clr_type) covers; None for all where none is asked for."""
    asked = call.fields.number("clr_type")
    if asked is None:
        return None
    return tuple(kind for kind, code in call.codes.clearing.types.items() if code == asked)


def _insurance(call: TransactionContext) -> tuple[str, bool] | None:
    """Return which kind of insurance is asked for (insutype), and whether it is the one of what names none."""
    asked = call.fields.number("insutype")
    return None if asked is None else (asked, asked == call.codes.person.insurance)


def _difference(name: str, theirs: int, ours: int) -> str:
    words = {"theirs": theirs, "ours": ours, "difference": theirs - ours}
    told = {each: _in_its_unit(name, value) for each, value in words.items()}
    return say("reconciliation", "difference", name=say("reconciliation", name), **told)


def _in_its_unit(name: str, value: int) -> str:
    return str(value) if name == "count" else amount_in_words(value)


def _measured(call: TransactionContext, person: int | None, to_date: YearToDate, year: int, measure: str) -> Any:
    if measure == GUARANTEED:
        # No layer's, so the account does not carry it: added up from what stands.
        return amount(
            0 if person is None else settlements.standing_sums(call.connection, person, year).amounts.guarantee
        )
    layer, _, what = measure.partition(".")
    if not what:
        return to_date.admissions
    by_layer: Callable[[Any], int] = (to_date.counted if what == "base" else to_date.paid).__getitem__
    return amount(by_layer(layer))


def _identity(call: TransactionContext, dated: DatedStatus) -> Json:
    registration = next(each for each in REGISTRATIONS if each == dated.status)
    return {
        "psn_idet_type": call.codes.identity_of(registration) or "",
        "psn_type_lv": "",
        "memo": say("register", dated.status),
        "begntime": f"{dated.first_day} {_BEGINS}",
        "endtime": f"{dated.last_day or _NO_END} {_ENDS}",
    }


def _in_words(dated: DatedStatus) -> str:
    status = say("register", dated.status)
    if dated.last_day is None:
        return say("register", "from_on", status=status, first_day=dated.first_day)
    return say("register", "from_until", status=status, first_day=dated.first_day, last_day=dated.last_day)
