"""The rules, their figures and their words need each other: no figure unread, no reason unsaid or without occasion."""

import ast
import datetime as dt
import random
import string
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any, get_args

import pytest

import app.rules
from app.i18n import LANGUAGES, wording
from app.rules.parameters import Basis, DatedValue, Parameters, load, shipped_files
from app.rules.readings import QUESTIONS, VALUES, Readings
from app.rules.registration import BENEFITS
from app.rules.reimbursement.bill import AWAY, Bill, FacilityLevel, Kind
from app.rules.reimbursement.layers import reimburse
from app.rules.reimbursement.outcome import reasons
from app.rules.schedule import Band, LimitAbove
from app.rules.units import UNITS, ByCounty
from app.schemas.requests.reimbursements import ReimbursementRequest
from tests.support.overlays import copied_files
from tests.support.random_bills import random_request
from tests.support.scale import scaled

RULES = Path(app.rules.__file__).parent
SHIPPED = load(shipped_files())
EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"

# ---- the fingerprint


def _altered(value: DatedValue) -> Iterator[DatedValue]:
    """Alter a dated value in every way that could alter an answer."""
    figure = value.value
    if isinstance(figure, tuple):
        entries: tuple[Band | LimitAbove, ...] = figure
        for number, entry in enumerate(entries):
            for field, amount in entry._asdict().items():
                if amount is not None:
                    altered: Any = entry._replace(**{field: amount + 1})
                    yield replace(value, value=(*figure[:number], altered, *figure[number + 1 :]))
    elif isinstance(figure, dt.date):
        yield replace(value, value=figure + dt.timedelta(days=1))
    elif isinstance(figure, int):
        yield replace(value, value=figure + 1)
    elif figure is None:
        yield replace(value, value=0)
    elif isinstance(figure, ByCounty):
        yield replace(value, value=ByCounty((*figure.amounts, ("150923", 1))))
    else:
        yield replace(value, value=figure + " ")
    yield replace(value, effective_from=value.effective_from - dt.timedelta(days=1))
    yield replace(value, until=dt.date(2030, 12, 31))
    yield replace(value, clause=value.clause + " ")
    yield replace(value, basis="policy" if value.basis != "policy" else "assumption")


def test_the_fingerprint_changes_with_any_figure_date_or_source() -> None:
    found = [SHIPPED.fingerprint]
    for name, parameter in SHIPPED.by_name.items():
        for number, value in enumerate(parameter.values):
            for altered in _altered(value):
                values = (*parameter.values[:number], altered, *parameter.values[number + 1 :])
                changed = SHIPPED.by_name | {name: replace(parameter, values=values)}
                # Put together by hand: not every such alteration could be loaded, and none needs to be.
                parameters = object.__new__(Parameters)
                parameters.by_name = changed
                found.append(parameters.fingerprint)
    assert len(found) > 5 * len(SHIPPED.by_name)
    assert len(set(found)) == len(found)


def test_the_fingerprint_depends_on_nothing_but_the_figures(tmp_path: Path) -> None:
    copied = copied_files(tmp_path)
    assert load(reversed(copied)).fingerprint == SHIPPED.fingerprint
    copied[1].write_text("# A remark.\n" + copied[1].read_text(encoding="utf-8"), encoding="utf-8")
    assert load(copied).fingerprint == SHIPPED.fingerprint


# ---- rules and figures need each other

DEFAULT = SHIPPED.period(0).readings
FLAGS = tuple(product((False, True), repeat=5))
PARTS = scaled(20, 5)


def _every_kind_of_bill() -> Iterator[Bill]:
    """Every combination of facts with the readings' defaults, and readings with the facts that matter to most."""
    combinations: Any = product(*(question["values"] for question in QUESTIONS))
    every_reading = [Readings(*chosen) for chosen in combinations]
    levels: tuple[FacilityLevel, ...] = get_args(FacilityLevel)
    kinds: tuple[Kind, ...] = get_args(Kind)
    for number, (registration, kind, level) in enumerate(product(BENEFITS, kinds, levels)):
        # A part of them with each, by turns; a fifth is enough for each choice to meet every level and every kind.
        some = every_reading[number % PARTS :: PARTS]
        for flags, readings in [*((flags, DEFAULT) for flags in FLAGS), *((FLAGS[-1], one) for one in some)]:
            major, chronic, accident, readmitted, unreferred = flags
            yield Bill(
                registration=registration,
                kind=kind,
                facility_level=level,
                total=4_000_000_00,
                in_scope=3_999_999_99,
                major_disease=major,
                chronic_disease=chronic,
                accident_disability=accident,
                unreferred=unreferred and readings == DEFAULT and level in AWAY,
                readmitted=readmitted,
                readmitted_at_level=readmitted,
                fund_left=1_000_00 if major else None,
                readings=readings,
            )


@pytest.mark.slow
def test_every_figure_that_a_rule_reads_exists_and_every_shipped_figure_is_read() -> None:
    figures = SHIPPED.on(dt.date(2018, 5, 20))
    read: set[str] = set()
    for bill in _every_kind_of_bill():
        settlement = reimburse(bill, figures, silent=True)
        read.update(settlement.read, *(working.read for working in settlement.layers))
    ours = {path.stem for path in shipped_files() if path.parent.name == "reimbursement"}
    assert read == {name for name in SHIPPED.by_name if name.partition(".")[0] in ours}


def test_every_unit_and_basis_of_the_shipped_figures_is_a_known_one_and_every_document_has_a_name() -> None:
    for parameter in SHIPPED.by_name.values():
        assert parameter.unit in UNITS
        for value in parameter.values:
            assert value.basis in get_args(Basis)
            assert value.document in wording("documents")


# ---- reasons and wording need each other


def _fields(template: str) -> set[str]:
    """List the operands in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


@pytest.mark.lengthy
def test_every_reason_that_can_occur_has_wording_and_every_wording_can_occur() -> None:
    rng = random.Random("reasons")
    occurred: dict[str, set[str]] = {}
    hospital = load(shipped_files(), EXAMPLES / "central-hospital.yaml")
    for number in range(3_000):
        chosen = {question["reading"]: rng.choice((None, *question["values"])) for question in QUESTIONS}
        request = ReimbursementRequest.model_validate(random_request(rng) | {"readings": chosen})
        parameters = hospital if number % 4 == 0 else SHIPPED
        figures = parameters.on(request.service_date)
        bill = request.to_bill(parameters)
        # Only the ledger keeps a budget.
        bill.fund_left = rng.choice((None, None, 1_000_00))
        settlement = reimburse(bill, figures)
        found = [*settlement.guarantee_reasons, *(each for working in settlement.layers for each in reasons(working))]
        for code, figure, operands in found:
            occurred.setdefault(code, set()).update(name for name, _ in operands)
            assert figure is None or figure in SHIPPED.by_name
    assert occurred.keys() == wording("reasons").keys()
    for code, known in occurred.items():
        for language in LANGUAGES:
            assert _fields(str(wording("reasons")[code][language])) <= known, f"{code} in {language}"


def test_a_reason_says_the_same_in_both_languages() -> None:
    for code, entry in wording("reasons").items():
        assert _fields(str(entry["zh"])) == _fields(str(entry["en"])), code
        assert ("clause" in entry) == ("document" in entry) == ("basis" in entry), code
        if "reading" in entry:
            assert "clause" not in entry, code
            assert set(str(entry["taken"]).split()) <= set(VALUES[str(entry["reading"])]), code
        if "document" in entry:
            assert entry["document"] in wording("documents"), code
            assert entry["basis"] in get_args(Basis), code


def test_every_reason_with_wording_stands_in_the_rules() -> None:
    texts = {
        node.value
        for path in RULES.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert set(wording("reasons")) <= texts
