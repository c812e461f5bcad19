"""Reimburses a file of bills: the layers beside each row; rows that cannot be calculated go to a second file.

No row is dropped, and none stops the others.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import ValidationError

from app.bulk.columns import BillTable
from app.bulk.files import Malformed, Rows, TableFile, TableWriter, UnreadableFileError
from app.http.problems import before_first_day, field_errors
from app.i18n import negotiation, text
from app.rules.money import Fen
from app.rules.parameters import NoPolicyInForceError, Parameters
from app.rules.reimbursement.bill import LAYERS
from app.rules.reimbursement.columns import ReimbursedColumns, reimburse_columns
from app.rules.reimbursement.layers import Reimbursement, reimburse
from app.schemas.flat_fields import FIELDS, nested
from app.schemas.requests.reimbursements import ReimbursementRequest

Progress = Callable[[int], None]

ROW, REASON, RECORD = "refused.row", "refused.reason", "refused.record"
"""The columns beside a refused row: its number (the first is 1), the reason, and a malformed record's text."""

_FEN = pl.Decimal(16, 2)


class Outcome(NamedTuple):
    """The numbers of rows read, reimbursed and refused."""

    rows: int
    reimbursed: int
    refused: int


class Refusal(NamedTuple):
    """A row that cannot be calculated: its position in the batch, and the reason."""

    position: int
    reason: str


def result_columns() -> list[str]:
    """List the columns that are written beside each row."""
    by_layer = [f"layers.{layer}.{what}" for layer in LAYERS for what in ("base", "due", "paid")]
    return [
        *by_layer,
        "guarantee.paid",
        "lump_sums.accident_disability.paid",
        "summary.reimbursed",
        "summary.out_of_pocket",
    ]


def check_columns(columns: list[str]) -> list[str]:
    """Return the columns that are copied without being read. UnreadableFileError for a misspelt or missing field.

    A name with a dot belongs to the request; an unknown one is refused and never ignored.
    """
    unknown = [name for name in columns if name not in FIELDS and "." in name]
    if unknown:
        raise UnreadableFileError(f"unknown columns: {', '.join(unknown)}; known are {', '.join(FIELDS)}")
    missing = [name for name, field in FIELDS.items() if field.required and name not in columns]
    if missing:
        raise UnreadableFileError(f"missing columns: {', '.join(missing)}")
    return [name for name in columns if name not in FIELDS]


def reimburse_file(
    source: TableFile, output: Path, refused: Path, parameters: Parameters, progress: Progress = lambda _: None
) -> Outcome:
    """Reimburse every row of a file. UnreadableFileError or UnusableColumnError where the whole file is unusable.

    Both files appear only when all is done; after an error neither does. `progress` is called with the rows done.
    """
    check_columns(source.columns)
    rows = count = 0
    with TableWriter(output) as good, TableWriter(refused) as bad:
        for batch in source.batches():
            results, refusals = _reimburse_batch(batch, parameters)
            keep = np.ones(len(batch.frame), np.bool_)
            keep[[refusal.position for refusal in refusals]] = False
            good.write(batch.frame.hstack(results).filter(pl.Series(keep)))
            bad.write(_refused(batch, refusals))
            here = len(batch.frame) + len(batch.malformed)
            rows += here
            count += len(refusals) + len(batch.malformed)
            progress(here)
    return Outcome(rows, rows - count, count)


def _reimburse_batch(batch: Rows, parameters: Parameters) -> tuple[pl.DataFrame, list[Refusal]]:
    table = BillTable(batch.frame, parameters)
    paid = _as_table(reimburse_columns(table.bills(), parameters, workings=True))
    refusals = []
    for position in np.flatnonzero(~table.valid):
        row = batch.frame.row(int(position), named=True)
        result = _reimburse_row(row, parameters)
        if isinstance(result, str):
            refusals.append(Refusal(int(position), result))
        else:
            for name, fen in _as_row(result).items():
                paid[name][position] = fen
    return pl.DataFrame([_yuan(name, fen) for name, fen in paid.items()]), refusals


def _reimburse_row(row: dict[str, object], parameters: Parameters) -> Reimbursement | str:
    """Reimburse one row as the endpoint would; return the endpoint's message where it is refused."""
    try:
        request = ReimbursementRequest.model_validate(nested(row))
        figures = parameters.on(request.service_date)
    except ValidationError as error:
        errors = field_errors(error.errors(include_url=False, include_input=False))
    except NoPolicyInForceError:
        errors = [before_first_day("/service_date")]
    else:
        return reimburse(request.to_bill(parameters), figures, silent=True)
    return "; ".join(f"{error.pointer}: {error.message}" for error in errors)


def _as_table(reimbursed: ReimbursedColumns) -> dict[str, npt.NDArray[np.int64]]:
    values = []
    for layer in LAYERS:
        values += [reimbursed.base[layer], reimbursed.due[layer], reimbursed.paid[layer]]
    values += [reimbursed.guarantee, reimbursed.lump_sum, reimbursed.reimbursed, reimbursed.out_of_pocket]
    return dict(zip(result_columns(), values, strict=True))


def _as_row(reimbursement: Reimbursement) -> dict[str, Fen]:
    by_layer = {working.layer: working for working in reimbursement.layers}
    values: list[Fen] = []
    for layer in LAYERS:
        values += [by_layer[layer].base, by_layer[layer].due, by_layer[layer].paid]
    values += [reimbursement.guarantee or 0, reimbursement.lump_sum]
    values += [reimbursement.reimbursed, reimbursement.out_of_pocket]
    return dict(zip(result_columns(), values, strict=True))


def _yuan(name: str, fen: npt.NDArray[np.int64]) -> pl.Series:
    """Convert a column of fen to yuan with two decimals, exactly."""
    return (pl.Series(name, fen).cast(_FEN) / pl.Series([100], dtype=_FEN)).cast(_FEN)


def _refused(batch: Rows, refusals: list[Refusal]) -> pl.DataFrame:
    """Return the refused rows of a batch with their reasons, and the malformed records."""
    columns = [name for name in batch.frame.columns if name not in {ROW, REASON, RECORD}]
    rows = batch.frame.select(columns)[[refusal.position for refusal in refusals]]
    well_formed = pl.DataFrame(
        {
            ROW: [batch.numbers[refusal.position] for refusal in refusals],
            REASON: [refusal.reason for refusal in refusals],
            RECORD: [None] * len(refusals),
        },
        schema={ROW: pl.Int64, REASON: pl.String, RECORD: pl.String},
    )
    malformed = pl.DataFrame(
        {
            ROW: [record.row for record in batch.malformed],
            REASON: [_malformed_message(record, len(batch.frame.columns)) for record in batch.malformed],
            RECORD: [record.record for record in batch.malformed],
        },
        schema=well_formed.schema,
    )
    return pl.concat([well_formed.hstack(rows), malformed], how="diagonal").sort(ROW)


def _malformed_message(record: Malformed, columns: int) -> str:
    return text("validation", "record_length", negotiation.current.get()).format(fields=record.fields, columns=columns)
