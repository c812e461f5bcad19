"""The commands `anda import-persons` and `anda import-institutions`: the registers, written from a table.

A row of the table of persons is one dated status. All rows of a number together replace the register's entry of that
person, so one invalid row refuses them all. A row may name other numbers of the person, which replace those of their
kind; what older releases kept under another spelling of the number is linked.

Nothing is written before the whole file is checked. The entries are written in short transactions, between which other
writers have their turn: an import that breaks off leaves what was written, and run again it leaves that as it is. No
person's number is printed; only the report of refused rows, which are the sender's own, holds numbers.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Generic, NoReturn, TypeVar

import typer
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter
from pydantic_core import PydanticCustomError
from rich.console import Console
from rich.progress import track
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from app.cli.turns import write_in_turns
from app.clock import Clock, Moment
from app.db.ledger import aliases, institutions, persons
from app.db.ledger.aliases import ALIAS_KINDS, AliasKind
from app.db.ledger.institutions import Institution, place_in
from app.db.ledger.persons import DatedStatus
from app.errors import StoreUnavailableError
from app.http.problems import FieldError, field_errors, field_refused
from app.i18n import negotiation, text
from app.ledger.alias_registration import write_aliases
from app.ledger.ledger import Ledger
from app.presenters.reimbursements import ReimbursementPresenter
from app.privacy.identity_numbers import folded, is_identity_number
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

Entry = TypeVar("Entry", bound=Request)

_POINT_ZERO = re.compile(r"([0-9]+)\.0+", re.ASCII)
_ROUNDED = re.compile(r"[0-9](?:\.[0-9]+)?E\+[0-9]+", re.ASCII | re.IGNORECASE)
"""How a spreadsheet writes a number whose last digits it has lost or hides."""


def _read_code(cell: str) -> str:
    """Read a code; 1509230000012.0, as a program writes a code that it took for a number, loses its decimals."""
    stripped = cell.strip()
    match = _POINT_ZERO.fullmatch(stripped)
    return match[1] if match else stripped


def _require_all_digits(value: object) -> object:
    if isinstance(value, str) and _ROUNDED.fullmatch(value):
        raise PydanticCustomError("number_rounded", "a number with all its digits")
    return value


_OTHER_NUMBERS = tuple(kind for kind in ALIAS_KINDS if kind != "spelling")
"""The columns of the table of persons that hold other numbers."""

_CERTIFICATE = Field(pattern=r"^[!-~]{1,50}$")


def _require_check_character(value: str) -> str:
    if not is_identity_number(value):
        raise PydanticCustomError("identity_number", "an identity number with the right check character")
    return value


class PersonRow(DatedStatusRequest):
    """A row of the table of persons: a number, and a status with its days. Other numbers of the person may stand by."""

    number: Annotated[PersonNumber, BeforeValidator(_require_all_digits)]
    identity_number: Annotated[
        str | None, _CERTIFICATE, BeforeValidator(_require_all_digits), AfterValidator(_require_check_character)
    ] = None
    card_number: Annotated[str | None, _CERTIFICATE, BeforeValidator(_require_all_digits)] = None
    platform_number: Annotated[str | None, _CERTIFICATE, BeforeValidator(_require_all_digits)] = None


class InstitutionRow(Request):
    """A row of the table of institutions."""

    code: Annotated[Code, BeforeValidator(_require_all_digits)]
    name: Annotated[Line, Field(max_length=200)]
    level: FacilityLevel
    place: Annotated[str | None, Field(pattern=r"^[0-9]{6}$")] = None
    """Division code of its county; without it, the six digits in the code."""


@dataclass(frozen=True)
class Register(Generic[Entry]):
    """A register that is written from a table."""

    name: str
    columns: Columns
    key: str
    """The column whose value groups the rows; a group is written or refused as one."""
    entry: TypeAdapter[Entry]
    check: Callable[[Sequence[Entry]], list[tuple[int, FieldError]]]
    """Find the errors of a group of entries, each with the position of its entry."""
    write: Callable[[Connection, Moment, str, Sequence[Entry]], bool]
    """Write a group of entries; False where the register holds them already."""


class CheckedTable(Generic[Entry]):
    """The rows of a table, checked: the valid entries by key, and the refused rows in the table's order."""

    def __init__(self, table: Table, register: Register[Entry]) -> None:
        self.rows = 0
        self.entries: dict[str, list[Entry]] = {}
        self.refused: list[Refused] = []
        groups: defaultdict[str, list[tuple[Row, Entry | list[FieldError]]]] = defaultdict(list)
        position = table.columns.index(register.key)
        for row in table.rows():
            self.rows += 1
            result = _read_row(row, len(table.columns), register.entry)
            # A row that has lost a cell still belongs to its person, and refuses that person's other rows.
            key = folded(_read_code(row.cells[position])) if position < len(row.cells) else ""
            groups[key].append((row, result))
        for key, rows in groups.items():
            self._add_group(key, rows, register)
        self.refused.sort()

    def _add_group(self, key: str, rows: list[tuple[Row, Entry | list[FieldError]]], register: Register[Entry]) -> None:
        entries = [result for _, result in rows if not isinstance(result, list)]
        errors = {position: result for position, (_, result) in enumerate(rows) if isinstance(result, list)}
        if not errors:
            for position, error in register.check(entries):
                errors.setdefault(position, []).append(error)
        if not errors:
            self.entries[key] = entries
            return
        for position, (row, _) in enumerate(rows):
            row_errors = errors.get(position) or [field_refused("", "row_beside")]
            self.refused.append(
                Refused(row.number, [(error.pointer, error.message) for error in row_errors], row.cells)
            )


def import_persons(
    file: Path,
    engine: Engine,
    clock: Clock,
    parameters: Parameters,
    numbers: PersonPseudonyms,
    *,
    county: str | None = None,
) -> None:
    """Import a table of persons and print a summary on standard error. Exits like `import_institutions`.

    With a county, persons that no county has registered become its own, and those of another are left as they were.
    """
    ledger = Ledger(parameters, ReimbursementPresenter(parameters), numbers)
    left, stand_twice = Counter[str](), 0

    def write(connection: Connection, moment: Moment, _: str, entries: Sequence[PersonRow]) -> bool:
        nonlocal stand_twice
        ledger.key.check(connection, writing=True)
        statuses = _sorted(entry.to_dated() for entry in entries)
        person, changed = _find_person(connection, moment, ledger, entries), False
        if county is not None:
            present = persons.county_of(connection, person)
            if present not in {None, county}:
                left["persons belong to another county and are left as they were"] += 1
                return False
            if changed := present is None:
                persons.write_county(connection, person, county)
        if statuses != _sorted(persons.statuses_of(connection, person)):
            persons.write_for(connection, moment, person, statuses, None)
            changed = True
        written = write_aliases(connection, moment, ledger.key, person, _other_numbers(entries))
        left["numbers are another person's in the register and are left as they were"] += written.of_others
        stand_twice += bool(aliases.doubles_of(connection, person))
        return changed or written.changed

    required: dict[str, Callable[[str], object]] = {
        "number": _read_code,
        "status": str.strip,
        "from": read_day,
        "until": read_day,
    }
    columns = Columns({**required, **dict.fromkeys(_OTHER_NUMBERS, _read_code)}, tuple(required), codes=True)
    register = Register("persons", columns, "number", TypeAdapter(PersonRow), _check_persons, write)
    try:
        _import(file, register, engine, clock)
    finally:
        for what, count in left.items():
            if count:
                typer.echo(f"anda: {count} {what}", err=True)
        if stand_twice:
            typer.echo(f"anda: {stand_twice} persons stand in the ledger twice: POST /v1/persons/join", err=True)
    if any(left.values()):
        raise typer.Exit(1)


def _find_person(connection: Connection, moment: Moment, ledger: Ledger, entries: Sequence[PersonRow]) -> int:
    """Find the person of some rows, who is inserted where there is none yet; every spelling of the number is linked."""
    found = [ledger.identify_and_link(connection, moment, number) for number in {entry.number for entry in entries}]
    return persons.get_or_create(connection, found[-1].number)


def _other_numbers(entries: Sequence[PersonRow]) -> dict[AliasKind, set[str]]:
    """Return the other numbers of a person by kind; a kind that no row gives is left as the register has it."""
    numbers: dict[AliasKind, set[str | None]] = {
        "identity_number": {entry.identity_number for entry in entries},
        "card_number": {entry.card_number for entry in entries},
        "platform_number": {entry.platform_number for entry in entries},
    }
    given = {kind: {each for each in several if each is not None} for kind, several in numbers.items()}
    return {kind: several for kind, several in given.items() if several}


def import_institutions(file: Path, engine: Engine, clock: Clock) -> None:
    """Import a table of institutions and print a summary on standard error.

    Exits with 1 where rows were refused, with 2 where the file as a whole or the store cannot be used.
    """

    def write(connection: Connection, moment: Moment, _: str, entries: Sequence[InstitutionRow]) -> bool:
        (entry,) = entries
        code = institutions.written_as(connection, entry.code)
        institution = Institution(code, entry.name, entry.level, entry.place or place_in(code))
        if institutions.find(connection, code) == institution:
            return False
        institutions.write(connection, moment, institution)
        return True

    required: dict[str, Callable[[str], object]] = {"code": _read_code, "name": str.strip, "level": str.strip}
    register = Register(
        "institutions",
        Columns({**required, "place": lambda cell: _read_code(cell) or None}, tuple(required), codes=True),
        "code",
        TypeAdapter(InstitutionRow),
        _check_institutions,
        write,
    )
    _import(file, register, engine, clock)


def _import(file: Path, register: Register[Entry], engine: Engine, clock: Clock) -> None:
    refused = refused_path(file)
    try:
        table = Table(file, register.columns)
        checked = CheckedTable(table, register)
        # The report comes first: where it cannot be written, nothing else is.
        count = write_refused(refused, table.columns, checked.refused)
    except (UnreadableTableError, OSError) as error:
        _stop(str(error))
    groups = list(checked.entries.items())
    console = Console(stderr=True)
    written = done = 0

    def write(connection: Connection, group: tuple[str, Sequence[Entry]]) -> bool:
        return register.write(connection, clock.now(), *group)

    try:
        shown = track(groups, file.name, console=console, disable=not console.is_terminal)
        for results in write_in_turns(engine, shown, write):
            written += sum(results)
            done += len(results)
    except (SQLAlchemyError, StoreUnavailableError) as error:
        # The database's own message may hold what people wrote, so it is not printed.
        why = f"the store cannot be used ({type(error).__name__})" if isinstance(error, SQLAlchemyError) else str(error)
        if done:
            why += f"\n{done} {register.name} of {len(groups)} are in the register; run it again for the others."
        _stop(why)
    typer.echo(
        f"{checked.rows} rows: {written} {register.name} written, {done - written} as they were, "
        f"{count} rows refused in {refused}",
        err=True,
    )
    if count:
        raise typer.Exit(1)


def _read_row(row: Row, columns: int, entry: TypeAdapter[Entry]) -> Entry | list[FieldError]:
    """Read a row; return the errors where it is invalid."""
    if not row.fits:
        message = text("validation", "record_length", negotiation.current.get())
        return [FieldError("", "record_length", message.format(fields=len(row.cells), columns=columns))]
    try:
        return validated(entry, row.request)
    except RequestValidationError as error:
        return field_errors(error.errors())


def _sorted(statuses: Iterable[DatedStatus]) -> list[DatedStatus]:
    return sorted(statuses, key=lambda status: (status.first_day, status.status))


def _check_persons(entries: Sequence[PersonRow]) -> list[tuple[int, FieldError]]:
    """Refuse a person's statuses where one overlaps another, or where there are too many."""
    if len(entries) > MOST_STATUSES:
        message = text("validation", "too_long", negotiation.current.get()).format(max_length=MOST_STATUSES)
        return [(MOST_STATUSES, FieldError("", "too_long", message))]
    position = persons.overlapping([entry.to_dated() for entry in entries])
    return [] if position is None else [(position, field_refused("/from", "statuses_overlap"))]


def _check_institutions(entries: Sequence[InstitutionRow]) -> list[tuple[int, FieldError]]:
    """Refuse an institution that appears twice: the table does not tell which row is right."""
    if len(entries) == 1:
        return []
    return [(position, field_refused("/code", "code_repeated")) for position in range(len(entries))]


def _stop(why: str) -> NoReturn:
    typer.echo(f"anda: {why}", err=True)
    raise typer.Exit(2) from None
