"""What is installed only on request, and what to say when it is not."""

from collections.abc import Generator
from contextlib import contextmanager

from preo_mcp.errors import ConfigurationError


@contextmanager
def sandbox_extra() -> Generator[None]:
    """Turn a failed import of the sandbox's libraries into an instruction.

    Raises:
        ConfigurationError: a library of the `sandbox` extra is not installed.
    """
    with _extra("sandbox", "The sandbox did not start"):
        yield


@contextmanager
def redis_extra() -> Generator[None]:
    """Turn a failed import of the Redis client into an instruction.

    Raises:
        ConfigurationError: a library of the `redis` extra is not installed.
    """
    with _extra("redis", "The ledger was not opened"):
        yield


@contextmanager
def _extra(name: str, what: str) -> Generator[None]:
    try:
        yield
    except ModuleNotFoundError as exc:
        missing = exc.name
    else:
        return
    raise ConfigurationError(what, f"{missing} is not installed", f'Run: pip install "preo-mcp[{name}]"')
