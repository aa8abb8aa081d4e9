"""`python -m benchmarks`: measure, print one table; the exit code says nothing about the figures."""

import argparse
import json
import platform
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

from benchmarks import by_hand, calls, event_loop, imports, lists, network, segments, start, tokens, uploads
from benchmarks.table import NotMeasuredError, Row, table

GROUPS: dict[str, Callable[[], Iterator[Row]]] = {
    "start": start.rows,
    "calls": calls.rows,
    "network": network.rows,
    "tokens": tokens.rows,
    "imports": imports.rows,
    "event-loop": event_loop.rows,
    "uploads": uploads.rows,
    "by-hand": by_hand.rows,
    "lists": lists.rows,
    "segments": segments.rows,
}


def main() -> None:
    """Measure what was asked for."""
    parsed = _parser().parse_args()
    rows: list[Row] = []
    for name in parsed.only or GROUPS:
        sys.stderr.write(f"measuring {name} …\n")
        rows += _measured(name, large=parsed.large)
    print(table(rows))
    if parsed.json:
        machine = {"python": platform.python_version(), "system": platform.platform()}
        kept = {**machine, "rows": [row.as_json() for row in rows]}
        parsed.json.write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _measured(name: str, *, large: bool) -> Iterator[Row]:
    """Yield a group's rows; where they end early, a row says why, and the other groups are measured all the same."""
    try:
        yield from imports.rows(large=large) if name == "imports" else GROUPS[name]()
    except (NotMeasuredError, httpx.HTTPError) as exc:
        yield Row(name, "", None, None, note=f"not measured: {exc}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=list(GROUPS), help="measure this group; can be repeated")
    parser.add_argument("--large", action="store_true", help="also import a million rows")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also keep the results here")
    return parser


if __name__ == "__main__":
    main()
