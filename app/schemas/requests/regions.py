"""The query for counties (旗县市区)."""

from typing import Annotated

from pydantic import Field

from app.schemas.fields import Request


class RegionsQuery(Request):
    """Which counties. What is given must fit together."""

    county: Annotated[
        str | None,
        Field(pattern=r"^[0-9]{6}$", description="Only the county of this national code, six digits, as `150923`."),
    ] = None
    name: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=60,
            description="Only the counties of this name: whole, short, as the document writes it, or without the kind "
            "of place at its end, as `商都`; where none is called so, those whose name begins so, as `乌拉特`.",
        ),
    ] = None
    place: Annotated[
        str | None,
        Field(
            pattern=r"^[0-9]{6}(?:[0-9]{3}){0,2}$",
            description="The county, township or village of this division code, as `150923101200`: its names, where it "
            "lies, what lies in it, and its county among the regions. Names below the county are those of Ulanqab; a "
            "code that is not known is shown as the code.",
        ),
    ] = None
