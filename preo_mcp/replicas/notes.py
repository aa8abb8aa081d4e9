"""What one replica knows of a piece of work and the next call may need on another: short documents, for a while.

Each stands encrypted in Redis under a name that tells nobody whose it is, or of what.
"""

import hashlib
import hmac
from collections.abc import Callable
from functools import cached_property

from pydantic import SecretStr

from preo_mcp.api.errors import PreoError
from preo_mcp.replicas.connection import PREFIX, Redis, connected, redis_errors
from preo_mcp.replicas.one_key import OneKey
from preo_mcp.replicas.sealing import Sealing


class NotesError(PreoError):
    """Redis takes no note, or gives none."""


class Notes:
    """The notes of all callers.

    Args:
        url: Where Redis is (`connected`).
        key: Gives 32 bytes that all is encrypted with, when first needed; all replicas have the same.
        client: Replaces the connection in tests; one that reads bytes.
    """

    def __init__(self, url: SecretStr, key: Callable[[], bytes], client: Redis = None) -> None:
        self._redis = client or connected(url, texts=False)
        self._key = key
        self._one_key = OneKey(self._redis, "notes", lambda: self._sealing)

    @cached_property
    def _sealing(self) -> Sealing:
        return Sealing(self._key())

    async def put(self, caller: str, name: str, doc: bytes, seconds: float) -> None:
        """Keep a caller's note for some time, in place of an earlier one of this name.

        Raises:
            ConfigurationError: the others have another key.
            NotesError: Redis cannot be used.
        """
        await self._one_key.must_be_ours(NotesError)
        hidden = self._hidden(caller, name)
        async with redis_errors(NotesError):
            await self._redis.set(hidden, self._sealing.sealed_bytes(hidden, doc), px=round(seconds * 1000))

    async def get(self, caller: str, name: str) -> bytes | None:
        """Return a caller's note; None where there is none, or none of ours.

        Raises:
            ConfigurationError: the others have another key.
            NotesError: Redis cannot be used.
        """
        await self._one_key.must_be_ours(NotesError)
        hidden = self._hidden(caller, name)
        async with redis_errors(NotesError):
            held = await self._redis.get(hidden)
        return None if held is None else self._sealing.opened_bytes(hidden, held)

    async def drop(self, caller: str, name: str) -> None:
        """Remove a caller's note; one that is not there is none.

        Raises:
            NotesError: Redis cannot be used.
        """
        async with redis_errors(NotesError):
            await self._redis.delete(self._hidden(caller, name))

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    def _hidden(self, caller: str, name: str) -> str:
        whose = hmac.digest(self._key(), caller.encode(errors="surrogatepass"), hashlib.sha256)
        return f"{PREFIX}note:{hmac.new(whose, name.encode(errors='surrogatepass'), hashlib.sha256).hexdigest()}"
