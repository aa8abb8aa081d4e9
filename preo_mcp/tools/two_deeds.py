"""Two deeds in one call: where the second does not follow the first, what exists and what is missing is said."""

from collections.abc import Awaitable
from typing import TypeVar

from preo_mcp.api.errors import AmbiguousOutcomeError, PreoError

R = TypeVar("R")


async def then(doing: Awaitable[R], *, done: str, missing: str, next_step: str) -> tuple[R | None, str | None]:
    """Do the second of two deeds, and return what came of it; or what is missing, in words. Nothing is taken back.

    Args:
        doing: The second deed.
        done: What the first one brought about, such as “The file was uploaded”.
        missing: What the second one brings about, such as “its caption”.
        next_step: How it is done by itself.
    """
    try:
        return await doing, None
    except AmbiguousOutcomeError as exc:
        return None, f"{done}; it is not known about {missing}: {exc.why}. Look before you repeat: {next_step}"
    except PreoError as exc:
        return None, f"{done}, without {missing}: {exc.why}. {next_step}"
