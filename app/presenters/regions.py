"""Counties and the lists they stand on, in words."""

from collections.abc import Iterable
from typing import Any

from app.i18n import Language
from app.presenters.sources import cited
from app.rules.reference.places import Area, CountyGroup, CountyList, Division, Divisions, Prefecture


def regions_answer(divisions: Divisions, chosen: Iterable[Division], language: Language) -> dict[str, Any]:
    """Show some counties, and every list with the number of counties it states and has."""
    return {
        "codes": {"standard": divisions.standard, "as_of": divisions.as_of.isoformat()},
        "lists": [_list(each, language) for each in divisions.lists.values()],
        "regions": [_region(place, language) for place in chosen],
    }


def _list(listed: CountyList, language: Language) -> dict[str, Any]:
    return {
        "list": listed.id,
        "name": listed.name[language],
        "heading": listed.heading,
        "stated": listed.stated,
        "counted": len(listed.counties),
        "by_prefecture": [_group(group, language) for group in listed.groups],
        "note": None if listed.note is None else listed.note[language],
        "source": _source(listed, language),
    }


def _group(group: CountyGroup, language: Language) -> dict[str, Any]:
    return {
        "prefecture": None if group.prefecture is None else _prefecture(group.prefecture, language),
        "area": _area(group.area, language),
        "stated": group.stated,
        "counted": len(group.counties),
        "counties": list(group.counties),
    }


def _region(place: Division, language: Language) -> dict[str, Any]:
    name = place.name[language]
    return {
        "code": place.code,
        "name": name,
        "short_name": place.short if place.short and language == "zh" else name,
        "also_written": list(place.also),
        "prefecture": _prefecture(place.prefecture, language),
        "listed_as": [
            {
                "list": listing.list.id,
                "name": listing.list.name[language],
                "area": _area(listing.area, language),
                "source": _source(listing.list, language),
            }
            for listing in place.listed_as
        ],
    }


def _prefecture(prefecture: Prefecture, language: Language) -> dict[str, str]:
    return {"code": prefecture.code, "prefix": prefecture.prefix, "name": prefecture.name[language]}


def _area(area: Area | None, language: Language) -> dict[str, str] | None:
    return None if area is None else {"area": area.id, "name": area.name[language]}


def _source(listed: CountyList, language: Language) -> dict[str, str]:
    return cited(listed.document, listed.clause, listed.basis, listed.effective_from, language)
