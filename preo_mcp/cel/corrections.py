"""A condition put right, where that is sure: by the edits of its mistakes, and proved by checking it again."""

from collections.abc import Callable, Sequence
from typing import Final

from preo_mcp.cel.limits import MAX_LENGTH
from preo_mcp.cel.mistakes import Mistake, edited

MOST_ROUNDS: Final = 5
"""Mistakes of form hide those of types, so what was put right is checked and put right again."""

MOST_CORRECTED: Final = 20
"""Mistakes from which on a condition is better written anew."""

Check = Callable[[str], Sequence[Mistake]]


def corrected(condition: str, mistakes: Sequence[Mistake], check: Check) -> str | None:
    """Return the condition without its mistakes; None where it has none, or one that cannot surely be put right.

    Args:
        condition: In CEL.
        mistakes: What `check` found in it.
        check: Returns the mistakes of a condition.
    """
    text = condition
    for _ in range(MOST_ROUNDS):
        if len(mistakes) > MOST_CORRECTED:
            return None
        edits = [edit for mistake in mistakes for edit in mistake.edits]
        changed = edited(text, edits)
        if changed == text or len(changed) > MAX_LENGTH:
            return None
        text = changed
        mistakes = check(text)
        if not mistakes:
            return text
    return None
