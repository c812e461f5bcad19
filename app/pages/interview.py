"""The household interview: the answers so far, and the questions that still decide something.

A hidden field of the page carries all answers. They are stored nowhere else.
"""

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Literal, NamedTuple, TypeAlias

import orjson
from pydantic import JsonValue, TypeAdapter, ValidationError

from app.i18n import Language, inner_text, text, wording
from app.i18n.amounts import format_amount
from app.i18n.sentences import COLON
from app.pages.forms import errors_in
from app.presenters.entitlements import AssessedRequest, EntitlementPresenter
from app.rules.money import parse_yuan
from app.schemas.requests.entitlements import EntitlementsRequest
from app.schemas.responses.entitlements import EntitlementsAnswer, QuestionAnswer

Facts: TypeAlias = dict[str, JsonValue]
"""The answers in the shape of the request. They come back with each page and are validated then."""
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
    "relocation.arrangement": ("concentrated", "scattered", "self_arranged"),
    "county": (),
}
"""Facts that are one of some values, and these values; those of the county are told by their names."""

KINDS: dict[str, Kind] = {
    "annual_net_income": "money",
    "birth_date": "day",
    "loan.principal": "money",
    "loan.from": "day",
    "loan.to": "day",
    "student.entered_university_in": "year",
    **dict.fromkeys(CHOICES, "choice"),
}
"""How a fact is answered; all others are answered by yes or no."""

_OBJECTS = {"student": "stage", "loan": "principal", "relocation": "kind"}
"""Facts that are an object unless they are absent, and the field of the object that the choice stands for."""

_QUESTION = re.compile(r"/household(?:/members/([0-9]{1,2}))?/[a-z_]+(?:/[a-z_]+)?", re.ASCII)

LARGEST = 60_000
"""Characters that the field with all answers may have."""

_REQUEST: TypeAdapter[EntitlementsRequest] = TypeAdapter(EntitlementsRequest)


class Interview(NamedTuple):
    """The answers so far: the facts in the shape of the request, and the pointers of the skipped questions."""

    facts: Facts
    skipped: list[str]
    id: str = ""
    """A random id, which distinguishes the events of this household's calendar from another's."""
    reached: int = 0
    """The progress of the interview in per cent. It does not fall where an answer opens new questions."""

    @property
    def as_of(self) -> str:
        """The day of the assessment, ISO."""
        return str(self.facts["as_of"])

    @property
    def household(self) -> Facts:
        """The facts of the household, with the registration and the members."""
        return _object(self.facts["household"])

    @property
    def members(self) -> list[Facts]:
        """The facts of each member, with the id."""
        return _members(self.household)

    def member_at(self, pointer: str) -> str:
        """Return the id of the member that a question is about; empty where it is about the household."""
        match = _QUESTION.fullmatch(pointer)
        return "" if match is None or match[1] is None else str(self.members[int(match[1])]["id"])

    def written(self) -> str:
        """Write the hidden field that carries the interview from page to page."""
        return orjson.dumps(self._asdict()).decode()


class AnsweredFact(NamedTuple):
    """A fact that was answered: its JSON pointer, its name in words, its value in words."""

    pointer: str
    name: str
    value: str


def read(written: str) -> Interview | None:
    """Read the hidden field; None for text that `written` cannot have made."""
    try:
        data = orjson.loads(written[:LARGEST])
        skipped = [str(each) for each in data["skipped"]]
        reached = min(max(int(data.get("reached", 0)), 0), 100)
        interview = Interview(data["facts"], skipped, str(data.get("id", ""))[:40], reached)
        checked(interview.facts)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return None
    return interview


def first_facts(as_of: str, registration: str, members: Sequence[str]) -> Facts:
    """Return the facts of the first page: the day, the household's status, its members."""
    ids: list[JsonValue] = [{"id": each} for each in members]
    return {"as_of": as_of, "household": {"registration": registration, "members": ids}}


def first_fields(interview: Interview) -> dict[str, str]:
    """Return the fields of the first page as they were typed, to be changed; `before` holds the whole interview."""
    return {
        "as_of": interview.as_of,
        "registration": str(interview.household["registration"]),
        "members": "\n".join(str(member["id"]) for member in interview.members),
        "before": interview.written(),
    }


def with_first_facts(interview: Interview, facts: Facts) -> Interview:
    """Return an interview with another first page. It keeps the answers about members who are still named."""
    household = _object(facts["household"])
    by_id = {member["id"]: member for member in interview.members}
    own = {name: value for name, value in interview.household.items() if name not in {"registration", "members"}}
    members: list[JsonValue] = [by_id.get(member["id"], member) for member in _members(household)]
    skipped = [each for each in interview.skipped if "/members/" not in each]
    return interview._replace(facts={**facts, "household": {**own, **household, "members": members}}, skipped=skipped)


def skip(interview: Interview, pointer: str) -> Interview:
    """Return an interview without an answer to a question, and with the question skipped."""
    cleared, _ = with_answer(interview, pointer, "")
    return cleared._replace(skipped=[*cleared.skipped, pointer])


def typed_at(facts: Facts, pointer: str) -> str:
    """Return the answer at a pointer as it is typed into the form of the question; empty where there is none."""
    value: JsonValue = facts
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


def checked(facts: Facts) -> EntitlementsRequest:
    """Validate the facts as a request. ValidationError."""
    return _REQUEST.validate_python(facts)


def with_answer(interview: Interview, pointer: str, typed: str) -> tuple[Interview, str | None]:
    """Return an interview with an answer, or unchanged with what is wrong in words. LookupError for no question."""
    facts = deepcopy(interview.facts)
    parent, last = _parent(facts, pointer)
    if parent is None:
        raise LookupError(pointer)
    before, value = parent.get(last), _value(fact_at(pointer), typed.strip())
    parent[last] = {**before, **value} if isinstance(before, dict) and isinstance(value, dict) else value
    try:
        checked(facts)
    except ValidationError as error:
        return interview, errors_in(error)[0].message
    return interview._replace(facts=facts, skipped=[each for each in interview.skipped if each != pointer]), None


def fact_at(pointer: str) -> str:
    """Return which fact stands at a pointer: /household/members/0/student/stage is student.stage."""
    steps = [step for step in pointer.split("/") if step and not step.isdigit()]
    return ".".join(step for step in steps if step not in {"household", "members"})


def is_question(facts: Facts, pointer: str) -> bool:
    """Whether a pointer is that of a question: of a fact of the household or of one of its members."""
    match = _QUESTION.fullmatch(pointer)
    if match is None or fact_at(pointer) not in wording("facts"):
        return False
    return match[1] is None or int(match[1]) < len(_members(_object(facts["household"])))


def answer(presenter: EntitlementPresenter, facts: Facts, home: str, language: Language) -> EntitlementsAnswer:
    """Assess what the household may claim; the codes of the city's counties begin with `home`.

    NoPolicyInForceError; ValidationError for facts that are none.
    """
    request = checked(facts)
    household = request.household
    ids = [member.id for member in household.members]
    outside = household.county is not None and not household.county.startswith(home)
    return presenter.answer(AssessedRequest(household.to_facts(), ids, request.as_of), outside, language)


def open_questions(assessed: EntitlementsAnswer, interview: Interview) -> list[QuestionAnswer]:
    """List the questions that still decide something and that were not skipped."""
    return [each for each in assessed["questions"] if each["pointer"] not in interview.skipped]


def answered_facts(facts: Facts, counties: Mapping[str, str], language: Language) -> list[AnsweredFact]:
    """List every fact that was answered, in the order of the household and its members; `counties` names the codes."""
    household = _object(facts["household"])
    own = {name: value for name, value in household.items() if name not in {"registration", "members"}}
    result = [
        each._replace(value=counties.get(each.value, each.value)) if each.pointer == "/household/county" else each
        for each in _answered("/household", own, "", language)
    ]
    for number, member in enumerate(_members(household)):
        own = {name: value for name, value in member.items() if name != "id"}
        result += _answered(f"/household/members/{number}", own, str(member["id"]), language)
    return result


def _object(value: JsonValue) -> Facts:
    return value if isinstance(value, dict) else {}


def _members(household: Facts) -> list[Facts]:
    members = household["members"]
    return [_object(each) for each in members] if isinstance(members, list) else []


def _parent(facts: Facts, pointer: str) -> tuple[Facts | None, str]:
    """Return the object in which a fact stands, and the name of the fact in it; None where there is no such object."""
    *path, last = pointer.strip("/").split("/")
    parent: JsonValue = facts
    for step in path:
        if isinstance(parent, list):
            parent = parent[int(step)] if step.isdigit() and int(step) < len(parent) else None
        elif isinstance(parent, dict):
            if not isinstance(parent.get(step), (dict, list)):
                parent[step] = {}
            parent = parent[step]
    return (parent if isinstance(parent, dict) else None), last


def _value(fact: str, typed: str) -> JsonValue:
    kind = KINDS.get(fact, "yes_no")
    if not typed:
        return None
    if kind == "yes_no":
        return {"yes": True, "no": False}.get(typed, typed)
    if kind == "year":
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 5 else typed
    if fact in _OBJECTS and typed != "none":
        return {} if typed == "yes" else {_OBJECTS[fact]: typed}
    return typed


def _answered(
    pointer: str, facts: Mapping[str, object], member: str, language: Language, prefix: str = ""
) -> list[AnsweredFact]:
    result: list[AnsweredFact] = []
    for name, value in facts.items():
        fact = f"{prefix}{name}"
        if value is None or fact not in wording("facts"):
            continue
        words = inner_text("facts", fact, "name", language)
        label = f"{member}{COLON[language]}{words}" if member else words
        if not isinstance(value, dict):
            result.append(AnsweredFact(f"{pointer}/{name}", label, _in_words(fact, value, language)))
            continue
        rest, chosen = dict(value), _chosen(fact, value)
        if chosen:
            # The choice is listed at the fact itself, so that it can be changed too.
            result.append(AnsweredFact(f"{pointer}/{name}", label, choice_in_words(fact, chosen, language)))
            rest.pop(_OBJECTS[fact] if chosen != "yes" else "", None)
        result += _answered(f"{pointer}/{name}", rest, member, language, f"{fact}.")
    return result


def _chosen(fact: str, value: Mapping[str, object]) -> str:
    """Return the choice that an object stands for; empty where it is not stated."""
    return "yes" if fact == "loan" else str(value.get(_OBJECTS.get(fact, "")) or "")


def _in_words(fact: str, value: object, language: Language) -> str:
    if isinstance(value, bool):
        return text("household_page", "said_yes" if value else "said_no", language)
    if fact != "county" and (fact in CHOICES or value == "none"):
        return choice_in_words(fact, str(value), language)
    if KINDS.get(fact) == "money":
        amount = format_amount(parse_yuan(str(value)), language)
        return text("notices_page", "yuan", language).format(amount=amount)
    return str(value)


def choice_in_words(fact: str, value: str, language: Language) -> str:
    """Write a choice in words."""
    for topic in ("stages", "arrangements"):
        if value in wording(topic):
            return text(topic, value, language)
    return text("household_page", f"{fact.partition('.')[0]}_{value}", language)
