"""Where a message's links lead, and what is wrong with them as they stand: none of them is opened."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html.parser import HTMLParser
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

from preo_mcp.tools.campaigns.gravity import Finding, Gravity
from preo_mcp.tools.fact_words import LIQUID

IN_TEXT: Final = re.compile(r"(?<![\w@/])(?:[a-z][a-z0-9+.-]*:/+|www\.)[^\s<>\"“”]+", re.IGNORECASE)
"""What a mail program or a telephone makes a link of."""
AT_ITS_END: Final = ".,;:!?)]}'’"
"""Belongs to the sentence and not to the address."""

PLACEHOLDERS: Final = re.compile(
    r"\b(?:todo|tbd|fixme|xxx+|placeholder|(?:your|insert)[-_ ]?(?:link|url|domain)|link[-_ ]?here|lorem)\b|%7b%7b",
    re.IGNORECASE,
)
EXAMPLES: Final = ("example.com", "example.net", "example.org", "example.edu", "test", "invalid", "localhost", "local")
"""Hosts, or what they end with, that lead nowhere by RFC 2606 and 6762; `example` besides."""
RESERVED: Final = "example"
"""Also what all invented addresses of the sandbox end with, where it says nothing."""

SECURE: Final = "https"
WITHOUT_HOST: Final = frozenset({"mailto", "tel", "sms"})
MOST_SHOWN: Final = 120
"""Characters of an address in a finding."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link as somebody would get it: its address and the words that it stands on, none where it stands by itself."""

    url: str
    words: str = ""

    def __str__(self) -> str:
        """`Buy: https://…`."""
        return f"{self.words}: {self.url}" if self.words and self.words != self.url else self.url


def links_in_html(html: str) -> list[Link]:
    """Return the links of an e-mail in their order, those without an address too."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.links


def links_in_text(text: str) -> list[Link]:
    """Return what stands in a text as a link."""
    return [Link(match[0].rstrip(AT_ITS_END)) for match in IN_TEXT.finditer(text)]


def each_once(links: Iterable[Link]) -> list[Link]:
    """Return links without those whose address stands among the earlier ones."""
    found: dict[str, Link] = {}
    for link in links:
        found.setdefault(link.url, link)
    return [*found.values()]


def judged(link: Link, *, reserved_are_fine: bool) -> Finding | None:
    """Return what is wrong with a link; None where it looks as it should.

    Args:
        link: As somebody would get it.
        reserved_are_fine: Whether addresses under `.example` are meant: in the sandbox all are.
    """
    found = _wrong(link.url.strip(), reserved_are_fine=reserved_are_fine)
    if found is None:
        return None
    gravity, why = found
    where = f"the link “{link.words}”" if link.words else "a link"
    return Finding(gravity, f"{where} {why}" + (f" ({link.url[:MOST_SHOWN]})" if link.url.strip() else ""))


def _wrong(url: str, *, reserved_are_fine: bool) -> tuple[Gravity, str] | None:
    if url in ("", "#"):
        return Gravity.ERROR, "leads nowhere: it has no address"
    if url.startswith("#"):
        return Gravity.ERROR, "is an anchor, which leads nowhere in a message"
    if LIQUID.search(url):
        return Gravity.ERROR, "is not filled in"
    if PLACEHOLDERS.search(url):
        return Gravity.ERROR, "looks like a placeholder"
    parts = _split(url)
    if parts is None or re.search(r"\s", url):
        return Gravity.ERROR, "is malformed"
    if parts.scheme in WITHOUT_HOST:
        return None if parts.path.strip() else (Gravity.ERROR, "leads nowhere: it has no address")
    if parts.scheme not in ("http", SECURE):
        return Gravity.ERROR, "does not begin with https://" if not parts.netloc else f"opens no page ({parts.scheme}:)"
    return _wrong_host(parts, reserved_are_fine=reserved_are_fine)


def _wrong_host(parts: SplitResult, *, reserved_are_fine: bool) -> tuple[Gravity, str] | None:
    host = (parts.hostname or "").rstrip(".")
    if _is_reserved(host, (*EXAMPLES, *(() if reserved_are_fine else (RESERVED,)))):
        return Gravity.ERROR, "leads to an example address"
    if "." not in host or ".." in host or host.startswith((".", "-")):
        return (
            (Gravity.WARNING, "leads to a number instead of a name")
            if ":" in host
            else (
                Gravity.ERROR,
                "is malformed: no such host can be",
            )
        )
    if _is_number(host):
        return Gravity.WARNING, "leads to a number instead of a name"
    if "@" in parts.netloc:
        return Gravity.WARNING, "has a name before its host, which looks like a fraud"
    return None if parts.scheme == SECURE else (Gravity.WARNING, "is http and not https")


def _is_reserved(host: str, names: tuple[str, ...]) -> bool:
    return any(host == name or host.endswith(f".{name}") for name in names)


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


class _Reader(HTMLParser):
    """Collects the links of an HTML document with their words."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[Link] = []
        self._url: str | None = None
        self._words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a link; what names a place to jump to is none."""
        given = dict(attrs)
        if tag == "a" and "href" in given:
            self._url, self._words = given["href"] or "", []
        elif tag == "img" and self._url is not None:
            self._words.append(given.get("alt") or "")

    def handle_endtag(self, tag: str) -> None:
        """End a link."""
        if tag == "a" and self._url is not None:
            self.links.append(Link(self._url, " ".join(" ".join(self._words).split())))
            self._url = None

    def handle_data(self, data: str) -> None:
        """Take the words of a link."""
        if self._url is not None:
            self._words.append(data)
