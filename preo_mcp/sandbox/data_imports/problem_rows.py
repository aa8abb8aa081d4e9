"""The rows that were not read: counted in full, listed up to a limit."""

from bisect import insort

from preo_mcp.sandbox.store import Doc

LISTED_PROBLEMS = 20


class ProblemRows:
    """The problems of one parse."""

    def __init__(self) -> None:
        self.count = 0
        self._listed: list[tuple[int, str]] = []

    def add(self, line: int, reason: str) -> None:
        """Report a row by its line in the file."""
        self.count += 1
        if len(self._listed) < LISTED_PROBLEMS or line < self._listed[-1][0]:
            insort(self._listed, (line, reason))
            del self._listed[LISTED_PROBLEMS:]

    def as_doc(self) -> Doc:
        """Return the report: `{count, listed: [{line, reason}]}`."""
        return {"count": self.count, "listed": [{"line": at, "reason": why} for at, why in self._listed]}
