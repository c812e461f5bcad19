"""A county's written ruling on the open questions of a bill, as a deployment's parameter file."""

from pathlib import Path

RULED = {
    "remaining_cost": "relief_in_scope",
    "general_relief": "parallel",
    "chronic_floor": "all_care",
    "ceiling": "ninety_percent",
    "layer_order": "insurance_first",
    "uncovered_care": "served",
}
"""The readings that the ruling takes."""
SINCE = "2018-05-01"
"""The day from which it holds."""


def ruling(folder: Path) -> Path:
    """Write the file."""
    lines = []
    for reading, value in RULED.items():
        lines += [
            f"readings.{reading}:",
            "  values:",
            f"    - from: {SINCE}",
            f"      value: {value}",
            "      clause: 旗县〔2018〕9号",
            "      basis: local_source",
            "      checked: 2018-05-01",
        ]
    file = folder / "ruling.yaml"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file
