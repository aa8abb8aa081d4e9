"""Where requests of a team come from, and which address they were meant for; looked at before anything else.

Threats: a page in somebody's browser that reaches this server by a name of its own (DNS rebinding) or from another
origin; somebody who goes past the proxy that ends TLS, or writes its headers.
"""

import ipaddress
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from preo_mcp.process import host_of
from preo_mcp.settings import Settings, Transport
from preo_mcp.team.principals import Refused
from preo_mcp.text.loopback import is_loopback

if TYPE_CHECKING:
    from starlette.types import Scope

PATHS: Final = {Transport.HTTP: "/mcp", Transport.SSE: "/sse"}
"""Where clients connect."""
DEFAULT_PORTS: Final = {"https": 443, "http": 80}
NOT_HERE: Final = "Use the address that the team was given."


class Entrance:
    """The address of a team's server.

    Args:
        settings: Of the process.
        port: On which it listens.
    """

    def __init__(self, settings: Settings, port: int) -> None:
        scheme = "https" if settings.tls_cert is not None else "http"
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        self.origin = (settings.public_url or f"{scheme}://{host}:{port}").rstrip("/")
        self._authority = _authority(self.origin)
        self._proxies = tuple(ipaddress.ip_network(proxy) for proxy in settings.trusted_proxies)
        self._is_here = is_loopback(settings.host) and not self._proxies
        self.path = PATHS[settings.transport]

    @property
    def url(self) -> str:
        """Where clients connect: what tokens are for (RFC 8707)."""
        return f"{self.origin}{self.path}"

    def must_let_in(self, scope: "Scope") -> None:
        """Let in a request that came by the address it was meant for.

        Raises:
            Refused: it did not.
        """
        headers: Mapping[bytes, bytes] = dict(scope["headers"])
        host = headers.get(b"host", b"")
        if self._proxies:
            self._must_be_by_proxy(scope, headers)
            host = _last(headers.get(b"x-forwarded-host", host))
        if not self._is_ours(f"{self.scheme}://{host.decode('latin-1')}", host.decode("latin-1")):
            raise Refused(421, "the Host header names another server", NOT_HERE)
        origin = headers.get(b"origin")
        if origin is not None and not self._is_origin(origin.decode("latin-1")):
            raise Refused(403, "it comes from a page of another origin", NOT_HERE)

    def origins(self, host: str) -> frozenset[str]:
        """Return the origins of pages that this server itself sent to a browser, which asks for them by a `host`.

        They are spelled as browsers do (RFC 6454, section 6.1), however the public address is.
        """
        scheme, name, port = self._authority
        name = f"[{name}]" if ":" in name else name
        own = f"{scheme}://{name}" if port == DEFAULT_PORTS.get(scheme) else f"{scheme}://{name}:{port}"
        here = {f"{self.scheme}://{host}"} if self._is_here else set[str]()
        return frozenset({own} | here)

    @property
    def scheme(self) -> str:
        """By which clients reach it: https, but on this computer."""
        return self._authority[0]

    def _must_be_by_proxy(self, scope: "Scope", headers: Mapping[bytes, bytes]) -> None:
        if not _is_among(scope.get("client"), self._proxies):
            raise Refused(403, "it did not come through the proxy", NOT_HERE)
        if _last(headers.get(b"x-forwarded-proto", b"")).decode("latin-1") != self.scheme:
            raise Refused(403, "the proxy does not say that it came by TLS (X-Forwarded-Proto)", "Have it say so.")

    def _is_ours(self, url: str, host: str) -> bool:
        if host_of(host) is None:
            return False
        return _authority(url) == self._authority or (self._is_here and is_loopback(host_of(host) or ""))

    def _is_origin(self, origin: str) -> bool:
        scheme, _, host = origin.partition("://")
        if host_of(host) is None:
            return False
        is_here = self._is_here and scheme == "http" and is_loopback(host_of(host) or "")
        return _authority(origin) == self._authority or is_here


def _authority(url: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port, as two addresses of one server have them alike; never raises for a checked host."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or DEFAULT_PORTS.get(parts.scheme)


def _last(header: bytes) -> bytes:
    """Return what the nearest proxy wrote: those before it stand before."""
    return header.rpartition(b",")[2].strip()


def _is_among(
    client: tuple[str, int] | None, proxies: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
) -> bool:
    if client is None:
        return False
    try:
        address = ipaddress.ip_address(client[0])
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return any((mapped or address) in proxy for proxy in proxies)
