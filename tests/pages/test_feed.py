"""The feed of the notices on display: well-formed whatever was stored, text and never markup, each language its own."""

import xml.etree.ElementTree as ET
from html import unescape
from typing import Any, cast

from app.i18n import LANGUAGES, Language
from app.pages.feed import feed
from app.pages.place_names import PlaceNames
from app.rules.reference.places import load_divisions
from app.schemas.responses.notices import NoticeAnswer
from tests.support.grid import grid

DIVISIONS = load_divisions()
ATOM = "{http://www.w3.org/2005/Atom}"
ORIGIN = "https://anda.example"
MARKUP = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def read(spoken: Language = "zh", kind: str = "publicity", author: str = "项目库", **text: Any) -> ET.Element:
    notice = {
        "id": 7,
        "kind": kind,
        "posted": "2018-05-19",
        "last_day": "2018-05-29",
        "next_step_from": "2018-05-30",
        "place": "150923101200",
        "text": {"name": "水渠修复", "place_name": None, **text},
    }
    places = PlaceNames(DIVISIONS, spoken)
    return ET.fromstring(feed([cast("NoticeAnswer", notice)], ORIGIN, author, places))  # noqa: S314 - our own answer


def said(found: ET.Element, name: str) -> str:
    element = found.find(f"{ATOM}entry/{ATOM}{name}")
    assert element is not None
    # What a reader shows: text that is declared as HTML is read once more.
    return unescape(element.text or "") if element.get("type") == "html" else element.text or ""


def test_markup_in_a_place_s_name_is_text_for_whoever_reads_the_feed() -> None:
    found = read(place_name=MARKUP)
    summary = found.find(f"{ATOM}entry/{ATOM}summary")
    assert summary is not None and "<" not in (summary.text or "")
    assert MARKUP in said(found, "summary")
    assert said(read(name=MARKUP), "title") == MARKUP


@grid("character", ["\ufffe", "\uffff", "\x00", "\x0b", "\x1b", "\ufdd0", "\U0001ffff"])
def test_a_stored_character_that_xml_cannot_hold_leaves_the_feed_well_formed(character: str) -> None:
    found = read(name=f"水{character}渠", place_name=f"立{character}春村", author=f"项{character}目库")
    assert said(found, "title") == "水渠"
    assert said(found, "summary").endswith("立春村")


@grid("spoken", LANGUAGES)
def test_a_feed_names_its_author_itself_and_its_own_pages(spoken: Language) -> None:
    found = read(spoken)
    ending = "?lang=en" if spoken == "en" else ""
    assert found.findtext(f"{ATOM}author/{ATOM}name") == "项目库"
    links = {link.get("rel"): link.get("href") for link in found.findall(f"{ATOM}link")}
    assert links == {"self": f"{ORIGIN}/notices.atom{ending}", "alternate": f"{ORIGIN}/notices{ending}"}
    assert found.findtext(f"{ATOM}id") == links["self"]
    link = found.find(f"{ATOM}entry/{ATOM}link")
    assert link is not None and link.get("href") == f"{ORIGIN}/notices/7{ending}"


def test_only_a_publicity_is_said_to_hold_up_a_next_step() -> None:
    assert "2018-05-30起方可办理下一步" in said(read(), "summary")
    for kind in ("announcement", "removal"):
        assert "起方可办理" not in said(read(kind=kind), "summary")
        assert "2018-05-29" in said(read(kind=kind), "summary")
