"""An e-mail as its customer will see it, made harmless: it looks the same, does nothing and loads nothing.

What is shown of it stands in a sandboxed frame with a policy of its own, either of which would be enough. Here what
could act is left out by an allow list: scripts, forms, frames, addresses of links and pictures, whatever is not known.
"""

import html
from collections.abc import Iterable
from html.parser import HTMLParser
from typing import Final

MOST_CHARACTERS: Final = 200_000
"""Of an e-mail that is shown; of a longer one the text is shown alone."""

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'"
"""What the frame may do: wear its own styles, and show pictures that it brings along."""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TEXT: Final = _names(
    """
    a abbr article aside b big blockquote br center cite code dd del div dl dt em figcaption figure font footer h1 h2 h3
    h4 h5 h6 header hr i ins kbd li main mark ol p pre q s samp section small span strike strong sub sup tt u ul
    """
)
_TABLE: Final = frozenset({"caption", "col", "colgroup", "table", "tbody", "td", "tfoot", "th", "thead", "tr"})
_VOID: Final = frozenset({"br", "col", "hr", "img"})
_WITH_CONTENT: Final = _names(
    """
    applet audio canvas frameset iframe math noembed noframes noscript object picture script select svg template
    textarea title video xmp
    """
)
"""What goes with all that is in it."""
_ATTRIBUTES: Final = _names(
    """
    align alt bgcolor border cellpadding cellspacing class color colspan dir face height id lang role rowspan size span
    start style type valign width
    """
)
_PIXEL: Final = frozenset({"0", "1", "2", "0px", "1px", "2px"})
"""Sizes of a picture that is there to be counted, not to be seen."""
_FITTING: Final = "<style>body{margin:0;overflow-wrap:anywhere}img{max-width:100%}</style>"
"""A frame can be as narrow as a telephone, whose mail programs do the same."""
_PLACEHOLDER: Final = ";box-sizing:border-box;border:1px dashed #999!important;color:#666;background:#f4f4f4"


def harmless_mail(source: str) -> str:
    """Return a whole document that shows an e-mail and does nothing else; empty where there is none, or too much."""
    if not source or len(source) > MOST_CHARACTERS:
        return ""
    mail = _Mail()
    mail.feed(source)
    mail.close()
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8">{policy}{_FITTING}</head><body>{mail.kept()}</body></html>'
    )


class _Mail(HTMLParser):
    """What is kept of an e-mail, tag by tag."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._kept: list[str] = []
        self._left_out: list[str] = []
        """The tags within which everything is left out, the outermost first."""
        self._in_style = False

    def kept(self) -> str:
        return "".join(self._kept) + ("</style>" if self._in_style else "")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _WITH_CONTENT:
            self._left_out.append(tag)
        if self._left_out:
            return
        given = {name: value or "" for name, value in attrs}
        if tag == "style":
            self._in_style = True
            self._kept.append("<style>")
        elif tag == "img":
            self._kept.append(_picture(given))
        elif tag in ("body", *_TEXT, *_TABLE):
            self._kept.append(f"<{'div' if tag == 'body' else tag}{_attributes(given)}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _WITH_CONTENT:
            self.handle_starttag(tag, attrs)
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._left_out:
            if tag in self._left_out:
                del self._left_out[self._left_out.index(tag) :]
        elif tag == "style" and self._in_style:
            self._in_style = False
            self._kept.append("</style>")
        elif tag in ("body", *_TEXT, *_TABLE) and tag not in _VOID:
            self._kept.append(f"</{'div' if tag == 'body' else tag}>")

    def handle_data(self, data: str) -> None:
        if not self._left_out:
            self._kept.append(data.replace("<", "") if self._in_style else html.escape(data, quote=False))


def _attributes(given: dict[str, str], names: Iterable[str] = _ATTRIBUTES) -> str:
    kept = ((name, value) for name, value in given.items() if name in names)
    return "".join(f' {name}="{html.escape(value)}"' for name, value in kept)


def _picture(given: dict[str, str]) -> str:
    """Return a picture that the mail brings along; of any other its place and what it says of itself."""
    if given.get("src", "").strip().lower().startswith("data:image/"):
        return f"<img{_attributes(given, (*_ATTRIBUTES, 'src'))}>"
    sizes = {name: given.get(name, "").strip().lower() for name in ("width", "height")}
    if any(size in _PIXEL for size in sizes.values()):
        return ""
    sized = "".join(f";{name}:{size}px;max-width:100%" for name, size in sizes.items() if size.isdecimal())
    style = html.escape(f"display:inline-block{sized};{given.get('style', '')}{_PLACEHOLDER}")
    return f'<span style="{style}">{html.escape(given.get("alt", ""), quote=False)}&nbsp;</span>'
