"""The step that leaves a trace: nothing is changed unless its line in the audit can be written."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from mcp.shared.exceptions import MCPError

from preo_mcp.api.errors import PreoError
from preo_mcp.approval.ended import Ended, Ran
from preo_mcp.calls.call import Call, Step
from preo_mcp.replies.reply import refusal

if TYPE_CHECKING:
    from preo_mcp.backend import Backend


class Audited:
    """Writes the line of a call that is meant to change something, however it ends.

    Args:
        following: The next step.
        after_change: Called when the call is over.
    """

    def __init__(self, following: Step, after_change: Callable[[], None]) -> None:
        self._next = following
        self._after_change = after_change

    async def run(self, call: Call) -> Ran:
        """Return what came of the call, once its line is written."""
        try:
            _must_be_audited(call)
        except PreoError as exc:
            ran = Ran(refusal(str(exc)), Ended.REFUSED, failure=type(exc))
            call.record(ran)
            return ran
        try:
            ran = await self._next.run(call)
        except MCPError as exc:  # for the host, not for its model
            call.record(_broken_off(call, Ended.FAILED, type(exc)))
            raise
        except BaseException:  # the host gave up
            call.record(_broken_off(call, Ended.CANCELLED))
            raise
        finally:
            self._after_change()
        call.record(ran)
        return ran


def record_refused(backend: "Backend", tool: str, arguments: Mapping[str, Any]) -> None:
    """Write the line of a call to a tool that the settings do not offer."""
    from preo_mcp.audit.entry import AuditEntry

    account, caller, sandbox = backend.guardrails.account, backend.caller, backend.settings.sandbox
    backend.audit.record(AuditEntry(tool, arguments, Ended.REFUSED, account=account, principal=caller, sandbox=sandbox))


def _must_be_audited(call: Call) -> None:
    """Make sure that the call's line can be written when it is over, whatever comes of it.

    Raises:
        PreoError: the audit cannot be written, or whose account it is cannot be told; nothing was run.
    """
    audit = call.preo.backend.audit
    _ = call.account
    call.audit = audit
    audit.must_be_writable()


def _broken_off(call: Call, ended: Ended, failure: type[Exception] | None = None) -> Ran:
    """Return how a call that broke off ended, unless a write of it may have had an effect."""
    return Ran(refusal("broken off"), Ended.UNKNOWN if call.has_written else ended, failure=failure)
