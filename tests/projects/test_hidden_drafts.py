"""A draft of another place is not there: not for whoever reads it, and not for whoever writes to it."""

import pytest

from tests.support.county import DAY_OF, County, taking
from tests.support.grid import grid

HIDDEN = ("draft", "township_review")
NOT_THERE = 999_999


@pytest.fixture
def hidden(county: County) -> dict[str, int]:
    return {status: county.walk_to(status) for status in HIDDEN}


@grid("status", HIDDEN)
@grid("who", ["other_village", "other_township", "other_county"])
def test_no_write_tells_that_a_project_that_cannot_be_read_is_there(
    county: County, hidden: dict[str, int], status: str, who: str
) -> None:
    day = DAY_OF[status]
    writes = [
        ("POST", "actions", taking("withdraw", day)),
        ("PATCH", "", {"name": "别的名称"}),
        ("POST", "allocations", {"fund": "县级", "amount": "1.00", "document": "1号"}),
        ("POST", "progress", {"date": day, "text": "已开工"}),
    ]
    before = county.rows()
    for method, part, body in writes:
        answers = []
        for number in (hidden[status], NOT_THERE):
            address = f"/v1/projects/{number}{'/' if part else ''}{part}"
            answer = county.on(day).request(method, address, json=body, headers=county.headers(who, if_match="*"))
            told = answer.json()
            answers.append((answer.status_code, told["type"], told["title"], told["detail"]))
        assert answers[0] == answers[1], part
        assert answers[0][:2] == (404, "/problems/unknown-project")
    assert county.rows() == before
