"""The facts that a person is shown before they say yes: fetched by the server, never the model's words."""

import hashlib
from dataclasses import dataclass

from preo_mcp.plain_text import one_line

SHOWN_LENGTH = 160
"""Characters of one fact that are shown; the digest covers it in full."""


@dataclass(frozen=True, slots=True)
class Facts:
    """A question and what it rests on, in the order in which it is shown."""

    question: str
    lines: tuple[tuple[str, str], ...]

    def digest(self) -> str:
        """Return what binds an answer to exactly these facts, in full length."""
        parts = [self.question, *(part for line in self.lines for part in line)]
        return hashlib.sha256("".join(f"{len(part)}:{part}" for part in parts).encode()).hexdigest()

    def shown(self) -> str:
        """Return the text that a person reads; every fact stays on its own line."""
        return "\n".join([_short(self.question), "", *(f"{label}: {_short(value)}" for label, value in self.lines)])


def _short(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= SHOWN_LENGTH else f"{line[: SHOWN_LENGTH - 1]}…"
