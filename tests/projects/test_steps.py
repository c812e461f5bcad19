"""The table of steps, whole; what each step asks for; what sends a project back, and that it then begins again."""

from copy import deepcopy
from typing import Any

import pytest

from app.rules.projects.procedure import PUBLISHED
from tests.support.county import DAY_OF, PATH, PLACES, STATUSES, County, Json, taking, unmet
from tests.support.grid import grid
from tests.support.scale import LONG, scaled

TABLE = """
post_village_notice  draft returned          village_notice   village
submit_to_township   village_notice          township_review  village
approve_in_township  township_review         township_notice  township
submit_to_county     township_notice         county_review    township
approve_in_county    county_review           county_notice    county
enter_library        county_notice           in_library       county
start                in_library              under_way        township
complete             under_way               completed        township
return               village_notice          returned         village
return               township_review         returned         township
return               township_notice         returned         township
return               county_review           returned         county
return               county_notice           returned         county
withdraw             draft                   withdrawn        village
withdraw             returned                withdrawn        village
withdraw             village_notice          withdrawn        village
withdraw             township_review         withdrawn        village
withdraw             township_notice         withdrawn        village
withdraw             county_review           withdrawn        village
withdraw             county_notice           withdrawn        village
remove               in_library under_way    removed          county
"""
"""The contract's: action, from where, to where, whose. `return` is of the level whose review or notice it is."""

STEPS = {
    (action, start): (to, level)
    for action, *starts, to, level in map(str.split, TABLE.strip().splitlines())
    for start in starts
}
ACTIONS = sorted({action for action, _ in STEPS})
LEVELS = {action: {level for (its, _), (_, level) in STEPS.items() if its == action} for action in ACTIONS}
LATER = "2018-04-01"
"""A day on which every notice of the usual path is over."""

CHECKS = ["truth", "need", "content", "budget", "benefit", "participation", "mechanism"]
CLAUSES = {
    "二.6.(1)": "policy",
    "二.6.(2)": "policy",
    "二.6.(2)村申报": "policy",
    "二.6.(2)乡审核": "policy",
    "二.6.(2)县审定": "policy",
    "二.6.(2)公示公告": "policy",
    "二.6.(2)、R19": "assumption",
    "（文件未载）": "assumption",
}
"""What may require a condition, and the basis: the clauses of the document, or this service's own way."""


@pytest.fixture(name="county")
def _county(lasting_county: County) -> County:
    """The county that these tests share."""
    return lasting_county


Asked = tuple[str, str, str]
"""A status, an action, who takes it."""


def expected(status: str, action: str, who: str) -> int:
    """Say by the table how a step is answered."""
    step = STEPS.get((action, status))
    if who not in {"village", "township", "county"}:
        # What is not published is not there for other places.
        return 403 if status in PUBLISHED else 404
    if action == "return":
        # Where nobody reviews it is nobody's step, and nobody's level is the wrong one.
        return 409 if step is None else 200 if step[1] == who else 403
    if {who} != LEVELS[action]:
        return 403
    return 409 if step is None else 200


def asked_from(status: str) -> list[tuple[str, str]]:
    """List the steps that are tried from a status, and by whom; in the small form by one of the other places a step."""
    here, others = list(PLACES)[:3], list(PLACES)[3:]
    turn = STATUSES.index(status)
    return [
        (action, who)
        for at, action in enumerate(ACTIONS)
        for who in (*here, *(others if LONG else [others[(turn + at) % len(others)]]))
    ]


@pytest.mark.slow
@pytest.mark.lengthy
def test_every_step_from_every_status_by_everyone_is_answered_as_the_table_says(county: County) -> None:
    found: dict[Asked, int] = {}
    for status in STATUSES:
        number = county.walk_to(status)
        before = county.rows()
        granted = []
        for action, who in asked_from(status):
            if expected(status, action, who) == 200:
                granted.append((action, who))
                continue
            answer = county.act(who, number, taking(action, LATER), LATER)
            found[status, action, who] = answer.status_code
            if answer.status_code == 409:
                assert unmet(answer) == ["not_from_here"], (status, action, who)
        assert county.rows() == before, status
        for action, who in granted:
            seen = county.show(number, LATER)
            assert seen["status"] == status
            answer = county.act(who, number, taking(action, LATER), LATER)
            found[status, action, who] = answer.status_code
            if answer.status_code == 200:
                to, _ = STEPS[action, status]
                after = county.show(number, LATER)
                assert after == answer.json()
                assert (after["status"], after["version"]) == (to, seen["version"] + 1)
                assert answer.headers["ETag"] == f'"{number}-{after["version"]}"'
                number = county.walk_to(status)
    asked = [(status, *each) for status in STATUSES for each in asked_from(status)]
    assert len(asked) == 12 * 11 * scaled(4, 6)
    assert found == {each: expected(*each) for each in asked}


def test_whose_step_it_is_is_asked_before_anything_else(county: County) -> None:
    number = county.walk_to("draft", performance_goals=[])
    for who in ("township", "county", "other_village", "other_township", "other_county"):
        for step in (
            {"action": "post_village_notice"},
            {"action": "submit_to_township"},
            {"action": "withdraw"},
        ):
            refused = county.act(who, number, step, "2018-02-09", If_Match='"9-9"').status_code
            assert refused == (404 if who.startswith("other") else 403), (who, step)


def test_a_step_that_is_none_is_refused(county: County) -> None:
    number = county.walk_to("draft")
    before = county.rows()
    for action in ("approve", "POST_VILLAGE_NOTICE", "", None, 1, ["start"]):
        answer = county.act("village", number, {"action": action}, "2018-02-09")
        assert answer.status_code == 422, action
        assert [error["pointer"] for error in answer.json()["errors"]] == ["/action"]
    wrong: list[Any] = [{}, [], "start", None, {"action": "start", "force": True}, {"action": "start", "note": 1}]
    for body in wrong:
        assert county.act("village", number, body, "2018-02-09").status_code == 422, body
    assert county.rows() == before


# ---- evidence


def without(whole: Json, *path: str) -> Json:
    """Take a member out of an object within objects."""
    copy = deepcopy(whole)
    place = copy
    for name in path[:-1]:
        place = place[name]
    del place[path[-1]]
    return copy


def putting(whole: Json, value: Any, *path: str) -> Json:
    """Put a member into an object within objects."""
    copy = deepcopy(whole)
    place = copy
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return copy


def lacking(action: str, day: str, tomorrow: str) -> list[tuple[Json | None, list[str]]]:
    """List evidence that does not do for a step, and the conditions that it leaves unmet."""
    whole = taking(action, day)["evidence"]
    parts = {
        "post_village_notice": {"meeting": ("no_meeting", ["kind", "date", "attendance"])},
        "approve_in_township": {"checks": ("checks_not_passed", CHECKS)},
        "approve_in_county": {
            "opinion": ("no_opinion", ["department", "text"]),
            "decision": ("no_decision", ["group", "date"]),
        },
    }[action]
    everything = [code for code, _ in parts.values()]
    found: list[tuple[Json | None, list[str]]] = [(None, everything), ({}, everything)]
    for part, (code, members) in parts.items():
        found += [
            (without(whole, part), [code]),
            (putting(whole, None, part), [code]),
            (putting(whole, {}, part), [code]),
        ]
        for member in members:
            found += [(without(whole, part, member), [code]), (putting(whole, None, part, member), [code])]
            if part == "checks":
                found.append((putting(whole, False, part, member), [code]))
            if member == "date":
                found.append((putting(whole, tomorrow, part, member), [code]))
    if action == "post_village_notice":
        found.append((putting(whole, 0, "meeting", "attendance"), ["no_meeting"]))
    if action == "approve_in_township":
        found.append(({"checks": dict.fromkeys(CHECKS, False)}, everything))
    return found


@pytest.mark.lengthy
@grid(
    ("action", "status", "tomorrow"),
    [
        ("post_village_notice", "draft", "2018-02-10"),
        ("approve_in_township", "township_review", "2018-02-21"),
        ("approve_in_county", "county_review", "2018-03-04"),
    ],
)
def test_a_step_is_refused_for_each_piece_of_evidence_that_is_missing_failing_or_still_to_come(
    county: County, action: str, status: str, tomorrow: str
) -> None:
    day = DAY_OF[status]
    number = county.walk_to(status)
    level = county.show(number, day)["status"].partition("_")[0]
    who = {"draft": "village"}.get(level, level)
    before = county.rows()
    for evidence, codes in lacking(action, day, tomorrow):
        answer = county.act(who, number, taking(action, day, evidence=evidence), day)
        assert unmet(answer) == codes, evidence
        assert all(CLAUSES[each["clause"]] == each["basis"] and each["message"] for each in answer.json()["unmet"])
    for language in ("zh", "en"):
        answer = county.act(who, number, {"action": action}, day, Accept_Language=language)
        assert unmet(answer) == lacking(action, day, tomorrow)[0][1]
        assert all(each["message"].isascii() is (language == "en") for each in answer.json()["unmet"])
    assert county.rows() == before
    assert county.act(who, number, taking(action, day), day).status_code == 200


@grid("kind", ["village_committee", "villagers_representatives", "villagers_assembly"])
def test_each_kind_of_meeting_on_any_day_up_to_today_decides(county: County, kind: str) -> None:
    for day, attendance in (("2018-02-09", 1), ("2017-12-31", 800)):
        number = county.walk_to("draft")
        meeting = {"kind": kind, "date": day, "attendance": attendance}
        step = {"action": "post_village_notice", "evidence": {"meeting": meeting}}
        assert county.act("village", number, step, "2018-02-09").status_code == 200
        told = county.on("2018-02-09").get(f"/v1/projects/{number}/events").json()["items"]
        assert told[-1]["record"]["evidence"] == {"meeting": meeting}


def test_evidence_that_is_no_evidence_is_a_bad_request(county: County) -> None:
    meeting = taking("post_village_notice", "2018-02-09")["evidence"]["meeting"]
    checks = dict.fromkeys(CHECKS, True)
    opinion = {"department": "水利局", "text": "可行。"}
    wrong: dict[str, list[Any]] = {
        "/evidence": [[], "a meeting", 1],
        "/evidence/meeting": [{"meeting": []}, {"meeting": "yes"}],
        "/evidence/meeting/kind": [{"meeting": {**meeting, "kind": each}} for each in ("party", "", 1)],
        "/evidence/meeting/date": [
            {"meeting": {**meeting, "date": each}}
            for each in ("2018-02-30", "2018-2-8", "2018/02/08", "2018-02-08T00:00:00", 20180208, "", "二月八日")
        ],
        "/evidence/meeting/attendance": [
            {"meeting": {**meeting, "attendance": each}} for each in (-1, "46", 46.5, True, 10**12)
        ],
        "/evidence/meeting/chair": [{"meeting": {**meeting, "chair": "村支书"}}],
        "/evidence/checks/truth": [
            {"checks": {**checks, "truth": "true"}},
            {"checks": {**checks, "truth": 1}},
            {"checks": {**checks, "truth": []}},
        ],
        "/evidence/checks/honesty": [{"checks": {**checks, "honesty": True}}],
        "/evidence/opinion/text": [{"opinion": {**opinion, "text": each}} for each in ("", "  ", 1, "\0")],
        "/evidence/vote": [{"vote": 46}],
    }
    number = county.walk_to("draft")
    before = county.rows()
    for pointer, several in wrong.items():
        for evidence in several:
            step = {"action": "post_village_notice", "evidence": evidence}
            answer = county.act("village", number, step, "2018-02-09")
            assert answer.status_code == 422, evidence
            assert [error["pointer"] for error in answer.json()["errors"]] == [pointer], evidence
    assert county.rows() == before


# ---- every unmet condition at once


def test_all_that_keeps_a_project_out_of_the_library_is_told_at_once_in_both_languages(county: County) -> None:
    number = county.walk_to("county_notice")
    headers = county.headers("county", If_Match="*")
    answer = county.on("2018-03-04").patch(f"/v1/projects/{number}", json={"performance_goals": []}, headers=headers)
    notice = answer.json()["notice"]["id"]
    for content in ("选址不妥。", "预算偏高。"):
        made = county.on("2018-03-05").post(f"/v1/notices/{notice}/objections", json={"content": content})
        assert made.status_code == 201
    before = county.rows()
    told: dict[str, Json] = {}
    for language in ("zh", "en"):
        answer = county.act("county", number, {"action": "enter_library"}, "2018-03-14", Accept_Language=language)
        assert answer.headers["Content-Language"] == language
        assert answer.headers["Content-Type"] == "application/problem+json"
        told[language] = answer.json()
        assert told[language]["type"] == "/problems/conditions-unmet"
        assert (told[language]["status"], answer.status_code) == (409, 409)
        assert told[language]["instance"] == f"/v1/projects/{number}/actions"
    assert county.rows() == before
    chinese, english = ({each["code"]: each for each in told[language]["unmet"]} for language in ("zh", "en"))
    assert {code: each["clause"] for code, each in english.items()} == {
        "period_not_over": "二.6.(2)公示公告",
        "objections_undecided": "二.6.(2)、R19",
        "no_performance_goals": "二.6.(1)",
    }
    assert {code: each["clause"] for code, each in chinese.items()} == {
        code: each["clause"] for code, each in english.items()
    }
    assert english["period_not_over"]["message"] == (
        "The notice is on display through 2018-03-14; this step is possible from the day after."
    )
    assert chinese["period_not_over"]["message"] == "公示至2018-03-14（含当日），次日起方可办理这一步。"
    assert "2" in english["objections_undecided"]["message"]
    assert "2件" in chinese["objections_undecided"]["message"]
    assert all(each["message"].isascii() for each in english.values())
    assert not any(each["message"].isascii() for each in chinese.values())


def test_what_the_text_does_not_ask_for_is_refused_as_this_services_own_way(county: County) -> None:
    number = county.declare("2018-02-09")
    county.take(number, "post_village_notice", "2018-02-09")
    notice = county.show(number, "2018-02-09")["notice"]["id"]
    county.on("2018-02-10").post(f"/v1/notices/{notice}/objections", json={"content": "选址不妥。"})
    submit = {"action": "submit_to_township"}
    for language, reading in (("zh", "本服务采用的口径（R19）"), ("en", "this service's reading (R19)")):
        told = county.act("village", number, submit, "2018-02-19", Accept_Language=language).json()["unmet"]
        # The ten days stand in the county's paragraph, and no clause says who decides an objection.
        assert {each["code"]: (each["clause"], each["basis"]) for each in told} == {
            "period_not_over": ("二.6.(2)、R19", "assumption"),
            "objections_undecided": ("二.6.(2)、R19", "assumption"),
        }
        assert all(reading in each["message"] for each in told)
    (reason,) = county.act("village", number, {"action": "withdraw"}, "2018-02-19").json()["unmet"]
    assert (reason["code"], reason["clause"], reason["basis"]) == ("no_reason", "（文件未载）", "assumption")


def test_all_that_a_county_decision_lacks_is_told_at_once(county: County) -> None:
    number = county.walk_to("county_review", performance_goals=[])
    answer = county.act("county", number, {"action": "approve_in_county"}, "2018-03-03")
    assert {each["code"]: each["clause"] for each in answer.json()["unmet"]} == {
        "no_opinion": "二.6.(2)县审定",
        "no_decision": "二.6.(2)县审定",
        "no_performance_goals": "二.6.(1)",
    }


def test_a_step_from_the_wrong_status_says_where_the_project_is_and_where_the_step_starts(county: County) -> None:
    number = county.walk_to("township_review")
    answer = county.act("village", number, {"action": "post_village_notice"}, "2018-02-20")
    (reason,) = answer.json()["unmet"]
    assert reason["code"] == "not_from_here"
    assert "under review in the township" in reason["message"]
    assert "draft" in reason["message"]
    assert "sent back" in reason["message"]


def test_failed_checks_are_named(county: County) -> None:
    number = county.walk_to("township_review")
    checks = {**dict.fromkeys(CHECKS, True), "budget": False, "mechanism": None}
    step = {"action": "approve_in_township", "evidence": {"checks": checks}}
    (reason,) = county.act("township", number, step, "2018-02-20").json()["unmet"]
    assert "budget" in reason["message"]
    assert "mechanism" in reason["message"]
    assert "truth" not in reason["message"]


# ---- sent back, taken back, taken out


@pytest.mark.lengthy
@grid(
    ("action", "status", "who"),
    [
        ("return", "village_notice", "village"),
        ("return", "township_review", "township"),
        ("return", "county_notice", "county"),
        ("withdraw", "draft", "village"),
        ("withdraw", "county_review", "village"),
        ("remove", "in_library", "county"),
        ("remove", "under_way", "county"),
    ],
)
def test_who_sends_back_takes_back_or_takes_out_says_why(county: County, action: str, status: str, who: str) -> None:
    number = county.walk_to(status)
    day = DAY_OF[status]
    before = county.rows()
    for missing in ({}, {"note": None}):
        answer = county.act(who, number, {"action": action, **missing}, day)
        assert unmet(answer) == ["no_reason"]
        assert answer.json()["unmet"][0]["clause"] in CLAUSES
    for blank in ("", "   ", "\n\t\n", "　"):
        assert county.act(who, number, {"action": action, "note": blank}, day).status_code in {409, 422}, repr(blank)
    assert county.rows() == before
    assert county.act(who, number, {"action": action, "note": "水源\n不足"}, day).status_code == 200
    told = county.on(day).get(f"/v1/projects/{number}/events", headers=county.headers("county")).json()["items"]
    assert (told[-1]["action"], told[-1]["note"], told[-1]["from"]) == (action, "水源\n不足", status)


def test_a_note_on_any_other_step_is_kept_too(county: County) -> None:
    number = county.walk_to("in_library")
    assert county.act("township", number, {"action": "start", "note": "五月一日开工"}, "2018-05-01").status_code == 200
    told = county.on("2018-05-01").get(f"/v1/projects/{number}/events").json()["items"]
    assert told[-1]["note"] == "五月一日开工"


@pytest.mark.lengthy
@grid("status", ["village_notice", "township_review", "township_notice", "county_review", "county_notice"])
def test_a_project_that_was_sent_back_begins_again_with_a_new_village_notice(county: County, status: str) -> None:
    number = county.walk_to(status)
    county.take(number, "return", DAY_OF[status])
    old = {each["id"] for each in county.notices_of(number, DAY_OF[status])}

    county.take(number, "post_village_notice", "2018-03-10")
    (new,) = [each for each in county.notices_of(number, "2018-03-10") if each["id"] not in old]
    assert (new["level"], new["posted"], new["last_day"], new["status"]) == (
        "village",
        "2018-03-10",
        "2018-03-20",
        "open",
    )
    # No notice of the first time counts, though its days were over long ago.
    submit = {"action": "submit_to_township"}
    assert unmet(county.act("village", number, submit, "2018-03-20")) == ["period_not_over"]
    county.take(number, "submit_to_township", "2018-03-21")
    county.take(number, "approve_in_township", "2018-03-21")
    assert unmet(county.act("township", number, {"action": "submit_to_county"}, "2018-03-31")) == ["period_not_over"]
    county.take(number, "submit_to_county", "2018-04-01")
    county.take(number, "approve_in_county", "2018-04-01")
    assert unmet(county.act("county", number, {"action": "enter_library"}, "2018-04-11")) == ["period_not_over"]
    assert county.take(number, "enter_library", "2018-04-12")["status"] == "in_library"
    stood = [each for each in county.notices_of(number, "2018-05-01") if each["id"] not in old]
    assert [(each["level"], each["kind"], each["status"]) for each in stood] == [
        ("village", "publicity", "over"),
        ("township", "publicity", "over"),
        ("county", "publicity", "over"),
        ("county", "announcement", "over"),
    ]


@grid(("action", "by"), [("return", "returned"), ("withdraw", "withdrawn")])
@grid(("status", "last_day"), [(step.status, step.day) for step in PATH if "notice" in step.status])
def test_a_notice_does_not_stay_on_display_once_its_project_has_gone_back(
    county: County, action: str, by: str, status: str, last_day: str
) -> None:
    number = county.walk_to(status)
    county.take(number, action, last_day)
    *earlier, newest = county.notices_of(number, last_day)
    assert newest["status"] == "closed"
    assert newest["closed"]["by"] == by
    assert newest["days_left"] == 0
    assert [(each["status"], each["closed"]) for each in earlier] == [("over", None)] * len(earlier)


@grid("action", ["return", "withdraw"])
def test_a_notice_that_has_stood_its_days_was_not_closed_by_what_came_after(county: County, action: str) -> None:
    number = county.walk_to("village_notice")
    county.take(number, action, "2018-02-20")
    (notice,) = county.notices_of(number, "2018-02-20")
    assert (notice["status"], notice["closed"]) == ("over", None)


@grid("status", ["in_library", "under_way"])
def test_a_removal_takes_effect_at_once_and_is_made_public_with_its_reason(county: County, status: str) -> None:
    number = county.walk_to(status)
    removed = county.take(number, "remove", "2018-03-15", note="水源不足，不再实施。")
    assert removed["status"] == "removed"
    *_, announcement, removal = county.notices_of(number, "2018-03-15")
    assert (removal["kind"], removal["level"], removal["status"]) == ("removal", "county", "open")
    assert (removal["posted"], removal["last_day"]) == ("2018-03-15", "2018-03-25")
    assert removal["text"]["reason"] == "水源不足，不再实施。"
    assert (announcement["kind"], announcement["status"]) == ("announcement", "open"), "it runs its days"
    assert county.on("2018-03-15").get(f"/v1/projects/{number}").json()["status"] == "removed"


# ---- objections


def objected(county: County, notice: int, day: str) -> int:
    """Object to a notice and return the objection's number."""
    made = county.on(day).post(f"/v1/notices/{notice}/objections", json={"content": "管线绕过了村东头。"})
    assert made.status_code == 201
    number: int = made.json()["id"]
    return number


def decide(county: County, who: str, objection: int, outcome: str, day: str) -> Json:
    """Decide an objection."""
    decision = {"outcome": outcome, "answer": "已到现场核实。"}
    answer = county.on(day).post(f"/v1/objections/{objection}/decision", json=decision, headers=county.headers(who))
    assert answer.status_code == 200, answer.text
    decided: Json = answer.json()
    return decided


LEAVING = [
    ("village", "submit_to_township", "village_notice", "2018-02-19", "2018-02-20"),
    ("township", "submit_to_county", "township_notice", "2018-03-02", "2018-03-03"),
    ("county", "enter_library", "county_notice", "2018-03-13", "2018-03-14"),
]
"""At each level: the step that follows its notice, the notice's status, its last day and the day after."""


@grid(("level", "action", "status", "last_day", "next_day"), LEAVING)
def test_an_objection_made_in_time_holds_a_project_until_it_is_dismissed(
    county: County, level: str, action: str, status: str, last_day: str, next_day: str
) -> None:
    number = county.walk_to(status)
    objection = objected(county, county.show(number, last_day)["notice"]["id"], last_day)
    for day in (next_day, "2019-01-01"):
        assert unmet(county.act(level, number, {"action": action}, day)) == ["objections_undecided"]
    decided = decide(county, level, objection, "dismissed", next_day)
    assert (decided["late"], decided["outcome"]) == (False, "dismissed")
    assert county.act(level, number, {"action": action}, next_day).status_code == 200


@pytest.mark.lengthy
@grid(("level", "action", "status", "last_day", "next_day"), LEAVING)
def test_upholding_an_objection_made_in_time_sends_the_project_back_at_once(
    county: County, level: str, action: str, status: str, last_day: str, next_day: str
) -> None:
    for day, closed in ((last_day, "closed"), (next_day, "over")):
        number = county.walk_to(status)
        notice = county.show(number, last_day)["notice"]["id"]
        objection = objected(county, notice, last_day)
        decide(county, level, objection, "upheld", day)
        after = county.show(number, day)
        assert (after["status"], after["notice"]["status"]) == ("returned", closed)
        assert county.on(day).get(f"/v1/projects/{number}").status_code == 404
        assert unmet(county.act(level, number, {"action": action}, "2019-01-01")) == ["not_from_here"]
        assert county.take(number, "post_village_notice", "2018-04-01")["notice"]["last_day"] == "2018-04-11"
        told = county.on(day).get(f"/v1/projects/{number}/events", headers=county.headers(level)).json()["items"]
        returning = next(each for each in told if each["to"] == "returned")
        assert (returning["action"], returning["from"], returning["level"]) == ("decide", status, level)
        assert returning["note"] == "已到现场核实。"


@grid(("level", "action", "status", "last_day", "next_day"), LEAVING)
def test_an_objection_that_comes_too_late_is_kept_and_answered_and_changes_nothing(
    county: County, level: str, action: str, status: str, last_day: str, next_day: str
) -> None:
    number = county.walk_to(status)
    notice = county.show(number, last_day)["notice"]["id"]
    late = [objected(county, notice, next_day) for _ in range(2)]
    before = county.show(number, next_day)
    assert decide(county, level, late[0], "upheld", next_day)["late"] is True
    assert county.show(number, next_day) == before
    # The other is still undecided, and holds up nothing.
    assert county.act(level, number, {"action": action}, next_day).status_code == 200
    counted = county.on(next_day).get(f"/v1/notices/{notice}").json()["objections"]
    assert counted == {"in_time": 0, "late": 2, "undecided": 1, "upheld": 1, "dismissed": 0}


def test_an_objection_is_decided_once(county: County) -> None:
    number = county.walk_to("village_notice")
    objection = objected(county, county.show(number, "2018-02-10")["notice"]["id"], "2018-02-10")
    decide(county, "village", objection, "dismissed", "2018-02-10")
    before = county.rows()
    for outcome in ("dismissed", "upheld"):
        again = county.on("2018-02-11").post(
            f"/v1/objections/{objection}/decision",
            json={"outcome": outcome, "answer": "已到现场核实。"},
            headers=county.headers("village"),
        )
        assert unmet(again) == ["decided_already"]
    assert county.rows() == before


@grid("status", ["in_library", "removed"])
def test_what_was_announced_or_removed_stands_whatever_is_objected_to_it(county: County, status: str) -> None:
    number = county.walk_to(status)
    notice = county.show(number, "2018-03-14")["notice"]
    objection = objected(county, notice["id"], "2018-03-15")
    if status == "in_library":
        county.take(number, "start", "2018-03-15")
    before = county.show(number, "2018-03-15")
    decide(county, "county", objection, "upheld", "2018-03-15")
    assert county.show(number, "2018-03-15") == before
