"""Counties and the lists that they stand on, in one language."""

from collections.abc import Iterable

from app.i18n import Language
from app.presenters.sources import cited
from app.rules.reference.places import Area, CountyGroup, CountyList, Division, Divisions, Prefecture
from app.schemas.responses.reference import SourceAnswer
from app.schemas.responses.regions import (
    AreaAnswer,
    CountyListAnswer,
    ListGroup,
    PrefectureAnswer,
    RegionAnswer,
    RegionsAnswer,
)


def regions_answer(divisions: Divisions, counties: Iterable[Division], language: Language) -> RegionsAnswer:
    """Show some counties, and every list with the number of counties that it states and has."""
    return {
        "codes": {"standard": divisions.standard, "as_of": divisions.as_of.isoformat()},
        "lists": [_list(each, language) for each in divisions.lists.values()],
        "regions": [_region(county, language) for county in counties],
    }


def _list(county_list: CountyList, language: Language) -> CountyListAnswer:
    return {
        "list": county_list.id,
        "name": county_list.name[language],
        "heading": county_list.heading,
        "stated": county_list.stated,
        "counted": len(county_list.counties),
        "by_prefecture": [_group(group, language) for group in county_list.groups],
        "note": None if county_list.note is None else county_list.note[language],
        "source": _source(county_list, language),
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
                "source": _source(listing.list, language),
            }
            for listing in county.listed_as
        ],
    }


def _prefecture(prefecture: Prefecture, language: Language) -> PrefectureAnswer:
    return {"code": prefecture.code, "prefix": prefecture.prefix, "name": prefecture.name[language]}


def _area(area: Area | None, language: Language) -> AreaAnswer | None:
    return None if area is None else {"area": area.id, "name": area.name[language]}


def _source(county_list: CountyList, language: Language) -> SourceAnswer:
    return cited(county_list.document, county_list.clause, county_list.basis, county_list.effective_from, language)
