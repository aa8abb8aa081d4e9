"""The connection to the Redis or Valkey that replicas share, and the one error that its client's become."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, TypeAlias, TypeVar
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationError

from preo_mcp.api.errors import ConfigurationError, PreoError, redis_extra
from preo_mcp.process import LOOPBACK_NAMES
from preo_mcp.settings import NOT_STARTED

Redis: TypeAlias = Any
Pipeline: TypeAlias = Any
"""Of redis.asyncio: large parts of its own types are unknown."""

T = TypeVar("T")

PREFIX: Final = "preo-mcp:"
"""Begins all names of ours."""
WAIT_SECONDS: Final = 5
MOST_TRIES: Final = 20
"""Of a step, each of which somebody else came between."""
EXAMPLE: Final = "Give one such as redis://localhost:6379/0."


def connected(url: SecretStr, *, texts: bool = True) -> Redis:
    """Return a client of the database that `url` names; it connects when it is first used.

    Args:
        url: `rediss://`, `unix://`, or `redis://` on this computer, with the password in it; never shown.
        texts: Whether what it reads are texts, and not bytes.

    Raises:
        ConfigurationError: the client library is not installed, or the URL is not that of a Redis.
    """
    _must_be_private(url.get_secret_value())
    with redis_extra():
        from redis import asyncio as redis
    try:
        return vars(redis)["Redis"].from_url(
            url.get_secret_value(),
            decode_responses=texts,
            socket_timeout=WAIT_SECONDS,
            socket_connect_timeout=WAIT_SECONDS,
        )
    except ValueError:
        why = "PREO_LEDGER_URL is not the address of a Redis"
    raise ConfigurationError(NOT_STARTED, why, EXAMPLE)


def _must_be_private(url: str) -> None:
    """Refuse an address to which plans would travel unencrypted.

    Raises:
        ConfigurationError: it leads to another computer by plain TCP.
    """
    try:
        parts = urlsplit(url)
        is_plain = parts.scheme == "redis" and (parts.hostname or "localhost") not in LOOPBACK_NAMES
    except ValueError:
        return  # the client says what is wrong with it
    if is_plain:
        why = "PREO_LEDGER_URL leads to another computer unencrypted"
        raise ConfigurationError(NOT_STARTED, why, "Use rediss:// there, or unix:// on this computer.")


@asynccontextmanager
async def redis_errors(error: type[PreoError]) -> AsyncGenerator[None]:
    """Turn what the client raises into one error; its text could hold the password of the URL.

    Raises:
        PreoError: of the kind `error`: Redis cannot be read or written.
    """
    from redis.exceptions import RedisError

    try:
        yield
    except (RedisError, OSError, ValidationError) as exc:
        why = f"Redis cannot be read or written ({type(exc).__name__})"
    else:
        return
    raise error("This call did nothing", why, "Check the Redis of PREO_LEDGER_URL, and make the call again.")


class ContendedError(Exception):
    """Others came between every try of a step."""


async def in_one_step(redis: Redis, step: Callable[[Pipeline], Awaitable[T]], *watched: str) -> T:
    """Return what a step returns that reads, calls `multi` and writes: all of it, or none where others came between.

    Raises:
        ContendedError: they did so `MOST_TRIES` times.
    """
    from redis.exceptions import WatchError

    for _ in range(MOST_TRIES):
        async with redis.pipeline() as pipe:
            await pipe.watch(*watched)
            result = await step(pipe)
            try:
                await pipe.execute()
            except WatchError:
                continue
            return result
    raise ContendedError
