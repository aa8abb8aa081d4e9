"""The requests of a minute, counted for all replicas together: their sum keeps to what a caller may ask."""

import hashlib
import hmac
import logging
from collections.abc import Callable
from typing import Final

from pydantic import SecretStr

from preo_mcp.api.errors import PreoError
from preo_mcp.limits import CountHere
from preo_mcp.replicas.connection import PREFIX, Redis, connected, redis_errors

logger = logging.getLogger(__name__)

KEPT_SECONDS: Final = 120
"""Longer than the minute that is counted, whichever replica's clock is ahead."""


class CountError(PreoError):
    """The requests of a minute cannot be counted together."""


class SharedCount:
    """Counts in Redis, under names that do not tell who the caller is.

    While Redis cannot be reached each replica counts for itself, and says so: what needs a yes does not run then, and
    reading goes on.

    Args:
        url: Where Redis is (`connected`).
        key: Gives the key that names are made with, when first needed.
        client: Replaces the connection in tests.
    """

    def __init__(self, url: SecretStr, key: Callable[[], bytes], client: Redis = None) -> None:
        self._redis = client or connected(url)
        self._key = key
        self._here = CountHere()
        self._is_alone = False

    async def take(self, caller: str, minute: int, number: int) -> int:
        """Add `number` to a caller's requests of a minute, and return how many there are now."""
        name = hmac.new(self._key(), caller.encode(), hashlib.sha256).hexdigest()
        here = await self._here.take(caller, minute, number)
        try:
            async with redis_errors(CountError), self._redis.pipeline() as pipe:
                counted = f"{PREFIX}requests:{name}:{minute}"
                pipe.incrby(counted, number)
                pipe.expire(counted, KEPT_SECONDS)
                taken, _ = await pipe.execute()
        except CountError as exc:
            if not self._is_alone:
                logger.warning("requests are counted in this process alone: %s", exc.why)
            self._is_alone = True
            return here
        self._is_alone = False
        return int(taken)

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()
