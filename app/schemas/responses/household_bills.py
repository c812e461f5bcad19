"""The answer for the bills of a household."""

from app.schemas.fields import Answer
from app.schemas.responses.reimbursements import ReimbursementAnswer, Yuan


class LayerTotals(Answer):
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


class Totals(Answer):
    """Sums over several bills: `reimbursed` + `out_of_pocket` = `total`. Yuan."""

    bills: int
    """How many bills."""
    total: Yuan
    """The bills' totals."""
    layers: LayerTotals
    """What each layer pays."""
    guarantee: Yuan
    """What the chronic-disease guarantee tops up."""
    lump_sums: Yuan
    """What is paid beside the bills."""
    reimbursed: Yuan
    """All layers and the guarantee; no lump sum."""
    out_of_pocket: Yuan
    """What the patients still owe (个人自付)."""


class YearTotals(Totals):
    """The sums of one calendar year."""

    year: int
    """The calendar year of the service dates."""


class HouseholdYearTotals(YearTotals):
    """The household's sums of one calendar year, beside its income."""

    share_of_income: str | None
    """Out of pocket over the household's net income of a year, four places, half up; null where that is not known."""


class MemberTotals(Totals):
    """A member's sums, in all and by year."""

    id: str
    """The member's id."""
    years: list[YearTotals]
    """By calendar year."""


class HouseholdTotals(Totals):
    """The household's sums, in all and by year."""

    years: list[HouseholdYearTotals]
    """By calendar year."""
    share_of_income: str | None
    """Out of pocket in all over the net income of a year, four places, half up; null where that is not known."""


class LayerMet(Answer):
    """What a layer had counted and paid in the year before a bill. Yuan."""

    base: Yuan
    """What its schedule had counted."""
    paid: Yuan
    """What it had paid."""


class LayersMet(Answer):
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


class YearMet(Answer):
    """The year to date that a bill met, as a single reimbursement takes it."""

    admissions: int
    """Stays and home sick-beds before it."""
    admissions_at_level: int
    """Those at the bill's facility level."""
    layers: LayersMet
    """By layer."""


class HouseholdAnswer(Answer):
    """A household's bills reimbursed, in the request's order, and their sums."""

    bills: list[ReimbursementAnswer]
    """Each as `POST /v1/reimbursements` answers it with the year to date that it met."""
    years_to_date: list[YearMet]
    """The year to date that each bill met, in the same order."""
    members: list[MemberTotals]
    """In the request's order."""
    summary: HouseholdTotals
    """The household's sums."""
