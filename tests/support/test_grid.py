"""A test that goes through a grid runs every case and reports every one that fails."""

import pytest

from tests.support.grid import for_each


def test_every_case_runs_and_every_failing_one_is_reported() -> None:
    tried = []

    @for_each(("number", "word"), [(1, "one"), pytest.param(2, "zwei", id="German"), (3, "drei")])
    def check(number: int, word: str) -> None:
        tried.append(number)
        assert word == {1: "one", 2: "two", 3: "three"}[number]

    with pytest.raises(AssertionError) as raised:
        check()
    assert tried == [1, 2, 3]
    lines = str(raised.value).splitlines()
    assert lines[0] == "2 of 3 cases fail:"
    assert [line.partition(": AssertionError: ")[0] for line in lines if "AssertionError" in line] == [
        "German",
        "3, 'drei'",
    ]
    assert isinstance(raised.value.__cause__, AssertionError)


def test_two_grids_are_crossed_and_fixtures_are_passed_on(request: pytest.FixtureRequest) -> None:
    tried = []

    @for_each("letter", "ab")
    @for_each("number", [1, 2])
    def check(request: pytest.FixtureRequest, letter: str, number: int) -> None:
        tried.append((request.node.name, letter, number))

    check(request=request)
    name = request.node.name
    assert tried == [(name, "a", 1), (name, "a", 2), (name, "b", 1), (name, "b", 2)]


def test_an_error_of_another_kind_is_a_failure_of_its_case_too() -> None:
    @for_each("number", [0, 1])
    def check(number: int) -> None:
        assert 1 // number == 1

    with pytest.raises(AssertionError, match="1 of 2 cases fail:\n0: ZeroDivisionError"):
        check()


def test_a_grid_without_a_case_is_refused() -> None:
    with pytest.raises(AssertionError, match="check has no case"):

        @for_each("number", [])
        def check(number: int) -> None:
            raise AssertionError(number)
