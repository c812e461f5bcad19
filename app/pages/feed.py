"""The notices on display as an Atom feed (RFC 4287). Texts of people stand in it as text, never as markup."""

import datetime as dt
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from app.clock import SHANGHAI
from app.i18n import text
from app.pages.place_names import PlaceNames
from app.pages.rendering import with_language
from app.schemas.responses.notices import NoticeAnswer
from app.schemas.text import printable

if TYPE_CHECKING:
    import feedgenerator

TOPIC = "notices_page"


def feed(notices: Iterable[NoticeAnswer], origin: str, author: str, places: PlaceNames) -> str:
    """Write the feed of some notices in the language of the places. Every address in it begins with `origin`."""
    import feedgenerator  # noqa: PLC0415 - no other page needs it

    language = places.language
    board, own = (origin + with_language(path, language) for path in ("/notices", "/notices.atom"))
    atom = feedgenerator.Atom1Feed(
        title=text(TOPIC, "board", language),
        link=board,
        description=text(TOPIC, "board_lead", language),
        language="zh-CN" if language == "zh" else "en",
        author_name=printable(author),
        feed_url=own,
        feed_guid=own,
    )
    for notice in notices:
        _add(atom, notice, origin + with_language(f"/notices/{notice['id']}", language), places)
    return str(atom.writeString("utf-8"))


def _add(atom: "feedgenerator.Atom1Feed", notice: NoticeAnswer, address: str, places: PlaceNames) -> None:
    posted = dt.datetime.combine(dt.date.fromisoformat(notice["posted"]), dt.time(), SHANGHAI)
    summary = text(TOPIC, f"through_{notice['kind']}", places.language)
    summary = summary.format(last_day=notice["last_day"], next_step=notice["next_step_from"])
    atom.add_item(
        title=printable(notice["text"]["name"]),
        link=address,
        # The summary is declared as HTML.
        description=escape(printable(f"{summary} {notice['text']['place_name'] or places.full(notice['place'])}")),
        unique_id=address,
        pubdate=posted,
        updateddate=posted,
    )
