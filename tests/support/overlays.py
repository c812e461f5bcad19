"""An overlay of a deployment, and what is wrong with others.

A case marks the line it expects the complaint to name with `# here`.
"""

import shutil
from pathlib import Path

import app.rules
from app.rules.parameters import shipped_files

RULES = Path(app.rules.__file__).parent

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


def copied_files(folder: Path) -> list[Path]:
    """Copy the shipped parameter files, in the order in which they are loaded."""
    files = []
    for path in shipped_files():
        copy = folder / "rules" / path.relative_to(RULES)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
        files.append(copy)
    return files
