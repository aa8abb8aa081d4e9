"""From a plain async function to an MCP tool: what no tool may forget happens here.

Closed arguments with readable errors, a title and all four annotations from the operation's risk, lean schemas, a
person's yes where the risk asks for one, failures as results that a model can act on, the note of the sandbox.
"""

import inspect
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, ParamSpec, TypeVar

from mcp.server.mcpserver import Context
from mcp.shared.exceptions import MCPError
from mcp.types import CallToolResult, InputRequiredResult, Tool, ToolAnnotations
from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from preo_mcp.arguments import explain
from preo_mcp.errors import PreoError
from preo_mcp.guardrails.confirmation import Approved, confirm
from preo_mcp.guardrails.facts import Facts
from preo_mcp.operations import Method, Operation, Risk
from preo_mcp.preo import Backend, Preo
from preo_mcp.replies.reply import SANDBOX_NOTE, refusal, reply
from preo_mcp.schema import lean_schema

P = ParamSpec("P")
R = TypeVar("R", bound=BaseModel)

FactsOf = Callable[..., Awaitable[Facts | None]]
"""Fetches the facts for a call's arguments."""

NOTES_SCHEMA = {"type": "array", "items": {"type": "string"}}
"""Who approved the call, what was cut from its result, that this is the sandbox."""
REPEATABLE_METHODS = frozenset({Method.GET, Method.PATCH, Method.DELETE})

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Workflow:
    """A tool that makes several calls: its title, the highest risk among them, and whether a repeat changes nothing."""

    title: str
    risk: Risk
    repeatable: bool = False


@dataclass(frozen=True)
class RegisteredTool:
    """A tool function with what was said of it at registration."""

    function: Callable[..., Awaitable[BaseModel]]
    subject: Operation | Workflow
    facts: FactsOf | None

    @property
    def name(self) -> str:
        """The tool's name, which is the function's."""
        return self.function.__name__

    @cached_property
    def _signature(self) -> inspect.Signature:
        return inspect.signature(self.function, eval_str=True)

    @cached_property
    def arguments(self) -> type[BaseModel]:
        """The closed model of the arguments; the function's first parameter is the `Preo` it works with."""
        _, *parameters = self._signature.parameters.values()
        fields: dict[str, Any] = {
            parameter.name: (parameter.annotation, ... if parameter.default is parameter.empty else parameter.default)
            for parameter in parameters
        }
        closed = ConfigDict(extra="forbid", allow_inf_nan=False, hide_input_in_errors=True)
        return create_model(f"{self.name}_arguments", __config__=closed, **fields)

    def listed(self) -> Tool:
        """Return the tool as `tools/list` shows it."""
        output = lean_schema(self._signature.return_annotation, "serialization")
        output["properties"]["notes"] = NOTES_SCHEMA
        return Tool(
            name=self.name,
            title=self.subject.title,
            description=inspect.getdoc(self.function),
            input_schema=lean_schema(self.arguments),
            output_schema=output,
            annotations=_annotations(self.subject),
        )

    async def run(
        self, backend: Backend, arguments: dict[str, Any], context: Context[Any, Any]
    ) -> CallToolResult | InputRequiredResult:
        """Run one call and return its result, a refusal, or (from 2026-07-28 on) the question it has for a person."""
        try:
            checked = self.arguments.model_validate(arguments)
        except ValidationError as exc:
            return refusal(explain(self.name, self.arguments, exc))
        values = {name: getattr(checked, name) for name in self.arguments.model_fields}
        preo = Preo(backend, context)
        try:
            return await self._run_checked(preo, values)
        except PreoError as exc:
            return refusal(str(exc))
        except MCPError:
            raise
        except Exception as exc:  # noqa: BLE001 - a crash must not carry customer data to the model or the log
            logger.error("%s crashed: %s at %s", self.name, type(exc).__name__, _where(exc))  # noqa: TRY400
            return refusal(
                f"{self.name} crashed · an error inside preo-mcp ({type(exc).__name__}) · "
                "Do not repeat a change blindly; look at the object first, and report this error."
            )

    async def _run_checked(self, preo: Preo, values: dict[str, Any]) -> CallToolResult | InputRequiredResult:
        notes: list[str] = []
        if self.facts is not None:
            fetch = partial(self.facts, preo, **values)
            verdict = await confirm(preo.context, self.subject.title, fetch, preo.backend.plans)
            if not isinstance(verdict, Approved):
                return verdict
            if verdict.how is None and self.subject.risk.needs_yes:
                raise AssertionError("facts of an operation that needs a yes are never None")
            notes += [verdict.how] if verdict.how else []
        result = await self.function(preo, **values)
        if preo.talked_to_sandbox and self.subject.risk is not Risk.READ:
            notes.append(SANDBOX_NOTE)
        return reply(result, notes, preo.settings.reply_tokens)


REGISTERED: dict[str, RegisteredTool] = {}
"""Every tool whose module was imported, by name."""


def tool(
    subject: Operation | Workflow, *, facts: FactsOf | None = None
) -> Callable[[Callable[P, Awaitable[R]]], Callable[P, Awaitable[R]]]:
    """Register the decorated async function as the tool of an operation or a workflow.

    `facts` takes the same arguments as the function and returns what a person is shown, or None where this call needs
    nobody's yes; a risk above `WRITE` demands it.

    Raises:
        TypeError: the risk needs a yes and there are no facts to show.
    """
    if subject.risk.needs_yes and facts is None:
        raise TypeError(f"{subject.title} needs a person's yes, and so the facts to show them")

    def register(function: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
        registered = RegisteredTool(function, subject, facts)
        REGISTERED[registered.name] = registered
        return function

    return register


def _annotations(subject: Operation | Workflow) -> ToolAnnotations:
    """The four hints (MCP, ToolAnnotations): a host asks less for what only reads, more for what cannot be undone."""
    repeatable = subject.repeatable if isinstance(subject, Workflow) else subject.method in REPEATABLE_METHODS
    return ToolAnnotations(
        read_only_hint=subject.risk is Risk.READ,
        destructive_hint=subject.risk.needs_yes,
        idempotent_hint=repeatable or subject.risk is Risk.READ,
        open_world_hint=True,
    )


def _where(exc: BaseException) -> str:
    """The place in the code, without values."""
    frames = inspect.getinnerframes(exc.__traceback__) if exc.__traceback__ else []
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "an unknown place"
