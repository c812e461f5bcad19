"""A household's year of bills: each member's in order, what the year has seen carried from one to the next."""

from collections import defaultdict
from typing import Any

from tests.support.reimbursement_oracle.amounts import fen, four_places, yuan
from tests.support.reimbursement_oracle.bill import settle
from tests.support.reimbursement_oracle.case import Defaults, Json
from tests.support.reimbursement_oracle.figures import LAYERS, Figures


def singles(request: Json, defaults: Defaults | None = None, figures: Figures | None = None) -> list[Json]:
    """Write each bill as a request of its own with the year to date that it meets, in the order of the bills."""
    members = {member["id"]: member for member in request["members"]}
    years: dict[tuple[str, str], Json] = defaultdict(lambda: {"levels": [], "layers": {}})
    lump_sum_paid: set[str] = set()
    written: dict[int, Json] = {}
    bills: list[Json] = request["bills"]
    for at in sorted(range(len(bills)), key=lambda at: (bills[at]["service_date"], at)):
        bill = bills[at]
        who, level = bill["member"], bill["visit"]["facility_level"]
        year = years[who, bill["service_date"][:4]]
        patient = {name: value for name, value in members[who].items() if name != "id"}
        if who in lump_sum_paid:
            patient["accident_disability"] = False
        written[at] = {
            **{name: value for name, value in bill.items() if name != "member"},
            "patient": {"registration": request["registration"], **patient},
            "year_to_date": {
                "admissions": len(year["levels"]),
                "admissions_at_level": year["levels"].count(level),
                "layers": {
                    layer: {part: yuan(amount) for part, amount in carried.items()}
                    for layer, carried in year["layers"].items()
                },
            },
            "readings": request.get("readings") or {},
        }
        answer = settle(written[at], defaults, figures)
        year["layers"] = answer["carried"]
        if bill["visit"]["kind"] != "outpatient":
            year["levels"].append(level)
        if answer["lump_sum"]:
            lump_sum_paid.add(who)
    return [written[at] for at in range(len(bills))]


def _sums(answers: list[Json]) -> Json:
    def total(name: str) -> int:
        return sum(answer[name] or 0 for answer in answers)

    return {
        "bills": len(answers),
        "total": total("reimbursed") + total("out_of_pocket"),
        "layers": {layer: sum(answer["layers"][layer]["paid"] for answer in answers) for layer in LAYERS},
        "guarantee": total("guarantee"),
        "lump_sums": total("lump_sum"),
        "reimbursed": total("reimbursed"),
        "out_of_pocket": total("out_of_pocket"),
    }


def settle_household(request: Json, defaults: Defaults | None = None, figures: Figures | None = None) -> Json:
    """Settle the body of `POST /v1/reimbursements/household`; amounts in fen.

    `requests` holds each bill as a request of its own, `bills` what `settle` makes of it, both in the request's order.
    """
    requests = singles(request, defaults, figures)
    answers = [settle(single, defaults, figures) for single in requests]
    known: Any = request.get("annual_net_income")
    income = None if known is None else fen(known)
    paired = list(zip(request["bills"], answers, strict=True))

    def within_income(sums: Json) -> Json:
        return sums | {"share_of_income": four_places(sums["out_of_pocket"], income) if income else None}

    def by_year(its: list[tuple[Json, Json]]) -> list[Json]:
        years = sorted({bill["service_date"][:4] for bill, _ in its})
        return [
            {"year": int(year)} | _sums([answer for bill, answer in its if bill["service_date"][:4] == year])
            for year in years
        ]

    members = []
    for member in request["members"]:
        its = [(bill, answer) for bill, answer in paired if bill["member"] == member["id"]]
        members.append({"id": member["id"]} | _sums([answer for _, answer in its]) | {"years": by_year(its)})
    return {
        "requests": requests,
        "bills": answers,
        "members": members,
        "summary": within_income(_sums(answers)) | {"years": [within_income(year) for year in by_year(paired)]},
    }
