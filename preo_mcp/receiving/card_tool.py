"""How a host finds the upload card, by its address, and the tool that only the card calls."""

from typing import Any, Final

from mcp.types import Tool

CARD_URI: Final = "ui://preo/upload"
CARD_META: Final[dict[str, Any]] = {"ui": {"resourceUri": CARD_URI}}

UPLOAD_TOOL: Final = Tool(
    name="upload",
    description="For the upload card.",
    input_schema={"type": "object"},  # the card knows its arguments, and every session pays for this list
    _meta={"ui": {"visibility": ["app"]}},
)
