"""What a deployment or a contributor adds to the figures: the answers from its first day on, and their sources."""

import asyncio
import re
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from app.main import create_app
from app.presenters.reimbursements import ReimbursementPresenter
from app.rules.parameters import Parameters, load
from app.rules.strict_yaml import ParameterError
from app.schemas.requests.reimbursements import ReimbursementRequest
from app.settings import Settings
from tests.support.grid import grid
from tests.support.overlays import OVERLAY, broken_overlay, copied_files

BILL: dict[str, Any] = {
    "service_date": "2018-07-01",
    "patient": {"registration": "registered"},
    "visit": {"kind": "outpatient", "facility_level": "city"},
    "bill": {"total": "40000.00", "in_scope": "40000.00"},
    "readings": {"uncovered_care": "served"},
}


@grid("case", ["a gap in time", "a float", "an unknown parameter"])
def test_a_doubtful_overlay_stops_the_application(tmp_path: Path, case: str) -> None:
    path, line = broken_overlay(tmp_path, case)
    with pytest.raises(ParameterError, match=rf"^county\.yaml:{line}: "):
        create_app(Settings(parameters=path, database_url="sqlite://"))


def answered(parameters: Parameters, request: dict[str, Any]) -> dict[str, Any]:
    """Answer a request as the endpoint does, in English."""
    bill = ReimbursementRequest.model_validate(request)
    answer = ReimbursementPresenter(parameters).answer(bill.service_date, bill.to_bill(parameters), "en")
    decoded: dict[str, Any] = orjson.loads(orjson.dumps(answer))
    return decoded


def posted(settings: Settings, *requests: dict[str, Any]) -> list[dict[str, Any]]:
    """Post requests to a service with these settings."""

    async def post() -> list[dict[str, Any]]:
        transport = httpx.ASGITransport(create_app(settings))
        async with httpx.AsyncClient(transport=transport, base_url="http://anda") as client:
            answers = [await client.post("/v1/reimbursements", json=request) for request in requests]
        assert {answer.status_code for answer in answers} == {200}
        return [answer.json() for answer in answers]

    return asyncio.run(post())


def test_an_overlay_holds_from_its_first_day_on_and_the_answers_sources_name_it(tmp_path: Path) -> None:
    overlay = tmp_path / "county.yaml"
    overlay.write_text(OVERLAY, encoding="utf-8")
    days = [BILL | {"service_date": day} for day in ("2018-06-30", "2018-07-01", "2021-01-01")]
    settings = Settings(database_url="sqlite://", access_log=False)
    plain = posted(settings, *days)
    laid_over = posted(settings.model_copy(update={"parameters": overlay}), *days)
    assert laid_over[0] == plain[0]
    for answer in laid_over[1:]:
        relief = answer["layers"][2]
        # 30,000 x 20 % + 10,000 x 85 % = 6,000 + 8,500
        assert relief["paid"] == "14500.00"
        (source,) = (each for each in relief["sources"] if each["parameter"] == "civil_relief.bands")
        assert source == {
            "parameter": "civil_relief.bands",
            "value": "(0.00, 30000.00] 0.20; (30000.00, ∞) 0.85",
            "document": "county.yaml",
            "clause": "旗县〔2018〕7号",
            "basis": "local_source",
            "effective_from": "2018-07-01",
        }
        assert "civil_relief.bands" in answer["warnings"][0]["parameters"]
    # 30,000 x 10 % + 10,000 x 80 % = 3,000 + 8,000
    assert plain[1]["layers"][2]["paid"] == "11000.00"
    others = [name for number, name in enumerate(plain[1]["layers"]) if number < 2]
    assert laid_over[1]["layers"][:2] == others


def test_a_figure_without_a_dated_source_says_so_in_the_answer(tmp_path: Path) -> None:
    overlay = tmp_path / "county.yaml"
    overlay.write_text(OVERLAY + "      dated: no\n", encoding="utf-8")
    settings = Settings(database_url="sqlite://", access_log=False, parameters=overlay)
    basic, _, relief, *_ = posted(settings, BILL | {"visit": {"kind": "inpatient", "facility_level": "city"}})[0][
        "layers"
    ]
    (own,) = (source for source in relief["sources"] if source["parameter"] == "civil_relief.bands")
    assert own["dated"] is False
    undated = {source["parameter"] for source in basic["sources"] if "dated" in source}
    assert undated == {source["parameter"] for source in basic["sources"] if source["basis"] == "local_source"} != set()


# ---- a figure of 2019: one appended entry


def files_of_2018(folder: Path) -> list[Path]:
    """Copy the shipped files without any value that begins after 2018, whatever was appended since."""
    files = copied_files(folder)
    for file in files:
        text = file.read_text(encoding="utf-8")
        text = re.sub(r"^    - from: (2019|20[2-9]\d)-.*\n(      .*\n)*", "", text, flags=re.MULTILINE)
        file.write_text(re.sub(r"^      until: .*\n", "", text, flags=re.MULTILINE), encoding="utf-8")
    return files


def test_one_appended_entry_changes_the_answer_from_its_day_on_and_not_before(tmp_path: Path) -> None:
    copied = files_of_2018(tmp_path)
    shipped = load(copied)
    (file,) = (path for path in copied if path.name == "supplementary_insurance.yaml")
    with file.open("a", encoding="utf-8") as appended:
        appended.write(
            "    - from: 2019-01-01\n"
            "      value: 100000.00\n"
            "      clause: 七.1.(6)\n"
            "      document: explainer\n"
            "      basis: policy\n"
            "      checked: 2026-11-23\n"
        )
    parameters = load(copied)
    # Nothing is in scope; supplementary insurance owes 0 + 8,000 + 10,000 + 12,000 + 230,000 x 70 % = 191,000.
    bill = BILL | {
        "bill": {"total": "300000.00", "in_scope": "0.00"},
        "readings": {"layer_order": "insurance_first", "uncovered_care": "served"},
    }
    for day in ("2017-01-01", "2018-12-31"):
        before = bill | {"service_date": day}
        assert answered(parameters, before) == answered(shipped, before)
        assert answered(parameters, before)["layers"][2]["paid"] == "80000.00"
    for day in ("2019-01-01", "2020-12-31", "2022-02-22"):
        after = bill | {"service_date": day}
        layer = answered(parameters, after)["layers"][2]
        assert (layer["layer"], layer["due"], layer["paid"]) == ("supplementary_insurance", "191000.00", "100000.00")
        cited = {source["parameter"]: source["effective_from"] for source in layer["sources"]}
        assert cited == {"supplementary_insurance.bands": "2017-01-01", "supplementary_insurance.limit": "2019-01-01"}
    unchanged = {name for name, parameter in parameters.by_name.items() if parameter == shipped.by_name[name]}
    assert set(parameters.by_name) - unchanged == {"supplementary_insurance.limit"}
