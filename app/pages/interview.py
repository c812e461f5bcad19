"""The household interview: what is known so far, the next question that still decides something, and what came of it.

All that was said travels with the page in one field and is kept nowhere else.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import orjson
from pydantic import TypeAdapter, ValidationError

from app.i18n import Language, text, wording
from app.pages.forms import errors_in
from app.presenters.entitlements import AssessedRequest, EntitlementPresenter
from app.schemas.requests.entitlements import EntitlementsRequest

Json = dict[str, Any]
Kind = Literal["yes_no", "day", "money", "year", "choice"]

CHOICES: dict[str, tuple[str, ...]] = {
    "disability": ("none", "ordinary", "severe"),
    "student": (
        "none",
        "primary",
        "junior_high",
        "senior_high",
        "university",
        "vocational_secondary",
        "vocational_higher",
    ),
    "student.stage": (
        "primary",
        "junior_high",
        "senior_high",
        "university",
        "vocational_secondary",
        "vocational_higher",
    ),
    "loan": ("none", "yes"),
    "relocation": ("none", "registered", "along"),
    "relocation.kind": ("registered", "along"),
}
"""Facts that are chosen, and from what."""

KINDS: dict[str, Kind] = {
    "annual_net_income": "money",
    "birth_date": "day",
    "loan.principal": "money",
    "loan.from": "day",
    "loan.to": "day",
    "student.entered_university_in": "year",
    **dict.fromkeys(CHOICES, "choice"),
}
"""How a fact is answered; all others by yes or no."""


_OBJECTS = {"student": "stage", "loan": "principal", "relocation": "kind"}
"""Facts that are an object where there is something, and what of it the choice says."""

_QUESTION = re.compile(r"/household(?:/members/([0-9]{1,2}))?/[a-z_]+(?:/[a-z_]+)?", re.ASCII)

LARGEST = 60_000
"""Characters that what was said may have."""

_REQUEST: TypeAdapter[EntitlementsRequest] = TypeAdapter(EntitlementsRequest)


class Interview(NamedTuple):
    """What was said: the facts in the shape of the request, and the questions that nobody could answer."""

    facts: Json
    skipped: list[str]
    id: str = ""
    """What tells the events of this household's calendar from another's; it says nothing else."""
    reached: int = 0
    """How far the interview has come, per cent: what an answer opens does not take that back."""

    def written(self) -> str:
        """Write it into the field that travels with the page."""
        return orjson.dumps(self._asdict()).decode()


class AnsweredFact(NamedTuple):
    """A fact that was said, for looking it over: where it stands, its name, and what was said."""

    pointer: str
    name: str
    value: str


def read(written: str) -> Interview | None:
    """Read what travelled with the page; None where it is not what this page wrote."""
    try:
        told = orjson.loads(written[:LARGEST])
        skipped = [str(each) for each in told["skipped"]]
        interview = Interview(
            told["facts"], skipped, str(told.get("id", ""))[:40], min(max(int(told.get("reached", 0)), 0), 100)
        )
        checked(interview.facts)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return None
    return interview


def begun(as_of: str, registration: str, members: Sequence[str]) -> Json:
    """Begin with the day, the status and who the members are."""
    return {"as_of": as_of, "household": {"registration": registration, "members": [{"id": each} for each in members]}}


def begun_as(interview: Interview) -> Json:
    """Return the first page's fields as they stand, for changing them."""
    household = interview.facts["household"]
    members = "\n".join(member["id"] for member in household["members"])
    told = {"as_of": interview.facts["as_of"], "registration": household["registration"], "members": members}
    return {**told, "before": interview.written()}


def with_members(before: Interview, facts: Json) -> Interview:
    """Carry what was said over to another day, status or other members; what was said of who is gone, goes."""
    old, household = before.facts["household"], facts["household"]
    own = {member["id"]: member for member in old["members"]}
    told = {name: value for name, value in old.items() if name not in {"registration", "members"}}
    members = [own.get(member["id"], member) for member in household["members"]]
    skipped = [each for each in before.skipped if "/members/" not in each]
    return before._replace(facts={**facts, "household": {**told, **household, "members": members}}, skipped=skipped)


def passed_over(interview: Interview, pointer: str) -> Interview:
    """Take down that nobody knows the answer to a question, whatever was said before."""
    cleared, _ = with_answer(interview, pointer, "")
    return cleared._replace(skipped=[*cleared.skipped, pointer])


def typed_at(facts: Json, pointer: str) -> str:
    """Return what was said at a pointer as the question's form would have it; nothing where nothing was said."""
    value: Any = facts
    for step in pointer.strip("/").split("/"):
        if isinstance(value, list):
            value = value[int(step)] if step.isdigit() and int(step) < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    fact = fact_at(pointer)
    if isinstance(value, dict):
        return _chosen(fact, value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def checked(facts: Json) -> EntitlementsRequest:
    """Validate what was said. ValidationError."""
    return _REQUEST.validate_python(facts)


def with_answer(interview: Interview, pointer: str, said: str) -> tuple[Interview, str | None]:
    """Take an answer down; what is wrong with it in words where it cannot be taken. LookupError for no question."""
    facts = orjson.loads(orjson.dumps(interview.facts))
    place, last = _place(facts, pointer)
    if place is None:
        raise LookupError(pointer)
    was, value = place.get(last), _value(fact_at(pointer), said.strip())
    place[last] = {**was, **value} if isinstance(was, dict) and isinstance(value, dict) else value
    try:
        checked(facts)
    except ValidationError as error:
        return interview, errors_in(error)[0].message
    return interview._replace(facts=facts, skipped=[each for each in interview.skipped if each != pointer]), None


def fact_at(pointer: str) -> str:
    """Return which fact stands at a pointer: /household/members/0/student/stage is student.stage."""
    steps = [step for step in pointer.split("/") if step and not step.isdigit()]
    return ".".join(step for step in steps if step not in {"household", "members"})


def is_asked(facts: Json, pointer: str) -> bool:
    """Whether a question stands at a pointer: a fact of the household or of one of its members."""
    found = _QUESTION.fullmatch(pointer)
    if found is None or fact_at(pointer) not in wording("facts"):
        return False
    return found[1] is None or int(found[1]) < len(facts["household"]["members"])


def answer(answers: EntitlementPresenter, facts: Json, language: Language) -> Json:
    """Ask the service what the household may claim, as the API does."""
    asked = checked(facts)
    household = asked.household
    ids = [member.id for member in household.members]
    found = answers.answer(AssessedRequest(household.to_facts(), ids, asked.as_of), False, language)
    told: Json = orjson.loads(orjson.dumps(found))
    return told


def still_asked(told: Json, interview: Interview) -> list[Json]:
    """List the questions that still decide something and that nobody has passed over."""
    return [each for each in told["questions"] if each["pointer"] not in interview.skipped]


def said_so_far(facts: Json, language: Language) -> list[AnsweredFact]:
    """List every fact that was said, in the order of the household and its members."""
    household = facts["household"]
    found = _said(
        "/household", {k: v for k, v in household.items() if k not in {"registration", "members"}}, "", language
    )
    for number, member in enumerate(household["members"]):
        own = {name: value for name, value in member.items() if name != "id"}
        found += _said(f"/household/members/{number}", own, member["id"], language)
    return found


def _place(facts: Json, pointer: str) -> tuple[Json | None, str]:
    """Find where a fact is to be put down; None where there is no such place."""
    *path, last = pointer.strip("/").split("/")
    place: Any = facts
    for step in path:
        if isinstance(place, list):
            place = place[int(step)] if step.isdigit() and int(step) < len(place) else None
        elif isinstance(place, dict):
            if not isinstance(place.get(step), (dict, list)):
                place[step] = {}
            place = place[step]
    return (place if isinstance(place, dict) else None), last


def _value(fact: str, said: str) -> Any:
    kind = KINDS.get(fact, "yes_no")
    if not said:
        return None
    if kind == "yes_no":
        return {"yes": True, "no": False}.get(said, said)
    if kind == "year":
        return int(said) if said.isascii() and said.isdigit() and len(said) < 5 else said
    if fact in _OBJECTS and said != "none":
        return {} if said == "yes" else {_OBJECTS[fact]: said}
    return said


def _said(
    pointer: str, facts: Mapping[str, Any], member: str, language: Language, prefix: str = ""
) -> list[AnsweredFact]:
    found: list[AnsweredFact] = []
    for name, value in facts.items():
        fact = f"{prefix}{name}"
        if value is None or fact not in wording("facts"):
            continue
        names: Any = wording("facts")[fact]["name"]
        label = f"{member}: {names[language]}" if member else str(names[language])
        if not isinstance(value, dict):
            found.append(AnsweredFact(f"{pointer}/{name}", label, _in_words(fact, value, language)))
            continue
        rest, chosen = dict(value), _chosen(fact, value)
        if chosen:
            # Said at the fact itself, where it can be taken back as well.
            found.append(AnsweredFact(f"{pointer}/{name}", label, choice_in_words(fact, chosen, language)))
            rest.pop(_OBJECTS[fact] if chosen != "yes" else "", None)
        found += _said(f"{pointer}/{name}", rest, member, language, f"{fact}.")
    return found


def _chosen(fact: str, value: Mapping[str, Any]) -> str:
    """Return which choice an object stands for; nothing where it does not say."""
    return "yes" if fact == "loan" else str(value.get(_OBJECTS.get(fact, "")) or "")


def _in_words(fact: str, value: Any, language: Language) -> str:
    if isinstance(value, bool):
        return text("household_page", "said_yes" if value else "said_no", language)
    if fact in CHOICES or value == "none":
        return choice_in_words(fact, str(value), language)
    return str(value)


def choice_in_words(fact: str, value: str, language: Language) -> str:
    """Write a choice in words."""
    if value in wording("stages"):
        return text("stages", value, language)
    return text("household_page", f"{fact.partition('.')[0]}_{value}", language)
