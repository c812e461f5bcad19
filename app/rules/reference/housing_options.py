"""The ways of renovating houses (改造方式), leaving a place (搬迁方式) and settling anew (安置方式).

Clauses 一.1, 四.3, 四.4, 四.7 and the glossary. They are data for whoever plans or advises; no rule reads them.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from app.rules.entitlements.household import Arrangement
from app.rules.parameters import BASES, Basis
from app.rules.strict_yaml import Node, Words, read, words
from app.rules.units import read_day

OptionKind = Literal["renovation", "relocation", "resettlement", "combination"]

OPTION_KINDS: tuple[OptionKind, ...] = get_args(OptionKind)
ARRANGEMENTS: tuple[Arrangement, ...] = get_args(Arrangement)


@dataclass(frozen=True, slots=True)
class HousingOption:
    """One way, with the clause that names it."""

    id: str
    kind: OptionKind
    arrangement: Arrangement | None
    """How households are settled anew; None for the other kinds."""
    name: Words
    note: Words | None
    clause: str
    document: str
    basis: Basis
    effective_from: dt.date


def load_housing_options(path: Path | None = None) -> tuple[HousingOption, ...]:
    """Load the ways in the order of the file. ParameterError, naming file and line, for a key that is not known."""
    return tuple(_options(read(path or Path(__file__).with_suffix(".yaml"))))


def _options(file: Node) -> Iterator[HousingOption]:
    fields = file.fields({"document", "basis", "from", *OPTION_KINDS})
    for kind in OPTION_KINDS:
        settling = {"arrangement"} if kind == "resettlement" else set()
        for name, node in fields[kind].mapping().items():
            option = node.fields({"name", "clause"} | settling, {"note"})
            yield HousingOption(
                id=name,
                kind=kind,
                arrangement=option["arrangement"].one_of(ARRANGEMENTS) if settling else None,
                name=words(option["name"]),
                note=words(option["note"]) if "note" in option else None,
                clause=option["clause"].text(),
                document=fields["document"].text(),
                basis=fields["basis"].one_of(BASES, "basis"),
                effective_from=read_day(fields["from"]),
            )
