"""What one replica changes is looked at by the others at once: a word in Redis that something was done.

It says nothing else. Who hears it looks for themselves, with their own rights, at what they watch; who misses it looks
a little later, as they do without replicas.
"""

import logging
from typing import Final, Protocol
from weakref import WeakSet

import anyio
from pydantic import SecretStr

from preo_mcp.api.errors import PreoError
from preo_mcp.replicas.connection import PREFIX, Redis, connected, redis_errors

logger = logging.getLogger(__name__)

CHANNEL: Final = f"{PREFIX}changed"
CHANGED: Final = "changed"
LISTENING: Final = 2.0
"""Seconds of one wait for a word; shorter than the connection's patience, so that silence is no error."""
PAUSE: Final = 1.0
"""Seconds between two words that are heeded, and before Redis is tried again."""


class Watching(Protocol):
    """Who watches something in Preo."""

    def look_now(self) -> None:
        """Look at it at once."""
        ...


class NoticeError(PreoError):
    """Redis takes no word, or brings none."""


class Notices:
    """Tells the other replicas, and hears them for all who watch something in this one.

    Args:
        url: Where Redis is (`connected`).
        client: Replaces the connection in tests.
        pause: `PAUSE`, shorter in tests.
    """

    def __init__(self, url: SecretStr, client: Redis = None, pause: float = PAUSE) -> None:
        self._redis = client or connected(url)
        self._pause = pause
        self._is_deaf = False
        self._watching: WeakSet[Watching] = WeakSet()

    def heed(self, watching: Watching) -> None:
        """Let somebody look whenever another replica changed something, for as long as they are there."""
        self._watching.add(watching)

    async def tell(self) -> None:
        """Say that something was changed; where Redis is gone, the others find out a little later."""
        try:
            async with redis_errors(NoticeError):
                await self._redis.publish(CHANNEL, CHANGED)
        except NoticeError as exc:
            logger.warning("the other replicas were not told of a change: %s", exc.why)

    async def hear(self) -> None:
        """Let all look at each word, at a crowd of them once, until cancelled; also when Redis was gone and is back."""
        while True:
            try:
                await self._listen()
            except NoticeError as exc:
                if not self._is_deaf:
                    logger.warning("no words of the other replicas are heard: %s", exc.why)
                self._is_deaf = True
            await anyio.sleep(self._pause)

    async def _listen(self) -> None:
        async with redis_errors(NoticeError), self._redis.pubsub() as channel:
            await channel.subscribe(CHANNEL)
            self._is_deaf = False
            self._look()  # what was said meanwhile is not brought again
            while True:
                if await channel.get_message(ignore_subscribe_messages=True, timeout=LISTENING) is None:
                    continue
                self._look()
                await anyio.sleep(self._pause)
                is_more = False
                while await channel.get_message(ignore_subscribe_messages=True, timeout=0) is not None:
                    is_more = True
                if is_more:  # one look for all of these
                    self._look()

    def _look(self) -> None:
        for watching in [*self._watching]:
            watching.look_now()

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()
