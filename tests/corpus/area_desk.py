"""The officers' desk over the county of `anda demo`: entering, lists, every form, done and refused."""

import re
from typing import Any

import httpx

from tests.corpus.area import Area
from tests.corpus.area_demo import filled
from tests.corpus.area_pages import field

Json = Any

_STATUS_NAMES = (
    "draft village_notice township_review township_notice county_review county_notice in_library under_way completed"
    " returned withdrawn removed"
)
STATUSES = _STATUS_NAMES.split()
MEETING = {
    "evidence.meeting.kind": "villagers_representatives",
    "evidence.meeting.date": "2018-05-20",
    "evidence.meeting.attendance": "46",
}
CHECKS = ("truth", "need", "content", "budget", "benefit", "participation", "mechanism")


class Office:
    """An officer at the desk."""

    def __init__(self, area: Area, rows: list[list[str]], level: str) -> None:
        self.area = area
        self.place, self.token = next((place, token) for each, place, _, token in rows if each == level)

    def enter(self) -> httpx.Response:
        """Enter, and look at the desk."""
        self.area.ask("POST", "/desk/session", form={"token": self.token})
        return self.area.page("/desk")

    def first(self, status: str) -> int:
        """Return the newest project of a status in the officer's place."""
        url = f"/v1/projects?status={status}&place={self.place}&limit=1"
        found = self.area.ask("GET", url, token=self.token, shown=False).json()["items"]
        return int(found[0]["id"]) if found else 0

    def able(self, status: str, act: str) -> int:
        """Return the newest project of a status in the officer's place whose page offers an action."""
        url = f"/v1/projects?limit=200&status={status}&place={self.place}"
        for each in self.area.ask("GET", url, token=self.token, shown=False).json()["items"]:
            if (each["notice"] or {}).get("status") == "open" and act != "return":
                continue
            page = self.area.ask("GET", f"/desk/projects/{each['id']}", shown=False).text
            if f'name="action" value="{act}"' in page:
                return int(each["id"])
        raise AssertionError(f"no project can {act}")

    def send(self, number: int, act: str, form: dict[str, str], *, en: bool = False, **changes: str) -> httpx.Response:
        """Send a form of a project's page, with what is hidden in it."""
        page = self.area.ask("GET", f"/desk/projects/{number}", shown=False)
        hidden = dict(re.findall(r'type="hidden" name="(guard|version)" value="([^"]+)"', page.text))
        url = f"/desk/projects/{number}/{act}{'?lang=en' if en else ''}"
        return self.area.ask("POST", url, form={**form, **hidden, **changes})

    def tried(self, number: int, act: str, wrong: dict[str, str], right: dict[str, str]) -> None:
        """Send a form with faults in both languages, then without them, and look at what came of it."""
        self.send(number, act, wrong)
        self.send(number, act, wrong, en=True)
        self.send(number, act, right)
        self.area.page(f"/desk/projects/{number}")


def desk(area: Area) -> None:
    """A day at the desk."""
    rows = [line.split("\t") for line in filled(area).splitlines()[1:]]
    with area.served():
        _strangers(area)
        village, township, county = (Office(area, rows, level) for level in ("village", "township", "county"))
        village.enter()
        _lists(area)
        _declaring(area, village)
        _village(area, village)
        township.enter()
        _lists(area)
        _township(area, township)
        county.enter()
        _lists(area)
        _county(area, county)
        _late(area, county)
    area.run("verify")


def _strangers(area: Area) -> None:
    area.title("who has not entered")
    for url in ("/desk", "/desk/new", "/desk/lists/draft", "/desk/projects/1", "/desk/objections/1"):
        area.page(url)
    for url in ("/desk/session", "/desk/leave", "/desk/projects/1/actions", "/desk/projects/x/actions"):
        area.page(url)
    for token in ("", "nonsense"):
        for language in ("", "?lang=en"):
            area.ask("POST", f"/desk/session{language}", form={"token": token})
    area.ask("POST", "/desk/session", form={"token": "x"}, headers={"Sec-Fetch-Site": "cross-site"})
    area.ask("POST", "/desk/session?lang=en", form={"token": "x"}, headers={"Origin": "https://elsewhere.example"})
    for url in ("/desk/new", "/desk/projects/1/actions", "/desk/objections/1", "/desk/leave"):
        area.ask("POST", url, form={"name": "水渠", "action": "return", "note": "理由"})
        area.ask("POST", f"{url}?lang=en", form={"name": "水渠", "action": "return", "note": "理由"})


def _lists(area: Area) -> None:
    area.title("lists")
    for which in ("draft", "village_notice", "township_review", "county_review", "objections", "ending", "none"):
        area.page(f"/desk/lists/{which}")
    area.page("/desk/lists/draft?after=5")
    area.page("/desk/lists/draft?after=x")
    for number in ("99999", "x", "0"):
        area.page(f"/desk/projects/{number}")
        area.page(f"/desk/objections/{number}")


def _declaring(area: Area, village: Office) -> None:
    area.title("declaring")
    page = area.page("/desk/new")
    guard = field(page, "guard")
    form = {
        "guard": guard,
        "name": "水渠修复",
        "category": "基础设施",
        "construction": "renovation",
        "place": village.place,
        "budget.total": "1000",
        "budget.sources": "县级：1000",
        "performance_goals": "通水\r\n不漏",
        "tasks": "修三公里",
    }
    for wrong in (
        {"budget.sources": "县级 1000"},
        {"budget.sources": "县级：999"},
        {"name": "", "category": "", "budget.total": "", "place": "1"},
        {"schedule.start": "2018-10-01", "schedule.end": "2018-01-01"},
        {"beneficiaries.households": "x", "beneficiaries.persons": "1"},
        {"place": "150999100201"},
        {"tasks": "联系13812345678"},
        {"guard": "0" * 32},
    ):
        area.ask("POST", "/desk/new", form={**form, **wrong})
        area.ask("POST", "/desk/new?lang=en", form={**form, **wrong})
    made = area.ask("POST", "/desk/new", form=form)
    area.ask("POST", "/desk/new?lang=en", form=form)
    area.page(made.headers["location"].partition("&")[0])
    number = int(re.findall("[0-9]+", made.headers["location"])[0])
    left_out = {name: value for name, value in form.items() if name != "guard"}
    village.tried(number, "revise", {**left_out, "budget.total": "5"}, {**left_out, "tasks": "修四公里"})
    post = {"action": "post_village_notice", **MEETING}
    village.tried(number, "actions", {**post, "evidence.meeting.date": "2018-05-21"}, post)
    village.send(number, "actions", post, version="1")
    village.tried(number, "actions", {"action": "withdraw", "note": ""}, {"action": "withdraw", "note": "不再申报"})
    area.ask("POST", f"/desk/projects/{number}/none", form=form)
    area.page(f"/desk/projects/{number}/actions")


def _village(area: Area, village: Office) -> None:
    area.title("the village")
    for status in STATUSES:
        number = village.first(status)
        if number:
            area.page(f"/desk/projects/{number}")
    submit = {"action": "submit_to_township"}
    village.tried(village.able("village_notice", "submit_to_township"), "actions", {**submit, "version": "x"}, submit)
    notices = area.ask("GET", f"/v1/notices?status=open&place={village.place}", shown=False).json()["items"]
    notice = next(each["id"] for each in notices if each["level"] == "village")
    made = area.ask("POST", f"/v1/notices/{notice}/objections", {"content": "账目不清"}).json()["id"]
    page = area.page(f"/desk/objections/{made}")
    form = {"guard": field(page, "guard"), "outcome": "upheld", "answer": ""}
    area.ask("POST", f"/desk/objections/{made}", form=form)
    area.ask("POST", f"/desk/objections/{made}?lang=en", form={**form, "outcome": "", "answer": "补公账目"})
    area.ask("POST", f"/desk/objections/{made}", form={**form, "answer": "补公账目"})
    area.ask("POST", f"/desk/objections/{made}", form={**form, "answer": "补公账目"})
    area.ask("POST", f"/desk/objections/{made}?lang=en", form={**form, "answer": "另一个答复"})
    area.page(f"/desk/objections/{made}")
    last = [area.ask("POST", f"/v1/notices/{notice}/objections", {"content": f"第{at}件"}) for at in range(2)][-1]
    page = area.page(f"/desk/notices/{notice}")
    form = {"guard": field(page, "guard"), "last": str(last.json()["id"]), "outcome": "dismissed", "answer": ""}
    area.ask("POST", f"/desk/notices/{notice}", form=form)
    area.ask("POST", f"/desk/notices/{notice}?lang=en", form=form)
    for _ in range(2):
        area.ask("POST", f"/desk/notices/{notice}", form={**form, "answer": "已一并核实"})
    area.page(f"/desk/notices/{notice}")
    foreign = village.first("in_library")
    if foreign:
        village.send(foreign, "actions", {"action": "remove", "note": "x"}, version="1")


def _township(area: Area, township: Office) -> None:
    area.title("the township")
    for status in STATUSES:
        number = township.first(status)
        if number:
            area.page(f"/desk/projects/{number}")
    checks = {f"evidence.checks.{check}": "true" for check in CHECKS}
    approve = {"action": "approve_in_township", **checks}
    township.tried(
        township.able("township_review", "approve_in_township"), "actions", {"action": "approve_in_township"}, approve
    )
    submit = {"action": "submit_to_county"}
    township.tried(township.able("township_notice", "submit_to_county"), "actions", {"action": "start"}, submit)
    returned = {"action": "return", "note": "缺少单价依据"}
    township.tried(township.able("township_review", "return"), "actions", {"action": "return"}, returned)
    running = township.first("under_way")
    told = {"text": "已完成一半", "date": "2018-05-20", "spent": ""}
    township.tried(running, "progress", {**told, "text": "", "spent": "x"}, told)
    township.send(running, "outcome", told)
    township.tried(township.able("under_way", "complete"), "actions", {"action": "start"}, {"action": "complete"})
    township.tried(township.able("in_library", "start"), "actions", {"action": "complete"}, {"action": "start"})
    township.tried(township.first("completed"), "outcome", {**told, "date": "2018-05-21"}, {**told, "spent": "0"})


def _county(area: Area, county: Office) -> None:
    area.title("the county")
    for status in STATUSES:
        number = county.first(status)
        if number:
            area.page(f"/desk/projects/{number}")
    number = county.first("in_library")
    page = area.ask("GET", f"/desk/projects/{number}", shown=False)
    found = re.search(r'<option value="([^"]+)"', page.text[page.text.index("form-allocate") :])
    money = {"fund": found[1] if found else "中央财政专项扶贫资金", "amount": "0.01", "document": "乌财农〔2018〕9号"}
    county.tried(number, "allocations", {**money, "amount": "99999999.00", "document": ""}, money)
    county.send(number, "allocations", money, version="1")
    opinion = {
        "evidence.opinion.department": "水利局",
        "evidence.opinion.text": "可行。",
        "evidence.decision.group": "县扶贫开发领导小组",
        "evidence.decision.date": "2018-05-20",
    }
    approve = {"action": "approve_in_county", **opinion}
    county.tried(county.able("county_review", "approve_in_county"), "actions", {"action": "approve_in_county"}, approve)
    county.tried(
        county.able("county_notice", "enter_library"), "actions", {"action": "start"}, {"action": "enter_library"}
    )
    remove = {"action": "remove", "note": "水源不足"}
    county.tried(county.able("in_library", "remove"), "actions", {"action": "remove"}, remove)


def _late(area: Area, county: Office) -> None:
    area.title("a form that came too late is shown again once the officer has entered again")
    number = county.first("in_library")
    kept = {"kept.action": "remove", "kept.note": "水源不足", "kept.version": "1"}
    for form in (f"/desk/projects/{number}/actions", "/desk/new", "/desk/objections/1", "/desk", "/elsewhere"):
        area.ask("POST", "/desk/session", form={"token": county.token, "form": form, **kept})
        area.ask("POST", "/desk/session?lang=en", form={"token": county.token, "form": form, **kept})
    area.ask("POST", "/desk/session", form={"token": "wrong", "form": "/desk/new", **kept})
    area.ask("POST", "/desk/leave", form={"guard": "wrong"})
    guard = field(area.ask("GET", "/desk", shown=False), "guard")
    area.ask("POST", "/desk/leave?lang=en", form={"guard": guard})
    area.page("/desk")
