"""The oracle's way with unknown facts gives what trying every fact of a small household gives."""

import random
from itertools import product
from typing import Any

import pytest

from tests.support.entitlement_oracle import House, entitlements, filled, weighed
from tests.support.entitlement_oracle.education import student_values
from tests.support.entitlement_oracle.figures import DISABILITIES
from tests.support.entitlement_oracle.houses import ARRANGEMENTS, KINDS
from tests.support.entitlement_oracle.social_security import births
from tests.support.entitlement_oracle.trying import Claim, Granted, Part, weigh
from tests.support.grid import grid
from tests.support.random_households import random_household

pytestmark = pytest.mark.lengthy

Json = dict[str, Any]
Tried = dict[tuple[str, str | None], tuple[set[Any], set[str]]]

FLAGS = (
    *("can_work", "in_difficulty", "chronic_disease", "major_disease", "mobility_impaired", "pension_insured"),
    "no_supporter",
)


def tried_whole(request: Json, facts: dict[str, list[Any]]) -> Tried:
    """Outcomes and missing facts by trying every combination on the whole request at once."""
    pointers = list(facts)
    results: dict[tuple[int, ...], list[Json]] = {}
    for chosen in product(*(range(len(values)) for values in facts.values())):
        values = {pointer: facts[pointer][number] for pointer, number in zip(pointers, chosen, strict=True)}
        results[chosen] = entitlements(filled(request, values))
    tried: Tried = {}
    for place, entry in enumerate(next(iter(results.values()))):
        outcome = {chosen: (entries[place]["status"], entries[place]["amount"]) for chosen, entries in results.items()}
        missing = {
            pointers[at]
            for chosen, result in outcome.items()
            for at in range(len(pointers))
            for other in range(len(facts[pointers[at]]))
            if outcome[(*chosen[:at], other, *chosen[at + 1 :])] != result
        }
        tried[entry["benefit"], entry["member"]] = set(outcome.values()), missing
    return tried


@grid("number", range(8))
def test_the_parts_of_a_benefit_give_what_trying_the_whole_household_gives(number: int) -> None:
    rng = random.Random(f"whole {number}")
    request = random_household(rng, unknown=0)
    members = request["household"]["members"] = request["household"]["members"][:2]
    house = House(request)
    every: dict[str, list[Any]] = {
        "/household/annual_net_income": ["0.00", "3906.00", "7812.00", "11717.99", "50000.00"],
        "/household/relocation": [
            "none",
            *({"kind": kind, "arrangement": arrangement} for kind in KINDS for arrangement in ARRANGEMENTS),
        ],
        "/household/dilapidated_house": [False, True],
        "/household/steep_farmland": [False, True],
        "/household/sudden_hardship": [False, True],
    }
    for index, person in enumerate(members):
        person["head"] = index == 0
        every[f"/household/members/{index}/birth_date"] = births(house)
        every[f"/household/members/{index}/disability"] = DISABILITIES
        every |= {f"/household/members/{index}/{name}": [False, True] for name in FLAGS}
        person["loan"] = "none"  # its dates have tests of their own
        if isinstance(person["student"], dict):
            inner = student_values(house)
            every |= {f"/household/members/{index}/student/{name}": values for name, values in inner.items()}
    unknown = {pointer: every[pointer] for pointer in rng.sample(sorted(every), 4)}
    request = filled(request, dict.fromkeys(unknown))
    expected = tried_whole(request, unknown)
    for entry in entitlements(request):
        outcomes, missing = expected[entry["benefit"], entry["member"]]
        assert set(entry["missing"]) == missing, (request, entry)
        assert (entry["status"] == "undecided") == (len(outcomes) > 1)
        if len(outcomes) == 1:
            assert (entry["status"], entry["amount"]) in outcomes


def test_the_two_completions_of_a_missing_fact_differ_in_it_alone_and_in_the_outcome() -> None:
    rng = random.Random("witnesses")
    met = set()
    for _ in range(16):
        request = random_household(rng)
        pairs = [
            (*name, pointer, result.missing[pointer])
            for name, result in weighed(request).items()
            for pointer in result.missing
            if not pointer.endswith("/county")  # it decides what was meant by a no, not the outcome
        ]
        for benefit, name, pointer, (one, other) in rng.sample(pairs, min(8, len(pairs))):
            assert {at for at in one if one[at] != other[at]} == {pointer}
            results = [weighed(filled(request, completion))[benefit, name] for completion in (one, other)]
            assert [result.missing for result in results] == [{}, {}]
            assert results[0].outcomes != results[1].outcomes
            met.add(benefit)
    assert len(met) > 12


def test_nothing_is_missing_of_what_is_decided_and_something_of_what_is_not() -> None:
    rng = random.Random("decided")
    for _ in range(20):
        for outcomes, missing in weighed(random_household(rng)).values():
            assert bool(missing) == (len(outcomes) > 1)


def test_a_fact_beside_an_impossible_completion_is_not_missing_for_that() -> None:
    part = Part(
        {"/first": [0, 1], "/second": [0, 1]},
        lambda completion: completion["/first"],
        lambda completion: completion["/first"] <= completion["/second"],
    )
    result = weigh(Claim([part], lambda first: None if first else Granted()))
    assert set(result.missing) == {"/first"}
