"""The commands `anda import-persons` and `anda import-institutions`: the registers, written from a table.

A row of the table of persons is one dated status. All rows of a number together replace what the register knew of that
person, so one that fails refuses them all; nothing is written before the whole file has been checked. Then some hundred
are written at a time, each lot in one transaction: an import that is broken off leaves whole lots, and run again it
leaves them as they are. No number of a person is shown: only the report of refused rows, which are the sender's own,
holds any.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Generic, NoReturn, TypeVar

import typer
from fastapi.exceptions import RequestValidationError
from pydantic import BeforeValidator, Field, TypeAdapter
from pydantic_core import PydanticCustomError
from rich.console import Console
from rich.progress import track
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from app.clock import Clock, Moment
from app.db.engine import writing
from app.db.ledger import institutions, persons
from app.db.ledger.institutions import Institution
from app.db.ledger.persons import DatedStatus
from app.errors import StoreUnavailableError
from app.http.problems import FieldError, field_errors, field_refused
from app.i18n import negotiation, text
from app.ledger.ledger import Ledger
from app.presenters.reimbursements import ReimbursementPresenter
from app.privacy.pseudonyms import PersonPseudonyms
from app.rules.parameters import Parameters
from app.rules.reimbursement.bill import FacilityLevel
from app.schemas.fields import Request
from app.schemas.requests.persons import MOST_STATUSES, DatedStatusRequest
from app.schemas.requests.settlements import Code, PersonNumber
from app.schemas.text import Line
from app.schemas.validation import validated
from app.tables.reader import Columns, Row, Table, UnreadableTableError, read_day
from app.tables.rejects import Refused, refused_path, write_refused

AT_ONCE = 300
"""Persons or institutions that are written in one transaction; others who write wait for it, a fraction of a second."""

Entry = TypeVar("Entry", bound=Request)

_POINT_ZERO = re.compile(r"([0-9]+)\.0+", re.ASCII)
_ROUNDED = re.compile(r"[0-9](?:\.[0-9]+)?E\+[0-9]+", re.ASCII | re.IGNORECASE)
"""How a spreadsheet shows a number whose last digits it no longer has, or no longer shows."""


def _code(cell: str) -> str:
    """Read a code; one that a program took for a number and wrote as 1509230000012.0 is text again."""
    stripped = cell.strip()
    found = _POINT_ZERO.fullmatch(stripped)
    return found[1] if found else stripped


def _with_all_digits(value: object) -> object:
    if isinstance(value, str) and _ROUNDED.fullmatch(value):
        raise PydanticCustomError("number_rounded", "a number with all its digits")
    return value


class PersonRow(DatedStatusRequest):
    """A row of the table of persons: a number, and a status with its days."""

    number: Annotated[PersonNumber, BeforeValidator(_with_all_digits)]


class InstitutionRow(Request):
    """A row of the table of institutions."""

    code: Annotated[Code, BeforeValidator(_with_all_digits)]
    name: Annotated[Line, Field(max_length=200)]
    level: FacilityLevel


@dataclass(frozen=True)
class Register(Generic[Entry]):
    """A register that is written from a table."""

    called: str
    columns: Columns
    key: str
    """The column by which rows belong together: they are taken or refused as one."""
    entry: TypeAdapter[Entry]
    faults: Callable[[Sequence[Entry]], list[tuple[int, FieldError]]]
    """What is wrong with entries that belong together, each with its place among them."""
    write: Callable[[Connection, Moment, str, Sequence[Entry]], bool]
    """Write them; False where the register holds them already."""


class Checked(Generic[Entry]):
    """The rows of a table, sorted out: what can be written by its key, and what is refused, in the table's order."""

    def __init__(self, table: Table, register: Register[Entry]) -> None:
        self.rows = 0
        self.entries: dict[str, list[Entry]] = {}
        self.refused: list[Refused] = []
        together: defaultdict[str, list[tuple[Row, Entry | list[FieldError]]]] = defaultdict(list)
        place = table.columns.index(register.key)
        for row in table.rows():
            self.rows += 1
            found = _read(row, len(table.columns), register.entry)
            # A row that has lost a cell is still told to be that person's, and refuses the others.
            key = _code(row.cells[place]) if place < len(row.cells) else ""
            together[key].append((row, found))
        for key, rows in together.items():
            self._sort_out(key, rows, register)
        self.refused.sort()

    def _sort_out(self, key: str, rows: list[tuple[Row, Entry | list[FieldError]]], register: Register[Entry]) -> None:
        entries = [found for _, found in rows if not isinstance(found, list)]
        errors = {place: found for place, (_, found) in enumerate(rows) if isinstance(found, list)}
        if not errors:
            for place, error in register.faults(entries):
                errors.setdefault(place, []).append(error)
        if not errors:
            self.entries[key] = entries
            return
        for place, (row, _) in enumerate(rows):
            told = errors.get(place) or [field_refused("", "row_beside")]
            self.refused.append(Refused(row.number, [(each.pointer, each.message) for each in told], row.cells))


def import_persons(file: Path, engine: Engine, clock: Clock, parameters: Parameters, numbers: PersonPseudonyms) -> None:
    """Import a table of persons and say what was done, on standard error. Exits as `import_institutions` does."""
    ledger = Ledger(parameters, ReimbursementPresenter(parameters), numbers)

    def write(connection: Connection, moment: Moment, number: str, entries: Sequence[PersonRow]) -> bool:
        ledger.check_key(connection, writing=True)
        hashed = numbers.hashed(number)
        dated = _in_order(entry.to_dated() for entry in entries)
        known = persons.find(connection, hashed)
        if known is not None and _in_order(persons.dated_of(connection, known)) == dated:
            return False
        persons.write(connection, moment, hashed, dated, None)
        return True

    columns: dict[str, Callable[[str], Any]] = {
        "number": _code,
        "status": str.strip,
        "from": read_day,
        "until": read_day,
    }
    register = Register(
        "persons", Columns(columns, tuple(columns), codes=True), "number", TypeAdapter(PersonRow), _overlapping, write
    )
    _import(file, register, engine, clock)


def import_institutions(file: Path, engine: Engine, clock: Clock) -> None:
    """Import a table of institutions and say what was done, on standard error.

    Exits with 1 where rows were refused, with 2 where the file as a whole is wrong or the store cannot be used.
    """

    def write(connection: Connection, moment: Moment, code: str, entries: Sequence[InstitutionRow]) -> bool:
        (entry,) = entries
        institution = Institution(code, entry.name, entry.level)
        if institutions.find(connection, code) == institution:
            return False
        institutions.write(connection, moment, institution)
        return True

    columns: dict[str, Callable[[str], Any]] = {"code": _code, "name": str.strip, "level": str.strip}
    register = Register(
        "institutions",
        Columns(columns, tuple(columns), codes=True),
        "code",
        TypeAdapter(InstitutionRow),
        _repeated,
        write,
    )
    _import(file, register, engine, clock)


def _import(file: Path, register: Register[Entry], engine: Engine, clock: Clock) -> None:
    refused = refused_path(file)
    try:
        table = Table(file, register.columns)
        checked = Checked(table, register)
        # First: where the report cannot be written, nothing is.
        count = write_refused(refused, table.columns, checked.refused)
    except (UnreadableTableError, OSError) as error:
        _stop(str(error))
    found = list(checked.entries.items())
    lots = [found[start : start + AT_ONCE] for start in range(0, len(found), AT_ONCE)]
    console = Console(stderr=True)
    written = kept = 0
    try:
        for lot in track(lots, file.name, console=console, disable=not console.is_terminal):
            with writing(engine) as connection:
                moment = clock.now()
                changed = sum(register.write(connection, moment, key, entries) for key, entries in lot)
            written += changed
            kept += len(lot)
    except (SQLAlchemyError, StoreUnavailableError) as error:
        # What the database says may hold what people wrote.
        why = f"the store cannot be used ({type(error).__name__})" if isinstance(error, SQLAlchemyError) else str(error)
        if kept:
            why += f"\n{kept} {register.called} of {len(found)} are in the register; run it again for the others."
        _stop(why)
    typer.echo(
        f"{checked.rows} rows: {written} {register.called} written, {kept - written} as they were, "
        f"{count} rows refused in {refused}",
        err=True,
    )
    if count:
        raise typer.Exit(1)


def _read(row: Row, columns: int, entry: TypeAdapter[Entry]) -> Entry | list[FieldError]:
    """Read a row, or say why it says nothing."""
    if not row.fits:
        words = text("validation", "record_length", negotiation.current.get())
        return [FieldError("", "record_length", words.format(fields=len(row.cells), columns=columns))]
    try:
        return validated(entry, row.request)
    except RequestValidationError as error:
        return field_errors(error.errors())


def _in_order(dated: Iterable[DatedStatus]) -> list[DatedStatus]:
    return sorted(dated, key=lambda each: (each.first_day, each.status))


def _overlapping(entries: Sequence[PersonRow]) -> list[tuple[int, FieldError]]:
    """Find the status of a person that overlaps another, or that there are too many."""
    if len(entries) > MOST_STATUSES:
        words = text("validation", "too_long", negotiation.current.get()).format(max_length=MOST_STATUSES)
        return [(MOST_STATUSES, FieldError("", "too_long", words))]
    place = persons.overlapping([entry.to_dated() for entry in entries])
    return [] if place is None else [(place, field_refused("/from", "statuses_overlap"))]


def _repeated(entries: Sequence[InstitutionRow]) -> list[tuple[int, FieldError]]:
    """Refuse an institution that stands twice: which of them holds, nobody knows."""
    if len(entries) == 1:
        return []
    return [(place, field_refused("/code", "code_repeated")) for place in range(len(entries))]


def _stop(why: str) -> NoReturn:
    typer.echo(f"anda: {why}", err=True)
    raise typer.Exit(2) from None
