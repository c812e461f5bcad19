"""The way of one bill from the first payer to the last, and what the answer says beside."""

from dataclasses import asdict, replace

from tests.support.reimbursement_oracle.amounts import four_places, share
from tests.support.reimbursement_oracle.case import Case, Defaults, Json, read
from tests.support.reimbursement_oracle.figures import (
    BASIC,
    CEILING_BP,
    FIRST_DAY_AFTER,
    FLOOR_BP,
    LUMP_SUM,
    ORDER,
    OWN_CITY,
    Figures,
)
from tests.support.reimbursement_oracle.layers import (
    base_of,
    basic_deductible,
    ceiling_left,
    payment,
    serves,
    tiers_of,
)


def settle(
    request: Json,
    defaults: Defaults | None = None,
    figures: Figures | None = None,
    *,
    fund_left: int | None = None,
) -> Json:
    """Settle the body of `POST /v1/reimbursements`; amounts in fen, rates in basis points.

    `defaults` are the readings of a deployment, `figures` its figures; without them those that ship.
    `fund_left` is what a ledger's budget still leaves to the fund.
    """
    case = read(request, defaults, figures, fund_left)
    answer = settled(case)
    return answer | {"readings": dict(case.readings), "warnings": warnings(case, answer)}


def settled(case: Case) -> Json:
    """What each layer pays, the guarantee, the lump sum, and the sums."""
    order = ORDER[case.readings["layer_order"]]
    paid: dict[str, int] = {}
    layers = {}
    for layer in order:
        layers[layer] = of_layer(case, layer, paid)
        paid[layer] = layers[layer]["paid"]
        layers[layer]["left"] = case.total - sum(paid.values())

    guaranteed = guarantee(case, sum(paid.values()))
    reimbursed = sum(paid.values()) + (guaranteed or 0)
    compared = case.poor and (case.major_disease or case.chronic_disease)
    return {
        "order": list(order),
        "layers": layers,
        "guarantee": guaranteed,
        "lump_sum": LUMP_SUM if case.poor and case.accident_disability else 0,
        "reimbursed": reimbursed,
        "out_of_pocket": case.total - reimbursed,
        "reimbursed_ratio": four_places(reimbursed, case.total),
        "deposit_required": False if case.poor and case.kind == "inpatient" and case.level in OWN_CITY else None,
        "reported_ratio": "0.90" if compared else None,
        "reaches_reported_ratio": 10 * reimbursed >= 9 * case.total if compared else None,
        "carried": {
            layer: {
                "base": case.counted_before[layer] + layers[layer]["base"],
                "paid": case.paid_before[layer] + paid[layer],
            }
            for layer in order
        },
    }


def of_layer(case: Case, layer: str, paid: dict[str, int]) -> Json:
    """One layer, after those in `paid`; what is adjudicated is taken as given, and no longer left to those before."""
    served = serves(case, layer)
    base = base_of(case, layer, paid) if served else 0
    given = case.adjudicated.get(layer)
    if given is not None:
        return _layer("adjudicated", base, due=given, paid=given)
    if not served:
        return _layer("not_eligible", base)
    tiers = tiers_of(case, layer, base)
    due = sum(tier.pays for tier in tiers)
    spoken_for = sum({**case.adjudicated, **paid}.values())
    pays, limited_by = payment(case, layer, due, spoken_for)
    return _layer("paid" if pays > 0 else "nothing_due", base, due=due, paid=pays) | {
        "deductible": basic_deductible(case) if layer == BASIC else None,
        "tiers": [asdict(tier) for tier in tiers],
        "limited_by": limited_by,
    }


def _layer(outcome: str, base: int, due: int = 0, paid: int = 0) -> Json:
    return {
        "outcome": outcome,
        "base": base,
        "deductible": None,
        "tiers": [],
        "due": due,
        "limited_by": None,
        "paid": paid,
    }


def guarantee(case: Case, by_layers: int) -> int | None:
    """The chronic patient's top-up to 90 % of the in-scope cost (七.1.(7)); None where it does not serve."""
    care = {
        "clinic_outpatient": case.clinic_visit,
        "outpatient": case.kind == "outpatient",
        "all_care": True,
    }[case.readings["chronic_floor"]]  # R8
    if not (case.poor and case.chronic_disease and care) or case.unreferred:
        return None
    top_up = max(0, share(case.in_scope, FLOOR_BP) - by_layers)
    bounds = [top_up, case.total - by_layers]
    room = ceiling_left(case, by_layers)
    return min(bounds if room is None else [*bounds, room])


def warnings(case: Case, answer: Json) -> dict[str, dict[str, int]]:
    """The warnings by code, with the amounts that they name; that of assumed figures is not among them."""
    told: dict[str, dict[str, int]] = {}
    if case.day >= FIRST_DAY_AFTER:
        told["policy_period_over"] = {}
    if case.readings["remaining_cost"] != "in_scope":
        in_scope = settled(replace(case, readings={**case.readings, "remaining_cost": "in_scope"}))
        if in_scope["out_of_pocket"] != answer["out_of_pocket"]:
            told["out_of_catalogue_counted"] = {
                "out_of_catalogue": case.total - case.in_scope,
                "out_of_pocket": in_scope["out_of_pocket"],
            }
    if answer["reimbursed"] > share(case.total, CEILING_BP):
        told["above_local_ceiling"] = {}
    if case.kind == "inpatient" and case.level == "village":
        told["care_unlikely"] = {}
    return told
