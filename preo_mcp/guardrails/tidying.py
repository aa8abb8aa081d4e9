"""Old plans are removed once per process, at its first guarded call."""

import logging

from preo_mcp.guardrails.ledger import Ledger, LedgerError
from preo_mcp.guardrails.timing import Timing

logger = logging.getLogger(__name__)


class Tidier:
    """Removes what a ledger need not keep any more.

    Args:
        ledger: Where the plans are.
        timing: The clock.
    """

    def __init__(self, ledger: Ledger, timing: Timing) -> None:
        self._ledger = ledger
        self._timing = timing
        self._is_done = False

    async def once(self) -> None:
        """Remove it, the first time; that it cannot be removed stops nothing."""
        if self._is_done:
            return
        self._is_done = True
        try:
            await self._ledger.purge(self._timing.now())
        except LedgerError as exc:
            logger.warning("old plans were not removed: %s", exc.why)
