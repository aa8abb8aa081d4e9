"""The card and the page as HTML: one look and one script that shows a question, each with its own way to the server."""

import html
from functools import cache
from typing import Final

from preo_mcp.approval.ways.texts import words, words_of_a_team
from preo_mcp.settings import Language
from preo_mcp.web.documents import ELEMENTS, HOST, document, joined, policy, template

PACKAGE: Final = "preo_mcp.approval.ways"
_QUESTION: Final = ((PACKAGE, "typed.js"), (PACKAGE, "question.js"))


@cache
def card_html(language: Language) -> str:
    """Return the card, which learns from the host what it is about."""
    said = words(language)
    script = joined((ELEMENTS, *_QUESTION, HOST, (PACKAGE, "card.js")))
    return document(language, said["waiting"], _joined("look.css"), script, template(PACKAGE, "question.html"), said)


def team_page_html(language: Language, plan_id: str, token: str, around: str) -> str:
    """Return the page of a plan for one who is signed in.

    Args:
        language: Of what it says.
        plan_id: The plan.
        token: What its script sends along, and no other page can.
        around: Markup of ours that stands above the question.
    """
    said = words_of_a_team(language)
    without = f"<noscript><p>{html.escape(said['script'])}</p></noscript>"
    body, data = around + template(PACKAGE, "question.html") + without, {"plan": plan_id, "token": token}
    return document(language, said["waiting"], page_style(), _page_script(), body, said, data)


def page_html(language: Language, plan_id: str) -> str:
    """Return the page of a plan, without its facts: they come only for the address's secret."""
    said = words(language)
    command = f"<code>preo-mcp approve {html.escape(plan_id)}</code>"
    without = f"<noscript><p>{html.escape(said['script'])} {command}</p></noscript>"
    body = template(PACKAGE, "question.html") + without
    return document(language, said["waiting"], page_style(), _page_script(), body, said, {"plan": plan_id})


@cache
def page_policy() -> str:
    """Return the page's content security policy; it shows an e-mail in a frame of its own."""
    return policy(_page_script(), page_style(), frame_src="'self'")


@cache
def page_style() -> str:
    """Return the style of the page, and of what stands beside it."""
    return _joined("look.css", "page.css")


@cache
def _page_script() -> str:
    return joined((ELEMENTS, *_QUESTION, (PACKAGE, "page.js")))


def _joined(*names: str) -> str:
    return joined((PACKAGE, name) for name in names)
