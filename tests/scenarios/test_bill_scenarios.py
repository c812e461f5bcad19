"""What a bill is paid, in scenarios that a policy officer can read and write: bills/*.yaml, over HTTP.

A file is a list of scenarios, one a bill:

- `name`: one sentence, which is also the test's name.
- `service_date`, `patient`, `visit`, `bill`, `year_to_date`, `adjudicated`, `readings`: as in the request. What is left
  out is the plain case: 2018-05-20, a registered patient without a disease, an inpatient at the city level, all of the
  bill in scope, the first bill of the year. An amount stands in quotes, or is a whole number of yuan.
- `expects`:
  - `layers`: all five, in the order in which they pay, each with its `outcome`. A layer that is not eligible has no
    other word; an adjudicated one has what is `paid`; else `base` and, where something is due, `due`. Where less than
    that is paid, `paid` and `limited_by` say so.
  - `out_of_pocket`; `deposit_required` and `reaches_reported_ratio`: true, false or null; `guarantee`: if it pays.
  - `warnings`: every code, with the amounts that its sentence must name; not `assumed_parameters`, which most have.

What is expected is worked by hand from the policy, never copied from the service; the arithmetic stands above each
scenario. A word that is not one of these is an error, and so are payments that do not add up to the bill.
"""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from starlette.testclient import TestClient

from tests.support.grid import grid
from tests.support.reimbursement_oracle import LAYERS, READINGS, fen, settle, yuan
from tests.support.scenario_files import as_sent, only_these_words, read_scenarios

Json = dict[str, Any]

FILES = sorted((Path(__file__).parent / "bills").glob("*.yaml"))
REQUEST = {"service_date", "patient", "visit", "bill", "year_to_date", "adjudicated", "readings"}
EXPECTED = {"layers", "out_of_pocket", "deposit_required", "reaches_reported_ratio", "warnings"}
WORDS = {  # of each outcome: those that a layer must have, and those that it may have beside them
    "not_eligible": (set(), set()),
    "adjudicated": ({"paid"}, set()),
    "nothing_due": ({"base"}, {"due", "paid", "limited_by"}),
    "paid": ({"base", "due"}, {"paid", "limited_by"}),
}
LIMITS = {"annual_limit", "ceiling", "remaining_cost"}
WARNINGS = {"out_of_catalogue_counted", "above_local_ceiling", "care_unlikely", "policy_period_over"}
AMOUNT = re.compile(r"(0|[1-9][0-9]*)\.[0-9]{2}")
IN_A_SENTENCE = re.compile(r"[0-9][0-9,]*\.[0-9]{2}(?= yuan)")


def amount(expected: object) -> int:
    """An expected amount in fen; it is written as answers write it."""
    if not isinstance(expected, str) or not AMOUNT.fullmatch(expected):
        raise ValueError(f"not an amount with two places: {expected!r}")
    return fen(expected)


def checked_layer(layer: str, expected: Json) -> Json:
    """A layer's expectation with `paid` and `limited_by` said; or an error if it says too little or too much."""
    if expected.get("outcome") not in WORDS:
        raise ValueError(f"{layer}: no such outcome: {expected.get('outcome')}")
    must, may = WORDS[expected["outcome"]]
    only_these_words({"name": layer} | expected, {"name", "outcome"} | must, may)
    for name in set(expected) & {"base", "due", "paid"}:
        amount(expected[name])
    if expected["outcome"] == "adjudicated":
        return expected
    complete = {"due": "0.00", "limited_by": None} | expected
    complete = {"paid": complete["due"]} | complete
    if (complete["limited_by"] is None) != (complete["paid"] == complete["due"]):
        raise ValueError(f"{layer}: paid is less than due, and limited_by says why, or neither")
    if complete["limited_by"] not in {None, *LIMITS}:
        raise ValueError(f"{layer}: no such limit: {complete['limited_by']}")
    if (amount(complete["paid"]) > 0) != (expected["outcome"] == "paid"):
        raise ValueError(f"{layer}: the outcome is paid where something is paid, and only there")
    return complete


def checked_expectation(expected: Json, total: int) -> Json:
    """What is expected of a bill of so many fen, with nothing left unsaid; or an error that says what is wrong."""
    only_these_words(expected, EXPECTED, {"guarantee"})
    layers = {layer: checked_layer(layer, words) for layer, words in expected["layers"].items()}
    if set(layers) != set(LAYERS):
        raise ValueError("the layers are five")
    for name in ("deposit_required", "reaches_reported_ratio"):
        if not any(expected[name] is value for value in (True, False, None)):
            raise ValueError(f"{name} is true, false or null")
    if not set(expected["warnings"]) <= WARNINGS:
        raise ValueError(f"no such warning: {sorted(set(expected['warnings']) - WARNINGS)}")
    for named in expected["warnings"].values():
        for each in named:
            amount(each)
    guarantee = amount(expected.get("guarantee", "0.00"))
    if "guarantee" in expected and guarantee == 0:
        raise ValueError("a guarantee that pays nothing is left out")
    paid = sum(amount(words.get("paid", "0.00")) for words in layers.values()) + guarantee
    if paid + amount(expected["out_of_pocket"]) != total:
        raise ValueError(f"{yuan(paid)} and {expected['out_of_pocket']} are not the bill")
    return {"guarantee": None} | expected | {"layers": layers}


def checked(scenario: Json) -> Json:
    """A scenario as a whole request and a whole expectation; or an error that says what is wrong with it."""
    only_these_words(scenario, {"name", "bill", "expects"}, REQUEST)
    written = as_sent(scenario)
    try:
        expected = checked_expectation(written["expects"], fen(written["bill"]["total"]))
        request = {name: written[name] for name in REQUEST & set(written)}
        request |= {
            "service_date": request.get("service_date", "2018-05-20"),
            "patient": {"registration": "registered"} | request.get("patient", {}),
            "visit": {"kind": "inpatient", "facility_level": "city"} | request.get("visit", {}),
            "bill": {"in_scope": written["bill"]["total"]} | written["bill"],
        }
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{written['name']}: {error}") from error
    return {"name": written["name"], "request": request, "expects": expected}


def read(text: str) -> list[Json]:
    """Every scenario of a file."""
    return read_scenarios(text, checked)


SCENARIOS = [scenario for path in FILES for scenario in read(path.read_text(encoding="utf-8"))]


def check(client: TestClient, scenario: Json) -> None:
    """Ask the service and compare what the scenario says."""
    response = client.post("/v1/reimbursements", json=scenario["request"], headers={"Accept-Language": "en"})
    assert response.status_code == 200, response.text
    answer, expected = response.json(), scenario["expects"]
    assert [layer["layer"] for layer in answer["layers"]] == list(expected["layers"])
    for layer in answer["layers"]:
        words = expected["layers"][layer["layer"]]
        assert {name: layer[name] for name in words} == words, (layer["layer"], layer["reasons"])
    found = answer["summary"] | {"guarantee": answer["guarantee"] and answer["guarantee"]["paid"]}
    compared = ("guarantee", "out_of_pocket", "deposit_required", "reaches_reported_ratio")
    assert {name: found[name] for name in compared} == {name: expected[name] for name in compared}
    warnings = {warning["code"]: warning["text"] for warning in answer["warnings"]}
    assert set(warnings) - {"assumed_parameters"} == set(expected["warnings"])
    for code, amounts in expected["warnings"].items():
        named = {each.replace(",", "") for each in IN_A_SENTENCE.findall(warnings[code])}
        assert set(amounts) <= named, warnings[code]


@grid("scenario", SCENARIOS, ids=lambda scenario: scenario["name"])
def test_bill_scenario(client: TestClient, scenario: Json) -> None:
    check(client, scenario)


@grid("scenario", SCENARIOS, ids=lambda scenario: scenario["name"])
def test_the_oracle_of_bills_says_what_the_scenarios_expect(scenario: Json) -> None:
    answer, expected = settle(scenario["request"]), scenario["expects"]
    assert answer["order"] == list(expected["layers"])
    for layer, words in expected["layers"].items():
        found = answer["layers"][layer]
        found = found | {name: yuan(found[name]) for name in ("base", "due", "paid")}
        assert {name: found[name] for name in words} == words, layer
    assert (answer["guarantee"] and yuan(answer["guarantee"])) == expected["guarantee"]
    assert yuan(answer["out_of_pocket"]) == expected["out_of_pocket"]
    for name in ("deposit_required", "reaches_reported_ratio"):
        assert answer[name] == expected[name]
    assert set(answer["warnings"]) == set(expected["warnings"])
    for code, amounts in expected["warnings"].items():
        assert set(amounts) <= {yuan(each) for each in answer["warnings"][code].values()}


# What the scenarios cover --------------------------------------------------------------------------


def test_there_are_enough_bill_scenarios_and_no_two_have_the_same_sentence() -> None:
    names = [scenario["name"] for scenario in SCENARIOS]
    assert len(names) >= 40
    assert len(set(names)) == len(names)


def test_the_bill_scenarios_meet_every_outcome_every_limit_and_every_warning() -> None:
    expected = [scenario["expects"] for scenario in SCENARIOS]
    layers = [words for each in expected for words in each["layers"].values()]
    assert {words["outcome"] for words in layers} == set(WORDS)
    assert {words.get("limited_by") for words in layers} == {None, *LIMITS}
    assert {code for each in expected for code in each["warnings"]} == WARNINGS
    for name in ("deposit_required", "reaches_reported_ratio"):
        assert {each[name] for each in expected} == ({None, False} | ({True} if "ratio" in name else set()))


def test_the_bill_scenarios_meet_every_reading_of_bills() -> None:
    chosen = {name for scenario in SCENARIOS for name in scenario["request"].get("readings", {})}
    assert chosen == set(READINGS)


# A scenario that is not one ------------------------------------------------------------------------

GOOD = """
- name: A registered patient is paid 95 % at a township
  service_date: 2018-05-20
  visit: {facility_level: township}
  bill: {total: 1000}
  expects:
    layers:
      basic_insurance: {outcome: paid, base: "1000.00", due: "855.00"}
      critical_illness: {outcome: nothing_due, base: "145.00"}
      civil_relief: {outcome: paid, base: "145.00", due: "14.50"}
      major_disease_fund: {outcome: not_eligible}
      supplementary_insurance: {outcome: nothing_due, base: "145.00"}
    out_of_pocket: "130.50"
    deposit_required: false
    reaches_reported_ratio: null
    warnings: {}
"""


def test_the_bill_scenario_that_the_faulty_ones_are_made_of_is_right(client: TestClient) -> None:
    (scenario,) = read(GOOD)
    check(client, scenario)


@grid(
    ("right", "wrong"),
    [
        ("- name", "name"),
        ("  service_date:", "  service-date:"),
        ("  bill: {total: 1000}\n", ""),
        ("{total: 1000}", "{in_scope: 1000}"),
        ("{total: 1000}", "{total: 1000.00}"),
        ("{total: 1000}", "{total: 1001}"),
        ("  visit:", "  bill: {total: 1000}\n  visit:"),
        ("    warnings: {}\n", ""),
        ("    warnings: {}", "    warnings: {care_unlikly: []}"),
        ("    warnings: {}", '    warnings: {care_unlikely: ["1,000.00"]}'),
        ("    warnings: {}", "    warnings: []"),
        ("    warnings: {}", '    warnings: {}\n    guarantee: "0.00"'),
        ("    warnings: {}", '    warnings: {}\n    reimbursed: "869.50"'),
        ("deposit_required: false", "deposit_required: 0"),
        ("reaches_reported_ratio: null", "reaches_reported_ratio: none"),
        ('"130.50"', '"130.5"'),
        ('"130.50"', '"131.50"'),
        ("      major_disease_fund: {outcome: not_eligible}\n", ""),
        ("major_disease_fund:", "fund:"),
        ("{outcome: not_eligible}", '{outcome: not_eligible, base: "130.50"}'),
        ("outcome: not_eligible", "outcome: refused"),
        ("{outcome: nothing_due, base", "{base"),
        ("{outcome: paid, base", "{outcome: nothing_due, base"),
        ("outcome: nothing_due", 'outcome: paid, due: "0.00"'),
        ('due: "855.00"', 'due: "855"'),
        (', due: "855.00"', ""),
        (', due: "855.00"', ', due: "900.00", paid: "855.00"'),
        ('due: "855.00"', 'due: "855.00", limited_by: ceiling'),
        (', due: "855.00"', ', due: "900.00", paid: "855.00", limited_by: fund_exhausted'),
    ],
)
def test_a_malformed_bill_scenario_is_refused(right: str, wrong: str) -> None:
    assert right in GOOD
    with pytest.raises((ValueError, yaml.YAMLError)):
        read(GOOD.replace(right, wrong, 1))


@grid(
    ("right", "wrong"),
    [
        ("{facility_level: township}", "{facility_level: county}"),
        ("{facility_level: township}", "{facility_level: town}"),
        ("{facility_level: township}", "{facility: township}"),
        ("2018-05-20", "2019-05-20"),
        ('"1000.00"', '"999.00"'),
        ("{outcome: nothing_due, base", '{outcome: nothing_due, due: "1.00", paid: "0.00", limited_by: ceiling, base'),
        ("{outcome: not_eligible}", '{outcome: nothing_due, base: "130.50"}'),
        ('      critical_illness: {outcome: nothing_due, base: "145.00"}\n', ""),
        ("deposit_required: false", "deposit_required: null"),
        ("reaches_reported_ratio: null", "reaches_reported_ratio: false"),
        ("    warnings: {}", "    warnings: {care_unlikely: []}"),
        ('"130.50"', '"120.50"\n    guarantee: "10.00"'),
    ],
)
def test_a_bill_scenario_that_expects_what_is_not_so_fails(client: TestClient, right: str, wrong: str) -> None:
    assert right in GOOD
    text = GOOD.replace(right, wrong, 1)
    if "critical_illness" not in text:  # the same layers in another order
        text = text.replace("    out_of_pocket:", f"{right.rstrip()}\n    out_of_pocket:")
    (scenario,) = read(text)
    with pytest.raises(AssertionError):
        check(client, scenario)


def test_a_warning_that_does_not_name_the_amount_fails(client: TestClient) -> None:
    (scenario,) = [each for each in SCENARIOS if each["name"].startswith("Outpatient care is covered")]
    expected = scenario["expects"] | {
        "warnings": {"out_of_catalogue_counted": ["290000.01"], "above_local_ceiling": []}
    }
    with pytest.raises(AssertionError):
        check(client, scenario | {"expects": expected})
