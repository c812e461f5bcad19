"""Health (健康扶贫): 七.1; figures in health.yaml. The reimbursement of bills has its own rules."""

from app.rules.entitlements.case import DUE, Case, Finding, HouseholdCase
from app.rules.entitlements.household import Member, full_years
from app.rules.three_valued import Condition, all_of, any_of, because, condition, holds, known, unknown


def check_up(_case: Case) -> Finding:
    """Free check-up once a year (免费体检): 七.1.(1)."""
    return DUE


def premium_basic(case: Case) -> Finding:
    """Subsidy to the premium of basic and critical-illness insurance (基本和大病保险保费补贴): 七.1.(2). Fen a year."""
    return case.pays(DUE.condition, "health.premium_basic.amount")


def premium_supplementary(case: Case) -> Finding:
    """Subsidy to the premium of supplementary insurance (大额补充保险保费补贴): 七.1.(2). Fen a year."""
    return case.pays(DUE.condition, "health.premium_supplementary.amount")


def family_doctor(case: Case, member: Member) -> Finding:
    """Contract with a family doctor, who visits the chronically ill (家庭医生签约服务): 七.1.(7), 报告部分三.(三)."""
    if not member.chronic_disease:
        return DUE
    visits = case.figures.count("health.family_doctor.visits_a_month")
    return Finding(DUE.condition.because(because("visited_at_home", times=visits)))


def home_bed(case: Case, member: Member) -> Finding:
    """Home hospital bed for the ill who are old or can hardly move (家庭病床): 七.1.(8), reading R25."""
    number = member.number
    ill = any_of((_chronic(member), _major(member)), "neither_disease")
    path = (number, "mobility_impaired")
    frail = condition(member.mobility_impaired, path, "hardly_moves", "moves_about")
    old = _old_enough(case, member)
    if case.readings.home_bed == "ill_and_both":
        due = all_of(ill, old, frail)
    else:
        due = all_of(ill, any_of((old, frail), "neither_old_nor_frail"))
    return Finding(due.because(because("on_application")))


def one_stop(_case: Case) -> Finding:
    """No deposit, treated first, one settlement at discharge (先诊疗后付费、一站式结算): 七.1.(9), 报告部分三.(三)."""
    return DUE


def reimbursement_uplift(_case: Case) -> Finding:
    """Higher reimbursement of medical bills (提高报销比例): 七.1.(3) to (7); amounts by POST /v1/reimbursements."""
    return DUE


def treatment_batch(_case: Case, member: Member) -> Finding:
    """The batch of treatment of the seriously and the chronically ill (三个一批): 七.1.(9)."""
    path = (member.number, "major_disease")
    major = condition(member.major_disease, path, "batch_of_major_disease", "")
    path = (member.number, "chronic_disease")
    chronic = condition(member.chronic_disease, path, "batch_of_chronic_disease", "")
    return Finding(any_of((major, chronic), "neither_disease").because(because("batch_of_severe_illness")))


def medical_relief(case: HouseholdCase) -> Finding:
    """Medical relief (医疗救助): 报告部分三.(五), reading R30; how much of a bill, by POST /v1/reimbursements."""
    if any(member.major_disease for member in case.household.members):
        return _RELIEF_OF_THE_SERIOUSLY_ILL
    return _RELIEF


_RELIEF = Finding(holds("relief_by_bill"))
_RELIEF_OF_THE_SERIOUSLY_ILL = Finding(holds("household_with_major_disease").because(because("relief_by_bill")))


def _chronic(member: Member) -> Condition:
    return condition(member.chronic_disease, (member.number, "chronic_disease"), "chronically_ill", "")


def _major(member: Member) -> Condition:
    return condition(member.major_disease, (member.number, "major_disease"), "seriously_ill", "")


def _old_enough(case: Case, member: Member) -> Condition:
    if member.birth_date is None:
        return unknown((member.number, "birth_date"))
    oldest = case.figures.count("health.home_bed.old_from")
    age = full_years(member.birth_date, case.as_of)
    return known(age >= oldest, "old_for_home_bed", "young_for_home_bed", age=age, from_age=oldest)
