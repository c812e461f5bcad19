"""The answers about divisions and lists of counties."""

from typing import Annotated, Literal

from pydantic import Field, with_config
from typing_extensions import TypedDict

from app.rules.reference.places import ListName
from app.schemas.fields import CLOSED
from app.schemas.responses.reference import SourceAnswer


@with_config(CLOSED)
class CodesAnswer(TypedDict):
    """Where the codes and names are taken from."""

    standard: Annotated[str, Field(description="The national standard of division codes.", examples=["GB/T 2260"])]
    as_of: Annotated[
        str, Field(json_schema_extra={"format": "date"}, description="The day for which they were taken from it.")
    ]


@with_config(CLOSED)
class NamesAnswer(TypedDict):
    """Where the names of townships and villages are taken from; they are Chinese in every language."""

    publisher: Annotated[str, Field(examples=["国家统计局统计用区划代码"])]
    """Whose names they are."""
    edition: Annotated[str, Field(examples=["2023"])]
    """The year of the edition. What was merged or renamed since 2017 has another name, or no code, in it."""
    published_in: str
    """Where they were taken from."""
    license: Annotated[str, Field(examples=["MIT"])]
    """The licence of that."""


@with_config(CLOSED)
class NamedPlace(TypedDict):
    """A place by code and name."""

    code: Annotated[str, Field(description="Division code: 6 digits for a county, 9 for a township, 12 for a village.")]
    name: Annotated[str, Field(description="Its name; the code where the name is not known.", examples=["七台镇"])]
    known: Annotated[bool, Field(description="Whether the name is known.")]


@with_config(CLOSED)
class PlaceAnswer(NamedPlace):
    """A county, township or village, where it lies and what lies in it."""

    level: Literal["county", "township", "village"]
    """What it is."""
    full_name: Annotated[str, Field(examples=["商都县七台镇"])]
    """Its name after those of its county and township; the code where one of them is not known."""
    lies_in: Annotated[list[NamedPlace], Field(description="Its county and its township, the county first.")]
    holds: Annotated[
        list[NamedPlace], Field(description="The townships of a county, or the villages of a township, by code.")
    ]


@with_config(CLOSED)
class PrefectureAnswer(TypedDict):
    """A prefecture-level city or league (盟市)."""

    code: Annotated[str, Field(description="National code, six digits.", examples=["150900"])]
    prefix: Annotated[str, Field(description="What the codes of all its places begin with.", examples=["1509"])]
    name: Annotated[str, Field(examples=["乌兰察布市"])]
    """Its name."""


@with_config(CLOSED)
class AreaAnswer(TypedDict):
    """A contiguous poor area (集中连片特困地区)."""

    area: Annotated[str, Field(description="Which area.", examples=["yanshan_taihang"])]
    name: str
    """Its name."""


@with_config(CLOSED)
class ListGroup(TypedDict):
    """What a list says of one prefecture, or of all together where it does not divide them."""

    prefecture: PrefectureAnswer | None
    """The prefecture; null where the list does not name them."""
    area: AreaAnswer | None
    """The area, for lists that have areas."""
    stated: int | None
    """How many counties the document says there are here; null where it gives no number."""
    counted: int
    """How many it names."""
    counties: list[str]
    """Their codes, in the document's order."""


Groups = list[ListGroup]
"""Named, because `list` is a field below."""


@with_config(CLOSED)
class CountyListAnswer(TypedDict):
    """A list of counties as the document gives it."""

    list: ListName
    """Which list."""
    name: str
    """What a county on it is called."""
    heading: Annotated[str, Field(examples=["内蒙古国贫旗县(31个)"])]
    """Its heading in the document, or the words that name its counties where they have no list of their own."""
    stated: int
    """How many counties the document says there are in all."""
    counted: int
    """How many it names."""
    by_prefecture: Groups
    """The counties, by prefecture where the document divides them so."""
    note: str | None
    """Where the document disagrees with itself, or what of it has been lost."""
    source: SourceAnswer
    """Where it stands."""


@with_config(CLOSED)
class ListingAnswer(TypedDict):
    """That a county stands on a list."""

    list: ListName
    """Which list."""
    name: str
    """What a county on it is called."""
    area: AreaAnswer | None
    """The contiguous poor area it lies in; null for the other lists."""
    source: SourceAnswer
    """Where the list stands."""


@with_config(CLOSED)
class RegionAnswer(TypedDict):
    """A county and what it is listed as."""

    code: Annotated[str, Field(description="National code, six digits.", examples=["150923"])]
    name: Annotated[str, Field(examples=["商都县"])]
    """Its name, whole."""
    short_name: Annotated[str, Field(description="The usual short name; the whole name where there is none.")]
    also_written: list[str]
    """How the document writes it where that is neither, slips of the pen included."""
    prefecture: PrefectureAnswer
    """Where it lies."""
    listed_as: list[ListingAnswer]
    """The lists it stands on; empty where it stands on none."""


@with_config(CLOSED)
class RegionsAnswer(TypedDict):
    """Counties, and the lists of the document."""

    codes: CodesAnswer
    """The standard that codes and names follow, and of when."""
    names: NamesAnswer
    """Where the names of townships and villages are taken from."""
    place: PlaceAnswer | None
    """The place asked for by `place`; null where none is."""
    lists: list[CountyListAnswer]
    """Every list, whichever counties are asked for."""
    regions: list[RegionAnswer]
    """The counties asked for, by code; all of them where nothing is asked."""
