"""A desk to try the ledger at: a hospital of each level, officers, persons, the service on any day; and the oracle.

What a person must be paid is calculated by `tests/oracle.py`, fed with the year to date of what stands in `Books`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select

from app.clock import Moment
from app.db import tokens
from app.db.engine import reading, writing
from app.db.ledger import institutions
from app.db.ledger.institutions import Institution
from app.db.ledger.models import AMOUNTS, Settlement
from app.ledger.ledger import Ledger
from app.presenters.reimbursements import ReimbursementPresenter
from app.privacy.pseudonyms import PersonPseudonyms
from app.rules.parameters import load, shipped_files
from app.rules.registration import Registration
from app.rules.reimbursement.bill import FacilityLevel
from tests.support.county import LONG_AGO, County, OnADay
from tests.support.reimbursement_oracle import ORDER, fen, settle

Json = dict[str, Any]

TODAY = "2019-12-31"
"""The service's day where none is said."""

LAYERS = ORDER["relief_first"]
LEVELS: tuple[FacilityLevel, ...] = ("village", "township", "county", "city", "in_region", "out_of_region")
WRITTEN = Moment(LONG_AGO, LONG_AGO.date())
"""When the registers of institutions were written."""

HOSPITALS = {level: Institution(f"H1509{at:07}", f"医院{at}", level, "150923") for at, level in enumerate(LEVELS, 1)}
"""One of each level, by level."""

REGISTRATIONS: tuple[Registration, ...] = ("none", "registered", "exited_with_policy", "exited_without_policy")

_numbers = count(1_000)


def new_number() -> str:
    """Return the insurer's number of a person that no test has met."""
    return f"150923{next(_numbers):07}"


def new_id() -> str:
    """Return an id that no visit and no message has."""
    return f"ZY{next(_numbers):08}"


def status(name: str, first: str = "2017-01-01", until: str | None = None) -> Json:
    """Write a dated status."""
    return {"status": name, "from": first, "until": until}


SICK = (status("registered"), status("major_disease"))
"""Registered, and with a major disease: every layer serves whom this is known of."""


def stay(person: str, level: str = "city", kind: str = "inpatient", **changes: Any) -> Json:
    """Write a bill to be settled; `changes` replace whole fields. Visit and message are new."""
    return {
        "person": person,
        "institution": HOSPITALS[level].code,  # type: ignore[index]
        "visit_id": new_id(),
        "message_id": new_id(),
        "service_date": "2018-05-20",
        "visit": {"kind": kind, "facility_level": level},
        "bill": {"total": "186000.00", "in_scope": "171000.00"},
        **changes,
    }


class Desk(County):
    """A store with hospitals and officers, and the service over it with a key of its own."""

    def __init__(self, database_url: str, key: Path, **settings: Any) -> None:
        super().__init__(database_url, **{"person_key_file": key, **settings})
        self.key = key
        self._on: dict[str, OnADay] = {}
        self._overlay: Path | None = settings.get("parameters")
        with writing(self.engine) as connection:
            for each in HOSPITALS.values():
                institutions.write(connection, WRITTEN, each)
        if self._overlay is not None:
            self.accept_figures()

    def accept_figures(self) -> None:
        """Let the figures of this desk be in force in its store, as `anda parameters accept` does."""
        with writing(self.engine) as connection:
            self.ledger().figures.accept(connection)

    @contextmanager
    def reopened(self, **settings: Any) -> Iterator["Desk"]:
        """Give the same desk under other settings."""
        with Desk(self.database_url, self.key, **settings) as again:
            again._tokens = self._tokens
            yield again

    def token(self, who: str) -> str:
        """Return the token of a hospital, by its code, or of an officer."""
        if not who.startswith("H"):
            return super().token(who)
        if who not in self._tokens:
            with writing(self.engine) as connection:
                self._tokens[who] = tokens.create_for_institution(connection, who, who, LONG_AGO, 36_500)
        return self._tokens[who]

    def ask(self, who: str | None, method: str, path: str, day: str = TODAY, **more: Any) -> httpx.Response:
        """Ask the service, as a hospital, an officer or anyone."""
        client = self._on.setdefault(day, self.on(day))
        headers = {**self.headers(who), **more.pop("headers", {})}
        answer: httpx.Response = client.request(method, path, headers=headers, **more)
        return answer

    def place(self, code: str, level: FacilityLevel) -> None:
        """Write an institution into the register, or another level of it."""
        with writing(self.engine) as connection:
            institutions.write(connection, WRITTEN, Institution(code, "医院", level))

    def person(self, *statuses: Json) -> str:
        """Write a new person's statuses into the register, and return the number."""
        number = new_number()
        self.register(number, *statuses)
        return number

    def register(self, number: str, *statuses: Json) -> Json:
        """Write a person's statuses anew, as the county."""
        return expect(200, self.ask("county", "PUT", f"/v1/persons/{number}", json={"statuses": statuses}))

    def post(self, body: Json, day: str = TODAY, **more: Any) -> httpx.Response:
        """Try to settle, as the hospital that the body names."""
        return self.ask(body["institution"], "POST", "/v1/settlements", day, json=body, **more)

    def settle(self, body: Json, day: str = TODAY) -> Json:
        """Settle, and return the answer."""
        return expect(201, self.post(body, day))

    def undo(self, settlement: Json, day: str = TODAY, **changes: Any) -> httpx.Response:
        """Try to reverse a settlement, as the hospital that made it."""
        body = {"message_id": new_id(), **changes}
        return self.ask(
            settlement["institution"], "POST", f"/v1/settlements/{settlement['id']}/reversal", day, json=body
        )

    def reverse(self, settlement: Json, day: str = TODAY) -> Json:
        """Reverse a settlement, and return the answer."""
        return expect(201, self.undo(settlement, day))

    def reread(self, settlement: Json) -> Json:
        """Read a settlement or a reversal, as the county."""
        return expect(200, self.ask("county", "GET", f"/v1/settlements/{settlement['id']}"))

    def account(self, person: str, year: int = 2018) -> Json:
        """Read a person's year, as the county, without what the guarantee paid, which no settlement carries along."""
        return {name: told for name, told in self.whole_account(person, year).items() if name != "guarantee"}

    def whole_account(self, person: str, year: int = 2018) -> Json:
        """Read all of a person's year, as the county."""
        return expect(200, self.ask("county", "GET", f"/v1/accounts/{person}/{year}"))

    def totals(self, first: str, last: str, who: str = "county", **more: str) -> Json:
        """Read what was booked between two days."""
        return expect(200, self.ask(who, "GET", "/v1/ledger/totals", params={"from": first, "to": last, **more}))

    def row(self, number: int) -> Json:
        """Return a settlement or reversal as it is stored."""
        with reading(self.engine) as connection:
            statement = select(Settlement.__table__).where(Settlement.id == number)
            return connection.execute(statement).one()._asdict()

    def ledger(self) -> Ledger:
        """Return the ledger that the service works with, for what no address of `/v1` does."""
        parameters = load(shipped_files(), self._overlay)
        return Ledger(parameters, ReimbursementPresenter(parameters), PersonPseudonyms(None, self.key))


def expect(status_code: int, answer: httpx.Response) -> Json:
    """Return what was answered, with this status."""
    assert answer.status_code == status_code, answer.text
    content: Json = answer.json()
    return content


def problem(status_code: int, slug: str, answer: httpx.Response) -> Json:
    """Return the problem that was answered, of this kind."""
    content = expect(status_code, answer)
    assert content["type"] == f"/problems/{slug}", content
    return content


def yuan(amount: int) -> str:
    """Write fen as the answers do."""
    return f"{amount // 100}.{amount % 100:02}"


@dataclass
class Books:
    """What one person must be paid, by the oracle, from the statuses that are registered and what stands."""

    statuses: tuple[Json, ...] = ()
    standing: list[tuple[Json, Json]] = field(default_factory=list)
    """What was asked and what the oracle gave, in the order of booking."""
    settled: Callable[[Json], Json] = settle

    def known_on(self, day: str) -> Json:
        """Say what the register knows on a day."""
        holding = {
            each["status"] for each in self.statuses if each["from"] <= day and (each["until"] or "9999-12-31") >= day
        }
        return {
            "registration": next((each for each in REGISTRATIONS if each in holding), "none"),
            "major_disease": "major_disease" in holding,
            "chronic_disease": "chronic_disease" in holding,
        }

    def year(self, year: int) -> Json:
        """Write a year as its account must be."""
        its = [(asked, given) for asked, given in self.standing if asked["service_date"].startswith(f"{year}-")]
        levels = [asked["visit"]["facility_level"] for asked, _ in its if asked["visit"]["kind"] != "outpatient"]
        return {
            "year": year,
            "settlements": len(its),
            "admissions": len(levels),
            "admissions_by_level": {level: levels.count(level) for level in set(levels)},
            "layers": {
                layer: {part: yuan(sum(given["layers"][layer][part] for _, given in its)) for part in ("base", "paid")}
                for layer in LAYERS
            },
        }

    def guaranteed(self, year: int) -> str:
        """Write what the chronic-disease guarantee must have paid in a year."""
        its = (given for asked, given in self.standing if asked["service_date"].startswith(f"{year}-"))
        return yuan(sum(given["guarantee"] or 0 for given in its))

    def asked(self, body: Json) -> Json:
        """Write the stateless request that a settlement amounts to now."""
        day = body["service_date"]
        accident = (body.get("patient") or {}).get("accident_disability", False)
        compensated = any(given["lump_sum"] for _, given in self.standing)
        before = self.year(int(day[:4]))
        return {
            "service_date": day,
            "patient": {**self.known_on(day), "accident_disability": accident and not compensated},
            "visit": body["visit"],
            "bill": body["bill"],
            "year_to_date": {
                "admissions": before["admissions"],
                "admissions_at_level": before["admissions_by_level"].get(body["visit"]["facility_level"], 0),
                "layers": before["layers"],
            },
            "adjudicated": body.get("adjudicated"),
            "readings": body.get("readings"),
        }

    def stand(self, body: Json) -> Json:
        """Let a settlement stand, and return what it must pay."""
        given = self.settled(self.asked(body))
        self.standing.append((body, given))
        return given

    def fall(self, body: Json) -> None:
        """Let a settlement stand no more."""
        self.standing = [(asked, given) for asked, given in self.standing if asked["visit_id"] != body["visit_id"]]


def amounts_of(body: Json, given: Json) -> Json:
    """Write what must be stored of a settlement, in fen, with the bases that were counted."""
    return {
        **{name: fen(body["bill"][name]) for name in ("total", "in_scope")},
        **{layer: given["layers"][layer]["paid"] for layer in LAYERS},
        "guarantee": given["guarantee"] or 0,
        "lump_sum": given["lump_sum"],
        "out_of_pocket": given["out_of_pocket"],
        "counted": {layer: given["layers"][layer]["base"] for layer in LAYERS},
    }


def amounts_in(row: Json) -> Json:
    """Take the amounts out of what is stored."""
    return {name: row[name] for name in (*AMOUNTS, "counted")}
