"""Readings: the questions that the policy text leaves open, and the answers that each of them may have.

Of the questions R1 to R30 those that can be switched; `docs/policy/readings.md` tells the others too. Which answer
holds by default is a dated, cited value in readings.yaml, which a deployment may replace. The wording is in
`app/i18n/texts/readings.yaml`. A reading is an input of the calculation, never a figure of policy.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple, Self, TypedDict, TypeVar, get_args

BandRates = Literal["marginal", "whole_amount"]
RemainingCost = Literal["whole_bill", "in_scope", "relief_in_scope"]
GeneralRelief = Literal["first_band", "whole_then_bands", "parallel"]
Accumulation = Literal["calendar_year", "per_bill", "relief_and_fund_per_bill"]
SupplementaryLimit = Literal["calendar_year", "per_bill"]
ChronicFloor = Literal["clinic_outpatient", "outpatient", "all_care"]
Ceiling = Literal["none", "ninety_percent"]
LayerOrder = Literal["relief_first", "insurance_first"]
UncoveredCare = Literal["not_served", "served"]


class Readings(NamedTuple):
    """The answers to the open questions of a bill, for one calculation."""

    band_rates: BandRates
    remaining_cost: RemainingCost
    general_relief: GeneralRelief
    accumulation: Accumulation
    supplementary_limit: SupplementaryLimit
    chronic_floor: ChronicFloor
    ceiling: Ceiling
    layer_order: LayerOrder
    uncovered_care: UncoveredCare


TransportPupils = Literal["with_senior_high", "without"]
EcommercePeriod = Literal["once", "year"]
PhotovoltaicGroups = Literal["either", "both"]
IndustrySupport = Literal["able_to_work", "every_household"]
UniversityBoarding = Literal["not_asked", "asked"]
PupilsAllowance = Literal["boarders", "every_pupil"]
HigherVocational = Literal["included", "undergraduates_only"]
VocationalSeniorHigh = Literal["not_included", "included"]
HomeBed = Literal["ill_and_either", "ill_and_both"]
RenovationGroups = Literal["key_groups", "registered_only"]
InterestDays = Literal["whole_months_then_360", "actual_360", "actual_365"]
MinimumLivingNeed = Literal["not_asked", "asked"]


class HouseholdReadings(NamedTuple):
    """The answers to the open questions of a household's benefits, for one calculation."""

    transport_pupils: TransportPupils
    ecommerce_period: EcommercePeriod
    photovoltaic_groups: PhotovoltaicGroups
    industry_support: IndustrySupport
    university_boarding: UniversityBoarding
    pupils_allowance: PupilsAllowance
    higher_vocational: HigherVocational
    vocational_senior_high: VocationalSeniorHigh
    home_bed: HomeBed
    renovation_groups: RenovationGroups
    interest_days: InterestDays
    minimum_living_need: MinimumLivingNeed


class ReadingQuestion(TypedDict):
    """An open question: its number, its name, and the values that it may have."""

    id: str
    reading: str
    values: tuple[str, ...]


def _question(number: str, reading: str, values: tuple[str, ...]) -> ReadingQuestion:
    return {"id": number, "reading": reading, "values": values}


QUESTIONS: tuple[ReadingQuestion, ...] = (
    _question("R1", "band_rates", get_args(BandRates)),
    _question("R2", "remaining_cost", get_args(RemainingCost)),
    _question("R3", "general_relief", get_args(GeneralRelief)),
    _question("R5", "accumulation", get_args(Accumulation)),
    _question("R6", "supplementary_limit", get_args(SupplementaryLimit)),
    _question("R8", "chronic_floor", get_args(ChronicFloor)),
    _question("R13", "ceiling", get_args(Ceiling)),
    _question("R14", "layer_order", get_args(LayerOrder)),
    _question("R21", "uncovered_care", get_args(UncoveredCare)),
)
"""The open questions of a bill, in the order of the fields of `Readings`."""

HOUSEHOLD_QUESTIONS: tuple[ReadingQuestion, ...] = (
    _question("R12", "transport_pupils", get_args(TransportPupils)),
    _question("R16", "ecommerce_period", get_args(EcommercePeriod)),
    _question("R17", "photovoltaic_groups", get_args(PhotovoltaicGroups)),
    _question("R18", "industry_support", get_args(IndustrySupport)),
    _question("R20", "university_boarding", get_args(UniversityBoarding)),
    _question("R22", "pupils_allowance", get_args(PupilsAllowance)),
    _question("R23", "higher_vocational", get_args(HigherVocational)),
    _question("R24", "vocational_senior_high", get_args(VocationalSeniorHigh)),
    _question("R25", "home_bed", get_args(HomeBed)),
    _question("R26", "renovation_groups", get_args(RenovationGroups)),
    _question("R27", "interest_days", get_args(InterestDays)),
    _question("R28", "minimum_living_need", get_args(MinimumLivingNeed)),
)
"""The open questions of a household's benefits, in the order of the fields of `HouseholdReadings`."""

VALUES: Mapping[str, tuple[str, ...]] = {
    question["reading"]: question["values"] for question in (*QUESTIONS, *HOUSEHOLD_QUESTIONS)
}
"""The values of every reading, by its name."""

NUMBERS: Mapping[str, str] = {question["reading"]: question["id"] for question in (*QUESTIONS, *HOUSEHOLD_QUESTIONS)}
"""The number of every reading, by its name."""

PARAMETER = "readings.{}"
"""The name of the parameter that holds the default of a reading."""

AnyReadings = TypeVar("AnyReadings", Readings, HouseholdReadings)


def with_reading(readings: AnyReadings, reading: str, value: str) -> AnyReadings:
    """Return the readings with one of them changed."""
    return with_chosen(readings, {reading: value})


def with_chosen(defaults: AnyReadings, chosen: Mapping[str, str | None]) -> AnyReadings:
    """Return the defaults with the readings that are chosen in their place; None chooses none."""
    values = [chosen.get(name) or taken for name, taken in zip(defaults._fields, defaults, strict=True)]
    return type(defaults)._make(values)


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
