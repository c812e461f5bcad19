"""Readings: the questions that the policy text leaves open, the default answer to each, and the alternative.

The questions are R1, R2, R3, R5, R6, R13 and R14 of `docs/policy/readings.md`. Their wording is in
`app/i18n/texts/readings.yaml`. A reading is an input of the calculation, never a figure of policy.
"""

from functools import cache
from itertools import product
from typing import Literal, NamedTuple, Self, TypedDict, get_args

BandRates = Literal["marginal", "whole_amount"]
RemainingCost = Literal["whole_bill", "in_scope"]
GeneralRelief = Literal["first_band", "whole_then_bands"]
Accumulation = Literal["calendar_year", "per_bill"]
SupplementaryLimit = Literal["calendar_year", "per_bill"]
Ceiling = Literal["none", "ninety_percent"]
LayerOrder = Literal["relief_first", "insurance_first"]


class Readings(NamedTuple):
    """The answers to the open questions for one calculation; the defaults are the service's own."""

    band_rates: BandRates = "marginal"
    remaining_cost: RemainingCost = "whole_bill"
    general_relief: GeneralRelief = "first_band"
    accumulation: Accumulation = "calendar_year"
    supplementary_limit: SupplementaryLimit = "calendar_year"
    ceiling: Ceiling = "none"
    layer_order: LayerOrder = "relief_first"


class ReadingQuestion(TypedDict):
    """An open question: its number, the default, and the values with the default first."""

    id: str
    reading: str
    default: str
    values: tuple[str, ...]


def _question(number: str, reading: str, values: tuple[str, ...]) -> ReadingQuestion:
    return {"id": number, "reading": reading, "default": values[0], "values": values}


QUESTIONS: tuple[ReadingQuestion, ...] = (
    _question("R1", "band_rates", get_args(BandRates)),
    _question("R2", "remaining_cost", get_args(RemainingCost)),
    _question("R3", "general_relief", get_args(GeneralRelief)),
    _question("R5", "accumulation", get_args(Accumulation)),
    _question("R6", "supplementary_limit", get_args(SupplementaryLimit)),
    _question("R13", "ceiling", get_args(Ceiling)),
    _question("R14", "layer_order", get_args(LayerOrder)),
)

DEFAULT = Readings()


def with_reading(reading: str, value: str, others: Readings = DEFAULT) -> Readings:
    """Return the readings with one of them changed."""
    return Readings._make(
        value if field == reading else current for field, current in zip(Readings._fields, others, strict=True)
    )


class RecordingReadings(Readings):
    """Readings that record which of them a calculation uses."""

    used: dict[str, None]

    @classmethod
    def recording(cls, readings: Readings) -> Self:
        """Wrap readings, none of them used yet."""
        recorder = cls._make(readings)
        recorder.used = {}
        return recorder

    def __getattribute__(self, name: str) -> object:
        """Return an attribute, and record the name of a reading."""
        if name in _NAMES:
            self.used[name] = None
        return super().__getattribute__(name)


_NAMES = frozenset(Readings._fields)

OTHER: dict[str, str] = {question["reading"]: question["values"][1] for question in QUESTIONS}
"""The alternative to the default of each question; every question has two values."""


@cache
def combinations(free: frozenset[str]) -> tuple[Readings, ...]:
    """Combine the values of the free readings, the others at their defaults, in the order of how many are changed."""
    values = (question["values"] if question["reading"] in free else (question["default"],) for question in QUESTIONS)
    combined = product(*values)
    return tuple(
        sorted(
            (Readings._make(combination) for combination in combined),
            key=lambda readings: sum(a != b for a, b in zip(readings, DEFAULT, strict=True)),
        )
    )
