"""Files of scenarios as a policy officer writes them: strict YAML, a list of scenarios, checked one by one."""

import datetime as dt
from collections.abc import Callable, Hashable
from typing import Any

import yaml

Json = dict[str, Any]


class _Strict(yaml.CSafeLoader):
    """YAML in which no key stands twice and no number has decimals: an amount is text."""


def _mapping(loader: _Strict, node: yaml.MappingNode) -> dict[Hashable, Any]:
    named = [key.value for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
    repeated = {name for name in named if named.count(name) > 1}
    if repeated:
        raise ValueError(f"{sorted(repeated)} twice{node.start_mark}")
    loader.flatten_mapping(node)
    return loader.construct_mapping(node, deep=True)


def _decimals(loader: _Strict, node: yaml.ScalarNode) -> Any:
    raise ValueError(f"{node.value} without quotes{node.start_mark}")


_Strict.add_constructor("tag:yaml.org,2002:map", _mapping)
_Strict.add_constructor("tag:yaml.org,2002:float", _decimals)


def as_sent(value: Any) -> Any:
    """A value as JSON has it: days as text."""
    if isinstance(value, dict):
        return {name: as_sent(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [as_sent(inner) for inner in value]
    return value.isoformat() if isinstance(value, dt.date) else value


def only_these_words(scenario: Json, required: set[str], optional: set[str]) -> None:
    """Refuse a scenario that lacks a word, or has one that nobody reads."""
    missing, unknown = required - set(scenario), set(scenario) - required - optional
    if missing or unknown:
        raise ValueError(f"{scenario.get('name')}: missing {sorted(missing)}, unknown {sorted(unknown)}")


def read_scenarios(text: str, checked: Callable[[Json], Json]) -> list[Json]:
    """Every scenario of a file, each as `checked` returns it; ValueError if one is not right."""
    scenarios = yaml.load(text, _Strict)  # noqa: S506 - a safe loader
    if not isinstance(scenarios, list):
        raise ValueError("a file is a list of scenarios")
    return [checked(scenario) for scenario in scenarios]
