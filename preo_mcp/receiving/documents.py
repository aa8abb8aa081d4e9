"""The upload card and page as HTML: one look and one script, each with its own way to the server."""

import html
from functools import cache
from typing import Final

from preo_mcp.receiving.hand_texts import hand_words
from preo_mcp.receiving.texts import words as file_words
from preo_mcp.settings import Language
from preo_mcp.web.documents import ELEMENTS, HOST, document, joined, policy, template

PACKAGE: Final = "preo_mcp.receiving"
LOOK: Final = ("preo_mcp.approval.ways", "look.css")
PAGE: Final = ("preo_mcp.approval.ways", "page.css")

_SCRIPTS: Final = tuple((PACKAGE, name) for name in ("drop.js", "hand.js", "hand_parts.js"))
_STYLES: Final = tuple((PACKAGE, name) for name in ("drop.css", "hand.css"))


@cache
def card_html(language: Language) -> str:
    """Return the card, which learns from the host which upload it is for."""
    said = words(language)
    style = joined((LOOK, *_STYLES))
    script = joined((ELEMENTS, *_SCRIPTS, HOST, (PACKAGE, "card.js")))
    return document(language, said["title"], style, script, template(PACKAGE, "drop.html"), said)


def words(language: Language) -> dict[str, str]:
    """Return what the scripts of the card and the page say, by key."""
    return {**file_words(language), **hand_words(language)}


@cache
def page_html(language: Language) -> str:
    """Return the page of any upload: which it is stands in its address."""
    said = words(language)
    without = f"<noscript><p>{html.escape(said['script'])} <code>preo-mcp put FILE</code></p></noscript>"
    body = template(PACKAGE, "drop.html") + without
    return document(language, said["title"], _page_style(), _page_script(), body, said)


@cache
def page_policy() -> str:
    """Return the page's content security policy."""
    return policy(_page_script(), _page_style())


@cache
def _page_style() -> str:
    return joined((LOOK, PAGE, *_STYLES))


@cache
def _page_script() -> str:
    return joined((ELEMENTS, *_SCRIPTS, (PACKAGE, "page.js")))
