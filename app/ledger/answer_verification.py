"""Whether the columns of each settlement say what its stored answers say: part of `anda verify`."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import groupby

import orjson
from sqlalchemy import Connection

from app.clock import instant
from app.db.ledger import corrections, settlements
from app.db.ledger.records import SettlementRecord
from app.errors import NotFoundError
from app.ledger.corrections import corrected
from app.presenters.settlements import year_answer
from app.rules.money import format_yuan
from app.rules.reimbursement.bill import LAYERS
from app.schemas.responses.settlements import SettlementMade

_UNREADABLE = (ValueError, TypeError, KeyError)
"""The errors of an answer that is not one."""


def answer_faults(connection: Connection, numbers: Collection[int] | None = None) -> Iterator[str]:
    """Name every settlement whose columns differ from an answer of it; of some bookings, or of all."""
    number = 0
    try:
        for record in settlements.all_settlements(connection, numbers):
            number = record.id
            if not record.answers:
                yield f"settlement {number}: has no answer"
            for language, answer in record.answers.items():
                differing = _differing(record, answer)
                if differing:
                    yield f"settlement {number}: differs from its answer ({language}) in {', '.join(differing)}"
                    break
    except _UNREADABLE:
        yield f"settlement: one after {number} cannot be read"
    yield from _correction_faults(connection, numbers)


def _correction_faults(connection: Connection, numbers: Collection[int] | None) -> Iterator[str]:
    """Name every correction that does not lead to the amounts of its answers."""
    try:
        for number, group in groupby(corrections.list_all(connection, numbers), key=lambda each: each.corrects or 0):
            settlement, its = settlements.find(connection, number), list(group)
            for at, each in enumerate(its):
                now = corrected(settlement, [*_in_force_at(its[:at], each.made), each])
                differing = [name for answer in each.answers.values() for name in _differing(now, answer)]
                if differing or not each.answers:
                    names = ", ".join(dict.fromkeys(differing)) or "everything"
                    yield f"correction {each.id} of settlement {number}: differs from its answer in {names}"
    except (*_UNREADABLE, NotFoundError):
        yield "correction: not all of them can be read"


def _in_force_at(earlier: Iterable[SettlementRecord], at: dt.datetime) -> Iterator[SettlementRecord]:
    """Return the corrections that were not taken back yet when a later one was made."""
    return (each for each in earlier if each.annulled is None or each.annulled > at)


def _differing(record: SettlementRecord, answer: bytes) -> list[str]:
    """Name what differs between the columns of a settlement and an answer."""
    try:
        stated = _stated(orjson.loads(answer))
    except _UNREADABLE:
        return ["everything"]
    return [name for name, value in _held(record).items() if stated[name] != value]


def _held(record: SettlementRecord) -> Mapping[str, object]:
    amounts = record.amounts
    return {
        "number": record.id,
        "institution": record.institution,
        "service date": record.service_date.isoformat(),
        "instant": instant(record.made),
        "kind of visit": record.care,
        "facility level": record.level,
        "figures": record.fingerprint,
        "total": format_yuan(amounts.total),
        "in-scope cost": format_yuan(amounts.in_scope),
        "layers": {layer: format_yuan(amounts.paid[layer]) for layer in LAYERS},
        "guarantee": format_yuan(amounts.guarantee),
        "lump sums": [format_yuan(amounts.lump_sum)] if amounts.lump_sum else [],
        "out of pocket": format_yuan(amounts.out_of_pocket),
        "year before": None if record.year_before is None else year_answer(record.year_before),
    }


def _stated(answer: SettlementMade) -> Mapping[str, object]:
    reimbursement = answer["reimbursement"]
    guarantee = reimbursement["guarantee"]
    return {
        "number": answer["id"],
        "institution": answer["institution"],
        "service date": answer["service_date"],
        "instant": answer["made"],
        "kind of visit": answer["visit"]["kind"],
        "facility level": answer["visit"]["facility_level"],
        "figures": answer["parameters"]["fingerprint"],
        "total": reimbursement["bill"]["total"],
        "in-scope cost": reimbursement["bill"]["in_scope"],
        "layers": {layer["layer"]: layer["paid"] for layer in reimbursement["layers"]},
        "guarantee": format_yuan(0) if guarantee is None else guarantee["paid"],
        "lump sums": [each["paid"] for each in reimbursement["lump_sums"]],
        "out of pocket": reimbursement["summary"]["out_of_pocket"],
        "year before": answer["year_to_date"]["before"],
    }
