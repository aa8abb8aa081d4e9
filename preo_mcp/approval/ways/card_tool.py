"""How a host finds the approval card: by its address, which guarded tools carry; and the tool that only it calls."""

from typing import Any, Final

from mcp.types import Tool

CARD_URI: Final = "ui://preo/approval"
CARD_META: Final[dict[str, Any]] = {"ui": {"resourceUri": CARD_URI}}
"""What a guarded tool carries as `_meta`, so that a host shows the card with its result."""

ARGUMENTS: Final = {"plan_id": "string", "nonce": "string", "answer": "boolean", "typed": "string"}

APPROVAL_TOOL: Final = Tool(
    name="approval",
    description="For the approval card.",
    input_schema={
        "type": "object",
        "properties": {name: {"type": kind} for name, kind in ARGUMENTS.items()},
        "additionalProperties": False,
    },
    _meta={"ui": {"visibility": ["app"]}},
)
