"""A deployment's list of items: read strictly, and what it makes of a fee."""

from pathlib import Path

import pytest

from app.db.visits.fees import FeeSums
from app.national.scope_list import ScopeItem, load_scope_list, split_fee
from app.rules.strict_yaml import ParameterError
from tests.support.grid import grid

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "scope-list.yaml"


@grid(
    ("item", "amount", "quantity", "parts"),
    [
        (ScopeItem(), 100_00, 1_0000, (0, 0, 0, 100_00)),
        (ScopeItem(in_scope=0), 100_00, 1_0000, (100_00, 0, 0, 0)),
        (ScopeItem(first_paid=1_000), 100_00, 1_0000, (0, 0, 10_00, 90_00)),
        (ScopeItem(price_limit=12_500_000), 30_00, 2_0000, (0, 5_00, 0, 25_00)),
        (ScopeItem(price_limit=12_500_000), 20_00, 2_0000, (0, 0, 0, 20_00)),
        (ScopeItem(8_000, 1_000, 12_500_000), 30_00, 2_0000, (5_00, 5_00, 2_00, 18_00)),
        (ScopeItem(0, 0, 12_500_000), 30_00, 2_0000, (30_00, 0, 0, 0)),
        (ScopeItem(price_limit=333_333), 1_00, 1_0000, (0, 67, 0, 33)),
        (ScopeItem(price_limit=335_000), 1_00, 1_0000, (0, 66, 0, 34)),
        (ScopeItem(first_paid=5_000), 1, 1_0000, (0, 0, 1, 0)),
        (ScopeItem(8_000, 1_000, 12_500_000), -30_00, -2_0000, (-5_00, -5_00, -2_00, -18_00)),
    ],
)
def test_a_fee_is_split_by_the_limit_then_the_share_then_what_is_paid_first(
    item: ScopeItem, amount: int, quantity: int, parts: tuple[int, ...]
) -> None:
    split = split_fee(item, amount, quantity)
    assert split == FeeSums(*parts)
    assert split.total == amount


def test_the_example_of_the_docs_is_a_list() -> None:
    items = load_scope_list(EXAMPLE)
    assert items["X0001"] == ScopeItem()
    assert items["X0002"] == ScopeItem(first_paid=1_000, price_limit=12_500_000)
    assert items["C0003"].in_scope == 8_000
    assert items["F0004"].in_scope == 0


@grid(
    ("text", "told"),
    [
        ("- X1", "list.yaml:1: expected keys with values"),
        ("item: {}", "list.yaml:1: unknown key 'item'"),
        ("items: {X1: {}, X1: {}}", "list.yaml:1: the key 'X1' stands twice"),
        ("items:\n  X1: {share: 10%}", "list.yaml:2: unknown key 'share'"),
        ("items:\n  X1: {in_scope: 0.8}", "list.yaml:2: '0.8' is not a percentage"),
        ("items:\n  X1: {first_paid: 101%}", "list.yaml:2: a share cannot exceed 100%"),
        ("items:\n  X1: {price_limit: 12}", "list.yaml:2: '12' is not a price"),
        ("items:\n  X1: {price_limit: -1.00}", "list.yaml:2: '-1.00' is not a price"),
        ("items:\n  '': {}", "list.yaml:2: '' is not a code"),
        ("items:\n  阿莫西林: {}", "list.yaml:2: '阿莫西林' is not a code"),
    ],
)
def test_what_cannot_be_a_list_stops_the_start_and_is_named_by_its_line(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "list.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ParameterError) as refused:
        load_scope_list(file)
    assert str(refused.value).startswith(told)
