"""One cell's text as a number of tickets or things."""

import re
from functools import lru_cache
from typing import Final

from preo_mcp.sandbox.importing.unreadable import EMPTY, Unreadable

MAX_TEXT: Final = 64
MIN_QUANTITY: Final = 1
MAX_QUANTITY: Final = 1000
"""More of one product in one line is taken for a mistake in the file (a limit of this sandbox)."""

_SAME_MEANING = str.maketrans({"×": "x", "✕": "x", "−": "-", "–": "-", "\u00a0": " ", "\u202f": " "})
_UNITS = r"stk|stck|stück|stuks?|styck|st|szt|sztuk[ai]?|pcs?|pieces?|ea|tickets?|billet(?:ter)?|biljetter|karten?"
_QUANTITY = re.compile(
    rf"'?(?:x\s*)?(?P<sign>-?)(?P<whole>[0-9]+)(?:[.,](?P<decimals>[0-9]*))?\s*(?:(?:x|{_UNITS})\.?)?", re.IGNORECASE
)


def read_quantity(text: str) -> int:
    """Read a quantity: `2`, `2.0`, `2,00`, `x2`, `2 stk.`.

    Zeros after a mark are decimals, never thousands: `1.000` is 1.

    Args:
        text: The cell.

    Returns:
        A whole number from `MIN_QUANTITY` to `MAX_QUANTITY`.

    Raises:
        Unreadable: The cell is empty, no number, no whole number, or out of that range.
    """
    if len(text) > MAX_TEXT:
        raise Unreadable("too long for a quantity")
    return _read(text)


@lru_cache(maxsize=4096)
def _read(text: str) -> int:
    cleaned = text.translate(_SAME_MEANING).strip()
    if not cleaned:
        raise Unreadable(EMPTY)
    found = _QUANTITY.fullmatch(cleaned)
    if found is None:
        raise Unreadable("not a quantity")
    if (found["decimals"] or "").strip("0"):
        raise Unreadable("not a whole number")
    whole = found["whole"].lstrip("0") or "0"
    if whole == "0" or found["sign"]:
        raise Unreadable(f"a quantity is at least {MIN_QUANTITY}")
    if len(whole) > len(str(MAX_QUANTITY)) or int(whole) > MAX_QUANTITY:
        raise Unreadable(f"a quantity is at most {MAX_QUANTITY}")
    return int(whole)
