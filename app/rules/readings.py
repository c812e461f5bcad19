"""Where the policy text leaves a choice: the open questions, the answer taken by default, and the alternatives.

The questions are the catalogue's R1, R2, R3, R5, R6, R13 and R14; their wording for people stands in
`app/i18n/texts/readings.yaml`. A reading is a fact of the calculation, never a figure.
"""

from functools import cache
from itertools import product
from typing import Any, Literal, NamedTuple, TypedDict, get_args

BandRates = Literal["marginal", "whole_amount"]
RemainingCost = Literal["whole_bill", "in_scope"]
GeneralRelief = Literal["first_band", "whole_then_bands"]
Accumulation = Literal["calendar_year", "per_bill"]
SupplementaryLimit = Literal["calendar_year", "per_bill"]
Ceiling = Literal["none", "ninety_percent"]
LayerOrder = Literal["relief_first", "insurance_first"]


class Readings(NamedTuple):
    """How the open questions are read for one calculation; the defaults are the service's own readings."""

    band_rates: BandRates = "marginal"
    remaining_cost: RemainingCost = "whole_bill"
    general_relief: GeneralRelief = "first_band"
    accumulation: Accumulation = "calendar_year"
    supplementary_limit: SupplementaryLimit = "calendar_year"
    ceiling: Ceiling = "none"
    layer_order: LayerOrder = "relief_first"


class ReadingQuestion(TypedDict):
    """One open question: its number in the catalogue, the default and every allowed value, default first."""

    id: str
    reading: str
    default: str
    values: tuple[str, ...]


def _question(number: str, reading: str, values: Any) -> ReadingQuestion:
    return {"id": number, "reading": reading, "default": get_args(values)[0], "values": get_args(values)}


QUESTIONS: tuple[ReadingQuestion, ...] = (
    _question("R1", "band_rates", BandRates),
    _question("R2", "remaining_cost", RemainingCost),
    _question("R3", "general_relief", GeneralRelief),
    _question("R5", "accumulation", Accumulation),
    _question("R6", "supplementary_limit", SupplementaryLimit),
    _question("R13", "ceiling", Ceiling),
    _question("R14", "layer_order", LayerOrder),
)

DEFAULT = Readings()


def with_reading(reading: str, value: str, others: Readings = DEFAULT) -> Readings:
    """Take one reading another way, the others as they are."""
    changed: dict[str, Any] = {reading: value}
    return others._replace(**changed)


class RecordingReadings:
    """Readings that remember which of them a calculation asked for."""

    def __init__(self, readings: Readings) -> None:
        self._readings = readings
        self.asked: dict[str, None] = {}

    def __getattr__(self, reading: str) -> Any:
        """Answer with the reading, and remember the question; Python asks here only the first time."""
        self.asked[reading] = None
        value = getattr(self._readings, reading)
        setattr(self, reading, value)
        return value


OTHER: dict[str, str] = {question["reading"]: question["values"][1] for question in QUESTIONS}
"""The other way to read each question; there are two to each."""


@cache
def combinations(free: frozenset[str]) -> tuple[Readings, ...]:
    """Combine the values of some readings, the others at their defaults: the defaults first, then ever further."""
    values = (question["values"] if question["reading"] in free else (question["default"],) for question in QUESTIONS)
    combined: Any = product(*values)
    return tuple(
        sorted(
            (Readings(*combination) for combination in combined),
            key=lambda readings: sum(a != b for a, b in zip(readings, DEFAULT, strict=True)),
        )
    )
