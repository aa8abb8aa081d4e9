"""A message as plain text, of the same blocks as its HTML."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from preo_mcp.api.models.email_messages import BlockType
from preo_mcp.sandbox.mail.frame import Frame, order_lines
from preo_mcp.sandbox.mail.rendering import Piece, Rendering

RULE = "-" * 40


def text_of(rendering: Rendering, frame: Frame) -> str:
    """Return the text version."""
    shown = (BLOCKS[piece.type](piece, frame) for piece in rendering.pieces)
    footer = f"{frame.words.sent_by} {frame.organization} · {frame.edition}"
    if frame.unsubscribe_url:
        footer += f"\n{frame.words.unsubscribe}: {frame.unsubscribe_url}"
    return "\n\n".join([*filter(None, shown), f"-- \n{footer}"]) + "\n"


def _heading(piece: Piece, _: Frame) -> str:
    underline = "=" * max((len(line) for line in piece.text.splitlines()), default=0)
    return f"{piece.text}\n{underline}"


def _text(piece: Piece, _: Frame) -> str:
    return piece.text


def _button(piece: Piece, _: Frame) -> str:
    return f"{piece.text}: {piece.url}"


def _image(piece: Piece, _: Frame) -> str:
    return f"[{piece.alt}]" if piece.alt else ""


def _divider(_: Piece, __: Frame) -> str:
    return RULE


def _order_summary(_: Piece, frame: Frame) -> str:
    order = frame.order or {}
    lines = [*order_lines(order, frame.words), (frame.words.total, order["total"])]
    head = f"{frame.words.order} {order['number']} · {order['date']}"
    return "\n".join([head, *(f"{label}: {amount}" for label, amount in lines)])


BLOCKS: Mapping[str, Callable[[Piece, Frame], str]] = MappingProxyType(
    {
        BlockType.HEADING: _heading,
        BlockType.TEXT: _text,
        BlockType.BUTTON: _button,
        BlockType.IMAGE: _image,
        BlockType.ORDER_SUMMARY: _order_summary,
        BlockType.DIVIDER: _divider,
    }
)
"""How each kind of block is written."""
