"""What a condition may cost. The engine adds its own limits: 32 levels of nesting, 10,000 steps through lists, RE2."""

from collections.abc import Iterator
from typing import Final

from preo_mcp.cel.functions import MACROS
from preo_mcp.cel.mistakes import Mistake
from preo_mcp.cel.tokens import place, tokens

MAX_LENGTH: Final = 10_000
"""Characters of a condition (inferred)."""
MAX_NESTING: Final = 24
"""Nested brackets."""
MAX_LOOPS: Final = 3
"""Nested runs over a list (`exists`, `map` and the like): each multiplies the work by a list's length."""

_OPENING: Final = frozenset("([{")
_CLOSING: Final = frozenset(")]}")


def excesses(condition: str) -> Iterator[Mistake]:
    """Yield how a condition goes beyond the limits, each limit once, where it does so first."""
    if len(condition) > MAX_LENGTH:
        yield Mistake(1, 1, f"the condition has {len(condition)} characters; at most {MAX_LENGTH} are allowed")
        return
    if not condition.strip():
        yield Mistake(1, 1, "the condition is empty", "true is a condition that everybody meets")
    half = next((at for at, char in enumerate(condition) if "\ud800" <= char <= "\udfff"), None)
    if half is not None:
        yield Mistake(*place(condition, half), "half of a character (a lone surrogate)")
    nesting = _first_beyond(condition, MAX_NESTING, loops_only=False)
    if nesting is not None:
        yield Mistake(*place(condition, nesting), f"more than {MAX_NESTING} brackets are nested")
    loops = _first_beyond(condition, MAX_LOOPS, loops_only=True)
    if loops is not None:
        message = f"more than {MAX_LOOPS} of {', '.join(MACROS)} are nested"
        yield Mistake(*place(condition, loops), message, "user.purchases holds the purchases of all orders")


def _first_beyond(condition: str, limit: int, *, loops_only: bool) -> int | None:
    """Return where a bracket opens with `limit` others open, counting all or those of loops."""
    opened: list[bool] = []
    before = ""
    for token in tokens(condition):
        if token.text in _OPENING:
            opened.append(not loops_only or before in MACROS)
            if sum(opened) > limit:
                return token.start
        elif token.text in _CLOSING and opened:
            opened.pop()
        before = token.text
    return None
