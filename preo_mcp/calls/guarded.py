"""The last step before the tool: what a person has to agree to waits for their yes."""

from preo_mcp.approval.ended import Ended, Ran
from preo_mcp.calls.call import Call


class Guarded:
    """Lets a call through to its tool, or takes it to the guard, which runs it once a person has agreed."""

    async def run(self, call: Call) -> Ran:
        """Return what came of the call.

        Raises:
            PreoError: it was refused, or failed.
        """
        if call.tool.facts is None and not call.is_asked_about:
            return Ran(await call.perform(None), Ended.DONE)
        return await call.preo.backend.guardrails.guard.run(call)
