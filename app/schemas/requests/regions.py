"""The query for counties (旗县市区)."""

from typing import Annotated

from pydantic import Field

from app.schemas.fields import Request


class RegionsQuery(Request):
    """Which counties. Both given, both must fit."""

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
