"""A message as HTML that mail programs show: tables, inline styles, no scripts; all text escaped as a whole."""

from collections.abc import Callable, Mapping
from html import escape
from types import MappingProxyType

from preo_mcp.api.models.email_messages import BlockType
from preo_mcp.sandbox.mail.frame import Frame, order_lines
from preo_mcp.sandbox.mail.rendering import Piece, Rendering

FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
INK, MUTED, LINE, ACCENT, GROUND = "#1f2430", "#6b7280", "#e5e7eb", "#3b3fd8", "#f3f4f6"
CELL = "padding:0 40px"
GAP = 24
"""Pixels between blocks."""


def html_of(rendering: Rendering, frame: Frame) -> str:
    """Return the whole document."""
    rows = "\n".join(
        f'<tr><td style="{CELL};padding-top:{GAP}px">{BLOCKS[piece.type](piece, frame)}</td></tr>'
        for piece in rendering.pieces
    )
    return f"""\
<!DOCTYPE html>
<html lang="{frame.words.code}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(rendering.subject)}</title>
</head>
<body style="margin:0;padding:0;background:{GROUND};color:{INK};{FONT}">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:{GROUND}"><tr>
<td align="center" style="padding:32px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" \
style="max-width:600px;background:#ffffff;border-radius:12px;text-align:left">
<tr><td style="padding:28px 40px 0;font-size:15px;font-weight:700;letter-spacing:.02em;color:{ACCENT}">\
{escape(frame.organization)}</td></tr>
{rows}
<tr><td style="padding-top:40px"></td></tr>
</table>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:600px"><tr>
<td align="center" style="padding:20px 40px;font-size:12px;line-height:1.6;color:{MUTED}">{_footer(frame)}</td>
</tr></table>
</td></tr></table>
</body>
</html>
"""


def _footer(frame: Frame) -> str:
    parts = [f"{escape(frame.words.sent_by)} {escape(frame.organization)}", escape(frame.edition)]
    if frame.unsubscribe_url:
        link = f'<a href="{escape(frame.unsubscribe_url)}" style="color:{MUTED}">{escape(frame.words.unsubscribe)}</a>'
        parts.append(link)
    return " · ".join(parts)


def _heading(piece: Piece, _: Frame) -> str:
    return f'<h1 style="margin:0;font-size:26px;line-height:1.25;font-weight:700">{_lines(piece.text)}</h1>'


def _text(piece: Piece, _: Frame) -> str:
    paragraphs = [part.strip() for part in piece.text.split("\n\n") if part.strip()]
    last = len(paragraphs) - 1
    return "".join(
        f'<p style="margin:0 0 {0 if place == last else 14}px;font-size:16px;line-height:1.6">{_lines(part)}</p>'
        for place, part in enumerate(paragraphs)
    )


def _button(piece: Piece, _: Frame) -> str:
    return (
        f'<a href="{escape(piece.url)}" style="display:inline-block;padding:13px 26px;border-radius:8px;'
        f'background:{ACCENT};color:#ffffff;font-size:16px;font-weight:600;text-decoration:none">'
        f"{escape(piece.text)}</a>"
    )


def _image(piece: Piece, _: Frame) -> str:
    style = "display:block;width:100%;max-width:520px;height:auto;border:0;border-radius:8px"
    return f'<img src="{escape(piece.url)}" alt="{escape(piece.alt)}" width="520" style="{style}">'


def _divider(_: Piece, __: Frame) -> str:
    return f'<div style="border-top:1px solid {LINE};font-size:0;line-height:0">&nbsp;</div>'


def _order_summary(_: Piece, frame: Frame) -> str:
    order = frame.order or {}
    head = (
        f'<tr><td colspan="2" style="padding:0 0 10px;font-size:14px;color:{MUTED}">'
        f"{escape(frame.words.order)} {escape(order['number'])} · {escape(order['date'])}</td></tr>"
    )
    total = _row(frame.words.total, order["total"], "font-weight:700")
    rows = "".join(_row(label, amount, "") for label, amount in order_lines(order, frame.words))
    return (
        f'<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="font-size:15px">'
        f"{head}{rows}{total}</table>"
    )


def _row(label: str, amount: str, weight: str) -> str:
    style = f"padding:9px 0;border-top:1px solid {LINE};{weight}"
    return (
        f'<tr><td style="{style}">{escape(label)}</td>'
        f'<td align="right" style="{style};white-space:nowrap">{escape(amount)}</td></tr>'
    )


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>\n")


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
"""How each kind of block is shown."""
