"""The answer to `completion/complete`: at most 100 ids (MCP, Completion), none where they cannot be fetched."""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import anyio
from mcp.server.mcpserver import Context
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INVALID_PARAMS,
    Completion,
    CompletionArgument,
    CompletionContext,
    PromptReference,
    ResourceTemplateReference,
)

from preo_mcp.api.errors import PreoError, raised_at
from preo_mcp.backend import Backend
from preo_mcp.calls.preo import Preo
from preo_mcp.text.plain_text import one_line

if TYPE_CHECKING:
    from preo_mcp.resources.rows import Kind

MOST_VALUES: Final = 100
SECONDS: Final = 10.0
"""How long a person who types is kept waiting."""

Reference = PromptReference | ResourceTemplateReference

logger = logging.getLogger(__name__)


class Completions:
    """Completes the arguments of prompts and of addresses."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def complete(
        self, reference: Reference, argument: CompletionArgument, context: CompletionContext | None
    ) -> Completion:
        """Return ids for what was typed of an argument; none for an argument that is not an id.

        Raises:
            MCPError: there is no such prompt, address or argument.
        """
        kinds = _arguments(reference)
        if argument.name not in kinds:
            name = one_line(argument.name)[:60]
            why = f"there is no argument {name}; known: {', '.join(kinds) or 'none'}"
            raise MCPError(INVALID_PARAMS, f"Nothing was completed · {why} · Name one of them.")
        kind = kinds[argument.name]
        if kind is None:
            return Completion(values=[], total=0, has_more=False)
        given = (context.arguments if context else None) or {}
        chosen = {of: value for name, value in given.items() if value and (of := kinds.get(name) or _kind_named(name))}
        return await self._ids(kind, argument.value, chosen)

    async def _ids(self, kind: "Kind", typed: str, chosen: "Mapping[Kind, str]") -> Completion:
        from preo_mcp.resources.completion_ids import find

        try:
            with anyio.fail_after(SECONDS):
                found = await find(Preo(self._backend, Context()), kind, typed, chosen)
        except (PreoError, TimeoutError) as exc:
            logger.warning("ids of %s were not completed: %s", kind, type(exc).__name__)
            return Completion(values=[])
        except Exception as exc:  # noqa: BLE001 - a crash must not carry customer data to the host or the log
            logger.error("completing %s crashed: %s at %s", kind, type(exc).__name__, raised_at(exc))  # noqa: TRY400
            return Completion(values=[])
        values = found.ids[:MOST_VALUES]
        return Completion(values=values, total=found.total, has_more=found.more or len(found.ids) > len(values))


def _arguments(reference: Reference) -> "dict[str, Kind | None]":
    """The arguments of what the reference names, with what each is the id of."""
    if isinstance(reference, PromptReference):
        from preo_mcp.resources.prompts import find

        return {one.name: one.kind for one in find(reference.name).arguments}
    from preo_mcp.resources.rows import ROWS

    found = next((row for row in ROWS if row.address == reference.uri), None)
    if found is None:
        why = "there is no resource template with this address"
        raise MCPError(INVALID_PARAMS, f"Nothing was completed · {why} · See resources/templates/list.")
    return {found.parameter: found.kind} if found.parameter else {}


def _kind_named(name: str) -> "Kind | None":
    """What an argument of somewhere else is the id of, by its name: `edition_id` of an edition."""
    from preo_mcp.resources.rows import Kind

    stem = name.removesuffix("_id")
    return Kind(stem) if stem in set(Kind) else None
