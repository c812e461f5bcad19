"""A hospital's desk to try the national interface at: a migrated store, institutions, persons, and calls by infno."""

import datetime as dt
import json
import zlib
from itertools import count
from types import TracebackType
from typing import Any, Self
from unittest.mock import patch

import httpx
from sqlalchemy import select

from app.clock import Clock, Moment
from app.db import tokens
from app.db.engine import OF_THE_CHAIN, is_ready, make_engine, migrate, reading, writing
from app.db.ledger import institutions, persons
from app.db.ledger.institutions import Institution
from app.db.ledger.persons import DatedStatus, Status
from app.db.models import Base
from app.http.exact_json import loads
from app.main import create_app
from app.privacy.pseudonyms import PersonPseudonyms
from app.rules.reimbursement.bill import FacilityLevel
from app.settings import Settings
from tests.support.client import InProcessClient
from tests.support.lasting import empty

Json = dict[str, Any]

ADDRESS = "10.20.3.4"
"""Where the hospital's system calls from."""
KEY = "a key for the tests, of some length"
POOR, ORDINARY, STRANGER = "77190000001", "77190000002", "77190000003"
IDENTITY = "15092319800101108X"
"""The identity number of nobody: a woman born on 1 January 1980."""
LEVELS: dict[str, FacilityLevel] = {
    "H15090200001": "city",
    "H15092300001": "county",
    "H15092300002": "township",
    "H11010100001": "out_of_region",
}
HOSPITAL, COUNTY_HOSPITAL, CLINIC, AWAY = LEVELS

LONG_AGO = dt.datetime(2017, 1, 1, tzinfo=dt.UTC)
STATUSES: dict[str, tuple[Status, ...]] = {
    POOR: ("registered", "major_disease", "chronic_disease"),
    ORDINARY: ("none",),
}

_PARTS = {"fulamt_ownpay_amt": "9000.00", "overlmt_selfpay": 1000, "preselfpay_amt": 5000.0, "inscp_scp_amt": "171000"}


class _Days(Clock):
    """A clock that the tests move."""

    def move_to(self, day: str) -> None:
        self._today = dt.date.fromisoformat(day)


class Answered:
    """An answer, its numbers exact."""

    def __init__(self, response: httpx.Response) -> None:
        assert response.status_code == 200, response.text
        assert response.headers["content-type"] == "application/json"
        self.bytes = response.content
        envelope: Any = loads(response.content)
        self.envelope: Json = envelope

    @property
    def output(self) -> Json:
        """What came of a transaction that was carried out."""
        assert (self.envelope["infcode"], self.envelope["err_msg"]) == ("0", ""), self.envelope["err_msg"]
        output: Json = self.envelope["output"]
        return output

    @property
    def info(self) -> Json:
        info: Json = self.output["setlinfo"]
        return info

    @property
    def number(self) -> str:
        """The settlement's."""
        number: str = self.info["setl_id"]
        return number

    @property
    def refusal(self) -> str:
        """Why a transaction was refused."""
        assert (self.envelope["infcode"], self.envelope["output"]) == ("-1", None), self.envelope
        refusal: str = self.envelope["err_msg"]
        assert 0 < len(refusal) <= 200
        return refusal

    @property
    def warnings(self) -> str:
        warnings: str = self.envelope["warn_msg"]
        return warnings


class Desk:
    """A store with institutions and persons, and the service over it."""

    def __init__(self, database_url: str, day: str = "2018-05-20", **settings: Any) -> None:
        self.engine = make_engine(database_url)
        if not is_ready(self.engine):
            migrate(self.engine)
        self.tokens: dict[str, str] = {}
        self.officers_token = ""
        self._fill()
        self._day = day
        self.clock = _Days(dt.date.fromisoformat(day))
        self._messages = count(1)
        with patch("app.main.Clock", return_value=self.clock):
            app = create_app(Settings(database_url=database_url, access_log=False, person_key=KEY, **settings))
        self.client = InProcessClient(app, client=(ADDRESS, 50_000))

    def _fill(self) -> None:
        numbers = PersonPseudonyms(KEY, Settings().person_key_file)
        with writing(self.engine) as connection:
            moment = Moment(LONG_AGO, LONG_AGO.date())
            for code, level in LEVELS.items():
                institutions.write(connection, moment, Institution(code, "医院", level))
                self.tokens[code] = tokens.create_for_institution(connection, code, "收费处", LONG_AGO, 36_500)
            for number, statuses in STATUSES.items():
                dated = [DatedStatus(status, LONG_AGO.date()) for status in statuses]
                persons.write(connection, moment, numbers.hashed(number), dated, None)
            self.officers_token = tokens.create(connection, "150923", "旗县", LONG_AGO, 36_500)

    def empty(self) -> Self:
        """Take out all that was stored since the start, and go back to the first day."""
        empty(self.engine)
        self._fill()
        self.clock.move_to(self._day)
        return self

    def __enter__(self) -> Self:
        self.client.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.__exit__(kind, error, trace)
        self.engine.dispose()

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return all that is stored but the ledger's chain and the record of reads, what is packed unpacked."""
        with reading(self.engine) as connection:
            tables = [table for table in Base.metadata.sorted_tables if table.name not in OF_THE_CHAIN]
            return {
                table.name: [tuple(map(_unpacked, row)) for row in connection.execute(select(table))]
                for table in tables
                if table.name != "reads"
            }

    def envelope(self, infno: str, asked: Any, msgid: str | None = None, institution: str = HOSPITAL) -> Json:
        """Put what is asked for into an envelope."""
        return {
            "infno": infno,
            "msgid": msgid or f"{institution}{self.clock.now().today:%Y%m%d}{next(self._messages):010d}",
            "mdtrtarea_admvs": "150902",
            "insuplc_admdvs": "150923",
            "inf_time": f"{self.clock.now().today} 10:00:00",
            "fixmedins_code": institution,
            "input": asked,
        }

    def send(self, envelope: Any, path: str = "callService", token: str | None = None) -> Answered:
        """Send an envelope, with the token of the institution that it names, unless another is given."""
        body = envelope if isinstance(envelope, bytes) else json.dumps(envelope).encode()
        key = self.tokens.get(envelope["fixmedins_code"], "") if token is None else token
        headers = {"apikey": key, "Content-Type": "application/json"}
        return Answered(self.client.post(f"/fsi/{path}", content=body, headers=headers))

    def call(self, infno: str, msgid: str | None = None, institution: str = HOSPITAL, **fields: Any) -> Answered:
        """Call a transaction with the fields of its node `data`."""
        return self.send(self.envelope(infno, {"data": fields}, msgid, institution))

    def stay(self, infno: str, visit: str, msgid: str | None = None, person: str = POOR, **fields: Any) -> Answered:
        """Try (2303) or settle (2304) a stay at the city hospital."""
        whole: Json = {"psn_no": person, "mdtrt_id": visit, "medfee_sumamt": "186000.00", **_PARTS}
        return self.call(infno, msgid, **{**whole, "insutype": "390", "dscgTime": "2018-05-20", **fields})

    def visit(self, infno: str, visit: str, msgid: str | None = None, person: str = POOR, **fields: Any) -> Answered:
        """Try (2206) or settle (2207) a visit to the clinic."""
        whole: Json = {"psn_no": person, "mdtrt_id": visit, "medfee_sumamt": "320.00", "med_type": "14"}
        whole |= {"fulamt_ownpay_amt": "20.00", "inscp_scp_amt": "300.00", "chrg_bchno": "B1"}
        return self.call(infno, msgid, CLINIC, **{**whole, **fields})

    def cancel(self, settled: Answered, msgid: str | None = None, **fields: Any) -> Answered:
        """Cancel a settlement (2305, 2208)."""
        info = settled.info
        at_clinic = info["clr_type"] == "11"
        whole = {name: info[name] for name in ("psn_no", "mdtrt_id", "setl_id")}
        infno, institution = ("2208", CLINIC) if at_clinic else ("2305", HOSPITAL)
        return self.call(infno, msgid, institution, **{**whole, **fields})

    def take_back(
        self, infno: str, message: str, person: str = POOR, msgid: str | None = None, institution: str = HOSPITAL
    ) -> Answered:
        """Take a message back (2601)."""
        return self.call("2601", msgid, institution, psn_no=person, omsgid=message, oinfno=infno)

    def year(self, person: str = POOR) -> dict[str, Any]:
        """Return what 5206 says of a person's year, by code."""
        return {row["cum_type_code"]: row["cum"] for row in self.call("5206", psn_no=person).output["cuminfo"]}


def _unpacked(value: Any) -> Any:
    return zlib.decompress(value) if isinstance(value, bytes) else value
