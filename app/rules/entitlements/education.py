"""Education (教育扶贫): 六, 报告部分三.(四); figures in education.yaml."""

from functools import lru_cache

from app.rules.entitlements.case import Case, Finding
from app.rules.entitlements.household import Disability, Member, Stage, Student
from app.rules.entitlements.industry import able_to_work
from app.rules.three_valued import Condition, all_of, any_of, because, condition, fails, holds, known, unknown

COMPULSORY: tuple[Stage, ...] = ("primary", "junior_high")
VOCATIONAL: tuple[Stage, ...] = ("vocational_secondary", "vocational_higher")

TWICE_A_YEAR = ("education.paid_by.spring", "education.paid_by.autumn")

NOT_A_STUDENT = Finding(fails("not_a_student"))


def living_allowance(case: Case, member: Member) -> Finding:
    """Living allowance (生活补助): 六.1, 报告部分三.(四), readings R20, R22, R23, R24. Fen a year."""
    student = member.student
    if not isinstance(student, Student):
        return _no_student(member)
    stage = student.stage
    if stage is None:
        return _allowance_of_unknown_stage(case, member, student)
    paid_as, attends = _paid_as(case, stage)
    if paid_as is None:
        return Finding(attends)
    if paid_as in COMPULSORY:
        return _allowance_at_compulsory_school(case, member, student, attends)
    if _paid_without_boarding(case, paid_as):
        code = "boarding_not_asked_of_students" if paid_as == "university" else "boarding_not_asked_of_pupils"
        boards = holds(code)
    else:
        refused = "student_not_boarding_refused" if paid_as == "university" else "day_pupil_refused"
        boards = _boards(member, student, refused)
    figure = f"education.living_allowance.{paid_as}"
    return case.pays(all_of(attends, boards), figure, because("paid_in_halves"), paid_by=TWICE_A_YEAR)


def boarding(case: Case, member: Member) -> Finding:
    """Boarding subsidy at senior high school (住宿补助): 六.1, reading R24. Fen a year."""
    student = member.student
    if not isinstance(student, Student):
        return _no_student(member)
    due = all_of(_at_senior_high(case, member, student.stage), _boards(member, student))
    return case.pays(due, "education.boarding.amount", because("paid_in_halves"), paid_by=TWICE_A_YEAR)


def transport(case: Case, member: Member) -> Finding:
    """Transport subsidy of boarders at school in the county seat (交通补助): 六.1, readings R12, R24. Fen a year."""
    student = member.student
    if not isinstance(student, Student):
        return _no_student(member)
    path = (member.number, "student", "school_in_county_seat")
    in_seat = condition(student.school_in_county_seat, path, "school_in_county_seat", "school_elsewhere")
    due = all_of(_at_school(case, member, student.stage), _boards(member, student), in_seat)
    return case.pays(due, "education.transport.amount", because("paid_in_halves"), paid_by=TWICE_A_YEAR)


def yulu(case: Case, member: Member) -> Finding:
    """Yulu plan for vocational education (雨露计划): 六.2, 六.3. Fen a school year.

    Who asks after the year's identification may have been identified or not: the amount is then told, not counted.
    """
    student = member.student
    if not isinstance(student, Student):
        return _no_student(member)
    if student.stage is None:
        return Finding(unknown((member.number, "student", "stage")))
    due = _attends(student.stage, VOCATIONAL)
    if not due.truth:
        return Finding(due)
    identified_by = case.figures.day_in("education.yulu.identified_by", case.as_of.year)
    if case.as_of <= identified_by:
        identified = because("identified_by", day=identified_by.isoformat())
        return case.pays(due, "education.yulu.amount", identified, paid_by=("education.yulu.paid_by",))
    late = because("identified_until", day=identified_by.isoformat())
    return case.pays(due, "education.yulu.amount", late)._replace(certain=False)


def fanhai(case: Case, member: Member) -> Finding:
    """Fanhai aid for the entrants of one year (泛海助学行动): 报告部分三.(四), reading R23. Fen, once; any status."""
    if member.student == "none":
        return NOT_A_STUDENT
    opens, closes = case.figures.day("education.fanhai.first_day"), case.figures.day("education.fanhai.last_day")
    if not opens <= case.as_of <= closes:
        return _over(opens.year)
    others = [
        _disabled(disability, number, "member_disabled")
        for number, disability in enumerate(case.disabilities)
        if number != member.number
    ]
    own = _disabled(member.disability, member.number, "is_disabled")
    in_need = any_of((case.poor, own, *others), "neither_poor_nor_disabled")
    return case.pays(all_of(_entered(case, member, opens.year), in_need), "education.fanhai.amount")


def entrant_survey(case: Case, member: Member) -> Finding:
    """Survey of and help for entrants of households that are not poor (非贫困家庭大学新生摸底资助): 六.1, R23."""
    if case.poor.truth:
        return POOR
    if member.student == "none":
        return NOT_A_STUDENT
    difficulty = condition(member.in_difficulty, (member.number, "in_difficulty"), "in_difficulty", "not_in_difficulty")
    entered = _entered(case, member, case.as_of.year)
    return Finding(all_of(holds("not_of_a_poor_household"), entered, difficulty))


def training(_case: Case, member: Member) -> Finding:
    """Free training of who can work and is not at school (雨露计划培训): 报告部分三.(四), 报告部分三.(六)."""
    if member.student is None:
        left_school = unknown((member.number, "student"))
    else:
        left_school = holds("not_at_school") if member.student == "none" else fails("is_at_school")
    return Finding(all_of(able_to_work(member), left_school))


POOR = Finding(fails("poor_is_helped_otherwise"))


@lru_cache
def _over(year: int) -> Finding:
    return Finding(Condition(False, (because("fanhai_over", year=year),)))


def _no_student(member: Member) -> Finding:
    return Finding(unknown((member.number, "student"))) if member.student is None else NOT_A_STUDENT


def _attends(stage: Stage, stages: tuple[Stage, ...]) -> Condition:
    return known(stage in stages, "attends", "other_stage", stage=stage)


def _paid_as(case: Case, stage: Stage) -> tuple[Stage | None, Condition]:
    """Return the stage by whose figures a student is helped, None for none, and the condition with its reasons."""
    if stage == "vocational_higher":
        if case.readings.higher_vocational == "included":
            return "university", holds("higher_vocational_included")
        return None, fails("higher_vocational_excluded")
    if stage == "vocational_secondary":
        if case.readings.vocational_senior_high == "included":
            return "senior_high", holds("vocational_senior_high_included")
        return None, fails("vocational_senior_high_excluded")
    return stage, _attends(stage, (stage,))


def _paid_without_boarding(case: Case, stage: Stage) -> bool:
    """Whether the living allowance of a stage is paid to who does not board, at least in part."""
    if stage == "university":
        return case.readings.university_boarding == "not_asked"
    return case.readings.pupils_allowance == "every_pupil"


def _allowance_of_unknown_stage(case: Case, member: Member, student: Student) -> Finding:
    """Decide where only the stage is unknown: a day pupil is refused where no stage is paid without boarding."""
    missing = [(member.number, "student", "stage")]
    if student.boarding is None:
        missing.append((member.number, "student", "boarding"))
    elif not student.boarding:
        paid_to_others = [_paid_without_boarding(case, each) for each in ("primary", "university")]
        if not any(paid_to_others):
            return Finding(fails("nobody_paid_without_boarding"))
    return Finding(unknown(*missing))


def _allowance_at_compulsory_school(case: Case, member: Member, student: Student, attends: Condition) -> Finding:
    """Pay a boarder the city's supplement and the state's part, a day pupil by R22 the supplement or nothing."""
    boards = _boards(member, student, "day_pupil_refused")
    total = f"education.living_allowance.{student.stage}"
    supplement = f"education.living_allowance.supplement.{student.stage}"
    if boards.truth is False and _paid_without_boarding(case, "primary"):
        of_day_pupil = because("supplement_of_day_pupil")
        return case.pays(attends, supplement, of_day_pupil, because("paid_in_halves"), paid_by=TWICE_A_YEAR)
    due = all_of(attends, boards)
    if not due.truth:
        return Finding(due)
    city = int(case.figures.money(supplement))
    found = case.pays(due, total, paid_by=TWICE_A_YEAR)
    state = 0 if found.amount is None else found.amount - city
    parts = because("supplement_and_state_part", city=city, state=state)
    return found._replace(condition=due.because(parts, because("paid_in_halves")))


def _at_school(case: Case, member: Member, stage: Stage | None) -> Condition:
    """Whether a pupil is one of primary or secondary school (中小学生), by R12 of senior high school too."""
    if stage in COMPULSORY:
        return _attends(stage, COMPULSORY)
    senior = _at_senior_high(case, member, stage)
    if not senior.truth:
        return senior
    if case.readings.transport_pupils == "without":
        return fails("senior_high_excluded")
    return senior.because(because("senior_high_included"))


def _at_senior_high(case: Case, member: Member, stage: Stage | None) -> Condition:
    """Whether a pupil is one of senior high school, by R24 of a vocational one too."""
    if stage is None:
        return unknown((member.number, "student", "stage"))
    if stage == "vocational_secondary":
        return _paid_as(case, stage)[1]
    return _attends(stage, ("senior_high",))


def _boards(member: Member, student: Student, when_not: str = "does_not_board") -> Condition:
    return condition(student.boarding, (member.number, "student", "boarding"), "boards", when_not)


def _entered(case: Case, member: Member, year: int) -> Condition:
    """Whether a member entered university, or by R23 a higher vocational school, in a year."""
    student = member.student
    if not isinstance(student, Student):
        return _no_student(member).condition
    entered = student.entered_university_in
    if entered is None:
        in_year = unknown((member.number, "student", "entered_university_in"))
    else:
        in_year = known(entered == year, "entered", "entered_otherwise", year=entered)
    return all_of(_at_university(case, member, student.stage), in_year)


def _at_university(case: Case, member: Member, stage: Stage | None) -> Condition:
    if stage is None:
        return unknown((member.number, "student", "stage"))
    if stage == "vocational_higher":
        return _paid_as(case, stage)[1]
    return _attends(stage, ("university",))


def _disabled(disability: Disability | None, number: int, code: str) -> Condition:
    disabled = None if disability is None else disability != "none"
    return condition(disabled, (number, "disability"), code, "not_disabled")
