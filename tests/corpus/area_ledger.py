"""The settlement ledger over HTTP: the register of persons, settlements, reversals, accounts, totals, the fund."""

from typing import Any

from tests.corpus.area import Area
from tests.corpus.area_registers import (
    AWAY,
    CHANGING,
    CHRONIC,
    CITY,
    CLINIC,
    COUNTY,
    ENDED,
    EXITED,
    PLAIN,
    POOR,
    REGION,
    SICK,
    STRANGER,
    registers,
)

Json = Any

WHO = {CITY: "hospital", COUNTY: "county hospital", CLINIC: "clinic", AWAY: "away", REGION: "region"}
LEVEL = {CITY: "city", COUNTY: "county", CLINIC: "township", AWAY: "out_of_region", REGION: "in_region"}
BUDGET = """major_disease_fund.purse:
  values:
    - from: 2018-01-01
      value: 20000.00
      clause: 县财政批复
      basis: local_source
      checked: 2018-01-01
"""

REFUSED: tuple[Any, ...] = (
    {"service_date": "2016-12-31"},
    {"service_date": "2018-05-21"},
    {"service_date": "2030-01-01"},
    {"person": "150923198001011234"},
    {"person": ""},
    {"visit_id": "x" * 65},
    {"message_id": "a b"},
    {"institution": "H0"},
    {"bill": {"total": "1.00", "in_scope": "2.00"}},
    {"adjudicated": {"basic_insurance": "186000.01"}},
    {"interim": "yes"},
    {"year_to_date": {}},
    {"visit": {"kind": "inpatient", "facility_level": "moon"}},
)
"""What a settlement is refused for."""


class Desk:
    """Hospitals that settle, each visit and message with a number of its own."""

    def __init__(self, area: Area, tokens: dict[str, str]) -> None:
        self.area = area
        self.tokens = tokens
        self._count = 0

    def stay(self, person: str, institution: str = CITY, kind: str = "inpatient", **changes: Json) -> Json:
        """Write a bill to be settled."""
        self._count += 1
        return {
            "person": person,
            "institution": institution,
            "visit_id": f"ZY{self._count:06}",
            "message_id": f"M{self._count:06}",
            "service_date": "2018-05-20",
            "visit": {"kind": kind, "facility_level": LEVEL[institution]},
            "bill": {"total": "186000.00", "in_scope": "171000.00"},
            **changes,
        }

    def settle(self, body: Json, *, en: bool = False, brief: bool = False) -> Json:
        """Settle, or try to."""
        token = self.tokens[WHO[body["institution"]]]
        return self.area.ask("POST", "/v1/settlements", body, token=token, en=en, brief=brief).json()

    def reverse(self, number: int, institution: str = CITY, *, en: bool = False, message: str = "") -> Json:
        """Reverse a settlement, or try to."""
        self._count += 1
        body = {"message_id": message or f"R{self._count:06}"}
        token = self.tokens[WHO[institution]]
        return self.area.ask("POST", f"/v1/settlements/{number}/reversal", body, token=token, en=en).json()

    def account(self, person: str, year: int = 2018) -> None:
        """Look at a year, as the county."""
        self.area.both("GET", f"/v1/accounts/{person}/{year}", token=self.tokens["county"])


def ledger(area: Area) -> None:
    """Years of persons of every status at every hospital."""
    area.on("2018-05-20")
    tokens = registers(area) | {"city": area.token("city", place="1509")}
    desk = Desk(area, tokens)
    with area.served():
        _register(area, tokens)
        _counties(area, tokens)
        _stays(area, desk)
        _repeated(area, desk)
        _reversals(area, desk)
        _interim(desk)
        _refused(area, desk)
        _looked_up(area, desk)
        _next_year(area, desk)
    area.run("verify")
    area.file("fund.yaml", text=BUDGET)
    with area.served(parameters="fund.yaml"):
        area.both("POST", "/v1/settlements/1/reversal", {"message_id": "R-WAITS"}, token=tokens["hospital"])
    area.run("parameters", "accept", ANDA_PARAMETERS="fund.yaml")
    with area.served(parameters="fund.yaml"):
        _fund(area, desk)
    area.run("parameters", "accept")
    with area.served():
        desk.settle(desk.stay(SICK))
        _differences(area, desk)
    with area.served(person_key="another key of the corpus, long enough"):
        area.both("POST", "/v1/settlements", desk.stay(POOR), token=tokens["hospital"])
        area.both("GET", f"/v1/persons/{POOR}", token=tokens["county"])
        area.both("GET", f"/v1/accounts/{POOR}/2018", token=tokens["county"])
    area.run("verify")
    with area.served():
        _rebookings(area, desk)
        _batches(area, desk)
    area.run("verify")


def _register(area: Area, tokens: dict[str, str]) -> None:
    area.title("the register of persons")
    county = tokens["county"]
    for person in (POOR, SICK, CHANGING, STRANGER):
        area.both("GET", f"/v1/persons/{person}", token=county)
    registered = {"status": "registered", "from": "2014-01-01", "until": None}
    disease = {"status": "major_disease", "from": "2016-05-01", "until": None}
    for statuses in (
        [registered, disease],
        [disease, registered],
        [registered, {**registered, "status": "none", "from": "2018-01-01"}],
        [{**registered, "until": "2013-12-31"}],
        [{**registered, "status": "rich"}],
        [{**registered, "from": "2018-02-30"}],
        [registered] * 101,
    ):
        area.both("PUT", f"/v1/persons/{SICK}", {"statuses": statuses}, token=county)
    for who in ("village", "township", "hospital", "other county"):
        area.both("GET", f"/v1/persons/{SICK}", token=tokens[who])
        area.both("PUT", f"/v1/persons/{SICK}", {"statuses": []}, token=tokens[who])
    for number in ("150923198001011234", "x" * 31, "中文", "1 2", "1%2F2"):
        area.both("GET", f"/v1/persons/{number}", token=county)
        area.both("PUT", f"/v1/persons/{number}", {"statuses": []}, token=county)
    area.both("PUT", "/v1/persons/1509230000050", {"statuses": []}, token=county)


def _counties(area: Area, tokens: dict[str, str]) -> None:
    area.title("persons of counties")
    here, there, person = tokens["county"], tokens["other county"], "1509230000051"
    statuses = [{"status": "registered", "from": "2014-01-01", "until": None}]
    asked = {"person": person}
    for token in (here, there, tokens["city"], tokens["hospital"]):
        area.both("PUT", "/v1/persons", {**asked, "statuses": statuses}, token=token)
        area.both("POST", "/v1/persons/lookup", asked, token=token)
        area.both("POST", "/v1/accounts/lookup", {**asked, "year": 2018}, token=token)
    for first in ("2018-05-01", "2018-04-01", "2030-01-01"):
        area.both("POST", "/v1/persons/transfer", {**asked, "from": first}, token=there)
    area.both("POST", "/v1/persons/lookup", asked, token=here)
    area.both("PUT", "/v1/persons", {**asked, "statuses": statuses}, token=here)
    for token in (there, here):
        area.both("POST", "/v1/persons/transfer/reversal", asked, token=token)
    other = f"{person}1"
    area.ask("PUT", "/v1/persons", {"person": other, "statuses": statuses}, token=here)
    for token in (there, here):
        area.both("POST", "/v1/persons/join", {**asked, "other": other}, token=token)


def _stays(area: Area, desk: Desk) -> None:
    area.title("stays of everybody")
    for person in (PLAIN, POOR, SICK, CHRONIC, EXITED, ENDED, CHANGING, STRANGER):
        desk.settle(desk.stay(person))
        desk.settle(desk.stay(person, COUNTY, bill={"total": "12000.00", "in_scope": "10000.00"}), en=True)
        desk.account(person)
    area.title("every hospital and kind of care")
    for institution in WHO:
        for kind in ("inpatient", "outpatient", "home_bed"):
            bill = {"total": "320.00", "in_scope": "300.00"}
            desk.settle(desk.stay(CHRONIC, institution, kind, bill=bill), brief=kind == "home_bed")
    desk.account(CHRONIC)
    for changes in (
        {"service_date": "2018-07-02"},
        {"patient": {"registration": "none", "major_disease": False, "chronic_disease": True}},
        {"patient": {"accident_disability": True}},
        {"patient": {"accident_disability": True}},
        {"visit": {"kind": "inpatient", "facility_level": "county"}},
        {"adjudicated": {"basic_insurance": "51325.00", "critical_illness": None}},
        {"readings": {"band_rates": "whole_amount", "ceiling": "ninety_percent"}},
        {"visit": {"kind": "inpatient", "facility_level": "city", "referred": False}},
    ):
        desk.settle(desk.stay(CHANGING, **changes))
        desk.settle(desk.stay(EXITED, **changes), en=True, brief=True)
    desk.account(CHANGING)


def _repeated(area: Area, desk: Desk) -> None:
    area.title("the same message again")
    body = desk.stay(POOR, bill={"total": "9000.00", "in_scope": "9000.00"})
    for en in (False, True, False):
        desk.settle(body, en=en)
    desk.settle({**body, "service_date": "2018-05-19"})
    desk.settle({**body, "service_date": "2018-05-19"}, en=True)
    desk.settle({**body, "message_id": "M-OTHER"})
    desk.settle({**body, "message_id": "M-OTHER"}, en=True)
    desk.settle({**body, "message_id": "M-OTHER", "person": PLAIN}, en=True)
    area.both("GET", f"/v1/settlements?message_id={body['message_id']}", token=desk.tokens["hospital"])
    area.both("GET", f"/v1/settlements?visit_id={body['visit_id']}", token=desk.tokens["hospital"])


def _reversals(area: Area, desk: Desk) -> None:
    area.title("reversals")
    first = desk.settle(desk.stay(POOR, bill={"total": "60000.00", "in_scope": "50000.00"}))
    second = desk.settle(desk.stay(POOR, bill={"total": "70000.00", "in_scope": "60000.00"}))
    for en in (False, True):
        desk.reverse(first["id"], en=en)
    desk.account(POOR)
    desk.reverse(second["id"], message="R-SECOND")
    desk.reverse(second["id"], message="R-SECOND", en=True)
    for en in (False, True):
        desk.reverse(second["id"], en=en)
        desk.reverse(first["id"], message="R-SECOND", en=en)
        desk.reverse(first["id"], COUNTY, en=en)
        desk.reverse(99999, en=en)
    reversal = desk.reverse(first["id"])
    desk.reverse(reversal["id"])
    desk.account(POOR)
    for number in (first["id"], second["id"], reversal["id"]):
        area.both("GET", f"/v1/settlements/{number}", token=desk.tokens["hospital"])
        area.both("GET", f"/v1/settlements/{number}", token=desk.tokens["county"])
    area.both("GET", f"/v1/settlements/{first['id']}", token=desk.tokens["county hospital"])
    # A visit whose settlement was reversed is settled again.
    desk.settle({**desk.stay(POOR), "visit_id": first.get("visit_id", "ZY-AGAIN")})


def _interim(desk: Desk) -> None:
    desk.area.title("in the course of a stay")
    for day, interim in ((18, True), (19, True), (19, True), (20, False), (20, False)):
        desk.settle(desk.stay(EXITED, visit_id="ZY-LONG", interim=interim, service_date=f"2018-05-{day}"))
    desk.settle(desk.stay(SICK, visit_id="ZY-LONG", interim=True), en=True)
    desk.area.both("GET", "/v1/settlements?visit_id=ZY-LONG", token=desk.tokens["hospital"])


def _refused(area: Area, desk: Desk) -> None:
    area.title("what is refused")
    body = desk.stay(POOR)
    area.both("POST", "/v1/settlements", body)
    for who in ("county", "village", "clinic"):
        area.both("POST", "/v1/settlements", body, token=desk.tokens[who])
    token = desk.tokens["hospital"]
    for changes in REFUSED:
        area.both("POST", "/v1/settlements", {**body, **changes}, token=token)
    area.both("POST", "/v1/settlements/x/reversal", {"message_id": "R"}, token=token)
    area.both("POST", "/v1/settlements/1/reversal", {}, token=token)
    area.both("POST", "/v1/settlements/1/reversal", {"message_id": "R1", "why": "x"}, token=desk.tokens["county"])


def _looked_up(area: Area, desk: Desk) -> None:
    area.title("looked up")
    hospital, county = desk.tokens["hospital"], desk.tokens["county"]
    for query in (
        "",
        "?message_id=M000001",
        "?visit_id=ZY000001",
        "?visit_id=ZY000001&message_id=M000001",
        f"?visit_id=ZY000001&institution={CITY}",
        f"?visit_id=ZY000001&institution={COUNTY}",
        "?visit_id=none",
        "?visit_id=a%20b",
        "?visit_id=ZY000001&cursor=x",
    ):
        area.both("GET", f"/v1/settlements{query}", token=hospital)
        area.both("GET", f"/v1/settlements{query}", token=county)
    for url in ("/v1/settlements/1", f"/v1/accounts/{POOR}/2018", "/v1/settlements?visit_id=ZY000001"):
        area.both("GET", url)
        area.both("GET", url, token=desk.tokens["village"])
        area.both("GET", f"{url}{'&' if '?' in url else '?'}nonsense=1", token=county)
    for path in (f"{POOR}/2017", f"{POOR}/x", f"{POOR}/2100", f"{POOR}/1999", "1509230000098/2018"):
        area.both("GET", f"/v1/accounts/{path}", token=hospital)
    for query in (
        "",
        "?from=2018-05-20",
        "?from=2018-05-20&to=2018-05-19",
        "?from=2018-05-20&to=2018-05-20",
        f"?from=2018-01-01&to=2018-12-31&institution={COUNTY}",
        "?from=2017-01-01&to=2017-12-31",
    ):
        for who in ("hospital", "county", "clinic", "village"):
            area.ask("GET", f"/v1/ledger/totals{query}", token=desk.tokens[who], en=who == "clinic")
    area.both("GET", "/v1/ledger/totals?from=2018-05-20&to=2018-05-20")


def _next_year(area: Area, desk: Desk) -> None:
    area.title("the year after")
    area.on("2019-03-01")
    late = desk.settle(desk.stay(POOR, service_date="2018-12-30"))
    desk.settle(desk.stay(POOR, service_date="2019-02-01"))
    desk.reverse(late["id"], en=True)
    desk.account(POOR, 2018)
    desk.account(POOR, 2019)
    county = desk.tokens["county"]
    area.both("GET", "/v1/ledger/totals?from=2019-01-01&to=2019-12-31", token=county)
    statuses = [{"status": "registered", "from": "2014-01-01", "until": None}]
    statuses.append({"status": "major_disease", "from": "2019-01-01", "until": None})
    area.ask("PUT", f"/v1/persons/{POOR}", {"statuses": statuses}, token=county)
    desk.settle(desk.stay(POOR, service_date="2019-02-02"))


def _differences(area: Area, desk: Desk) -> None:
    area.title("a hospital's books against the ledger")
    books = {
        "from": "2018-05-20",
        "to": "2018-05-20",
        "settlements": [
            {"setl_id": 1, "visit_id": "ZY000001", "total": "186000.00", "reimbursed": "1.00"},
            {"message_id": "UNKNOWN", "visit_id": "V0", "total": "5.00", "reimbursed": 3.5, "reversed": True},
        ],
    }
    for who, institution in (("hospital", {}), ("county", {"institution": CITY}), ("county", {}), ("village", {})):
        area.both("POST", "/v1/ledger/differences", {**books, **institution}, token=desk.tokens[who])
    for wrong in ({"to": "2018-05-19"}, {"settlements": [{"visit_id": "V0"}]}, {"nonsense": 1}):
        area.both("POST", "/v1/ledger/differences", {**books, **wrong}, token=desk.tokens["hospital"])


def _rebookings(area: Area, desk: Desk) -> None:
    area.title("rebookings")
    area.on("2019-03-01")
    county = desk.tokens["county"]
    first = desk.settle(desk.stay(SICK, service_date="2019-02-10"))
    later = desk.settle(desk.stay(SICK, COUNTY, service_date="2019-02-20"))
    url = f"/v1/settlements/{first['id']}/rebooking"
    for token in (None, desk.tokens["hospital"], county):
        area.both("POST", url, token=token)
    area.both("GET", url, token=county)
    area.both("GET", f"/v1/settlements/{later['id']}", token=desk.tokens["county hospital"])
    for since in ("2018-01-01T00:00:00Z", "2018-01-01"):
        area.both("GET", f"/v1/settlements?changed_since={since}", token=desk.tokens["county hospital"])
    area.both("GET", "/v1/ledger/totals?from=2019-03-01&to=2019-03-01", token=county)
    area.ask("DELETE", url, token=county)
    for method in ("DELETE", "GET"):
        area.both(method, url, token=county)
    area.ask("POST", url, token=county)
    desk.settle(desk.stay(SICK, service_date="2019-02-20"))
    area.both("DELETE", url, token=county)


def _batches(area: Area, desk: Desk) -> None:
    area.title("batches of settlements")
    stays = [desk.stay(SICK, service_date=f"2019-02-2{day}") for day in range(3)]
    items = [stays[0], {**stays[1], "bill": {}}, desk.stay(SICK, COUNTY), stays[2], stays[0]]
    for token in (None, desk.tokens["county"], desk.tokens["hospital"]):
        area.both("POST", "/v1/settlements/batch", items, token=token)
    others: tuple[Json, ...] = ([], {}, [1])
    for each in others:
        area.both("POST", "/v1/settlements/batch", each, token=desk.tokens["hospital"])


def _fund(area: Area, desk: Desk) -> None:
    area.title("a fund with a budget")
    area.on("2018-06-01")
    made = [desk.settle(desk.stay(SICK)) for _ in range(2)]
    desk.settle(desk.stay(EXITED), en=True)
    desk.settle(desk.stay(SICK, readings={"layer_order": "insurance_first"}))
    for settlement in reversed(made):
        if "id" in settlement:
            desk.reverse(settlement["id"])
    desk.settle(desk.stay(SICK, service_date="2017-12-31"))
    area.both("GET", "/v1/parameters/major_disease_fund.purse")
    desk.account(SICK)
