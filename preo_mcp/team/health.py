"""Whether the process is alive (`/health`), and whether requests may be sent to it (`/ready`): for a balancer.

Whoever asks is not signed in, and comes by any address. So the answer is a word, what is wrong stands in the log, and
however often somebody asks, Preo and the ledger are asked once in some seconds.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import anyio
import httpx

from preo_mcp.api.errors import PreoError
from preo_mcp.api.operations import GET_USER_INFO
from preo_mcp.approval.ledgers.ledger import Ledger
from preo_mcp.settings import Settings

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

logger = logging.getLogger(__name__)

HEALTH: Final = "/health"
READY: Final = "/ready"
KEPT_SECONDS: Final = 5.0
"""How long an answer counts."""
PROBE_SECONDS: Final = 5.0
"""How long one look may take: what does not answer within it does not serve anybody."""

Probe = Callable[[], Awaitable[str | None]]
"""Looks at what a server needs; returns what is wrong, None where nothing is."""


class Health:
    """Answers `/health` and `/ready`.

    Args:
        probes: What the server needs.
        is_stopping: Whether it takes no new calls.
        now: Seconds on a clock that is never set.
    """

    def __init__(
        self, probes: tuple[Probe, ...], is_stopping: Callable[[], bool], now: Callable[[], float] = anyio.current_time
    ) -> None:
        self._probes = probes
        self._is_stopping = is_stopping
        self._now = now
        self._looking = anyio.Lock()
        self._wrong: str | None = None
        self._until = float("-inf")

    def answers(self, path: str) -> bool:
        """Whether a path is one of these two."""
        return path in (HEALTH, READY)

    async def __call__(self, scope: "Scope", _: "Receive", send: "Send") -> None:
        """Answer 200, or 503 where no requests should come."""
        status, word = 200, "alive"
        if scope["path"] == READY:
            status, word = (503, "not ready") if self._is_stopping() or await self._look() else (200, "ready")
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else f"{word}\n".encode()})

    async def _look(self) -> str | None:
        """Return what is wrong: looked at now, or a moment ago."""
        async with self._looking:
            if self._now() >= self._until:
                before, self._wrong = self._wrong, await self._wrong_now()
                self._until = self._now() + KEPT_SECONDS
                if self._wrong is not None and self._wrong != before:
                    logger.warning("not ready: %s", self._wrong)
                elif self._wrong is None and before is not None:
                    logger.warning("ready again")
            return self._wrong

    async def _wrong_now(self) -> str | None:
        for probe in self._probes:
            wrong: str | None = f"no answer within {PROBE_SECONDS:g} seconds"
            with anyio.move_on_after(PROBE_SECONDS):
                wrong = await probe()
            if wrong is not None:
                return wrong
        return None


def preo_answers(settings: Settings) -> Probe:
    """Return the probe of Preo: any answer but one of a broken gateway will do; no token is sent.

    The sandbox is in this process, and always there.
    """

    async def probe() -> str | None:
        if settings.sandbox:
            return None
        url = settings.base_url.rstrip("/") + GET_USER_INFO.path
        is_remote = url.startswith("https:")
        try:
            async with httpx.AsyncClient(timeout=settings.connect_timeout, trust_env=is_remote) as http:
                status = (await http.get(url)).status_code
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as exc:
            return f"Preo cannot be reached ({type(exc).__name__})"
        return f"Preo answers {status}" if status >= 500 else None

    return probe


def ledger_is_written(ledger: Callable[[], Ledger]) -> Probe:
    """Return the probe of the ledger, which is written to: what expired long ago goes, as it does at a guarded call."""

    async def probe() -> str | None:
        try:
            await ledger().purge(datetime.now(UTC))
        except PreoError as exc:
            return f"the ledger cannot be written: {exc.why}"
        return None

    return probe
