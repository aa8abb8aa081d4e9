"""Addresses that webhooks are sent to: which ones do, and how they are named without what may be secret in them."""

from typing import Final
from urllib.parse import SplitResult, urlsplit

URL_MAX_LENGTH: Final = 2_000
"""Inferred."""
SCHEMES: Final = frozenset({"http", "https"})


def why_not_a_target(url: str) -> str | None:
    """Return why nothing can be sent to `url`, or None where something can; the reason does not repeat the URL.

    Only http and https, no user or password in it, no fragment, a host and a port that exist (inferred).
    """
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return "the URL holds spaces or characters that are not ASCII; encode them"
    parts = _split(url)
    if parts is None:
        return "it is no URL"
    if parts.scheme.casefold() not in SCHEMES:
        return "the URL must begin with https:// or http://"
    if "@" in parts.netloc:
        return "the URL holds a user name or password; let the receiver check the signature instead"
    if not parts.hostname:
        return "the URL has no host"
    return "the URL has a fragment (#), which is never sent" if "#" in url else None


def host_of(url: str) -> str:
    """Return the host that `url` leads to, in lower case; empty for what is no URL."""
    parts = _split(url)
    return "" if parts is None else parts.hostname or ""


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        has_port_zero = parts.port == 0
    except ValueError:  # brackets that do not close, a port that is none
        return None
    return None if has_port_zero else parts
