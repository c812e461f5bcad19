"""Social security (八, 报告部分三.(五)): minimum living, direct cash, support, pension and disability."""

from collections.abc import Callable

from tests.support.entitlement_oracle.facts import (
    House,
    Readings,
    around,
    day_of,
    fen,
    full_years,
    of_household,
    of_member,
    years_before,
    yuan,
)
from tests.support.entitlement_oracle.figures import (
    DIRECT_CASH,
    DIRECT_CASH_2017,
    DISABILITIES,
    DISABILITY_LIVING,
    INSURED_FROM,
    INSURED_TO,
    NURSING,
    OLD,
    PENSION,
)
from tests.support.entitlement_oracle.trying import REFUSED, Claim, Granted, Part, flag, if_all, part


def income(house: House, see: Callable[[int], bool]) -> Part:
    """A part of the household's income, about the standard and one and a half times it."""
    line = house.standard * house.size
    upper = line * 3 // 2
    about = [0, line - 1, line, line + 1, upper - 1, upper, upper + 1, 10 * upper]
    return part(
        house, {of_household("annual_net_income"): [yuan(each) for each in about]}, lambda money: see(fen(money))
    )


def age(house: House, birth: str) -> int:
    """Full years on the day that is asked about."""
    return full_years(day_of(birth), house.today)


def births(house: House) -> list[str]:
    """Birth dates about the ages of 16 and 60, a child's and a very old person's."""
    edges = [day for years in (INSURED_FROM, OLD) for day in around(years_before(house.today, years))]
    return [day.isoformat() for day in (years_before(house.today, 90), *edges, years_before(house.today, 3))]


def members_in_need(house: House) -> list[Part]:
    """Of each member: 60 or older, severely disabled, ill, or unable to work (八.1)."""
    turned_60, not_yet = (years_before(house.today, years).isoformat() for years in (OLD, OLD - 1))
    yes_or_no = [False, True]
    return [
        part(
            house,
            {
                of_member(number, "birth_date"): [turned_60, not_yet],
                of_member(number, "disability"): DISABILITIES,
                of_member(number, "chronic_disease"): yes_or_no,
                of_member(number, "major_disease"): yes_or_no,
                of_member(number, "can_work"): yes_or_no,
            },
            lambda birth, disability, chronic, major, can_work: (
                age(house, birth) >= OLD or disability == "severe" or chronic or major or not can_work
            ),
        )
        for number in range(house.size)
    ]


def minimum_living(house: House, readings: Readings) -> Claim:
    """Any household whose income a head is below the standard (八.1); under `asked`, with a member in need (R28)."""
    below = income(house, lambda money: money < house.standard * house.size)
    if readings["minimum_living_need"] == "not_asked":
        return if_all([below], Granted())
    return Claim([below, *members_in_need(house)], lambda low, *need: Granted() if low and any(need) else None)


def direct_cash(house: House) -> Claim:
    """Poor households from the standard to below one and a half times it, with a member in need (八.1, 八.2)."""
    if not house.poor:
        return REFUSED
    line = house.standard * house.size
    edge = income(house, lambda money: line <= money and 2 * money < 3 * line)
    due = Granted((DIRECT_CASH_2017 if house.today.year == 2017 else DIRECT_CASH) * house.size)
    return Claim([edge, *members_in_need(house)], lambda near, *need: due if near and any(need) else None)


def destitute_support(house: House, index: int) -> Claim:
    """The poor who cannot work and have nobody who could support them (报告部分三.(五))."""
    if not house.poor:
        return REFUSED
    unable = part(house, {of_member(index, "can_work"): [False, True]}, lambda can_work: not can_work)
    return if_all([unable, flag(house, of_member(index, "no_supporter"))], Granted())


def temporary_relief(house: House) -> Claim:
    """Poor households in a sudden hardship (报告部分三.(五))."""
    return if_all([flag(house, of_household("sudden_hardship"))], Granted()) if house.poor else REFUSED


def pension_premium(house: House, index: int) -> Claim:
    """The insured poor from 16 to 59 (八.2)."""
    if not house.poor:
        return REFUSED
    of_age = part(
        house,
        {of_member(index, "birth_date"): [*births(house)]},
        lambda birth: INSURED_FROM <= age(house, birth) <= INSURED_TO,
    )
    return if_all([flag(house, of_member(index, "pension_insured")), of_age], Granted(PENSION))


def disability_living(house: House, index: int) -> Claim:
    """The disabled in difficulty, of any status (八.2)."""
    disabled = part(house, {of_member(index, "disability"): DISABILITIES}, lambda disability: disability != "none")
    return if_all([disabled, flag(house, of_member(index, "in_difficulty"))], Granted(DISABILITY_LIVING))


def severe_disability_nursing(house: House, index: int) -> Claim:
    """The severely disabled, of any status (八.2)."""
    severe = part(house, {of_member(index, "disability"): DISABILITIES}, lambda disability: disability == "severe")
    return if_all([severe], Granted(NURSING))
