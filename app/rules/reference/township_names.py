"""The names of townships and villages (苏木乡镇、嘎查村) by statistical division code, in townships_and_villages.csv.

A line of the file is a code of 9 or 12 digits and its name. The file holds the prefecture whose policies the service
calculates; which edition of the statistical codes it follows stands in places.yaml.
"""

import re
from functools import cache
from pathlib import Path

from app.rules.strict_yaml import ParameterError

DIGITS_OF_A_COUNTY = 6
DIGITS_OF_A_TOWNSHIP = 9
DIGITS_OF_A_VILLAGE = 12
_HEAD = "code,name"
_LINE = re.compile(r"([0-9]{6}(?!0{3})[0-9]{3}(?:(?!0{3})[0-9]{3})?),([^\s,]+)", re.ASCII)
_SHIPPED = Path(__file__).with_name("townships_and_villages.csv")


@cache
def load_township_names(path: Path = _SHIPPED) -> dict[str, str]:
    """Load the names by code, in the order of the file; a file is read once in the life of the process.

    ParameterError, naming file and line, for a line that is not a code and a name, a code that stands twice, and a
    village before its township.
    """
    head, *lines = path.read_text(encoding="utf-8").splitlines()
    if head != _HEAD:
        raise ParameterError(path.name, 1, f"the first line must be {_HEAD!r}")
    names: dict[str, str] = {}
    for number, line in enumerate(lines, 2):
        match = _LINE.fullmatch(line)
        if match is None:
            raise ParameterError(path.name, number, f"{line!r} is not a code of 9 or 12 digits and a name")
        code, name = match.groups()
        if code in names:
            raise ParameterError(path.name, number, f"the code {code} stands twice")
        if len(code) > DIGITS_OF_A_TOWNSHIP and code[:DIGITS_OF_A_TOWNSHIP] not in names:
            raise ParameterError(path.name, number, f"the township of {code} does not stand before it")
        names[code] = name
    return names
