"""Overlays of a deployment: read as strictly as what is shipped, and in force from their first day on."""

import datetime as dt
from pathlib import Path

import pytest

from app.rules.parameters import load, shipped_files
from app.rules.strict_yaml import ParameterError
from tests.support.grid import grid
from tests.support.overlays import BROKEN_OVERLAYS, OVERLAY, broken_overlay


@grid("case", BROKEN_OVERLAYS)
def test_an_overlay_is_read_as_strictly(tmp_path: Path, case: str) -> None:
    path, line = broken_overlay(tmp_path, case)
    with pytest.raises(ParameterError) as caught:
        load(shipped_files(), path)
    complaint = str(caught.value)
    assert complaint.startswith(f"county.yaml:{line}: ")
    assert BROKEN_OVERLAYS[case][2] in complaint


def test_an_overlay_that_ends_with_nothing_after_it_stops_the_load(tmp_path: Path) -> None:
    path = tmp_path / "county.yaml"
    path.write_text(OVERLAY + "      until: 2018-12-31\n", encoding="utf-8")
    with pytest.raises(ParameterError, match=r"^county.yaml:\d+: .*a gap: nothing holds from 2019-01-01"):
        load(shipped_files(), path)


def test_the_shipped_value_ends_on_the_day_before_an_overlay_begins(tmp_path: Path) -> None:
    overlay = tmp_path / "county.yaml"
    overlay.write_text(OVERLAY, encoding="utf-8")
    shipped, own = load(shipped_files(), overlay).by_name["civil_relief.bands"].values
    assert (shipped.effective_from, shipped.until) == (dt.date(2017, 1, 1), dt.date(2018, 6, 30))
    assert (own.effective_from, own.until) == (dt.date(2018, 7, 1), None)
    assert (own.file, own.line, own.checked) == ("county.yaml", 3, dt.date(2018, 6, 30))


def test_a_deployment_says_of_a_value_whether_its_source_is_dated(tmp_path: Path) -> None:
    overlay = tmp_path / "county.yaml"
    name = "civil_relief.bands"
    for said, dated in (("", True), ("      dated: yes\n", True), ("      dated: no\n", False)):
        overlay.write_text(OVERLAY + said, encoding="utf-8")
        parameter = load(shipped_files(), overlay).by_name[name]
        assert [value.dated for value in parameter.values] == [True, dated]
    overlay.write_text(OVERLAY + "      dated: unknown\n", encoding="utf-8")
    with pytest.raises(ParameterError, match="unknown dated 'unknown'"):
        load(shipped_files(), overlay)


def test_an_overlay_from_the_first_day_replaces_every_shipped_value(tmp_path: Path) -> None:
    overlay = tmp_path / "county.yaml"
    overlay.write_text(OVERLAY.replace("2018-07-01", "2017-01-01"), encoding="utf-8")
    (value,) = load(shipped_files(), overlay).by_name["civil_relief.bands"].values
    assert (value.effective_from, value.until, value.document) == (dt.date(2017, 1, 1), None, "county.yaml")


STANDARDS = """\
social_security.minimum_living.standard_by_county:
  values:
    - from: 2018-01-01
      value:
        "150923": 4200.00
        "150924": 4100.00
      clause: 旗县〔2018〕7号
      basis: local_source
      checked: 2018-06-30
"""


def test_a_figure_by_county_holds_for_the_counties_that_it_names_from_its_day(tmp_path: Path) -> None:
    overlay = tmp_path / "county.yaml"
    overlay.write_text(STANDARDS, encoding="utf-8")
    parameters = load(shipped_files(), overlay)
    name = "social_security.minimum_living.standard_by_county"
    for day, county, amount in [
        ("2017-12-31", "150923", None),
        ("2018-01-01", "150923", 420_000),
        ("2018-01-01", "150924", 410_000),
        ("2018-01-01", "150922", None),
        ("2018-01-01", None, None),
    ]:
        reader = parameters.on(dt.date.fromisoformat(day)).reader()
        assert reader.of_county(name, county) == amount
        assert reader.read == ([] if amount is None else [name])


@grid(
    ("right", "wrong", "complaint"),
    [
        ('"150923": 4200.00', '"15092": 4200.00', "'15092' is not the code of a county"),
        ('"150923": 4200.00', '"150923": 4200', "is not an amount in yuan"),
        ('"150923": 4200.00', '"150924": 4200.00', "the key '150924' stands twice"),
        ('"150923": 4200.00', "商都县: 4200.00", "is not the code of a county"),
    ],
)
def test_a_figure_by_county_is_read_strictly(
    tmp_path_factory: pytest.TempPathFactory, right: str, wrong: str, complaint: str
) -> None:
    overlay = tmp_path_factory.mktemp("overlay") / "county.yaml"
    overlay.write_text(STANDARDS.replace(right, wrong), encoding="utf-8")
    with pytest.raises(ParameterError, match=r"^county.yaml:\d+: ") as caught:
        load(shipped_files(), overlay)
    assert complaint in str(caught.value)
