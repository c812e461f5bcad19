"""Health (七): what each registered person has, the home sick-bed, and the batches of treatment."""

from tests.support.entitlement_oracle.facts import House, Readings, day_of, full_years, of_member, years_before
from tests.support.entitlement_oracle.figures import OLD
from tests.support.entitlement_oracle.trying import REFUSED, Claim, Granted, Part, flag, if_all, part, settled


def each_poor_person(amount: int | None, house: House) -> Claim:
    """A benefit of every member of a poor household."""
    return settled(Granted(amount) if house.poor else None)


def ill(house: House, index: int) -> Part:
    """Chronically ill, or with a major disease."""
    diseases = {of_member(index, name): [False, True] for name in ("chronic_disease", "major_disease")}
    return part(house, {**diseases}, lambda chronic, major: chronic or major)


def home_bed(house: House, index: int, readings: Readings) -> Claim:
    """The poor who are ill and old or hardly move; under `ill_and_both`, old and hardly moving (七.1.(8), R25)."""
    if not house.poor:
        return REFUSED
    turned_60 = years_before(house.today, OLD).isoformat()
    not_yet = years_before(house.today, OLD - 1).isoformat()
    old = part(
        house,
        {of_member(index, "birth_date"): [turned_60, not_yet]},
        lambda birth: full_years(day_of(birth), house.today) >= OLD,
    )
    both = readings["home_bed"] == "ill_and_both"

    def judge(is_ill: bool, is_old: bool, hardly_moves: bool) -> Granted | None:
        frail = (is_old and hardly_moves) if both else (is_old or hardly_moves)
        return Granted() if is_ill and frail else None

    return Claim([ill(house, index), old, flag(house, of_member(index, "mobility_impaired"))], judge)


def treatment_batch(house: House, index: int) -> Claim:
    """The poor with a major or a chronic disease (七.1.(9))."""
    return if_all([ill(house, index)], Granted()) if house.poor else REFUSED
