"""The process that reads a workbook: checks it, converts one sheet to CSV, and answers with one line of JSON.

Every kind of value becomes the text that a spreadsheet program would show, or ISO 8601.
"""

import csv
import datetime
import json
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from preo_mcp.api.errors import to_get
from preo_mcp.files.spreadsheets.limits import Limits
from preo_mcp.files.spreadsheets.table import FileKind, UnreadableTable
from preo_mcp.files.spreadsheets.workbook.package import check_package
from preo_mcp.files.spreadsheets.workbook.zeros import ZeroPadding, zero_padding

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

Value = int | float | str | bool | datetime.time | datetime.date | datetime.datetime | datetime.timedelta

_HALF_A_SECOND = datetime.timedelta(microseconds=500_000)

_SAVE_AGAIN = "open it and save it again as .xlsx, or save the sheet as CSV (UTF-8)"
_TABLE_ROWS = 2


def main() -> None:
    """Read the order from standard input, do it, write the answer to standard output."""
    order = json.load(sys.stdin.buffer)
    try:
        answer = _convert(order)
    except UnreadableTable as error:
        answer = {"error": [error.what, error.why, error.next_step]}
    except MemoryError:
        answer = {"error": [f"{order['file_name']} cannot be read", "it needs more memory than allowed", _SAVE_AGAIN]}
    sys.stdout.write(json.dumps(answer))


def _convert(order: dict[str, Any]) -> dict[str, Any]:
    limits = Limits(**order["limits"])
    path, file_name = Path(order["path"]), str(order["file_name"])
    limit_memory(limits.child_memory_bytes)
    if order["kind"] == FileKind.XLSX:
        check_package(path, file_name, limits)
    try:
        import python_calamine as calamine
    except ImportError:
        raise UnreadableTable(
            f"{file_name} cannot be read",
            "python-calamine, which reads Excel workbooks, is not installed",
            f"{to_get('files')}, or save the sheet as CSV (UTF-8)",
        ) from None
    try:
        with calamine.load_workbook(str(path)) as book:  # pyright: ignore[reportUnknownMemberType] - its PathLike is open
            sheet, notes = _choose(book, file_name, order["sheet"])
            padding = (
                zero_padding(path, file_name, sheet.name, _left(sheet)) if order["kind"] == FileKind.XLSX else None
            )
            _write(_rows(sheet, padding), Path(order["target"]))
            return {"sheet": sheet.name, "sheets": book.sheet_names, "notes": notes}
    except calamine.PasswordError:
        raise UnreadableTable(
            f"{file_name} cannot be read",
            "it is protected by a password",
            "save it without the password, or save the sheet as CSV",
        ) from None
    except calamine.CalamineError as error:
        raise UnreadableTable(
            f"{file_name} cannot be read", f"the workbook is damaged ({error})", _SAVE_AGAIN
        ) from None


def limit_memory(size: int) -> None:
    """Bound this process's address space where the system can (POSIX); elsewhere the checks beforehand have to do."""
    try:
        import resource
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    bound = size if hard == resource.RLIM_INFINITY else min(size, hard)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (bound, hard))
    except (ValueError, OSError):  # macOS refuses it; the checks beforehand hold there as well
        return


def _choose(book: "CalamineWorkbook", file_name: str, wanted: str | None) -> tuple["CalamineSheet", list[str]]:
    """Return the sheet to read and what was assumed: the one asked for, else the first visible one with a table."""
    names = book.sheet_names
    if wanted is not None:
        name = next((name for name in names if name.strip().casefold() == wanted.strip().casefold()), None)
        if name is None:
            raise UnreadableTable(
                f"{file_name} has no sheet {wanted!r}", f"its sheets are {', '.join(names)}", "name one of them"
            )
        return book.get_sheet_by_name(name), []
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    readable = [about for about in book.sheets_metadata if about.typ == SheetTypeEnum.WorkSheet]
    visible = [about.name for about in readable if about.visible == SheetVisibleEnum.Visible]
    small: str | None = None
    for name in visible or [about.name for about in readable]:
        sheet = book.get_sheet_by_name(name)
        if sheet.start is None:
            continue
        if sheet.height >= _TABLE_ROWS:
            return sheet, _several(name, visible)
        small = small or name
    if small is None:
        raise UnreadableTable(
            f"{file_name} holds no table",
            "all of its visible sheets are empty",
            "name the sheet to read, or export again",
        )
    return book.get_sheet_by_name(small), _several(small, visible)


def _several(name: str, visible: list[str]) -> list[str]:
    others = [other for other in visible if other != name]
    return [f"The sheet {name!r} was read; there are also {', '.join(map(repr, others))}."] if others else []


def _write(rows: Iterator[list[str]], target: Path) -> None:
    part = target.with_suffix(".part")
    with part.open("w", encoding="utf-8", errors="replace", newline="") as file:
        # With "\n" as line end, some versions of csv do not quote a cell for the "\r" in it.
        csv.writer(file, lineterminator="\r\n").writerows(rows)
    part.replace(target)


def _rows(sheet: "CalamineSheet", padding: ZeroPadding | None) -> Iterator[list[str]]:
    """Yield the cells of each row from the sheet's first on, without empty ones at the end."""
    for number, values in enumerate(_filled(sheet)):
        cells = [value if type(value) is str else TEXT_OF[type(value)](value) for value in values]
        if padding:
            padding.pad(number, cells)
        if "\n" in "".join(cells):
            cells = list(map(without_line_feeds, cells))
        while cells and not cells[-1]:
            cells.pop()
        yield cells


def _filled(sheet: "CalamineSheet") -> Iterator[list[Value]]:
    """Yield the rows with the value of merged cells repeated downwards (never sideways: that would be a title)."""
    merged = _merged_downwards(sheet)
    filling: dict[int, tuple[Value, int]] = {}
    for number, values in enumerate(sheet.iter_rows()):
        for column, (value, last) in list(filling.items()):
            if number > last:
                del filling[column]
            elif values[column] == "":
                values[column] = value
        for column, last in merged.get(number, ()):
            if column < len(values):
                filling[column] = (values[column], last)
        yield values


def _left(sheet: "CalamineSheet") -> int:
    """Column of the sheet that the rows begin with: empty ones before the table are not handed out, empty rows are."""
    return sheet.start[1] if sheet.start else 0


def _merged_downwards(sheet: "CalamineSheet") -> dict[int, list[tuple[int, int]]]:
    """First row → (column, last row) of merged ranges that span several rows."""
    found: dict[int, list[tuple[int, int]]] = {}
    first = _left(sheet)
    for (top, left), (bottom, _) in sheet.merged_cell_ranges or ():
        if bottom > top and left >= first:
            found.setdefault(top, []).append((left - first, bottom))
    return found


def without_line_feeds(value: str) -> str:
    """Return a text with its line breaks as carriage returns, so that a row of the sheet stays one line of the copy."""
    return value.replace("\r\n", "\r").replace("\n", "\r") if "\n" in value else value


def number(value: float) -> str:
    """Return a number in plain digits: ``4520123456``, ``12.1``, ``0.00001``; Excel keeps 15 of them."""
    if value.is_integer():
        return str(int(value))
    text = f"{value:.15g}"
    return f"{Decimal(text):f}" if "e" in text else text


def truth(value: bool) -> str:  # noqa: FBT001 - the cell's value
    """Return a truth value as spreadsheets show it."""
    return "TRUE" if value else "FALSE"


def moment(value: datetime.datetime) -> str:
    """Return a date with a time as ISO 8601; kept as a fraction of a day, 19:30 may come back as 19:29:59.999997."""
    return (value + _HALF_A_SECOND).replace(microsecond=0).isoformat()


def clock(value: datetime.time) -> str:
    """Return a time of day as ISO 8601, to the nearest second."""
    return moment(datetime.datetime.combine(datetime.date(2000, 1, 1), value))[11:]


def duration(value: datetime.timedelta) -> str:
    """Return a duration as ``h:mm:ss``."""
    seconds = round(value.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


TEXT_OF: dict[type[Value], Callable[[Any], str]] = {
    str: str,
    float: number,
    int: str,
    bool: truth,
    datetime.datetime: moment,
    datetime.date: datetime.date.isoformat,
    datetime.time: clock,
    datetime.timedelta: duration,
}
"""How each type of value becomes text; a table, because it is used for every cell."""

if __name__ == "__main__":
    main()
