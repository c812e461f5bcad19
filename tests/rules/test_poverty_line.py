"""The rule of the poverty line: exact in fen, never decided too early, asking only for facts that can decide."""

import datetime as dt
import string
from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from app.i18n import LANGUAGES, wording
from app.rules.assessments.poverty_line import (
    LINE,
    NEEDS,
    Assessment,
    HouseholdNeeds,
    Need,
    Standing,
    assess,
    year_of_line,
)
from app.rules.parameters import load, shipped_files
from app.rules.three_valued import FactPath
from tests.support.grid import grid

YUAN_2968 = 296_800
MET: dict[Need, bool | None] = dict.fromkeys(NEEDS, True)


def by_hand(income: int, members: int, met: list[bool], line: int) -> Standing:
    """The standing of a household of which everything is known, worked out another way than the rule does."""
    if Fraction(income, members) < line:
        return "poor"
    return "not_poor" if all(met) else "to_be_reviewed"


# ---- the figures


@grid(
    ("day", "line"),
    [
        ("2014-01-01", 280_000),
        ("2014-12-31", 280_000),
        ("2015-01-01", YUAN_2968),
        ("2016-01-01", YUAN_2968),
        ("2019-12-31", YUAN_2968),
        ("2020-01-01", 400_000),
        ("2026-11-24", 400_000),
    ],
)
def test_each_line_holds_until_the_next(day: str, line: int) -> None:
    assert load(shipped_files()).by_name[LINE].on(dt.date.fromisoformat(day)).value == line


@grid(
    ("own", "years"),
    [
        ([], {2014: 2014, 2015: 2015, 2016: 2015, 2018: 2015, 2019: 2015, 2020: 2020, 2021: 2020, 2030: 2020}),
        # A deployment that enters the line of 2018 has one for 2018, and carries that one forward.
        (["2018-01-01 2995.00 local_source"], {2015: 2015, 2017: 2015, 2018: 2018, 2019: 2018, 2020: 2018}),
        # One that enters an assumption of its own has that one: it repeats nothing.
        (["2018-01-01 3000.00 assumption"], {2018: 2018, 2019: 2018}),
    ],
)
def test_a_line_is_that_of_the_year_in_which_it_begins(tmp_path: Path, own: list[str], years: dict[int, int]) -> None:
    overlay = None
    if own:
        overlay = tmp_path / "own.yaml"
        values = [line.split() for line in own]
        lines = [
            f"    - {{from: {day}, value: {value}, clause: 1, basis: {basis}, checked: {day}}}"
            for day, value, basis in values
        ]
        overlay.write_text("\n".join([f"{LINE}:", "  values:", *lines, ""]), encoding="utf-8")
    line = load(shipped_files(), overlay).by_name[LINE]
    assert {year: year_of_line(line, dt.date(year, 12, 31)) for year in years} == years
    assert {year: year_of_line(line, dt.date(year, 1, 1)) for year in years} == years


# ---- everything known


@grid(
    ("income", "members", "below"),
    [
        (YUAN_2968 - 1, 1, True),
        (YUAN_2968, 1, False),  # reaching the line is not below it
        (4 * YUAN_2968 - 1, 4, True),  # 2,967.9975 a head: a quotient rounded to the fen would reach the line
        (4 * YUAN_2968, 4, False),
        (0, 1, True),
        (100 * YUAN_2968 - 1, 100, True),
        (100 * YUAN_2968, 100, False),
    ],
)
def test_income_is_compared_exactly_without_dividing(income: int, members: int, below: bool) -> None:
    found = assess(HouseholdNeeds(income, members, MET), YUAN_2968, 100)
    assert found.below_line is below
    assert found.status == ("poor" if below else "not_poor")
    assert found.household_line == members * YUAN_2968


@grid("need", NEEDS)
def test_an_unmet_need_above_the_line_is_left_to_the_review_and_below_it_changes_nothing(need: Need) -> None:
    needs = MET | {need: False}
    above = assess(HouseholdNeeds(YUAN_2968, 1, needs), YUAN_2968, 100)
    assert above.status == "to_be_reviewed"
    assert [reason.code for reason in above.reasons] == ["income_reaches_line", "need_unmet", "weighing_not_stated"]
    below = assess(HouseholdNeeds(YUAN_2968 - 1, 1, needs), YUAN_2968, 100)
    assert below.status == "poor"
    assert ("need", need) in [operand for reason in below.reasons for operand in reason.operands]


@given(
    st.integers(0, 3_000),
    st.integers(1, 9),
    st.lists(st.booleans(), min_size=len(NEEDS), max_size=len(NEEDS)),
    st.integers(1, 400),
)
def test_a_household_of_which_everything_is_known_is_decided(
    income: int, members: int, met: list[bool], line: int
) -> None:
    found = assess(HouseholdNeeds(income, members, dict(zip(NEEDS, met, strict=True))), line, 9)
    assert found.status == by_hand(income, members, met, line)
    assert found.missing == ()


# ---- facts missing: every completion tried

SMALL_LINE, MOST = 3, 3
ANY_INCOME, ANY_MEMBERS = range(SMALL_LINE * MOST + 2), range(1, MOST + 1)

truths = st.sampled_from((True, False, None))
partly_known = st.tuples(
    st.sampled_from((None, None, *ANY_INCOME)), st.sampled_from((None, *ANY_MEMBERS)), *[truths] * len(NEEDS)
)

Facts = tuple[int | bool | None, ...]
PLACES: tuple[FactPath, ...] = tuple(("household", fact) for fact in ("annual_net_income", "members", *NEEDS))


def assessed(facts: Facts) -> Assessment:
    income, members, *met = facts
    needs: dict[Need, bool | None] = {
        need: None if value is None else bool(value) for need, value in zip(NEEDS, met, strict=True)
    }
    return assess(HouseholdNeeds(income, members, needs), SMALL_LINE, MOST)


def completions(facts: Facts) -> Iterator[Facts]:
    """Every way to fill in what is missing."""
    ranges = (ANY_INCOME, ANY_MEMBERS, *[(True, False)] * len(NEEDS))
    yield from product(*((fact,) if fact is not None else every for fact, every in zip(facts, ranges, strict=True)))


def standing(facts: Facts) -> Standing:
    income, members, *met = facts
    assert income is not None and members is not None
    return by_hand(income, members, [bool(value) for value in met], SMALL_LINE)


@given(partly_known)
def test_a_status_is_decided_where_every_completion_gives_it_and_only_there(facts: Facts) -> None:
    found = assessed(facts)
    possible = {standing(complete) for complete in completions(facts)}
    assert found.status == (possible.pop() if len(possible) == 1 else "undecided")
    below = {standing(complete) == "poor" for complete in completions(facts)}
    assert found.below_line == (below.pop() if len(below) == 1 else None)


@given(partly_known)
def test_exactly_the_facts_that_can_decide_are_missing(facts: Facts) -> None:
    deciding = []
    for number, place in enumerate(PLACES):
        outcomes: dict[Facts, set[Standing]] = {}
        for complete in completions(facts):
            others = (*complete[:number], *complete[number + 1 :])
            outcomes.setdefault(others, set()).add(standing(complete))
        if any(len(statuses) > 1 for statuses in outcomes.values()):
            deciding.append(place)
    found = assessed(facts)
    assert list(found.missing) == deciding
    assert set(found.decides_line) <= set(found.missing)
    assert (found.status == "undecided") == bool(found.missing)


@given(partly_known, st.data())
def test_filling_in_a_missing_fact_never_changes_a_decided_status(facts: Facts, data: st.DataObject) -> None:
    before = assessed(facts)
    filled = data.draw(st.sampled_from(list(completions(facts))))
    kept = data.draw(st.lists(st.booleans(), min_size=len(facts), max_size=len(facts)))
    more = tuple(new if keep else old for old, new, keep in zip(facts, filled, kept, strict=True))
    after = assessed(more)
    assert before.status in {"undecided", after.status}
    assert before.below_line in {None, after.below_line}
    assert set(after.missing) <= set(before.missing)


def test_an_income_that_decides_for_every_size_of_household_asks_for_no_size() -> None:
    least = assess(HouseholdNeeds(YUAN_2968 - 1, None, {}), YUAN_2968, 100)
    assert (least.status, least.missing) == ("poor", ())
    between = assess(HouseholdNeeds(YUAN_2968, None, MET), YUAN_2968, 100)
    assert (between.status, between.missing) == ("undecided", (("household", "members"),))
    most = assess(HouseholdNeeds(100 * YUAN_2968, None, MET), YUAN_2968, 100)
    assert (most.status, most.missing) == ("not_poor", ())


# ---- reasons and wording need each other


def test_every_reason_has_wording_and_every_wording_is_needed() -> None:
    occurred: dict[str, set[str]] = {}
    for facts in product((None, 0, 5, 9), (None, 1, 3), *[(True, False, None)] * len(NEEDS)):
        for reason in assessed(facts).reasons:
            occurred.setdefault(reason.code, set()).update(name for name, _ in reason.operands)
    words = wording("poverty")
    asked = {f"ask_{place[-1]}" for place in PLACES}
    assert set(words) == {*occurred, *asked, *NEEDS, "poor", "not_poor", "to_be_reviewed", "undecided"}
    for code, known in occurred.items():
        for language in LANGUAGES:
            used = {name for _, name, _, _ in string.Formatter().parse(str(words[code][language])) if name}
            assert used == known, f"{code} in {language}"
