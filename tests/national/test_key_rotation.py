"""After `anda rotate-key` a hospital finds its persons, its visits and its fees as before."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest
from typer.testing import CliRunner

from app.cli.main import app
from app.clock import Moment
from app.db.engine import reading, writing
from app.db.ledger import aliases, persons
from app.ledger import verification
from app.ledger.event_verification import verify_events
from app.main import create_app
from app.privacy.identity_numbers import folded
from app.privacy.pseudonyms import PersonPseudonyms
from app.settings import Settings
from tests.national.test_fees import NO_PARTS, fee, upload, upload_outpatient
from tests.national.test_visits import admitted, registered
from tests.support.client import InProcessClient
from tests.support.national_desk import ADDRESS, IDENTITY, KEY, LONG_AGO, POOR, Desk

CARD = "H77190001"
ROTATED = f"{KEY}\na second key, of other words than the first"


@contextmanager
def rotated(desk: Desk) -> Iterator[None]:
    """Rotate the key, and serve the desk from a service that has the new one."""
    url = desk.engine.url.render_as_string(hide_password=False)
    ended = CliRunner().invoke(app, ["rotate-key"], env={"ANDA_DATABASE_URL": url, "ANDA_PERSON_KEY": ROTATED})
    assert ended.exit_code == 0, ended.output
    with patch("app.main.Clock", return_value=desk.clock):
        service = create_app(Settings(database_url=url, access_log=False, person_key=ROTATED))
    with InProcessClient(service, client=(ADDRESS, 50_000)) as client, patch.object(desk, "client", client):
        yield


def link(desk: Desk, number: str, person: str) -> None:
    numbers, moment = PersonPseudonyms(KEY, Settings().person_key_file), Moment(LONG_AGO, LONG_AGO.date())
    with writing(desk.engine) as connection:
        its = persons.find(connection, numbers.hashed(person))
        assert its is not None
        aliases.add(connection, moment, numbers.hashed(folded(number)), its, "card_number")


def faults(desk: Desk) -> list[str]:
    with reading(desk.engine) as connection:
        return [*verify_events(connection).faults, *verification.faults(connection)]


@pytest.mark.each_database
def test_a_person_is_found_by_an_alias_and_a_visit_by_its_number_after_the_key_is_rotated(desk: Desk) -> None:
    link(desk, CARD, POOR)
    settled = desk.stay("2304", IDENTITY)
    by_card = {"mdtrt_cert_type": "03", "mdtrt_cert_no": CARD.lower()}
    with rotated(desk):
        assert faults(desk) == []
        assert "建档立卡" in desk.call("1101", **by_card).output["baseinfo"]["expContent"]
        assert desk.year(POOR)["C0000"] == 1
        for visit in (IDENTITY, IDENTITY.lower()):
            assert f"setl_id={settled.number}；" in desk.stay("2304", visit).refusal
        cancelled = desk.cancel(settled, psn_no=CARD, mdtrt_id=IDENTITY.lower())
        assert cancelled.info["mdtrt_id"] == IDENTITY.lower()
        assert desk.year(POOR)["C0000"] == 0


@pytest.mark.each_database
def test_fees_come_once_and_an_admission_is_taken_back_after_the_key_is_rotated(desk: Desk) -> None:
    stay, visit = admitted(desk), registered(desk)
    upload(desk, stay, fee("100.00", "F1"), fee("20.00", "F2"), fee("-30.00", "R1", init_feedetl_sn="F1"))
    assert upload_outpatient(desk, visit, "b1", fee("50.00", "F1")).output
    assert desk.visit("2207", visit, chrg_bchno="b1").number
    assert upload_outpatient(desk, visit, "b2", fee("60.00", "F2")).output
    opened = [desk.call("2401", message, psn_no=POOR).output["result"]["mdtrt_id"] for message in ("M1", IDENTITY)]
    with rotated(desk):
        assert faults(desk) == []
        assert "已上传" in upload(desk, stay, fee("100.00", "F1")).refusal
        assert upload(desk, stay, fee("-80.00", init_feedetl_sn="F1")).refusal, "70.00 of it are left"
        assert upload(desk, stay, fee("-70.00", init_feedetl_sn="F1")).output
        removed = {"psn_no": POOR, "mdtrt_id": stay}
        assert desk.call("2302", **removed, feedetl_sn="F2").envelope["infcode"] == "0"
        assert upload_outpatient(desk, visit, "B1", fee("1.00", "F9")).refusal, "the batch is settled"
        by_fees = {"medfee_sumamt": "60.00", **NO_PARTS, "chrg_bchno": "B2"}
        assert desk.visit("2207", visit, **by_fees).number, "the batch has its fees"
        for message in ("M1", IDENTITY):
            assert desk.take_back("2401", message).envelope["infcode"] == "0"
        for number in opened:
            assert desk.call("2402", psn_no=POOR, mdtrt_id=number).refusal, "it is cancelled"
        assert faults(desk) == []
