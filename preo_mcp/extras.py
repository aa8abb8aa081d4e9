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
    try:
        yield
    except ModuleNotFoundError as exc:
        missing = exc.name
    else:
        return
    raise ConfigurationError(
        "The sandbox did not start", f"{missing} is not installed", 'Run: pip install "preo-mcp[sandbox]"'
    )
