"""A default of a reading in a deployment's file holds at every door, as if each request had asked for it."""

import csv
import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from starlette.testclient import TestClient

from app.bulk.files import TableFile
from app.bulk.run import reimburse_file, result_columns
from app.main import create_app
from app.schemas.flat_fields import FIELDS
from app.settings import Settings, load_parameters
from app.tables.dotted_names import flatten
from tests.support.client import InProcessClient
from tests.support.grid import grid
from tests.support.ledger_desk import SICK, Desk, stay
from tests.support.national_desk import Desk as NationalDesk
from tests.support.random_bills import random_request
from tests.support.rulings import RULED, SINCE, ruling
from tests.support.stores import migrated_file

Json = dict[str, Any]

BILL: Json = {
    "service_date": "2018-05-20",
    "patient": {"registration": "registered", "major_disease": True},
    "visit": {"kind": "inpatient", "facility_level": "city"},
    "bill": {"total": "186000.00", "in_scope": "171000.00"},
}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ruling(tmp_path_factory.mktemp("ruling"))


@pytest.fixture(scope="module")
def ruled(file: Path) -> Iterator[TestClient]:
    settings = Settings(database_url="sqlite://", access_log=False, parameters=file)
    with InProcessClient(create_app(settings)) as client:
        yield client


def amounts(answer: Any) -> Any:
    """What an answer says of amounts and readings; sources and reasons cite the ruling where there is one."""
    if isinstance(answer, list):
        return [amounts(each) for each in answer]
    if not isinstance(answer, dict):
        return answer
    said_otherwise = {"reasons", "sources", "source", "warnings", "policy"}
    return {name: amounts(part) for name, part in answer.items() if name not in said_otherwise}


def bills(seed: int, count: int, first: str = SINCE) -> list[Json]:
    """Random bills on or after a day, without readings of their own."""
    rng = random.Random(seed)
    drawn = ({name: part for name, part in random_request(rng).items() if name != "readings"} for _ in range(10_000))
    return list(islice((body for body in drawn if body["service_date"] >= first), count))


@grid("path", ["", "/range"])
@grid("body", [BILL, *bills(1, 20)])
def test_the_endpoints_answer_as_if_the_request_had_asked(
    client: TestClient, ruled: TestClient, path: str, body: Json
) -> None:
    by_default = ruled.post(f"/v1/reimbursements{path}", json=body).json()
    if path:
        asked = client.post("/v1/reimbursements", json=body | {"readings": RULED}).json()
        assert by_default["default"] == asked["summary"]
        shipped = client.post("/v1/reimbursements/range", json=body).json()
        for extreme in ("lowest", "highest"):
            # All combinations are the same ones; the nearest to other defaults may be another.
            assert by_default[extreme]["out_of_pocket"] == shipped[extreme]["out_of_pocket"]
    else:
        asked = client.post("/v1/reimbursements", json=body | {"readings": RULED}).json()
        assert amounts(by_default) == amounts(asked)


def test_before_the_ruling_the_shipped_default_holds_and_a_request_may_still_ask_for_another(
    client: TestClient, ruled: TestClient
) -> None:
    before = BILL | {"service_date": "2018-04-30"}
    assert ruled.post("/v1/reimbursements", json=before).json() == client.post("/v1/reimbursements", json=before).json()
    chosen = BILL | {"readings": {**RULED, "ceiling": "none"}}
    by_request = ruled.post("/v1/reimbursements", json=BILL | {"readings": {"ceiling": "none"}}).json()
    assert amounts(by_request) == amounts(client.post("/v1/reimbursements", json=chosen).json())


def test_a_reason_cites_the_ruling_and_what_a_request_chose_against_it_is_an_assumption(ruled: TestClient) -> None:
    def source(code: str, **readings: str) -> Json:
        answer = ruled.post("/v1/reimbursements", json=BILL | {"readings": readings}).json()
        relief = next(layer for layer in answer["layers"] if layer["layer"] == "civil_relief")
        found: Json = next(reason["source"] for reason in relief["reasons"] if reason["code"] == code)
        return found

    cited = source("general_relief_beside_the_bands")
    assert (cited["document"], cited["clause"]) == ("ruling.yaml", "旗县〔2018〕9号")
    assert (cited["basis"], cited["effective_from"]) == ("local_source", SINCE)
    assumed = source("general_relief_up_to", general_relief="first_band")
    assert (assumed["clause"], assumed["basis"]) == ("R3", "assumption")


def test_the_list_of_readings_shows_the_ruling_after_the_shipped_default(ruled: TestClient) -> None:
    listed = {reading["reading"]: reading for reading in ruled.get("/v1/readings").json()["readings"]}
    shipped, own = listed["ceiling"]["defaults"]
    assert (shipped["value"], shipped["effective_until"]) == ("none", "2018-04-30")
    assert (own["value"], own["effective_from"], own["effective_until"]) == ("ninety_percent", SINCE, None)
    assert listed["ceiling"]["default"] == "ninety_percent"


def test_each_bill_of_a_household_has_the_default_of_its_own_day(client: TestClient, ruled: TestClient) -> None:
    days = ("2018-04-30", SINCE, "2019-01-01", "2018-01-31")
    household = {
        "registration": "registered",
        "members": [{"id": "m", "major_disease": True}],
        "bills": [{"member": "m", "service_date": day, "visit": BILL["visit"], "bill": BILL["bill"]} for day in days],
    }
    answered = ruled.post("/v1/reimbursements/household", json=household).json()
    defaults = client.post("/v1/reimbursements", json=BILL).json()["readings"]
    assert [answer["readings"] for answer in answered["bills"]] == [
        defaults | (RULED if day >= SINCE else {}) for day in days
    ]
    for met, answer, day in zip(answered["years_to_date"], answered["bills"], days, strict=True):
        single = BILL | {"service_date": day, "year_to_date": met, "readings": answer["readings"]}
        assert amounts(answer) == amounts(client.post("/v1/reimbursements", json=single).json())


@pytest.mark.lengthy
def test_a_row_of_a_file_has_the_default_of_its_own_day(client: TestClient, file: Path, tmp_path: Path) -> None:
    drawn = [BILL, *bills(2, 60, "2017-01-01")]
    rows = [{**flatten(body), "readings.ceiling": "none" if number % 3 else ""} for number, body in enumerate(drawn)]
    source = tmp_path / "bills.csv"
    with source.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, FIELDS)
        writer.writeheader()
        for row in rows:
            cells = {name: str(value).lower() if isinstance(value, bool) else value for name, value in row.items()}
            writer.writerow({name: "" if value is None else value for name, value in cells.items()})
    parameters = load_parameters(Settings(parameters=file))
    outcome = reimburse_file(TableFile(source), tmp_path / "paid.csv", tmp_path / "refused.csv", parameters)
    assert outcome.refused == 0
    written = pl.read_csv(tmp_path / "paid.csv", infer_schema=False).select(result_columns()).rows(named=True)
    for number, (body, row) in enumerate(zip(drawn, written, strict=True)):
        chosen = dict(RULED) if body["service_date"] >= SINCE else {}
        if number % 3:
            chosen["ceiling"] = "none"
        asked = client.post("/v1/reimbursements", json=body | {"readings": chosen}).json()
        assert row["summary.out_of_pocket"] == asked["summary"]["out_of_pocket"]
        for layer in asked["layers"]:
            assert row[f"layers.{layer['layer']}.paid"] == layer["paid"]


@pytest.mark.lengthy
def test_the_ledger_settles_by_the_default_on_the_service_date(file: Path, tmp_path: Path) -> None:
    address = migrated_file(tmp_path)
    with Desk(address, tmp_path / "anda.key") as desk, desk.reopened(parameters=file) as ruled:
        for day, readings in (("2018-05-20", RULED), ("2018-04-30", {})):
            person, other = desk.person(*SICK), desk.person(*SICK)
            desk.accept_figures()
            asked = desk.settle(stay(person, service_date=day, readings=readings))["reimbursement"]
            ruled.accept_figures()
            by_default = ruled.settle(stay(other, service_date=day))["reimbursement"]
            assert amounts(by_default) == amounts(asked)


def test_the_national_interface_settles_by_it_too(client: TestClient, file: Path, tmp_path: Path) -> None:
    # The patient has a chronic disease as well; the parts of the bill put 171,000 in scope.
    patient = {"registration": "registered", "major_disease": True, "chronic_disease": True}
    asked = client.post("/v1/reimbursements", json=BILL | {"patient": patient, "readings": RULED}).json()
    with NationalDesk(migrated_file(tmp_path), parameters=file) as desk:
        settled = desk.stay("2304", "V1").info
    assert f"{settled['psn_part_amt']:.2f}" == asked["summary"]["out_of_pocket"]
    by_default = client.post("/v1/reimbursements", json=BILL | {"patient": patient}).json()
    assert by_default["summary"]["out_of_pocket"] != asked["summary"]["out_of_pocket"]


def test_the_page_presets_the_default_of_the_day(ruled: TestClient) -> None:
    for day, words in (("2018-04-30", "不另设上限"), (SINCE, "合计不超过医疗费用总额的规定比例")):
        form = ruled.get("/bill", params={"service_date": day}).text
        assert f"默认口径：{words}" in form
