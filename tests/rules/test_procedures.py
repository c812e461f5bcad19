"""The procedures against the document, and a file in doubt that stops the start."""

import re
from pathlib import Path
from typing import get_args

import pytest

from app.rules.entitlements.benefits import BENEFITS
from app.rules.parameters import load, shipped_files
from app.rules.reference import procedures
from app.rules.reference.procedures import Procedure, ProcedureName, load_procedures
from app.rules.strict_yaml import ParameterError
from tests.support.grid import grid

SHIPPED = Path(procedures.__file__).with_suffix(".yaml").read_text(encoding="utf-8")
PARAMETERS = load(shipped_files())
PROCEDURES = load_procedures(PARAMETERS)


def acting(procedure: Procedure) -> list[list[str]]:
    return [[actor.id for actor in step.actors] for step in procedure.steps]


def test_the_eight_procedures_of_the_document_are_there() -> None:
    assert set(PROCEDURES) == set(get_args(ProcedureName))
    assert len(PROCEDURES) == 8


def test_who_acts_stands_in_the_documents_order() -> None:
    village = ["village_committee", "work_team"]
    assert acting(PROCEDURES["menu_support"]) == [
        ["county_industry_group"],
        [*village, "helper", "household"],
        village,
        village,
        [*village, "villagers"],
        ["township"],
        ["county_industry_group", "county_government"],
        ["township", "village_committee", "helping_unit", "helper", "household"],
        ["township", "county_industry_group"],
    ]
    assert [actors[0] for actors in acting(PROCEDURES["card_payment"])] == ["township", "county_finance", "township"]
    assert [actors[-1] for actors in acting(PROCEDURES["yulu"])] == [
        "county_poverty_office",
        "township",
        "school",
        "student",
        "county_poverty_office",
        "county_finance",
        "county_poverty_office",
        "city_poverty_office",
        "household",
    ]
    assert [actors[0] for actors in acting(PROCEDURES["enterprise_credit"])] == [
        "enterprise",
        "enterprise",
        "enterprise",
        "county_industry_group",
        "bank",
    ]
    assert [actors[0] for actors in acting(PROCEDURES["enterprise_interest_subsidy"])] == [
        "enterprise",
        "enterprise",
        "county_industry_group",
        "county_industry_group",
    ]
    assert [actors[0] for actors in acting(PROCEDURES["project_library"])] == [
        "village_committee",
        "village_committee",
        "township",
        "township",
        "county_line_department",
        "county_poverty_office",
        "county_poverty_group",
        "county_poverty_group",
    ]
    assert [actors[0] for actors in acting(PROCEDURES["identification"])] == [
        "household",
        "county_poverty_office",
        "villagers",
        "village_committee",
        "township",
        "township",
        "county_poverty_office",
        "county_poverty_office",
        "county_poverty_office",
    ]
    assert acting(PROCEDURES["exit_from_poverty"]) == [
        ["villagers"],
        ["village_committee", "work_team", "first_secretary"],
        ["helper", "household"],
        ["village_committee"],
        ["county_poverty_office"],
    ]


def test_displays_stand_where_the_document_asks_for_them_and_last_as_long_as_their_parameter_says() -> None:
    shown = {
        name: [
            (step.number, step.display.kind, step.display.level, step.display.days and step.display.days.name)
            for step in procedure.steps
            if step.display
        ]
        for name, procedure in PROCEDURES.items()
    }
    assert shown == {
        "menu_support": [],
        "card_payment": [],
        "yulu": [(7, "publicity", None, None)],
        "enterprise_credit": [],
        "enterprise_interest_subsidy": [],
        "project_library": [
            (2, "publicity", "village", "publicity.days.village"),
            (4, "publicity", "township", "publicity.days.township"),
            (7, "publicity", "county", "publicity.days.county"),
            (8, "announcement", "county", "publicity.days.county"),
        ],
        "identification": [
            (4, "publicity", "village", None),
            (6, "publicity", "township", None),
            (8, "announcement", "county", None),
        ],
        "exit_from_poverty": [(4, "publicity", None, None), (5, "announcement", None, None)],
    }


def test_deadlines_are_those_of_the_yulu_plan() -> None:
    deadlines = {
        (name, step.number): step.deadline.parameter.name
        for name, procedure in PROCEDURES.items()
        for step in procedure.steps
        if step.deadline
    }
    assert deadlines == {("yulu", 5): "education.yulu.identified_by", ("yulu", 9): "education.yulu.paid_by"}


@grid(("level", "basis"), [("village", "assumption"), ("township", "assumption"), ("county", "policy")])
def test_ten_days_are_policy_for_the_county_and_a_reading_for_the_others(level: str, basis: str) -> None:
    parameter = PARAMETERS.by_name[f"publicity.days.{level}"]
    (dated,) = parameter.values
    assert (parameter.unit, dated.value, dated.basis) == ("days", 10, basis)
    assert "二.6.(2)" in dated.clause


def test_a_benefit_and_its_procedure_name_each_other() -> None:
    of_benefits = {(benefit.id, benefit.procedure) for benefit in BENEFITS if benefit.procedure}
    of_procedures = {(benefit, name) for name, procedure in PROCEDURES.items() for benefit in procedure.benefits}
    assert of_benefits <= of_procedures
    assert {benefit for benefit, _ in of_procedures} == {benefit for benefit, _ in of_benefits}
    assert ("industry.menu_support", "card_payment") in of_procedures


def test_every_wording_has_chinese_in_chinese_and_none_in_english_outside_brackets() -> None:
    chinese = re.compile(r"[一-鿿]")
    wordings = [procedure.name for procedure in PROCEDURES.values()]
    for procedure in PROCEDURES.values():
        wordings += procedure.notes
        for step in procedure.steps:
            wordings += [step.does, *(each.name for each in (*step.actors, *step.needs, *step.makes))]
            wordings += [step.assumed] if step.assumed else []
            wordings += [step.deadline.what] if step.deadline else []
    assert len(wordings) > 150
    for wording in wordings:
        assert chinese.search(wording["zh"]), wording
        assert not chinese.search(re.sub(r"\([^)]*\)", "", wording["en"])), wording


def test_no_day_and_no_number_of_days_is_written_into_the_procedures() -> None:
    assert not re.search(r"\d+ ?(?:天|日|days)|\d+月|[十百]天", SHIPPED)
    assert not re.search(r"\b\d\d-\d\d\b", SHIPPED.replace("from: 2017-01-01", ""))


@grid(
    ("shipped", "doubtful", "complaint"),
    [
        ("education.yulu.paid_by", "education.yulu.payed_by", "unknown parameter 'education.yulu.payed_by'"),
        ("days: publicity.days.county", "days: publicity.days.city", "unknown parameter 'publicity.days.city'"),
        ("parameter: education.yulu.paid_by", "parameter: publicity.days.county", "the unit of publicity.days.county"),
        ("days: publicity.days.village", "days: education.yulu.paid_by", "the unit of education.yulu.paid_by"),
        ("actors: [bank]", "actors: [banc]", "no actor is called 'banc'"),
        ("actors: [bank]", "actors: []", "at least one actor"),
        ("needs: [payment_papers]", "needs: [paper]", "no paper is called 'paper'"),
        ("needs: [payment_papers]", "needs: [interest_statement]", "'payment_papers' stands in no step"),
        ("  yulu:\n", "  yu_lu:\n", "unknown key 'yu_lu'"),
        ("  yulu:\n", "  card_payment:\n", "the key 'card_payment' stands twice"),
        ("kind: announcement", "kind: poster", "unknown 'poster'"),
        ("level: township", "level: town", "unknown 'town'"),
        ("followed_by: card_payment", "followed_by: payment", "unknown 'payment'"),
        ("basis: policy", "basis: hearsay", "unknown 'hearsay'"),
        ("        does:\n", "        doing:\n", "unknown key 'doing'"),
        ("zh: 到就读学校盖章。", "zh: ''", "missing in one language"),
    ],
)
def test_a_file_in_doubt_is_refused(tmp_path: Path, shipped: str, doubtful: str, complaint: str) -> None:
    assert shipped in SHIPPED
    path = tmp_path / "procedures.yaml"
    path.write_text(SHIPPED.replace(shipped, doubtful, 1), encoding="utf-8")
    with pytest.raises(ParameterError, match=re.escape(complaint)) as caught:
        load_procedures(PARAMETERS, path)
    assert str(caught.value).startswith("procedures.yaml:")
