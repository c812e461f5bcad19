"""Random projects as the API answers them: every field given or not, texts that are hard on any format."""

import datetime as dt
from typing import Any

from hypothesis import strategies as st

from app.db.projects.projects import FundRecord, ProjectRecord
from app.projects.oc4ids import PROJECT_STATUS
from app.rules.money import format_yuan, parse_yuan
from app.rules.projects.content import Beneficiaries, Content, Funding, Schedule

CONSTRUCTIONS = ("new", "expansion", "renovation", "continuation")
GREATEST_FEN = 10_000_000_000

_HARD = st.sampled_from(
    [*"'=+-@＝＋－＠\"“,;：:\\|％\u3000\u00a0 \ufeffn", "\\n", "\\u3000", "'=", "=1+1", "😀", "新建道路"]
)
_ANY = st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters="\ufffe\uffff")

LINE = st.lists(_HARD | _ANY, min_size=1, max_size=12).map("".join).filter(str.strip)
"""One line of text that says something."""

LINES = st.lists(_HARD | st.sampled_from("\n\t") | _ANY, min_size=1, max_size=15).map("".join).filter(str.strip)
"""Text of several lines that says something."""

_DAYS = st.dates().filter(lambda day: day.year >= 2000)
_COUNTS = st.integers(0, 10_000_000)
_INSTANTS = st.datetimes().filter(lambda at: at.year >= 2000).map(lambda at: f"{at:%Y-%m-%dT%H:%M:%S}Z")


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Draw a value, or none."""
    return st.none() | strategy


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    """Draw what a village declares."""
    amounts = draw(st.lists(st.integers(1, GREATEST_FEN // 8), min_size=1, max_size=5))
    funds = draw(st.lists(LINE, min_size=len(amounts), max_size=len(amounts), unique=True))
    days = sorted(draw(st.tuples(_DAYS, _DAYS)))
    persons, households = (sorted(draw(st.tuples(_COUNTS, _COUNTS))) for _ in range(2))
    return {
        "name": draw(LINE),
        "category": draw(LINE),
        "construction": draw(st.sampled_from(CONSTRUCTIONS)),
        "place": draw(st.from_regex(r"1509[0-9]{8}", fullmatch=True)),
        "place_name": draw(maybe(LINE)),
        "schedule": draw(maybe(st.just({"start": days[0].isoformat(), "end": days[1].isoformat()}))),
        "responsible_unit": draw(maybe(LINE)),
        "tasks": draw(maybe(LINES)),
        "budget": {
            "total": format_yuan(sum(amounts)),
            "sources": [
                {"fund": fund, "amount": format_yuan(amount)} for fund, amount in zip(funds, amounts, strict=True)
            ],
        },
        "beneficiaries": draw(
            maybe(
                st.just(
                    {
                        "households": households[1],
                        "persons": persons[1],
                        "registered_households": households[0],
                        "registered_persons": persons[0],
                    }
                )
            )
        ),
        "performance_goals": draw(st.lists(LINES, max_size=4)),
        "participation": draw(maybe(LINES)),
        "poverty_reduction_mechanism": draw(maybe(LINES)),
    }


@st.composite
def projects(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a project of any status."""
    request = draw(requests())
    sources = request["budget"]["sources"]
    allocated = [draw(st.sampled_from(["0.00", source["amount"]])) for source in sources]
    return {
        "id": draw(st.integers(1, 10**9)),
        "version": draw(st.integers(1, 1000)),
        "status": draw(st.sampled_from(sorted(PROJECT_STATUS))),
        **request,
        "wanting": [],
        "funds": [
            {**source, "allocated": given, "left": "0.00" if given != "0.00" else source["amount"]}
            for source, given in zip(sources, allocated, strict=True)
        ],
        "notice": None,
        "declared": draw(_INSTANTS),
        "changed": draw(_INSTANTS),
    }


def declared(request: dict[str, Any]) -> dict[str, Any]:
    """Leave out of a request what says nothing."""
    return {name: value for name, value in request.items() if value not in (None, [])}


def record_of(answer: dict[str, Any]) -> ProjectRecord:
    """Return the project that the API answers so."""
    days, whom, budget = answer["schedule"], answer["beneficiaries"], answer["budget"]
    content = Content(
        name=answer["name"],
        category=answer["category"],
        construction=answer["construction"],
        place=answer["place"],
        budget=parse_yuan(budget["total"]),
        sources=tuple(Funding(each["fund"], parse_yuan(each["amount"])) for each in budget["sources"]),
        place_name=answer["place_name"],
        schedule=days and Schedule(dt.date.fromisoformat(days["start"]), dt.date.fromisoformat(days["end"])),
        responsible_unit=answer["responsible_unit"],
        tasks=answer["tasks"],
        beneficiaries=whom and Beneficiaries(**whom),
        performance_goals=tuple(answer["performance_goals"]),
        participation=answer["participation"],
        poverty_reduction_mechanism=answer["poverty_reduction_mechanism"],
    )
    funds = (
        FundRecord(each["fund"], parse_yuan(each["amount"]), parse_yuan(each["allocated"])) for each in answer["funds"]
    )
    declared_at, changed_at = (dt.datetime.fromisoformat(answer[name]) for name in ("declared", "changed"))
    return ProjectRecord(
        answer["id"], answer["version"], answer["status"], content, tuple(funds), declared_at, changed_at
    )


EXAMPLE: dict[str, Any] = {
    "id": 17,
    "version": 4,
    "status": "under_way",
    "name": "十大股村通村水泥路",
    "category": "基础设施",
    "construction": "new",
    "place": "150923100201",
    "place_name": "商都县七台镇十大股村",
    "schedule": {"start": "2018-05-01", "end": "2018-10-31"},
    "responsible_unit": "七台镇人民政府",
    "tasks": "硬化道路 3 公里\n修建过水路面一处",
    "budget": {
        "total": "500000.10",
        "sources": [
            {"fund": "财政专项扶贫资金", "amount": "300000.00"},
            {"fund": "村集体自筹: 2018", "amount": "200000.10"},
        ],
    },
    "beneficiaries": {"households": 40, "persons": 102, "registered_households": 25, "registered_persons": 61},
    "performance_goals": ["出行时间缩短一半", "带动 25 户贫困户增收"],
    "participation": "村民代表大会讨论通过",
    "poverty_reduction_mechanism": "优先吸纳贫困户务工",
    "wanting": [],
    "funds": [
        {"fund": "财政专项扶贫资金", "amount": "300000.00", "allocated": "100000.00", "left": "200000.00"},
        {"fund": "村集体自筹: 2018", "amount": "200000.10", "allocated": "0.00", "left": "200000.10"},
    ],
    "notice": None,
    "declared": "2018-02-01T02:03:04Z",
    "changed": "2018-05-02T02:03:04Z",
}
"""A project as the API answers it."""
