"""Income from industry (二), posts (五.1, 报告部分三.(六))."""

from typing import Any

from tests.support.entitlement_oracle.facts import House, Readings, of_member
from tests.support.entitlement_oracle.figures import PHOTOVOLTAIC
from tests.support.entitlement_oracle.trying import (
    REFUSED,
    Claim,
    Granted,
    Part,
    Values,
    flag,
    if_all,
    part,
    settled,
)


def works(house: House) -> list[Part]:
    """Of each member, whether able to work."""
    return [flag(house, of_member(number, "can_work")) for number in range(house.size)]


def head_disabled(house: House) -> Part:
    """Whether the head is disabled; one member at most is the head, so where that one is known nobody else is."""
    given = {number: house.at(of_member(number, "head")) for number in range(house.size)}
    known = [number for number, head in given.items() if head is True]
    facts: dict[str, Values] = {}
    for number in known or [number for number, head in given.items() if head is None]:
        facts[of_member(number, "head")] = [False, True]
        facts[of_member(number, "disability")] = ["none", "ordinary"]  # severe does here what ordinary does

    def see(*values: Any) -> bool:
        pairs = zip(values[::2], values[1::2], strict=True)
        return any(head and disability != "none" for head, disability in pairs)

    return part(house, facts, see, lambda *values: sum(values[::2]) <= 1)


def photovoltaic(house: House, readings: Readings) -> Claim:
    """Poor households in which nobody can work, or whose head is disabled (二.3); under `both`, and (R17)."""
    if not house.poor:
        return REFUSED
    both = readings["photovoltaic_groups"] == "both"

    def judge(disabled: bool, *able: bool) -> Granted | None:
        nobody = not any(able)
        due = (disabled and nobody) if both else (disabled or nobody)
        return Granted(PHOTOVOLTAIC) if due else None

    return Claim([head_disabled(house), *works(house)], judge)


def menu_support(house: House, readings: Readings) -> Claim:
    """Poor households in which somebody can work (二.1.(2)); under `every_household` every poor one (R18)."""
    if not house.poor:
        return REFUSED
    if readings["industry_support"] == "every_household":
        return settled(Granted())
    return Claim(works(house), lambda *able: Granted() if any(able) else None)


def workshop(house: House, index: int, readings: Readings) -> Claim:
    """The poor who can work (二.5); under `every_household` every member of a poor one (R18)."""
    if house.poor and readings["industry_support"] == "every_household":
        return settled(Granted())
    return post(house, index)


def post(house: House, index: int) -> Claim:
    """The poor who can work (五.1)."""
    return if_all([flag(house, of_member(index, "can_work"))], Granted()) if house.poor else REFUSED
