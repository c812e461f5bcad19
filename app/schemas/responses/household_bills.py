"""The answer for the bills of a household."""

from typing import Annotated

from pydantic import Field, with_config
from typing_extensions import TypedDict

from app.schemas.fields import CLOSED
from app.schemas.responses.reimbursements import ReimbursementAnswer, Yuan


@with_config(CLOSED)
class LayerTotals(TypedDict):
    """What each layer pays in all. Yuan."""

    basic_insurance: Yuan
    """Basic insurance (基本医疗保险)."""
    critical_illness: Yuan
    """Critical-illness insurance (大病保险)."""
    civil_relief: Yuan
    """Civil-affairs relief (民政救助)."""
    major_disease_fund: Yuan
    """Major-disease fund (大病基金)."""
    supplementary_insurance: Yuan
    """Supplementary insurance (大额补充保险)."""


@with_config(CLOSED)
class Totals(TypedDict):
    """Sums over several bills: `reimbursed` + `out_of_pocket` = `total`. Yuan."""

    bills: Annotated[int, Field(description="How many bills.")]
    total: Annotated[Yuan, Field(description="The bills' totals.")]
    layers: Annotated[LayerTotals, Field(description="What each layer pays.")]
    guarantee: Annotated[Yuan, Field(description="What the chronic-disease guarantee tops up.")]
    lump_sums: Annotated[Yuan, Field(description="What is paid beside the bills.")]
    reimbursed: Annotated[Yuan, Field(description="All layers and the guarantee; no lump sum.")]
    out_of_pocket: Annotated[Yuan, Field(description="What the patients still owe (个人自付).")]


@with_config(CLOSED)
class YearTotals(Totals):
    """The sums of one calendar year."""

    year: Annotated[int, Field(description="The calendar year of the service dates.")]


@with_config(CLOSED)
class HouseholdYearTotals(YearTotals):
    """The household's sums of one calendar year, beside its income."""

    share_of_income: str | None
    """Out of pocket over the household's net income of a year, four places, half up; null where that is not known."""


@with_config(CLOSED)
class MemberTotals(Totals):
    """A member's sums, in all and by year."""

    id: str
    """The member's id."""
    years: list[YearTotals]
    """By calendar year."""


@with_config(CLOSED)
class HouseholdTotals(Totals):
    """The household's sums, in all and by year."""

    years: list[HouseholdYearTotals]
    """By calendar year."""
    share_of_income: str | None
    """Out of pocket in all over the net income of a year, four places, half up; null where that is not known."""


@with_config(CLOSED)
class LayerMet(TypedDict):
    """What a layer had counted and paid in the year before a bill. Yuan."""

    base: Yuan
    """What its schedule had counted."""
    paid: Yuan
    """What it had paid."""


@with_config(CLOSED)
class LayersMet(TypedDict):
    """The year before a bill, by layer."""

    basic_insurance: LayerMet
    """Basic insurance (基本医疗保险) so far."""
    critical_illness: LayerMet
    """Critical-illness insurance (大病保险) so far."""
    civil_relief: LayerMet
    """Civil-affairs relief (民政救助) so far."""
    major_disease_fund: LayerMet
    """Major-disease fund (大病基金) so far."""
    supplementary_insurance: LayerMet
    """Supplementary insurance (大额补充保险) so far."""


@with_config(CLOSED)
class YearMet(TypedDict):
    """The year to date that a bill met, as a single reimbursement takes it."""

    admissions: int
    """Stays and home hospital beds before it."""
    admissions_at_level: int
    """Those at the bill's facility level."""
    layers: LayersMet
    """By layer."""


@with_config(CLOSED)
class HouseholdAnswer(TypedDict):
    """A household's bills reimbursed, in the request's order, and their sums."""

    bills: list[ReimbursementAnswer]
    """Each as `POST /v1/reimbursements` answers it with the year to date that it met."""
    years_to_date: list[YearMet]
    """The year to date that each bill met, in the same order."""
    members: list[MemberTotals]
    """In the request's order."""
    summary: HouseholdTotals
    """The household's sums."""
