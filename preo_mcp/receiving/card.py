"""The upload card: an inline view of MCP Apps that takes a file in the conversation, and the tool that only it calls.

Threat: a model that calls `upload` itself. MCP Apps demands that hosts keep app-only tools out of the model's list, and
nothing obliges them to reject a call by name. So a client that shows no cards is refused, and every step needs the
secret of whoever opened the upload. A card gets that for the code in the result of `receive_file`, which stands in its
text, because some hosts give a card nothing else of it. The code is good for one opening: the card takes it as soon as
it is shown, before the model's next words, and whoever comes later is refused. A model that came first could put in no
more than it can write itself, which `text` and `file_base64` allow it anyway, and the person's card would say so.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from mcp.server.apps import APP_MIME_TYPE
from mcp.server.lowlevel.helper_types import ReadResourceContents
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, TextContent

from preo_mcp.approval.ways.card import client_shows_cards
from preo_mcp.files.uploads.upload import UploadRefused
from preo_mcp.receiving.documents import card_html
from preo_mcp.receiving.hands import NoSuchAction
from preo_mcp.receiving.texts import told
from preo_mcp.replies.reply import refusal
from preo_mcp.settings import Language

if TYPE_CHECKING:
    from preo_mcp.receiving.receiver import Receiver

CARD_PIECE: Final = 384 * 1024
"""Bytes of a piece from a card: 512 KiB in base64."""

_ARGUMENTS: Final[dict[str, type]] = {
    **dict.fromkeys(("action", "upload", "secret", "name", "mark", "piece"), str),
    **dict.fromkeys(("size", "offset"), int),
    "asked": dict,
}
_NEEDED: Final = {
    "show": frozenset({"upload", "secret"}),
    "start": frozenset({"upload", "secret", "name", "size"}),
    "piece": frozenset({"upload", "secret", "offset", "piece"}),
    "finish": frozenset({"upload", "secret"}),
    "import": frozenset({"upload", "secret", "asked"}),
}


def card_contents(language: Language) -> ReadResourceContents:
    """Return the card as a host reads it at `CARD_URI`."""
    return ReadResourceContents(card_html(language), APP_MIME_TYPE, {"ui": {"prefersBorder": True}})


async def upload_call(receiver: "Receiver", arguments: Mapping[str, Any], context: Context[Any, Any]) -> CallToolResult:
    """Do one step of an upload for the card.

    Args:
        receiver: What the file is put into.
        arguments: `action` with what it needs: `show` opens the upload with the code, or again with its secret;
            `start`, `piece` (base64) and `finish` put the file in; `import` settles its import, step by step.
        context: The client that calls.

    Returns:
        An object with `state` and `received`, or why not, with a `message`.
    """
    if not client_shows_cards(context):
        return refusal(
            "upload was not run · only the upload card of this server may call it · "
            "Call receive_file; do not call this one yourself."
        )
    if not _are_right(arguments):
        return refusal("upload was not run · its arguments are not the card's · Do not call it yourself.")
    try:
        return _result(await _done(receiver, arguments, context))
    except NoSuchAction:
        return refusal("upload was not run · its arguments are not the card's · Do not call it yourself.")
    except UploadRefused as exc:
        return _result({**told(exc.refusal, receiver.settings.language), "received": exc.received})
    except binascii.Error:
        return refusal("upload was not run · its piece is no base64 · Do not call it yourself.")


async def _done(receiver: "Receiver", given: Mapping[str, Any], context: Context[Any, Any]) -> dict[str, Any]:
    uploads, upload_id, secret = receiver.uploads, given["upload"], given["secret"]
    match given["action"]:
        case "show":
            return await receiver.shown(*await uploads.exchange(upload_id, secret))
        case "start":
            started = await uploads.start(upload_id, secret, given["name"], given["size"], given.get("mark", ""))
            return await receiver.shown(started)
        case "piece":
            piece = base64.b64decode(given["piece"], validate=True)
            upload = await uploads.put(upload_id, secret, given["offset"], piece)
            return receiver.progress(upload)
        case "import":
            return await receiver.by_hand(upload_id, secret, given["asked"], context)
        case _:
            return await receiver.shown(await uploads.finish(upload_id, secret))


def _are_right(arguments: Mapping[str, Any]) -> bool:
    known = all(
        isinstance(value, _ARGUMENTS.get(name, ())) and not isinstance(value, bool) for name, value in arguments.items()
    )
    needed = _NEEDED.get(arguments.get("action", "")) if known else None
    if needed is None or not needed <= arguments.keys():
        return False
    return len(arguments.get("piece", "")) <= 4 * CARD_PIECE // 3


def _result(content: dict[str, Any]) -> CallToolResult:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=content)
