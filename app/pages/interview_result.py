"""The result of the household interview: grouped by what to do next, and the calendar of its days."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import NamedTuple

import orjson
from icalendar import Calendar, Event

from app.i18n import Language, text
from app.pages.interview import Interview, Json
from app.presenters.procedures import procedure_answer
from app.rules.reference.procedures import Procedures

ON_APPLICATION = {"health.home_bed"}
"""Benefits that the text gives to who applies, without saying how."""


def grouped(told: Json, procedures: Procedures, language: Language) -> Json:
    """Group what came of it by what to do next."""
    entitled = _shared([each for each in told["entitlements"] if each["status"] == "entitled"])
    by_procedure: dict[str, list[Json]] = {}
    for each in entitled:
        if each["procedure"]:
            by_procedure.setdefault(each["procedure"], []).append(each)
    names = {str(name): procedure for name, procedure in procedures.items()}
    plain = [each for each in entitled if not each["procedure"] and each["benefit"] not in ON_APPLICATION]
    return {
        "by_itself": [each for each in plain if each["form"] == "cash"],
        "services": [each for each in plain if each["form"] != "cash"],
        "on_application": [each for each in entitled if each["benefit"] in ON_APPLICATION],
        "to_apply": [
            {"procedure": procedure_answer(names[name], language), "benefits": benefits}
            for name, benefits in by_procedure.items()
        ],
        "undecided": [each for each in told["entitlements"] if each["status"] == "undecided"],
        "ruled_out": _together([each for each in told["entitlements"] if each["status"] == "not_entitled"]),
        "summary": told["summary"],
    }


class DatedEvent(NamedTuple):
    """A day to keep in mind, what it is about, and what tells it from the household's other days."""

    day: str
    said: str
    what: str


def dates(told: Json, procedures: Procedures, language: Language) -> list[DatedEvent]:
    """List the pay dates, and the coming deadlines of what is to be applied for, in the order of time."""
    found = []
    for each in told["entitlements"]:
        whom = f" ({each['member']})" if each["member"] else ""
        for payment in each["payments"] if each["status"] == "entitled" else ():
            amount = text("notices_page", "yuan", language).format(amount=payment["amount"])
            what = f"{each['benefit']} {each['member']} {payment['by']}"
            found.append(DatedEvent(payment["by"], f"{each['name']}{whom}: {amount}", what))
    year = int(told["as_of"][:4])
    for group in grouped(told, procedures, language)["to_apply"]:
        procedure = group["procedure"]
        for number, deadline in enumerate(procedure["deadlines"]):
            this_year = f"{year}-{deadline['month_day']}"
            day = this_year if this_year >= told["as_of"] else f"{year + 1}-{deadline['month_day']}"
            said = f"{procedure['name']}: {deadline['what']}"
            found.append(DatedEvent(day, said, f"{procedure['procedure']} {number} {day}"))
    return sorted(found)


def calendar(days: Sequence[DatedEvent], interview: Interview) -> bytes:
    """Write days as a calendar (RFC 5545). Of one household an event is the same one in every later calendar."""
    made = Calendar()
    made.add("prodid", "-//Anda//household//ZH")
    made.add("version", "2.0")
    as_of = dt.date.fromisoformat(interview.facts["as_of"])
    for day, said, what in days:
        event = Event()
        event.add("uid", f"{uuid.uuid5(uuid.NAMESPACE_OID, f'{interview.id} {what}')}@anda")
        event.add("dtstamp", dt.datetime.combine(as_of, dt.time(), dt.UTC))
        event.add("dtstart", dt.date.fromisoformat(day))
        event.add("summary", said)
        made.add_component(event)
    written: bytes = made.to_ical()
    return written


def _shared(entitled: list[Json]) -> list[Json]:
    """Say once what several members may claim alike."""
    found: dict[str, Json] = {}
    for each in entitled:
        alike = {name: value for name, value in each.items() if name != "member"}
        entry = found.setdefault(orjson.dumps(alike).decode(), {**alike, "members": []})
        if each["member"]:
            entry["members"].append(each["member"])
    return list(found.values())


def _together(refused: list[Json]) -> list[Json]:
    """Say once what is refused to several members for the same reasons."""
    found: dict[tuple[str, ...], Json] = {}
    for each in refused:
        key = (each["name"], *each["reasons"])
        entry = found.setdefault(key, {"name": each["name"], "reasons": each["reasons"], "members": []})
        if each["member"]:
            entry["members"].append(each["member"])
    return list(found.values())
