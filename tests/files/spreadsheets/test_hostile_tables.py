"""Hostile files end in a clear error, within bounds of memory and time, and others are served meanwhile."""

import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from preo_mcp.files.spreadsheets import (
    BadRow,
    Fault,
    Limits,
    UnreadableTable,
    blocks,
    open_table,
    open_table_async,
    rows,
)
from preo_mcp.files.spreadsheets.limits import MIB
from tests.files.spreadsheets import hostile

SMALL = Limits(unpacked_bytes=64 * MIB)
Maker = Callable[[Path], Path]


@pytest.mark.parametrize(
    ("make", "limits", "why"),
    [
        (hostile.zip_bomb, SMALL, "unpacks to more than 64 MiB"),
        (hostile.lying_bomb, SMALL, "unpacks to more than 64 MiB"),
        (hostile.sparse_sheet, Limits(), "reaches over 1,048,576 rows and 16,384 columns"),
        (hostile.sparse_without_references, Limits(), "reaches over 1,048,576 rows and 16,384 columns"),
        (hostile.sparse_odd_spelling, Limits(), "damaged|reaches over"),
        (hostile.long_cell_in_book, Limits(), "text is longer than"),
        (hostile.repeated_text, Limits(), "texts of its cells come to 953 MiB"),
        (hostile.entities, Limits(), "declares XML entities"),
        (hostile.many_columns_in_book, Limits(), "16,384 were found, 2,000 are allowed"),
        (hostile.truncated, Limits(), "damaged"),
        (hostile.encrypted, Limits(), "password"),
        (hostile.utf16_sheet, Limits(), "not in UTF-8"),
        (hostile.archive_of_csv, Limits(), "a zip archive, not a workbook"),
        (hostile.open_document, Limits(), r"an OpenDocument file \(.ods\)"),
        (hostile.compound, Limits(), "damaged"),
        (hostile.of_bytes(b",".join(b"c%d" % n for n in range(50_000)) + b"\n1,2\n"), Limits(), "50,000 were found"),
        (hostile.of_bytes(b"a,b\n1\0,2\n"), Limits(), "NUL bytes"),
        (hostile.of_bytes(b"x" * 3 * MIB), Limits(), "first line is longer than"),
        (hostile.of_bytes(b"a,b\n" * 300_000), Limits(file_bytes=MIB), "1,048,576 are allowed"),
        (hostile.of_bytes(b""), Limits(), "empty"),
        (hostile.of_bytes(b" \r\n\r\n"), Limits(), "empty"),
        (hostile.of_bytes(b"\xef\xbb\xbf"), Limits(), "empty"),
        (hostile.of_bytes(b"%PDF-1.7 ..."), Limits(), "a PDF document"),
        (hostile.of_bytes(b"<!DOCTYPE html><table><tr><td>1"), Limits(), "a web page"),
        (hostile.of_bytes(b'[{"a": 1}]'), Limits(), "a JSON document"),
        (hostile.of_bytes(bytes(range(256)) * 64), Limits(), "NUL bytes"),
    ],
)
def test_a_hostile_file_is_refused_with_the_reason(tmp_path: Path, make: Maker, limits: Limits, why: str) -> None:
    path = make(tmp_path / "upload.bin")
    with pytest.raises(UnreadableTable, match=why) as caught:
        open_table(path, "upload.bin", tmp_path / "work", limits=limits)
    error = caught.value
    assert str(error) == f"{error.what} · {error.why} · {error.next_step}"
    assert error.next_step
    assert "Traceback" not in str(error)


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="only Linux bounds a process's address space")
def test_the_process_that_reads_a_workbook_has_little_memory(tmp_path: Path) -> None:
    path = hostile.book(
        tmp_path / "a.xlsx", '<row r="1048576"><c r="Z1048576"><v>1</v></c></row><row r="1"><c r="A1"/></row>'
    )
    hostile.book(path, '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="Z1048576"><v>1</v></c></row>')
    with pytest.raises(UnreadableTable, match="memory"):
        open_table(path, "a.xlsx", tmp_path / "work", limits=Limits(child_memory_bytes=300 * MIB))


def test_a_workbook_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    path = hostile.book(tmp_path / "a.xlsx", '<row r="1"><c r="A1"><v>1</v></c></row>')
    with pytest.raises(UnreadableTable, match=r"took longer than 0\.001 seconds"):
        open_table(path, "a.xlsx", tmp_path / "work", limits=Limits(child_seconds=0.001))


@pytest.mark.parametrize("quote", [b"", b'"'])
def test_a_cell_of_100_megabytes_is_passed_over_in_little_memory(tmp_path: Path, quote: bytes) -> None:
    path = tmp_path / "long.csv"
    with path.open("wb") as file:
        file.write(b"id,name\n1,Anna\n2," + quote)
        for _ in range(100):
            file.write(b"x" * 1_000_000)
        file.write(quote + b"\n3,Carl\n")
    tracemalloc.start()
    table = open_table(path, "long.csv")
    found = list(rows(table))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == [
        (2, ["1", "Anna"]),
        BadRow(3, Fault.TOO_LONG, "the line is longer than 1,048,576 bytes"),
        (4, ["3", "Carl"]),
    ]
    assert peak < 16 * MIB


def test_an_overlong_line_is_passed_over_in_steps(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_bytes(b"id,name\n1,Anna\n2," + b"x" * 30_000_000 + b"\n3,Carl")
    table = open_table(path, "long.csv")
    steps = list(blocks(table))
    assert len(steps) > 5
    resumed = [row for block in steps[:3] for row in block.rows]
    resumed += [row for block in blocks(table, steps[2].next) for row in block.rows]
    assert resumed == list(rows(table))


def test_a_quoted_cell_of_many_lines_is_given_up_and_the_rest_read(tmp_path: Path) -> None:
    path = tmp_path / "lines.csv"
    path.write_bytes(b'id,name\n1,"Anna\n' + b"y\n" * 200_000 + b"3,Carl\n")
    found = list(rows(open_table(path, "lines.csv")))
    assert found[0] == BadRow(2, Fault.UNCLOSED_QUOTE, 'a quotation mark (") opens a cell and is never closed')
    assert found[-1] == (200_003, ["3", "Carl"])
    assert len(found) == 200_002


def test_too_many_rows_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b"id,name\n" + b"1,Anna\n" * 1000)
    table = open_table(path, "rows.csv")
    assert len(list(rows(table, limits=Limits(rows=1001)))) == 1000
    with pytest.raises(UnreadableTable, match="more than 999 lines"):
        list(rows(table, limits=Limits(rows=999)))


def test_nul_bytes_further_down_cost_only_their_row(tmp_path: Path) -> None:
    path = tmp_path / "nul.csv"
    path.write_bytes(b"id,name\n" + b"1,Anna\n" * 20_000 + b"2,B\0o\n3,Carl\n")
    bad = [row for row in rows(open_table(path, "nul.csv")) if isinstance(row, BadRow)]
    assert bad == [BadRow(20_002, Fault.NUL, "the row contains NUL bytes")]


async def test_the_event_loop_goes_on_while_a_file_is_opened(tmp_path: Path) -> None:
    path = hostile.zip_bomb(tmp_path / "bomb.xlsx")
    beats: list[float] = []

    async def beat() -> None:
        while True:
            beats.append(time.perf_counter())
            await anyio.sleep(0.005)

    async with anyio.create_task_group() as group:
        group.start_soon(beat)
        with pytest.raises(UnreadableTable, match="unpacks to more"):
            await open_table_async(path, "bomb.xlsx", tmp_path / "work", limits=SMALL)
        group.cancel_scope.cancel()
    assert len(beats) > 10
