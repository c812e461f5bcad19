"""Health (健康扶贫): 七.1; figures in health.yaml. The reimbursement of bills has its own rules."""

from app.rules.entitlements.case import DUE, Case, Finding
from app.rules.entitlements.household import Member
from app.rules.three_valued import all_of, because, condition


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
    """Contract with a family doctor, who visits the chronically ill (家庭医生签约服务): 七.1.(7)."""
    if not member.chronic_disease:
        return DUE
    visits = case.figures.count("health.family_doctor.visits_a_month")
    return Finding(DUE.condition.because(because("visited_at_home", times=visits)))


def home_bed(_case: Case, member: Member) -> Finding:
    """Home sick-bed for the chronically ill who can hardly move (家庭病床): 七.1.(8)."""
    number = member.number
    hardly_moves = condition(
        member.mobility_impaired, (number, "mobility_impaired"), "hardly_moves_on_application", "moves_about"
    )
    ill = condition(member.chronic_disease, (number, "chronic_disease"), "chronically_ill", "not_chronically_ill")
    return Finding(all_of(ill, hardly_moves))


def one_stop(_case: Case) -> Finding:
    """No deposit, treated first, one settlement at discharge (先诊疗后付费、一站式结算): 七.1.(9)."""
    return DUE


def reimbursement_uplift(_case: Case) -> Finding:
    """Higher reimbursement of medical bills (提高报销比例): 七.1.(3) to (7); amounts by POST /v1/reimbursements."""
    return DUE
