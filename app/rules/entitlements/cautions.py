"""What to know of an answer beside its findings: a figure that stands in for another, an amount beyond the usual."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from app.rules.entitlements.benefits import BenefitFinding
from app.rules.entitlements.case import STANDARD
from app.rules.entitlements.finance import USUAL_LIMIT
from app.rules.entitlements.household import Household, Loan
from app.rules.parameters import Reader
from app.rules.three_valued import FactPath, Reason, because


class Caution(NamedTuple):
    """A warning, the figure that it speaks of, and the path of the fact that it concerns; None for no single fact."""

    reason: Reason
    figure: str
    path: FactPath | None = None


def find_cautions(
    household: Household, findings: Iterable[BenefitFinding], read: Iterable[str], figures: Reader
) -> Iterator[Caution]:
    """Find where the average standard was held against a known income, and loans above the programme's usual limit.

    A loan whose interest is refused is not spoken of.
    """
    if household.annual_net_income is not None and STANDARD in read:
        standard = int(figures.money(STANDARD))
        yield Caution(because("average_standard", standard=standard), STANDARD)
    usual = int(figures.money(USUAL_LIMIT))
    for member in household.members:
        loan = member.loan
        if not isinstance(loan, Loan) or loan.principal is None or loan.principal <= usual:
            continue
        for benefit, whose, finding in findings:
            if (
                benefit.id == "finance.microcredit_interest"
                and whose == member
                and finding.condition.truth is not False
            ):
                above = because("loan_above_usual", principal=loan.principal, usual=usual)
                yield Caution(above, USUAL_LIMIT, (member.number, "loan", "principal"))
