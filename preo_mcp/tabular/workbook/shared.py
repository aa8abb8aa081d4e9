"""How much text the cells of a workbook come to once every shared text is written out.

A workbook keeps each text once. A long one that a million cells refer to fits in a small file and in no memory.
"""

import re
from collections.abc import Iterator

from preo_mcp.tabular.limits import MIB

_END = re.compile(rb"</(?:[\w.-]+:)?si\s*>")
_TEXTS = re.compile(rb"<(?:[\w.-]+:)?sst[\s/>]")
_USE = re.compile(rb"""t=["']s["'][^>]*>\s*<(?:[\w.-]+:)?v>\s*(\d+)""")
_HEAD = 1024


def is_text_table(head: bytes) -> bool:
    """Whether a part is the table of shared texts, by its beginning."""
    return _TEXTS.search(head[:_HEAD]) is not None


def text_lengths(part: Iterator[bytes]) -> list[int]:
    """Return the length in bytes, markup included, of each text of the table."""
    lengths: list[int] = []
    rest = b""
    for chunk in part:
        *whole, rest = _END.split(rest + chunk)
        lengths.extend(map(len, whole))
    return lengths


def written_out(part: Iterator[bytes], lengths: list[int]) -> int:
    """Return the bytes of all texts that the cells of a sheet refer to, each time they do."""
    total = 0
    rest = b""
    for chunk in part:
        data = rest + chunk
        cut = max(data.rfind(b"<c "), data.rfind(b":c "), 0)
        if not cut and len(data) > MIB:  # longer than a cell: no cells here any more
            cut = len(data)
        rest = data[cut:]
        total += _sum(data[:cut], lengths)
    return total + _sum(rest, lengths)


def _sum(data: bytes, lengths: list[int]) -> int:
    count = len(lengths)
    return sum(lengths[number] for number in map(int, _USE.findall(data)) if number < count)
