"""The Atom feed of the notice board."""

import datetime as dt
import html
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import feedgenerator

from app.clock import SHANGHAI
from app.pages.notices import standing_words
from app.pages.site import with_language
from app.wording import Language, text

_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML cannot hold, however it is escaped."""


class Site(NamedTuple):
    """Where the feed is, whose it is and in which language."""

    address: str
    publisher: str
    spoken: Language


def feed(items: Iterable[Mapping[str, Any]], site: Site) -> str:
    """Write the notices as a feed. All that people wrote is in it as text."""

    def there(path: str) -> str:
        return with_language(f"{site.address}{path}", site.spoken)

    words = {code: text("notices_page", code, site.spoken) for code in ("board", "board_lead")}
    made = feedgenerator.Atom1Feed(
        title=words["board"],
        link=there("/notices"),
        description=words["board_lead"],
        language="zh-CN" if site.spoken == "zh" else "en",
        author_name=_clean(site.publisher),
        feed_url=there("/notices.atom"),
    )
    for each in items:
        posted = dt.datetime.combine(dt.date.fromisoformat(each["posted"]), dt.time(), SHANGHAI)
        place = each["text"]["place_name"] or each["place"]
        made.add_item(
            title=_clean(each["text"]["name"]),
            link=there(f"/notices/{each['id']}"),
            # Readers take a summary for HTML: what people wrote must still be text after that.
            description=html.escape(_clean(f"{standing_words(each, site.spoken)} {place}")),
            unique_id=there(f"/notices/{each['id']}"),
            pubdate=posted,
            updateddate=posted,
        )
    return str(made.writeString("utf-8"))


def _clean(said: str) -> str:
    return _NOT_IN_XML.sub("", said)
