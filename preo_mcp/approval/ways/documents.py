"""The card and the page as HTML: one look and one script that shows a question, each with its own way to the server.

Self-contained: nothing is loaded from anywhere. The scripts put in text only (`textContent`), never markup.
"""

import base64
import hashlib
import html
import json
from functools import cache
from importlib.resources import files
from typing import Final

from preo_mcp.approval.ways.texts import words
from preo_mcp.settings import Language

PACKAGE: Final = "preo_mcp.approval.ways"

_DOCUMENT: Final = """\
<!DOCTYPE html>
<html lang="{language}"{plan}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
{body}
<script type="application/json" id="words">{words}</script>
<script>{script}</script>
</body>
</html>
"""


@cache
def card_html(language: Language) -> str:
    """Return the card, which learns from the host what it is about."""
    return _document(
        language, _joined("look.css"), _joined("typed.js", "question.js", "card.js"), "", _text("question.html")
    )


def page_html(language: Language, plan_id: str) -> str:
    """Return the page of a plan, without its facts: they come only for the address's secret."""
    said = words(language)
    command = f"<code>preo-mcp approve {html.escape(plan_id)}</code>"
    body = f"{_text('question.html')}<noscript><p>{html.escape(said['script'])} {command}</p></noscript>"
    return _document(language, _page_style(), _page_script(), f' data-plan="{html.escape(plan_id)}"', body)


@cache
def page_policy() -> str:
    """Return the page's content security policy: its own script and style by their digests, no frame around it."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_source(_page_script())}'",
            f"style-src '{_source(_page_style())}'",
            "connect-src 'self'",
            "frame-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


def _document(language: Language, style: str, script: str, plan: str, body: str) -> str:
    said = words(language)
    return _DOCUMENT.format(
        language=language,
        plan=plan,
        title=html.escape(said["waiting"]),
        style=style,
        body=body,
        words=json.dumps(said, ensure_ascii=False).replace("<", "\\u003c"),
        script=script,
    )


@cache
def _page_style() -> str:
    return _joined("look.css", "page.css")


@cache
def _page_script() -> str:
    return _joined("typed.js", "question.js", "page.js")


def _joined(*names: str) -> str:
    return "\n" + "".join(map(_text, names))


@cache
def _text(name: str) -> str:
    return (files(PACKAGE) / "templates" / name).read_text(encoding="utf-8")


def _source(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
