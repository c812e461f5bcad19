"""Two processes never settle with different figures: those in force are the store's, and others wait."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from app.cli.main import app
from app.db import engine as database
from app.db.engine import reading, writing
from app.db.ledger import figures
from app.db.ledger.messages import Message
from app.db.sealing import seal_events
from app.errors import FiguresDifferError
from app.ledger.event_verification import verify_events
from tests.ledger.test_budget import overlay, paid
from tests.support.county import project
from tests.support.lasting import made_ready
from tests.support.ledger_desk import HOSPITALS, SICK, TODAY, Desk, expect, problem, stay
from tests.support.reimbursement_oracle import fen

CITY = HOSPITALS["city"].code
BUDGET = 50_000_00


def in_force(desk: Desk) -> str | None:
    """Return the fingerprint of the figures in force."""
    with reading(desk.engine) as connection:
        return figures.find_fingerprint(connection)


def address_of(store: Engine) -> str:
    return store.url.render_as_string(hide_password=False)


@pytest.mark.each_database
def test_two_processes_with_two_budgets_never_overdraw_the_fund(store: Engine, tmp_path: Path) -> None:
    key = tmp_path / "anda.key"
    budget = overlay(tmp_path, from_2018_01_01=f"{BUDGET // 100}.00")
    with Desk(address_of(store), key, parameters=budget) as kept, Desk(address_of(store), key) as unlimited:
        bodies = [stay(kept.person(*SICK)) for _ in range(20)]
        headers = kept.headers(CITY)
        clients = made_ready(*(desk.on(TODAY) for desk in (kept, unlimited)))
        with ThreadPoolExecutor(8) as threads:
            answers = list(
                threads.map(
                    lambda at: clients[at % 2].post("/v1/settlements", json=bodies[at], headers=headers), range(20)
                )
            )
        made = [expect(201, answer) for answer in answers[::2]]
        for answer in answers[1::2]:
            problem(503, "figures-differ", answer)
        assert sum(fen(paid(each)[0]) for each in made) == BUDGET


def test_what_writes_to_the_ledger_with_other_figures_waits_and_everything_else_goes_on(
    empty_desk: Desk, tmp_path: Path
) -> None:
    made, undone = (empty_desk.settle(stay(empty_desk.person(*SICK))) for _ in range(2))
    reversal = empty_desk.reverse(undone)
    of_both = in_force(empty_desk)
    with Desk(empty_desk.database_url, empty_desk.key) as alike:
        alike.settle(stay(alike.person(*SICK)))
    budget = overlay(tmp_path, from_2018_01_01="20000.00")
    with Desk(empty_desk.database_url, empty_desk.key, parameters=budget) as other:
        # The desk has accepted its figures, so it is the first one that waits now.
        assert in_force(other) == other.ledger().parameters.fingerprint != of_both
        body = stay(empty_desk.person(*SICK))
        rows = empty_desk.rows()
        refused = problem(503, "figures-differ", empty_desk.post(body))
        assert "anda parameters accept" not in refused["detail"]
        problem(503, "figures-differ", empty_desk.undo(made))
        problem(503, "figures-differ", empty_desk.ask(None, "GET", "/readyz"))
        message = Message(reversal["institution"], "v1", reversal["message_id"], "")
        with pytest.raises(FiguresDifferError), writing(empty_desk.engine) as connection:
            empty_desk.ledger().take_back(connection, empty_desk._clock.now(), message)
        assert empty_desk.rows() == rows
        request = {name: body[name] for name in ("service_date", "visit", "bill")} | {
            "patient": {"registration": "none"}
        }
        expect(200, empty_desk.ask(None, "POST", "/v1/reimbursements", json=request))
        expect(201, empty_desk.ask("village", "POST", "/v1/projects", "2018-02-09", json=project()))
        assert empty_desk.reread(made)["status"] == "standing"
        other.settle(body)
        assert empty_desk.post(body).status_code == 201, "a message that was carried out is answered again"


def test_accepting_prints_what_changes_and_is_on_record(empty_desk: Desk, tmp_path: Path) -> None:
    desk = empty_desk
    desk.settle(stay(desk.person(*SICK)))
    before = in_force(desk)
    settings = {"ANDA_DATABASE_URL": desk.database_url, "COLUMNS": "100", "TERM": "dumb"}

    def accept(**more: str) -> tuple[int, str, str]:
        ended = CliRunner().invoke(app, ["parameters", "accept"], env={**settings, **more})
        return ended.exit_code, ended.stdout, ended.stderr

    assert accept() == (0, "", f"The figures {before} are in force already.\n")
    assert in_force(desk) == before
    own = {"ANDA_PARAMETERS": str(overlay(tmp_path, from_2018_01_01="20000.00"))}
    code, printed, said = accept(**own)
    assert (code, printed.splitlines()) == (
        0,
        [
            "major_disease_fund.purse from 2017-01-01: none as before, with other days or another source",
            "major_disease_fund.purse from 2018-01-01: no value → 20000.00",
        ],
    )
    assert said.startswith(f"The figures {in_force(desk)} are in force: 2 values change.")
    problem(503, "figures-differ", desk.post(stay(desk.person(*SICK))))
    assert accept()[1].splitlines()[-1] == "major_disease_fund.purse from 2018-01-01: 20000.00 → no value"
    assert in_force(desk) == before
    desk.settle(stay(desk.person(*SICK)))
    seal_events(desk.engine)
    with desk.engine.begin() as connection:
        connection.execute(text("UPDATE figures SET fingerprint = 'x' WHERE id = 2"))
    with reading(desk.engine) as connection:
        assert verify_events(connection).faults == ["accepted figures 2: is not what its event says"]


def test_the_first_settlement_of_an_older_store_notes_the_figures_and_a_refused_one_does_not(empty_desk: Desk) -> None:
    desk = empty_desk
    desk.settle(stay(desk.person(*SICK)))
    config = database._config()
    with database._without_foreign_keys(desk.engine) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.downgrade(config, "0010")
    database.migrate(desk.engine)
    assert in_force(desk) is None
    assert desk.ask(None, "GET", "/readyz").status_code == 200
    ahead = stay(desk.person(*SICK), service_date="2020-01-01")
    problem(422, "validation-error", desk.post(ahead))
    assert in_force(desk) is None
    desk.settle(stay(desk.person(*SICK)))
    assert in_force(desk) == desk.ledger().parameters.fingerprint
