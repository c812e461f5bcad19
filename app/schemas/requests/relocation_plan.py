"""The request for the check of a relocation plan."""

from typing import Annotated

from pydantic import Field

from app.rules.assessments.relocation_plan import Plan
from app.schemas.fields import Day, Request

MOST_PERSONS = 10_000_000


class RelocationPlanRequest(Request):
    """How many persons a plan moves."""

    as_of: Annotated[Day, Field(description="The day that picks the figures.")]
    registered_persons: Annotated[
        int, Field(ge=0, le=MOST_PERSONS, description="Registered poor persons moved (建档立卡贫困人口).")
    ]
    along_persons: Annotated[
        int, Field(ge=0, le=MOST_PERSONS, description="Other persons who move along (同步搬迁人口).")
    ]
    whole_village: Annotated[
        bool | None, Field(description="The whole village moves (整村搬迁); null or left out is unknown.")
    ] = None
    county: Annotated[
        str | None,
        Field(
            pattern=r"^[0-9]{6}$",
            description="National code of the county (旗县市区) they move from; null or left out is unknown. Only in "
            "deeply poor counties is a whole village exempt from the ratio (四.3, R29).",
        ),
    ] = None

    def to_plan(self, deeply_poor: bool | None) -> Plan:
        """Convert to the plan of the rule; `deeply_poor` says whether the county is a deeply poor one."""
        return Plan(self.registered_persons, self.along_persons, self.whole_village, deeply_poor)
