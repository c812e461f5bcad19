"""The objects of OC4IDS 0.9 that the library publishes, with the names of the standard."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict


class Identifier(TypedDict):
    """An identifier, in the register or code list that it belongs to."""

    id: str
    scheme: str


class Unit(TypedDict):
    """A reference to an organisation."""

    id: str
    name: str


class Party(Unit):
    """An organisation with its roles."""

    roles: list[str]


class Value(TypedDict):
    """An amount in yuan."""

    amount: float
    currency: str


class BudgetBreakdown(TypedDict):
    """A source of the budget."""

    id: str
    description: str
    amount: Value


class BudgetBreakdownGroup(TypedDict):
    """The budget by its sources."""

    id: str
    description: str
    budgetBreakdown: list[BudgetBreakdown]


class PublishedBudget(TypedDict):
    """The budget of a project."""

    amount: Value
    requestDate: str
    budgetBreakdowns: list[BudgetBreakdownGroup]


class Period(TypedDict):
    """A period, from its first instant to its last."""

    startDate: str
    endDate: str


class Gazetteer(TypedDict):
    """The codes of a place in a gazetteer."""

    scheme: str
    identifiers: list[str]


class Location(TypedDict):
    """A place."""

    id: str
    gazetteer: Gazetteer
    description: NotRequired[str]


class Dimensions(TypedDict):
    """What an observation is of."""

    fund: str


class Observation(TypedDict):
    """An observation: a text as its measure, or an amount of a fund."""

    id: str
    measure: NotRequired[str]
    value: NotRequired[Value]
    dimensions: NotRequired[Dimensions]


class Metric(TypedDict):
    """Observations of one kind, forecast or made."""

    id: str
    title: str
    observations: list[Observation]


class Document(TypedDict):
    """A document."""

    id: str
    documentType: str
    title: str
    description: str
    language: str


class BeneficiaryGroup(TypedDict):
    """A group of beneficiaries."""

    description: str
    numberOfPeople: int


class Benefit(TypedDict):
    """A benefit and the groups that have it."""

    title: str
    beneficiaries: list[BeneficiaryGroup]


class OC4IDSProject(TypedDict):
    """A project in the fields of the standard. What has no value is left out in the end."""

    id: str
    updated: str
    language: str
    identifiers: list[Identifier]
    publicAuthority: NotRequired[Unit | None]
    title: str
    description: NotRequired[str | None]
    budget: PublishedBudget
    period: NotRequired[Period | None]
    locations: list[Location]
    status: str
    type: NotRequired[str | None]
    purpose: NotRequired[str | None]
    additionalClassifications: list[Identifier]
    parties: NotRequired[list[Party]]
    forecasts: NotRequired[list[Metric]]
    metrics: NotRequired[list[Metric]]
    documents: NotRequired[list[Document]]
    benefits: NotRequired[list[Benefit]]


class PackageHead(TypedDict):
    """The fields of a project package in front of its projects."""

    version: str
    uri: str
    publishedDate: str
    publisher: Mapping[str, str]
    license: NotRequired[str]
    publicationPolicy: NotRequired[str]
