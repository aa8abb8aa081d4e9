"""Where the sandbox delivers to: this computer, and hosts that whoever started it allowed by name."""

from collections.abc import Collection
from ipaddress import ip_address

import httpx

LOOPBACK_NAMES = frozenset({"localhost"})


def may_deliver(url: str, allowed: Collection[str]) -> bool:
    """Return whether a URL leads to loopback or to one of the allowed hosts.

    The URL is read by what sends it, so both see the same host. Names are compared, never resolved: a name that points
    to this computer today may point elsewhere tomorrow.
    """
    try:
        host = httpx.URL(url).host
    except httpx.InvalidURL:
        return False
    return host in LOOPBACK_NAMES or host in {name.casefold() for name in allowed} or _is_loopback(host)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
