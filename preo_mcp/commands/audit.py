"""`preo-mcp audit`: the audit as a table that a person reads, or as the lines it is made of."""

import argparse
import os
import re
import sys
import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from pydantic import JsonValue

from preo_mcp.api.errors import ConfigurationError
from preo_mcp.approval.ended import Ended
from preo_mcp.audit.entry import AuditLine
from preo_mcp.audit.reading import Found, Wanted, read_audit
from preo_mcp.audit.trail import audit_path
from preo_mcp.settings import Settings
from preo_mcp.text.plain_text import one_line

WIDTH: Final = 100
COLUMNS: Final = (("when (UTC)", 19), ("tool", 28), ("outcome", 13), ("approval", 13), ("ms", 7))
NOT_READ: Final = "The audit was not read"
INDENT: Final = "    "
NAMED: Final = 5
"""Damaged lines that are named; all are counted."""

AGE: Final = re.compile(r"([0-9]{1,5})([mhd])")
UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}


def since(text: str) -> datetime:
    """Return the moment that `2026-11-23`, `2026-11-23T08:00` (UTC) or an age such as `24h` stands for.

    Raises:
        ArgumentTypeError: it is not a moment.
    """
    if (age := AGE.fullmatch(text)) is not None:
        return datetime.now(UTC) - timedelta(**{UNITS[age[2]]: int(age[1])})
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is neither a date or time nor an age such as 24h") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def at_least_one(text: str) -> int:
    """Return the number that `text` is.

    Raises:
        ArgumentTypeError: it is not a number, or less than one.
    """
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1")
    return int(text)


def show_audit(parsed: argparse.Namespace) -> None:
    """Write the audit that the flags ask for.

    Raises:
        ConfigurationError: there is no such outcome, the file that was named does not exist, or a file cannot be read.
    """
    if parsed.outcome is not None and parsed.outcome not in set(Ended):
        known = f"Give one of: {', '.join(Ended)}."
        raise ConfigurationError(NOT_READ, f"there is no outcome {parsed.outcome!r}", known)
    path: Path = parsed.file or _path_of_settings()
    if parsed.file is not None and not path.exists():
        raise ConfigurationError(NOT_READ, f"there is no file {path}", "Correct --file.")
    try:
        found = read_audit(path, Wanted(parsed.tool, parsed.outcome, parsed.since, parsed.by), parsed.last)
    except OSError as exc:
        why = f"{exc.filename} cannot be read ({exc.strerror})"
        raise ConfigurationError(NOT_READ, why, "Run it as the user that preo-mcp runs as.") from None
    if parsed.json:
        sys.stdout.writelines(f"{line.as_json()}\n" for line in found.lines)
    else:
        sys.stdout.writelines(f"{line}\n" for line in table(found, path))
    if found.damaged:
        sys.stderr.write(f"{_damage(found.damaged)}\n")


def table(found: Found, path: Path) -> Iterator[str]:
    """Yield the lines of the table, each at most `WIDTH` characters wide where no word is longer."""
    if not found.lines:
        yield f"Nothing in {path}."
        return
    yield _row([name for name, _ in COLUMNS])
    for line in found.lines:
        yield _row([f"{line.at:%Y-%m-%d %H:%M:%S}", line.tool, line.outcome, line.approval or "-", str(line.ms)])
        yield from textwrap.wrap(_details(line), WIDTH, initial_indent=INDENT, subsequent_indent=INDENT)
    yield f"{len(found.lines)} of {found.total} calls in {path}."


def _row(cells: list[str]) -> str:
    shown = (_cut(one_line(cell), width).ljust(width) for cell, (_, width) in zip(cells, COLUMNS, strict=True))
    return "  ".join(shown).rstrip()


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _details(line: AuditLine) -> str:
    """The rest of the line; a file that somebody else wrote cannot steer the terminal."""
    parts = [f"{name}={_shown(value)}" for name, value in line.arguments.items()]
    parts += [f"plan {line.plan}"] if line.plan else []
    parts += [line.error] if line.error else []
    parts += [f"request {', '.join(line.requests)}"] if line.requests else []
    parts += [f"by {line.principal}"] if line.principal else []
    parts += [f"answered by {line.answered_by}"] if line.answered_by else []
    parts += [f"account {line.account}"] if line.account else []
    parts += ["sandbox"] if line.sandbox else []
    return one_line(" · ".join(parts))


def _shown(value: JsonValue) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{name}={_shown(item)}" for name, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_shown, value)) + "]"
        case None:
            return "null"
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value)


def _damage(places: tuple[str, ...]) -> str:
    rest = f" and {len(places) - NAMED} more" if len(places) > NAMED else ""
    return f"{len(places)} damaged: {', '.join(places[:NAMED])}{rest}"


def _path_of_settings() -> Path:
    """Where the settings put the audit; no account is needed to read it."""
    return audit_path(Settings.load(os.environ, {"sandbox": True}))
