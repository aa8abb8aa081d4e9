"""From an address to what stands there, as the text of a resource, with the errors that the protocol knows.

A resource that does not exist answers -32002 to sessions of protocol 2025-11-25 and older, and -32602 from 2026-07-28
on; anything else that goes wrong answers -32603 with what failed, why and what to do.
"""

import json
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import unquote

from mcp.server.lowlevel.helper_types import ReadResourceContents
from mcp.server.mcpserver import Context
from mcp.shared.exceptions import MCPError
from mcp.types import INTERNAL_ERROR, INVALID_PARAMS, Resource, ResourceTemplate
from mcp_types.version import LATEST_MODERN_VERSION, MODERN_PROTOCOL_VERSIONS
from pydantic import BaseModel

from preo_mcp.api.errors import NotFoundError, PreoError, ValidationError, raised_at
from preo_mcp.backend import Backend
from preo_mcp.calls.preo import Preo
from preo_mcp.replies.reply import reply
from preo_mcp.settings import Settings
from preo_mcp.text.icons import PAGE
from preo_mcp.text.plain_text import one_line

if TYPE_CHECKING:
    from preo_mcp.resources.rows import Row

NOT_FOUND_IN_SESSIONS: Final = -32002
SHOWN_OF_ADDRESS: Final = 120
NO_ADDRESS: Final = "there is no such address · See resources/list and resources/templates/list."

logger = logging.getLogger(__name__)


class Resources:
    """What can be read from this server."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def listed(self) -> list[Resource]:
        """Return the resources that have one fixed address."""
        from preo_mcp.resources.rows import ROWS

        return [
            Resource(
                uri=row.address,
                name=row.name,
                title=row.title,
                description=row.description,
                mime_type=row.media_type,
                size=_size(row),
                icons=[PAGE],
            )
            for row in ROWS
            if row.parameter is None
        ]

    def templates(self) -> list[ResourceTemplate]:
        """Return the addresses with an id in them."""
        from preo_mcp.resources.rows import ROWS

        return [
            ResourceTemplate(
                uri_template=row.address,
                name=row.name,
                title=row.title,
                description=row.description,
                mime_type=row.media_type,
                icons=[PAGE],
            )
            for row in ROWS
            if row.parameter is not None
        ]

    async def read(self, address: str, context: Context[Backend, Any]) -> ReadResourceContents:
        """Return what stands at an address.

        Raises:
            MCPError: nothing does, or it cannot be read.
        """
        from preo_mcp.resources.rows import row_of

        found = row_of(address)
        if found is None:
            raise not_found(address, _version(context), NO_ADDRESS)
        row, ids = found
        try:
            content = body(await _reader(row)(Preo(self._backend, context), *ids), self._backend.settings)
        except NotFoundError as exc:
            raise not_found(address, _version(context), _told(f"{exc.why} · {exc.next_step}")) from None
        except PreoError as exc:
            if isinstance(exc, ValidationError) and exc.request_id is None:  # nothing was sent: the id cannot be one
                raise not_found(address, _version(context), _told(f"{exc.why} · Check the id.")) from None
            raise MCPError(INTERNAL_ERROR, _told(str(exc)), {"uri": shown_address(address)}) from None
        except Exception as exc:  # noqa: BLE001 - a crash must not carry customer data to the host or the log
            logger.error("reading %s crashed: %s at %s", row.name, type(exc).__name__, raised_at(exc))  # noqa: TRY400
            why = f"{row.title} was not read · an error inside preo-mcp ({type(exc).__name__}) · Report this error."
            raise MCPError(INTERNAL_ERROR, why, {"uri": shown_address(address)}) from None
        return ReadResourceContents(content=content, mime_type=row.media_type)


def not_found(address: str, version: str, why: str) -> MCPError:
    """Return the error for an address where nothing is, as the protocol of `version` has it."""
    code = INVALID_PARAMS if version in MODERN_PROTOCOL_VERSIONS else NOT_FOUND_IN_SESSIONS
    shown = shown_address(address)
    return MCPError(code, f"Resource not found: {one_line(shown)[:SHOWN_OF_ADDRESS]} · {why}", {"uri": shown})


def shown_address(address: str) -> str:
    """Return an address as errors name it: a customer's e-mail address or number in it is masked, however encoded."""
    plain = unquote(unquote(address))
    told = _told(plain)
    return address if told == plain else told


def _told(text: str) -> str:
    """Return an error's text without personal data, which Preo may have quoted in it."""
    from preo_mcp.replies.privacy.free_text import masked_text

    return masked_text(text)


def body(found: BaseModel | str, settings: Settings) -> str:
    """Return what a reader found as the text of a resource.

    A model becomes JSON without nulls, within the tokens that one result may take; what is cut is said in its `notes`,
    with the call that gets the rest. Text is whole.
    """
    if isinstance(found, str):
        return found
    content = reply(found, (), settings.reply_tokens, masks=settings.masks).structured_content
    return json.dumps(_without_nulls(content), ensure_ascii=False, separators=(",", ":"))


def _version(context: Context[Backend, Any]) -> str:
    try:
        return context.request_context.protocol_version
    except ValueError:  # a call outside a request has no era
        return LATEST_MODERN_VERSION


def _reader(row: "Row") -> Callable[..., Awaitable[BaseModel | str]]:
    from preo_mcp.resources import contents

    return getattr(contents, row.reader)


def _size(row: "Row") -> int | None:
    """How many bytes a resource has, where it is the same for everybody."""
    from preo_mcp.resources.contents import REFERENCE_READER, reference

    return len(reference().encode()) if row.reader == REFERENCE_READER else None


def _without_nulls(value: Any) -> Any:
    """Drop the nulls that are left in lists and objects of a newer API."""
    match value:
        case list():
            return [_without_nulls(item) for item in cast("list[Any]", value) if item is not None]
        case dict():
            fields = cast("dict[str, Any]", value)
            return {name: _without_nulls(item) for name, item in fields.items() if item is not None}
        case _:
            return value
