"""The request for the entitlements of a household, any fact of which may be unknown."""

from collections.abc import Callable
from typing import Annotated, Literal, Self, TypeAlias, get_args

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from app.rules.entitlements import household as facts
from app.rules.entitlements.benefits import Status
from app.rules.readings import (
    EcommercePeriod,
    HigherVocational,
    HomeBed,
    IndustrySupport,
    InterestDays,
    MinimumLivingNeed,
    PhotovoltaicGroups,
    PupilsAllowance,
    RenovationGroups,
    TransportPupils,
    UniversityBoarding,
    VocationalSeniorHigh,
)
from app.rules.registration import Registration
from app.schemas.fields import Day, Money, MoneyAboveZero, Request
from app.schemas.requests.household_bills import MOST_MEMBERS, MemberId

Absent: TypeAlias = Literal["none"]


class OrAbsent:
    """Marks an object that may also be absent ("none") or unknown (null)."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Accept "none", null and the model's object. A union would name its branches in errors."""
        (model,) = (each for each in get_args(source) if isinstance(each, type) and issubclass(each, Request))
        return core_schema.no_info_wrap_validator_function(_object_or_none, handler.generate_schema(model))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Declare the object, "none" and null."""
        return {"anyOf": [handler(schema), {"const": "none", "type": "string"}, {"type": "null"}]}


def _object_or_none(value: object, handler: Callable[[object], object]) -> object:
    if value is None or value == "none":
        return value
    if not isinstance(value, dict):
        raise PydanticCustomError("object_or_none", 'an object, or "none"')
    return handler(value)


class StudentFacts(Request):
    """A pupil or student (在校生)."""

    stage: Annotated[
        facts.Stage | None,
        Field(
            description="`primary` (小学), `junior_high` (初中), `senior_high` (高中), `university` (大学), "
            "`vocational_secondary` (普通中专、职业高中、技工院校), `vocational_higher` (高职、大专、技师学院)."
        ),
    ] = None
    boarding: Annotated[bool | None, Field(description="Boards at the school (寄宿).")] = None
    school_in_county_seat: Annotated[
        bool | None, Field(description="The school lies in the seat of the county (旗县市区所在地).")
    ] = None
    entered_university_in: Annotated[
        int | None,
        Field(
            ge=1900,
            le=2100,
            description="The calendar year in which university, or a higher vocational school, was entered.",
        ),
    ] = None

    def to_facts(self) -> facts.Student:
        """Convert to the facts of the rules."""
        return facts.Student(self.stage, self.boarding, self.school_in_county_seat, self.entered_university_in)


class LoanFacts(Request):
    """A poverty-alleviation loan (扶贫小额贷款)."""

    principal: Annotated[MoneyAboveZero | None, Field(description="What was lent (本金), yuan, above zero.")] = None
    first_day: Annotated[Day | None, Field(alias="from", description="First day (放款日), bears interest.")] = None
    end: Annotated[Day | None, Field(alias="to", description="The day it ends (到期日), which bears none.")] = None

    @model_validator(mode="after")
    def _ends_after_its_start(self) -> Self:
        if self.first_day is not None and self.end is not None and self.end < self.first_day:
            raise PydanticCustomError("loan_ends_before_start", "a loan that ends after it starts", {"field": "to"})
        return self

    def to_facts(self) -> facts.Loan:
        """Convert to the facts of the rules."""
        return facts.Loan(self.principal, self.first_day, self.end)


class MemberFacts(Request):
    """A member of the household: an id of the sender's own choosing, never a name or a number of the person's."""

    id: Annotated[MemberId, Field(description="The sender's own word for the member; 1 to 64 characters.")]
    head: Annotated[bool | None, Field(description="Is the head of the household (户主); one at most.")] = None
    birth_date: Annotated[Day | None, Field(description="Day of birth; not after `as_of`.")] = None
    can_work: Annotated[bool | None, Field(description="Is able to work (有劳动能力).")] = None
    disability: Annotated[
        facts.Disability | None,
        Field(description="`none`, `ordinary` (残疾) or `severe` (重度残疾), as certified."),
    ] = None
    in_difficulty: Annotated[
        bool | None, Field(description="Is in difficulty (困难), as the civil-affairs office finds.")
    ] = None
    chronic_disease: Annotated[bool | None, Field(description="Has a certified chronic disease (慢性病).")] = None
    major_disease: Annotated[bool | None, Field(description="Has a major disease (重大疾病).")] = None
    mobility_impaired: Annotated[bool | None, Field(description="Can hardly move (体弱、行动不便).")] = None
    pension_insured: Annotated[
        bool | None, Field(description="Is insured in the residents' old-age insurance (参加养老保险).")
    ] = None
    no_supporter: Annotated[
        bool | None,
        Field(description="Has nobody who by law would support the member (无法定赡养、抚养、扶养义务人)."),
    ] = None
    student: Annotated[
        StudentFacts | Absent | None,
        OrAbsent(),
        Field(description='What is known of a pupil or student (在校生); "none": is none.'),
    ] = None
    loan: Annotated[
        LoanFacts | Absent | None,
        OrAbsent(),
        Field(description='What is known of the member\'s poverty-alleviation loan (扶贫贷款); "none": has none.'),
    ] = None

    def to_facts(self, number: int) -> facts.Member:
        """Convert to the facts of the rules."""
        return facts.Member(
            number,
            self.head,
            self.birth_date,
            self.can_work,
            self.disability,
            self.in_difficulty,
            self.chronic_disease,
            self.major_disease,
            self.mobility_impaired,
            self.pension_insured,
            self.no_supporter,
            self.student.to_facts() if isinstance(self.student, StudentFacts) else self.student,
            self.loan.to_facts() if isinstance(self.loan, LoanFacts) else self.loan,
        )


class RelocationFacts(Request):
    """A household's relocation (易地扶贫搬迁)."""

    kind: Annotated[
        facts.RelocationKind | None,
        Field(description="`registered`: as a registered household (建档立卡搬迁户); `along`: with one (同步搬迁户)."),
    ] = None
    arrangement: Annotated[
        facts.Arrangement | None,
        Field(description="`concentrated` (集中安置), `scattered` (分散安置) or `self_arranged` (自主安置)."),
    ] = None

    def to_facts(self) -> facts.Relocation:
        """Convert to the facts of the rules."""
        return facts.Relocation(self.kind, self.arrangement)


class HouseholdFacts(Request):
    """A household; its members are all of it."""

    county: Annotated[
        str | None,
        Field(
            pattern=r"^[0-9]{6}$",
            description="National code of the county (旗县市区), six digits, as GET /v1/regions lists it.",
            examples=["150923"],
        ),
    ] = None
    registration: Annotated[
        Registration, Field(description="The household's status in the register of the poor (建档立卡).")
    ]
    annual_net_income: Annotated[
        Money | None, Field(description="The household's net income of a year (年纯收入), yuan.")
    ] = None
    relocation: Annotated[
        RelocationFacts | Absent | None,
        OrAbsent(),
        Field(description='What is known of its relocation (易地搬迁); "none": is not relocated.'),
    ] = None
    dilapidated_house: Annotated[bool | None, Field(description="Lives in a dilapidated house (危房).")] = None
    steep_farmland: Annotated[
        bool | None,
        Field(
            description="Has farmland steeper than 25° (25度以上坡耕地); outside the deeply poor counties only what is "
            "not basic farmland (非基本农田) counts."
        ),
    ] = None
    sudden_hardship: Annotated[
        bool | None,
        Field(
            description="A sudden event has put the household's living into difficulty for a time "
            "(临时性、突发性事件致使家庭基本生活暂时困难)."
        ),
    ] = None
    members: Annotated[
        list[MemberFacts],
        Field(min_length=1, max_length=MOST_MEMBERS, description="All members of the household; 50 at most."),
    ]

    @model_validator(mode="after")
    def _each_id_once_and_one_head(self) -> Self:
        ids: set[str] = set()
        head = False
        for number, member in enumerate(self.members):
            if member.id in ids:
                raise PydanticCustomError("member_repeated", "each id once", {"place": ("members", number, "id")})
            ids.add(member.id)
            if member.head and head:
                raise PydanticCustomError("two_heads", "one head at most", {"place": ("members", number, "head")})
            head = head or bool(member.head)
        return self

    def to_facts(self) -> facts.Household:
        """Convert to the facts of the rules."""
        relocation = self.relocation
        return facts.Household(
            self.registration,
            tuple([member.to_facts(number) for number, member in enumerate(self.members)]),
            self.annual_net_income,
            relocation.to_facts() if isinstance(relocation, RelocationFacts) else relocation,
            self.dilapidated_house,
            self.steep_farmland,
            self.sudden_hardship,
            self.county,
        )


class HouseholdReadingsRequest(Request):
    """How the open questions of a household's benefits are read; see `GET /v1/readings`.

    Each is null or left out: the default in force on `as_of`.
    """

    transport_pupils: Annotated[
        TransportPupils | None,
        Field(description="R12: the transport subsidy counts senior high school among the schools, or does not."),
    ] = None
    ecommerce_period: Annotated[
        EcommercePeriod | None, Field(description="R16: the e-commerce quota is given once, or each year.")
    ] = None
    photovoltaic_groups: Annotated[
        PhotovoltaicGroups | None,
        Field(description="R17: photovoltaic income asks for one of its two groups, or for both."),
    ] = None
    industry_support: Annotated[
        IndustrySupport | None,
        Field(description="R18: menu-style support and workshops are for those able to work, or for all registered."),
    ] = None
    university_boarding: Annotated[
        UniversityBoarding | None,
        Field(description="R20: the living allowance of a university student does not ask for boarding, or does."),
    ] = None
    pupils_allowance: Annotated[
        PupilsAllowance | None,
        Field(description="R22: the pupils' living allowance is for boarders, or for every pupil."),
    ] = None
    higher_vocational: Annotated[
        HigherVocational | None,
        Field(description="R23: students of higher vocational schools are university students, or are not."),
    ] = None
    vocational_senior_high: Annotated[
        VocationalSeniorHigh | None,
        Field(description="R24: pupils of vocational senior high schools are no senior-high pupils, or are."),
    ] = None
    home_bed: Annotated[
        HomeBed | None,
        Field(description="R25: a home hospital bed asks, beside illness, for age or hardly moving, or for both."),
    ] = None
    renovation_groups: Annotated[
        RenovationGroups | None,
        Field(
            description="R26: renovation is for the registered, the low-income, the disabled, or the registered only."
        ),
    ] = None
    interest_days: Annotated[
        InterestDays | None,
        Field(description="R27: interest counts whole months and odd days by 360, or actual days by 360, or by 365."),
    ] = None
    minimum_living_need: Annotated[
        MinimumLivingNeed | None,
        Field(description="R28: minimum living does not ask for a member in need, or does."),
    ] = None


class EntitlementsRequest(Request):
    """A household on a day. Any fact but `registration` and the members' ids may be left out or null: unknown."""

    as_of: Annotated[Day, Field(description="The day for which it is asked; it picks the figures and the ages.")]
    household: Annotated[HouseholdFacts, Field(description="The household (家庭).")]
    readings: Annotated[
        HouseholdReadingsRequest | None, Field(description="The open questions, where they are not to be the defaults.")
    ] = None

    def chosen_readings(self) -> dict[str, str | None]:
        """Return the readings that the request chooses, by name; empty for the defaults."""
        return {} if self.readings is None else dict(self.readings)

    @model_validator(mode="after")
    def _nobody_born_later(self) -> Self:
        for number, member in enumerate(self.household.members):
            if member.birth_date is not None and member.birth_date > self.as_of:
                place = ("household", "members", number, "birth_date")
                raise PydanticCustomError("born_later", "a birth date not after as_of", {"place": place})
        return self


class WhichEntitlements(Request):
    """Which entitlements to list."""

    status: Annotated[
        Status | None,
        Field(description="List only the entitlements of this status; the summary and the questions are of all."),
    ] = None
