"""The notices on display as an Atom feed (RFC 4287): what came from people stands in it as text, never as markup."""

import datetime as dt
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

import feedgenerator

from app.clock import SHANGHAI
from app.i18n import Language, text
from app.pages.rendering import with_language
from app.schemas.text import printable

TOPIC = "notices_page"


def feed(notices: Iterable[Mapping[str, Any]], origin: str, author: str, language: Language) -> str:
    """Write the feed of some notices. `origin` begins every address in it; each language is a feed of its own."""
    board, own = (origin + with_language(path, language) for path in ("/notices", "/notices.atom"))
    written = feedgenerator.Atom1Feed(
        title=text(TOPIC, "board", language),
        link=board,
        description=text(TOPIC, "board_lead", language),
        language="zh-CN" if language == "zh" else "en",
        author_name=printable(author),
        feed_url=own,
        feed_guid=own,
    )
    for notice in notices:
        _add(written, notice, origin + with_language(f"/notices/{notice['id']}", language), language)
    return str(written.writeString("utf-8"))


def _add(written: Any, notice: Mapping[str, Any], address: str, language: Language) -> None:
    posted = dt.datetime.combine(dt.date.fromisoformat(notice["posted"]), dt.time(), SHANGHAI)
    said = text(TOPIC, f"through_{notice['kind']}", language)
    said = said.format(last_day=notice["last_day"], next_step=notice["next_step_from"])
    written.add_item(
        title=printable(notice["text"]["name"]),
        link=address,
        # The summary is declared as HTML.
        description=escape(printable(f"{said} {notice['text']['place_name'] or notice['place']}")),
        unique_id=address,
        pubdate=posted,
        updateddate=posted,
    )
