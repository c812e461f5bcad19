"""An oracle for the endpoints of bills: slow, plain, and written from the policy text alone.

It shares no code with the service. Clauses such as 七.1.(3) are those of the source document, R1 to R30 the readings.
Read `bill.py` first: the way of a bill from the first payer to the last; `layers.py` has what each payer does.
"""

from tests.support.reimbursement_oracle.amounts import fen, yuan
from tests.support.reimbursement_oracle.bill import settle
from tests.support.reimbursement_oracle.case import Case, Defaults, read
from tests.support.reimbursement_oracle.figures import (
    BASIC,
    CRITICAL,
    DEFAULT_READINGS,
    FUND,
    LAYERS,
    ORDER,
    READINGS,
    RELIEF,
    SUPPLEMENTARY,
    Figures,
)
from tests.support.reimbursement_oracle.household import settle_household
from tests.support.reimbursement_oracle.layers import basic_deductible
from tests.support.reimbursement_oracle.ranges import reading_range

__all__ = [
    "BASIC",
    "CRITICAL",
    "DEFAULT_READINGS",
    "FUND",
    "LAYERS",
    "ORDER",
    "READINGS",
    "RELIEF",
    "SUPPLEMENTARY",
    "Case",
    "Defaults",
    "Figures",
    "basic_deductible",
    "fen",
    "read",
    "reading_range",
    "settle",
    "settle_household",
    "yuan",
]
