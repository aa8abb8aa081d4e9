"""How grave it is what a check finds."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Gravity(StrEnum):
    """From what would go wrong to what cannot be told, gravest first."""

    ERROR = "error"
    WARNING = "warning"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found, in words."""

    gravity: Gravity
    words: str

    def __str__(self) -> str:
        """`error: it has no text yet`."""
        return f"{self.gravity}: {self.words}"


def gravest_first(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings, each once, the gravest first; those that are as grave stay in their order."""
    order = list(Gravity)
    return sorted(dict.fromkeys(findings), key=lambda one: order.index(one.gravity))
