"""Numbers, names and cards that hospitals send stand in no log, no metric and nothing that is stored.

What a hospital numbers itself, visits and messages, is kept as it is sent. Every number here is made up.
"""

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url
from structlog.testing import CapturingLogger

from app.main import create_app
from app.national.transactions import TRANSACTIONS
from app.settings import Settings
from tests.support.client import InProcessClient
from tests.support.national_desk import CLINIC, HOSPITAL, IDENTITY, KEY, POOR, Desk
from tests.support.scale import chosen, scaled
from tests.support.stores import migrated_file

Json = dict[str, Any]

CARD, NAME, BANK = "H77190001234", "欧阳青山", "6222021234567890123"
PLANTED = (POOR, IDENTITY, IDENTITY.lower(), CARD, CARD.lower(), NAME, BANK)

ENVELOPE = ("mdtrtarea_admvs", "insuplc_admdvs", "dev_no", "dev_safe_info", "cainfo", "opter", "opter_name", "sign_no")
FIELDS = (
    *("psn_no", "certno", "psn_cert_type", "psn_name", "mdtrt_cert_no", "mdtrt_cert_type", "insutype", "med_type"),
    *("invono", "acct_used_flag", "psn_setlway", "expContent", "chrg_bchno", "psn_idet_type", "dise_name", "memo"),
)
BILL: Json = {"medfee_sumamt": "900.00", "inscp_scp_amt": "900.00", "dscgTime": "2018-05-20", "insutype": "390"}
ASKED: dict[str, Json] = {
    "5206": {"cum_ym": "201805"},
    "2601": {"omsgid": "M0", "oinfno": "2304"},
    "3201": {"stmt_begndate": "2018-05-20", "stmt_enddate": "2018-05-20", "medfee_sumamt": 0, "fund_pay_sumamt": 0},
}


def requests(desk: Desk, infno: str) -> Iterator[Json]:
    """Plant in every field of a transaction by itself, and in all that say who a person is together."""
    at = CLINIC if infno in {"2206", "2207", "2208"} else HOSPITAL
    whole = {"psn_no": POOR, "mdtrt_id": f"V{infno}", "setl_id": "1", **BILL, **ASKED.get(infno, {})}
    who = {"certno": IDENTITY, "psn_name": NAME, "mdtrt_cert_type": "03", "mdtrt_cert_no": CARD}
    for changed in ({}, {"psn_no": ""}):
        yield desk.envelope(infno, {"data": whole | who | changed}, institution=at)
    planted = cycle((IDENTITY, CARD, NAME, BANK))
    # In the small form each transaction has half of the fields, and its neighbour the others.
    for field in chosen(FIELDS[list(TRANSACTIONS).index(infno) % 2 :: 2], FIELDS):
        yield desk.envelope(infno, {"data": whole | {field: next(planted)}}, institution=at)
    for field in (*ENVELOPE, "input"):
        yield desk.envelope(infno, {"data": whole}, institution=at) | {field: next(planted)}
    for each in (IDENTITY, NAME):
        yield desk.envelope(infno, {"data": whole, each: each}, institution=at) | {each: each}


@pytest.mark.slow
def test_who_a_person_is_stands_nowhere_but_in_the_answer_to_who_said_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, logger = migrated_file(tmp_path), CapturingLogger()
    monkeypatch.setattr("app.http.middleware.log", logger)
    today = dt.date(2018, 5, 20)
    done: Counter[str] = Counter()
    with Desk(address) as desk:
        service = create_app(Settings(database_url=address, person_key=KEY, access_log=True, today=today))
        with InProcessClient(service) as client:
            for infno in TRANSACTIONS:
                for envelope in requests(desk, infno):
                    key = desk.tokens[envelope["fixmedins_code"]]
                    answer = client.post("/fsi/callService", content=json.dumps(envelope), headers={"apikey": key})
                    sent = json.dumps(envelope, ensure_ascii=False)
                    assert not [each for each in PLANTED if each in answer.text and each not in sent]
                    done[infno] += answer.json()["infcode"] == "0"
            metrics = client.get("/metrics").text
        kept = repr(desk.rows())
        file = Path(str(make_url(address).database))
        stored = b"".join(each.read_bytes() for each in file.parent.glob(f"{file.name}*") if each.suffix != ".db-shm")
    assert done["1101"] and done["2304"] and done["2207"] and done["2303"], done
    assert b"V2304" in stored, "what is stored is found where it is looked for"
    assert len(logger.calls) > len(TRANSACTIONS) * len(FIELDS) // scaled(2, 1)
    for each in PLANTED:
        assert each not in repr(logger.calls) + metrics + kept, each
        assert each.encode() not in stored
        assert json.dumps(each)[1:-1].encode() not in stored
