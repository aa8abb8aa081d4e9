"""A mistake in a condition: where it is, what it is, what was probably meant, and how it is put right."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Edit:
    """Text that stands in a condition from `start` to `end`, and what belongs there instead."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Advice:
    """What was probably meant; with edits only where nothing else can have been meant."""

    suggestion: str | None = None
    edits: tuple[Edit, ...] = ()


NO_ADVICE = Advice()


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake; line and column count from 1, columns in characters.

    `edits` put it right, where that is sure; whether the whole is sound then has to be checked.
    """

    line: int
    column: int
    message: str
    suggestion: str | None = None
    edits: tuple[Edit, ...] = field(default=(), compare=False)


class InvalidConditionError(ValueError):
    """A condition with mistakes, at least one."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__(f"{len(mistakes)} mistakes in the condition")
        self.mistakes = mistakes


def edited(condition: str, edits: Iterable[Edit]) -> str:
    """Return a condition with edits made; of those that touch the same text, the first."""
    pieces: list[str] = []
    end = 0
    for edit in sorted(edits, key=lambda one: (one.start, one.end)):
        if edit.start >= end:
            pieces += [condition[end : edit.start], edit.text]
            end = edit.end
    return "".join([*pieces, condition[end:]])
