"""The facts that a person is shown before they say yes: fetched by the server, never the model's words."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from preo_mcp.plain_text import one_line

SHOWN_LENGTH = 160
"""Characters of one fact that are shown; the digest covers it in full."""

TOLERATED_PERCENT = 2
"""By how much a count may have grown since a person saw it; one that is smaller by then needs no new yes."""


@dataclass(frozen=True, slots=True)
class Facts:
    """A question and what it rests on, in the order in which it is shown.

    `lines` bind: an answer holds for exactly these. `counts`, shown behind them, drift: people buy and sign up while
    somebody reads, and an answer still holds where no count has grown by more than `TOLERATED_PERCENT`.
    """

    question: str
    lines: tuple[tuple[str, str], ...]
    counts: tuple[tuple[str, int], ...] = ()

    def digest(self) -> str:
        """Return what binds an answer to exactly these facts, in full length; of the counts only what they count."""
        parts = [self.question, *(part for line in self.lines for part in line), *(label for label, _ in self.counts)]
        return hashlib.sha256("".join(f"{len(part)}:{part}" for part in parts).encode()).hexdigest()

    @property
    def figures(self) -> list[int]:
        """The values of the counts, to be remembered beside the digest."""
        return [count for _, count in self.counts]

    def holds_for(self, digest: str, figures: Sequence[int]) -> bool:
        """Return whether a yes to the facts of that digest and those figures is a yes to these."""
        if self.digest() != digest or len(figures) != len(self.counts):
            return False
        return all(
            100 * now <= (100 + TOLERATED_PERCENT) * seen for now, seen in zip(self.figures, figures, strict=True)
        )

    def shown(self) -> str:
        """Return the text that a person reads; every fact stays on its own line."""
        facts = (*self.lines, *((label, f"{count:,}") for label, count in self.counts))
        return "\n".join([_short(self.question), "", *(f"{label}: {_short(value)}" for label, value in facts)])


def _short(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= SHOWN_LENGTH else f"{line[: SHOWN_LENGTH - 1]}…"
