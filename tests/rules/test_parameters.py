"""Parameter files: read strictly or not at all, dated and cited.

A case marks the line it expects the complaint to name with `# here`.
"""

import datetime as dt
import re
from pathlib import Path

import pytest

import app.rules
from app.rules.parameters import NoPolicyInForceError, load
from app.rules.schedule import Band
from app.rules.strict_yaml import ParameterError
from tests.support.grid import grid

RULES = Path(app.rules.__file__).parent
POLICY = RULES / "policy.yaml"

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
    parameters = load([POLICY, RULES / "readings.yaml", layer])
    for day, value in {
        "2017-01-01": 8_000_000,
        "2017-12-31": 8_000_000,
        "2018-01-01": 9_000_000,
        "2030-06-30": 9_000_000,
    }.items():
        assert parameters.on(dt.date.fromisoformat(day)).reader().money("layer.limit") == value
    with pytest.raises(NoPolicyInForceError):
        parameters.on(dt.date(2016, 12, 31))


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
