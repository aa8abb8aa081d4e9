"""Imports of CSV files and of an Excel file, beside one bare pass over the same file."""

import csv
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from python_calamine import CalamineWorkbook

from benchmarks.export_files import ROWS_PER_ORDER, write_csv, write_xlsx
from benchmarks.importing import create_body, import_file
from benchmarks.measuring import interleaved, timed
from benchmarks.memory import watched
from benchmarks.processes import sandbox, scratch_folder
from benchmarks.table import Row

REPETITIONS = {10_000: 5, 100_000: 3, 1_000_000: 3}
LARGE = 1_000_000
XLSX_ROWS = 100_000
MOST_TIMES = 25
MOST_MEMORY_TIMES = 8
MOST_XLSX_SECONDS = 5
MEGABYTE = 1_000_000


def rows(*, large: bool = False) -> Iterator[Row]:
    """Yield time and memory for each size; `large` adds a million rows."""
    with scratch_folder() as folder:
        for count in REPETITIONS:
            if count < LARGE or large:
                yield from _csv_rows(folder, count)
        yield _xlsx_row(folder)


def _csv_rows(folder: Path, count: int) -> Iterator[Row]:
    path = folder / f"{count}.csv"
    write_csv(path, count)
    body = create_body(path)
    orders = count // ROWS_PER_ORDER
    with sandbox(folder / f"of-{count}") as running:
        with watched(running.pid) as peak:
            import_file(running, body, orders)
        pair = interleaved(
            timed(partial(import_file, running, body, orders)),
            timed(partial(_bare_pass, path)),
            REPETITIONS[count],
            warm_up=0,
        )
    note = "create → processed, CSV of 11 columns; one pass of csv.reader"
    yield Row(f"import {count:,}", "s", pair.ours, pair.baseline, most_times=MOST_TIMES, note=note)
    name, size = f"import {count:,}, memory", path.stat().st_size / MEGABYTE
    if peak.growth is None or peak.whole is None:
        yield Row(name, "MB", None, size, note="not measured: this system has no /proc")
        return
    note = f"peak RSS above the idle sandbox ({peak.whole / MEGABYTE:.0f} MB in all); the file's size"
    yield Row(name, "MB", peak.growth / MEGABYTE, size, most_times=MOST_MEMORY_TIMES, note=note)


def _xlsx_row(folder: Path) -> Row:
    path = folder / f"{XLSX_ROWS}.xlsx"
    write_xlsx(path, XLSX_ROWS)
    body = create_body(path)
    with sandbox(folder / "of-xlsx") as running:
        pair = interleaved(
            timed(partial(import_file, running, body, XLSX_ROWS // ROWS_PER_ORDER)),
            timed(partial(_bare_workbook_pass, path)),
            repetitions=2,
            warm_up=0,
        )
    note = "create → processed, XLSX of 11 columns; calamine alone reads it"
    return Row(f"import {XLSX_ROWS:,}, XLSX", "s", pair.ours, pair.baseline, most=MOST_XLSX_SECONDS, note=note)


def _bare_pass(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        for _ in csv.reader(file):
            pass


def _bare_workbook_pass(path: Path) -> None:
    with path.open("rb") as file:
        CalamineWorkbook.from_filelike(file).get_sheet_by_index(0).to_python()
