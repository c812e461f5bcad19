"""Housing (危房改造): 一.1; figures in housing.yaml."""

from app.rules.entitlements.case import Finding, HouseholdCase
from app.rules.three_valued import all_of, condition, known


def renovation(case: HouseholdCase) -> Finding:
    """Renovation of a dilapidated house, to the end of its last year (危房改造): 一.1."""
    house = condition(case.household.dilapidated_house, ("dilapidated_house",), "house_dilapidated", "house_sound")
    last_day = case.figures.day("housing.renovation.last_day")
    in_time = known(case.as_of <= last_day, "renovation_open", "renovation_over", day=last_day.isoformat())
    return Finding(all_of(house, in_time))
