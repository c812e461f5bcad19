"""The answers about a household's entitlements: amounts, days, reasons, and the questions that are still open.

A finding is written as JSON once and cached, all but the member and the missing facts: the same few hundred findings
come again and again. The tests validate every answer by its declared schema.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import orjson

from app.i18n import Language, inner_text, text, wording
from app.i18n.sentences import sentence
from app.presenters.fragments import list_fragment
from app.presenters.reasoned import sentences, warnings_of
from app.presenters.sources import clause_cited, source, weakest
from app.presenters.steps import Steps, finish
from app.presenters.written_findings import WrittenFindings
from app.rules.entitlements.benefits import (
    BENEFITS,
    STATUS,
    Benefit,
    BenefitFinding,
    HouseholdBenefit,
    Status,
    assess,
    assess_members,
)
from app.rules.entitlements.case import Finding, FindingOutcome, RestsOn
from app.rules.entitlements.cautions import find_cautions
from app.rules.entitlements.household import FACTS, Household, Member
from app.rules.entitlements.plausible import Doubt, find_doubts
from app.rules.entitlements.questions import fact_name, rank_questions, request_order
from app.rules.money import format_yuan, times
from app.rules.parameters import Basis, Figures, Parameters
from app.rules.readings import NUMBERS, PARAMETER, HouseholdReadings, with_chosen
from app.rules.registration import REASON, Registration
from app.rules.three_valued import Condition, FactPath, Reason, because
from app.schemas.responses.entitlements import (
    BenefitAnswer,
    BenefitsAnswer,
    EntitlementAnswer,
    EntitlementReadingAnswer,
    EntitlementsAnswer,
    EntitlementsSummary,
    EntitlementWarning,
    OtherwiseAnswer,
    QuestionAnswer,
    TogetherAnswer,
)
from app.schemas.responses.reference import SourceAnswer


class AssessedRequest(NamedTuple):
    """A household, the ids of its members as the request has them, the day, and the readings that it chooses."""

    household: Household
    ids: Sequence[str]
    as_of: dt.date
    chosen: Mapping[str, str | None] = {}
    """By the name of the reading; the default in force where it is left out or None."""


class _Context(NamedTuple):
    """What the text of a finding depends on beside it."""

    status: Registration
    period: int
    """The period of the figures."""
    readings: HouseholdReadings
    language: Language


_Key = tuple[Finding, tuple[str, ...]]
"""A finding without its missing facts, and these as JSON pointers."""

FEW_MEMBERS = 5
"""Of a household whose answer needs no steps."""
QUESTIONS_OF_A_STEP = 50
"""Questions that are worded before others get their turn."""

MONTHS = 12
"""Of a year, for what is paid by the month."""

BY_ID = {benefit.id: benefit for benefit in BENEFITS}


class EntitlementPresenter:
    """Builds the answers about households' entitlements, under one body of parameters.

    The entitlements of an answer can only be written out, unless the answers are to be `readable`.
    """

    def __init__(self, parameters: Parameters, *, readable: bool = False) -> None:
        self.parameters = parameters
        self._readable = readable
        self._written = WrittenFindings(self._make_parts)
        self._source_of = lru_cache(maxsize=4_000)(self._make_source)
        self._assumed = cache(self._find_assumed)
        self._warnings_of = lru_cache(maxsize=1_000)(self._make_warnings)

    def answer(
        self, request: AssessedRequest, outside: bool, language: Language, status: Status | None = None
    ) -> EntitlementsAnswer:
        """Decide a household's benefits on a day; `outside`: its county is not of the city.

        With a status only the entitlements of that status are listed. NoPolicyInForceError before the first of policy.
        """
        return finish(self.answer_in_steps(request, outside, language, status))

    def answer_in_steps(
        self, request: AssessedRequest, outside: bool, language: Language, status: Status | None = None
    ) -> Steps[EntitlementsAnswer]:
        """Do the same, and yield after each member of a large household and after each part of the answer."""
        household, ids, as_of, chosen = request
        figures = self.parameters.on(as_of)
        readings = with_chosen(figures.household_readings, chosen) if chosen else figures.household_readings
        if len(ids) > FEW_MEMBERS:
            yield from assess_members(household, as_of, figures, readings)
        findings, read = assess(household, as_of, figures, readings)
        yield
        warnings = self._warnings(read, as_of, figures, language)
        warnings += _cautions(request, findings, read, figures, language)
        due, undecided = _due_and_undecided(findings)
        if status is not None:
            findings = [each for each in findings if STATUS[each[2].condition.truth] == status]
        context = _Context(household.registration, figures.period, readings, language)
        entitlements = self._entitlements(findings, ids, context)
        yield
        questions = yield from _questions(undecided, ids, language)
        return {
            "as_of": as_of.isoformat(),
            "entitlements": entitlements,
            "questions": questions,
            "warnings": warnings + _doubts(request, outside, figures, language),
            "summary": summary(due, len(undecided)),
        }

    def benefits(self, language: Language) -> BenefitsAnswer:
        """List every benefit, in the order of the answers."""
        return {"benefits": [self._benefit(benefit, language) for benefit in BENEFITS]}

    def _entitlements(
        self, findings: Iterable[BenefitFinding], ids: Sequence[str], context: _Context
    ) -> list[EntitlementAnswer]:
        if self._readable:
            return [self._of_member(ids, context, *each) for each in findings]
        written: list[bytes] = []
        kept = self._written.of_context(context)
        quoted = [orjson.dumps(each) for each in ids]
        last: Finding | None = None
        last_id = ""
        for benefit, member, finding in findings:
            # Several members often share one finding; they follow one another.
            if finding is not last or benefit.id != last_id:
                last, last_id = finding, benefit.id
                known = kept.get((last_id, id(finding)))
                if known is None:
                    known = kept[last_id, id(finding)] = finding, *self._written.parts(context, last_id, *_key(finding))
                _, head, tail = known
            written += (head, b"null" if member is None else quoted[member.number], tail)
        return list_fragment(EntitlementAnswer, written)

    def _make_parts(
        self, context: _Context, benefit_id: str, finding: Finding, missing: tuple[str, ...]
    ) -> tuple[bytes, bytes]:
        """Write an entitlement in two parts, with the member to come between them, and a comma after it."""
        entitlement = self._entitlement(context, benefit_id, finding, missing)
        head, _, tail = orjson.dumps(entitlement).partition(_NO_MEMBER)
        return head + _MEMBER, tail + b","

    def _of_member(
        self, ids: Sequence[str], context: _Context, benefit: Benefit, member: Member | None, finding: Finding
    ) -> EntitlementAnswer:
        entitlement = self._entitlement(context, benefit.id, *_key(finding))
        return {**entitlement, "member": None if member is None else ids[member.number]}

    def _entitlement(
        self, context: _Context, benefit_id: str, finding: Finding, missing: tuple[str, ...]
    ) -> EntitlementAnswer:
        """Build an entitlement without its member."""
        language = context.language
        benefit = BY_ID[benefit_id]
        truth, reasons, _ = finding.condition
        if truth and benefit.whom == "poor":
            reasons = (Reason(REASON[context.status]), *reasons)
        entitlement: EntitlementAnswer = {
            "benefit": benefit.id,
            "name": text("benefits", benefit.id, language),
            "member": None,
            "status": STATUS[truth],
            "form": benefit.form,
            "amount": None if finding.amount is None else format_yuan(finding.amount),
            "per": finding.per or benefit.per,
            "payments": [{"by": by.isoformat(), "amount": format_yuan(part)} for by, part in finding.payments],
            "reasons": sentences("claims", reasons, language),
            "missing": list(missing),
            "procedure": benefit.procedure,
            "source": self._source(benefit, finding, context),
            "readings": [self._rests_on(benefit, each, context) for each in finding.readings],
        }
        if finding.together:
            entitlement["together"] = [_together(benefit, dict(each.values), each.outcome) for each in finding.together]
        if benefit.id == "relocation.building_subsidy":
            entitlement["area_ceiling_m2"] = finding.area_ceiling
        return entitlement

    def _source(self, benefit: Benefit, finding: Finding, context: _Context) -> SourceAnswer:
        """Cite the figure of a finding, or else the clause of the benefit with the numbers of its readings.

        The basis is that of the condition.
        """
        return self._source_of(benefit.id, finding.figure if finding.condition.truth else None, context)

    def _make_source(self, benefit_id: str, figure_name: str | None, context: _Context) -> SourceAnswer:
        benefit = BY_ID[benefit_id]
        words = wording("benefits")[benefit_id]
        rule = clause_cited(words, self.parameters.first_day, context.language)
        basis = weakest(rule["basis"], *(self._basis(reading, context) for reading in benefit.readings))
        if figure_name is None:
            numbers = "、".join(NUMBERS[reading] for reading in benefit.readings)
            clause = f"{rule['clause']}（{numbers}）" if numbers else rule["clause"]
            return {**rule, "clause": clause, "basis": basis}
        figure = source(self.parameters.period(context.period).in_force[figure_name], context.language)
        return {**figure, "basis": weakest(basis, figure["basis"])}

    def _basis(self, reading: str, context: _Context) -> Basis:
        """Return the basis of a reading taken: of the value in force; an assumption where only the request chose it."""
        in_force = self.parameters.period(context.period).in_force[PARAMETER.format(reading)]
        return in_force.basis if in_force.value == getattr(context.readings, reading) else "assumption"

    def _rests_on(self, benefit: Benefit, found: RestsOn, context: _Context) -> EntitlementReadingAnswer:
        return {
            "reading": found.reading,
            "taken": found.taken,
            "basis": self._basis(found.reading, context),
            "otherwise": [_otherwise(benefit, value, outcome) for value, outcome in found.otherwise],
        }

    def _warnings(
        self, read: list[str], as_of: dt.date, figures: Figures, language: Language
    ) -> list[EntitlementWarning]:
        assumed = self._assumed(figures.period).intersection(read)
        return list(self._warnings_of(assumed, as_of > self.parameters.last_day, language))

    def _make_warnings(self, assumed: frozenset[str], over: bool, language: Language) -> list[EntitlementWarning]:
        warnings = warnings_of(self.parameters, sorted(assumed), over, language)
        return [{**each, "pointer": None} for each in warnings]

    def _find_assumed(self, period: int) -> frozenset[str]:
        in_force = self.parameters.period(period).in_force
        return frozenset(name for name, dated in in_force.items() if dated.basis != "policy")

    def _benefit(self, benefit: Benefit, language: Language) -> BenefitAnswer:
        return {
            "id": benefit.id,
            "group": benefit.id.partition(".")[0],
            "name": text("benefits", benefit.id, language),
            "who": inner_text("benefits", benefit.id, "who", language),
            "of": "household" if isinstance(benefit, HouseholdBenefit) else "member",
            "form": benefit.form,
            "per": benefit.per,
            "procedure": benefit.procedure,
            "parameters": [name for name in self.parameters.by_name if name.startswith(benefit.id + ".")],
            "source": self._source(benefit, Finding(Condition(None)), self._latest(language)),
        }

    def _latest(self, language: Language) -> _Context:
        """Return the context of the last period, its readings the defaults."""
        period = self.parameters.count_of_periods - 1
        return _Context("registered", period, self.parameters.period(period).household_readings, language)


_MEMBER = b'"member":'
_NO_MEMBER = b'"member":null'
"""How the member stands in an entitlement; a text of the entitlement cannot hold it, as its quotes are escaped."""


def _otherwise(benefit: Benefit, value: str, outcome: FindingOutcome) -> OtherwiseAnswer:
    return {
        "value": value,
        "status": STATUS[outcome.truth],
        "amount": None if outcome.amount is None else format_yuan(outcome.amount),
        "per": outcome.per or benefit.per,
    }


def _together(benefit: Benefit, values: dict[str, str], outcome: FindingOutcome) -> TogetherAnswer:
    return {
        "values": values,
        "status": STATUS[outcome.truth],
        "amount": None if outcome.amount is None else format_yuan(outcome.amount),
        "per": outcome.per or benefit.per,
    }


def _due_and_undecided(findings: Iterable[BenefitFinding]) -> tuple[list[BenefitFinding], list[BenefitFinding]]:
    due, undecided = [], []
    for found in findings:
        truth = found[2][0][0]  # of the condition of the finding: this runs over all of them in each answer
        if truth:
            due.append(found)
        elif truth is None:
            undecided.append(found)
    return due, undecided


def summary(due: Iterable[BenefitFinding], undecided: int) -> EntitlementsSummary:
    """Add up what is due: cash a year, cash once, and the number of benefits in kind; `undecided` are counted only.

    An amount that waits for what only others know is not counted.
    """
    per_year = once = in_kind = 0
    for benefit, _, finding in due:
        amount = finding.amount
        if amount is None:
            in_kind += benefit.form == "in_kind"
        elif not finding.certain:
            continue
        elif (finding.per or benefit.per) == "once":
            once += amount
        else:
            per_year += times(amount, MONTHS) if benefit.per == "month" else amount
    return {
        "cash_per_year": format_yuan(per_year),
        "cash_once": format_yuan(once),
        "in_kind": in_kind,
        "undecided": undecided,
    }


def _questions(found: Iterable[BenefitFinding], ids: Sequence[str], language: Language) -> Steps[list[QuestionAnswer]]:
    result: list[QuestionAnswer] = []
    for number, (path, decides) in enumerate(rank_questions(found), 1):
        if number % QUESTIONS_OF_A_STEP == 0:
            yield
        member = ids[path[0]] if isinstance(path[0], int) else ""
        words = _question(path, language).format(member=member)
        result.append({"pointer": _pointer(path), "text": words, "decides": list(decides)})
    return result


def _cautions(
    request: AssessedRequest,
    findings: Iterable[BenefitFinding],
    read: Iterable[str],
    figures: Figures,
    language: Language,
) -> list[EntitlementWarning]:
    warnings: list[EntitlementWarning] = []
    for (code, operands), figure, path in find_cautions(request.household, findings, read, figures.reader()):
        named = operands if path is None else (("member", request.ids[int(path[0])]), *operands)
        words = sentence("warnings", Reason(code, named), language)
        pointer = None if path is None else _pointer(path)
        warnings.append({"code": code, "text": words, "parameters": [figure], "pointer": pointer})
    return warnings


def _doubts(request: AssessedRequest, outside: bool, figures: Figures, language: Language) -> list[EntitlementWarning]:
    found = [Doubt(because("county_outside_ulanqab"), ("county",))] if outside else []
    found += find_doubts(request.household, request.as_of, figures.reader())
    warnings: list[EntitlementWarning] = []
    for (code, operands), path in found:
        named = (("member", request.ids[path[0]]), *operands) if isinstance(path[0], int) else operands
        words = sentence("warnings", Reason(code, named), language)
        warnings.append({"code": code, "text": words, "parameters": [], "pointer": _pointer(path)})
    return warnings


@lru_cache(maxsize=2_000)
def _question(path: FactPath, language: Language) -> str:
    return text("facts", fact_name(path), language)


@lru_cache(maxsize=2_000)
def _pointer(path: FactPath) -> str:
    root = "/household" if isinstance(path[0], str) else "/household/members"
    return "/".join((root, *map(str, path)))


def _key(finding: Finding) -> _Key:
    """Split a finding into what its text depends on and the pointers to its missing facts."""
    missing = finding.condition.missing
    if not missing:
        return finding, ()
    key, pointers = _undecided_key(missing)
    if finding.readings:
        key = key._replace(readings=finding.readings, together=finding.together)
    return key, pointers


@lru_cache(maxsize=2_000)
def _undecided_key(missing: tuple[FactPath, ...]) -> _Key:
    """Name the missing facts, once each as a reason, and by path as pointers."""
    facts = sorted({fact_name(path) for path in missing}, key=FACTS.index)
    finding = Finding(Condition(None, (because("missing", facts=",".join(facts)),)))
    return finding, tuple(_pointer(path) for path in sorted(missing, key=request_order))
