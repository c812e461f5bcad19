"""The request for the reimbursement of a bill."""

from typing import Annotated, Protocol, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.rules.money import Fen, Truth
from app.rules.parameters import Parameters
from app.rules.readings import (
    Accumulation,
    BandRates,
    Ceiling,
    ChronicFloor,
    GeneralRelief,
    LayerOrder,
    Readings,
    RemainingCost,
    SupplementaryLimit,
    UncoveredCare,
    with_chosen,
)
from app.rules.registration import Registration
from app.rules.reimbursement.bill import AWAY, Bill, FacilityLevel, Kind, Layer
from app.schemas.fields import Day, Money, MoneyAboveZero, Request


class Patient(Request):
    """Who is treated; nobody is identified."""

    registration: Annotated[
        Registration,
        Field(
            description="Status in the register of the poor (建档立卡): `none` not registered, `registered` not yet "
            "exited (未脱贫), `exited_with_policy` exited with policies kept (脱贫不脱政策), `exited_without_policy` "
            "exited with policies ended."
        ),
    ]
    major_disease: Annotated[bool, Field(description="Has a major disease (重大疾病).")] = False
    chronic_disease: Annotated[bool, Field(description="Has a certified chronic disease (慢性病).")] = False
    accident_disability: Annotated[
        bool, Field(description="Disabled by an accidental injury (意外伤害伤残), not yet compensated for it.")
    ] = False


class VisitRequest(Request):
    """What kind of care it was, and where."""

    kind: Annotated[
        Kind,
        Field(
            description="`inpatient` a stay (住院), `outpatient` a visit (门诊), `home_bed` a bed at home (家庭病床)."
        ),
    ]
    facility_level: Annotated[
        FacilityLevel,
        Field(
            description="`village` clinic (村卫生室), `township` (苏木乡镇卫生院, 一级), `county` (旗县, 二级), `city` "
            "(市级, 三级), `in_region` another city of Inner Mongolia, `out_of_region` outside Inner Mongolia."
        ),
    ]
    referred: Annotated[
        bool, Field(description="Referred (转诊); matters for `in_region` and `out_of_region` only.")
    ] = True
    emergency: Annotated[
        bool, Field(description="An emergency (急诊); matters for `in_region` and `out_of_region` only.")
    ] = False


class BillAmounts(Request):
    """The bill itself. Yuan, at most two decimals, as text or number."""

    total: Annotated[MoneyAboveZero, Field(description="The whole bill (总费用), yuan, above zero.")]
    in_scope: Annotated[
        Money, Field(description="Its cost inside the insurance catalogue (政策范围内费用), yuan; at most the total.")
    ]

    @model_validator(mode="after")
    def _in_scope_within_total(self) -> Self:
        if self.in_scope > self.total:
            raise PydanticCustomError(
                "in_scope_above_total", "an in-scope cost no higher than the bill's total", {"field": "in_scope"}
            )
        return self


class LayerYearToDate(Request):
    """What one layer has done in the calendar year before this bill. Yuan."""

    base: Annotated[Money, Field(description="What its schedule has counted so far (已计入), yuan.")] = 0
    paid: Annotated[Money, Field(description="What it has paid so far (已支付), yuan.")] = 0


NOTHING_YET = LayerYearToDate()


class LayersYearToDate(Request):
    """The calendar year so far, by layer; a layer left out has counted and paid nothing."""

    basic_insurance: Annotated[LayerYearToDate, Field(description="Basic insurance (基本医疗保险).")] = NOTHING_YET
    critical_illness: Annotated[LayerYearToDate, Field(description="Critical illness (大病保险).")] = NOTHING_YET
    civil_relief: Annotated[LayerYearToDate, Field(description="Civil-affairs relief (民政救助).")] = NOTHING_YET
    major_disease_fund: Annotated[LayerYearToDate, Field(description="Major-disease fund (大病基金).")] = NOTHING_YET
    supplementary_insurance: Annotated[
        LayerYearToDate, Field(description="Supplementary insurance (大额补充保险).")
    ] = NOTHING_YET


class YearToDateRequest(Request):
    """The patient's calendar year before this bill (the year of `service_date`)."""

    admissions: Annotated[
        int, Field(ge=0, le=1000, description="Stays and home hospital beds so far this year, at any level.")
    ] = 0
    admissions_at_level: Annotated[
        int, Field(ge=0, le=1000, description="Those at this bill's facility level; at most `admissions`.")
    ] = 0
    layers: Annotated[LayersYearToDate, Field(description="By layer; one left out has counted and paid nothing.")] = (
        LayersYearToDate()
    )

    @model_validator(mode="after")
    def _at_level_within_all(self) -> Self:
        if self.admissions_at_level > self.admissions:
            raise PydanticCustomError(
                "admissions_at_level_above_admissions",
                "no more admissions at this level than admissions in all",
                {"field": "admissions_at_level"},
            )
        return self


class Adjudicated(Request):
    """What the insurer has settled already; null or left out where it has not."""

    basic_insurance: Annotated[
        Money | None, Field(description="Paid by basic insurance (基本医疗保险), yuan; taken as given.")
    ] = None
    critical_illness: Annotated[
        Money | None, Field(description="Paid by critical-illness insurance (大病保险), yuan; taken as given.")
    ] = None


class ReadingsRequest(Request):
    """How the open questions of the policy text are read; see `GET /v1/readings`.

    Each is null or left out: the default in force on the service date.
    """

    band_rates: Annotated[
        BandRates | None, Field(description="R1: a band's rate is for the part inside it, or for the whole amount.")
    ] = None
    remaining_cost: Annotated[
        RemainingCost | None,
        Field(
            description="R2: what is left counts the whole bill, or the in-scope cost only: of all three layers, or of "
            "civil-affairs relief alone."
        ),
    ] = None
    general_relief: Annotated[
        GeneralRelief | None,
        Field(
            description="R3: the general relief covers the first band, or the whole before the bands, or the whole "
            "beside the bands on the whole."
        ),
    ] = None
    accumulation: Annotated[
        Accumulation | None,
        Field(
            description="R5: relief, fund and supplementary insurance count the calendar year together, or each bill "
            "alone, or relief and fund alone count each bill."
        ),
    ] = None
    supplementary_limit: Annotated[
        SupplementaryLimit | None, Field(description="R6: the supplementary limit is a calendar year's, or a bill's.")
    ] = None
    chronic_floor: Annotated[
        ChronicFloor | None,
        Field(
            description="R8: the chronic-disease floor serves outpatient care at village and township clinics, or at "
            "every level, or stays and home hospital beds too."
        ),
    ] = None
    ceiling: Annotated[
        Ceiling | None, Field(description="R13: no ceiling on all layers together, or 90 % of the bill.")
    ] = None
    layer_order: Annotated[
        LayerOrder | None,
        Field(description="R14: relief and fund pay before supplementary insurance, or after it."),
    ] = None
    uncovered_care: Annotated[
        UncoveredCare | None,
        Field(
            description="R21: relief, fund and supplementary insurance do not pay for outpatient care that basic "
            "insurance does not cover, or they do."
        ),
    ] = None


class RangeRequest(Request):
    """A bill whose readings are all to be tried."""

    service_date: Annotated[
        Day, Field(description="Day of discharge, or of the visit; picks the figures and the calendar year.")
    ]
    patient: Annotated[Patient, Field(description="Who is treated (患者).")]
    visit: Annotated[VisitRequest, Field(description="What kind of care it was, and where (就诊).")]
    bill: Annotated[BillAmounts, Field(description="The bill's amounts (费用), yuan.")]
    year_to_date: Annotated[
        YearToDateRequest | None,
        Field(description="The calendar year before this bill (本年累计); null or left out: nothing before it."),
    ] = None
    adjudicated: Annotated[
        Adjudicated | None,
        Field(description="What the insurer has settled already (已结算); null or left out: nothing."),
    ] = None

    @model_validator(mode="after")
    def _adjudicated_within_total(self) -> Self:
        within_total(self.adjudicated, self.bill)
        return self

    def to_bill(self, parameters: Parameters) -> Bill:
        """Convert the request to a bill of the rules, in fen. NoPolicyInForceError before the first day of policy."""
        return self.under(parameters.on(self.service_date).readings)

    def under(self, readings: Readings) -> Bill:
        """Convert the request to a bill of the rules under the readings, in fen."""
        bill = bill_of(self.patient.registration, self.patient, self, readings)
        if self.year_to_date is not None:
            _add_year(bill, self.year_to_date)
        return bill


class ReimbursementRequest(RangeRequest):
    """A bill to be reimbursed."""

    readings: Annotated[
        ReadingsRequest | None,
        Field(description="How the open questions are read; null or left out: by default, as on the service date."),
    ] = None

    def to_bill(self, parameters: Parameters) -> Bill:
        """Convert the request to a bill of the rules, in fen, its readings in place of the defaults on its day.

        NoPolicyInForceError before the first day of policy.
        """
        return self.under(readings_of(self.readings, parameters.on(self.service_date).readings))


class Health(Protocol):
    """The facts of a patient that the rules need, besides the registration."""

    @property
    def major_disease(self) -> bool:
        """Has a major disease."""

    @property
    def chronic_disease(self) -> bool:
        """Has a certified chronic disease."""

    @property
    def accident_disability(self) -> bool:
        """Disabled by an accidental injury, not yet compensated for it."""


class CareRequest(Protocol):
    """A bill with where and how the care was given, and what the insurer has settled of it."""

    @property
    def visit(self) -> VisitRequest:
        """What kind of care it was, and where."""

    @property
    def bill(self) -> BillAmounts:
        """The amounts."""

    @property
    def adjudicated(self) -> Adjudicated | None:
        """What the insurer has settled."""


def bill_of(registration: Registration, patient: Health, care: CareRequest, readings: Readings) -> Bill:
    """Convert a bill to a bill of the rules, in fen, without the year before it."""
    visit = care.visit
    bill = Bill(
        registration=registration,
        kind=visit.kind,
        facility_level=visit.facility_level,
        total=care.bill.total,
        in_scope=care.bill.in_scope,
        major_disease=patient.major_disease,
        chronic_disease=patient.chronic_disease,
        accident_disability=patient.accident_disability,
        unreferred=visit.facility_level in AWAY and not visit.referred and not visit.emergency,
        readings=readings,
    )
    if care.adjudicated is not None:
        bill.adjudicated = _adjudicated(care.adjudicated)
    return bill


def readings_of(chosen: ReadingsRequest | None, defaults: Readings) -> Readings:
    """Return the readings that a request chooses, and the defaults for those that it leaves out."""
    return defaults if chosen is None else with_chosen(defaults, dict(chosen))


def within_total(adjudicated: Adjudicated | None, bill: BillAmounts) -> None:
    """Check that the adjudicated amounts together stay within the bill's total. PydanticCustomError."""
    if adjudicated is None:
        return
    if (adjudicated.basic_insurance or 0) + (adjudicated.critical_illness or 0) > bill.total:
        raise PydanticCustomError(
            "adjudicated_above_total",
            "adjudicated amounts that together stay within the bill's total",
            {"field": "adjudicated"},
        )


def _add_year(bill: Bill, year: YearToDateRequest) -> None:
    bill.readmitted = year.admissions > 0
    bill.readmitted_at_level = year.admissions_at_level > 0
    layers: tuple[tuple[Layer, LayerYearToDate], ...] = (
        ("basic_insurance", year.layers.basic_insurance),
        ("critical_illness", year.layers.critical_illness),
        ("civil_relief", year.layers.civil_relief),
        ("major_disease_fund", year.layers.major_disease_fund),
        ("supplementary_insurance", year.layers.supplementary_insurance),
    )
    bill.counted_before = {layer: so_far.base for layer, so_far in layers}
    bill.paid_before = {layer: so_far.paid for layer, so_far in layers}


def _adjudicated(adjudicated: Adjudicated) -> dict[Layer, tuple[Truth, Fen]]:
    amounts: dict[Layer, tuple[Truth, Fen]] = {}
    if adjudicated.basic_insurance is not None:
        amounts["basic_insurance"] = (True, adjudicated.basic_insurance)
    if adjudicated.critical_illness is not None:
        amounts["critical_illness"] = (True, adjudicated.critical_illness)
    return amounts
