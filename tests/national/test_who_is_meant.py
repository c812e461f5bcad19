"""Who a request means, and what it gets back of the person: document, section 9. Every number here is made up."""

import datetime as dt
from itertools import pairwise
from typing import Any

import pytest

from app.clock import Moment
from app.db.engine import reading, writing
from app.db.ledger import aliases, persons
from app.db.ledger.persons import DatedStatus
from app.ledger import joining, verification
from app.ledger.event_verification import verify_events
from app.privacy.identity_numbers import birth_date, check_character, folded, is_identity_number, sex, tenths_of_age
from app.privacy.pseudonyms import PersonPseudonyms
from app.settings import Settings
from tests.support.national_desk import CLINIC, HOSPITAL, IDENTITY, KEY, LONG_AGO, ORDINARY, POOR, STRANGER, Desk
from tests.support.stores import move_to

Json = dict[str, Any]

CARD = "H77190001"
TOKEN = "7712" * 12
WRITTEN = Moment(LONG_AGO, LONG_AGO.date())


def hashed(number: str) -> str:
    """Hash a number exactly as it is written, as older releases did."""
    return PersonPseudonyms(KEY, Settings().person_key_file).hashed(number)


def add_alias(desk: Desk, number: str, person: str) -> None:
    with writing(desk.engine) as connection:
        its = persons.find(connection, hashed(person))
        assert its is not None
        aliases.add(connection, WRITTEN, hashed(folded(number)), its, "card_number")


# ---- numbers by themselves


def test_an_identity_number_tells_birth_and_sex_where_its_check_character_is_right() -> None:
    assert check_character(IDENTITY[:-1]) == "X"
    for written in (IDENTITY, IDENTITY.lower(), f"　{IDENTITY} ", "１５０９２３１９８００１０１１０８ｘ"):
        assert (birth_date(written), sex(written)) == (dt.date(1980, 1, 1), "female"), written
    for wrong in (IDENTITY[:-1] + "1", IDENTITY[:-1], "", STRANGER, "150923198002301085", "X" + IDENTITY[1:]):
        assert not is_identity_number(wrong), wrong


def test_an_age_has_tenths_that_grow_day_by_day_and_is_whole_on_the_birthday() -> None:
    for born in (dt.date(1980, 1, 1), dt.date(1980, 2, 29), dt.date(1999, 12, 31)):
        days = [born + dt.timedelta(days=day) for day in range(2_000)]
        ages = [tenths_of_age(born, day) or 0 for day in days]
        assert all(0 <= later - earlier <= 1 for earlier, later in pairwise(ages))
        assert ages[0] == 0
        assert (tenths_of_age(born, born.replace(year=2020)) or 0) % 10 == 0
    assert tenths_of_age(dt.date(1980, 1, 1), dt.date(1979, 12, 31)) is None
    assert tenths_of_age(dt.date(1980, 2, 29), dt.date(2018, 2, 28)) == 379


# ---- one person


def test_case_width_and_blanks_never_make_two_persons(desk: Desk) -> None:
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in IDENTITY)
    for at, person in enumerate((IDENTITY, IDENTITY.lower(), f" {IDENTITY}　", wide)):
        assert desk.stay("2304", f"V{at}", person=person).number, person
    for person in (IDENTITY, IDENTITY.lower(), wide):
        assert desk.year(person)["C0000"] == 4, person
    headers = {"Authorization": f"Bearer {desk.officers_token}"}
    asked = {"person": f" {IDENTITY.lower()}", "year": 2018}
    account = desk.client.post("/v1/accounts/lookup", json=asked, headers=headers)
    assert account.json()["settlements"] == 4, account.text


def test_case_and_width_make_no_other_visit_batch_or_institution(desk: Desk) -> None:
    settled = desk.stay("2304", "v1a")
    assert settled.info["mdtrt_id"] == "v1a"
    assert f"setl_id={settled.number}；" in desk.stay("2304", "V1A").refusal
    assert desk.call("5203", psn_no=POOR, setl_id=settled.number, mdtrt_id="Ｖ1a").number == settled.number
    at_clinic = desk.visit("2207", "V2", chrg_bchno="b1")
    assert f"setl_id={at_clinic.number}；" in desk.visit("2207", "V2", chrg_bchno="B1").refusal
    envelope = desk.envelope("2304", {"data": {}}, "M9") | {"fixmedins_code": HOSPITAL.lower()}
    envelope["input"] = {"psn_no": POOR, "mdtrt_id": "V3", "medfee_sumamt": 500, "inscp_scp_amt": 500}
    lower = desk.send(envelope, token=desk.tokens[HOSPITAL])
    assert lower.number
    assert desk.send(envelope | {"fixmedins_code": HOSPITAL}).bytes == lower.bytes, "one message of one institution"


# ---- which number decides


def test_the_number_that_decides_is_psn_no_then_the_certificate_then_the_card(desk: Desk) -> None:
    add_alias(desk, CARD, POOR)
    add_alias(desk, IDENTITY, POOR)
    by_card = {"mdtrt_cert_type": "03", "mdtrt_cert_no": CARD.lower()}
    by_voucher = {"mdtrt_cert_type": "01", "mdtrt_cert_no": TOKEN}
    for who, number in (
        ({"psn_no": POOR, **by_card}, POOR),
        ({"certno": IDENTITY, "psn_cert_type": "01", **by_card}, IDENTITY),
        ({"mdtrt_cert_type": 2, "mdtrt_cert_no": IDENTITY}, IDENTITY),
        (by_card, CARD.lower()),
        ({**by_voucher, "certno": IDENTITY, "psn_name": "王小明"}, IDENTITY),
        ({**by_voucher, "psn_no": POOR}, POOR),
    ):
        output = desk.call("1101", **who).output
        assert output["baseinfo"]["psn_no"] == number, who
        assert "建档立卡" in output["baseinfo"]["expContent"], who
    assert "voucher" not in desk.call("1101", **by_voucher).refusal
    assert "psn_no" in desk.call("1101").refusal
    settled = desk.stay("2304", "V1", person="", **by_card)
    assert desk.year(POOR)["C0000"] == 1
    assert desk.call("5203", setl_id=settled.number, certno=IDENTITY).number == settled.number
    assert desk.cancel(settled, psn_no=CARD).number


def test_two_numbers_of_two_registered_persons_are_refused_everywhere(desk: Desk) -> None:
    add_alias(desk, CARD, ORDINARY)
    card = {"mdtrt_cert_type": "03", "mdtrt_cert_no": CARD}
    for refused in (
        desk.call("1101", psn_no=POOR, **card),
        desk.call("5206", psn_no=POOR, **card),
        desk.stay("2303", "V1", **card),
        desk.stay("2304", "V1", **card),
    ):
        assert "两个人" in refused.refusal
    assert desk.stay("2304", "V1", psn_no=ORDINARY, **card).number


def test_a_number_of_somebody_else_beside_one_that_decides_is_warned_of(desk: Desk) -> None:
    warned = desk.stay("2303", "V1", person=STRANGER, certno=POOR).warnings
    assert "按psn_no办理" in warned
    assert "登记中没有此人" in warned
    assert "按psn_no办理" not in desk.stay("2303", "V1", certno=IDENTITY).warnings


def test_who_is_nobody_is_never_insured(desk: Desk) -> None:
    wrong = IDENTITY[:-1] + "1"
    for nobody in (
        {"psn_no": STRANGER},
        {"psn_no": wrong},
        {"certno": wrong, "psn_cert_type": "01"},
        {"mdtrt_cert_type": "02", "mdtrt_cert_no": wrong},
        {"mdtrt_cert_type": "03", "mdtrt_cert_no": CARD},
    ):
        assert "查无此人" in desk.call("1101", **nobody).refusal, nobody
    assert desk.stay("2304", "V1", person=STRANGER).number, "an ordinary patient need not be in the register"
    assert "查无此人" in desk.call("1101", psn_no=STRANGER).refusal
    assert "查无此人" in desk.stay("2304", "V2", person="", mdtrt_cert_type="03", mdtrt_cert_no=CARD).refusal


def test_who_is_insured_elsewhere_is_neither_tried_nor_settled(desk: Desk) -> None:
    for infno, institution in (("2206", CLINIC), ("2207", CLINIC), ("2303", HOSPITAL), ("2304", HOSPITAL)):
        bill = {"psn_no": POOR, "mdtrt_id": "V1", "medfee_sumamt": "500.00", "inscp_scp_amt": "500.00"}
        envelope = desk.envelope(infno, {"data": bill}, institution=institution)
        assert "1509" in desk.send({**envelope, "insuplc_admdvs": "150102"}).refusal, infno
        assert desk.send({**envelope, "msgid": f"{infno}H", "insuplc_admdvs": ""}).info, infno


# ---- what is given back


def test_who_a_person_is_comes_back_from_the_request_and_is_kept_nowhere(desk: Desk) -> None:
    who = {"psn_no": POOR, "psn_cert_type": "01", "certno": IDENTITY, "psn_name": "欧阳青山"}
    told = {**who, "gend": "2", "naty": "", "brdy": "1980-01-01"}
    first = desk.stay("2304", "V1", "M1", **who)
    answers = [
        desk.call("1101", **who).output["baseinfo"],
        desk.stay("2303", "V2", **who).info,
        first.info,
        desk.visit("2206", "V2", **who).info,
        desk.visit("2207", "V2", **who).info,
        desk.call("5203", **who, setl_id=first.number).info,
    ]
    for each in answers:
        assert {name: each[name] for name in told} == told
        assert str(each["age"]) == "38.3"
    desk.clock.move_to("2019-05-20")
    assert desk.stay("2304", "V1", "M1", **who).bytes == first.bytes, "the age is that of the day of the answer"
    kept = repr(desk.rows())
    assert not [planted for planted in (POOR, IDENTITY, "欧阳青山", "1980-01-01", "38.3") if planted in kept]


def test_what_the_request_does_not_say_is_not_said(desk: Desk) -> None:
    info = desk.stay("2303", "V1", mdtrt_cert_type="03", mdtrt_cert_no=CARD).info
    assert [info[name] for name in ("psn_name", "psn_cert_type", "certno", "gend")] == [""] * 4
    assert (info["brdy"], info["age"]) == (None, None)
    for unreadable in ({"psn_name": "x" * 51}, {"certno": "1509 23"}, {"certno": ["x"]}, {"psn_name": "a\x07"}):
        assert desk.stay("2303", "V1", **unreadable).info["certno"] == ""


# ---- what older releases kept


@pytest.mark.each_database
def test_what_an_older_release_kept_under_another_spelling_is_found_and_linked(desk: Desk) -> None:
    with writing(desk.engine) as connection:
        dated = [DatedStatus("registered", LONG_AGO.date())]
        persons.write(connection, WRITTEN, hashed(IDENTITY.lower()), dated, None)
    assert "建档立卡" in desk.call("1101", certno=IDENTITY).output["baseinfo"]["expContent"]
    with writing(desk.engine) as connection:
        (linked,) = aliases.find_by_numbers(connection, [hashed(IDENTITY)])
        assert linked.number == hashed(IDENTITY.lower())
    for visit, number in (("V1", IDENTITY), ("V2", IDENTITY.lower())):
        assert desk.stay("2304", visit, person=number).number
    assert desk.year(IDENTITY)["C0000"] == 2
    assert len(desk.rows()["persons"]) == 3


@pytest.mark.each_database
def test_a_visit_that_an_older_release_settled_is_the_same_in_capital_letters(desk: Desk) -> None:
    settled, private = desk.stay("2304", "v1a"), desk.stay("2304", IDENTITY.lower())
    for revision in ("0022", "0021", "0018"):
        move_to(desk.engine, revision)
        move_to(desk.engine, "head")
        assert f"setl_id={settled.number}；" in desk.stay("2304", "V1A").refusal, revision
        assert f"setl_id={private.number}；" in desk.stay("2304", IDENTITY).refusal, revision
        with reading(desk.engine) as connection:
            assert [*verify_events(connection).faults, *verification.faults(connection)] == [], revision
    assert desk.call("5203", psn_no=POOR, setl_id=settled.number).info["mdtrt_id"] == "v1a"


def test_the_visits_of_a_person_who_is_joined_pass_over(desk: Desk) -> None:
    add_alias(desk, CARD, ORDINARY)
    admitted = desk.call("2401", psn_no=CARD.lower()).output["result"]["mdtrt_id"]
    stays = (desk.stay("2304", "V1"), desk.stay("2304", admitted, person=ORDINARY))
    with writing(desk.engine) as connection:
        person, other = (persons.find(connection, hashed(number)) for number in (POOR, ORDINARY))
        assert person is not None
        assert other is not None
        joining.join(connection, WRITTEN, person, other)
    assert desk.year(POOR)["C0000"] == 2
    for settled in reversed(stays):
        assert desk.cancel(settled, psn_no=CARD).number
    assert desk.call("2404", psn_no=POOR, mdtrt_id=admitted.lower()).envelope["infcode"] == "0"
