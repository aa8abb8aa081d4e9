"""The provider that a team signs in at: its metadata and keys, fetched when needed and kept for a while.

What cannot be fetched lets nobody in. A key that is not known is looked for once more, but not more often than every
few seconds: whoever sends made-up keys must not make this server a burden to the provider.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import urlsplit

import anyio
import httpx

from preo_mcp.settings.team import is_issuer

METADATA_SECONDS: Final = 3600.0
KEYS_SECONDS: Final = 600.0
"""How long a key that the provider took back may still be used."""
LEAST_SECONDS: Final = 10.0
"""Between two fetches of the same document, whether they succeed or not."""
PATIENCE: Final = 5.0
MOST_BYTES: Final = 512 * 1024

logger = logging.getLogger(__name__)


class IssuerError(Exception):
    """The provider does not tell what is needed; the text says why, without secrets."""


@dataclass(slots=True)
class _Kept:
    """A document as it was fetched, and when it was last tried."""

    document: Mapping[str, Any] | None = None
    fetched: float = float("-inf")
    tried: float = float("-inf")
    why: str = "it was not fetched yet"


class Issuer:
    """A provider by its issuer's address.

    Args:
        url: As the provider's metadata has it, to the letter.
        http: Fetches; follows no redirects.
        now: Seconds on a clock that is never set.
    """

    def __init__(self, url: str, http: httpx.AsyncClient, now: Callable[[], float] = anyio.current_time) -> None:
        self.url = url
        self._http = http
        self._now = now
        self._metadata = _Kept()
        self._keys = _Kept()
        self._lock = anyio.Lock()

    async def metadata(self) -> Mapping[str, Any]:
        """Return the provider's metadata (RFC 8414, or OpenID Connect Discovery).

        Raises:
            IssuerError: it cannot be had, or is another issuer's.
        """
        async with self._lock:
            return await self._document(self._metadata, METADATA_SECONDS, self._discover)

    async def endpoint(self, name: str) -> str:
        """Return an address of the metadata, such as `token_endpoint`.

        Raises:
            IssuerError: there is none that can be used.
        """
        url = (await self.metadata()).get(name)
        if not isinstance(url, str) or not is_issuer(url.partition("?")[0]):
            raise IssuerError(f"its metadata has no {name} that can be used")
        return url

    async def keys(self, is_enough: Callable[[list[Mapping[str, Any]]], bool]) -> list[Mapping[str, Any]]:
        """Return the provider's public keys as JWKs; fetched anew where those that are kept are not enough.

        Raises:
            IssuerError: they cannot be had.
        """
        url = await self.endpoint("jwks_uri")
        async with self._lock:
            keys = _listed(await self._document(self._keys, KEYS_SECONDS, lambda: self._fetch(url)))
            if is_enough(keys) or self._now() - self._keys.tried < LEAST_SECONDS:
                return keys
            return _listed(await self._document(self._keys, 0, lambda: self._fetch(url)))

    async def _document(self, kept: _Kept, lifetime: float, fetch: Callable[[], Any]) -> Mapping[str, Any]:
        now = self._now()
        if kept.document is not None and now - kept.fetched < lifetime:
            return kept.document
        if now - kept.tried < LEAST_SECONDS:
            raise IssuerError(kept.why)
        kept.tried = now
        try:
            kept.document = await fetch()
        except IssuerError as exc:
            kept.why = str(exc)  # what was fetched before is used for as long as it would have been
            logger.warning("the provider that the team signs in at could not be asked: %s", exc)
            raise
        kept.fetched = now
        return cast("Mapping[str, Any]", kept.document)

    async def _discover(self) -> Mapping[str, Any]:
        why = ""
        for url in _where_metadata_is(self.url):
            try:
                document = await self._fetch(url)
            except IssuerError as exc:
                why = str(exc)
                continue
            if document.get("issuer") != self.url:
                raise IssuerError("its metadata is of another issuer")
            return document
        raise IssuerError(why)

    async def _fetch(self, url: str) -> Mapping[str, Any]:
        try:
            with anyio.fail_after(PATIENCE):
                async with self._http.stream("GET", url, headers={"Accept": "application/json"}) as answer:
                    if answer.status_code != 200:
                        raise IssuerError(f"it answered with {answer.status_code}")
                    return _parsed(await whole(answer))
        except (httpx.HTTPError, TimeoutError, OSError) as exc:
            raise IssuerError(f"it cannot be reached ({type(exc).__name__})") from None


async def whole(answer: httpx.Response) -> bytes:
    """Return what the provider answers with.

    Raises:
        IssuerError: it is too large.
    """
    content = bytearray()
    async for chunk in answer.aiter_bytes():
        content += chunk
        if len(content) > MOST_BYTES:
            raise IssuerError("its answer is too large")
    return bytes(content)


def _parsed(content: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        raise IssuerError("its answer is not JSON") from None
    if not isinstance(document, dict):
        raise IssuerError("its answer is not an object")
    return cast("Mapping[str, Any]", document)


def _listed(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    keys = document.get("keys")
    if not isinstance(keys, list):
        raise IssuerError("its keys are not a list")
    return [cast("Mapping[str, Any]", key) for key in cast("list[object]", keys) if isinstance(key, dict)]


def _where_metadata_is(issuer: str) -> list[str]:
    """RFC 8414, section 3.1, puts the well-known part before the issuer's path; OpenID Connect puts it behind."""
    parts = urlsplit(issuer)
    origin, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    return [
        f"{origin}/.well-known/oauth-authorization-server{path}",
        f"{origin}{path}/.well-known/openid-configuration",
    ]
