"""Notices that something has changed: by looking, as Preo tells nobody, and only while somebody wants to know.

One task looks at one address, however many wait for it. It ends when the last of them leaves and when nothing more can
come. After a change it soon looks again, otherwise less and less often; errors only make it slower.
"""

import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import anyio

from preo_mcp.api.errors import NotFoundError, PreoError, raised_at

if TYPE_CHECKING:
    from preo_mcp.resources.progress import Progress

MOST_WATCHED: Final = 32
"""Addresses that are looked at at the same time."""

Look = Callable[[str], Awaitable["Progress"]]
"""Returns how far the thing at an address has come, or raises PreoError."""
Tell = Callable[[str, frozenset[object]], Awaitable[None]]
"""Tells those who wait for an address that it has changed; never raises."""
Start = Callable[[Callable[[], Coroutine[Any, Any, None]]], object]
"""Starts a task that lives no longer than the process."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between two looks: after a change, and at most."""

    first: float = 1.0
    longest: float = 15.0
    growth: float = 1.5

    def after(self, pause: float) -> float:
        """Return the pause that follows one in which nothing happened."""
        return min(pause * self.growth, self.longest)


@dataclass(eq=False, slots=True)
class _Watched:
    seen: "Progress | None"
    waiting: set[object]
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    hurry: anyio.Event = field(default_factory=anyio.Event)


class TooManyError(Exception):
    """As many addresses are watched as can be."""


class Watch:
    """The addresses that are watched, and who waits for each."""

    def __init__(self, look: Look, tell: Tell, start: Start, pace: Pace | None = None) -> None:
        self._look = look
        self._tell = tell
        self._start = start
        self._pace = pace or DEFAULT_PACE
        self._watched: dict[str, _Watched] = {}

    @property
    def addresses(self) -> frozenset[str]:
        """What is watched now."""
        return frozenset(self._watched)

    async def add(self, address: str, who: object) -> None:
        """Tell `who` of changes at `address` from now on; where nothing more can come there, nothing is done.

        Raises:
            NotFoundError: nothing is there.
            TooManyError: too much is watched already.
        """
        seen = await self._state_of(address)  # where it cannot be read, any state is news later
        if seen is not None and seen.final:
            return
        # Nothing is awaited from here on, so two who come at once start one task.
        if (watched := self._watched.get(address)) is not None:
            watched.waiting.add(who)
            return
        if len(self._watched) >= MOST_WATCHED:
            raise TooManyError
        watched = self._watched[address] = _Watched(seen, {who})
        self._start(partial(self._follow, address, watched))

    def drop(self, who: object, address: str | None = None) -> None:
        """Stop telling `who`, of one address or of all."""
        for one in [address] if address is not None else list(self._watched):
            if (watched := self._watched.get(one)) is not None:
                watched.waiting.discard(who)
                if not watched.waiting:
                    del self._watched[one]
                    watched.scope.cancel()

    def look_now(self) -> None:
        """Look at everything at once: something was done that may have changed it."""
        for watched in self._watched.values():
            watched.hurry.set()

    async def _follow(self, address: str, watched: _Watched) -> None:
        pause = self._pace.first
        with watched.scope:
            try:
                while True:
                    with anyio.move_on_after(pause):
                        await watched.hurry.wait()
                    if watched.hurry.is_set():
                        watched.hurry, pause = anyio.Event(), self._pace.first
                    changed, over = await self._step(address, watched)
                    if over:
                        return
                    pause = self._pace.first if changed else self._pace.after(pause)
            finally:
                if self._watched.get(address) is watched:
                    del self._watched[address]

    async def _step(self, address: str, watched: _Watched) -> tuple[bool, bool]:
        """Look once and tell; return whether something changed, and whether it was the last change."""
        try:
            now = await self._state_of(address)
        except NotFoundError:
            await self._tell(address, frozenset(watched.waiting))
            return True, True
        if now is None or now == watched.seen:
            return False, False
        watched.seen = now
        await self._tell(address, frozenset(watched.waiting))
        return True, now.final

    async def _state_of(self, address: str) -> "Progress | None":
        """How far the thing at an address has come; None where that cannot be read now."""
        try:
            return await self._look(address)
        except NotFoundError:
            raise
        except PreoError as exc:
            logger.warning("a watched resource cannot be read: %s", type(exc).__name__)
        except Exception as exc:  # noqa: BLE001 - an error here must not end the server, nor carry data to the log
            logger.error("watching crashed: %s at %s", type(exc).__name__, raised_at(exc))  # noqa: TRY400
        return None


DEFAULT_PACE: Final = Pace()
