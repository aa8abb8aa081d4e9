"""Whether the processes on one Redis have one key: two with different ones would answer each other's callers nonsense.

A plan that another key sealed looks like none, and the same refund would be asked for, and done, once more. So who
comes first leaves a word that its key sealed, and who cannot open it does nothing there. The word tells nobody the key.
"""

import logging
from collections.abc import Callable
from typing import Final

from preo_mcp.api.errors import ConfigurationError, PreoError
from preo_mcp.replicas.connection import PREFIX, Redis, redis_errors
from preo_mcp.replicas.sealing import Sealing

logger = logging.getLogger(__name__)

WORD: Final = b"one key"
FAILED: Final = "This replica cannot work with the others"
WHY: Final = "they have another key than this one"
NEXT_STEP: Final = "Give all of them the same PREO_KEY_FILE; for a new key, an empty Redis."


class KeyNotComparedError(PreoError):
    """Redis does not say what key the others have."""


class OneKey:
    """The word that a key of one purpose left in a Redis.

    Args:
        redis: The client.
        purpose: Of the key.
        sealing: What the key seals with, when first needed.
    """

    def __init__(self, redis: Redis, purpose: str, sealing: Callable[[], Sealing]) -> None:
        self._redis = redis
        self._name = f"{PREFIX}key:{purpose}"
        self._sealing = sealing
        self._is_ours = False

    async def must_be_ours(self, error: type[PreoError] = KeyNotComparedError) -> None:
        """Make sure that the others have this key too; once it is known, Redis is not asked again.

        Raises:
            ConfigurationError: they have another one.
            PreoError: of the kind `error`: Redis cannot be asked.
        """
        if self._is_ours:
            return
        sealing = self._sealing()
        async with redis_errors(error):
            await self._redis.set(self._name, sealing.sealed(self._name, WORD), nx=True)
            word = await self._redis.get(self._name)
        if word is None or sealing.opened(self._name, word) != WORD:
            raise ConfigurationError(FAILED, WHY, NEXT_STEP)
        self._is_ours = True

    async def must_not_be_others(self) -> None:
        """Make sure of it at the start; where Redis cannot be asked, what needs it asks later.

        Raises:
            ConfigurationError: the others have another key.
        """
        try:
            await self.must_be_ours()
        except KeyNotComparedError as exc:
            logger.warning("whether the other replicas have the same key is not known yet: %s", exc.why)
