"""The result of the household interview: the benefits by what to do next, and the calendar of their days."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from icalendar import Calendar, Event

from app.i18n import Language, text
from app.i18n.amounts import in_sentence
from app.pages.interview import Interview
from app.presenters.procedures import procedure_answer
from app.rules.reference.procedures import Procedures
from app.schemas.responses.entitlements import EntitlementAnswer, EntitlementsAnswer, EntitlementsSummary
from app.schemas.responses.procedures import ProcedureAnswer

ON_APPLICATION = {"health.home_bed"}
"""Benefits that are given on application, for which the text names no procedure."""


class SharedEntitlement(NamedTuple):
    """A benefit that several members may claim alike; no members where it is the household's."""

    entitlement: EntitlementAnswer
    members: list[str]


class Application(NamedTuple):
    """A procedure, and the benefits that are claimed by it."""

    procedure: ProcedureAnswer
    benefits: list[SharedEntitlement]


class RuledOut(NamedTuple):
    """A benefit that several members may not claim, for the same reasons."""

    name: str
    reasons: Sequence[str]
    members: list[str]


class Groups(NamedTuple):
    """The benefits of a household by what to do next."""

    by_itself: Sequence[SharedEntitlement]
    services: Sequence[SharedEntitlement]
    on_application: Sequence[SharedEntitlement]
    to_apply: Sequence[Application]
    undecided: Sequence[EntitlementAnswer]
    ruled_out: Sequence[RuledOut]
    summary: EntitlementsSummary


class DatedEvent(NamedTuple):
    """A day (ISO), what is due on it in words, and a key that no other event of the household has."""

    day: str
    words: str
    key: str


def grouped(answer: EntitlementsAnswer, procedures: Procedures, language: Language) -> Groups:
    """Group the benefits of an answer by what to do next."""
    entitled = _shared(each for each in answer["entitlements"] if each["status"] == "entitled")
    plain = [
        each
        for each in entitled
        if not each.entitlement["procedure"] and each.entitlement["benefit"] not in ON_APPLICATION
    ]
    return Groups(
        by_itself=[each for each in plain if each.entitlement["form"] == "cash"],
        services=[each for each in plain if each.entitlement["form"] != "cash"],
        on_application=[each for each in entitled if each.entitlement["benefit"] in ON_APPLICATION],
        to_apply=_applications(entitled, procedures, language),
        undecided=[each for each in answer["entitlements"] if each["status"] == "undecided"],
        ruled_out=_ruled_out(each for each in answer["entitlements"] if each["status"] == "not_entitled"),
        summary=answer["summary"],
    )


def dates(answer: EntitlementsAnswer, procedures: Procedures, language: Language) -> list[DatedEvent]:
    """List the days of payment, and the next deadline of each application, in the order of time."""
    events = []
    for each in answer["entitlements"]:
        member = f" ({each['member']})" if each["member"] else ""
        for payment in each["payments"] if each["status"] == "entitled" else ():
            amount = text("notices_page", "yuan", language).format(amount=in_sentence(payment["amount"], language))
            key = f"{each['benefit']} {each['member']} {payment['by']}"
            events.append(DatedEvent(payment["by"], f"{each['name']}{member}: {amount}", key))
    as_of = answer["as_of"]
    year = int(as_of[:4])
    for application in grouped(answer, procedures, language).to_apply:
        procedure = application.procedure
        for number, deadline in enumerate(procedure["deadlines"]):
            this_year = f"{year}-{deadline['month_day']}"
            day = this_year if this_year >= as_of else f"{year + 1}-{deadline['month_day']}"
            words = f"{procedure['name']}: {deadline['what']}"
            events.append(DatedEvent(day, words, f"{procedure['procedure']} {number} {day}"))
    return sorted(events)


def calendar(events: Iterable[DatedEvent], interview: Interview) -> bytes:
    """Write events as a calendar (RFC 5545). An event keeps its id in every later calendar of the same interview."""
    result = Calendar()
    result.add("prodid", "-//Anda//household//ZH")
    result.add("version", "2.0")
    as_of = dt.date.fromisoformat(interview.as_of)
    for day, words, key in events:
        event = Event()
        event.add("uid", f"{uuid.uuid5(uuid.NAMESPACE_OID, f'{interview.id} {key}')}@anda")
        event.add("dtstamp", dt.datetime.combine(as_of, dt.time(), dt.UTC))
        event.add("dtstart", dt.date.fromisoformat(day))
        event.add("summary", words)
        result.add_component(event)
    return bytes(result.to_ical())


def _applications(
    entitled: Iterable[SharedEntitlement], procedures: Procedures, language: Language
) -> list[Application]:
    by_procedure: dict[str, list[SharedEntitlement]] = {}
    for each in entitled:
        if each.entitlement["procedure"]:
            by_procedure.setdefault(each.entitlement["procedure"], []).append(each)
    by_name = {str(name): procedure for name, procedure in procedures.items()}
    return [Application(procedure_answer(by_name[name], language), benefits) for name, benefits in by_procedure.items()]


def _shared(entitled: Iterable[EntitlementAnswer]) -> list[SharedEntitlement]:
    """Put entitlements together that differ in the member only."""
    groups: list[SharedEntitlement] = []
    for each in entitled:
        alike: EntitlementAnswer = {**each, "member": None}
        group = next((group for group in groups if group.entitlement == alike), None)
        if group is None:
            group = SharedEntitlement(alike, [])
            groups.append(group)
        if each["member"]:
            group.members.append(each["member"])
    return groups


def _ruled_out(entitlements: Iterable[EntitlementAnswer]) -> list[RuledOut]:
    """Put benefits together that several members may not claim for the same reasons."""
    groups: dict[tuple[str, ...], RuledOut] = {}
    for each in entitlements:
        group = groups.setdefault((each["name"], *each["reasons"]), RuledOut(each["name"], each["reasons"], []))
        if each["member"]:
            group.members.append(each["member"])
    return list(groups.values())
