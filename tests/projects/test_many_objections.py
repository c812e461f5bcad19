"""Objections that come in masses: from other sites, above a number on a notice, listed by pages, decided together."""

from collections.abc import Iterator

import pytest

from app.db.engine import reading
from app.projects.verification import verify
from tests.support.county import County, Json, taking, unmet
from tests.support.grid import grid
from tests.support.lasting import store_for

POSTED, DAY_AFTER = "2018-02-09", "2018-02-20"
"""Of the village's notice on the usual path: the first day, and the day after the last."""
REASON = {"content": "管线没有经过村东头的十二户。"}
DISPLAYED = 3


@pytest.fixture(scope="module")
def county(request: pytest.FixtureRequest, database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """A county that displays three objections to a notice as they come."""
    address = store_for(request, tmp_path_factory, "many_objections", database)
    with County(address, objections_a_minute=10_000, objections_displayed=DISPLAYED) as shared:
        yield shared


def on_display(county: County, objections: int) -> tuple[int, int, list[Json]]:
    """Post a project's notice, object to it, and return project, notice and what the objectors were answered."""
    project = county.walk_to("village_notice")
    (notice,) = county.notices_of(project, POSTED)
    address = f"/v1/notices/{notice['id']}/objections"
    made = [county.on(POSTED).post(address, json=REASON).json() for _ in range(objections)]
    return project, notice["id"], made


def listed(county: County, address: str, who: str | None, **query: str) -> list[Json]:
    """Read a list page by page."""
    items: list[Json] = []
    while True:
        page = county.on(POSTED).get(address, params=query, headers=county.headers(who)).json()
        items += page["items"]
        if page["next"] is None:
            return items
        query["cursor"] = page["next"]


def decide(county: County, who: str, notice: int, numbers: list[int], **changes: object) -> tuple[int, Json]:
    body = {"objections": numbers, "outcome": "dismissed", "answer": "已逐项核实。", **changes}
    answer = county.on(DAY_AFTER).post(f"/v1/notices/{notice}/decisions", json=body, headers=county.headers(who))
    return answer.status_code, answer.json()


@grid(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Content-Type": ""}, 415),
        ({"Content-Type": "text/plain"}, 415),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://testserver"}, 201),
        ({"Content-Type": "application/json; charset=utf-8"}, 201),
    ],
)
def test_a_page_of_another_site_objects_to_nothing(county: County, headers: dict[str, str], status: int) -> None:
    _, notice, _ = on_display(county, 0)
    before = county.rows()
    sent = {"Content-Type": "application/json", **headers}
    answer = county.on(POSTED).post(f"/v1/notices/{notice}/objections", json=REASON, headers=sent)
    assert answer.status_code == status
    assert (county.rows() == before) is (status != 201)


def test_another_sites_form_objects_to_nothing(county: County) -> None:
    _, notice, _ = on_display(county, 0)
    before = county.rows()
    site = county.on(POSTED)
    answer = site.post(f"/notices/{notice}/objection", data=REASON, headers={"Origin": "https://elsewhere.example"})
    assert answer.status_code == 403 and "其他网站" in answer.text and REASON["content"] not in answer.text
    assert county.rows() == before


@pytest.mark.each_database
def test_above_the_number_of_a_notice_an_objection_waits_with_its_display_alone(county: County) -> None:
    project, notice, made = on_display(county, DISPLAYED + 2)
    site = county.on(POSTED)

    def displayed() -> tuple[int, int]:
        events = listed(county, f"/v1/projects/{project}/events", None)
        counts = site.get(f"/v1/notices/{notice}").json()["objections"]
        return counts["in_time"], sum(each["action"] == "object" for each in events)

    assert displayed() == (DISPLAYED, DISPLAYED)
    events = listed(county, f"/v1/projects/{project}/events", "village")
    assert sum(each["action"] == "object" for each in events) == DISPLAYED + 2, "the office sees all"
    waiting = [site.get(f"/v1/objections/{each['receipt']}").json()["waiting"] for each in made]
    assert waiting == [False] * DISPLAYED + [True] * 2
    assert 'id="waiting"' in site.get(f"/objections/{made[-1]['receipt']}").text
    assert 'id="waiting"' not in site.get(f"/objections/{made[0]['receipt']}").text
    step = taking("submit_to_township", DAY_AFTER)
    first = [each["id"] for each in made[:DISPLAYED]]
    assert decide(county, "village", notice, first)[0] == 200
    refused = county.act("village", project, step, DAY_AFTER)
    assert unmet(refused) == ["objections_undecided"] and "2" in refused.json()["unmet"][0]["message"]
    assert decide(county, "village", notice, [each["id"] for each in made[DISPLAYED:]])[0] == 200
    assert displayed() == (DISPLAYED + 2, DISPLAYED + 2), "decided, they are shown"
    assert county.act("village", project, step, DAY_AFTER).status_code == 200


def test_events_and_objections_are_listed_by_pages(county: County) -> None:
    project, notice, made = on_display(county, 5)
    for address, count in ((f"/v1/projects/{project}/events", 7), (f"/v1/notices/{notice}/objections", 5)):
        page = county.on(POSTED).get(f"{address}?limit=2", headers=county.headers("village")).json()
        assert len(page["items"]) == 2
        whole = listed(county, address, "village", limit="200")
        assert len(whole) == count
        assert listed(county, address, "village", limit="2") == whole
        for query in ("limit=201", "limit=0", "cursor=x"):
            assert county.on(POSTED).get(f"{address}?{query}", headers=county.headers("village")).status_code == 422
    assert [each["id"] for each in whole] == [each["id"] for each in made]


def test_many_objections_are_decided_together_and_each_is_on_record(county: County) -> None:
    project, notice, made = on_display(county, 4)
    numbers = [each["id"] for each in made]
    status, answer = decide(county, "village", notice, numbers[:3])
    assert status == 200 and [each["outcome"] for each in answer["items"]] == ["dismissed"] * 3
    events = listed(county, f"/v1/projects/{project}/events", None)
    decided = [each["record"]["decision"]["objection"] for each in events if each["action"] == "decide"]
    assert decided == numbers[:3]
    status, answer = decide(county, "village", notice, numbers[3:], outcome="upheld")
    assert status == 200 and county.show(project, DAY_AFTER)["status"] == "returned"
    with reading(county.engine) as connection:
        assert verify(connection).faults == []


def test_what_cannot_all_be_decided_is_not_decided_at_all(county: County) -> None:
    _, notice, made = on_display(county, 3)
    _, other, of_another = on_display(county, 1)
    numbers = [each["id"] for each in made]
    assert decide(county, "village", notice, numbers[:1])[0] == 200
    before = county.rows()
    for who, asked, status in (
        ("village", numbers, 409),
        ("village", [*numbers[1:], of_another[0]["id"]], 404),
        ("village", [*numbers[1:], 999_999], 404),
        ("village", [numbers[1], numbers[1]], 422),
        ("village", [], 422),
        ("village", list(range(1, 502)), 422),
        ("other_village", numbers[1:], 403),
        ("township", numbers[1:], 403),
    ):
        assert decide(county, who, notice, asked)[0] == status, (who, asked[:3])
    assert decide(county, "village", other, numbers[1:])[0] == 404
    assert county.rows() == before


def test_the_desk_decides_the_objections_to_a_notice_together_and_once(county: County) -> None:
    project, notice, made = on_display(county, 3)
    site = county.on(DAY_AFTER)
    site.post("/desk/session", data={"token": county.token("village")})
    assert f"/desk/notices/{notice}" in site.get("/desk").text
    page = site.get(f"/desk/notices/{notice}").text
    assert all(f"/desk/objections/{each['id']}" in page for each in made)
    later = county.on(POSTED).post(f"/v1/notices/{notice}/objections", json=REASON).json()
    guard = page.partition('name="guard" value="')[2][:32]
    form = {"guard": guard, "last": str(made[-1]["id"]), "outcome": "dismissed", "answer": "已逐项核实。"}
    assert site.post(f"/desk/notices/{notice}", data={**form, "answer": ""}, follow_redirects=False).status_code == 422
    for done in ("?done=", "?done=again"):
        answer = site.post(f"/desk/notices/{notice}", data=form, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/desk/projects/{project}{done}")
    objections = listed(county, f"/v1/notices/{notice}/objections", "village")
    assert [each["outcome"] for each in objections] == ["dismissed"] * 3 + [None]
    assert objections[-1]["id"] == later["id"], "what came after the page was made is not decided by it"
    assert site.get(f"/desk/notices/{notice}").status_code == 200
    other = county.on(DAY_AFTER)
    other.post("/desk/session", data={"token": county.token("township")})
    assert other.get(f"/desk/notices/{notice}").status_code == 404


def test_a_project_page_shows_a_long_history_by_pages(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.pages.notices.EVENTS_AT_ONCE", 2)
    monkeypatch.setattr("app.pages.desk.EVENTS_AT_ONCE", 2)
    project, _, _ = on_display(county, 2)
    officer = county.on(POSTED)
    officer.post("/desk/session", data={"token": county.token("village")})
    for site, address in ((county.on(POSTED), f"/projects/{project}"), (officer, f"/desk/projects/{project}")):
        shown, page = 0, address
        while page:
            text = site.get(page).text
            timeline = text.partition('class="timeline"')[2]
            shown += timeline.partition("</ol>")[0].count("<li>")
            page = timeline.partition(f'href="{address}?events=')[2].partition('"')[0]
            page = page and f"{address}?events={page}"
        assert shown == 4, address
        assert site.get(f"{address}?events=x").status_code == 404
