"""From a plain async function to an MCP tool: what no tool may forget happens here.

Closed arguments, a title and all four annotations from the operation's risk, lean schemas; and where the risk
asks for a person's yes, the facts to show them and a read-back.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ParamSpec, TypeVar

from mcp.types import Tool, ToolAnnotations
from pydantic import BaseModel, ConfigDict, create_model

from preo_mcp.api.models.base import Clears
from preo_mcp.api.operations import APPROVE_REFUND, CREATE_PURCHASE_REFUND, CREATE_REFUND, Method, Operation, Risk
from preo_mcp.api.schema import lean_schema
from preo_mcp.approval.ended import Aftercare, ReadBack
from preo_mcp.approval.facts import Facts
from preo_mcp.approval.ways.card_tool import CARD_META
from preo_mcp.calls.argument_names import FILE
from preo_mcp.calls.preo import Preo
from preo_mcp.reports.cards import Report, report_meta
from preo_mcp.text.icons import ASKS

P = ParamSpec("P")
R = TypeVar("R", bound=BaseModel)

FactsOf = Callable[..., Awaitable[Facts | None]]
"""Fetches the facts for a call's arguments."""
Follow = Callable[[Preo, dict[str, Any]], Awaitable[BaseModel | None]]
"""Given the structured content of a result: waits a while for what Preo goes on with by itself, and returns the result
as it is then; None where there is nothing to wait for."""
Also = Mapping[Operation, tuple[str, ...]]
"""Operations that a tool carries out besides, each where one of these arguments is given."""

NOTES_SCHEMA = {"type": "array"}
"""Who approved the call, what was cut from its result, that this is the sandbox."""
REFUNDS = (CREATE_REFUND, CREATE_PURCHASE_REFUND, APPROVE_REFUND)
"""Each gives money back, or is a step to it, and counts as one of the day."""
REPEATABLE_METHODS = frozenset({Method.GET, Method.PATCH, Method.DELETE})


@dataclass(frozen=True, slots=True)
class Workflow:
    """A tool of several operations: its title, the highest risk among them, and whether a repeat changes nothing.

    `operations` are those of them that the tool carries out on the user's behalf: where one is asked about, it is.
    """

    title: str
    risk: Risk
    repeatable: bool = False
    operations: tuple[Operation, ...] = ()


class Arguments(Clears):
    """The arguments of a tool; what may be null can be emptied."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, hide_input_in_errors=True)


@dataclass(frozen=True)
class RegisteredTool:
    """A tool function with what was said of it at registration."""

    function: Callable[..., Awaitable[BaseModel]]
    subject: Operation | Workflow
    facts: FactsOf | None
    read_back: ReadBack | None = None
    aftercare: Aftercare | None = None
    seconds: float = 0
    follow: Follow | None = None
    also: Also = field(default_factory=dict[Operation, tuple[str, ...]])
    report: Report | None = None
    card: str | None = None

    @cached_property
    def is_refund(self) -> bool:
        """Whether a call asks for money to be given back or gives it back, and counts as a refund of the day."""
        return self.subject in REFUNDS

    @cached_property
    def name(self) -> str:
        """The tool's name, which is the function's."""
        return self.function.__name__

    @cached_property
    def names(self) -> frozenset[str]:
        """Its name, and those of the tools that it does the work of."""
        return frozenset({self.name, *(operation.tool for operation in self.operations)})

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The operation that it is, or those that it carries out."""
        return self.subject.operations if isinstance(self.subject, Workflow) else (self.subject,)

    @cached_property
    def _signature(self) -> inspect.Signature:
        return inspect.signature(self.function, eval_str=True)

    @cached_property
    def arguments(self) -> type[Arguments]:
        """The closed model of the arguments; the function's first parameter is the `Preo` it works with."""
        _, *parameters = self._signature.parameters.values()
        fields: dict[str, Any] = {
            parameter.name: (parameter.annotation, ... if parameter.default is parameter.empty else parameter.default)
            for parameter in parameters
        }
        return create_model(f"{self.name}_arguments", __base__=Arguments, **fields)

    @property
    def _meta(self) -> dict[str, Any] | None:
        """Which card a host shows with the result: the one that asks a person, or a report."""
        if self.facts is not None:
            return CARD_META
        if self.card is not None:
            return {"ui": {"resourceUri": self.card}}
        return None if self.report is None else report_meta(self.report)

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
            annotations=_annotations(
                self.subject, may_ask=self.facts is not None, writes_file=FILE in self.arguments.model_fields
            ),
            icons=[ASKS] if self.subject.risk.needs_yes else None,
            _meta=self._meta,
        )


REGISTERED: dict[str, RegisteredTool] = {}
"""Every tool whose module was imported, by name."""


def tool(
    subject: Operation | Workflow,
    *,
    facts: FactsOf | None = None,
    read_back: ReadBack | None = None,
    aftercare: Aftercare | None = None,
    seconds: float = 0,
    follow: Follow | None = None,
    also: Also | None = None,
    report: Report | None = None,
    card: str | None = None,
) -> Callable[[Callable[P, Awaitable[R]]], Callable[P, Awaitable[R]]]:
    """Register the decorated async function as the tool of an operation or a workflow.

    `facts` takes the same arguments as the function and returns what a person is shown, or None where this call needs
    no yes; a risk above `WRITE` demands it. `read_back` tells what became of a call whose answer was lost; what
    is asked about demands it. `aftercare` reads again, after the effect, what the call used.
    `seconds` is how long its write may take, where that is longer than the time budget. `follow` waits for the outcome,
    once the write is recorded and other writes are let in again. `also` are operations that some arguments add: the
    settings hold for them too. `report` is the card that shows the result to a person, `card` the
    address of one that takes something from them.

    Raises:
        TypeError: the risk needs a yes and there are no facts to show, or there are facts and no read-back; what may
            ask has a report, though a tool has one card; the function is not named as its operation says.
    """
    if subject.risk.needs_yes and facts is None:
        raise TypeError(f"{subject.title} needs a person's yes, and so the facts to show them")
    if facts is not None and read_back is None:
        raise TypeError(f"{subject.title} may need a person's yes, and so a read-back for when its answer is lost")
    if facts is not None and report is not None:
        raise TypeError(f"{subject.title} may need a person's yes, and its card asks for it: it can show no report")

    def register(function: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
        if isinstance(subject, Operation) and subject.tool != function.__name__:
            raise TypeError(f"{subject.title} is the tool {subject.tool}, not {function.__name__}")
        registered = RegisteredTool(
            function, subject, facts, read_back, aftercare, seconds, follow, also or {}, report, card
        )
        REGISTERED[registered.name] = registered
        return function

    return register


def _annotations(subject: Operation | Workflow, *, may_ask: bool, writes_file: bool) -> ToolAnnotations:
    """The four hints (MCP, ToolAnnotations): a host asks less for what only reads, more for what cannot be undone.

    A new file is a change too, though not one in Preo; none is ever written over.

    What may ask a person is destructive too: where it does, it changes what others rely on.
    """
    repeatable = subject.repeatable if isinstance(subject, Workflow) else subject.method in REPEATABLE_METHODS
    return ToolAnnotations(
        read_only_hint=subject.risk is Risk.READ and not writes_file,
        destructive_hint=subject.risk.needs_yes or may_ask,
        idempotent_hint=repeatable or subject.risk is Risk.READ,
        open_world_hint=True,
    )
