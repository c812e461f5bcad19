"""Parameter files: read strictly or not at all, dated, cited, laid over by a deployment, and read in full by the rules.

A case marks the line it expects the complaint to name with `# here`.
"""

import ast
import asyncio
import datetime as dt
import os
import random
import re
import shutil
import string
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any, get_args

import httpx
import orjson
import pytest

import app.rules
from app.i18n import LANGUAGES, wording
from app.main import create_app
from app.presenters.reimbursements import ReimbursementPresenter
from app.rules.parameters import Basis, DatedValue, NoPolicyInForceError, Parameters, load, shipped_files
from app.rules.readings import DEFAULT, QUESTIONS, Readings
from app.rules.registration import BENEFITS
from app.rules.reimbursement.bill import AWAY, Bill, FacilityLevel, Kind
from app.rules.reimbursement.layers import reimburse
from app.rules.reimbursement.outcome import reasons
from app.rules.schedule import Band
from app.rules.strict_yaml import ParameterError
from app.rules.units import UNITS
from app.schemas.requests.reimbursements import ReimbursementRequest
from app.settings import Settings
from tests.support.grid import grid
from tests.support.random_bills import random_request

ANDA = Path(sys.executable).parent / "anda"
RULES = Path(app.rules.__file__).parent
POLICY = RULES / "policy.yaml"
SHIPPED = load(shipped_files())
EXAMPLES = Path(__file__).parent.parent.parent / "docs" / "examples"

GOOD = """\
# Figures of a layer that does not exist.

layer.bands:
  meaning:
    zh: 比例
    en: Ratios by band
  unit: basis points by band of fen
  values:
    - from: 2017-01-01
      value:
        - {above: 0.00, up_to: 30000.00, rate: 10%}
        - {above: 30000.00, up_to: 70000.00, rate: 80%}
        - {above: 70000.00, rate: 90%}
      clause: 七.1.(3)
      document: explainer
      basis: policy
      checked: 2026-11-23

layer.limit:
  meaning:
    zh: 封顶额
    en: Limit
  unit: fen
  values:
    - from: 2017-01-01
      value: 80000.00
      clause: 七.1.(6)
      document: explainer
      basis: policy
      checked: 2026-11-23
    - from: 2018-01-01
      value: 90000.00
      clause: 七.1.(6)
      document: explainer
      basis: assumption
      checked: 2026-11-24

layer.floor:
  meaning:
    zh: 保底
    en: Floor
  unit: basis points
  values:
    - from: 2017-01-01
      value: 62.5%
      clause: 七.1.(7)
      document: explainer
      basis: local_source
      checked: 2026-11-25
"""

FIRST = """\
    - from: 2017-01-01
      value: 80000.00
      clause: 七.1.(6)
      document: explainer
      basis: policy
      checked: 2026-11-23
"""
SECOND = """\
    - from: 2018-01-01
      value: 90000.00
      clause: 七.1.(6)
      document: explainer
      basis: assumption
      checked: 2026-11-24
"""
LAST_BAND = "        - {above: 70000.00, rate: 90%}\n"


def _without(key: str) -> str:
    """Leave one key out of the second value."""
    first, *others = (line[6:] for line in SECOND.splitlines() if not line[6:].startswith(f"{key}:"))
    return f"    - {first}  # here\n" + "".join(f"      {line}\n" for line in others)


BROKEN: dict[str, tuple[str, str, str]] = {
    # name: (what stands in GOOD once, what is put there, what the complaint says)
    # -- time
    "a gap in time": (
        FIRST + "    - from: 2018-01-01\n",
        FIRST + "      until: 2017-12-30\n    - from: 2018-01-01  # here\n",
        "a gap: nothing holds from 2017-12-31 to 2017-12-31",
    ),
    "an overlap in time": (
        FIRST + "    - from: 2018-01-01\n",
        FIRST + "      until: 2018-01-01\n    - from: 2018-01-01  # here\n",
        "an overlap: the value before holds until 2018-01-01",
    ),
    "the same day twice": (
        "    - from: 2018-01-01\n",
        "    - from: 2017-01-01  # here\n",
        "dates must rise",
    ),
    "dates that fall": ("    - from: 2018-01-01\n", "    - from: 2016-12-31  # here\n", "dates must rise"),
    "a value that ends before it begins": (
        SECOND,
        SECOND + "      until: 2017-12-31  # here\n",
        "a value cannot end before it begins",
    ),
    "a beginning after the first day of policy": (
        "    - from: 2017-01-01\n      value: 62.5%\n",
        "    - from: 2017-01-02  # here\n      value: 62.5%\n",
        "layer.floor leaves a gap: nothing holds from 2017-01-01",
    ),
    "no dated value": (
        GOOD[GOOD.index("    - from: 2017-01-01\n      value: 62.5%") - len("  values:\n") :],
        "  values: []  # here\n",
        "a parameter needs at least one dated value",
    ),
    # -- bands
    "a falling band": (
        "        - {above: 30000.00, up_to: 70000.00, rate: 80%}\n",
        "        - {above: 30000.00, up_to: 20000.00, rate: 80%}  # here\n",
        "a falling band",
    ),
    "an empty band": (
        "        - {above: 30000.00, up_to: 70000.00, rate: 80%}\n",
        "        - {above: 30000.00, up_to: 30000.00, rate: 80%}  # here\n",
        "a falling band",
    ),
    "a gap between bands": (
        LAST_BAND,
        "        - {above: 70000.01, rate: 90%}  # here\n",
        "a gap: the band begins above",
    ),
    "an overlap between bands": (
        LAST_BAND,
        "        - {above: 69999.99, rate: 90%}  # here\n",
        "an overlap: the band begins below",
    ),
    "a last band with an upper bound": (
        "        - {above: 0.00, up_to: 30000.00, rate: 10%}\n"
        "        - {above: 30000.00, up_to: 70000.00, rate: 80%}\n" + LAST_BAND,
        "        - {up_to: 30000.00, rate: 10%}\n"
        "        - {up_to: 70000.00, rate: 80%}\n"
        "        - {up_to: 90000.00, rate: 90%}  # here\n",
        "a gap: the last band must have no upper bound",
    ),
    "a band after one without an upper bound": (
        LAST_BAND,
        LAST_BAND + "        - {rate: 95%}  # here\n",
        "an overlap: the band before has no upper bound",
    ),
    "no bands": (
        "      value:\n"
        "        - {above: 0.00, up_to: 30000.00, rate: 10%}\n"
        "        - {above: 30000.00, up_to: 70000.00, rate: 80%}\n" + LAST_BAND,
        "      value: []  # here\n",
        "a schedule needs at least one band",
    ),
    "a single value for bands": (
        "      value:\n"
        "        - {above: 0.00, up_to: 30000.00, rate: 10%}\n"
        "        - {above: 30000.00, up_to: 70000.00, rate: 80%}\n" + LAST_BAND,
        "      value: 80%  # here\n",
        "expected a list",
    ),
    # -- figures
    **{
        f"{rate!r} for a rate": ("value: 62.5%", f"value: {rate}  # here", "is not a percentage")
        for rate in ("0.8", "0.80", "80", "8e-1", "-5%", "80 %", "62.555%", "'0.8'", ".5%", "true", "~", "''")
    },
    "a float for a band's rate": ("rate: 90%}", "rate: 0.9}  # here", "is not a percentage"),
    **{
        f"{rate!r} for a rate above 100%": ("value: 62.5%", f"value: {rate}  # here", "a share cannot exceed 100%")
        for rate in ("100.01%", "101%", "999%")
    },
    "a band's rate above 100%": ("rate: 90%}", "rate: 101%}  # here", "a share cannot exceed 100%"),
    **{
        f"{amount!r} for an amount": ("value: 90000.00", f"value: {amount}  # here", "is not an amount in yuan")
        for amount in (
            "90000.0",
            "90000",
            "9e4",
            "9.0e+4",
            ".inf",
            ".nan",
            "-1.00",
            "90,000.00",
            "90_000.00",
            "90000.000",
            "090000.00",
            "0x10",
            "90000.00 yuan",
            "９0000.00",
        )
    },
    "a float for a band's bound": ("up_to: 30000.00, rate: 10%}", "up_to: 3e4, rate: 10%}  # here", "is not an amount"),
    "a list for an amount": ("value: 90000.00", "value: [90000.00]  # here", "expected a single value"),
    # -- keys
    "a repeated parameter": ("layer.floor:", "layer.limit:  # here", "the key 'layer.limit' stands twice"),
    "a repeated key of a parameter": ("  unit: fen\n", "  unit: fen\n  unit: fen  # here\n", "'unit' stands twice"),
    "a repeated language": ("    en: Limit\n", "    en: Limit\n    en: Most  # here\n", "'en' stands twice"),
    "a repeated key of a value": (
        "      value: 90000.00\n",
        "      value: 90000.00\n      value: 90000.00  # here\n",
        "'value' stands twice",
    ),
    "a repeated key of a band": ("rate: 90%}", "rate: 90%, rate: 90%}  # here", "'rate' stands twice"),
    "an unknown key of a parameter": ("  unit: fen\n", "  unit: fen\n  units: fen  # here\n", "unknown key 'units'"),
    "an unknown language": ("    en: Limit\n", "    en: Limit\n    mn: Limit  # here\n", "unknown key 'mn'"),
    "an unknown key of a value": (
        "      value: 90000.00\n",
        "      value: 90000.00\n      untill: 2018-12-31  # here\n",
        "unknown key 'untill'",
    ),
    "an unknown key of a band": ("{above: 70000.00, rate", "{over: 70000.00, rate", "unknown key 'over'"),
    "a merged key": (
        "    - from: 2017-01-01\n      value: 62.5%\n",
        "    - from: 2017-01-01\n      <<: {}  # here\n      value: 62.5%\n",
        "unknown key '<<'",
    ),
    "a missing key of a parameter": ("  unit: fen\n", "", "the key 'unit' is missing"),
    "a missing language": ("    en: Limit\n", "", "the key 'en' is missing"),
    **{
        f"no {key!r} of a value": (SECOND, _without(key), f"the key '{key}' is missing")
        for key in ("from", "value", "clause", "document", "basis", "checked")
    },
    "a band without a rate": ("{above: 70000.00, rate: 90%}", "{above: 70000.00}  # here", "the key 'rate' is missing"),
    # -- words
    "an unknown basis": ("basis: assumption", "basis: guess  # here", "unknown basis 'guess'"),
    "an unknown unit": ("unit: fen", "unit: yuan  # here", "unknown unit 'yuan'"),
    **{
        f"{day!r} for a day": ("    - from: 2018-01-01\n", f"    - from: {day}  # here\n", "is not a day")
        for day in ("2018-02-30", "2018-1-1", "20180101", "2018-W01-1", "2018-01-01T00:00:00", "2018", "soon", "~")
    },
    "a bad last day": (SECOND, SECOND + "      until: 2019-02-29  # here\n", "is not a day"),
    "a bad day of checking": ("checked: 2026-11-25", "checked: 2026-13-01  # here", "is not a day"),
    "a name without its file's": (
        "layer.floor:\n",
        "player.floor:  # here\n",
        "must begin with its file's name: layer.",
    ),
    "a name that only begins alike": ("layer.floor:\n", "layers.floor:  # here\n", "must begin with its file's name"),
    # -- shape
    "not YAML": ("    en: Limit\n", "    en: 'Limit\n", "not YAML"),
    "a tab": ("    zh: 封顶额\n", "\tzh: 封顶额  # here\n", "not YAML"),
    "a second document": ("layer.floor:\n", "---  # here\nlayer.floor:\n", "not YAML"),
    "a text for a parameter": (GOOD[GOOD.index("layer.floor:") :], "layer.floor: 62.5%  # here\n", "expected keys"),
}
UNMARKED = {  # the line that is named, where no comment can stand on it
    "an unknown key of a band": 13,
    "a missing key of a parameter": 19,
    "a missing language": 20,
    "not YAML": 50,
    "no dated value": 47,
}


def broken(case: str) -> tuple[str, int]:
    """Return a broken file and the line that the complaint must name."""
    old, new, _ = BROKEN[case]
    assert GOOD.count(old) == 1, f"{case}: what is replaced stands {GOOD.count(old)} times"
    text = GOOD.replace(old, new)
    marked = [number for number, line in enumerate(text.splitlines(), 1) if line.endswith("# here")]
    (line,) = marked or [UNMARKED[case]]
    return text, line


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    """A parameter file of a layer, in order so far."""
    path = tmp_path / "layer.yaml"
    path.write_text(GOOD, encoding="utf-8")
    return path


def test_the_file_that_the_cases_break_is_in_order(layer: Path) -> None:
    parameters = load([POLICY, layer])
    assert parameters.by_name["layer.bands"].values[0].value == (
        Band(0, 3_000_000, 1_000),
        Band(3_000_000, 7_000_000, 8_000),
        Band(7_000_000, None, 9_000),
    )
    first, second = parameters.by_name["layer.limit"].values
    assert (first.effective_from, first.until, first.value) == (dt.date(2017, 1, 1), dt.date(2017, 12, 31), 8_000_000)
    assert (second.effective_from, second.until, second.value) == (dt.date(2018, 1, 1), None, 9_000_000)
    assert (second.file, second.line, second.basis) == ("layer.yaml", 31, "assumption")
    assert parameters.by_name["layer.floor"].values[0].value == 6_250
    assert parameters.by_name["layer.floor"].meaning == {"zh": "保底", "en": "Floor"}


@grid("case", BROKEN)
def test_a_doubtful_file_stops_the_load_and_the_complaint_names_file_and_line(layer: Path, case: str) -> None:
    text, line = broken(case)
    layer.write_text(text, encoding="utf-8")
    with pytest.raises(ParameterError) as caught:
        load([POLICY, layer])
    complaint = str(caught.value)
    assert complaint.startswith(f"layer.yaml:{line}: ")
    assert BROKEN[case][2] in complaint


@grid(
    ("content", "says"),
    [
        (b"", "the file is empty"),
        (b"# nothing but a remark\n", "the file is empty"),
        ("layer.floor:\n  meaning: {zh: 保底".encode("gb18030"), "not YAML in UTF-8"),
        (b"\x00", "not YAML in UTF-8"),
        (b"- layer.floor\n", "expected keys with values"),
        (b"null\n", "expected keys with values"),
    ],
)
def test_a_file_that_holds_no_parameters_stops_the_load(layer: Path, content: bytes, says: str) -> None:
    layer.write_bytes(content)
    with pytest.raises(ParameterError, match=re.escape(says)) as caught:
        load([POLICY, layer])
    assert str(caught.value).startswith("layer.yaml:1: ")


def test_a_file_that_is_not_there_or_is_a_folder_stops_the_load(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    for name in ("missing.yaml", "folder.yaml"):
        with pytest.raises(ParameterError, match=f"^{name}:1: cannot be read"):
            load([POLICY, tmp_path / name])


def test_a_parameter_that_stands_in_two_files_stops_the_load(layer: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "layer.yaml"
    other.parent.mkdir()
    other.write_text(GOOD, encoding="utf-8")
    with pytest.raises(ParameterError, match=r"^layer.yaml:\d+: layer.bands stands in two files"):
        load([POLICY, layer, other])


def test_a_value_that_ends_with_nothing_after_it_stops_the_load(layer: Path) -> None:
    # A gap at the end is a gap: every bill after it would be refused, with the first day of policy for a reason.
    layer.write_text(GOOD.replace(SECOND, SECOND + "      until: 2018-12-31\n"), encoding="utf-8")
    with pytest.raises(ParameterError, match=r"^layer.yaml:\d+: .*a gap: nothing holds from 2019-01-01"):
        load([POLICY, layer])


def test_on_each_day_the_value_in_force_is_the_last_that_has_begun(layer: Path) -> None:
    parameters = load([POLICY, layer])
    for day, value in {
        "2017-01-01": 8_000_000,
        "2017-12-31": 8_000_000,
        "2018-01-01": 9_000_000,
        "2030-06-30": 9_000_000,
    }.items():
        assert parameters.on(dt.date.fromisoformat(day)).reader().money("layer.limit") == value
    with pytest.raises(NoPolicyInForceError):
        parameters.on(dt.date(2016, 12, 31))


# ---- an overlay of a deployment

OVERLAY = """\
civil_relief.bands:
  values:
    - from: 2018-07-01
      value:
        - {up_to: 30000.00, rate: 20%}
        - {rate: 85%}
      clause: 旗县〔2018〕7号
      basis: local_source
      checked: 2018-06-30
"""

BROKEN_OVERLAYS: dict[str, tuple[str, str, str]] = {
    "an unknown parameter": ("civil_relief.bands:", "civil_relief.band:  # here", "unknown parameter"),
    "another unit": (
        "civil_relief.bands:\n",
        "civil_relief.bands:\n  unit: fen  # here\n",
        "the unit of civil_relief.bands is 'basis points by band of fen'",
    ),
    "a document of its own": ("      checked:", "      document: explainer  # here\n      checked:", "unknown key"),
    "an unknown language": (
        "civil_relief.bands:\n",
        "civil_relief.bands:\n  meaning: {zh: 救助, en: Relief, mn: Relief}  # here\n",
        "unknown key 'mn'",
    ),
    "a gap in time": (
        "      checked: 2018-06-30\n",
        "      until: 2018-12-30\n      checked: 2018-06-30\n"
        "    - from: 2019-01-01  # here\n      value: [{rate: 90%}]\n      clause: x\n      basis: policy\n"
        "      checked: 2018-06-30\n",
        "a gap: nothing holds from 2018-12-31 to 2018-12-31",
    ),
    "an overlap in time": (
        "      checked: 2018-06-30\n",
        "      until: 2019-01-01\n      checked: 2018-06-30\n"
        "    - from: 2019-01-01  # here\n      value: [{rate: 90%}]\n      clause: x\n      basis: policy\n"
        "      checked: 2018-06-30\n",
        "an overlap: the value before holds until 2019-01-01",
    ),
    "a falling band": ("{rate: 85%}", "{up_to: 30000.00, rate: 85%}  # here", "a falling band"),
    "a float": ("rate: 85%", "rate: 0.85}  # here\n        #", "is not a percentage"),
    "a repeated key": ("      basis: local_source\n", "      basis: policy\n      basis: policy  # here\n", "twice"),
    "an unknown key": ("  values:\n", "  value: 1  # here\n  values:\n", "unknown key 'value'"),
    "an unknown basis": ("local_source", "hearsay  # here", "unknown basis 'hearsay'"),
    "no dated value": (OVERLAY[OVERLAY.index("  values:") :], "  values: []  # here\n", "at least one dated value"),
}


def broken_overlay(folder: Path, case: str) -> tuple[Path, int]:
    """Write a broken overlay; return it and the line that the complaint must name."""
    old, new, _ = BROKEN_OVERLAYS[case]
    assert OVERLAY.count(old) == 1
    text = OVERLAY.replace(old, new)
    (line,) = (number for number, text_line in enumerate(text.splitlines(), 1) if text_line.endswith("# here"))
    path = folder / "county.yaml"
    path.write_text(text, encoding="utf-8")
    return path, line


@grid("case", BROKEN_OVERLAYS)
def test_an_overlay_is_read_as_strictly(tmp_path: Path, case: str) -> None:
    path, line = broken_overlay(tmp_path, case)
    with pytest.raises(ParameterError) as caught:
        load(shipped_files(), path)
    complaint = str(caught.value)
    assert complaint.startswith(f"county.yaml:{line}: ")
    assert BROKEN_OVERLAYS[case][2] in complaint


def test_an_overlay_that_begins_after_the_shipped_value_ended_leaves_a_gap(layer: Path, tmp_path: Path) -> None:
    layer.write_text(GOOD.replace(SECOND, SECOND + "      until: 2018-12-31\n"), encoding="utf-8")
    overlay = tmp_path / "county.yaml"
    overlay.write_text(
        "layer.limit:\n  values:\n    - from: 2019-01-02\n      value: 1.00\n      clause: x\n      basis: policy\n"
        "      checked: 2018-06-30\n",
        encoding="utf-8",
    )
    with pytest.raises(ParameterError, match=r"a gap: nothing holds from"):
        load([POLICY, layer], overlay)


def test_an_overlay_that_ends_with_nothing_after_it_stops_the_load(tmp_path: Path) -> None:
    path = tmp_path / "county.yaml"
    path.write_text(OVERLAY + "      until: 2018-12-31\n", encoding="utf-8")
    with pytest.raises(ParameterError, match=r"^county.yaml:\d+: .*a gap: nothing holds from 2019-01-01"):
        load(shipped_files(), path)


@grid("case", ["a gap in time", "a float", "an unknown parameter"])
def test_a_doubtful_overlay_stops_the_application(tmp_path: Path, case: str) -> None:
    path, line = broken_overlay(tmp_path, case)
    with pytest.raises(ParameterError, match=rf"^county\.yaml:{line}: "):
        create_app(Settings(parameters=path, database_url="sqlite://"))


@grid("case", ["a falling band", "a repeated key"])
def test_the_command_does_not_serve_over_a_doubtful_overlay(tmp_path: Path, case: str) -> None:
    path, line = broken_overlay(tmp_path, case)
    ended = subprocess.run(
        [ANDA, "serve", "--port", "1"],
        env={**os.environ, "ANDA_PARAMETERS": str(path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert f"county.yaml:{line}: " in ended.stderr
    assert BROKEN_OVERLAYS[case][2] in ended.stderr
    assert "Traceback" not in ended.stderr + ended.stdout
    assert "curl" not in ended.stderr


BILL: dict[str, Any] = {
    "service_date": "2018-07-01",
    "patient": {"registration": "registered"},
    "visit": {"kind": "outpatient", "facility_level": "city"},
    "bill": {"total": "40000.00", "in_scope": "40000.00"},
}


def answered(parameters: Parameters, request: dict[str, Any]) -> dict[str, Any]:
    """Answer a request as the endpoint does, in English."""
    bill = ReimbursementRequest.model_validate(request)
    answer = ReimbursementPresenter(parameters).answer(bill.service_date, bill.to_bill(bill.chosen_readings()), "en")
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
        (source,) = relief["sources"]
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


def test_the_shipped_value_ends_on_the_day_before_an_overlay_begins(tmp_path: Path) -> None:
    overlay = tmp_path / "county.yaml"
    overlay.write_text(OVERLAY, encoding="utf-8")
    shipped, own = load(shipped_files(), overlay).by_name["civil_relief.bands"].values
    assert (shipped.effective_from, shipped.until) == (dt.date(2017, 1, 1), dt.date(2018, 6, 30))
    assert (own.effective_from, own.until) == (dt.date(2018, 7, 1), None)
    assert (own.file, own.line, own.checked) == ("county.yaml", 3, dt.date(2018, 6, 30))


def test_an_overlay_from_the_first_day_replaces_every_shipped_value(tmp_path: Path) -> None:
    overlay = tmp_path / "county.yaml"
    overlay.write_text(OVERLAY.replace("2018-07-01", "2017-01-01"), encoding="utf-8")
    (value,) = load(shipped_files(), overlay).by_name["civil_relief.bands"].values
    assert (value.effective_from, value.until, value.document) == (dt.date(2017, 1, 1), None, "county.yaml")


# ---- a figure of 2019: one appended entry


@pytest.fixture
def copied(tmp_path: Path) -> list[Path]:
    """The shipped parameter files, copied, in the order they are loaded."""
    files = []
    for path in shipped_files():
        copy = tmp_path / "rules" / path.relative_to(RULES)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
        files.append(copy)
    return files


def test_one_appended_entry_changes_the_answer_from_its_day_on_and_not_before(copied: list[Path]) -> None:
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
        "readings": {"layer_order": "insurance_first"},
    }
    for day in ("2017-01-01", "2018-12-31"):
        before = bill | {"service_date": day}
        assert answered(parameters, before) == answered(SHIPPED, before)
        assert answered(parameters, before)["layers"][2]["paid"] == "80000.00"
    for day in ("2019-01-01", "2020-12-31", "2022-02-22"):
        after = bill | {"service_date": day}
        layer = answered(parameters, after)["layers"][2]
        assert (layer["layer"], layer["due"], layer["paid"]) == ("supplementary_insurance", "191000.00", "100000.00")
        cited = {source["parameter"]: source["effective_from"] for source in layer["sources"]}
        assert cited == {"supplementary_insurance.bands": "2017-01-01", "supplementary_insurance.limit": "2019-01-01"}
    unchanged = {name for name, parameter in parameters.by_name.items() if parameter == SHIPPED.by_name[name]}
    assert set(parameters.by_name) - unchanged == {"supplementary_insurance.limit"}


# ---- the fingerprint


def _altered(value: DatedValue) -> Iterator[DatedValue]:
    """Alter a dated value in every way that could alter an answer."""
    figure = value.value
    if isinstance(figure, tuple):
        for number, band in enumerate(figure):
            others = [band._replace(rate=band.rate + 1), band._replace(above=band.above + 1)]
            if band.up_to is not None:
                others.append(band._replace(up_to=band.up_to + 1))
            for other in others:
                yield replace(value, value=(*figure[:number], other, *figure[number + 1 :]))
    elif isinstance(figure, dt.date):
        yield replace(value, value=figure + dt.timedelta(days=1))
    elif isinstance(figure, int):
        yield replace(value, value=figure + 1)
    elif figure is None:
        yield replace(value, value=0)
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


def test_the_fingerprint_depends_on_nothing_but_the_figures(copied: list[Path]) -> None:
    assert load(reversed(copied)).fingerprint == SHIPPED.fingerprint
    copied[1].write_text("# A remark.\n" + copied[1].read_text(encoding="utf-8"), encoding="utf-8")
    assert load(copied).fingerprint == SHIPPED.fingerprint


# ---- rules and figures need each other

FLAGS = tuple(product((False, True), repeat=5))


def _every_kind_of_bill() -> Iterator[Bill]:
    """Every combination of facts with the readings' defaults, and every reading with the facts that matter to most."""
    combinations: Any = product(*(question["values"] for question in QUESTIONS))
    every_reading = [Readings(*chosen) for chosen in combinations]
    levels: tuple[FacilityLevel, ...] = get_args(FacilityLevel)
    kinds: tuple[Kind, ...] = get_args(Kind)
    for registration, kind, level in product(BENEFITS, kinds, levels):
        for flags, readings in [*((flags, DEFAULT) for flags in FLAGS), *((FLAGS[-1], one) for one in every_reading)]:
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


def test_every_reason_that_can_occur_has_wording_and_every_wording_can_occur() -> None:
    rng = random.Random("reasons")
    occurred: dict[str, set[str]] = {}
    hospital = load(shipped_files(), EXAMPLES / "central-hospital.yaml")
    for number in range(6_000):
        request = ReimbursementRequest.model_validate(random_request(rng))
        figures = (hospital if number % 4 == 0 else SHIPPED).on(request.service_date)
        bill = request.to_bill(request.chosen_readings())
        # Only the ledger keeps a purse.
        bill.fund_left = rng.choice((None, None, 1_000_00))
        settlement = reimburse(bill, figures)
        for working in settlement.layers:
            for code, figure, operands in reasons(working, figures):
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
