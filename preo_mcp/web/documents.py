"""Cards and pages as HTML: self-contained, with their own style and script inside; nothing is loaded from anywhere.

A page's policy names its script and style by their digests, so that no other runs. The scripts put in text only
(`textContent`), never markup.
"""

import base64
import hashlib
import html
import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from preo_mcp.settings import Language

TEMPLATES: Final = "templates"
"""The folder of a package with the parts of its documents."""

ELEMENTS: Final = ("preo_mcp.web", "elements.js")
"""What every script of ours begins with: elements, the words, the language."""
HOST: Final = ("preo_mcp.web", "host.js")
"""How a card speaks with its host (MCP Apps)."""

_DOCUMENT: Final = """\
<!DOCTYPE html>
<html lang="{language}"{data}>
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


def document(
    language: Language,
    title: str,
    style: str,
    script: str,
    body: str,
    words: Mapping[str, str],
    data: Mapping[str, str] | None = None,
) -> str:
    """Return a document.

    Args:
        language: Of what it says.
        title: As text.
        style: A style sheet of ours, see `joined`.
        script: A script of ours, likewise.
        body: Markup of ours.
        words: What the script says, by key.
        data: Attributes of the root element by name, without their `data-`.
    """
    attributes = (f' data-{name}="{html.escape(value)}"' for name, value in (data or {}).items())
    return _DOCUMENT.format(
        language=language,
        data="".join(attributes),
        title=html.escape(title),
        style=style,
        body=body,
        words=json.dumps(dict(words), ensure_ascii=False).replace("<", "\\u003c"),
        script=script,
    )


def policy(script: str, style: str, **more: str) -> str:
    """Return a page's content security policy: its own script and style alone, and no frame around it.

    `more` are further directives, with `_` for `-` in their names.
    """
    directives = {
        "default-src": "'none'",
        "script-src": f"'{_source(script)}'",
        "style-src": f"'{_source(style)}'",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        **{name.replace("_", "-"): value for name, value in more.items()},
    }
    return "; ".join(f"{name} {value}" for name, value in directives.items())


@cache
def template(package: str, name: str) -> str:
    """Return a part of a document, as it lies in the templates of a package."""
    return (files(package) / TEMPLATES / name).read_text(encoding="utf-8")


def joined(parts: Iterable[tuple[str, str]]) -> str:
    """Return parts of a style or a script, each given by its package and name, as one."""
    return "\n" + "".join(template(package, name) for package, name in parts)


def _source(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
