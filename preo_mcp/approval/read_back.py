"""After a write whose answer was lost: looking whether it happened.

Each guarded operation says how: what to remember before the write, and what to look at after it. All of it only reads.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel


@dataclass(frozen=True, slots=True)
class DidNotHappen:
    """No trace of the write; `why` says what was looked at, such as "the campaign is still a draft"."""

    why: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Reading back cannot tell; `why` says so, and `next_step` what a person can look at."""

    why: str
    next_step: str


Before = Callable[..., Awaitable[dict[str, Any]]]
"""Given the tool's `Preo` and arguments: what to remember, as JSON; for instance the ids of a purchase's refunds."""

After = Callable[..., Awaitable[BaseModel | DidNotHappen | Unknown]]
"""Given the tool's `Preo`, what was remembered (positional), and the arguments: the result that the tool would have
answered with where the write happened, or what else was found."""


async def nothing_to_remember(*_: Any, **__: Any) -> dict[str, Any]:
    """A `Before` where the object itself tells afterwards."""
    return {}


@dataclass(frozen=True, slots=True)
class ReadBack:
    """How one operation is looked after."""

    after: After
    before: Before = nothing_to_remember
