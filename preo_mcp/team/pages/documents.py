"""A team's pages as HTML: where one signs in, the questions that wait, and what stands above each of them."""

import html
from collections.abc import Sequence
from datetime import UTC
from functools import cache
from typing import Final
from urllib.parse import urlsplit

from preo_mcp.approval.languages import in_language
from preo_mcp.approval.plans import Plan
from preo_mcp.approval.ways.documents import page_style
from preo_mcp.approval.ways.texts import NOTHING_WAITS, WHY, Refusal, answer_before
from preo_mcp.approval.wording import Figure, Message
from preo_mcp.settings import Language
from preo_mcp.team.pages import texts
from preo_mcp.web.documents import document, joined, policy

PACKAGE: Final = "preo_mcp.team.pages"


@cache
def _style() -> str:
    return page_style() + joined([(PACKAGE, "team.css")])


@cache
def plain_policy() -> str:
    """Return the policy of the pages that run no script, and send forms to this server alone."""
    return policy("", _style(), script_src="'none'", connect_src="'none'", form_action="'self'")


def sign_in_html(language: Language, address: str, state: str, issuer: str | None, problem: str = "") -> str:
    """Return the page where one signs in.

    Args:
        language: Of what it says.
        address: Of the pages, within the server.
        state: Of the attempt, which the form sends along.
        issuer: The provider; None where nobody signs in there.
        problem: Why it failed before; empty where it did not.
    """
    say = _Saying(language)
    at = "" if issuer is None else urlsplit(issuer).netloc
    link = f'<p><a class="yes" href="{address}/sign-in">{say(texts.sign_in_at(at))}</a></p>' if at else ""
    failed = f'<p role="alert">{say(texts.FAILED)} {html.escape(problem)}</p>' if problem else ""
    body = (
        f"<main><h1>{say(texts.SIGN_IN)}</h1>{failed}{link}"
        f'<form method="post" action="{address}/sign-in">'
        f'<input type="hidden" name="state" value="{html.escape(state)}">'
        f'<label for="token">{say(texts.TOKEN)}</label>'
        '<input id="token" name="token" type="password" autocomplete="off" required spellcheck="false">'
        f'<button type="submit">{say(texts.SIGN_IN)}</button></form></main>'
    )
    return _plain(language, texts.SIGN_IN, body)


def waiting_html(language: Language, address: str, name: str, token: str, plans: Sequence[Plan]) -> str:
    """Return the page with the questions that wait for one who is signed in, the oldest first."""
    say = _Saying(language)
    items = "".join(_item(say, address, name, plan) for plan in plans)
    listed = f"<ol>{items}</ol>" if items else f"<p>{say(NOTHING_WAITS)}</p>"
    body = (
        f"<main><h1>{say(texts.WAITING)}</h1>{listed}"
        f'<form method="post" action="{address}/sign-out"><p class="quiet">{say(texts.signed_in_as(name))}</p>'
        f'<input type="hidden" name="token" value="{html.escape(token)}">'
        f'<button type="submit">{say(texts.SIGN_OUT)}</button></form></main>'
    )
    return _plain(language, texts.WAITING, body)


def around_html(language: Language, address: str, plan: Plan) -> str:
    """Return what stands above a question: the way to all of them, and who asked."""
    say = _Saying(language)
    return f'<nav><a href="{address}">{say(texts.ALL)}</a> · <span>{say(texts.asked_by(plan.principal))}</span></nav>'


def _item(say: "_Saying", address: str, name: str, plan: Plan) -> str:
    notes = [
        say(texts.asked_by(plan.principal)),
        say(answer_before(Figure(f"{plan.expires.astimezone(UTC):%Y-%m-%d %H:%M} UTC"))),
    ]
    if not plan.takes_yes_of(name):
        notes.append(say(WHY[Refusal.ANOTHER][0]))
    return (
        f'<li><a href="{address}/{plan.id}">{html.escape(plan.question)}</a>'
        f'<p class="quiet">{" · ".join(notes)}</p></li>'
    )


def _plain(language: Language, title: Message, body: str) -> str:
    return document(language, in_language(title, language), _style(), "", body, {})


class _Saying:
    """Puts messages in a language, as markup."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def __call__(self, message: Message) -> str:
        return html.escape(in_language(message, self._language))
