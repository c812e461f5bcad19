"""The major-disease fund's budget: off unless a deployment sets it; never overdrawn, by period, and restored."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from sqlalchemy import select

from app.clock import Clock
from app.db.engine import reading, writing
from app.db.ledger.messages import Message
from app.db.ledger.models import SpentBudget
from app.errors import ConflictError
from app.ledger import verification
from tests.support.ledger_desk import HOSPITALS, SICK, TODAY, Desk, Json, expect, problem, stay
from tests.support.reimbursement_oracle import fen
from tests.support.stores import migrated_file

CITY = HOSPITALS["city"].code
FUND = "major_disease_fund"
FULL = "11437.36"
"""What the fund pays of the usual stay, where it can."""


def overlay(folder: Path, **values: str) -> Path:
    """Write a deployment's parameters that set the budget: from_2018_01_01="20000.00"."""
    lines = [f"{FUND}.purse:", "  values:"]
    for since, value in values.items():
        lines += [
            f"    - from: {since.removeprefix('from_').replace('_', '-')}",
            f"      value: {value}",
            "      clause: 县财政批复",
            "      basis: local_source",
            "      checked: 2018-01-01",
        ]
    file = folder / "purse.yaml"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


Opening = Callable[..., AbstractContextManager[Desk]]


@pytest.fixture
def with_budget(tmp_path: Path) -> Opening:
    """Opens a desk with a budget, the same one again under another budget."""
    address = migrated_file(tmp_path)

    def opening(**values: str) -> Desk:
        return Desk(address, tmp_path / "anda.key", parameters=overlay(tmp_path, **values))

    return opening


def fund_of(settlement: Json) -> Json:
    """Return the fund's layer of an answer."""
    found: Json = next(each for each in settlement["reimbursement"]["layers"] if each["layer"] == FUND)
    return found


def paid(settlement: Json) -> tuple[str, str | None]:
    """Return what the fund paid, and what limited it."""
    layer = fund_of(settlement)
    return layer["paid"], layer["limited_by"]


def spent(desk: Desk) -> dict[str, int]:
    """Return what each budget has paid, in fen, by its first day."""
    with reading(desk.engine) as connection:
        rows = connection.execute(select(SpentBudget.first_day, SpentBudget.spent)).all()
        assert list(verification.faults(connection)) == []
    return {row.first_day.isoformat(): row.spent for row in rows}


def take_back(desk: Desk, booking: Json) -> None:
    """Take the message of a booking back."""
    ledger = desk.ledger()
    with writing(desk.engine) as connection:
        ledger.take_back(connection, Clock().now(), Message(booking["institution"], "v1", booking["message_id"], ""))


def test_without_a_budget_the_fund_pays_whatever_its_schedule_gives_and_none_is_kept(empty_desk: Desk) -> None:
    for _ in range(3):
        made = empty_desk.settle(stay(empty_desk.person(*SICK)))
        assert paid(made) == (FULL, None)
        assert empty_desk.row(made["id"])["purse"] is None
        assert f"{FUND}.purse" not in str(fund_of(made)["sources"])
    assert spent(empty_desk) == {}


def test_a_budget_counts_what_was_settled_in_its_period_before_it_was_kept(empty_desk: Desk, tmp_path: Path) -> None:
    desk = empty_desk
    first, undone, _ = (
        desk.settle(stay(desk.person(*SICK), service_date=day)) for day in ("2018-05-20", "2018-05-21", "2019-01-01")
    )
    reversal = desk.reverse(undone)
    budget = overlay(tmp_path, from_2018_01_01="30000.00", from_2019_01_01="30000.00")
    with desk.reopened(parameters=budget) as kept:
        for _ in range(2):
            assert paid(kept.settle(stay(kept.person(*SICK)))) in {(FULL, None), ("7125.28", "fund_exhausted")}
        assert spent(kept) == {"2018-01-01": 30_000_00}
        kept.reverse(first)
        assert spent(kept) == {"2018-01-01": 30_000_00 - 11_437_36}
        take_back(kept, reversal)
        assert spent(kept) == {"2018-01-01": 30_000_00}
        with reading(kept.engine) as connection:
            assert list(verification.faults(connection)) == []


def settled_on(opened: Desk, day: str) -> str:
    """Settle the usual stay of somebody new, and return what the fund paid."""
    return paid(opened.settle(stay(opened.person(*SICK), service_date=day)))[0]


def test_a_budget_that_was_taken_away_and_set_again_counts_what_was_settled_meanwhile(with_budget: Opening) -> None:
    with with_budget(from_2018_01_01="20000.00") as desk:
        assert settled_on(desk, "2018-05-20") == FULL
    with with_budget(from_2018_01_01="none") as desk:
        assert [settled_on(desk, "2018-05-20") for _ in range(2)] == [FULL, FULL]
    with with_budget(from_2018_01_01="20000.00") as desk:
        assert settled_on(desk, "2018-05-20") == "0.00"
        assert spent(desk) == {"2018-01-01": 3 * 11_437_36}


def test_a_budget_whose_period_grew_counts_what_was_settled_in_what_it_grew_by(with_budget: Opening) -> None:
    with with_budget(from_2018_01_01="20000.00", from_2018_07_01="none") as desk:
        assert [settled_on(desk, day) for day in ("2018-05-20", "2018-08-20")] == [FULL, FULL]
    with with_budget(from_2018_01_01="20000.00") as desk:
        assert settled_on(desk, "2018-09-20") == "0.00"


def test_a_settlement_of_a_budget_s_last_day_is_paid_from_it(with_budget: Opening) -> None:
    with with_budget(from_2018_01_01="none") as desk:
        assert settled_on(desk, "2018-06-30") == FULL
    with with_budget(from_2018_01_01="12000.00", from_2018_07_01="13000.00") as desk:
        assert settled_on(desk, "2018-05-20") == "562.64"
        assert settled_on(desk, "2018-07-01") == FULL


@pytest.mark.lengthy
def test_a_budget_whose_period_was_divided_is_two_and_each_counts_its_own(with_budget: Opening) -> None:
    with with_budget(from_2018_01_01="40000.00") as desk:
        assert [settled_on(desk, day) for day in ("2018-05-20", "2018-08-20")] == [FULL, FULL]
    with with_budget(from_2018_01_01="12000.00", from_2018_07_01="13000.00") as desk:
        assert settled_on(desk, "2018-08-21") == "1562.64"
        assert settled_on(desk, "2018-05-21") == "562.64"
        assert spent(desk) == {"2018-01-01": 12_000_00, "2018-07-01": 13_000_00}
    with with_budget(from_2018_02_01="30000.00") as desk:
        assert settled_on(desk, "2018-03-01") == "5000.00", "of what is left of both"


def test_a_settlement_of_before_the_budget_stands_again_only_where_the_budget_holds_it(
    empty_desk: Desk, tmp_path: Path
) -> None:
    undone = empty_desk.reverse(empty_desk.settle(stay(empty_desk.person(*SICK))))
    with (
        empty_desk.reopened(parameters=overlay(tmp_path, from_2018_01_01="1000.00")) as desk,
        pytest.raises(ConflictError, match="budget_exhausted"),
    ):
        take_back(desk, undone)


def test_when_the_budget_runs_out_the_fund_pays_what_is_left_and_says_so(with_budget: Opening) -> None:
    with with_budget(from_2018_01_01="20000.00") as desk:
        made = [desk.settle(stay(desk.person(*SICK))) for _ in range(3)]
        assert [paid(each) for each in made] == [
            (FULL, None),
            ("8562.64", "fund_exhausted"),
            ("0.00", "fund_exhausted"),
        ]
        assert [fund_of(each)["due"] for each in made] == [FULL] * 3
        assert [fund_of(each)["outcome"] for each in made] == ["paid", "paid", "nothing_due"]
        assert spent(desk) == {"2018-01-01": 20_000_00}
        for each, room in zip(made[1:], ("8562.64", "0.00"), strict=True):
            reason = fund_of(each)["reasons"][-1]
            assert reason["code"] == "cut_to_budget"
            said = reason["text"].replace(",", "")
            assert FULL in said and room in said
            assert reason["source"]["document"] == "purse.yaml"
            assert reason["source"]["clause"] == "县财政批复"
            cited = {source["parameter"]: source for source in fund_of(each)["sources"]}
            assert cited[f"{FUND}.purse"]["value"] == "20000.00"
            summary = each["reimbursement"]["summary"]
            left = fund_of(each)["left"]
            assert fen(left) + fen(room) == fen(fund_of(made[0])["left"]) + fen(FULL)
            assert fen(summary["reimbursed"]) + fen(summary["out_of_pocket"]) == 186_000_00
            assert desk.account(desk.person(*SICK), 2018)["settlements"] == 0
        # What the fund could not pay, the next layer finds no more of than before: it counts what the insurers left.
        supplementary = [each["reimbursement"]["layers"][4]["base"] for each in made]
        assert len(set(supplementary)) == 1


def test_the_account_holds_what_the_fund_paid_and_not_what_it_owed(with_budget: Opening) -> None:
    with with_budget(from_2018_01_01="5000.00") as desk:
        person = desk.person(*SICK)
        desk.settle(stay(person))
        assert desk.account(person)["layers"][FUND] == {"base": "28593.40", "paid": "5000.00"}


def test_a_budget_that_holds_exactly_what_is_due_limits_nothing(with_budget: Opening) -> None:
    with with_budget(from_2018_01_01=FULL) as desk:
        assert paid(desk.settle(stay(desk.person(*SICK)))) == (FULL, None)
        assert paid(desk.settle(stay(desk.person(*SICK)))) == ("0.00", "fund_exhausted")


def test_an_empty_budget_pays_nothing_and_whom_the_fund_does_not_serve_misses_nothing(with_budget: Opening) -> None:
    with with_budget(from_2018_01_01="0.00") as desk:
        assert paid(desk.settle(stay(desk.person(*SICK)))) == ("0.00", "fund_exhausted")
        ordinary = desk.settle(stay(desk.person()))
        assert (fund_of(ordinary)["outcome"], fund_of(ordinary)["limited_by"]) == ("not_eligible", None)


def test_a_reversal_puts_back_what_was_taken(with_budget: Opening) -> None:
    with with_budget(from_2018_01_01="20000.00") as desk:
        first, second = (desk.settle(stay(desk.person(*SICK))) for _ in range(2))
        desk.reverse(first)
        assert spent(desk) == {"2018-01-01": 8_562_64}
        assert paid(desk.settle(stay(desk.person(*SICK)))) == ("11437.36", None)
        desk.reverse(second)
        assert spent(desk) == {"2018-01-01": 11_437_36}
        assert paid(desk.settle(stay(desk.person(*SICK)))) == ("8562.64", "fund_exhausted")


def test_what_is_taken_back_is_put_back_and_what_stands_again_is_taken_again(with_budget: Opening) -> None:
    with with_budget(from_2018_01_01="20000.00") as desk:
        made = desk.settle(stay(desk.person(*SICK)))
        undone = desk.reverse(made)
        assert spent(desk) == {"2018-01-01": 0}
        take_back(desk, undone)
        assert spent(desk) == {"2018-01-01": 11_437_36}
        take_back(desk, made)
        assert spent(desk) == {"2018-01-01": 0}


def test_a_settlement_does_not_stand_again_where_the_budget_no_longer_holds_its_part(with_budget: Opening) -> None:
    with with_budget(from_2018_01_01="20000.00") as desk:
        made = desk.settle(stay(desk.person(*SICK)))
        undone = desk.reverse(made)
        others = [desk.settle(stay(desk.person(*SICK))) for _ in range(2)]
        assert [paid(each)[0] for each in others] == [FULL, "8562.64"]
        with pytest.raises(ConflictError):
            take_back(desk, undone)
        assert spent(desk) == {"2018-01-01": 20_000_00}
        assert desk.reread(made)["status"] == "reversed"
        desk.reverse(others[0])
        take_back(desk, undone)
        assert spent(desk) == {"2018-01-01": 20_000_00}


def test_each_period_has_a_budget_of_its_own_by_the_service_date(with_budget: Opening) -> None:
    values = {"from_2018_01_01": "5000.00", "from_2018_07_01": "none", "from_2019_01_01": "6000.00"}
    with with_budget(**values) as desk:

        def settle(service_date: str, booked: str = TODAY) -> tuple[str, str | None]:
            return paid(desk.settle(stay(desk.person(*SICK), service_date=service_date), booked))

        assert settle("2017-12-31") == (FULL, None)
        assert settle("2018-01-01") == ("5000.00", "fund_exhausted")
        assert settle("2018-06-30", "2019-02-01") == ("0.00", "fund_exhausted")
        assert settle("2018-07-01") == settle("2018-12-31") == (FULL, None)
        assert settle("2019-01-01") == ("6000.00", "fund_exhausted")
        assert spent(desk) == {"2018-01-01": 5_000_00, "2019-01-01": 6_000_00}


def test_a_budget_that_is_raised_or_lowered_keeps_what_it_has_paid(with_budget: Opening) -> None:
    with with_budget(from_2018_01_01="5000.00") as desk:
        made = desk.settle(stay(desk.person(*SICK)))
    with with_budget(from_2018_01_01="9000.00") as desk:
        assert paid(desk.settle(stay(desk.person(*SICK)))) == ("4000.00", "fund_exhausted")
    with with_budget(from_2018_01_01="1000.00") as desk:
        assert paid(desk.settle(stay(desk.person(*SICK)))) == ("0.00", "fund_exhausted")
        desk.reverse(made)
        assert paid(desk.settle(stay(desk.person(*SICK)))) == ("0.00", "fund_exhausted"), "4,000 are more than 1,000"
        assert spent(desk) == {"2018-01-01": 4_000_00}


@pytest.mark.parametrize(
    ("budget", "expected"),
    [
        ("3499.99", ("3499.99", "fund_exhausted")),
        ("3500.00", ("3500.00", "ceiling")),
        ("3500.01", ("3500.00", "ceiling")),
    ],
)
def test_of_limits_that_cut_alike_the_budget_is_named_last(
    with_budget: Opening, budget: str, expected: tuple[str, str]
) -> None:
    # 90,000 at most from all; the insurer has paid 85,000, relief pays 10 % of what is left: 3,500 remain to the fund.
    with with_budget(from_2018_01_01=budget) as desk:
        body = stay(
            desk.person(*SICK),
            bill={"total": "100000.00", "in_scope": "0.00"},
            adjudicated={"basic_insurance": "85000.00"},
            readings={"ceiling": "ninety_percent"},
        )
        assert paid(desk.settle(body)) == expected


@pytest.mark.lengthy
def test_desks_that_settle_at_once_never_overdraw_the_budget(with_budget: Opening) -> None:
    with with_budget(from_2018_01_01="100000.00") as desk:
        bodies = [stay(desk.person(*SICK)) for _ in range(20)]
        clients = [desk.on(TODAY) for _ in bodies]
        headers = desk.headers(CITY)

        def settle(at: int) -> Json:
            return expect(201, clients[at].post("/v1/settlements", json=bodies[at], headers=headers))

        with ThreadPoolExecutor(20) as threads:
            made = list(threads.map(settle, range(20)))
        amounts = sorted((paid(each) for each in made), key=str, reverse=True)
        assert spent(desk) == {"2018-01-01": 100_000_00}
        assert sorted(fen(amount) for amount, _ in amounts) == sorted([0] * 11 + [8_501_12] + [11_437_36] * 8)
        assert sum(limited == "fund_exhausted" for _, limited in amounts) == 12


def test_the_stateless_calculation_and_the_range_know_of_no_budget(with_budget: Opening) -> None:
    with with_budget(from_2018_01_01="1.00") as desk:
        request = {
            "service_date": "2018-05-20",
            "patient": {"registration": "registered", "major_disease": True},
            "visit": {"kind": "inpatient", "facility_level": "city"},
            "bill": {"total": "186000.00", "in_scope": "171000.00"},
        }
        answer = expect(200, desk.ask(None, "POST", "/v1/reimbursements", json=request))
        assert answer["layers"][3]["paid"] == FULL


def test_a_budget_cannot_be_spent_below_nothing(with_budget: Opening) -> None:
    with with_budget(from_2018_01_01="5000.00") as desk:
        made = desk.settle(stay(desk.person(*SICK)))
        desk.reverse(made)
        problem(409, "settlement-reversed", desk.undo(made))
        take_back(desk, made)
        assert spent(desk) == {"2018-01-01": 0}
