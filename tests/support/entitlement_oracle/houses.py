"""Relocation (四) and renovation (一): what a household has for where it lives; and its steep farmland (五.1)."""

from tests.support.entitlement_oracle.education import disabled
from tests.support.entitlement_oracle.facts import House, Json, Readings, of_household
from tests.support.entitlement_oracle.figures import (
    BUILDING_ALONG,
    BUILDING_REGISTERED,
    CEILING_M2,
    CEILING_M2_MORE,
    DEEPLY_POOR,
)
from tests.support.entitlement_oracle.social_security import income
from tests.support.entitlement_oracle.trying import REFUSED, Claim, Granted, as_seen, flag, if_all, part

KINDS = ["registered", "along"]
ARRANGEMENTS = ["concentrated", "scattered", "self_arranged"]
NOT_DEEPLY_POOR = "150981"


def relocates(house: House, relocation: Json | str) -> bool:
    """Relocated as a registered household, which must be poor, or along with one, of any status."""
    return isinstance(relocation, dict) and (relocation["kind"] == "along" or house.poor)


def building_subsidy(house: House) -> Claim:
    """So much a member, with a ceiling on the floor area of who is relocated as registered (四.2, 四.6)."""

    def see(relocation: Json | str) -> Granted | None:
        if isinstance(relocation, str) or not relocates(house, relocation):
            return None
        if relocation["kind"] == "along":
            return Granted(BUILDING_ALONG * house.size)
        return Granted(BUILDING_REGISTERED * house.size, CEILING_M2.get(house.size, CEILING_M2_MORE))

    return as_seen(part(house, {of_household("relocation"): {"kind": KINDS}}, see))


def self_arranged_cash(house: House) -> Claim:
    """Who is relocated and arranges for a house itself (四.7)."""

    def by_itself(relocation: Json | str) -> bool:
        return (
            isinstance(relocation, dict)
            and relocates(house, relocation)
            and bool(relocation["arrangement"] == "self_arranged")
        )

    facts = {of_household("relocation"): {"kind": KINDS, "arrangement": ARRANGEMENTS}}
    return if_all([part(house, {**facts}, by_itself)], Granted())


def renovation(house: House, readings: Readings) -> Claim:
    """Dilapidated houses of the poor and, by R26, of who is below the standard or has a disabled member (一.1)."""
    dilapidated = flag(house, of_household("dilapidated_house"))
    if house.poor:
        return if_all([dilapidated], Granted())
    if readings["renovation_groups"] == "registered_only":
        return REFUSED
    low = income(house, lambda money: money < house.standard * house.size)
    anybody = [disabled(house, number) for number in range(house.size)]
    return Claim(
        [dilapidated, low, *anybody],
        lambda falling, below, *each: Granted() if falling and (below or any(each)) else None,
    )


def farmland_return(house: House) -> Claim:
    """Steep farmland, of whomever: not basic farmland, but in a deeply poor county all of it (五.1, 报告部分三.(六)).

    The fact says whether there is such land as the household's county takes. Where the county is unknown, a no may have
    been said of other land than a deeply poor county asks about, so there the county decides it.
    """
    steep = of_household("steep_farmland")
    if house.at(of_household("county")) is not None:
        return if_all([flag(house, steep)], Granted())
    counties = [NOT_DEEPLY_POOR, *sorted(DEEPLY_POOR)[:1]]
    taken = part(
        house,
        {steep: [False, True], of_household("county"): counties},
        lambda is_steep, county: is_steep or county in DEEPLY_POOR,
    )
    return if_all([taken], Granted())
