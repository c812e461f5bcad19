"""A grid tries every case and reports all that fail, each by what it is."""

import pytest

from tests.support.grid import grid


def test_every_case_is_tried_and_all_that_fail_are_reported() -> None:
    tried: list[int] = []

    @grid("number", [1, 2, 3, 4])
    def only_even(number: int) -> None:
        tried.append(number)
        assert number % 2 == 0, f"{number} is odd"

    with pytest.raises(AssertionError) as failure:
        only_even()
    assert tried == [1, 2, 3, 4]
    report = str(failure.value)
    assert report.startswith("2 of 4 cases fail:\n[number=1] test_grid.py:")
    assert "[number=3] test_grid.py:" in report
    assert "1 is odd" in report
    assert "3 is odd" in report


def test_two_grids_are_their_product_and_the_fixtures_stay() -> None:
    seen: list[tuple[str, int, str]] = []

    @grid("language", ["en", "zh"], ids=["English", "Chinese"])
    @grid(("number", "text"), [(1, "a"), (2, "b")])
    def collect(tmp: str, language: str, number: int, text: str) -> None:
        assert tmp == "fixture"
        seen.append((language, number, text))
        if (language, number) == ("zh", 2):
            pytest.fail("this one")

    with pytest.raises(AssertionError, match=r"1 of 4 cases fail:\n\[Chinese, number=2, text='b'\] .*this one"):
        collect(tmp="fixture")
    assert seen == [("en", 1, "a"), ("en", 2, "b"), ("zh", 1, "a"), ("zh", 2, "b")]


def test_a_grid_without_a_case_is_refused() -> None:
    with pytest.raises(AssertionError, match="has no case"):
        grid("number", [])
