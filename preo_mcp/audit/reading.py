"""The audit read back: its older files too, oldest line first, with what is damaged named."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from preo_mcp.audit.entry import AuditLine
from preo_mcp.audit.trail import KEPT_FILES, older_file


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines are looked for; None means any."""

    tool: str | None = None
    outcome: str | None = None
    since: datetime | None = None
    principal: str | None = None

    def covers(self, line: AuditLine) -> bool:
        """Return whether `line` is one of them."""
        return (
            self.tool in (None, line.tool)
            and self.outcome in (None, line.outcome)
            and (self.since is None or line.at >= self.since)
            and self.principal in (None, line.principal)
        )


@dataclass(frozen=True, slots=True)
class Found:
    """The last of the lines that were looked for, how many there are in all, and the places of damaged lines."""

    lines: tuple[AuditLine, ...]
    total: int
    damaged: tuple[str, ...]


def read_audit(path: Path, wanted: Wanted, last: int) -> Found:
    """Return the `last` lines of the audit at `path` that are `wanted`.

    Raises:
        OSError: a file of it cannot be read.
    """
    kept: deque[AuditLine] = deque(maxlen=last)
    total, damaged = 0, list[str]()
    for place, text in _texts(path):
        try:
            line = AuditLine.model_validate_json(text)
        except ValidationError:
            damaged.append(place)
            continue
        if wanted.covers(line):
            kept.append(line)
            total += 1
    return Found(tuple(kept), total, tuple(damaged))


def _texts(path: Path) -> Iterator[tuple[str, bytes]]:
    """Each line with its place, `audit.jsonl.1:17`."""
    for file in (*(older_file(path, age) for age in range(KEPT_FILES, 0, -1)), path):
        if file.exists():
            with file.open("rb") as lines:
                for number, text in enumerate(lines, 1):
                    if text.strip():
                        yield f"{file.name}:{number}", text
