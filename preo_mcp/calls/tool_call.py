"""One call of a tool, from its arguments to its result: checked, guarded, carried out, shaped, written to the audit."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mcp.server.mcpserver import Context
from mcp.shared.exceptions import MCPError
from mcp.types import CallToolResult, InputRequiredResult
from pydantic import BaseModel, JsonValue, ValidationError

from preo_mcp.api.errors import PreoError, raised_at
from preo_mcp.api.errors import ValidationError as CallError
from preo_mcp.api.operations import Risk
from preo_mcp.approval.call import GuardedCall
from preo_mcp.approval.ended import APPROVED_BY, Ended, Ran
from preo_mcp.approval.facts import Facts, facts_of_any
from preo_mcp.approval.plans import Plan
from preo_mcp.approval.read_back import DidNotHappen, Unknown
from preo_mcp.calls.arguments import explain
from preo_mcp.calls.masked import must_not_be_masked
from preo_mcp.calls.preo import Backend, Preo
from preo_mcp.replies.reply import SANDBOX_NOTE, refusal, reply

if TYPE_CHECKING:
    from preo_mcp.audit.trail import Audit
    from preo_mcp.calls.tool import RegisteredTool

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class ToolCall:
    """A call on its way; `values` are its checked arguments."""

    tool: "RegisteredTool"
    backend: Backend
    arguments: Mapping[str, Any]
    context: Context[Any, Any]
    checked: BaseModel | None = field(default=None, init=False)
    preo: Preo = field(init=False)
    _started: float = field(default_factory=time.monotonic, init=False)
    _audited_by: "Audit | None" = field(default=None, init=False)
    _account: str | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Give the call its way to Preo."""
        self.preo = Preo(self.backend, self.context)

    async def run(self) -> CallToolResult | InputRequiredResult:
        """Return the result, a refusal, or (from 2026-07-28 on) the question that the call has for a person."""
        failure: type[Exception] | None = None
        try:
            if self._changes_something:
                self._must_be_audited()
            ran = await self._checked_and_run()
        except PreoError as exc:
            failure, ran = type(exc), Ran(refusal(str(exc)), self._after(Ended.REFUSED))
        except MCPError as exc:  # for the host, not for its model
            self._audit(Ran(refusal(str(exc)), self._after(Ended.FAILED)), type(exc))
            raise
        except Exception as exc:  # noqa: BLE001 - a crash must not carry customer data to the model or the log
            logger.error("%s crashed: %s at %s", self.tool.name, type(exc).__name__, raised_at(exc))  # noqa: TRY400
            failure, ran = type(exc), Ran(refusal(_crashed(self.tool.name, exc)), self._after(Ended.FAILED))
        except BaseException:  # the host gave up
            self._audit(Ran(refusal("cancelled"), self._after(Ended.CANCELLED)))
            raise
        self._audit(ran, failure)
        return self._without_people(ran)

    def _without_people(self, ran: Ran) -> CallToolResult | InputRequiredResult:
        """A refusal can quote what was sent; a question that waits is masked where it is made."""
        result = ran.result
        if not self.backend.settings.masks or ran.ended is Ended.WAITING or not isinstance(result, CallToolResult):
            return result
        from preo_mcp.calls.masked import masked_refusal

        return masked_refusal(result) if result.is_error else result

    def _must_be_audited(self) -> None:
        """Make sure that the call's line can be written when it is over, whatever comes of it.

        Raises:
            PreoError: the audit cannot be written, or it cannot be told whose it is; nothing was run.
        """
        rails = self.backend.guardrails
        self._audited_by, self._account = rails.audit, rails.account
        rails.audit.must_be_writable()

    async def _checked_and_run(self) -> Ran:
        try:
            self.checked = self.tool.arguments.model_validate(self.arguments)
        except ValidationError as exc:
            raise _ArgumentsError(explain(self.tool.name, self.tool.arguments, exc)) from None
        if self.backend.settings.masks:
            must_not_be_masked(self.tool.name, self.arguments)
        asks = self.tool.name in self.backend.settings.ask_about
        if self.tool.facts is None and not asks:
            return Ran(await self._perform(None), Ended.DONE)
        return await self.backend.guardrails.guard.run(self._guarded(asks=asks))

    @property
    def _values(self) -> dict[str, Any]:
        if self.checked is None:
            raise AssertionError("the arguments are checked first")
        return {name: getattr(self.checked, name) for name in self.tool.arguments.model_fields}

    @property
    def _changes_something(self) -> bool:
        return self.tool.subject.risk is not Risk.READ

    def _guarded(self, *, asks: bool) -> GuardedCall:
        rails, tool = self.backend.guardrails, self.tool
        arguments: dict[str, JsonValue] = self.checked.model_dump(mode="json") if self.checked else {}

        async def fetch() -> Facts | None:
            facts = await tool.facts(self.preo, **self._values) if tool.facts else None
            if facts is None and asks:
                return facts_of_any(tool.subject.title, arguments)
            if facts is None and tool.subject.risk.needs_yes:
                raise AssertionError("facts of an operation that needs a yes are never None")
            return facts

        async def remember() -> dict[str, JsonValue]:
            return await tool.read_back.before(self.preo, **self._values) if tool.read_back else {}

        async def look_back(plan: Plan) -> CallToolResult | DidNotHappen | Unknown:
            if tool.read_back is None:
                return Unknown(
                    "this operation leaves nothing that can be looked up", "Look in Preo before repeating it."
                )
            found = await tool.read_back.after(self.preo, plan.before, **self._values)
            return self._shaped(found, [APPROVED_BY[plan.approved_via]]) if isinstance(found, BaseModel) else found

        return GuardedCall(
            tool=tool.name,
            title=tool.subject.title,
            digest=rails.call_digest(tool.name, arguments),
            account=rails.account,
            is_refund=tool.is_refund,
            context=self.context,
            fetch=fetch,
            perform=self._perform,
            has_written=lambda: self.preo.has_written,
            remember=remember,
            look_back=look_back,
            audit=self._audit,
            seconds=tool.seconds,
            has_card=tool.facts is not None,
        )

    async def _perform(self, plan: Plan | None) -> CallToolResult:
        self.preo.plan_id = plan.id if plan else None
        result = await self.tool.function(self.preo, **self._values)
        return self._shaped(result, [APPROVED_BY[plan.approved_via]] if plan else [])

    def _shaped(self, result: BaseModel, notes: list[str]) -> CallToolResult:
        if self.preo.talked_to_sandbox and self._changes_something:
            notes = [*notes, SANDBOX_NOTE]
        elif not self._changes_something:
            notes = [*notes, *self.preo.left_out]
        settings = self.backend.settings
        return reply(result, notes, settings.reply_tokens, masks=settings.masks)

    def _after(self, ended: Ended) -> Ended:
        """Return how a call ended that broke off, unless a write of it may have had an effect."""
        return Ended.UNKNOWN if self.preo.has_written else ended

    def _audit(self, ran: Ran, failure: type[Exception] | None = None) -> None:
        """Write the call's one line, where it is one that changes something."""
        audit, self._audited_by = self._audited_by, None
        if audit is None:
            return
        from preo_mcp.audit.entry import Approval, AuditEntry

        audit.record(
            AuditEntry(
                tool=self.tool.name,
                arguments=self._values if self.checked else self.arguments,
                outcome=ran.ended,
                approval=None if ran.ended is Ended.REFUSED else Approval.of_plan(ran.plan),
                plan_id=ran.plan.id if ran.plan else None,
                error=failure,
                duration_ms=round((time.monotonic() - self._started) * 1000),
                request_ids=tuple(self.preo.request_ids),
                account=self._account,
                sandbox=self.backend.settings.sandbox,
            )
        )


class _ArgumentsError(CallError):
    """The arguments do not fit the tool."""

    def __init__(self, text: str) -> None:
        super().__init__(*text.split(" · ", 2))


def _crashed(name: str, exc: Exception) -> str:
    return (
        f"{name} crashed · an error inside preo-mcp ({type(exc).__name__}) · "
        "Do not repeat a change blindly; look at the object first, and report this error."
    )
