"""A household's claims as an app or an officer reads them: amounts, days, reasons, what is still to be asked.

What a finding says is made into JSON once and kept, all but the member and the missing facts: the same few hundred
findings come again and again. The tests hold every answer against its declared schema.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache, partial
from itertools import product
from typing import Any, NamedTuple

import orjson

from app.i18n import LANGUAGES, Language, text, wording
from app.i18n.sentences import sentence
from app.presenters.reasoned import sentences, warned
from app.presenters.sources import clause_cited, source
from app.rules.entitlements.benefits import BENEFITS, STATUS, Benefit, BenefitFinding, HouseholdBenefit, Status, assess
from app.rules.entitlements.case import Finding
from app.rules.entitlements.household import FACTS, Household
from app.rules.entitlements.plausible import Doubt, find_doubts
from app.rules.entitlements.questions import fact_name, rank_questions, request_order
from app.rules.money import format_yuan, times
from app.rules.parameters import Figures, Parameters
from app.rules.registration import REASON, Registration
from app.rules.three_valued import Condition, FactPath, Reason, because

Json = dict[str, Any]


class AssessedRequest(NamedTuple):
    """A household, its sender's words for the members, and the day for which it is asked."""

    household: Household
    ids: Sequence[str]
    as_of: dt.date


_Context = tuple[Registration, int, Language]
"""What the words of a finding depend on beside it: the household's status, the period of its figures, the language."""

MONTHS = 12
"""Of a year, for what is paid by the month."""

BY_ID = {benefit.id: benefit for benefit in BENEFITS}


class EntitlementPresenter:
    """Makes answers from households' claims, under one body of parameters."""

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        self._parts = {
            said: lru_cache(maxsize=4_000)(partial(self._make_parts, said))
            for said in product(REASON, range(parameters.count_of_periods), LANGUAGES)
        }
        self._assumed = cache(self._find_assumed)

    def answer(self, asked: AssessedRequest, outside: bool, language: Language, status: Status | None = None) -> Json:
        """Decide a household's benefits on a day; `outside`: its county is not of the city.

        With a status only the entitlements of that status are listed. NoPolicyInForceError before the first of policy.
        """
        household, ids, as_of = asked
        figures = self.parameters.on(as_of)
        found, read = assess(household, as_of, figures)
        due, undecided = _due_and_undecided(found)
        listed = found if status is None else [each for each in found if STATUS[each[2].condition.truth] == status]
        return {
            "as_of": as_of.isoformat(),
            "entitlements": self._entitlements(listed, ids, (household.registration, figures.period, language)),
            "questions": _questions(undecided, ids, language),
            "warnings": self._warnings(read, as_of, figures, language) + _doubts(asked, outside, figures, language),
            "summary": summary(due, len(undecided)),
        }

    def benefits(self, language: Language) -> Json:
        """List every benefit, in the order of the answers."""
        return {"benefits": [self._benefit(benefit, language) for benefit in BENEFITS]}

    def _entitlements(self, listed: Iterable[BenefitFinding], ids: Sequence[str], said: _Context) -> orjson.Fragment:
        written: list[bytes] = []
        parts = self._parts[said]
        quoted = [orjson.dumps(each) for each in ids]
        last: Finding | None = None
        last_id = ""
        for benefit, member, finding in listed:
            # One finding often serves several members, one after the other.
            if finding is not last or benefit.id != last_id:
                last, last_id = finding, benefit.id
                head, tail = parts(last_id, *_said(finding))
            written += (head, b"null" if member is None else quoted[member.number], tail)
        # Each entitlement ends with a comma, to be one of a list; the last has none behind it.
        return orjson.Fragment(b"[%b]" % b"".join(written)[:-1])

    def _make_parts(self, said: _Context, benefit_id: str, finding: Finding, missing: bytes) -> tuple[bytes, bytes]:
        """Write an entitlement in two parts, with the member to come between them."""
        status, period, language = said
        benefit = BY_ID[benefit_id]
        truth, reasons, _ = finding.condition
        if truth and benefit.whom == "poor":
            reasons = (Reason(REASON[status]), *reasons)
        head = {"benefit": benefit.id, "name": text("benefits", benefit.id, language)}
        rest: Json = {
            "status": STATUS[truth],
            "form": benefit.form,
            "amount": None if finding.amount is None else format_yuan(finding.amount),
            "per": benefit.per,
            "payments": [{"by": by.isoformat(), "amount": format_yuan(part)} for by, part in finding.payments],
            "reasons": sentences("claims", reasons, language),
            "missing": orjson.Fragment(missing),
            "procedure": benefit.procedure,
            "source": self._source(benefit, finding, period, language),
        }
        if benefit.id == "relocation.building_subsidy":
            rest["area_ceiling_m2"] = finding.area_ceiling
        return orjson.dumps(head)[:-1] + b',"member":', b"," + orjson.dumps(rest)[1:] + b","

    def _source(self, benefit: Benefit, finding: Finding, period: int, language: Language) -> Json:
        if finding.figure is not None and finding.condition.truth:
            return source(self.parameters.period(period).in_force[finding.figure], language)
        return clause_cited(wording("benefits")[benefit.id], self.parameters.first_day, language)

    def _warnings(self, read: list[str], as_of: dt.date, figures: Figures, language: Language) -> list[Json]:
        assumed = sorted(self._assumed(figures.period).intersection(read))
        over = as_of > self.parameters.last_day
        return [{**each, "pointer": None} for each in warned(self.parameters, assumed, over, language)]

    def _find_assumed(self, period: int) -> frozenset[str]:
        in_force = self.parameters.period(period).in_force
        return frozenset(name for name, dated in in_force.items() if dated.basis != "policy")

    def _benefit(self, benefit: Benefit, language: Language) -> Json:
        words = wording("benefits")[benefit.id]
        who: Any = words["who"]
        return {
            "id": benefit.id,
            "group": benefit.id.partition(".")[0],
            "name": words[language],
            "who": who[language],
            "of": "household" if isinstance(benefit, HouseholdBenefit) else "member",
            "form": benefit.form,
            "per": benefit.per,
            "procedure": benefit.procedure,
            "parameters": [name for name in self.parameters.by_name if name.startswith(benefit.id + ".")],
            "source": clause_cited(words, self.parameters.first_day, language),
        }


def _due_and_undecided(found: Iterable[BenefitFinding]) -> tuple[list[BenefitFinding], list[BenefitFinding]]:
    due, undecided = [], []
    for claim in found:
        truth = claim[2].condition.truth
        if truth:
            due.append(claim)
        elif truth is None:
            undecided.append(claim)
    return due, undecided


def summary(due: Iterable[BenefitFinding], undecided: int) -> Json:
    """Add up what is due: cash a year and once, and how much in kind; beside it how much is not decided."""
    per_year = once = in_kind = 0
    for benefit, _, finding in due:
        amount = finding.amount
        if amount is None:
            in_kind += benefit.form == "in_kind"
        elif benefit.per == "once":
            once += amount
        else:
            per_year += times(amount, MONTHS) if benefit.per == "month" else amount
    return {
        "cash_per_year": format_yuan(per_year),
        "cash_once": format_yuan(once),
        "in_kind": in_kind,
        "undecided": undecided,
    }


def _questions(found: Iterable[BenefitFinding], ids: Sequence[str], language: Language) -> list[Json]:
    listed = []
    for place, decides in rank_questions(found):
        member = ids[place[0]] if isinstance(place[0], int) else ""
        asked = text("facts", fact_name(place), language).format(member=member)
        listed.append({"pointer": _pointer(place), "text": asked, "decides": decides})
    return listed


def _doubts(asked: AssessedRequest, outside: bool, figures: Figures, language: Language) -> list[Json]:
    found = [Doubt(because("county_outside_ulanqab"), ("county",))] if outside else []
    found += find_doubts(asked.household, asked.as_of, figures.reader())
    warnings = []
    for (code, operands), place in found:
        named = (("member", asked.ids[place[0]]), *operands) if isinstance(place[0], int) else operands
        words = sentence("warnings", Reason(code, named), language)
        warnings.append({"code": code, "text": words, "parameters": [], "pointer": _pointer(place)})
    return warnings


@lru_cache(maxsize=20_000)
def _pointer(place: FactPath) -> str:
    whose = "/household" if isinstance(place[0], str) else "/household/members"
    return "/".join((whose, *map(str, place)))


def _said(finding: Finding) -> tuple[Finding, bytes]:
    """Split a finding into what is said in words and which facts are missing, as pointers."""
    missing = finding.condition.missing
    return _unsettled(missing) if missing else (finding, b"[]")


@lru_cache(maxsize=20_000)
def _unsettled(missing: tuple[FactPath, ...]) -> tuple[Finding, bytes]:
    """Say which facts are missing: in a reason, and as the pointers of an answer."""
    facts = sorted({fact_name(place) for place in missing}, key=FACTS.index)
    said = Finding(Condition(None, (because("missing", facts=",".join(facts)),)))
    return said, orjson.dumps([_pointer(place) for place in sorted(missing, key=request_order)])
