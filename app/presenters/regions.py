"""Counties, the lists that they stand on, and the names of the places in them, in one language."""

from collections.abc import Iterable
from typing import Literal

from app.i18n import Language
from app.presenters.sources import cited
from app.rules.reference.places import Area, CountyGroup, CountyList, Division, Divisions, Prefecture
from app.schemas.responses.reference import SourceAnswer
from app.schemas.responses.regions import (
    AreaAnswer,
    CountyListAnswer,
    ListGroup,
    NamedPlace,
    PlaceAnswer,
    PrefectureAnswer,
    RegionAnswer,
    RegionsAnswer,
)

_LEVELS: tuple[Literal["county", "township", "village"], ...] = ("county", "township", "village")


def regions_answer(
    divisions: Divisions, counties: Iterable[Division], language: Language, place: str | None = None
) -> RegionsAnswer:
    """Show some counties, every list with the number of counties that it states and has, and a place by its code."""
    townships = divisions.townships
    return {
        "codes": {"standard": divisions.standard, "as_of": divisions.as_of.isoformat()},
        "names": {
            "publisher": townships.publisher[language],
            "edition": townships.edition,
            "published_in": townships.published_in[language],
            "license": townships.license,
        },
        "place": None if place is None else _place(divisions, place, language),
        "lists": [_list(each, language) for each in divisions.lists.values()],
        "regions": [_region(county, language) for county in counties],
    }


def _place(divisions: Divisions, code: str, language: Language) -> PlaceAnswer:
    above = divisions.lineage(code)[:-1]
    return {
        **_named(divisions, code, language),
        "level": _LEVELS[len(above)],
        "full_name": divisions.full_name(code, language) or code,
        "lies_in": [_named(divisions, each, language) for each in above],
        "holds": [{"code": each, "name": name, "known": True} for each, name in divisions.below(code).items()],
    }


def _named(divisions: Divisions, code: str, language: Language) -> NamedPlace:
    name = divisions.name(code, language)
    return {"code": code, "name": code if name is None else name, "known": name is not None}


def _list(county_list: CountyList, language: Language) -> CountyListAnswer:
    return {
        "list": county_list.id,
        "name": county_list.name[language],
        "heading": county_list.heading,
        "stated": county_list.stated,
        "counted": len(county_list.counties),
        "by_prefecture": [_group(group, language) for group in county_list.groups],
        "note": None if county_list.note is None else county_list.note[language],
        "source": list_source(county_list, language),
    }


def _group(group: CountyGroup, language: Language) -> ListGroup:
    return {
        "prefecture": None if group.prefecture is None else _prefecture(group.prefecture, language),
        "area": _area(group.area, language),
        "stated": group.stated,
        "counted": len(group.counties),
        "counties": list(group.counties),
    }


def _region(county: Division, language: Language) -> RegionAnswer:
    name = county.name[language]
    return {
        "code": county.code,
        "name": name,
        "short_name": county.short if county.short and language == "zh" else name,
        "also_written": list(county.also),
        "prefecture": _prefecture(county.prefecture, language),
        "listed_as": [
            {
                "list": listing.list.id,
                "name": listing.list.name[language],
                "area": _area(listing.area, language),
                "source": list_source(listing.list, language),
            }
            for listing in county.listed_as
        ],
    }


def _prefecture(prefecture: Prefecture, language: Language) -> PrefectureAnswer:
    return {"code": prefecture.code, "prefix": prefecture.prefix, "name": prefecture.name[language]}


def _area(area: Area | None, language: Language) -> AreaAnswer | None:
    return None if area is None else {"area": area.id, "name": area.name[language]}


def list_source(county_list: CountyList, language: Language) -> SourceAnswer:
    """Cite where a list of counties stands."""
    return cited(county_list.document, county_list.clause, county_list.basis, county_list.effective_from, language)
