"""What conditions of segments are written in, and what they can name."""

from typing import Final

from pydantic import BaseModel

from preo_mcp.preo import Preo

REFERENCE_READER: Final = "conditions.read_reference"


def reference() -> str:
    """Return the language of conditions in Markdown."""
    from preo_mcp.cel.reference_text import reference_text

    return reference_text()


async def read_reference(_: Preo) -> str:
    """Return the language of conditions; it is the same for every account."""
    return reference()


async def read_context(preo: Preo, edition_id: str) -> BaseModel:
    """Return what the conditions of an edition's segments can name."""
    from preo_mcp.tools.segment_conditions import get_cel_context

    return await get_cel_context(preo, edition_id)
