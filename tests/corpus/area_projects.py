"""The project library over HTTP: a project's whole way, every act aside, objections, funds, lists, exports."""

from copy import deepcopy
from typing import Any

from tests.corpus.area import Area
from tests.corpus.area_calculations import examples
from tests.corpus.area_registers import PLACES

Json = Any

CHECKS = ("truth", "need", "content", "budget", "benefit", "participation", "mechanism")
CENTRAL = "中央财政专项扶贫资金"


def step(action: str, day: str, **changes: Json) -> Json:
    """Write a step of the procedure with all that it asks for on a day."""
    given: dict[str, Json] = {
        "post_village_notice": {
            "evidence": {"meeting": {"kind": "villagers_representatives", "date": day, "attendance": 46}}
        },
        "approve_in_township": {"evidence": {"checks": dict.fromkeys(CHECKS, True)}},
        "approve_in_county": {
            "evidence": {
                "opinion": {"department": "水利局", "text": "方案科学、合规、可行。"},
                "decision": {"group": "县扶贫开发领导小组", "date": day},
            }
        },
        "return": {"note": "预算缺少单价依据，请补充后重新公示。"},
        "withdraw": {"note": "村民代表大会决定不再申报。"},
        "remove": {"note": "水源不足，不再实施。"},
    }
    return {"action": action, **given.get(action, {}), **changes}


class Walk:
    """Projects that are taken through the procedure by the officers of one village, township and county."""

    def __init__(self, area: Area, tokens: dict[str, str]) -> None:
        self.area = area
        self.tokens = tokens
        self.project: Json = examples(area, "/v1/projects")["drinking_water"]

    def declare(self, who: str = "village", *, shown: bool = True, **changes: Json) -> int:
        """Declare a project, and return its number."""
        body = {**deepcopy(self.project), **changes}
        answer = self.area.ask("POST", "/v1/projects", body, token=self.tokens[who], shown=shown)
        assert answer.status_code == 201, answer.text
        number: int = answer.json()["id"]
        return number

    def act(self, who: str, number: int, action: str, day: str, *, shown: bool = True, **changes: Json) -> Json:
        """Try a step on a day."""
        self.area.on(day)
        url = f"/v1/projects/{number}/actions"
        answer = self.area.ask("POST", url, step(action, day, **changes), token=self.tokens[who], shown=shown)
        return answer.json()

    def to_library(self, number: int, until: str = "in_library", *, shown: bool = False) -> None:
        """Take a draft on to a status, on the days on which that can be done."""
        for status, who, action, day in (
            ("village_notice", "village", "post_village_notice", "2018-02-09"),
            ("township_review", "village", "submit_to_township", "2018-02-20"),
            ("township_notice", "township", "approve_in_township", "2018-02-20"),
            ("county_review", "township", "submit_to_county", "2018-03-03"),
            ("county_notice", "county", "approve_in_county", "2018-03-03"),
            ("in_library", "county", "enter_library", "2018-03-14"),
            ("under_way", "township", "start", "2018-03-14"),
            ("completed", "township", "complete", "2018-03-14"),
        ):
            told = self.act(who, number, action, day, shown=shown)
            assert told["status"] == status, told
            if status == until:
                return


def officers(area: Area) -> dict[str, str]:
    """Migrate the store and make the officers' tokens."""
    area.run("migrate", shown=False)
    return {who: area.token(who, place=place) for who, place in PLACES.items()}


def projects(area: Area) -> None:
    """One project from its declaration to its outcome, with everything that is refused on the way."""
    tokens = officers(area)
    with area.served(objections_a_minute=8):
        walk = Walk(area, tokens)
        _declare(area, walk)
        _change(area, walk)
        _notices(area, walk)
        number = _on_to_the_library(area, walk)
        _funds(area, walk, number)
        _aside(area, walk)
        _changes_on_display(area, walk)
        _lists(area, walk)
    area.run("verify")


def _declare(area: Area, walk: Walk) -> None:
    area.title("declaring")
    village = walk.tokens["village"]
    key = {"Idempotency-Key": "declare-1"}
    area.ask("POST", "/v1/projects", walk.project, token=village, headers=key)
    area.ask("POST", "/v1/projects", walk.project, token=village, headers=key)
    area.both("POST", "/v1/projects", {**walk.project, "name": "另一个"}, token=village, headers=key)
    area.both("POST", "/v1/projects", walk.project, token=village, headers={"Idempotency-Key": "with space"})
    area.both("POST", "/v1/projects", {**walk.project, "place": "150923100299"}, token=village)
    area.both("POST", "/v1/projects", {**walk.project, "place": "999999100201"}, token=village)
    area.both("POST", "/v1/projects", walk.project, token=walk.tokens["township"])
    area.both("POST", "/v1/projects", walk.project)
    for changes in (
        {"name": "电话13812345678"},
        {"tasks": "身份证150923198001011234，卡号6222021234567890123"},
        {"name": "", "category": "x" * 61},
        {"construction": "repair"},
        {"place": "1509231002"},
        {"schedule": {"start": "2018-10-31", "end": "2018-05-01"}},
        {"budget": {"total": "1.00", "sources": []}},
        {"budget": {"total": "1.00", "sources": [{"fund": "a", "amount": "0.50"}, {"fund": "a", "amount": "0.50"}]}},
        {"budget": {"total": "1.00", "sources": [{"fund": "a", "amount": "0.99"}]}},
        {"beneficiaries": {"households": 1, "persons": 1, "registered_households": 2, "registered_persons": 2}},
        {"performance_goals": ["x" * 501, ""] * 16},
        {"name": "a\u0000b", "responsible_unit": "a\nb"},
    ):
        area.both("POST", "/v1/projects", {**walk.project, **changes}, token=village)
    least = {name: walk.project[name] for name in ("name", "category", "construction", "place", "budget")}
    area.ask("POST", "/v1/projects", {**least, "name": "=1+1", "performance_goals": []}, token=village)
    for who in (None, "village", "township", "county", "other village", "other county"):
        area.both("GET", "/v1/projects/1", token=walk.tokens[who] if who else None)
    area.both("GET", "/v1/projects/99", token=village)
    for number in ("0", "x", "1.5", "99999999999", "²", "-1", "01"):
        area.both("GET", f"/v1/projects/{number}", token=village)


def _change(area: Area, walk: Walk) -> None:
    area.title("changing a draft")
    village = walk.tokens["village"]
    url = "/v1/projects/1"
    area.both("PATCH", url, {"tasks": "打深井两眼。"}, token=village)
    for other in ('"1-9"', 'W/"1-1"', '"2-1"', "nonsense", ""):
        area.both("PATCH", url, {"tasks": "打深井两眼。"}, token=village, headers={"If-Match": other})
    tag = {"If-Match": '"1-1"'}
    area.both("PATCH", url, {"tasks": "打深井两眼。"}, token=walk.tokens["county"], headers=tag)
    area.both("PATCH", url, {"tasks": "打深井两眼。"}, token=walk.tokens["other village"], headers=tag)
    area.both("PATCH", url, {"place": "150923100202"}, token=village, headers=tag)
    area.both("PATCH", url, {"name": None, "budget": {"total": "1"}, "unknown": 1}, token=village, headers=tag)
    keyed = {**tag, "Idempotency-Key": "patch-1"}
    area.ask("PATCH", url, {"tasks": "打深井两眼。"}, token=village, headers=keyed)
    area.ask("PATCH", url, {"tasks": "打深井两眼。"}, token=village, headers=keyed)
    area.both("PATCH", url, {"tasks": "打深井两眼。"}, token=village, headers=tag)
    area.ask("PATCH", url, {"tasks": "打深井两眼。"}, token=village, headers={"If-Match": "*"})
    merge = {"If-Match": "*", "Content-Type": "application/merge-patch+json"}
    area.ask("PATCH", url, {"schedule": {"end": "2018-11-30"}, "participation": None}, token=village, headers=merge)
    area.ask("PATCH", url, {"schedule": {"end": "2017-01-01"}}, token=village, headers=merge)
    area.both("PATCH", "/v1/projects/99", {"tasks": "x"}, token=village, headers=merge)


def _notices(area: Area, walk: Walk) -> None:
    area.title("the village's notice")
    url = "/v1/projects/1/actions"
    village = walk.tokens["village"]
    day = "2018-02-09"
    for action in ("submit_to_township", "enter_library", "complete", "return", "remove"):
        area.both("POST", url, step(action, day), token=village)
    area.both("POST", url, {"action": "post_village_notice"}, token=village)
    for meeting in ({"kind": "village_committee"}, {"date": "2018-02-10", "attendance": 3}, {"kind": "party"}):
        area.both("POST", url, {"action": "post_village_notice", "evidence": {"meeting": meeting}}, token=village)
    area.both("POST", url, {"action": "nonsense"}, token=village)
    area.both("POST", url, step("post_village_notice", day), token=walk.tokens["township"])
    area.both("POST", url, step("post_village_notice", day), token=village, headers={"If-Match": '"1-1"'})
    key = {"Idempotency-Key": "post-1"}
    area.ask("POST", url, step("post_village_notice", day), token=village, headers=key)
    area.ask("POST", url, step("post_village_notice", day), token=village, headers=key)
    area.both("POST", url, step("submit_to_township", day), token=village)
    area.both("GET", "/v1/projects/1")
    area.both("GET", "/v1/notices/1")
    area.both("GET", "/v1/notices/99")
    area.both("GET", "/v1/notices/x")
    area.title("objections")
    objections = "/v1/notices/1/objections"
    area.both("GET", objections)
    area.both("GET", objections, token=walk.tokens["other township"])
    area.ask("POST", objections, {"content": "管线没有经过村东头的十二户。"}, headers=key)
    area.ask("POST", objections, {"content": "管线没有经过村东头的十二户。"}, headers=key)
    area.both("POST", objections, {"content": "另一个"}, headers=key)
    made = area.ask("POST", objections, {"content": "水量不足。", "name": "某人", "contact": "某处"}, en=True)
    area.both("POST", objections, {"content": "请打13812345678"})
    area.both("POST", objections, {"content": "太多了。"})
    area.both("POST", "/v1/notices/99/objections", {"content": "没有。"})
    area.on(day, "11:00:00")
    area.both("POST", "/v1/notices/99/objections", {"content": "没有。"})
    receipt = made.json()["receipt"]
    area.both("GET", f"/v1/objections/{receipt}")
    area.both("GET", f"/v1/objections/{receipt}x")
    for who in ("village", "township", "county", "other village"):
        area.both("GET", objections, token=walk.tokens[who])
    area.both("POST", url, step("submit_to_township", "2018-02-19"), token=village)
    area.title("decisions")
    decision = {"outcome": "dismissed", "answer": "水量经检测足够。"}
    for who in ("township", "other village"):
        area.both("POST", "/v1/objections/2/decision", decision, token=walk.tokens[who])
    area.both("POST", "/v1/objections/99/decision", decision, token=village)
    area.both("POST", "/v1/objections/2/decision", {"outcome": "maybe"}, token=village)
    key = {"Idempotency-Key": "decide-1"}
    area.ask("POST", "/v1/objections/2/decision", decision, token=village, headers=key)
    area.ask("POST", "/v1/objections/2/decision", decision, token=village, headers=key)
    area.both("POST", "/v1/objections/2/decision", decision, token=village)
    area.both("GET", f"/v1/objections/{receipt}")
    area.on("2018-02-20")
    area.both("POST", url, step("submit_to_township", "2018-02-20"), token=village)
    area.ask("POST", objections, {"content": "来晚了。"})
    area.ask("POST", "/v1/objections/1/decision", {"outcome": "upheld", "answer": "应当经过。"}, token=village)
    area.both("GET", "/v1/projects/1", token=village)
    area.both("GET", "/v1/notices/1")
    area.ask("POST", "/v1/objections/3/decision", {"outcome": "upheld", "answer": "来晚了，仍答复。"}, token=village)
    area.both("GET", "/v1/projects/1/events", token=village)
    area.title("objections decided together, and by pages")
    area.ask("POST", objections, {"content": "别处的。"}, headers={"Origin": "https://elsewhere.example"})
    numbers = [area.ask("POST", objections, {"content": f"第{at}件。"}).json()["id"] for at in range(3)]
    together = {"objections": numbers, "outcome": "dismissed", "answer": "逾期，仍答复。"}
    area.both("POST", "/v1/notices/1/decisions", {**together, "objections": numbers[:1] * 2}, token=village)
    area.both("POST", "/v1/notices/1/decisions", together, token=walk.tokens["other township"])
    area.ask("POST", "/v1/notices/1/decisions", together, token=village)
    area.both("POST", "/v1/notices/1/decisions", together, token=village)
    page = area.ask("GET", f"{objections}?limit=2", token=village).json()["next"]
    area.both("GET", f"{objections}?limit=200&cursor={page}", token=village)


def _on_to_the_library(area: Area, walk: Walk) -> int:
    area.title("from the village to the library")
    number = walk.declare()
    walk.to_library(number, "township_review", shown=True)
    url = f"/v1/projects/{number}/actions"
    township, county = walk.tokens["township"], walk.tokens["county"]
    some = {"evidence": {"checks": {**dict.fromkeys(CHECKS, True), "need": False, "truth": None}}}
    area.both("POST", url, {"action": "approve_in_township", **some}, token=township)
    walk.act("township", number, "approve_in_township", "2018-02-20")
    area.both("GET", f"/v1/projects/{number}")
    area.both("POST", url, step("submit_to_county", "2018-02-20"), token=township)
    walk.act("township", number, "submit_to_county", "2018-03-03")
    area.both("POST", url, {"action": "approve_in_county"}, token=county)
    wrong = step("approve_in_county", "2018-03-04")
    area.both("POST", url, wrong, token=county)
    walk.act("county", number, "approve_in_county", "2018-03-03")
    area.on("2018-03-13")
    area.both("POST", url, step("enter_library", "2018-03-13"), token=county)
    walk.act("county", number, "enter_library", "2018-03-14")
    area.both("GET", f"/v1/projects/{number}")
    without = walk.declare(performance_goals=[])
    walk.to_library(without, "county_review")
    area.both("POST", f"/v1/projects/{without}/actions", step("approve_in_county", "2018-03-03"), token=county)
    return number


def _funds(area: Area, walk: Walk, number: int) -> None:
    area.title("funds, progress, outcome")
    url = f"/v1/projects/{number}"
    township, county, village = (walk.tokens[who] for who in ("township", "county", "village"))
    money = {"fund": CENTRAL, "amount": "300000.00", "document": "乌财农〔2018〕12号"}
    area.on("2018-03-15")
    area.both("POST", f"{url}/allocations", money, token=township)
    area.both("POST", f"{url}/allocations", {**money, "fund": "别的"}, token=county)
    area.both("POST", f"{url}/allocations", {**money, "amount": "400000.01"}, token=county)
    area.both("POST", f"{url}/allocations", {**money, "amount": "0"}, token=county)
    area.both("POST", f"{url}/allocations", money, token=county, headers={"If-Match": f'"{number}-1"'})
    key = {"Idempotency-Key": "allocate-1"}
    area.ask("POST", f"{url}/allocations", money, token=county, headers=key)
    area.ask("POST", f"{url}/allocations", money, token=county, headers=key)
    area.both("POST", f"{url}/allocations", money, token=county)
    area.ask("POST", f"{url}/allocations", {**money, "amount": "100000"}, token=county, en=True)
    progress = {"date": "2018-03-14", "text": "井已打成。", "spent": "200000.00"}
    area.both("POST", f"{url}/progress", progress, token=township)
    walk.act("township", number, "complete", "2018-03-15")
    walk.act("township", number, "start", "2018-03-15")
    for wrong in ({"date": "2018-03-16"}, {"spent": "400000.01"}, {"text": ""}, {"spent": "-1"}):
        area.both("POST", f"{url}/progress", {**progress, **wrong}, token=township)
    area.both("POST", f"{url}/progress", progress, token=village)
    key = {"Idempotency-Key": "progress-1"}
    area.ask("POST", f"{url}/progress", progress, token=township, headers=key)
    area.ask("POST", f"{url}/progress", progress, token=township, headers=key)
    area.ask("POST", f"{url}/progress", {"text": "管道已铺设。"}, token=township, en=True)
    outcome = {"text": "入户率98%。", "spent": "390000.00"}
    whom = {"households": 118, "persons": 300, "registered_households": 45, "registered_persons": 102}
    area.both("POST", f"{url}/outcome", outcome, token=township)
    walk.act("township", number, "complete", "2018-10-31")
    area.ask("POST", f"{url}/outcome", {**outcome, "beneficiaries": whom}, token=township)
    area.ask("POST", f"{url}/outcome", outcome, token=township, en=True)
    for who in (None, "county"):
        for what in ("", "/allocations", "/reports", "/events"):
            area.both("GET", f"{url}{what}", token=walk.tokens[who] if who else None)
    for what in ("allocations", "reports", "events"):
        area.both("GET", f"/v1/projects/2/{what}")
        area.both("GET", f"/v1/projects/99/{what}", token=county)


def _aside(area: Area, walk: Walk) -> None:
    area.title("returned, withdrawn, removed")
    returned = walk.declare()
    walk.to_library(returned, "township_review")
    area.both("POST", f"/v1/projects/{returned}/actions", {"action": "return"}, token=walk.tokens["township"])
    walk.act("township", returned, "return", "2018-02-20")
    walk.act("village", returned, "post_village_notice", "2018-02-21")
    withdrawn = walk.declare()
    walk.to_library(withdrawn, "village_notice")
    walk.act("village", withdrawn, "withdraw", "2018-02-10")
    walk.act("village", withdrawn, "post_village_notice", "2018-02-10")
    removed = walk.declare()
    walk.to_library(removed)
    walk.act("county", removed, "remove", "2018-03-15")
    area.both("GET", f"/v1/projects/{removed}")
    money = {"fund": CENTRAL, "amount": "1.00", "document": "x"}
    area.both("POST", f"/v1/projects/{removed}/allocations", money, token=walk.tokens["county"])
    in_county = walk.declare()
    walk.to_library(in_county, "county_notice")
    walk.act("county", in_county, "return", "2018-03-04")
    for number in (returned, withdrawn, removed, in_county):
        area.both("GET", f"/v1/projects/{number}/events", token=walk.tokens["county"])


def _changes_on_display(area: Area, walk: Walk) -> None:
    area.title("changed while on display, and in the library")
    on_display = walk.declare()
    walk.to_library(on_display, "township_notice")
    newest = {"If-Match": "*"}
    for who in ("village", "county", "township"):
        change = {"tasks": f"由{who}修改。"}
        area.both("PATCH", f"/v1/projects/{on_display}", change, token=walk.tokens[who], headers=newest)
    in_library = walk.declare()
    walk.to_library(in_library)
    sources = {"total": "500000.00", "sources": [{"fund": CENTRAL, "amount": "500000.00"}]}
    for who in ("township", "county"):
        area.both("PATCH", f"/v1/projects/{in_library}", {"budget": sources}, token=walk.tokens[who], headers=newest)
    money = {"fund": CENTRAL, "amount": "450000.00", "document": "文"}
    area.ask("POST", f"/v1/projects/{in_library}/allocations", money, token=walk.tokens["county"])
    area.both(
        *("PATCH", f"/v1/projects/{in_library}"),
        {"budget": walk.project["budget"]},
        token=walk.tokens["county"],
        headers=newest,
    )
    for number in (on_display, in_library):
        area.both("GET", f"/v1/projects/{number}/events", token=walk.tokens["county"])


def _lists(area: Area, walk: Walk) -> None:
    area.title("lists and exports")
    walk.declare("other village", place=PLACES["other village"], category="产业发展", name="羊舍")
    area.on("2018-03-20")
    for who in (None, "village", "other village", "county", "other county"):
        token = walk.tokens[who] if who else None
        area.both("GET", "/v1/projects", token=token)
        area.both("GET", "/v1/projects.csv", token=token)
        area.both("GET", "/v1/projects.oc4ids.json", token=token)
    area.both("GET", "/v1/notices")
    county = walk.tokens["county"]
    for query in ("status=completed", "category=产业发展", "place=150923100202", "status=draft&place=15", "limit=1"):
        area.both("GET", f"/v1/projects?{query}", token=county)
    for query in (
        "limit=0",
        "limit=201",
        "limit=x",
        "place=x",
        "status=none",
        "cursor=x",
        "category=",
        "limit=1&limit=2",
    ):
        area.both("GET", f"/v1/projects?{query}", token=county)
        area.both("GET", f"/v1/notices?{query}")
    for query in ("status=open", "status=over", "status=closed", "place=150923100201", "limit=2"):
        area.both("GET", f"/v1/notices?{query}")
    for query in ("status=completed", "place=150923100202", "status=none", "limit=1"):
        area.both("GET", f"/v1/projects.csv?{query}", token=county)
        area.both("GET", f"/v1/projects.oc4ids.json?{query}", token=county)
    for url in ("/v1/projects", "/v1/notices"):
        after = area.ask("GET", f"{url}?limit=3", shown=False).json()["next"]
        while after:
            after = area.ask("GET", f"{url}?limit=3&cursor={after}", shown=False).json()["next"]
            area.lines.append(f"next of {url}: {after}")
