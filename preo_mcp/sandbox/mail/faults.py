"""What is wrong with a template, and where in its text."""

from dataclasses import dataclass


class TemplateFault(Exception):
    """A template that cannot be read or rendered: why, and in which line (from 1; None where that is not known)."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


@dataclass(frozen=True, slots=True)
class Missing:
    """A variable that there is not, by the part of its path up to where it ends, and the line that names it."""

    name: str
    line: int
