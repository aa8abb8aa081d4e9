"""What ended before its time: a sign-in that somebody ended at one replica is over at all of them.

Only a digest of what ended is kept, for as long as it would have been good by itself.
"""

import hashlib
import time
from collections.abc import Callable
from typing import Final, Protocol

from pydantic import SecretStr

from preo_mcp.api.errors import PreoError
from preo_mcp.replicas.connection import PREFIX, Redis, connected, redis_errors

ENDED: Final = f"{PREFIX}ended:"


class EndedError(PreoError):
    """It cannot be told whether something ended: then it counts as ended."""


class Ended(Protocol):
    """What ended before its time, for one process or for all replicas."""

    async def end(self, name: str, seconds: float) -> None:
        """Remember that something ended, which would have been good for so many seconds more."""
        ...

    async def has_ended(self, name: str) -> bool:
        """Return whether it did."""
        ...


class EndedHere:
    """Remembers in this process.

    Args:
        clock: Seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}

    async def end(self, name: str, seconds: float) -> None:
        """Remember it; what is over by itself is forgotten."""
        now = self._clock()
        self._until = {one: until for one, until in self._until.items() if until > now} | {name: now + seconds}

    async def has_ended(self, name: str) -> bool:
        """Return whether it is remembered."""
        return name in self._until


class EndedTogether:
    """Remembers in Redis, for all replicas.

    Args:
        url: Where it is (`connected`).
        client: Replaces the connection in tests.
    """

    def __init__(self, url: SecretStr, client: Redis = None) -> None:
        self._redis = client or connected(url)

    async def end(self, name: str, seconds: float) -> None:
        """Remember it.

        Raises:
            EndedError: Redis takes no word.
        """
        async with redis_errors(EndedError):
            await self._redis.set(_key(name), "1", ex=max(1, round(seconds) + 1))

    async def has_ended(self, name: str) -> bool:
        """Return whether it is remembered.

        Raises:
            EndedError: Redis does not tell.
        """
        async with redis_errors(EndedError):
            return bool(await self._redis.exists(_key(name)))

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()


def _key(name: str) -> str:
    return f"{ENDED}{hashlib.sha256(name.encode()).hexdigest()}"
