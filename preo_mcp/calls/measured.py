"""The step that tells whoever runs the server how calls go: how each ended, and how long it took."""

import logging
import time
from typing import Final

from preo_mcp.approval.ended import Ended, Ran
from preo_mcp.calls.call import Call, Step
from preo_mcp.logs import CALLS, FIELDS
from preo_mcp.telemetry import record_call

logger: Final = logging.getLogger(CALLS)


class Measured:
    """Counts a call, and says so in the log at level INFO: its tool, its end and its seconds, nothing of its arguments.

    Args:
        following: The next step.
    """

    def __init__(self, following: Step) -> None:
        self._next = following

    async def run(self, call: Call) -> Ran:
        """Return what came of the call."""
        began, ended = time.perf_counter(), Ended.FAILED  # an exception is an error of our own, or of the protocol
        try:
            ran = await self._next.run(call)
            ended = ran.ended
        finally:
            seconds = time.perf_counter() - began
            record_call(call.tool.name, ended, seconds)
            if logger.isEnabledFor(logging.INFO):
                said = {"tool": call.tool.name, "ended": ended.value, "seconds": round(seconds, 3)}
                logger.info("called", extra={FIELDS: said})
        return ran
