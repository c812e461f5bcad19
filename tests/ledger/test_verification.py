"""The check of the ledger names each account, reversal, budget and lump sum that does not agree with what stands."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy import Connection, Update, select, update

from app.db.engine import writing
from app.db.ledger.models import Account, Person, Settlement, SpentBudget
from app.ledger import verification
from tests.ledger.test_budget import overlay
from tests.support.ledger_desk import SICK, Desk, Json, stay

ACCIDENT = {"accident_disability": True}


@pytest.fixture
def budgeted(empty_desk: Desk, tmp_path: Path) -> Iterator[Desk]:
    """A desk whose fund has a budget."""
    with empty_desk.reopened(parameters=overlay(tmp_path, from_2018_01_01="50000.00")) as desk:
        yield desk


def spoiled(connection: Connection, one: Json, other: Json, undone: Json) -> Mapping[str, tuple[Update, str]]:
    """List what spoils one stored value each, with what must be said of it.

    One and the other are settlements with a lump sum; the third was reversed.
    """
    person, nobody = one["person_id"], undone["person_id"]
    account, noted = update(Account).where(Account.person_id == person), update(Person).where(Person.id == person)
    paid, counted = connection.execute(select(Account.paid, Account.counted).where(Account.person_id == person)).one()
    reversal = update(Settlement).where(Settlement.id == undone["reversed_by"])
    year = f"account {person} of 2018: is not the sum of what stands"
    reverses = f"settlement {undone['reversed_by']}: does not reverse what it says"
    lump_sum = f"person {person}: the lump sum is not noted as it was paid"
    return {
        "what a layer has paid": (account.values(paid={**paid, "civil_relief": paid["civil_relief"] + 1}), year),
        "what it has counted": (account.values(counted={**counted, "civil_relief": counted["civil_relief"] + 1}), year),
        "the admissions": (account.values(admissions=Account.admissions + 1), year),
        "the number of settlements": (account.values(settlements=Account.settlements + 1), year),
        "a year in which nothing stands": (
            update(Account).where(Account.person_id == nobody).values(settlements=1),
            "accounts: 3 hold settlements, 2 should",
        ),
        "an amount of a reversal": (reversal.values(total=Settlement.total + 1), reverses),
        "what reverses a settlement": (
            update(Settlement).where(Settlement.id == undone["id"]).values(reversed_by=one["id"]),
            reverses,
        ),
        "the budget": (
            update(SpentBudget).values(spent=SpentBudget.spent + 1),
            "budget of 2018-01-01: is not what its settlements were paid",
        ),
        "a lump sum of another settlement": (noted.values(compensated_by=other["id"]), lump_sum),
        "a lump sum that is not noted": (noted.values(compensated_by=None), lump_sum),
        "a lump sum that nobody was paid": (
            update(Person).where(Person.id == nobody).values(compensated_by=undone["id"]),
            f"person {nobody}: the lump sum is not noted as it was paid",
        ),
    }


def test_what_is_not_the_sum_of_what_stands_is_named_and_nothing_else(budgeted: Desk) -> None:
    one, other = (budgeted.settle(stay(budgeted.person(*SICK), patient=ACCIDENT))["id"] for _ in range(2))
    undone = budgeted.settle(stay(budgeted.person(*SICK)))
    budgeted.reverse(undone)
    rows = [budgeted.row(number) for number in (one, other, undone["id"])]
    with writing(budgeted.engine) as connection:
        assert list(verification.faults(connection)) == []
        for what, (statement, fault) in spoiled(connection, *rows).items():
            savepoint = connection.begin_nested()
            connection.execute(statement)
            assert list(verification.faults(connection)) == [fault], what
            savepoint.rollback()
        assert list(verification.faults(connection)) == []
