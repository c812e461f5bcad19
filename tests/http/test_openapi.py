"""The OpenAPI is what the service does: complete, its examples answered, every answer inside its declared schema."""

import random
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from httpx import Response
from starlette.testclient import TestClient

from app.http.problems import STATUS
from app.schemas.examples import BILLS, CLAIMANTS
from tests.support.document import DOCUMENT, OPERATIONS, STORING, validator
from tests.support.entitlement_oracle import BENEFITS
from tests.support.grid import grid
from tests.support.random_bills import random_request
from tests.support.scale import scaled

Json = dict[str, Any]

BODIES = {label: operation for label, operation in OPERATIONS.items() if "requestBody" in operation}
STORED = {label for label, operation in OPERATIONS.items() if set(operation["tags"]) & set(STORING)}
CALCULATIONS = {label: operation for label, operation in BODIES.items() if label not in STORED}
SINGLE, RANGE, BATCH = "POST /v1/reimbursements", "POST /v1/reimbursements/range", "POST /v1/reimbursements/batch"
PROBLEM = {"$ref": "#/components/schemas/Problem"}
LANGUAGES = ["zh", "en"]


def answer_schema(label: str, status: str = "200") -> Json:
    schema: Json = OPERATIONS[label]["responses"][status]["content"]["application/json"]["schema"]
    return schema


def body_schema(label: str) -> Json:
    schema: Json = OPERATIONS[label]["requestBody"]["content"]["application/json"]["schema"]
    return schema


def faults(checking: jsonschema_rs.Validator, document: object) -> list[str]:
    return [f"{error.instance_path} {error.message}" for error in checking.iter_errors(document)]


def schemas_used(schema: Any) -> Iterator[str]:
    """The names of the components that a schema refers to, directly or not."""
    pending, seen = [schema], set()
    while pending:
        at = pending.pop()
        if isinstance(at, dict):
            name = str(at.get("$ref", "")).rpartition("/")[2]
            if name and name not in seen:
                seen.add(name)
                pending.append(DOCUMENT["components"]["schemas"][name])
            pending.extend(at.values())
        elif isinstance(at, list):
            pending.extend(at)
    yield from sorted(seen)


REQUEST_FIELDS = [
    (schema, field)
    for schema in sorted({name for label in BODIES for name in schemas_used(body_schema(label))})
    for field in DOCUMENT["components"]["schemas"][schema].get("properties", {})
]


# The document --------------------------------------------------------------------------------------


def test_the_document_is_openapi_3_1_and_served_as_it_stands(client: TestClient) -> None:
    assert DOCUMENT["openapi"].startswith("3.1")
    assert client.get("/openapi.json").json() == DOCUMENT


def test_every_operation_of_this_part_of_the_contract_is_there() -> None:
    assert {
        SINGLE,
        RANGE,
        BATCH,
        "POST /v1/reimbursements/household",
        "POST /v1/entitlements",
        "POST /v1/poverty-assessment",
        "POST /v1/enterprise-credit",
        "POST /v1/relocation-plan",
        "GET /v1/parameters",
        "GET /v1/parameters/{name}",
        "GET /v1/readings",
        "GET /v1/benefits",
        "GET /v1/procedures",
        "GET /v1/procedures/{name}",
        "GET /v1/housing-options",
        "GET /v1/regions",
        "GET /v1/poverty-line",
        "POST /v1/projects",
        "GET /v1/projects",
        "GET /v1/projects/{number}",
        "PATCH /v1/projects/{number}",
        "POST /v1/projects/{number}/actions",
        "GET /v1/projects/{number}/events",
        "POST /v1/projects/{number}/allocations",
        "POST /v1/projects/{number}/progress",
        "POST /v1/projects/{number}/outcome",
        "GET /v1/projects.csv",
        "GET /v1/projects.oc4ids.json",
        "GET /v1/notices",
        "GET /v1/notices/{number}",
        "POST /v1/notices/{number}/objections",
        "POST /v1/objections/{number}/decision",
        "GET /healthz",
        "GET /readyz",
        "GET /metrics",
    } <= set(OPERATIONS)


@grid("label", OPERATIONS)
def test_every_operation_declares_its_errors_as_problems(label: str) -> None:
    responses = OPERATIONS[label]["responses"]
    expected = {"500"}
    if "National interface" in OPERATIONS[label]["tags"]:
        # Whatever becomes of a transaction is said in its envelope, with 200.
        expected |= {"503"}
    elif label in BODIES:
        expected |= {"413", "415", "422"}
    if any(parameter["in"] == "query" for parameter in OPERATIONS[label].get("parameters", [])):
        expected |= {"422"}
    if "{" in label and "National interface" not in OPERATIONS[label]["tags"]:
        expected |= {"404"}
    if label == "GET /readyz":
        expected |= {"503"}
    assert expected <= set(responses)
    for status, response in responses.items():
        assert response["description"], status
        if int(status) >= 400:
            assert response["content"] == {"application/problem+json": {"schema": PROBLEM}}, status
            assert int(status) in STATUS.values()


@grid("label", OPERATIONS)
def test_every_operation_says_what_it_does_and_has_an_id_of_its_own(label: str) -> None:
    operation = OPERATIONS[label]
    assert operation["summary"]
    assert operation["description"]
    assert operation["tags"]
    assert [other["operationId"] for other in OPERATIONS.values()].count(operation["operationId"]) == 1
    for parameter in operation.get("parameters", []):
        assert parameter["schema"]


def test_the_request_has_fields_to_describe() -> None:
    assert {field for _, field in REQUEST_FIELDS} >= {"total", "in_scope", "registration", "year_to_date", "readings"}
    assert len(REQUEST_FIELDS) > 30


@grid(("schema", "field"), REQUEST_FIELDS)
def test_every_request_field_is_described(schema: str, field: str) -> None:
    described = DOCUMENT["components"]["schemas"][schema]["properties"][field]
    assert len(described.get("description", "")) > 10


def test_every_answered_field_is_described() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    silent = [
        f"{name}.{field}"
        for name, schema in schemas.items()
        for field, declared in schema.get("properties", {}).items()
        if "description" not in declared
    ]
    assert len(schemas) > 20
    assert silent == []


@grid(
    "field",
    ["total", "in_scope", "base", "paid", "basic_insurance", "critical_illness"],
)
def test_every_amount_of_a_request_says_its_unit(field: str) -> None:
    amounts = [
        DOCUMENT["components"]["schemas"][schema]["properties"][name]
        for schema, name in REQUEST_FIELDS
        if name == field and schema in {"BillAmounts", "LayerYearToDate", "Adjudicated"}
    ]
    assert amounts
    assert all("yuan" in amount["description"] for amount in amounts)


def test_no_request_object_takes_a_field_that_it_does_not_declare() -> None:
    for schema in {schema for schema, _ in REQUEST_FIELDS}:
        assert DOCUMENT["components"]["schemas"][schema]["additionalProperties"] is False, schema


def test_the_document_names_no_other_host() -> None:
    assert DOCUMENT["servers"] == [{"url": "/"}]


# Examples ------------------------------------------------------------------------------------------


def test_the_five_examples_of_the_issue_are_there() -> None:
    examples = OPERATIONS[SINGLE]["requestBody"]["content"]["application/json"]["examples"]
    assert set(examples) == {
        "ordinary_patient",
        "registered_major_disease",
        "second_admission",
        "chronic_outpatient",
        "already_adjudicated",
    }
    assert {name: example["value"] for name, example in examples.items()} == {
        name: example["value"] for name, example in BILLS.items()
    }


def examples_of(label: str) -> dict[str, Json]:
    """The request examples of an operation, by name."""
    examples: dict[str, Json] = BODIES[label]["requestBody"]["content"]["application/json"].get("examples", {})
    return examples


def expect_inside_the_schema(response: Response, label: str, language: str) -> None:
    assert response.status_code == 200, response.text
    assert response.headers["content-language"] == language
    assert faults(validator(answer_schema(label)), response.json()) == []


def test_every_calculation_shows_an_example_but_the_batch_whose_items_are_those_of_the_single_bill() -> None:
    assert {label for label in CALCULATIONS if not examples_of(label)} == {BATCH}


@grid("language", LANGUAGES)
@grid(("label", "name"), [(label, name) for label in CALCULATIONS for name in examples_of(label)])
def test_every_example_is_valid_and_its_answer_is_inside_the_declared_schema(
    client: TestClient, label: str, name: str, language: str
) -> None:
    example = examples_of(label)[name]
    assert example["summary"]
    assert faults(validator(body_schema(label)), example["value"]) == []
    response = client.post(label.split()[1], json=example["value"], headers={"Accept-Language": language})
    expect_inside_the_schema(response, label, language)


@grid("language", LANGUAGES)
@grid("name", BILLS)
def test_every_example_of_a_bill_is_answered_in_a_batch_beside_a_refused_one(
    client: TestClient, name: str, language: str
) -> None:
    body = [BILLS[name]["value"], {"service_date": "2016-12-31"}]
    response = client.post(BATCH.split()[1], json=body, headers={"Accept-Language": language})
    expect_inside_the_schema(response, BATCH, language)
    single = client.post(SINGLE.split()[1], json=body[0], headers={"Accept-Language": language})
    assert response.json()[0] == single.json()


@grid("name", BILLS)
def test_every_answered_example_of_the_document_is_what_the_service_answers(client: TestClient, name: str) -> None:
    shown = OPERATIONS[SINGLE]["responses"]["200"]["content"]["application/json"]["examples"][name]["value"]
    answer = client.post("/v1/reimbursements", json=BILLS[name]["value"], headers={"Accept-Language": "en"})
    assert answer.json() == shown


SHOWN = [
    ("GET /v1/parameters", "/v1/parameters"),
    ("GET /v1/parameters", "/v1/parameters?on=2018-05-20"),
    ("GET /v1/parameters/{name}", "/v1/parameters/civil_relief.bands"),
    ("GET /v1/parameters/{name}", "/v1/parameters/policy.last_day?on=2018-05-20"),
    ("GET /v1/readings", "/v1/readings"),
    ("GET /v1/benefits", "/v1/benefits"),
    ("GET /v1/procedures", "/v1/procedures"),
    ("GET /v1/procedures/{name}", "/v1/procedures/yulu"),
    ("GET /v1/procedures/{name}", "/v1/procedures/menu_support"),
    ("GET /v1/housing-options", "/v1/housing-options"),
    ("GET /v1/regions", "/v1/regions"),
    ("GET /v1/regions", "/v1/regions?place=150923101200"),
    ("GET /v1/regions", "/v1/regions?county=150923"),
    ("GET /v1/regions", "/v1/regions?name=商都"),
    ("GET /v1/poverty-line", "/v1/poverty-line"),
    ("GET /v1/poverty-line", "/v1/poverty-line?year=2018"),
    ("GET /v1/poverty-line", "/v1/poverty-line?year=2021"),
    ("GET /healthz", "/healthz"),
    ("GET /readyz", "/readyz"),
]


@grid("language", LANGUAGES)
@grid(("label", "path"), SHOWN)
def test_every_other_answer_is_inside_the_declared_schema(
    client: TestClient, label: str, path: str, language: str
) -> None:
    response = client.get(path, headers={"Accept-Language": language})
    assert response.status_code == 200
    assert faults(validator(answer_schema(label)), response.json()) == []


def test_no_answer_in_json_is_left_out() -> None:
    in_json = {
        label
        for label, operation in OPERATIONS.items()
        if label not in STORED and "application/json" in operation["responses"]["200"]["content"]
    }
    assert in_json == set(CALCULATIONS) | {label for label, _ in SHOWN}


@grid("language", LANGUAGES)
def test_every_benefit_is_listed_in_its_order_with_figures_and_a_procedure_that_are_there(
    client: TestClient, language: str
) -> None:
    headers = {"Accept-Language": language}
    benefits = client.get("/v1/benefits", headers=headers).json()["benefits"]
    assert [benefit["id"] for benefit in benefits] == list(BENEFITS)
    figures = {each["name"] for each in client.get("/v1/parameters", headers=headers).json()["parameters"]}
    procedures = {
        each["procedure"]: each["benefits"]
        for each in client.get("/v1/procedures", headers=headers).json()["procedures"]
    }
    for benefit in benefits:
        assert benefit["id"].startswith(f"{benefit['group']}.")
        assert set(benefit["parameters"]) <= figures
        if benefit["procedure"] is not None:
            assert benefit["id"] in procedures[benefit["procedure"]]
    assert {benefit["id"] for benefit in benefits if benefit["procedure"]} == {
        benefit for served in procedures.values() for benefit in served
    }


def test_an_entitlement_and_its_benefit_in_the_list_tell_the_same(client: TestClient) -> None:
    listed = {benefit["id"]: benefit for benefit in client.get("/v1/benefits").json()["benefits"]}
    for example in CLAIMANTS.values():
        entitlements = client.post("/v1/entitlements", json=example["value"]).json()["entitlements"]
        assert list(dict.fromkeys(entry["benefit"] for entry in entitlements)) == list(BENEFITS)
        for entry in entitlements:
            benefit = listed[entry["benefit"]]
            assert (entry["member"] is None) == (benefit["of"] == "household")
            for field in ("name", "form", "per", "procedure"):
                assert entry[field] == benefit[field], (entry["benefit"], field)


# Random bills --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_every_answer_over_random_bills_is_inside_the_declared_schema(client: TestClient) -> None:
    rng = random.Random("schema 20180520")
    request, answer, ranged = (
        validator(schema) for schema in (body_schema(SINGLE), *map(answer_schema, (SINGLE, RANGE)))
    )
    headers = {"Accept-Language": "en"}
    for number in range(scaled(200, 5_000)):
        body = random_request(rng)
        assert faults(request, body) == []
        response = client.post("/v1/reimbursements", json=body, headers=headers)
        assert response.status_code == 200
        assert faults(answer, response.json()) == [], body
        if number % 10 == 0:
            body.pop("readings", None)
            response = client.post("/v1/reimbursements/range", json=body, headers=headers)
            assert response.status_code == 200
            assert faults(ranged, response.json()) == [], body


def test_the_declared_schema_refuses_an_answer_with_a_field_too_many_or_too_few(client: TestClient) -> None:
    answer = client.post("/v1/reimbursements", json=BILLS["ordinary_patient"]["value"]).json()
    checking = validator(answer_schema(SINGLE))
    assert checking.is_valid(answer)
    assert not checking.is_valid(answer | {"total": "1.00"})
    assert not checking.is_valid({name: value for name, value in answer.items() if name != "warnings"})
    assert not checking.is_valid(answer | {"layers": answer["layers"][:4]})


@grid(
    ("field", "value", "valid"),
    [
        ("total", "1200.00", True),
        ("total", 1200.5, True),
        ("total", "1200.005", False),
        ("total", 0, False),
        ("total", "-1", False),
        ("total", "01", False),
        ("total", 1e40, False),
        ("total", True, False),
        ("in_scope", 0, True),
        ("in_scope", None, False),
    ],
)
def test_the_declared_schema_and_the_service_agree_on_what_an_amount_is(
    client: TestClient, field: str, value: object, valid: bool
) -> None:
    example = BILLS["ordinary_patient"]["value"]
    body = example | {"bill": {"total": "1300.00", "in_scope": "0.00"} | {field: value}}
    assert validator(body_schema(SINGLE)).is_valid(body) == valid
    response = client.post("/v1/reimbursements", json=body)
    assert response.status_code == (200 if valid else 422)
