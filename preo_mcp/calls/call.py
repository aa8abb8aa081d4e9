"""One call of a tool: what was asked for, what it can do, and how it passes from step to step."""

import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import BaseModel, JsonValue

from preo_mcp.api.errors import PreoError
from preo_mcp.api.operations import BESIDE_OTHERS, Operation, Risk
from preo_mcp.approval.ended import APPROVED_BY, DidNotHappen, Ended, Ran, Unknown
from preo_mcp.calls.preo import Preo
from preo_mcp.replies.reply import BY_OTHERS, SANDBOX_NOTE, reply

if TYPE_CHECKING:
    from preo_mcp.approval.facts import Facts
    from preo_mcp.approval.ledgers.ledger import Lease
    from preo_mcp.approval.plans import Plan
    from preo_mcp.approval.wording import Words
    from preo_mcp.audit.trail import Audit
    from preo_mcp.calls.tool import RegisteredTool

NOTHING_TO_LOOK_AT = Unknown("this operation leaves nothing that can be looked up", "Look in Preo before repeating it.")


class Step(Protocol):
    """One thing that is taken care of on a call's path; each step knows only the next."""

    async def run(self, call: "Call") -> Ran:
        """Return what came of the call."""
        ...


class Carried:
    """The end of the path where nobody has to be asked: the tool itself."""

    async def run(self, call: "Call") -> Ran:
        """Return the tool's result.

        Raises:
            PreoError: of the kind that says what went wrong.
        """
        call.must_be_allowed()
        return await call.followed(Ran(await call.perform(None), Ended.DONE))


class Guarded:
    """The end of the path where a person may have to agree: the guard, which runs the tool once they have."""

    async def run(self, call: "Call") -> Ran:
        """Return what came of the call.

        Raises:
            PreoError: it was refused, or failed.
        """
        call.must_be_allowed()
        guard = call.preo.backend.guardrails.guard
        ran = await guard.run(call)
        return await guard.told(await call.followed(ran)) if call.waits else ran


@dataclass
class Call:
    """A call on its path; to the guard it is a `GuardedCall`.

    Attributes:
        tool: What is called.
        sent: The arguments as the host sent them, and once they are understood in their one form.
        preo: The call's way to Preo.
        checked: The arguments once they are checked.
        audit: Where the call's one line is written; None for a call that changes nothing.
        meant: What was understood of the arguments that has to be told.
    """

    tool: "RegisteredTool"
    sent: Mapping[str, Any]
    preo: Preo
    checked: BaseModel | None = None
    audit: "Audit | None" = None
    meant: list[str] = field(default_factory=list[str])
    _started: float = field(default_factory=time.monotonic, init=False)
    _digests: dict[str, str] = field(default_factory=dict[str, str], init=False)
    """By account; the arguments are checked before the first is made, and stay as they are."""

    @property
    def name(self) -> str:
        """The tool's name."""
        return self.tool.name

    @property
    def title(self) -> str:
        """What the tool does, such as "Send campaign now", and what its arguments add to that."""
        return " + ".join((self.tool.subject.title, *(operation.title for operation in self._also)))

    @property
    def context(self) -> Context[Any, Any]:
        """The host that asked."""
        return self.preo.context

    @property
    def is_refund(self) -> bool:
        """Whether it counts as a refund of the day."""
        return self.tool.is_refund

    @property
    def seconds(self) -> float:
        """How long its write may take, where that is longer than the time budget."""
        return self.tool.seconds

    @property
    def waits(self) -> bool:
        """Whether it waits for what Preo goes on with by itself."""
        return self.tool.follow is not None

    @property
    def has_card(self) -> bool:
        """Whether a host that shows cards shows one with this tool."""
        return self.tool.facts is not None

    @property
    def has_written(self) -> bool:
        """Whether it got as far as a write that had an effect, or may have."""
        return self.preo.has_written

    @property
    def changes_something(self) -> bool:
        """Whether it is meant to change anything."""
        return self.tool.subject.risk is not Risk.READ

    @property
    def is_asked_about(self) -> bool:
        """Whether the user's settings add its tool to those that a person is asked about."""
        asked = self.preo.settings.ask_about
        names = self.tool.names.union(operation.tool for operation in self._also)
        return bool(asked) and not names.isdisjoint(asked)

    @property
    def _also(self) -> list[Operation]:
        """The operations that its arguments add to the tool's own."""
        if self.checked is None:
            return []
        given = self.checked.model_dump(exclude_unset=True)
        return [operation for operation, names in self.tool.also.items() if not given.keys().isdisjoint(names)]

    def must_be_allowed(self) -> None:
        """Refuse a call before its first write where the settings do not allow the second.

        Raises:
            PermissionDeniedError: they do not.
        """
        if (policy := self.preo.backend.policy) is not None:
            for operation in self._also:
                policy.admit(operation, agreed=True)

    @property
    def values(self) -> dict[str, Any]:
        """The checked arguments by name."""
        if self.checked is None:
            raise AssertionError("the arguments are checked first")
        return {name: getattr(self.checked, name) for name in self.tool.arguments.model_fields}

    @property
    def account(self) -> str:
        """A keyed digest of the account.

        Raises:
            ConfigurationError: it cannot be told whose it is.
        """
        return self.preo.backend.guardrails.account

    @property
    def accounts(self) -> tuple[str, ...]:
        """Keyed digests of the account: the one in use first, then what it went by before."""
        return self.preo.backend.guardrails.accounts

    @property
    def whose(self) -> "Words":
        """Whose account it is, for a person to read."""
        return self.preo.backend.guardrails.whose

    @property
    def digest(self) -> str:
        """A keyed digest of tool, arguments and account: the identical call has the same."""
        return self._digest_for(self.accounts[0])

    @property
    def former_digest(self) -> str:
        """The digest that the identical call had before it was known whose the token is."""
        return self._digest_for(self.accounts[-1])

    @contextmanager
    def _looking(self) -> Generator[None]:
        """Read for a person's question: what waits for a yes may be read to ask for it."""
        self.preo.is_for_a_person = True
        try:
            yield
        finally:
            self.preo.is_for_a_person = False

    def _digest_for(self, account: str) -> str:
        if account not in self._digests:
            arguments: dict[str, JsonValue] = self.checked.model_dump(mode="json") if self.checked else {}
            self._digests[account] = self.preo.backend.guardrails.call_digest(self.name, arguments, account)
        return self._digests[account]

    @property
    def may_be_asked_about(self) -> bool:
        """Whether there are cases in which a person has to be asked."""
        names = self.tool.names.union(operation.tool for operation in self.tool.also)
        return self.tool.facts is not None or not names.isdisjoint(self.preo.settings.ask_about)

    @property
    def may_run_unasked(self) -> bool:
        """Whether nobody may have to be asked, as long as no other write comes between the look and this one."""
        subject = self.tool.subject
        return not (subject.risk.needs_yes or self.is_asked_about or subject in BESIDE_OTHERS)

    @property
    def lease(self) -> "Lease | None":
        """What it writes under: other writes of the account are kept out meanwhile."""
        return self.preo.lease

    @lease.setter
    def lease(self, lease: "Lease | None") -> None:
        self.preo.lease = lease

    async def facts(self) -> "Facts | None":
        """Fetch the facts as they are now; None where this call needs no yes.

        Raises:
            PreoError: the facts rule the call out, or cannot be fetched.
        """
        with self._looking():
            facts = await self.tool.facts(self.preo, **self.values) if self.tool.facts else None
            if facts is not None:
                stakes = facts.stakes
                for operation in self.tool.operations:
                    await self.preo.must_be_within(operation, stakes.organization_id, stakes.edition_id)
        if facts is not None:
            return facts
        if self.is_asked_about:
            from preo_mcp.approval.facts import facts_of_any

            return facts_of_any(self.title, self.checked.model_dump(mode="json") if self.checked else {})
        if self.tool.subject.risk.needs_yes:
            raise AssertionError("facts of an operation that needs a yes are never None")
        return None

    async def remember(self) -> dict[str, JsonValue]:
        """Fetch what the read-back has to know from before the write.

        Raises:
            PreoError: it cannot be fetched.
        """
        with self._looking():
            return await self.tool.read_back.before(self.preo, **self.values) if self.tool.read_back else {}

    async def perform(self, plan: "Plan | None") -> CallToolResult:
        """Run the tool for an approved plan, or without one where nobody had to be asked.

        Raises:
            PreoError: of the kind that says what went wrong.
        """
        self.preo.plan_id = plan.id if plan else None
        result = await self.tool.function(self.preo, **self.values)
        return self._shaped(result, [APPROVED_BY[plan.approved_via]] if plan else [])

    async def look_back(self, plan: "Plan") -> CallToolResult | DidNotHappen | Unknown:
        """Look whether a write happened: the result that the tool would have had, or what else was found.

        Raises:
            PreoError: it cannot be looked at.
        """
        if self.tool.read_back is None:
            return NOTHING_TO_LOOK_AT
        before, self.preo.plan_id = self.preo.plan_id, plan.id
        try:
            found = await self.tool.read_back.after(self.preo, plan.before, **self.values)
        finally:
            self.preo.plan_id = before
        return self._shaped(found, [APPROVED_BY[plan.approved_via]]) if isinstance(found, BaseModel) else found

    async def followed(self, ran: Ran) -> Ran:
        """Wait a while for what Preo goes on with by itself, where the tool waits; what was done is recorded by then.

        Where that cannot be looked at, the result stays as it is.
        """
        result = ran.result
        is_told = ran.ended in (Ended.DONE, Ended.REPEATED)
        if self.tool.follow is None or not is_told or not isinstance(result, CallToolResult):
            return ran
        if (content := result.structured_content) is None:
            return ran
        self.record(ran)  # a host that gives up while it waits changes nothing of what was done
        try:
            found = await self.tool.follow(self.preo, content)
        except PreoError:
            return ran
        if found is None:
            return ran
        again = (SANDBOX_NOTE, *self.meant)  # what the new result brings itself
        notes = [note for note in content.get("notes", []) if note not in again and not note.endswith(BY_OTHERS)]
        return replace(ran, result=self._shaped(found, notes))

    async def identify(self) -> None:
        """Find out whose account it is, once per process."""
        await self.preo.identify()

    async def content(self) -> JsonValue:
        """Read again what the call uses; None where nothing is compared.

        Raises:
            PreoError: it cannot be read.
        """
        care = self.tool.aftercare
        return await care.content(self.preo, **self.values) if care else None

    async def stop(self) -> str | None:
        """Stop what can be stopped still of the effect, and return what was done, in words.

        Raises:
            PreoError: it cannot be stopped.
        """
        care = self.tool.aftercare
        self.preo.plan_id = None  # another write than the plan's: it must not be taken for its repetition
        return await care.stop(self.preo, **self.values) if care else None

    def record(self, ran: Ran) -> None:
        """Write the call's one line in the audit; what comes after it is not written again."""
        audit, self.audit = self.audit, None
        if audit is None:
            return
        from preo_mcp.audit.entry import Approval, AuditEntry

        audit.record(
            AuditEntry(
                tool=self.name,
                arguments=self.values if self.checked else self.sent,
                outcome=ran.ended,
                approval=None if ran.ended is Ended.REFUSED else Approval.of_plan(ran.plan),
                plan_id=ran.plan.id if ran.plan else None,
                error=ran.failure,
                duration_ms=round((time.monotonic() - self._started) * 1000),
                request_ids=tuple(self.preo.request_ids),
                account=self.account,
                principal=self.preo.backend.caller,
                answered_by=ran.plan.answered_by if ran.plan else "",
                sandbox=self.preo.settings.sandbox,
            )
        )

    def _shaped(self, result: BaseModel, notes: list[str]) -> CallToolResult:
        if not self.changes_something:
            notes = [*notes, *self.preo.left_out]
        elif self.preo.talked_to_sandbox:
            notes = [*notes, SANDBOX_NOTE]
        settings = self.preo.settings
        notes = [*self.meant, *notes]
        return reply(result, notes, settings.reply_tokens, masks=settings.masks)
