"""The way of a project: its four notices, who is refused on it and why, who may read what, which tokens count."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from app.cli.main import app as command
from app.db import tokens
from app.db.engine import make_engine, migrate, writing
from app.main import create_app
from app.rules.projects.procedure import PUBLISHED
from tests.support.county import DAY_OF, PLACES, STATUSES, County, Json, project, taking, unmet
from tests.support.grid import grid

PUBLIC = {
    "village_notice",
    "township_notice",
    "county_notice",
    "in_library",
    "under_way",
    "completed",
    "removed",
}
"""On display, in the library, or out of it in public."""

NEVER_ISSUED = "anda_" + "x" * 43


class Office:
    """The service as it is run: set by its environment, its tokens made and revoked by its command."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
        self._monkeypatch = monkeypatch
        monkeypatch.setenv("ANDA_DATABASE_URL", database_url)
        monkeypatch.setenv("ANDA_ACCESS_LOG", "false")
        engine = make_engine(database_url)
        migrate(engine)
        engine.dispose()
        self._tokens = {
            who: self.run("token", "create", "--place", place, "--name", who).strip() for who, place in PLACES.items()
        }

    @staticmethod
    def run(*words: str) -> str:
        """Run `anda …` and return what it says on standard output."""
        ended = CliRunner().invoke(command, list(words))
        assert ended.exit_code == 0, ended.output
        return ended.stdout

    @contextmanager
    def on(self, day: str) -> Iterator[TestClient]:
        """Run the service on a day."""
        self._monkeypatch.setenv("ANDA_TODAY", day)
        with TestClient(create_app()) as client:
            yield client

    def by(self, who: str, **more: str) -> dict[str, str]:
        """Return an officer's headers."""
        return {
            "Authorization": f"Bearer {self._tokens[who]}",
            **{name.replace("_", "-"): value for name, value in more.items()},
        }


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch, database_url: str) -> Office:
    """The service over an empty store, set up with its own commands."""
    return Office(monkeypatch, database_url)


@pytest.mark.lengthy
def test_three_officers_and_a_villager_take_a_project_the_whole_way(office: Office) -> None:
    by = office.by
    acts = "/v1/projects/1/actions"
    money = {"fund": "县级配套资金", "amount": "60000.00", "document": "乌财农〔2018〕12号"}

    with office.on("2018-02-09") as client:
        whole = project(performance_goals=[])
        assert client.post("/v1/projects", json=whole).status_code == 401
        for who in set(PLACES) - {"village"}:
            assert client.post("/v1/projects", json=whole, headers=by(who)).status_code == 403, who
        declared = client.post("/v1/projects", json=whole, headers=by("village"))
        assert declared.status_code == 201
        assert declared.headers["Location"] == "/v1/projects/1"
        assert declared.json()["status"] == "draft"
        first_seen = declared.headers["ETag"]
        assert client.get("/v1/projects/1").status_code == 404, "nobody reads another's draft"

        goals = {"performance_goals": ["120户自来水入户率100%"]}
        assert client.patch("/v1/projects/1", json=goals, headers=by("village")).status_code == 428
        changed = client.patch("/v1/projects/1", json=goals, headers=by("village", If_Match=first_seen))
        assert changed.status_code == 200
        stale = client.patch("/v1/projects/1", json={"tasks": "二"}, headers=by("village", If_Match=first_seen))
        assert stale.status_code == 412

        assert unmet(client.post(acts, json={"action": "post_village_notice"}, headers=by("village"))) == ["no_meeting"]
        posting = taking("post_village_notice", "2018-02-09")
        on_display = client.post(acts, json=posting, headers=by("village"))
        assert (on_display.status_code, on_display.json()["status"]) == (200, "village_notice")

        (shown,) = client.get("/v1/notices", params={"status": "open", "place": "150923"}).json()["items"]
        assert (shown["project"], shown["level"], shown["last_day"]) == (1, "village", "2018-02-19")
        objection = {"content": "管线没有经过村东头。", "name": "某村民", "contact": "村东头第三户"}
        made = client.post(f"/v1/notices/{shown['id']}/objections", json=objection)
        assert made.status_code == 201
        assert made.json()["late"] is False
        number, receipt = made.json()["id"], made.json()["receipt"]

    with office.on("2018-02-19") as client:
        submit = {"action": "submit_to_township"}
        early = client.post(acts, json=submit, headers=by("village"))
        assert set(unmet(early)) == {"period_not_over", "objections_undecided"}
        decision = {"outcome": "dismissed", "answer": "二期工程安排村东头。"}
        for who in set(PLACES) - {"village"}:
            assert client.post(f"/v1/objections/{number}/decision", json=decision, headers=by(who)).status_code == 403
        decided = client.post(f"/v1/objections/{number}/decision", json=decision, headers=by("village"))
        assert decided.status_code == 200
        assert client.get(f"/v1/objections/{receipt}").json()["answer"] == decision["answer"]
        assert unmet(client.post(acts, json=submit, headers=by("village"))) == ["period_not_over"]

    with office.on("2018-02-20") as client:
        for who in set(PLACES) - {"village"}:
            assert client.post(acts, json=submit, headers=by(who)).status_code == 403, who
        assert client.post(acts, json=submit, headers=by("village", If_Match=first_seen)).status_code == 412
        assert client.post(acts, json=submit, headers=by("village")).json()["status"] == "township_review"
        assert client.get("/v1/projects/1").status_code == 404, "a review is for officers"
        unchecked = client.post(acts, json={"action": "approve_in_township"}, headers=by("township"))
        assert unmet(unchecked) == ["checks_not_passed"]
        approved = client.post(acts, json=taking("approve_in_township", "2018-02-20"), headers=by("township"))
        assert approved.json()["status"] == "township_notice"

    with office.on("2018-03-02") as client:
        early = client.post(acts, json={"action": "submit_to_county"}, headers=by("township"))
        assert unmet(early) == ["period_not_over"]

    with office.on("2018-03-03") as client:
        sent = client.post(acts, json={"action": "submit_to_county"}, headers=by("township"))
        assert sent.json()["status"] == "county_review"
        undecided = client.post(acts, json={"action": "approve_in_county"}, headers=by("county"))
        assert set(unmet(undecided)) == {"no_opinion", "no_decision"}
        approved = client.post(acts, json=taking("approve_in_county", "2018-03-03"), headers=by("county"))
        assert approved.json()["status"] == "county_notice"

    with office.on("2018-03-13") as client:
        early = client.post(acts, json={"action": "enter_library"}, headers=by("county"))
        assert unmet(early) == ["period_not_over"]
        unfunded = client.post("/v1/projects/1/allocations", json=money, headers=by("county"))
        assert unmet(unfunded) == ["not_in_library"]

    with office.on("2018-03-14") as client:
        entered = client.post(acts, json={"action": "enter_library"}, headers=by("county"))
        assert entered.json()["status"] == "in_library"
        assert entered.json()["notice"]["kind"] == "announcement"
        assert client.post("/v1/projects/1/allocations", json=money, headers=by("county")).status_code == 201
        assert client.post(acts, json={"action": "start"}, headers=by("village")).status_code == 403
        assert client.post(acts, json={"action": "start"}, headers=by("township")).json()["status"] == "under_way"
        done = {"text": "深井已打成。", "spent": "50000.00"}
        assert client.post("/v1/projects/1/progress", json=done, headers=by("township")).status_code == 201

    with office.on("2018-10-31") as client:
        finished = client.post(acts, json={"action": "complete"}, headers=by("township"))
        assert finished.json()["status"] == "completed"
        achieved = {"text": "一百二十户通水，水质达标。"}
        assert client.post("/v1/projects/1/outcome", json=achieved, headers=by("township")).status_code == 201

        read = client.get("/v1/projects/1").json()
        assert (read["status"], read["performance_goals"]) == ("completed", goals["performance_goals"])
        kept = client.get("/v1/notices", params={"place": "150923100201"}).json()["items"]
        assert sorted((each["kind"], each["level"], each["posted"], each["last_day"]) for each in kept) == [
            ("announcement", "county", "2018-03-14", "2018-03-24"),
            ("publicity", "county", "2018-03-03", "2018-03-13"),
            ("publicity", "township", "2018-02-20", "2018-03-02"),
            ("publicity", "village", "2018-02-09", "2018-02-19"),
        ]
        told = client.get("/v1/projects/1/events").json()["items"]

    village, township, county = (("officer", level, PLACES[level]) for level in ("village", "township", "county"))
    assert [
        (each["day"], each["action"], (each["actor"], each["level"], each["place"]), each["from"], each["to"])
        for each in told
    ] == [
        ("2018-02-09", "declare", village, None, "draft"),
        ("2018-02-09", "revise", village, "draft", "draft"),
        ("2018-02-09", "post_village_notice", village, "draft", "village_notice"),
        ("2018-02-09", "object", ("anyone", None, None), "village_notice", "village_notice"),
        ("2018-02-19", "decide", village, "village_notice", "village_notice"),
        ("2018-02-20", "submit_to_township", village, "village_notice", "township_review"),
        ("2018-02-20", "approve_in_township", township, "township_review", "township_notice"),
        ("2018-03-03", "submit_to_county", township, "township_notice", "county_review"),
        ("2018-03-03", "approve_in_county", county, "county_review", "county_notice"),
        ("2018-03-14", "enter_library", county, "county_notice", "in_library"),
        ("2018-03-14", "allocate", county, "in_library", "in_library"),
        ("2018-03-14", "start", township, "in_library", "under_way"),
        ("2018-03-14", "progress", township, "under_way", "under_way"),
        ("2018-10-31", "complete", township, "under_way", "completed"),
        ("2018-10-31", "outcome", township, "completed", "completed"),
    ]
    assert told[1]["changes"] == [{"field": "performance_goals", "from": [], "to": goals["performance_goals"]}]
    assert [each["previous"] for each in told[1:]] == [each["hash"] for each in told[:-1]]
    versions = [each["version"] for each in told]
    assert versions == sorted(versions)
    assert "村东头第三户" not in str(told), "an objector is never named"
    assert "某村民" not in str(told)
    assert office.run("verify")


@pytest.fixture(name="county")
def _county(lasting_county: County) -> County:
    """The county that these tests share."""
    return lasting_county


# ---- no performance goals, no library


def test_a_project_without_performance_goals_is_approved_by_no_county(county: County) -> None:
    number = county.walk_to("county_review", performance_goals=[])
    before = county.rows()
    answer = county.act("county", number, taking("approve_in_county", "2018-03-03"), "2018-03-03")
    assert answer.json()["unmet"] == [
        {
            "code": "no_performance_goals",
            "message": "A project without performance goals does not enter the library.",
            "clause": "二.6.(1)",
            "basis": "policy",
        }
    ]
    assert county.rows() == before


def test_a_project_whose_goals_are_taken_away_in_the_last_notice_does_not_enter(county: County) -> None:
    number = county.walk_to("county_notice")
    patch = county.on("2018-03-04").patch(
        f"/v1/projects/{number}", json={"performance_goals": None}, headers=county.headers("county", If_Match="*")
    )
    assert patch.status_code == 200
    assert patch.json()["performance_goals"] == []
    entering = {"action": "enter_library"}
    assert set(unmet(county.act("county", number, entering, "2018-03-14"))) == {
        "period_not_over",
        "no_performance_goals",
    }
    assert unmet(county.act("county", number, entering, "2018-03-15")) == ["no_performance_goals"]
    assert county.show(number, "2018-03-15")["status"] == "county_notice"


@grid("status", ["in_library", "under_way"])
@grid("goals", [None, []])
def test_goals_are_not_taken_away_from_a_project_of_the_library(
    county: County, status: str, goals: list[str] | None
) -> None:
    number = county.walk_to(status)
    before = county.rows()
    answer = county.on("2018-03-15").patch(
        f"/v1/projects/{number}", json={"performance_goals": goals}, headers=county.headers("county", If_Match="*")
    )
    assert unmet(answer) == ["no_performance_goals"]
    assert county.rows() == before


# ---- funds


@pytest.mark.lengthy
def test_funds_go_only_to_projects_in_the_library_and_under_way(county: County) -> None:
    money = {"fund": "县级配套资金", "amount": 1, "document": "乌财农〔2018〕12号"}
    found: dict[str, list[str] | int] = {}
    for status in STATUSES:
        number = county.walk_to(status)
        address = f"/v1/projects/{number}/allocations"
        for who in set(PLACES) - {"county"}:
            refused = county.on(DAY_OF[status]).post(address, json=money, headers=county.headers(who))
            hidden = status not in PUBLISHED and not PLACES["village"].startswith(PLACES[who])
            assert refused.status_code == (404 if hidden else 403), (status, who)
        answer = county.on(DAY_OF[status]).post(address, json=money, headers=county.headers("county"))
        found[status] = answer.status_code if answer.status_code == 201 else unmet(answer)
        listed = county.on(DAY_OF[status]).get(address, headers=county.headers("county")).json()["items"]
        assert len(listed) == (answer.status_code == 201)
    assert found == {
        status: 201 if status in {"in_library", "under_way"} else ["not_in_library"] for status in STATUSES
    }


# ---- who may read what


@pytest.mark.lengthy
def test_drafts_and_reviews_are_read_by_the_officers_of_their_place_and_the_rest_by_all(
    database_url: str,
) -> None:
    with County(database_url) as county:
        check_who_reads_what(county)


def check_who_reads_what(county: County) -> None:
    projects = {county.walk_to(status): status for status in STATUSES}
    client = county.on("2018-03-14")
    for who in (None, *PLACES):
        inside = who in {"village", "township", "county"}
        expected = {number for number, status in projects.items() if inside or status in PUBLIC}
        headers = county.headers(who)
        for part in ("", "/events", "/allocations", "/reports"):
            seen = {
                number: client.get(f"/v1/projects/{number}{part}", headers=headers).status_code for number in projects
            }
            assert seen == {number: 200 if number in expected else 404 for number in projects}, (who, part)
        listed = client.get("/v1/projects", headers=headers).json()
        assert {each["id"] for each in listed["items"]} == expected, who
        for number, status in projects.items():
            of_status = client.get("/v1/projects", params={"status": status}, headers=headers).json()["items"]
            assert [each["id"] for each in of_status] == [number] * (number in expected), (who, status)


def test_a_hidden_project_is_not_told_from_one_that_is_not_there(county: County) -> None:
    number = county.walk_to("draft")
    client = county.on(DAY_OF["draft"])
    for who in (None, "other_village", "other_township", "other_county"):
        hidden, absent = (
            client.get(f"/v1/projects/{each}", headers=county.headers(who)).json() for each in (number, number + 1)
        )
        for answer in (hidden, absent):
            del answer["instance"], answer["request_id"]
        assert hidden == absent
        assert hidden["type"] == "/problems/unknown-project"


@pytest.mark.lengthy
def test_a_notice_stays_public_whatever_becomes_of_its_project(county: County) -> None:
    for status in STATUSES:
        number = county.walk_to(status)
        theirs = county.notices_of(number, "2018-04-01")
        assert bool(theirs) is (status not in {"draft", "withdrawn"}), status
        for each in theirs:
            shown = county.on("2018-04-01").get(f"/v1/notices/{each['id']}", headers=county.headers(None))
            assert (shown.status_code, shown.json()) == (200, each)


# ---- tokens


def _writes(number: int) -> dict[str, Json]:
    """Every write of an officer, by its address."""
    return {
        "/v1/projects": project(),
        f"/v1/projects/{number}/actions": taking("post_village_notice", "2018-02-09"),
        f"/v1/projects/{number}/allocations": {"fund": "县级配套资金", "amount": "1", "document": "乌财农〔2018〕12号"},
        f"/v1/projects/{number}/progress": {"text": "深井已打成。"},
        f"/v1/projects/{number}/outcome": {"text": "一百二十户通水。"},
        "/v1/objections/1/decision": {"outcome": "dismissed", "answer": "二期工程安排。"},
    }


def test_without_a_valid_token_nothing_is_written(county: County) -> None:
    number = county.walk_to("draft")
    valid = county.token("village")
    now = dt.datetime(2018, 2, 9, tzinfo=dt.UTC)
    with writing(county.engine) as connection:
        revoked = tokens.create(connection, PLACES["village"], "revoked", now, 365)
        expired = tokens.create(connection, PLACES["village"], "expired", now - dt.timedelta(days=30), 29)
        officer = tokens.find(connection, revoked, now)
        assert officer is not None
        tokens.revoke(connection, officer.id, now)
    before = county.rows()
    wrong = [
        None,
        f"Bearer {NEVER_ISSUED}",
        f"Bearer {revoked}",
        f"Bearer {expired}",
        f"Bearer {valid[:-1]}",
        f"Bearer {valid} x",
        f"Basic {valid}",
        valid,
        "Bearer",
        "Bearer ",
        "",
    ]
    client = county.on("2018-02-09")
    for sent in wrong:
        headers = {} if sent is None else {"Authorization": sent}
        answers = [client.post(address, json=body, headers=headers) for address, body in _writes(number).items()]
        answers.append(client.patch(f"/v1/projects/{number}", json={}, headers={**headers, "If-Match": "*"}))
        for answer in answers:
            assert answer.status_code == 401, (sent, answer.request.url)
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            assert answer.headers["Content-Type"] == "application/problem+json"
    assert county.rows() == before


def test_a_token_counts_from_its_making_until_it_expires_or_is_revoked_whatever_the_set_day(county: County) -> None:
    now = dt.datetime.now(dt.UTC)
    ages = {"new": dt.timedelta(), "expired": dt.timedelta(days=10), "made later": -dt.timedelta(hours=1)}
    with writing(county.engine) as connection:
        made = {name: tokens.create(connection, PLACES["village"], name, now - age, 10) for name, age in ages.items()}
    address = f"/v1/projects/{county.declare()}"

    def status_with(name: str, day: str = "2018-02-18") -> int:
        return int(county.on(day).get(address, headers={"Authorization": f"Bearer {made[name]}"}).status_code)

    assert [status_with("new", day) for day in ("2018-02-18", "2099-01-01")] == [200, 200]
    assert [status_with(name) for name in ("expired", "made later")] == [401, 401]
    with writing(county.engine) as connection:
        officer = tokens.find(connection, made["new"], now)
        assert officer is not None
        tokens.revoke(connection, officer.id, now)
    assert status_with("new") == 401


def test_what_is_not_there_cannot_be_written_to(county: County) -> None:
    client = county.on("2018-02-09")
    for number in ("2147483647", "2147483648", "0", "-1", "1.0", "x", "99999999999", "１"):
        for address, body in _writes(9).items():
            if address == "/v1/projects":
                continue
            asked = address.replace("/9/", f"/{number}/").replace("/1/", f"/{number}/")
            answer = client.post(asked, json=body, headers=county.headers("county"))
            what = "objection" if "objections" in asked else "project"
            assert (answer.status_code, answer.json()["type"]) == (404, f"/problems/unknown-{what}"), asked
        patch = client.patch(f"/v1/projects/{number}", json={}, headers=county.headers("county", If_Match="*"))
        assert (patch.status_code, patch.json()["type"]) == (404, "/problems/unknown-project"), number
