"""By the document: what the OpenAPI suggests is answered as it declares, and so is all that a whole county asks."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from zlib import crc32

import httpx
import jsonschema_rs
import pytest
import schemathesis
from hypothesis import settings as hypothesis_settings
from sqlalchemy import insert

from app.db import tokens
from app.db.engine import writing
from app.db.ledger.models import InstitutionEntry
from tests.support.county import DAY_OF, LEVEL_OF_STEP, LONG_AGO, PLACES, STATUSES, County, Json, OnADay
from tests.support.document import DOCUMENT, validator
from tests.support.document import OPERATIONS as ALL_OPERATIONS
from tests.support.every_request import DAY, REQUESTS, prepare, put, without
from tests.support.lasting import store_for
from tests.support.scale import LONG, scaled
from tests.support.suggested_calls import CHECKS, UNHURRIED

pytestmark = pytest.mark.lengthy

TAG = "Project library"
OPERATIONS = {label: operation for label, operation in ALL_OPERATIONS.items() if TAG in operation["tags"]}
FORMS = {label: re.compile(re.sub(r"\{\w+\}", "[^/]+", label.split()[1])) for label in OPERATIONS}
ASKING = ("village", "township", "county", None, "other_county")
"""Who asks, by turns."""


# ---- what the document suggests

BY_THE_DOCUMENT = schemathesis.openapi.from_dict(DOCUMENT).include(tag=TAG)
BY_THE_DOCUMENT.app = object()  # in process: the application itself is given with each call
# The values at every boundary, in the long form: their calls are gathered at collection, in seconds, by every process.
BY_THE_DOCUMENT.config.phases.coverage.enabled = LONG


class Spoken:
    """A county that is spoken to by the document, and how it has answered."""

    def __init__(self, county: County) -> None:
        self.client = county.on(DAY)
        self.token = {who: county.token(who) for who in ASKING if who}
        self.numbers = sorted({*prepare(county), 1, 2, 3, 999_999})
        self.statuses: Counter[tuple[str, int]] = Counter()


@pytest.fixture(scope="module")
def spoken(request: pytest.FixtureRequest, database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spoken]:
    """A county with something under every number that is asked for."""
    with County(
        store_for(request, tmp_path_factory, "by_the_document", database), objections_a_minute=1_000_000
    ) as county:
        yield Spoken(county)


@pytest.mark.slow
@BY_THE_DOCUMENT.parametrize()
@hypothesis_settings(
    max_examples=scaled(8, 60),
    deadline=None,
    suppress_health_check=UNHURRIED,
)
def test_no_call_that_the_document_suggests_is_answered_outside_it(
    case: schemathesis.Case[Any], spoken: Spoken
) -> None:
    # By what is asked, so that the same call has the same officer when it is tried again.
    chance = crc32(repr((case.path_parameters, case.query, case.headers, case.body)).encode("utf-8", "replace"))
    who = ASKING[chance % len(ASKING)]
    if "number" in case.path_parameters and case.meta is not None and case.meta.generation.mode.is_positive:
        # What the document suggests is hardly ever there.
        case.path_parameters["number"] = spoken.numbers[chance // 7 % len(spoken.numbers)]
    headers = {"Authorization": f"Bearer {spoken.token[who]}"} if who else {}
    answer = case.call_and_validate(app=spoken.client.app, headers=headers, checks=CHECKS)
    spoken.statuses[case.operation.label, answer.status_code] += 1


def test_the_calls_that_the_document_suggests_were_answered_in_every_way(spoken: Spoken) -> None:
    if not spoken.statuses:
        pytest.skip("nothing was asked: this test was run without the one before")
    assert {label for label, _ in spoken.statuses} == set(OPERATIONS)
    # Whether a conflict is among a few calls is a matter of luck.
    assert {200, 201, 401, 403, 404, 422} | ({409} if LONG else set()) <= {status for _, status in spoken.statuses}


# ---- what a whole county asks


class Noting(County):
    """A county that keeps every answer."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.answers: list[httpx.Response] = []

    def on(self, day: str) -> OnADay:
        """Return the service as it is on a day, whose answers are kept."""
        client = super().on(day)
        client.event_hooks = {"response": [self._keep]}
        return client

    def _keep(self, answer: httpx.Response) -> None:
        answer.read()
        self.answers.append(answer)


def decide_together(county: Noting, notice: int) -> None:
    """Object, from this service's page and from another site's, and decide under one answer, as everybody."""
    objections = f"/v1/notices/{notice}/objections"
    county.on(DAY).post(objections, json={"content": "有异议。"}, headers={"Origin": "http://elsewhere.example"})
    number = county.on(DAY).post(objections, json={"content": "有异议。"}).json()["id"]
    body = {"objections": [number], "outcome": "dismissed", "answer": "已核实。"}
    for who, changes in (
        *((None, {}), ("county", {}), ("village", {"objections": []}), ("village", {"objections": [999_999]})),
        *(("village", {}), ("village", {})),
    ):
        address = f"/v1/notices/{notice}/decisions"
        county.on(DAY).post(address, json={**body, **changes}, headers=county.headers(who))


def walk(county: Noting) -> None:
    """Do all that can be done, be refused for every reason there is, and read all of it as everybody."""
    for status in STATUSES:
        county.walk_to(status)
    there = prepare(county)

    def send(name: str, body: Any, who: str | None, **headers: str) -> None:
        asked = REQUESTS[name]
        more = {"If-Match": "*"} if asked.method == "PATCH" else {}
        sent = {**county.headers(who), **more, **headers}
        county.on(DAY).request(asked.method, asked.at(there), json=body, headers=sent)

    for name, asked in REQUESTS.items():
        first = next(iter(asked.body))
        send(name, without(asked.body, f"/{first}"), asked.who)
        send(name, put(asked.body, f"/{first}", 1), asked.who)
        send(name, asked.body, None if asked.who else "county", Authorization="Bearer x")
        for who in PLACES:
            if asked.who not in {None, who}:
                send(name, asked.body, who)
        send(name, asked.body, asked.who, **{"If-Match": '"1-1"', "Idempotency-Key": " "})
        send(name, asked.body, asked.who, **{"If-Match": '"9-999"'})
        for _ in range(2):
            send(name, asked.body, asked.who, **{"Idempotency-Key": name})
        send(name, asked.body, asked.who)
    for at, (action, level) in enumerate(LEVEL_OF_STEP.items()):
        # Every step from every status is tried in test_steps as well.
        for number in range(1 + at % scaled(3, 1), len(STATUSES) + 1, scaled(3, 1)):
            county.act(level, number, {"action": action}, DAY_OF["draft"])
    decide_together(county, there.notice)
    county.on(DAY).patch(f"/v1/projects/{there.draft}", json={}, headers=county.headers("village"))
    made = [answer.headers.get("location", "") for answer in county.answers]
    receipts = [address for address in made if address.startswith("/v1/objections/")]
    for asked in REQUESTS.values():
        # Of a project, notice or objection in any status, and of none.
        for number in (*there, 999_999) if "{" in asked.address else ():
            address = re.sub(r"\{\w+\}", str(number), asked.address)
            headers = {**county.headers(asked.who), "If-Match": "*"}
            county.on(DAY).request(asked.method, address, json=asked.body, headers=headers)
    for label in OPERATIONS:
        method, path = label.split()
        for number in (*there, *range(1, 4), 999_999, "x") if method == "GET" else ():
            address = re.sub(r"\{\w+\}", str(number), path)
            if "{" not in path and number != 1:
                continue
            for reader in (None, "village", "county", "other_county"):
                county.on(DAY).get(address, headers=county.headers(reader))
            if number in {1, "x"}:
                county.on(DAY).get(address, headers={"Authorization": "Bearer x"})
                county.on(DAY).get(f"{address}?x=1", headers=county.headers("county"))
    for query in ("limit=2", "limit=0", "status=x", "status=open", "status=in_library", "cursor=x", "place=1509"):
        for what in ("projects", "notices", "projects.csv", "projects.oc4ids.json"):
            county.on(DAY).get(f"/v1/{what}?{query}")
    for receipt in receipts:
        county.on(DAY).get(receipt)


@pytest.fixture(scope="module")
def answered(
    request: pytest.FixtureRequest, database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[httpx.Response]]:
    """All that a county was answered."""
    with Noting(store_for(request, tmp_path_factory, "answered", database), objections_a_minute=1_000_000) as county:
        walk(county)
        yield county.answers


VALIDATORS: dict[tuple[str, str], jsonschema_rs.Validator] = {}


def declared_validator(label: str, status: str, kind: str) -> jsonschema_rs.Validator:
    """Return what checks an answer against the schema that its operation declares."""
    if (label, status) not in VALIDATORS:
        VALIDATORS[label, status] = validator(OPERATIONS[label]["responses"][status]["content"][kind]["schema"])
    return VALIDATORS[label, status]


def asked_by(answer: httpx.Response) -> str:
    """Say which operation was asked."""
    (label,) = [
        label
        for label, form in FORMS.items()
        if label.startswith(f"{answer.request.method} ") and form.fullmatch(answer.request.url.path)
    ]
    return label


@pytest.mark.slow
def test_every_answer_of_a_walked_county_is_inside_its_declared_schema(answered: list[httpx.Response]) -> None:
    for answer in answered:
        label, status = asked_by(answer), str(answer.status_code)
        assert status in OPERATIONS[label]["responses"], (label, status)
        kind = answer.headers["content-type"].partition(";")[0]
        assert kind in OPERATIONS[label]["responses"][status]["content"], (label, status, kind)
        if "json" in kind:
            faults = [
                f"{error.instance_path} {error.message}"
                for error in declared_validator(label, status, kind).iter_errors(answer.json())
            ]
            assert faults == [], (label, status)


@pytest.mark.slow
def test_a_walked_county_is_answered_with_every_status_that_is_declared_but_for_failures(
    answered: list[httpx.Response],
) -> None:
    met = {(asked_by(answer), str(answer.status_code)) for answer in answered}
    declared = {(label, status) for label, operation in OPERATIONS.items() for status in operation["responses"]}
    elsewhere = {"413", "415", "429", "500", "503"}
    """Those have tests of their own."""
    assert {(label, status) for label, status in declared - met if status not in elsewhere} == set()


def test_a_hospitals_token_is_answered_only_with_what_is_declared(county: County) -> None:
    with writing(county.engine) as connection:
        hospital: Json = {"code": "H15090200001", "name": "市医院", "level": "city", "changed": LONG_AGO}
        connection.execute(insert(InstitutionEntry).values(hospital))
        token = tokens.create_for_institution(connection, hospital["code"], "市医院", LONG_AGO, 36_500)
    there = prepare(county)
    headers = {"Authorization": f"Bearer {token}"}
    undeclared = set()
    for label, operation in OPERATIONS.items():
        method, path = label.split()
        address = re.sub(r"\{\w+\}", str(there.in_library), path)
        content = None if method == "GET" else "{}"
        answer = county.on(DAY).request(method, address, headers=headers, content=content)
        if str(answer.status_code) not in operation["responses"]:
            undeclared.add((label, answer.status_code))
    assert undeclared == set()
