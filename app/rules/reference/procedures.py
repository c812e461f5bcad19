"""How to apply for a benefit: the steps in order, with actors, papers, displays and deadlines."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from app.rules.parameters import BASES, Basis, Parameter, Parameters
from app.rules.strict_yaml import Node, Words, read, words
from app.rules.units import Unit, read_day

ProcedureName = Literal[
    "menu_support",
    "yulu",
    "card_payment",
    "enterprise_credit",
    "enterprise_interest_subsidy",
    "project_library",
    "identification",
    "exit_from_poverty",
]
DisplayKind = Literal["publicity", "announcement"]
Level = Literal["village", "township", "county"]

PROCEDURES: tuple[ProcedureName, ...] = get_args(ProcedureName)
DISPLAY_KINDS: tuple[DisplayKind, ...] = get_args(DisplayKind)
LEVELS: tuple[Level, ...] = get_args(Level)


@dataclass(frozen=True, slots=True)
class Named:
    """An actor or a paper: its code and its name."""

    id: str
    name: Words


class Deadline(NamedTuple):
    """A day of every year by which something must be done; the parameter holds the day."""

    what: Words
    parameter: Parameter


class Display(NamedTuple):
    """A display (公示) or an announcement (公告), open to objections."""

    kind: DisplayKind
    level: Level | None
    days: Parameter | None
    """The parameter with the least number of days; None where the document states no number."""


@dataclass(frozen=True, slots=True)
class ProcedureStep:
    """One step of a procedure."""

    number: int
    actors: tuple[Named, ...]
    does: Words
    needs: tuple[Named, ...]
    """Papers that must be presented."""
    makes: tuple[Named, ...]
    """Papers that are drawn up or filled in."""
    display: Display | None
    deadline: Deadline | None
    assumed: Words | None
    """What the document leaves open in this step, and what this service assumes; None where it says it all."""
    clause: str


@dataclass(frozen=True, slots=True)
class Procedure:
    """A procedure of the document."""

    id: ProcedureName
    name: Words
    benefits: tuple[str, ...]
    """The benefits that it claims."""
    followed_by: ProcedureName | None
    steps: tuple[ProcedureStep, ...]
    notes: tuple[Words, ...]
    clause: str
    document: str
    basis: Basis
    effective_from: dt.date


Procedures = dict[ProcedureName, Procedure]


def load_procedures(parameters: Parameters, path: Path | None = None) -> Procedures:
    """Load the procedures; their days and periods come from the parameters that they name.

    ParameterError, naming file and line, for a procedure, a key, an actor, a paper or a parameter that is not known,
    and for an actor or a paper that no step uses.
    """
    file = read(path or Path(__file__).with_suffix(".yaml"))
    return dict(_ProceduresReader(file.fields({"actors", "papers", "procedures"}), parameters).procedures())


class _ProceduresReader:
    """Reads the file, and records which actors and papers the steps use."""

    def __init__(self, fields: dict[str, Node], parameters: Parameters) -> None:
        self._fields = fields
        self._parameters = parameters
        self._actors = _named(fields["actors"])
        self._papers = _named(fields["papers"])
        self._used: set[str] = set()

    def procedures(self) -> Iterator[tuple[ProcedureName, Procedure]]:
        """Read every procedure. ParameterError where one is missing."""
        for name, node in self._fields["procedures"].exactly(PROCEDURES).items():
            yield name, self._procedure(name, node)
        for section in ("actors", "papers"):
            for code, node in self._fields[section].mapping().items():
                if code not in self._used:
                    raise node.error(f"{code!r} stands in no step")

    def _procedure(self, name: ProcedureName, node: Node) -> Procedure:
        fields = node.fields(
            {"name", "benefits", "clause", "document", "basis", "from", "steps"}, {"notes", "followed_by"}
        )
        clause = fields["clause"].text()
        steps = tuple(self._step(number, step, clause) for number, step in enumerate(fields["steps"].items(), 1))
        if not steps:
            raise node.error("a procedure needs at least one step")
        return Procedure(
            id=name,
            name=words(fields["name"]),
            benefits=tuple(benefit.text() for benefit in fields["benefits"].items()),
            followed_by=fields["followed_by"].one_of(PROCEDURES) if "followed_by" in fields else None,
            steps=steps,
            notes=tuple(words(note) for note in fields["notes"].items()) if "notes" in fields else (),
            clause=clause,
            document=fields["document"].text(),
            basis=fields["basis"].one_of(BASES),
            effective_from=read_day(fields["from"]),
        )

    def _step(self, number: int, node: Node, clause: str) -> ProcedureStep:
        fields = node.fields({"actors", "does"}, {"needs", "makes", "publicity", "by", "assumed", "clause"})
        return ProcedureStep(
            number=number,
            actors=self._all(fields["actors"], self._actors, "actor"),
            does=words(fields["does"]),
            needs=self._all(fields.get("needs"), self._papers, "paper"),
            makes=self._all(fields.get("makes"), self._papers, "paper"),
            display=self._display(fields["publicity"]) if "publicity" in fields else None,
            deadline=self._deadline(fields["by"]) if "by" in fields else None,
            assumed=words(fields["assumed"]) if "assumed" in fields else None,
            clause=fields["clause"].text() if "clause" in fields else clause,
        )

    def _all(self, node: Node | None, among: dict[str, Named], what: str) -> tuple[Named, ...]:
        if node is None:
            return ()
        result = []
        for item in node.items():
            if item.text() not in among:
                raise item.error(f"no {what} is called {item.text()!r}")
            self._used.add(item.text())
            result.append(among[item.text()])
        if not result:
            raise node.error(f"at least one {what} must stand here")
        return tuple(result)

    def _display(self, node: Node) -> Display:
        fields = node.fields({"kind"}, {"level", "days"})
        return Display(
            kind=fields["kind"].one_of(DISPLAY_KINDS),
            level=fields["level"].one_of(LEVELS) if "level" in fields else None,
            days=self._parameter(fields["days"], "days") if "days" in fields else None,
        )

    def _deadline(self, node: Node) -> Deadline:
        fields = node.fields({"parameter", "what"})
        return Deadline(words(fields["what"]), self._parameter(fields["parameter"], "day of the year"))

    def _parameter(self, node: Node, unit: Unit) -> Parameter:
        parameter = self._parameters.by_name.get(node.text())
        if parameter is None:
            raise node.error(f"unknown parameter {node.text()!r}")
        if parameter.unit != unit:
            raise node.error(f"the unit of {node.text()} is {parameter.unit!r}, not {unit!r}")
        return parameter


def _named(node: Node) -> dict[str, Named]:
    return {name: Named(name, words(inner)) for name, inner in node.mapping().items()}
