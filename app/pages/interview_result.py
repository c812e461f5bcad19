"""The result of the household interview: the benefits by what to do next, and the calendar of their days."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from app.i18n import Language, inner_text, text
from app.i18n.amounts import in_sentence
from app.i18n.sentences import BETWEEN, COLON
from app.pages.interview import Interview
from app.presenters.procedures import procedure_answer
from app.rules.readings import HOUSEHOLD_QUESTIONS
from app.rules.reference.procedures import Procedures
from app.schemas.responses.entitlements import (
    EntitlementAnswer,
    EntitlementsAnswer,
    EntitlementsSummary,
    OtherwiseAnswer,
    TogetherAnswer,
)
from app.schemas.responses.procedures import ProcedureAnswer

ON_APPLICATION = {"health.home_bed"}
"""Benefits that are given on application, for which the text names no procedure."""


FIXED_READINGS = ("R10", "R29", "R30")
"""The readings of a household's benefits that cannot be switched."""


class SharedEntitlement(NamedTuple):
    """A benefit that several members may claim alike; no members where it is the household's."""

    entitlement: EntitlementAnswer
    members: list[str]
    readings: Sequence[str] = ()
    """What other readings would give, in words."""


class Application(NamedTuple):
    """A procedure, and the benefits that are claimed by it."""

    procedure: ProcedureAnswer
    benefits: list[SharedEntitlement]


class RuledOut(NamedTuple):
    """A benefit that several members may not claim, for the same reasons."""

    name: str
    reasons: Sequence[str]
    members: list[str]
    readings: Sequence[str]
    """What other readings would give, in words."""


class Undecided(NamedTuple):
    """A benefit that some missing fact decides."""

    entitlement: EntitlementAnswer
    readings: Sequence[str]
    """What other readings would give, in words."""


class Groups(NamedTuple):
    """The benefits of a household by what to do next."""

    by_itself: Sequence[SharedEntitlement]
    services: Sequence[SharedEntitlement]
    on_application: Sequence[SharedEntitlement]
    to_apply: Sequence[Application]
    undecided: Sequence[Undecided]
    ruled_out: Sequence[RuledOut]
    summary: EntitlementsSummary


class DatedEvent(NamedTuple):
    """A day (ISO), what is due on it in words, and a key that no other event of the household has."""

    day: str
    words: str
    key: str


def grouped(answer: EntitlementsAnswer, procedures: Procedures, language: Language) -> Groups:
    """Group the benefits of an answer by what to do next."""
    entitled = _shared((each for each in answer["entitlements"] if each["status"] == "entitled"), language)
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
        undecided=[
            Undecided(each, readings_in_words(each, language))
            for each in answer["entitlements"]
            if each["status"] == "undecided"
        ],
        ruled_out=_ruled_out((each for each in answer["entitlements"] if each["status"] == "not_entitled"), language),
        summary=answer["summary"],
    )


def readings_in_words(entitlement: EntitlementAnswer, language: Language) -> list[str]:
    """Say what other readings would give, a sentence for each reading and one for those that change it together."""
    said: list[str] = []
    for each in entitlement["readings"]:
        reading = each["reading"]
        others = [
            text("household_page", "reading_other", language).format(
                value=inner_text("readings", reading, other["value"], language), result=_result(other, language)
            )
            for other in each["otherwise"]
        ]
        said.append(
            text("household_page", "reading_otherwise", language).format(
                question=text("readings", reading, language),
                taken=inner_text("readings", reading, each["taken"], language),
                others=BETWEEN[language].join(others),
            )
        )
    for both in entitlement.get("together", ()):
        values = [inner_text("readings", reading, value, language) for reading, value in both["values"].items()]
        words = text("household_page", "reading_together", language)
        said.append(words.format(values=BETWEEN[language].join(values), result=_result(both, language)))
    if said and entitlement["status"] != "entitled":
        said.append(text("household_page", "reading_ask", language))
    return said


def readings_tried(language: Language) -> str:
    """Say how many readings were tried, and which cannot be switched."""
    fixed = [text("fixed_readings", each, language) + _in_brackets(each, language) for each in FIXED_READINGS]
    words = text("household_page", "readings_tried", language)
    return words.format(tried=len(HOUSEHOLD_QUESTIONS), fixed=BETWEEN[language].join(fixed))


def _in_brackets(words: str, language: Language) -> str:
    return f"（{words}）" if language == "zh" else f" ({words})"


def _result(outcome: OtherwiseAnswer | TogetherAnswer, language: Language) -> str:
    if outcome["amount"] is None or outcome["per"] is None:
        return text("household_page", f"result_{outcome['status']}", language)
    per = text("household_page", f"per_{outcome['per']}", language)
    return text("household_page", "result_of_amount", language).format(
        amount=in_sentence(outcome["amount"], language), per=per
    )


def dates(answer: EntitlementsAnswer, procedures: Procedures, language: Language) -> list[DatedEvent]:
    """List the days of payment, and the next deadline of each application, in the order of time."""
    events = []
    for each in answer["entitlements"]:
        member = _in_brackets(each["member"], language) if each["member"] else ""
        for payment in each["payments"] if each["status"] == "entitled" else ():
            amount = text("notices_page", "yuan", language).format(amount=in_sentence(payment["amount"], language))
            key = f"{each['benefit']} {each['member']} {payment['by']}"
            events.append(DatedEvent(payment["by"], f"{each['name']}{member}{COLON[language]}{amount}", key))
    as_of = answer["as_of"]
    year = int(as_of[:4])
    for application in grouped(answer, procedures, language).to_apply:
        procedure = application.procedure
        for number, deadline in enumerate(procedure["deadlines"]):
            this_year = f"{year}-{deadline['month_day']}"
            day = this_year if this_year >= as_of else f"{year + 1}-{deadline['month_day']}"
            words = f"{procedure['name']}{COLON[language]}{deadline['what']}"
            events.append(DatedEvent(day, words, f"{procedure['procedure']} {number} {day}"))
    return sorted(events)


def calendar(events: Iterable[DatedEvent], interview: Interview) -> bytes:
    """Write events as a calendar (RFC 5545). An event keeps its id in every later calendar of the same interview."""
    from icalendar import Calendar, Event  # noqa: PLC0415 - no other page needs it

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


def _shared(entitled: Iterable[EntitlementAnswer], language: Language) -> list[SharedEntitlement]:
    """Put entitlements together that differ in the member only."""
    groups: list[SharedEntitlement] = []
    for each in entitled:
        alike: EntitlementAnswer = {**each, "member": None}
        group = next((group for group in groups if group.entitlement == alike), None)
        if group is None:
            group = SharedEntitlement(alike, [], readings_in_words(each, language))
            groups.append(group)
        if each["member"]:
            group.members.append(each["member"])
    return groups


def _ruled_out(entitlements: Iterable[EntitlementAnswer], language: Language) -> list[RuledOut]:
    """Put benefits together that several members may not claim for the same reasons, by the same readings."""
    groups: dict[tuple[str, ...], RuledOut] = {}
    for each in entitlements:
        readings = readings_in_words(each, language)
        key = (each["name"], *each["reasons"], *readings)
        group = groups.setdefault(key, RuledOut(each["name"], each["reasons"], [], readings))
        if each["member"]:
            group.members.append(each["member"])
    return list(groups.values())
