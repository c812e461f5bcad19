"""Ten days, to the day: across the ends of months and years and a leap day, in calendar days and in working days."""

import datetime as dt
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import chinese_calendar
import pytest

from app.rules.strict_yaml import ParameterError
from tests.support.county import County, taking, unmet
from tests.support.grid import grid
from tests.support.scale import scaled

NEXT = {"village": "submit_to_township", "township": "submit_to_county", "county": "enter_library"}
"""The step that follows the notice of each level."""

TEN_DAYS = [
    ("2018-02-09", "2018-02-19", "2018-02-20"),  # the Spring Festival of 2018 lies within
    ("2018-03-01", "2018-03-11", "2018-03-12"),
    ("2018-01-25", "2018-02-04", "2018-02-05"),  # a month's end
    ("2018-04-20", "2018-04-30", "2018-05-01"),
    ("2019-02-19", "2019-03-01", "2019-03-02"),  # a February of 28 days
    ("2020-02-19", "2020-02-29", "2020-03-01"),  # a leap day is the last
    ("2020-02-20", "2020-03-01", "2020-03-02"),  # a leap day within
    ("2020-02-29", "2020-03-10", "2020-03-11"),  # posted on it
    ("2018-12-25", "2019-01-04", "2019-01-05"),  # a year's end
    ("2018-12-21", "2018-12-31", "2019-01-01"),
    ("2020-12-31", "2021-01-10", "2021-01-11"),  # the end of the policy's period
]
"""Posted, last day on display, first day on which the next step is possible."""


def after(day: str, days: int = 1) -> str:
    return (dt.date.fromisoformat(day) + dt.timedelta(days=days)).isoformat()


def posted(county: County, level: str, day: str) -> int:
    """Post a notice of a level on a day, the levels before it having posted theirs in time; return the project."""
    levels = list(NEXT)[: list(NEXT).index(level) + 1]
    first = after(day, -60 * (len(levels) - 1))
    number = county.declare(first)
    for at, each in enumerate(levels):
        today = after(first, 60 * at)
        if at:
            county.take(number, NEXT[levels[at - 1]], today)
        county.take(number, "post_village_notice" if each == "village" else f"approve_in_{each}", today)
    return number


def lasting(since: str = "2017-01-01", **kinds: str) -> str:
    """Write a deployment's file that counts other days: a level and how many, or of which kind."""
    entries = [
        f"""
publicity.{"kind_of_day" if value.isalpha() else "days"}.{level}:
  meaning: {{zh: 天数, en: days}}
  unit: {"text" if value.isalpha() else "days"}
  values:
    - from: {since}
      value: {value}
      clause: 县办法第五条
      basis: local_source
      checked: 2018-01-01
"""
        for level, value in kinds.items()
    ]
    return "".join(entries)


@pytest.fixture(name="county")
def _county(lasting_county: County) -> County:
    """The county that these tests share."""
    return lasting_county


class Under:
    """Opens the county under other figures, once for each."""

    def __init__(self, county: County, folder: Path, stack: ExitStack) -> None:
        self._county, self._folder, self._stack = county, folder, stack
        self._open: dict[str, County] = {}

    def __call__(self, figures: str) -> County:
        if figures not in self._open:
            file = self._folder / str(len(self._open)) / "county.yaml"
            file.parent.mkdir(exist_ok=True)
            file.write_text(figures, encoding="utf-8")
            self._open[figures] = self._stack.enter_context(self._county.reopened(parameters=file))
        return self._open[figures]


@pytest.fixture(scope="module")
def under(lasting_county: County, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Under]:
    """The same county under a deployment's own figures."""
    with ExitStack() as stack:
        yield Under(lasting_county, tmp_path_factory.mktemp("figures"), stack)


# ---- calendar days


@pytest.mark.slow
@pytest.mark.lengthy
@grid("level", NEXT)
def test_a_notice_stands_ten_days_the_day_of_posting_not_counted(county: County, level: str) -> None:
    # In the small form the levels share the rest by turns: they count the same days.
    first, *rest = TEN_DAYS
    for posted_on, last_day, next_day in (first, *rest[list(NEXT).index(level) % scaled(3, 1) :: scaled(3, 1)]):
        number = posted(county, level, posted_on)
        who = county.officer_of(number, level)
        notice = county.show(number, posted_on)["notice"]
        assert (notice["level"], notice["posted"], notice["last_day"]) == (level, posted_on, last_day)
        assert after(posted_on, 10) == last_day
        before = county.rows()
        for at in range(11) if posted_on == "2018-02-09" else (0, 9, 10):
            day = after(posted_on, at)
            answer = county.act(who, number, {"action": NEXT[level]}, day)
            assert unmet(answer) == ["period_not_over"], day
            assert last_day in answer.json()["unmet"][0]["message"]
            shown = county.on(day).get(f"/v1/notices/{notice['id']}").json()
            assert (shown["status"], shown["days_left"], shown["next_step_from"]) == ("open", 10 - at, next_day)
        assert county.rows() == before
        shown = county.on(next_day).get(f"/v1/notices/{notice['id']}").json()
        assert (shown["status"], shown["days_left"], shown["last_day"]) == ("over", 0, last_day)
        assert county.act(who, number, {"action": NEXT[level]}, next_day).status_code == 200


def test_the_notice_posted_on_9_february_2018_ends_on_the_19th(county: County) -> None:
    number = county.declare("2018-02-09")
    county.take(number, "post_village_notice", "2018-02-09")
    submit = {"action": "submit_to_township"}
    assert unmet(county.act("village", number, submit, "2018-02-19")) == ["period_not_over"]
    assert county.act("village", number, submit, "2018-02-20").status_code == 200


def test_a_notice_cites_the_figures_that_fixed_its_days(county: County) -> None:
    number = posted(county, "county", "2018-05-01")
    kept = {each["level"]: each["figures"] for each in county.notices_of(number, "2018-05-01")}
    for level, basis in (("village", "assumption"), ("township", "assumption"), ("county", "policy")):
        told = {each["parameter"]: each for each in kept[level]}
        assert set(told) == {f"publicity.days.{level}", f"publicity.kind_of_day.{level}"}
        days, kind = told[f"publicity.days.{level}"], told[f"publicity.kind_of_day.{level}"]
        assert (days["value"], kind["value"]) == ("10", "calendar")
        assert (days["basis"], days["effective_from"]) == (basis, "2017-01-01")
        assert days["clause"].startswith("二.6.(2)")
        assert days["document"]


def test_an_announcement_and_a_removal_run_ten_days_and_hold_up_nothing(county: County) -> None:
    number = county.walk_to("in_library")
    announced = county.show(number, "2018-03-14")["notice"]
    assert (announced["kind"], announced["last_day"]) == ("announcement", "2018-03-24")
    assert county.take(number, "start", "2018-03-14")["status"] == "under_way"
    removed = county.take(number, "remove", "2018-03-14")
    assert (removed["status"], removed["notice"]["last_day"]) == ("removed", "2018-03-24")
    for each in county.notices_of(number, "2018-03-24")[-2:]:
        assert each["status"] == "open"
    for each in county.notices_of(number, "2018-03-25")[-2:]:
        assert each["status"] == "over"


def test_the_display_is_read_off_the_days_and_not_off_what_somebody_did(county: County) -> None:
    number = posted(county, "village", "2018-06-01")
    (notice,) = county.notices_of(number, "2018-06-01")
    before = county.rows()
    for day, status in (("2018-06-11", "open"), ("2018-06-12", "over"), ("2030-01-01", "over")):
        for asked in ("open", "over", "closed"):
            listed = county.on(day).get("/v1/notices", params={"status": asked, "limit": "200"}).json()["items"]
            assert (notice["id"] in [each["id"] for each in listed]) is (asked == status), (day, asked)
    assert county.rows() == before


# ---- working days


@pytest.mark.lengthy
def test_working_days_over_the_spring_festival_of_2018_end_on_28_february(under: Under) -> None:
    # 15 to 21 February were off, the Sunday 11th and the Saturday 24th worked: 11-14, 22-24 and 26-28 are ten days.
    county = under(lasting(village="working", township="working", county="working"))
    for level, action in NEXT.items():
        number = posted(county, level, "2018-02-09")
        who = county.officer_of(number, level)
        assert county.show(number, "2018-02-09")["notice"]["last_day"] == "2018-02-28"
        for day in ("2018-02-19", "2018-02-20", "2018-02-27", "2018-02-28"):
            assert unmet(county.act(who, number, {"action": action}, day)) == ["period_not_over"], (level, day)
        assert county.act(who, number, {"action": action}, "2018-03-01").status_code == 200


@grid(
    ("posted_on", "last_day"),
    [
        ("2018-03-01", "2018-03-15"),  # a Thursday; no holiday within two weeks
        ("2018-03-03", "2018-03-16"),  # posted on a Saturday
        ("2018-04-04", "2018-04-19"),  # Qingming: 5 to 7 April off, Sunday the 8th worked
        (
            "2018-09-21",
            "2018-10-11",
        ),  # Mid-Autumn: 22 to 24 September off; 1 to 7 October off; 29 and 30 September worked
        ("2018-12-28", "2019-01-14"),  # the Saturday 29th worked, 30 December to 1 January off
    ],
)
def test_working_days_are_those_of_the_state_council(under: Under, posted_on: str, last_day: str) -> None:
    county = under(lasting(village="working"))
    number = posted(county, "village", posted_on)
    assert county.show(number, posted_on)["notice"]["last_day"] == last_day
    submit = {"action": "submit_to_township"}
    assert unmet(county.act("village", number, submit, last_day)) == ["period_not_over"]
    assert county.act("village", number, submit, after(last_day)).status_code == 200


def test_each_level_counts_its_own_kind_and_number_of_days(under: Under) -> None:
    county = under(lasting(township="working") + lasting(county="15"))
    for level, last_day in (("village", "2018-02-19"), ("township", "2018-02-28"), ("county", "2018-02-24")):
        number = posted(county, level, "2018-02-09")
        assert county.show(number, "2018-02-09")["notice"]["last_day"] == last_day
    cited = {each["parameter"]: each for each in county.notices_of(number, "2018-02-09")[-1]["figures"]}
    figure = cited["publicity.days.county"]
    assert (figure["value"], figure["clause"], figure["document"], figure["basis"]) == (
        "15",
        "县办法第五条",
        "county.yaml",
        "local_source",
    )


WORKING = lasting(village="working", township="working", county="working")
"""All three levels count working days."""

REACHED: dict[str, tuple[str, list[str]]] = {
    "draft": ("", []),
    "village_notice": ("village", []),
    "township_review": ("village", ["submit_to_township"]),
    "township_notice": ("township", []),
    "county_review": ("township", ["submit_to_county"]),
    "county_notice": ("county", []),
    "in_library": ("county", ["enter_library"]),
    "under_way": ("county", ["enter_library", "start"]),
}
"""How a project comes to a status: the last notice that is posted, and the steps that follow it."""


def brought_to(county: County, status: str) -> int:
    """Bring a project to a status, in 2018, leaving every notice so long that any kind of ten days is over."""
    level, actions = REACHED[status]
    number = posted(county, level, "2018-06-01") if level else county.declare("2018-06-01")
    for action in actions:
        county.take(number, action, "2018-08-01")
    return number


@pytest.mark.lengthy
@grid(
    ("status", "level", "action"),
    [
        ("draft", "village", "post_village_notice"),
        ("township_review", "township", "approve_in_township"),
        ("county_review", "county", "approve_in_county"),
        ("county_notice", "county", "enter_library"),
        ("in_library", "county", "remove"),
        ("under_way", "county", "remove"),
    ],
)
def test_nothing_is_posted_in_a_year_whose_working_days_nobody_knows_yet(
    under: Under, status: str, level: str, action: str
) -> None:
    county = under(WORKING)
    number = brought_to(county, status)
    step = taking(action, "2035-05-10")
    before = county.rows()
    for language in ("en", "zh"):
        answer = county.act(level, number, step, "2035-05-10", Accept_Language=language)
        assert unmet(answer) == ["working_days_unknown"]
        (reason,) = answer.json()["unmet"]
        assert "2035" in reason["message"]
        assert (reason["clause"], reason["basis"]) == ("（文件未载）", "assumption")
    assert county.rows() == before


def test_that_the_year_is_not_known_is_told_with_all_else_that_is_unmet(under: Under) -> None:
    county = under(WORKING)
    number = brought_to(county, "draft")
    answer = county.act("village", number, {"action": "post_village_notice"}, "2035-05-10")
    assert set(unmet(answer)) == {"no_meeting", "working_days_unknown"}


@grid("status", ["village_notice", "township_notice", "county_notice", "in_library", "under_way"])
def test_a_change_that_would_post_a_notice_in_such_a_year_is_refused(under: Under, status: str) -> None:
    county = under(WORKING)
    number = brought_to(county, status)
    level = status.partition("_")[0] if "notice" in status else "county"
    headers = county.headers(level, If_Match="*")
    before = county.rows()
    answer = county.on("2035-05-10").patch(f"/v1/projects/{number}", json={"tasks": "打井两眼。"}, headers=headers)
    assert unmet(answer) == ["working_days_unknown"]
    assert "2035" in answer.json()["unmet"][0]["message"]
    assert county.rows() == before


def test_what_posts_nothing_goes_on_in_such_a_year(under: Under) -> None:
    county = under(WORKING)
    for status, action in (("village_notice", "submit_to_township"), ("in_library", "start"), ("draft", "withdraw")):
        county.take(brought_to(county, status), action, "2035-05-10")


def test_days_that_run_into_a_year_not_known_yet_are_refused_by_its_name(under: Under) -> None:
    unknown = next(year for year in range(2019, 2100) if not is_known(year))
    county = under(WORKING)
    number = county.declare("2018-06-01")
    day = f"{unknown - 1}-12-28"
    answer = county.act("village", number, taking("post_village_notice", day), day)
    assert unmet(answer) == ["working_days_unknown"]
    assert str(unknown) in answer.json()["unmet"][0]["message"]
    earlier = f"{unknown - 1}-12-01"
    assert county.take(number, "post_village_notice", earlier)["notice"]["last_day"] < f"{unknown}-01-01"


def is_known(year: int) -> bool:
    try:
        chinese_calendar.is_workday(dt.date(year, 1, 5))
    except NotImplementedError:
        return False
    return True


# ---- the end is fixed


@pytest.mark.lengthy
@grid("days", ["20", "5"])
@grid("level", NEXT)
def test_the_end_stays_as_it_was_posted_though_the_figures_change(
    county: County, under: Under, level: str, days: str
) -> None:
    number = posted(county, level, "2018-02-09")
    kept = county.notices_of(number, "2018-02-09")
    changed = under(lasting(**dict.fromkeys(NEXT, days)))
    assert changed.notices_of(number, "2018-02-09") == kept
    who = changed.officer_of(number, level)
    assert unmet(changed.act(who, number, {"action": NEXT[level]}, "2018-02-19")) == ["period_not_over"]
    assert changed.act(who, number, {"action": NEXT[level]}, "2018-02-20").status_code == 200
    following = posted(changed, level, "2018-02-09")
    assert changed.show(following, "2018-02-09")["notice"]["last_day"] == after("2018-02-09", int(days))


def test_the_end_stays_though_the_kind_of_day_changes(under: Under, county: County) -> None:
    number = posted(county, "village", "2018-02-09")
    working = under(WORKING)
    assert working.show(number, "2018-02-19")["notice"]["last_day"] == "2018-02-19"
    assert working.act("village", number, {"action": "submit_to_township"}, "2018-02-20").status_code == 200
    # What is changed is posted anew, by the figures of that day.
    other = posted(county, "village", "2018-02-01")
    headers = working.headers("village", If_Match="*")
    changed = working.on("2018-02-09").patch(f"/v1/projects/{other}", json={"tasks": "打井两眼。"}, headers=headers)
    assert changed.json()["notice"]["last_day"] == "2018-02-28"


def test_a_figure_counts_from_its_day_on(under: Under) -> None:
    county = under(lasting("2018-02-15", village="20"))
    for day, last_day in (("2018-02-14", "2018-02-24"), ("2018-02-15", "2018-03-07")):
        number = posted(county, "village", day)
        assert county.show(number, day)["notice"]["last_day"] == last_day


@grid("wrong", ["calender", "0"])
def test_figures_that_make_no_days_stop_the_start(under: Under, wrong: str) -> None:
    with pytest.raises(ParameterError):
        under(lasting(village=wrong))


def test_nothing_is_posted_before_the_first_day_of_policy(county: County) -> None:
    number = county.declare("2016-12-31")
    before = county.rows()
    answer = county.act("village", number, taking("post_village_notice", "2016-12-31"), "2016-12-31")
    assert unmet(answer) == ["no_policy_yet"]
    assert "2017-01-01" in answer.json()["unmet"][0]["message"]
    assert county.rows() == before
    assert county.take(number, "post_village_notice", "2017-01-01")["notice"]["last_day"] == "2017-01-11"
