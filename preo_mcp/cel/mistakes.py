"""A mistake in a condition: where it is, what it is, and what was probably meant."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake; line and column count from 1, columns in characters."""

    line: int
    column: int
    message: str
    suggestion: str | None = None


class InvalidConditionError(ValueError):
    """A condition with mistakes, at least one."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__(f"{len(mistakes)} mistakes in the condition")
        self.mistakes = mistakes
