"""The year that the README works through in the ledger is what the ledger books, in both languages."""

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from test_readme import READMES, text

from app.clock import Clock
from app.db import tokens
from app.db.engine import make_engine, migrate, writing
from app.db.ledger import institutions
from app.main import create_app
from app.settings import Settings

Json = dict[str, Any]

STAYS = [
    ("2018-03-08", "42000.00", "40000.00"),
    ("2018-06-20", "62000.00", "58000.00"),
    ("2018-11-02", "800000.00", "260000.00"),
]
SHOWN = ("basic_insurance", "critical_illness", "civil_relief", "supplementary_insurance")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A settlement desk at the city hospital, and the README's person in the register."""
    folder: Path = tmp_path_factory.mktemp("ledger")
    address = f"sqlite:///{folder / 'anda.db'}"
    engine = make_engine(address)
    migrate(engine)
    moment = Clock().now()
    with writing(engine) as connection:
        institutions.write(connection, moment, institutions.Institution("H15090200001", "市中心医院", "city"))
        hospital = tokens.create_for_institution(connection, "H15090200001", "settlement desk", moment.at, 1)
        county = tokens.create(connection, "150902", "county", moment.at, 1)
    engine.dispose()
    settings = Settings(database_url=address, access_log=False, person_key_file=folder / "anda.key")
    with TestClient(create_app(settings), headers={"Authorization": f"Bearer {hospital}"}) as client:
        statuses = {"statuses": [{"status": "registered", "from": "2017-01-01"}]}
        written = client.put("/v1/persons/1509230000012", json=statuses, headers={"Authorization": f"Bearer {county}"})
        assert written.status_code == 200
        yield client


def settle(desk: TestClient, stay: int, message: str) -> Json:
    day, total, in_scope = STAYS[stay]
    settled = desk.post(
        "/v1/settlements",
        json={
            "person": "1509230000012",
            "institution": "H15090200001",
            "visit_id": f"ZY{dt.date.fromisoformat(day):%Y%m%d}",
            "message_id": message,
            "service_date": day,
            "visit": {"kind": "inpatient", "facility_level": "city"},
            "bill": {"total": total, "in_scope": in_scope},
        },
    )
    assert settled.status_code == 201, settled.text
    answer: Json = settled.json()
    return answer


def lines(answer: Json) -> list[tuple[str, str, str]]:
    """What is counted, paid and left, layer by layer, but for the fund, which serves no patient like this."""
    layers = {layer["layer"]: layer for layer in answer["reimbursement"]["layers"]}
    assert layers["major_disease_fund"]["outcome"] == "not_eligible"
    return [(layers[name]["base"], layers[name]["paid"], layers[name]["left"]) for name in SHOWN]


def supplementary(desk: TestClient) -> str:
    account = desk.get("/v1/accounts/1509230000012/2018").json()
    paid: str = account["layers"]["supplementary_insurance"]["paid"]
    return paid


def test_the_year_is_booked_reversed_and_booked_again_as_the_readme_says(desk: TestClient) -> None:
    booked = [settle(desk, stay, f"M{stay}") for stay in range(3)]
    expected = [line for answer in booked for line in lines(answer)]
    for name in READMES:
        rows = re.findall(r"^\|[^|]*\|[^|]*\| ([0-9.]+) \|[^|]*\| ([0-9.]+) \| ([0-9.]+) \|$", text(name), re.MULTILINE)
        assert [row for row in rows if row in expected] == expected, name
        assert "6227.20" in text(name)
    assert booked[1]["reimbursement"]["layers"][0]["deductible"] == "0.00"
    assert booked[2]["reimbursement"]["layers"][4]["limited_by"] == "annual_limit"
    first, third = booked[0]["id"], booked[2]["id"]
    assert supplementary(desk) == "80000.00"
    assert desk.post(f"/v1/settlements/{third}/reversal", json={"message_id": "R1"}).status_code == 201
    assert supplementary(desk) == "6227.20"
    refused = desk.post(f"/v1/settlements/{first}/reversal", json={"message_id": "R2"})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/settlement-depended-on")
    assert f" {booked[1]['id']}" in refused.json()["detail"]
    again = settle(desk, 2, "M9")
    assert again["reimbursement"] == booked[2]["reimbursement"]
    assert supplementary(desk) == "80000.00"
