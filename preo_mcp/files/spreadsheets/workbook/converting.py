"""The parent's side: start the process that reads a workbook, with little environment, a time limit and no shell."""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import preo_mcp
from preo_mcp.files.spreadsheets.limits import Limits
from preo_mcp.files.spreadsheets.table import FileKind, SheetCopy, UnreadableTable

_CHILD = "preo_mcp.files.spreadsheets.workbook.child"
COPY_NAME = "sheet.csv"


def convert(path: Path, file_name: str, workdir: Path, kind: FileKind, sheet: str | None, limits: Limits) -> SheetCopy:
    """Write one sheet of a workbook as CSV into ``workdir``.

    Args:
        path: The workbook.
        file_name: Its name as the person knows it.
        workdir: Directory for the copy; an older copy there is replaced.
        kind: What the content of the file is.
        sheet: The sheet's name; the first visible one that holds a table if not given.
        limits: Bounds on the file, the memory and the time.

    Raises:
        UnreadableTable: The workbook is damaged, protected, no workbook, beyond the limits, or has no such sheet.
    """
    workdir.mkdir(parents=True, exist_ok=True)
    target = workdir / COPY_NAME
    order = {
        "path": str(path.resolve()),
        "file_name": file_name,
        "target": str(target.resolve()),
        "kind": kind,
        "sheet": sheet,
        "limits": asdict(limits),
    }
    answer = _run(order, file_name, limits)
    if error := answer.get("error"):
        raise UnreadableTable(*error)
    return SheetCopy(target, kind, answer["sheet"], tuple(answer["sheets"]), tuple(answer["notes"]))


def _run(order: dict[str, Any], file_name: str, limits: Limits) -> dict[str, Any]:
    try:
        done = subprocess.run(  # noqa: S603 - our own module, no shell, the order travels on standard input
            [sys.executable, "-P", "-m", _CHILD],
            input=json.dumps(order).encode(),
            capture_output=True,
            timeout=limits.child_seconds,
            env=child_environment(),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # no console flashes up on Windows
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UnreadableTable(
            f"{file_name} cannot be read",
            f"reading the workbook took longer than {limits.child_seconds:g} seconds",
            "save the sheet with the orders as CSV (UTF-8) and use that",
        ) from None
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise UnreadableTable(
            f"{file_name} cannot be read",
            f"reading the workbook ended early (status {done.returncode}), perhaps for want of memory",
            "save the sheet with the orders as CSV (UTF-8) and use that",
        ) from None
    return answer


def child_environment() -> dict[str, str]:
    """The child needs no tokens or settings, only to find this package."""
    root = str(Path(preo_mcp.__file__).resolve().parent.parent)
    kept = {key: value for key, value in os.environ.items() if not key.upper().startswith("PREO_")}
    known = kept.get("PYTHONPATH")
    return {**kept, "PYTHONPATH": os.pathsep.join([root, known] if known else [root])}
