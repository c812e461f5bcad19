"""An oracle for POST /v1/entitlements: slow, plain, written from the policy's text alone, with no code of the service.

A clause such as 六.1 is one of the source document (section 六, item 1; 报告部分 stands before those of its reporting
part), R12 a reading. Money is whole fen, ages are full years, and no float is used anywhere.

Unknown facts are not reasoned about: they are tried (`trying`). So are the other values of a reading (`switching`).
"""

from tests.support.entitlement_oracle.answer import entitlements, questions, summary, warnings, weighed
from tests.support.entitlement_oracle.facts import House, fen, filled, yuan
from tests.support.entitlement_oracle.figures import (
    BENEFITS,
    CASH,
    DEPENDS_ON,
    HOUSEHOLD,
    IN_KIND,
    MEMBER,
    PRIORITY,
    READINGS,
    REGISTRATION_ALONE,
)

__all__ = [
    "BENEFITS",
    "CASH",
    "DEPENDS_ON",
    "HOUSEHOLD",
    "IN_KIND",
    "MEMBER",
    "PRIORITY",
    "READINGS",
    "REGISTRATION_ALONE",
    "House",
    "entitlements",
    "fen",
    "filled",
    "questions",
    "summary",
    "warnings",
    "weighed",
    "yuan",
]
