"""Housing (危房改造): 一.1; figures in housing.yaml."""

from app.rules.entitlements.case import Finding, HouseholdCase
from app.rules.three_valued import Condition, all_of, any_of, because, condition


def renovation(case: HouseholdCase) -> Finding:
    """Renovation of a dilapidated house (危房改造): 一.1, reading R26.

    The task was to be finished in 2018. Later days are decided as in 2018, and a reason sends the family to ask.
    """
    house = condition(case.household.dilapidated_house, ("dilapidated_house",), "house_dilapidated", "house_sound")
    due = all_of(house, _key_group(case))
    last_day = case.figures.day("housing.renovation.last_day")
    if case.as_of > last_day:
        due = due.because(because("renovation_task_over", day=last_day.isoformat()))
    return Finding(due)


def _key_group(case: HouseholdCase) -> Condition:
    """Whether the household is one of the key groups of the clause (贫困户等重点对象)."""
    if case.poor.truth:
        return case.poor
    if case.readings.renovation_groups == "registered_only":
        return Condition(False, (*case.poor.reasons, because("renovation_for_registered_only")))
    disabled = [
        condition(None if each is None else each != "none", (number, "disability"), "member_disabled", "")
        for number, each in enumerate(case.disabilities)
    ]
    return any_of((case.income_below(case.standard()), *disabled), "no_key_group")
