"""Changes of a project: what a patch does to it, whose they are, what they post, and which version they need."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from app.rules.projects.procedure import PUBLISHED
from tests.support.county import DAY_OF, PLACES, STATUSES, County, Json, project, unmet
from tests.support.grid import grid

CHANGED_BY = {
    "draft": "village",
    "returned": "village",
    "village_notice": "village",
    "township_notice": "township",
    "county_notice": "county",
    "in_library": "county",
    "under_way": "county",
}
"""Whose officer changes a project in a status; a project that is under way is still one of the library's."""

NOTICES = {
    "village_notice": ("village", "submit_to_township"),
    "township_notice": ("township", "submit_to_county"),
    "county_notice": ("county", "enter_library"),
}
"""A status in which a notice is displayed: its level, and the step that follows."""

LATER = "2018-03-20"


@pytest.fixture(name="county")
def _county(lasting_county: County) -> County:
    """The county that these tests share."""
    return lasting_county


def patch(
    county: County, number: int, change: Any, *, who: str = "village", day: str = LATER, if_match: str | None = "*"
) -> httpx.Response:
    """Try a change."""
    headers = county.headers(who) if if_match is None else county.headers(who, If_Match=if_match)
    answer: httpx.Response = county.on(day).patch(f"/v1/projects/{number}", json=change, headers=headers)
    return answer


def content_of(answer: Json) -> Json:
    """Take what a project says out of an answer."""
    return {name: answer[name] for name in project()}


def events_of(county: County, number: int) -> list[Json]:
    told = county.on(LATER).get(f"/v1/projects/{number}/events", headers=county.headers("county"))
    found: list[Json] = told.json()["items"]
    return found


# ---- a merge patch

SOURCES = [{"fund": "中央财政专项扶贫资金", "amount": "400000.00"}, {"fund": "县级配套资金", "amount": "100000.00"}]

MERGED: list[tuple[Json, Json]] = [
    ({"name": "人饮工程"}, {"name": "人饮工程"}),
    ({"tasks": "第一行\n第二行"}, {"tasks": "第一行\n第二行"}),
    ({"construction": "renovation"}, {"construction": "renovation"}),
    ({"tasks": None}, {"tasks": None}),
    ({"place_name": None, "participation": None}, {"place_name": None, "participation": None}),
    ({"schedule": None}, {"schedule": None}),
    ({"beneficiaries": None}, {"beneficiaries": None}),
    # A member of an object within: the others stay.
    ({"schedule": {"end": "2018-11-30"}}, {"schedule": {"start": "2018-05-01", "end": "2018-11-30"}}),
    (
        {"beneficiaries": {"persons": 400}},
        {"beneficiaries": {"households": 120, "persons": 400, "registered_households": 45, "registered_persons": 102}},
    ),
    # An array is replaced whole.
    ({"performance_goals": ["水质达标"]}, {"performance_goals": ["水质达标"]}),
    ({"performance_goals": []}, {"performance_goals": []}),
    ({"performance_goals": None}, {"performance_goals": []}),
    (
        {"budget": {"sources": [{"fund": "社会帮扶资金", "amount": "500000"}]}},
        {"budget": {"total": "500000.00", "sources": [{"fund": "社会帮扶资金", "amount": "500000.00"}]}},
    ),
    ({"budget": {"sources": SOURCES[::-1]}}, {"budget": {"total": "500000.00", "sources": SOURCES[::-1]}}),
    (
        {"budget": {"total": 400000, "sources": SOURCES[:1]}},
        {"budget": {"total": "400000.00", "sources": SOURCES[:1]}},
    ),
    ({"place": PLACES["village"], "name": "人饮工程"}, {"name": "人饮工程"}),
]
"""A patch of the usual project, and what it changes of it."""


def test_a_patch_is_merged_as_rfc_7396_says(county: County) -> None:
    for change, becomes in MERGED:
        number = county.walk_to("draft")
        answer = patch(county, number, change)
        assert answer.status_code == 200, change
        assert content_of(answer.json()) == {**project(), **becomes}, change
        assert answer.json() == county.show(number, LATER)
        assert answer.json()["version"] == 2
        assert answer.headers["ETag"] == f'"{number}-2"'


def test_what_was_not_said_can_be_said_later(county: County) -> None:
    unsaid: Json = {"schedule": None, "beneficiaries": None, "tasks": None, "performance_goals": []}
    number = county.walk_to("draft", **unsaid)
    half = patch(county, number, {"schedule": {"end": "2018-10-31"}})
    assert [error["pointer"] for error in half.json()["errors"]] == ["/schedule/start"]
    said = {name: project()[name] for name in unsaid}
    assert content_of(patch(county, number, said).json()) == project()


def test_patches_add_up(county: County) -> None:
    number = county.walk_to("draft")
    for change in (
        {"schedule": None},
        {"schedule": {"start": "2018-06-01", "end": "2018-06-02"}},
        {"schedule": {"end": "2018-07-01"}},
    ):
        assert patch(county, number, change).status_code == 200
    assert county.show(number, LATER)["schedule"] == {"start": "2018-06-01", "end": "2018-07-01"}


WRONG: list[tuple[Any, list[str]]] = [
    # What a project must say is not taken away.
    ({"name": None}, ["/name"]),
    ({"category": None}, ["/category"]),
    ({"construction": None}, ["/construction"]),
    ({"budget": None}, ["/budget"]),
    ({"place": None}, ["/place"]),
    ({"budget": {"total": None}}, ["/budget/total"]),
    ({"budget": {"sources": None}}, ["/budget/sources"]),
    ({"schedule": {"end": None}}, ["/schedule/end"]),
    ({"beneficiaries": {"persons": None}}, ["/beneficiaries/persons"]),
    # What does not fit together after the merge.
    ({"budget": {"total": "500000.01"}}, ["/budget/sources"]),
    ({"budget": {"sources": SOURCES[:1]}}, ["/budget/sources"]),
    ({"budget": {"sources": []}}, ["/budget/sources"]),
    ({"budget": {"sources": [*SOURCES[:1], {**SOURCES[0], "amount": "100000.00"}]}}, ["/budget/sources"]),
    ({"schedule": {"end": "2018-04-30"}}, ["/schedule/end"]),
    ({"beneficiaries": {"households": 44}}, ["/beneficiaries/registered_households"]),
    # What is no value at all.
    ({"name": ""}, ["/name"]),
    ({"name": "  "}, ["/name"]),
    ({"name": ["人饮工程"]}, ["/name"]),
    ({"construction": "demolition"}, ["/construction"]),
    ({"schedule": "2018"}, ["/schedule"]),
    ({"schedule": {"start": "2018-02-30"}}, ["/schedule/start"]),
    ({"performance_goals": "水质达标"}, ["/performance_goals"]),
    ({"performance_goals": [None]}, ["/performance_goals/0"]),
    ({"performance_goals": {"0": "水质达标"}}, ["/performance_goals"]),
    ({"budget": {"total": "500000.001"}}, ["/budget/total"]),
    ({"budget": {"total": -1}}, ["/budget/total"]),
    ({"budget": {"sources": [{"fund": "县级配套资金"}]}}, ["/budget/sources/0/amount"]),
    # What no project has, or nobody writes.
    ({"colour": "red"}, ["/colour"]),
    ({"schedule": {"begin": "2018-05-01"}}, ["/schedule/begin"]),
    ({"budget": {"sources": [{**SOURCES[0], "note": ""}]}}, ["/budget/sources/0/note"]),
    ({"status": "in_library"}, ["/status"]),
    ({"version": 7}, ["/version"]),
    ({"id": 7}, ["/id"]),
    ({"name": "人饮工程", "funds": []}, ["/funds"]),
    # What is no object is no patch of one.
    ([], [""]),
    ([{"name": "人饮工程"}], [""]),
    ("name", [""]),
    (None, [""]),
    (7, [""]),
]
"""A patch of the usual project that is refused, and where."""


def test_a_patch_that_leaves_no_whole_project_is_refused_where_it_goes_wrong(county: County) -> None:
    number = county.walk_to("draft")
    before = county.rows()
    for change, pointers in WRONG:
        answer = patch(county, number, change)
        assert answer.status_code == 422, change
        assert answer.json()["type"] == "/problems/validation-error"
        assert [error["pointer"] for error in answer.json()["errors"]] == pointers, change
        assert all(error["message"] for error in answer.json()["errors"])
    assert county.rows() == before


def test_a_project_stays_where_it_is(county: County) -> None:
    for status, who in CHANGED_BY.items():
        number = county.walk_to(status)
        before = county.rows()
        for place in ("150923100202", "150924100201", "150923"):
            answer = patch(county, number, {"place": place, "tasks": "打井两眼。"}, who=who)
            assert answer.status_code == 422, (status, place)
            assert [error["pointer"] for error in answer.json()["errors"]] == ["/place"]
        assert county.rows() == before


def test_a_patch_that_changes_nothing_leaves_everything_as_it_is(county: County) -> None:
    same: list[Json] = [
        {},
        {"name": project()["name"]},
        {"schedule": {}},
        {"budget": {"total": 500000}},
        {"budget": {"total": "500000.0", "sources": [{**each, "amount": each["amount"][:-3]} for each in SOURCES]}},
        {"performance_goals": project()["performance_goals"]},
        project(),
    ]
    for status, who in CHANGED_BY.items():
        number = county.walk_to(status)
        shown = county.show(number, LATER)
        before = county.rows()
        for change in same:
            answer = patch(county, number, change, who=who)
            assert (answer.status_code, answer.json()) == (200, shown), (status, change)
            assert answer.headers["ETag"] == f'"{number}-{shown["version"]}"'
        assert county.rows() == before, status


def test_to_take_away_what_was_never_said_changes_nothing(county: County) -> None:
    number = county.walk_to("draft", tasks=None, schedule=None)
    before = county.rows()
    assert patch(county, number, {"tasks": None, "schedule": None}).status_code == 200
    assert county.rows() == before


def test_a_patch_may_be_declared_as_a_merge_patch_and_as_json_and_as_nothing_else(county: County) -> None:
    number = county.walk_to("draft")
    for at, (media_type, status) in enumerate(
        [
            ("application/merge-patch+json", 200),
            ("application/json", 200),
            ("application/json; charset=utf-8", 200),
            ("text/plain", 415),
            ("application/x-www-form-urlencoded", 415),
        ]
    ):
        headers = county.headers("village", If_Match="*", Content_Type=media_type)
        body = f'{{"tasks": "打井{at}眼。"}}'.encode()
        answer = county.on(LATER).patch(f"/v1/projects/{number}", content=body, headers=headers)
        assert answer.status_code == status, media_type


def test_a_change_is_put_on_record_with_what_was_and_what_is(county: County) -> None:
    number = county.walk_to("draft")
    patch(county, number, {"tasks": None, "schedule": {"end": "2018-11-30"}, "name": project()["name"]})
    event = events_of(county, number)[-1]
    assert (event["action"], event["actor"], event["level"], event["from"], event["to"], event["version"]) == (
        "revise",
        "officer",
        "village",
        "draft",
        "draft",
        2,
    )
    assert sorted(event["changes"], key=lambda each: each["field"]) == [
        {
            "field": "schedule",
            "from": {"start": "2018-05-01", "end": "2018-10-31"},
            "to": {"start": "2018-05-01", "end": "2018-11-30"},
        },
        {"field": "tasks", "from": project()["tasks"], "to": None},
    ]


# ---- whose it is


@pytest.mark.lengthy
def test_in_each_status_one_level_changes_a_project_or_none(county: County) -> None:
    found: dict[tuple[str, str, bool], int] = {}
    expected: dict[tuple[str, str, bool], int] = {}
    for status in STATUSES:
        number = county.walk_to(status)
        before = county.rows()
        owner = CHANGED_BY.get(status)
        for who in sorted(PLACES, key=lambda each: each == owner):
            if who == owner:
                assert county.rows() == before, status
            for change in ({"tasks": "打井两眼。"}, {}):
                answer = patch(county, number, change, who=who)
                found[status, who, bool(change)] = answer.status_code
                inside = who in {"village", "township", "county"}
                # Where nobody changes it, nobody's level is the wrong one.
                outside = 403 if status in PUBLISHED else 404
                expected[status, who, bool(change)] = (
                    outside if not inside else 409 if owner is None else 200 if who == owner else 403
                )
                if answer.status_code == 409:
                    assert unmet(answer) == ["not_changeable"]
        if owner is None:
            assert county.rows() == before, status
    assert found == expected


def test_whose_it_is_is_asked_before_what_it_says(county: County) -> None:
    number = county.walk_to("draft")
    for who in ("township", "county", "other_village", "other_township", "other_county"):
        for change in ({"name": None}, {"budget": {"total": 1}}, {"place": "150923100202"}):
            refused = patch(county, number, change, who=who, if_match='"9-9"').status_code
            assert refused == (404 if who.startswith("other") else 403), (who, change)


# ---- the version that was seen


def test_a_change_needs_the_version_that_was_seen(county: County) -> None:
    number = county.walk_to("draft")
    other = county.walk_to("draft")
    patch(county, number, {"tasks": "打井两眼。"})
    before = county.rows()
    change = {"tasks": "打井三眼。"}
    missing = patch(county, number, change, if_match=None)
    assert (missing.status_code, missing.json()["type"]) == (428, "/problems/precondition-required")
    stale = [
        f'"{number}-1"',
        f'"{number}-3"',
        f'"{other}-2"',
        f'W/"{number}-2"',
        f'w/"{number}-2"',
        f"{number}-2",
        f"'{number}-2'",
        f'"{number}-1", "{other}-2", W/"{number}-2"',
        f'" {number}-2"',
        '""',
        '"*"',
        "x",
        ",",
        "",
    ]
    for if_match in stale:
        for sent in (change, {}):
            answer = patch(county, number, sent, if_match=if_match)
            assert (answer.status_code, answer.json()["type"]) == (412, "/problems/precondition-failed"), if_match
            assert "ETag" not in answer.headers
    assert county.rows() == before


def test_the_present_version_is_accepted_alone_in_a_list_and_as_any(county: County) -> None:
    number = county.walk_to("draft")
    for version, if_match in enumerate(
        [
            '"{}"',
            '"0-1", "{}"',
            '"{}","0-1"',
            ' "0-1" ,  "{}" , W/"0-1"',
            "*",
        ],
        start=1,
    ):
        answer = patch(county, number, {"tasks": f"打井{version}眼。"}, if_match=if_match.format(f"{number}-{version}"))
        assert (answer.status_code, answer.headers["ETag"]) == (200, f'"{number}-{version + 1}"'), if_match


def test_a_tag_that_is_written_otherwise_is_another_tag(county: County) -> None:
    number = county.walk_to("draft")
    assert patch(county, number, {"tasks": "打井两眼。"}, if_match=f'"{number}-01"').status_code == 412


def test_the_tag_of_an_answer_is_the_tag_of_the_next_reading(county: County) -> None:
    number = county.walk_to("draft")
    told = patch(county, number, {"tasks": "打井两眼。"})
    read = county.on(LATER).get(f"/v1/projects/{number}", headers=county.headers("village"))
    assert read.headers["ETag"] == told.headers["ETag"]
    assert read.json() == told.json()


def test_a_step_and_an_allocation_go_by_the_version_that_was_seen_where_one_is_named(county: County) -> None:
    number = county.walk_to("in_library")
    seen = county.show(number, LATER)["version"]
    client = county.on(LATER)
    money = {"fund": "县级配套资金", "amount": "1.00", "document": "乌财农〔2018〕12号"}
    writes: list[tuple[str, str, Json]] = [
        ("allocations", "county", money),
        ("actions", "township", {"action": "start"}),
        ("progress", "township", {"text": "深井已打成。"}),
    ]
    for at, (what, who, body) in enumerate(writes):
        address = f"/v1/projects/{number}/{what}"
        before = county.rows()
        for stale in (f'"{number}-{seen + at - 1}"', f'W/"{number}-{seen + at}"', f'"{number + 1}-{seen + at}"'):
            answer = client.post(address, json=body, headers=county.headers(who, If_Match=stale))
            assert answer.status_code == 412, (what, stale)
        assert county.rows() == before
        now = f'"{number}-{seen + at}"'
        answer = client.post(address, json=body, headers=county.headers(who, If_Match=now))
        assert answer.status_code in {200, 201}, what
        assert answer.headers["ETag"] == f'"{number}-{seen + at + 1}"'


def test_every_act_on_a_project_makes_its_tag_another(county: County) -> None:
    number = county.declare()
    tags = [county.on(LATER).get(f"/v1/projects/{number}", headers=county.headers("county")).headers["ETag"]]
    acts: list[Callable[[], object]] = [
        lambda: county.take(number, "post_village_notice", "2018-02-09"),
        lambda: patch(county, number, {"tasks": "打井两眼。"}, day="2018-02-09"),
        lambda: county.take(number, "submit_to_township", "2018-02-20"),
        lambda: county.take(number, "return", "2018-02-20"),
        lambda: county.take(number, "withdraw", "2018-02-20"),
    ]
    for act in acts:
        act()
        tags.append(county.on(LATER).get(f"/v1/projects/{number}", headers=county.headers("county")).headers["ETag"])
    assert len(set(tags)) == len(acts) + 1


# ---- what a change posts


@grid("status", NOTICES)
def test_a_change_during_a_notice_supersedes_it_and_begins_its_days_again(county: County, status: str) -> None:
    level, action = NOTICES[status]
    number = county.walk_to(status)
    first = county.show(number, DAY_OF[status])["notice"]
    frozen = county.on("2018-03-08").get(f"/v1/notices/{first['id']}").json()
    changed = patch(county, number, {"tasks": "打井两眼。"}, who=level, day="2018-03-09").json()
    assert (changed["status"], changed["tasks"]) == (status, "打井两眼。")
    new = changed["notice"]
    assert new["id"] != first["id"]
    assert (new["kind"], new["level"], new["posted"], new["last_day"], new["status"]) == (
        "publicity",
        level,
        "2018-03-09",
        "2018-03-19",
        "open",
    )
    # The old one is kept as it was posted, and says what became of it.
    old = county.on("2018-03-09").get(f"/v1/notices/{first['id']}").json()
    assert (old["status"], old["closed"]["by"], old["days_left"]) == ("closed", "superseded", 0)
    for part in ("text", "figures", "posted", "last_day", "kind", "level", "project", "place"):
        assert old[part] == frozen[part], part
    assert old["text"]["tasks"] == project()["tasks"]
    assert county.on("2018-03-09").get(f"/v1/notices/{new['id']}").json()["text"]["tasks"] == "打井两眼。"
    # The days of the first count for nothing.
    for day in ("2018-03-09", "2018-03-14", "2018-03-19"):
        assert unmet(county.act(level, number, {"action": action}, day)) == ["period_not_over"]
    assert county.act(level, number, {"action": action}, "2018-03-20").status_code == 200
    event = next(each for each in events_of(county, number) if each["action"] == "revise")
    assert event["record"]["closed"] == {"notice": first["id"], "by": "superseded"}
    assert event["record"]["notice"]["id"] == new["id"]


@grid("status", NOTICES)
def test_each_change_supersedes_the_one_before(county: County, status: str) -> None:
    level, action = NOTICES[status]
    number = county.walk_to(status)
    earlier = len(county.notices_of(number, LATER)) - 1
    for at in (1, 2):
        assert patch(county, number, {"tasks": f"打井{at}眼。"}, who=level).status_code == 200
    told = county.notices_of(number, LATER)[earlier:]
    assert [each["status"] for each in told] == ["closed", "closed", "open"]
    assert [each["text"]["tasks"] for each in told] == [project()["tasks"], "打井1眼。", "打井2眼。"]
    assert unmet(county.act(level, number, {"action": action}, "2018-03-30")) == ["period_not_over"]
    assert county.act(level, number, {"action": action}, "2018-03-31").status_code == 200


@grid("status", NOTICES)
def test_a_change_after_the_days_but_before_the_step_begins_them_again_too(county: County, status: str) -> None:
    level, action = NOTICES[status]
    number = county.walk_to(status)
    changed = patch(county, number, {"tasks": "打井两眼。"}, who=level, day="2018-05-01")
    assert changed.json()["notice"]["last_day"] == "2018-05-11"
    assert unmet(county.act(level, number, {"action": action}, "2018-05-11")) == ["period_not_over"]
    assert county.act(level, number, {"action": action}, "2018-05-12").status_code == 200


@grid("status", NOTICES)
def test_nobody_gets_rid_of_an_objection_by_changing_the_project(county: County, status: str) -> None:
    level, action = NOTICES[status]
    number = county.walk_to(status)
    notice = county.show(number, DAY_OF[status])["notice"]["id"]
    client = county.on(DAY_OF[status])
    objection = client.post(f"/v1/notices/{notice}/objections", json={"content": "管线绕过了村东头。"}).json()["id"]
    patch(county, number, {"tasks": "打井两眼。"}, who=level, day=DAY_OF[status])
    assert unmet(county.act(level, number, {"action": action}, "2018-05-01")) == ["objections_undecided"]
    decision = {"outcome": "upheld", "answer": "属实。"}
    decided = county.on("2018-05-01").post(
        f"/v1/objections/{objection}/decision", json=decision, headers=county.headers(level)
    )
    assert decided.status_code == 200
    assert county.show(number, "2018-05-01")["status"] == "returned"


@grid("status", ["draft", "returned"])
def test_a_change_before_the_first_notice_posts_none(county: County, status: str) -> None:
    number = county.walk_to(status)
    before = county.notices_of(number, LATER)
    assert patch(county, number, {"tasks": "打井两眼。"}).json()["status"] == status
    assert county.notices_of(number, LATER) == before


@grid("status", ["in_library", "under_way"])
def test_a_change_in_the_library_is_announced_and_holds_up_nothing(county: County, status: str) -> None:
    number = county.walk_to(status)
    before = county.notices_of(number, LATER)
    changed = patch(county, number, {"tasks": "打井两眼。"}, who="county").json()
    assert changed["status"] == status
    *kept, announcement = county.notices_of(number, LATER)
    assert kept == before, "the announcement of its entry stays as it was"
    assert (announcement["kind"], announcement["level"], announcement["status"]) == ("announcement", "county", "open")
    assert (announcement["posted"], announcement["last_day"]) == ("2018-03-20", "2018-03-30")
    assert announcement["text"]["tasks"] == "打井两眼。"
    assert changed["notice"]["id"] == announcement["id"]
    action = {"in_library": "start", "under_way": "complete"}[status]
    assert county.act("township", number, {"action": action}, LATER).status_code == 200


# ---- what was allocated stays


@grid("status", ["in_library", "under_way"])
def test_a_budget_is_not_cut_below_what_was_allocated(county: County, status: str) -> None:
    number = county.walk_to(status)
    money = {"fund": "县级配套资金", "amount": "60000.00", "document": "乌财农〔2018〕12号"}
    allocated = county.on(LATER).post(
        f"/v1/projects/{number}/allocations", json=money, headers=county.headers("county")
    )
    assert allocated.status_code == 201
    before = county.rows()

    def budget(county_share: str, total: str) -> Json:
        return {"budget": {"total": total, "sources": [SOURCES[0], {"fund": "县级配套资金", "amount": county_share}]}}

    for change in (
        budget("59999.99", "459999.99"),
        {"budget": {"total": "400000.00", "sources": SOURCES[:1]}},
        {"budget": {"sources": [SOURCES[0], {"fund": "县配套", "amount": "100000.00"}]}},
    ):
        answer = patch(county, number, change, who="county")
        assert unmet(answer) == ["below_allocated"], change
        (reason,) = answer.json()["unmet"]
        assert "60" in reason["message"]
        assert "县级配套资金" in reason["message"]
    assert county.rows() == before

    cut = patch(county, number, budget("60000.00", "460000.00"), who="county").json()
    assert cut["budget"]["total"] == "460000.00"
    assert cut["funds"][1] == {"fund": "县级配套资金", "amount": "60000.00", "allocated": "60000.00", "left": "0.00"}
    more = client_allocates(county, number, "0.01")
    assert unmet(more) == ["above_budget"]
    raised = patch(county, number, budget("60000.01", "460000.01"), who="county").json()
    assert raised["funds"][1]["left"] == "0.01"
    assert client_allocates(county, number, "0.01").status_code == 201


def client_allocates(county: County, number: int, amount: str) -> httpx.Response:
    """Allocate from the county's share."""
    money = {"fund": "县级配套资金", "amount": amount, "document": "乌财农〔2018〕13号"}
    answer: httpx.Response = county.on(LATER).post(
        f"/v1/projects/{number}/allocations", json=money, headers=county.headers("county")
    )
    return answer


def test_all_that_a_change_would_take_away_is_told_at_once(county: County) -> None:
    number = county.walk_to("in_library")
    assert client_allocates(county, number, "1.00").status_code == 201
    answer = patch(
        county,
        number,
        {"performance_goals": [], "budget": {"total": "400000.00", "sources": SOURCES[:1]}},
        who="county",
    )
    assert {each["code"]: each["clause"] for each in answer.json()["unmet"]} == {
        "no_performance_goals": "二.6.(1)",
        "below_allocated": "（文件未载）",
    }
