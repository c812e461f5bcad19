"""OC4IDS: every project is valid whatever its status, amounts are exact, a package may be written piece by piece."""

import json
from decimal import Decimal
from typing import Any, get_args

import jsonschema_rs
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.projects.oc4ids import PROJECT_STATUS, oc4ids_project, package_head, package_projects, package_tail
from app.rules.money import format_yuan
from app.rules.projects.procedure import Status
from tests.support.grid import grid
from tests.support.oc4ids_constraints import PACKAGE, PROJECT
from tests.support.random_projects import CONSTRUCTIONS, EXAMPLE, GREATEST_FEN, projects, record_of
from tests.support.scale import scaled

pytestmark = pytest.mark.lengthy

VALID_PROJECT = jsonschema_rs.Draft4Validator(PROJECT, validate_formats=True)
VALID_PACKAGE = jsonschema_rs.Draft4Validator(PACKAGE, validate_formats=True)

FILTERED = [HealthCheck.filter_too_much, HealthCheck.too_slow]
"""Most texts drawn are blank or hold what no text may; a few in a row are no fault of the test."""

URI = "https://anda.example/v1/open-data/oc4ids.json"
PUBLISHED = "2018-05-02T02:03:04Z"


def faults(checking: jsonschema_rs.Validator, document: object) -> list[str]:
    return [f"{error.instance_path}: {error.message}" for error in checking.iter_errors(document)]


def blanks(value: object) -> list[object]:
    """List the empty values in a document, which the standard wants left out with their names."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    empty = value is None or (isinstance(value, str) and not value.strip()) or value in ([], {})
    return [value] * empty + [blank for each in inner for blank in blanks(each)]


def package(chunks: list[list[dict[str, Any]]], **more: str) -> bytes:
    written = package_head(URI, PUBLISHED, {"name": "乌兰察布市扶贫办"}, **more)
    for number, chunk in enumerate(chunks):
        written += package_projects(map(record_of, chunk), first=number == 0)
    return written + package_tail()


@pytest.mark.slow
@given(projects())
@settings(max_examples=scaled(25, 500), suppress_health_check=FILTERED)
def test_a_project_of_any_status_is_valid(project: dict[str, Any]) -> None:
    written: dict[str, Any] = {**oc4ids_project(record_of(project))}
    assert faults(VALID_PROJECT, written) == []
    assert blanks(written) == []
    unit = written.get("publicAuthority")
    assert [party["id"] for party in written.get("parties", [])] == ([unit["id"]] if unit else [])


@pytest.mark.slow
@given(projects())
@settings(max_examples=scaled(25, 500), suppress_health_check=FILTERED)
def test_what_was_said_is_published(project: dict[str, Any]) -> None:
    written = json.dumps(oc4ids_project(record_of(project)), ensure_ascii=False)
    texts = [project[name] for name in ("name", "category", "construction", "place", "status", "declared", "changed")]
    texts += [project[name] for name in ("place_name", "responsible_unit", "tasks", "participation")]
    texts += [project["poverty_reduction_mechanism"], *project["performance_goals"]]
    texts += [source["fund"] for source in project["budget"]["sources"]]
    for text in filter(None, texts):
        assert json.dumps(text, ensure_ascii=False) in written


@given(st.integers(0, GREATEST_FEN))
def test_an_amount_is_written_exactly(fen: int) -> None:
    yuan = format_yuan(fen)
    project = {**EXAMPLE, "budget": {"total": yuan, "sources": EXAMPLE["budget"]["sources"]}}
    written = json.loads(orjson.dumps(oc4ids_project(record_of(project))), parse_float=Decimal, parse_int=Decimal)
    assert written["budget"]["amount"] == {"amount": Decimal(yuan), "currency": "CNY"}


def test_every_status_of_the_library_has_one_of_the_standard() -> None:
    assert set(PROJECT_STATUS) == set(get_args(Status))
    # projectStatus of OC4IDS is a closed list.
    assert (PROJECT_STATUS["under_way"], PROJECT_STATUS["completed"]) == ("implementation", "completion")
    assert {PROJECT_STATUS["withdrawn"], PROJECT_STATUS["removed"]} == {"cancelled"}


@grid("status", sorted(PROJECT_STATUS))
@grid("construction", CONSTRUCTIONS)
def test_the_librarys_own_words_stay_beside_the_standards(status: str, construction: str) -> None:
    written = oc4ids_project(record_of({**EXAMPLE, "status": status, "construction": construction}))
    codes = {each["scheme"]: each["id"] for each in written["additionalClassifications"]}
    assert codes == {"anda-category": "基础设施", "anda-construction": construction, "anda-status": status}
    assert ("type" in written) == (construction != "continuation")


def test_a_whole_project_reads_as_the_standard_asks() -> None:
    assert oc4ids_project(record_of(EXAMPLE), "oc4ids-abc123") == {
        "id": "oc4ids-abc123-17",
        "updated": "2018-05-02T02:03:04Z",
        "language": "zh",
        "identifiers": [{"id": "17", "scheme": "anda-village-project-library"}],
        "publicAuthority": {"id": "responsible-unit", "name": "七台镇人民政府"},
        "title": "十大股村通村水泥路",
        "description": "硬化道路 3 公里\n修建过水路面一处",
        "budget": {
            "amount": {"amount": 500000.1, "currency": "CNY"},
            "requestDate": "2018-02-01T02:03:04Z",
            "budgetBreakdowns": [
                {
                    "id": "sources",
                    "description": "按资金来源",
                    "budgetBreakdown": [
                        {
                            "id": "1",
                            "description": "财政专项扶贫资金",
                            "amount": {"amount": 300000, "currency": "CNY"},
                        },
                        {
                            "id": "2",
                            "description": "村集体自筹: 2018",
                            "amount": {"amount": 200000.1, "currency": "CNY"},
                        },
                    ],
                }
            ],
        },
        "period": {"startDate": "2018-05-01T00:00:00+08:00", "endDate": "2018-10-31T23:59:59+08:00"},
        "locations": [
            {
                "id": "150923100201",
                "gazetteer": {"scheme": "CN-NBS", "identifiers": ["150923100201"]},
                "description": "商都县七台镇十大股村",
            }
        ],
        "status": "implementation",
        "type": "construction",
        "purpose": "优先吸纳贫困户务工",
        "additionalClassifications": [
            {"scheme": "anda-category", "id": "基础设施"},
            {"scheme": "anda-construction", "id": "new"},
            {"scheme": "anda-status", "id": "under_way"},
        ],
        "parties": [{"id": "responsible-unit", "name": "七台镇人民政府", "roles": ["publicAuthority"]}],
        "forecasts": [
            {
                "id": "performanceGoals",
                "title": "绩效目标",
                "observations": [
                    {"id": "1", "measure": "出行时间缩短一半"},
                    {"id": "2", "measure": "带动 25 户贫困户增收"},
                ],
            }
        ],
        "metrics": [
            {
                "id": "fundsAllocated",
                "title": "已安排资金",
                "observations": [
                    {
                        "id": "1",
                        "value": {"amount": 100000, "currency": "CNY"},
                        "dimensions": {"fund": "财政专项扶贫资金"},
                    }
                ],
            }
        ],
        "documents": [
            {
                "id": "participation",
                "documentType": "villagersParticipation",
                "title": "群众参与",
                "description": "村民代表大会讨论通过",
                "language": "zh",
            }
        ],
        "benefits": [
            {
                "title": "受益对象",
                "beneficiaries": [
                    {"description": "受益农户40户", "numberOfPeople": 102},
                    {"description": "其中建档立卡贫困户25户", "numberOfPeople": 61},
                ],
            }
        ],
    }


def test_a_package_that_is_written_piece_by_piece_is_valid() -> None:
    numbered = [{**EXAMPLE, "id": number} for number in range(1, 6)]
    written = orjson.loads(package([numbered[:2], [], numbered[2:]], licence=f"{URI}#licence", publication_policy=URI))
    assert faults(VALID_PACKAGE, written) == []
    assert written["version"] == "0.9"
    assert [project["id"] for project in written["projects"]] == [
        f"oc4ids-unregistered-{number}" for number in range(1, 6)
    ]


def test_a_package_of_nothing_is_json_but_the_standard_wants_a_project() -> None:
    written = orjson.loads(package([[]]))
    assert written["projects"] == []
    assert "license" not in written
    assert len(faults(VALID_PACKAGE, written)) == 1
