"""Icons for a host's lists (MCP, Icons): small shapes as `data:` addresses, so that no host has to fetch anything.

A model never sees them, but each takes about 80 tokens of the complete list. So among tools only those have one that
always ask a person; for the others a host shows the server's.
"""

from typing import Final
from urllib.parse import quote

from mcp.types import Icon


def icon(shape: str) -> Icon:
    """Return a shape as an icon: the path of an SVG of 8 × 8, in a grey that shows on light and on dark."""
    return _of_path(f"fill='gray' d='{shape}'")


def _of_path(path: str) -> Icon:
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0,0,8,8'><path {path}/></svg>"
    return Icon(src="data:image/svg+xml," + quote(svg, safe="/:=',"))


TICKET: Final = icon("M0,2h8v1L7,4l1,1v1H0V5l1-1L0,3z")
"""The server."""
ASKS: Final = _of_path("stroke='gray' d='M4,0v5m0,1v2'")
"""An exclamation mark, as short as it can be drawn: a tool that always asks a person."""
PAGE: Final = icon("M1,0h4l2,2v6H1z")
"""What can be read at an address."""
BUBBLE: Final = icon("M0,0h8v6H3L1,8V6H0z")
"""A prompt."""
