"""Which tools are offered, and the path that a call to one of them takes.

    offered → measured → audited → understood → masked → checked → known → named → guarded → the tool

Each step has one interface, `run(call) -> Ran`, and knows only the next; a call passes those that it needs. Tools are
listed from a generated file, so that start-up inspects nothing, and imported at the first call. `make reference` writes
`tools.json`, and a test holds it to the code; it is also the schema snapshot.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cache, cached_property
from importlib import import_module
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from mcp.server.mcpserver import Context
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, CallToolResult, InputRequiredResult, Tool

from preo_mcp.api.errors import ConfigurationError
from preo_mcp.api.operations import OPERATIONS, Risk
from preo_mcp.backend import Backend
from preo_mcp.calls.audited import Audited, record_refused
from preo_mcp.calls.call import Call, Carried, Guarded, Step
from preo_mcp.calls.checked import Checked
from preo_mcp.calls.known_ids import KnownIds
from preo_mcp.calls.masked import Masked
from preo_mcp.calls.measured import Measured
from preo_mcp.calls.named import Named
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.understood import Understood
from preo_mcp.replies.reply import refusal
from preo_mcp.settings import NOT_STARTED, Mode, Preset, Settings
from preo_mcp.text.plain_text import one_line

if TYPE_CHECKING:
    from preo_mcp.calls.finding.doors import Doors
    from preo_mcp.calls.tool import RegisteredTool


MODULES = (
    "session",
    "users",
    "orders",
    "workflows.customer_history",
    "refunds.tools",
    "refunds.several",
    "editions.tools",
    "editions.products",
    "files",
    "data_imports.tools",
    "data_imports.mappings",
    "data_imports.preview",
    "workflows.prepare_import",
    "receiving",
    "workflows.product_mappings",
    "workflows.waiting",
    "workflows.import_rows",
    "consents",
    "email_messages.tools",
    "email_messages.preview",
    "segments.tools",
    "segments.export",
    "segments.conditions",
    "segments.counting",
    "campaigns.tools",
    "campaigns.checks",
    "webhooks.tools",
    "webhooks.deliveries",
    "webhooks.retrying",
)
"""The modules of `preo_mcp.tools`, in the order in which their tools are listed."""

SNAPSHOT = "tools.json"


Offers = Callable[[Tool], bool]
"""Whether a tool is offered; a toolset offers what all of its rules do."""


def only_reading(tool: Tool) -> bool:
    """Offer what changes nothing in Preo; some of it writes a file where it is told to."""
    return _only_reads(tool) or any(one.tool == tool.name and one.risk is Risk.READ for one in OPERATIONS)


def _only_reads(tool: Tool) -> bool:
    return tool.annotations is not None and tool.annotations.read_only_hint is True


DOES_THE_WORK_OF: Final = MappingProxyType(
    {
        "customer_history": ("list_users", "get_user", "list_orders", "get_order"),
        "refund_purchases": ("create_purchase_refund",),
        "approve_refunds": ("approve_refund",),
        "prepare_import": (
            "create_data_import",
            "update_column_mappings",
            "process_column_mappings",
            "update_product_mappings",
        ),
    }
)
"""By tool those whose operations it carries out: known without importing it, and what `RegisteredTool.names` says."""


def all_but(denied: Collection[str]) -> Offers:
    """Offer what is not denied, nor does the work of what is."""
    return lambda tool: not any(name in denied for name in (tool.name, *DOES_THE_WORK_OF.get(tool.name, ())))


def those_of(presets: Collection[Preset]) -> Offers:
    """Offer the tools of any of `presets`."""
    from preo_mcp.calls.presets import TOOLS

    names = frozenset[str]().union(*(TOOLS[preset] for preset in presets))
    return lambda tool: tool.name in names


class Toolset:
    """The tools of this server: those of the snapshot that every rule offers."""

    def __init__(self, rules: Sequence[Offers] = ()) -> None:
        self._rules = rules

    @classmethod
    def of(cls, settings: Settings) -> "Toolset":
        """Return the toolset that the settings leave.

        Raises:
            ConfigurationError: they name a tool that does not exist.
        """
        everything = cls()
        for variable, names in (("PREO_DENY", settings.deny), ("PREO_ASK_ABOUT", settings.ask_about)):
            for name in names:
                everything.must_know(name, variable)
        rules = [
            *([those_of(settings.preset)] if settings.preset else []),
            *([only_reading] if settings.read_only else []),
            *([all_but(settings.deny)] if settings.deny else []),
        ]
        return cls(rules)

    def must_know(self, name: str, variable: str) -> None:
        """Refuse a name that no tool has.

        Raises:
            ConfigurationError: with the nearest name that one has.
        """
        if name not in self._modules:
            near = self.nearest(name)
            hint = f"did you mean {near}?" if near else "preo-mcp tools lists them."
            why = f"{variable} names {name}, but there is no such tool"
            raise ConfigurationError(NOT_STARTED, why, f"{hint} Correct or remove it.")

    @cached_property
    def _modules(self) -> dict[str, str]:
        return {entry["name"]: module for module, tools in _snapshot().items() for entry in tools}

    @cached_property
    def _offered(self) -> frozenset[str]:
        return frozenset(tool.name for tool in self.listed()) if self._rules else frozenset(self._modules)

    def listed(self) -> list[Tool]:
        """Return the tools as `tools/list` shows them, always in the same order."""
        everything = (Tool.model_validate(entry) for tools in _snapshot().values() for entry in tools)
        return [tool for tool in everything if all(offers(tool) for offers in self._rules)]

    def knows(self, name: str) -> bool:
        """Return whether there is such a tool at all, offered or not."""
        return name in self._modules

    def offers(self, name: str) -> bool:
        """Return whether a tool of that name is offered."""
        return name in self._offered

    def find(self, name: str) -> "RegisteredTool | None":
        """Return a tool ready to run, or None where none of that name is offered."""
        if not self.offers(name):
            return None
        import_module(f"preo_mcp.tools.{self._modules[name]}")
        from preo_mcp.calls.tool import REGISTERED

        return REGISTERED[name]

    def nearest(self, name: str) -> str | None:
        """Return the existing name most like `name`."""
        return next(iter(get_close_matches(name, self._offered, n=1)), None)


@cache
def _snapshot() -> dict[str, list[dict[str, Any]]]:
    """Return the generated list, read once for all toolsets."""
    return json.loads((files("preo_mcp") / "tools" / SNAPSHOT).read_text(encoding="utf-8"))


def inspected() -> dict[str, list[dict[str, Any]]]:
    """Return what the snapshot has to be: every tool as its code says, by module."""
    return {module: list(_inspect(module)) for module in MODULES}


def _inspect(module: str) -> Iterator[dict[str, Any]]:
    name = import_module(f"preo_mcp.tools.{module}").__name__
    from preo_mcp.calls.tool import REGISTERED

    for registered in REGISTERED.values():
        if registered.function.__module__ == name:
            yield registered.listed().model_dump(mode="json", by_alias=True, exclude_none=True)


SHOWN_OF_NAME = 60
"""Characters of a name that no tool has."""


class Offered:
    """The tools that the settings offer, and the path of a call to them.

    Args:
        backend: What all calls share.
        after_change: Called after each call that was meant to change something.
    """

    def __init__(self, backend: Backend, after_change: Callable[[], None]) -> None:
        self._backend = backend
        self._after_change = after_change
        self._toolset = Toolset.of(backend.settings)
        self._everything = Toolset()

    @cached_property
    def _doors(self) -> "Doors | None":
        """Search mode's, where it is set."""
        if self._backend.settings.mode is Mode.ALL:
            return None
        from preo_mcp.calls.finding.doors import Doors

        return Doors(self._toolset.listed())

    def listed(self) -> list[Tool]:
        """Return the tools as `tools/list` shows them."""
        return self._toolset.listed() if self._doors is None else self._doors.listed()

    @cached_property
    def _at_once(self) -> frozenset[str]:
        """The tools that are one reading operation, and that nobody wants to be asked about."""
        reading = {one.tool for one in OPERATIONS if one.risk is Risk.READ}.difference(self._backend.settings.ask_about)
        return frozenset(tool.name for tool in self._toolset.listed() if tool.name in reading and _only_reads(tool))

    def answers_at_once(self, name: str, arguments: Mapping[str, Any]) -> bool:
        """Whether a call only reads, and so asks nobody and reports nothing on its way to the answer."""
        return (name if self._doors is None else self._doors.meant(name, arguments)) in self._at_once

    async def run(
        self, name: str, arguments: Mapping[str, Any], context: Context[Any, Any]
    ) -> CallToolResult | InputRequiredResult:
        """Return the result, a refusal, or (from 2026-07-28 on) the question that the call has for a person.

        Raises:
            MCPError: there is no such tool.
        """
        if not self._toolset.knows(name) and (self._doors is None or not self._doors.knows(name)):
            raise MCPError(INVALID_PARAMS, self._unknown(name))
        if self._doors is None:
            return await self._run(name, arguments, context)
        opened = self._doors.opened(name, arguments)
        if isinstance(opened, CallToolResult):
            return opened
        if opened.refused:
            record_refused(self._backend, opened.name, opened.arguments)
            return refusal(opened.refused)
        return await self._run(opened.name, opened.arguments, context)

    async def run_by_hand(
        self, name: str, arguments: Mapping[str, Any], context: Context[Any, Any]
    ) -> CallToolResult | InputRequiredResult:
        """Return what came of a call that a person makes on a page or card, who need not find its tool first."""
        return await self._run(name, arguments, context)

    async def _run(
        self, name: str, arguments: Mapping[str, Any], context: Context[Any, Any]
    ) -> CallToolResult | InputRequiredResult:
        tool = self._toolset.find(name)
        if tool is None or not tool.names.isdisjoint(self._backend.settings.deny):
            return self._not_offered(name, arguments)
        call = Call(tool, arguments, Preo(self._backend, context))
        return (await self._way_of(call).run(call)).result

    def _way_of(self, call: Call) -> Step:
        """Return the first step of a call's path, built from its end."""
        step: Step = Guarded() if call.may_be_asked_about else Carried()
        step = Checked(KnownIds(Named(step, self._everything.find), self._everything.find))
        if self._backend.settings.masks:
            step = Masked(step)
        step = Understood(step)
        return Measured(Audited(step, self._after_change) if call.changes_something else step)

    def _not_offered(self, name: str, arguments: Mapping[str, Any]) -> CallToolResult:
        if not self._toolset.knows(name):
            return refusal(self._unknown(name))
        record_refused(self._backend, name, arguments)
        why = "the user's settings do not offer it (PREO_PRESET, PREO_READ_ONLY, PREO_DENY)"
        return refusal(f"{name} was not run · {why} · Tell the user.")

    def _unknown(self, name: str) -> str:
        near = self._toolset.nearest(name)
        lists = "Look at tools/list." if self._doors is None else "Ask find_tools for what is to be done."
        hint = f"Did you mean {near}?" if near else lists
        return f"{one_line(name)[:SHOWN_OF_NAME]} was not run · no tool has this name · {hint}"
