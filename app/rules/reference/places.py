"""The counties of Inner Mongolia (旗县市区) by national code, and the lists of the policy text that name them.

Below the counties of the home prefecture the names of townships and villages are known too (township_names.py).
"""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar, get_args

from app.rules.parameters import BASES, Basis
from app.rules.reference.township_names import (
    DIGITS_OF_A_COUNTY,
    DIGITS_OF_A_TOWNSHIP,
    DIGITS_OF_A_VILLAGE,
    load_township_names,
)
from app.rules.strict_yaml import Node, Words, read, words
from app.rules.units import read_day

ListName = Literal[
    "national_poor",
    "regional_poor",
    "old_revolutionary_base",
    "border",
    "pastoral",
    "contiguous_poor_area",
    "deeply_poor",
]
LIST_NAMES: tuple[ListName, ...] = get_args(ListName)

Entry = TypeVar("Entry")

_CODE = re.compile(r"[0-9]{6}", re.ASCII)
_DIVISION = re.compile(r"[0-9]{6}(?:(?!0{3})[0-9]{3}){0,2}", re.ASCII)
_COUNT = re.compile(r"[1-9][0-9]{0,2}", re.ASCII)
_DIGITS_OF_A_PREFECTURE = 4
_KINDS = re.compile(r"(?:族?自治旗|联合旗|矿区|[县旗市区]| (?:county|banner|city|district))$")
"""The kind of division at the end of a name; a division is also found without it."""


@dataclass(frozen=True, slots=True)
class Prefecture:
    """A prefecture-level city or league (盟市)."""

    code: str
    name: Words

    @property
    def prefix(self) -> str:
        """The beginning of the codes of all its divisions."""
        return self.code[:_DIGITS_OF_A_PREFECTURE]


@dataclass(frozen=True, slots=True)
class Area:
    """A contiguous poor area (集中连片特困地区)."""

    id: str
    name: Words


class CountyGroup(NamedTuple):
    """The part of a list for one prefecture, or the whole list where it is not divided."""

    prefecture: Prefecture | None
    stated: int | None
    """The number of counties that the document states here; None where it states none."""
    area: Area | None
    counties: tuple[str, ...]
    """Their codes, in the document's order."""


@dataclass(frozen=True, slots=True)
class CountyList:
    """A list of counties as the document gives it."""

    id: ListName
    name: Words
    heading: str
    """The heading of the list in the document, or the words that name its counties where they have no list."""
    stated: int
    """The number of counties that the document states in all."""
    clause: str
    document: str
    basis: Basis
    effective_from: dt.date
    note: Words | None
    """A contradiction or a gap in the document."""
    groups: tuple[CountyGroup, ...]

    @property
    def counties(self) -> tuple[str, ...]:
        """The codes of all its counties, in the document's order."""
        return tuple(code for group in self.groups for code in group.counties)


class Listing(NamedTuple):
    """The entry of a county in a list, with its area where the list has areas."""

    list: CountyList
    area: Area | None


@dataclass(frozen=True, slots=True)
class Division:
    """A county-level division (旗县市区)."""

    code: str
    name: Words
    short: str | None
    """The usual short name in Chinese."""
    also: tuple[str, ...]
    """The names that the document uses instead."""
    prefecture: Prefecture
    listed_as: tuple[Listing, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All names in full."""
        return (*self.name.values(), *([self.short] if self.short else []), *self.also)

    def is_called(self, name: str) -> bool:
        """Whether this is one of its names, with or without the kind of place at the end."""
        whole = [each.casefold() for each in self.names]
        return name.casefold() in {*whole, *(_KINDS.sub("", each) for each in whole)}

    def begins_with(self, name: str) -> bool:
        """Whether one of its names begins with a text."""
        return any(each.casefold().startswith(name.casefold()) for each in self.names)


@dataclass(frozen=True, slots=True)
class TownshipNames:
    """The names of the townships and villages of the home prefecture, in Chinese only, and where they come from."""

    by_code: dict[str, str]
    publisher: Words
    edition: str
    """The year of the publisher's edition."""
    published_in: Words
    license: str


@dataclass(frozen=True, slots=True)
class Divisions:
    """All counties, the lists, and the prefecture whose policies the service calculates."""

    by_code: dict[str, Division]
    lists: dict[ListName, CountyList]
    home: Prefecture
    """The prefecture whose policies the service calculates; `home.prefix` begins the codes of its divisions."""
    standard: str
    """The standard of the codes."""
    as_of: dt.date
    """The day of the standard's edition."""
    townships: TownshipNames

    def name(self, code: str, language: str) -> str | None:
        """Name a county, or a township or village of the home prefecture; None for a code that is not known."""
        county = self.by_code.get(code)
        return self.townships.by_code.get(code) if county is None else county.name[language]

    def lineage(self, code: str) -> tuple[str, ...]:
        """List the codes of the county, the township and the village that a code names, itself last."""
        above = (DIGITS_OF_A_COUNTY, DIGITS_OF_A_TOWNSHIP)
        return (*(code[:digits] for digits in above if digits < len(code)), code)

    def full_name(self, code: str, language: str) -> str | None:
        """Name a place with its township and county; None for a code that is not known."""
        names = [self.name(each, language) for each in self.lineage(code)]
        known = [each for each in names if each is not None]
        if len(known) < len(names):
            return None
        return "".join(known) if language == "zh" else ", ".join(reversed(known))

    def below(self, code: str) -> dict[str, str]:
        """Return the names by code of the townships of a county, or of the villages of a township."""
        digits = DIGITS_OF_A_TOWNSHIP if len(code) == DIGITS_OF_A_COUNTY else DIGITS_OF_A_VILLAGE
        return {
            each: name
            for each, name in self.townships.by_code.items()
            if len(each) == digits and each.startswith(code) and each != code
        }

    def find_townships(self, name: str, county: str = "") -> list[str]:
        """Find the codes of townships and villages: those with the exact name, or else those whose name begins with it.

        With a county, only those in it.
        """
        inside = {code: each for code, each in self.townships.by_code.items() if code.startswith(county)}
        exact = [code for code, each in inside.items() if each == name]
        return exact or [code for code, each in inside.items() if each.startswith(name)]

    def is_deeply_poor(self, county: str) -> bool:
        """Whether a county is a deeply poor one (深度贫困旗县): 报告部分一, reading R29."""
        return county in self.lists["deeply_poor"].counties

    def is_division(self, code: str) -> bool:
        """Whether a code can be that of a county, township or village of the home prefecture.

        Below the county any digits are accepted, except the zeros that pad a shorter code.
        """
        county = self.by_code.get(code[:DIGITS_OF_A_COUNTY])
        return _DIVISION.fullmatch(code) is not None and county is not None and county.prefecture == self.home

    def find(self, name: str) -> tuple[Division, ...]:
        """Find counties by name: those with the exact name, or else those whose name begins with it."""
        return tuple(county for county in self.by_code.values() if county.is_called(name)) or tuple(
            county for county in self.by_code.values() if county.begins_with(name)
        )


def load_divisions(path: Path | None = None) -> Divisions:
    """Load the counties and the lists, and the names of the townships and villages of the home prefecture.

    ParameterError, naming file and line, for a code or a name that stands twice, a list or a key that is not known, a
    name on a list that no county of its prefecture has, a list that is not as long as the document says, or a township
    of no county of the home prefecture.
    """
    file = read(path or Path(__file__).with_suffix(".yaml"))
    fields = file.fields({"standard", "home", "townships", "areas", "lists", "prefectures"})
    standard = fields["standard"].fields({"name", "as_of"})
    prefectures = dict(_prefectures(fields["prefectures"]))
    if fields["home"].text() not in prefectures:
        raise fields["home"].error(f"no prefecture has the code {fields['home'].text()}")
    index = _Index(fields, prefectures)
    lists = {list_.id: list_ for list_ in _lists(fields["lists"], index)}
    home = prefectures[fields["home"].text()]
    return Divisions(
        by_code=index.with_listings(lists),
        lists=lists,
        home=home,
        standard=standard["name"].text(),
        as_of=read_day(standard["as_of"]),
        townships=_townships(fields["townships"], index, home),
    )


def _townships(node: Node, index: "_Index", home: Prefecture) -> TownshipNames:
    fields = node.fields({"publisher", "edition", "published_in", "license"})
    names = load_township_names()
    counties = {code for code, county in index.by_code.items() if county.prefecture == home}
    for code in names:
        if code[:DIGITS_OF_A_COUNTY] not in counties:
            raise node.error(f"no county of {home.name['en']} has the place {code}")
    return TownshipNames(
        by_code=names,
        publisher=words(fields["publisher"]),
        edition=fields["edition"].text(),
        published_in=words(fields["published_in"]),
        license=fields["license"].text(),
    )


class _Index:
    """The counties by code and by name, for the lists."""

    def __init__(self, fields: dict[str, Node], prefectures: dict[str, Prefecture]) -> None:
        self.areas = {name: Area(name, words(node)) for name, node in fields["areas"].mapping().items()}
        self.prefectures = {prefecture.name["zh"]: prefecture for prefecture in prefectures.values()}
        self.by_code: dict[str, Division] = {}
        self.by_name: dict[str, Division] = {}
        for code, node in fields["prefectures"].mapping().items():
            for division, division_node in _counties(node.mapping()["counties"], prefectures[code]):
                self.by_code[division.code] = division
                for name in division.names:
                    if name in self.by_name:
                        raise division_node.error(f"the name {name!r} stands twice")
                    self.by_name[name] = division

    def with_listings(self, lists: dict[ListName, CountyList]) -> dict[str, Division]:
        """Add to every county its entries in the lists, in the order of the lists."""
        listed: dict[str, list[Listing]] = {code: [] for code in self.by_code}
        for list_ in lists.values():
            for group in list_.groups:
                for code in group.counties:
                    listed[code].append(Listing(list_, group.area))
        return {code: replace(division, listed_as=tuple(listed[code])) for code, division in self.by_code.items()}


def _prefectures(node: Node) -> Iterator[tuple[str, Prefecture]]:
    for code, inner in node.mapping().items():
        if not _CODE.fullmatch(code):
            raise inner.error(f"{code!r} is not a code of six digits")
        yield code, Prefecture(code, words(inner.fields({"name", "counties"})["name"]))


def _counties(node: Node, prefecture: Prefecture) -> Iterator[tuple[Division, Node]]:
    for code, inner in node.mapping().items():
        if not _CODE.fullmatch(code) or not code.startswith(prefecture.prefix):
            raise inner.error(f"{code!r} is not a code of six digits that begins with {prefecture.prefix}")
        fields = inner.fields({"name"}, {"short", "also"})
        short = fields["short"].text() if "short" in fields else None
        also = tuple(name.text() for name in fields["also"].items()) if "also" in fields else ()
        yield Division(code, words(fields["name"]), short, also, prefecture), inner


def _lists(node: Node, index: _Index) -> Iterator[CountyList]:
    for name, inner in node.exactly(LIST_NAMES).items():
        fields = inner.fields({"name", "heading", "stated", "clause", "document", "basis", "from", "groups"}, {"note"})
        groups = tuple(_group(group, index) for group in fields["groups"].items())
        counties = [code for group in groups for code in group.counties]
        if len(set(counties)) < len(counties):
            raise fields["groups"].error("a county stands on the list twice")
        stated = _count(fields["stated"])
        if stated != len(counties):
            raise fields["stated"].error(f"the document states {stated} counties, the list has {len(counties)}")
        yield CountyList(
            id=name,
            name=words(fields["name"]),
            heading=fields["heading"].text(),
            stated=stated,
            clause=fields["clause"].text(),
            document=fields["document"].text(),
            basis=fields["basis"].one_of(BASES, "basis"),
            effective_from=read_day(fields["from"]),
            note=words(fields["note"]) if "note" in fields else None,
            groups=groups,
        )


def _group(node: Node, index: _Index) -> CountyGroup:
    fields = node.fields({"counties"}, {"prefecture", "stated", "area"})
    prefecture = _known(fields["prefecture"], index.prefectures, "prefecture") if "prefecture" in fields else None
    counties = []
    for name in fields["counties"].items():
        county = _known(name, index.by_name, "county")
        if prefecture not in (None, county.prefecture):
            raise name.error(f"{name.text()} does not lie in the prefecture it is listed under")
        counties.append(county.code)
    stated = _count(fields["stated"]) if "stated" in fields else None
    if stated not in {None, len(counties)}:
        raise fields["stated"].error(f"the document states {stated} counties, the list has {len(counties)}")
    area = _known(fields["area"], index.areas, "area") if "area" in fields else None
    return CountyGroup(prefecture, stated, area, tuple(counties))


def _known(node: Node, among: dict[str, Entry], what: str) -> Entry:
    if node.text() not in among:
        raise node.error(f"no {what} is called {node.text()!r}")
    return among[node.text()]


def _count(node: Node) -> int:
    if not _COUNT.fullmatch(node.text()):
        raise node.error(f"{node.text()!r} is not a number of counties")
    return int(node.text())
