"""Workbooks: the values of cells, the choice of a sheet, and what the reading process may see."""

import datetime
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from preo_mcp.files.spreadsheets import Overrides, UnreadableTable, open_table, rows
from preo_mcp.files.spreadsheets.workbook import converting
from preo_mcp.files.spreadsheets.workbook.bounds import text_lengths, written_out
from preo_mcp.files.spreadsheets.workbook.child import TEXT_OF
from preo_mcp.files.spreadsheets.workbook.zeros import shown_digits

FILES = Path(__file__).parents[1]


def text_of(value: Any) -> str:
    return TEXT_OF[type(value)](value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (4520123456.0, "4520123456"),
        (12345678901234567890.0, "12345678901234567168"),
        (1.0, "1"),
        (-3.0, "-3"),
        (12.1, "12.1"),
        (0.1 + 0.2, "0.3"),
        (0.00001, "0.00001"),
        (1e-7, "0.0000001"),
        (True, "TRUE"),
        (7, "7"),
        (datetime.date(2025, 3, 1), "2025-03-01"),
        (datetime.datetime(2025, 3, 1, 19, 29, 59, 999997), "2025-03-01T19:30:00"),
        (datetime.time(19, 30), "19:30:00"),
        (datetime.timedelta(hours=30), "30:00:00"),
        (-datetime.timedelta(minutes=90), "-1:30:00"),
        ("0045", "0045"),
    ],
)
def test_values_become_the_text_a_person_would_type(value: object, text: str) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize(
    ("code", "digits"),
    [
        ("00000", 5),
        ("00 00 00 00", 8),
        ("000000-0000", 10),
        ('"DK"0000', 4),
        ("0000;-0000", 4),
        ("0", 0),
        ("0.00", 0),
        ("General", 0),
    ],
)
def test_formats_of_zeros_show_leading_zeros(code: str, digits: int) -> None:
    assert shown_digits(code) == digits


def test_the_sheet_can_be_chosen(tmp_path: Path) -> None:
    table = open_table(FILES / "two-sheets.xlsx", "two-sheets.xlsx", tmp_path, Overrides(sheet=" refunds"))
    assert table.format.sheet == "Refunds"
    assert table.format.sheets == ("Tickets", "Refunds")
    assert table.header == ("Order", "Amount")
    assert list(rows(table)) == [(5, ["1", "10.5"]), (6, ["2", "3"])]


def test_a_sheet_that_is_not_there_is_answered_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(UnreadableTable, match="its sheets are Tickets, Refunds"):
        open_table(FILES / "two-sheets.xlsx", "two-sheets.xlsx", tmp_path, Overrides(sheet="Orders"))


def test_a_hidden_sheet_is_read_when_it_is_named(tmp_path: Path) -> None:
    name = "report-title-merged.xlsx"
    table = open_table(FILES / name, name, tmp_path, Overrides(sheet="Opslag"))
    assert list(rows(table)) == [(2, ["1", "Voksen"])]


def test_zeros_and_merged_cells_are_found_away_from_the_corner(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row, values in enumerate((["Order", "Name", "Zip"], [1, "Anna", 150], [2, None, 8000], [3, "Bo", 99]), start=3):
        for column, value in enumerate(values, start=4):
            sheet.cell(row, column, value).number_format = "0000"
    sheet.merge_cells("E4:E5")
    book.save(tmp_path / "a.xlsx")
    table = open_table(tmp_path / "a.xlsx", "a.xlsx", tmp_path / "work")
    assert list(rows(table)) == [
        (4, ["0001", "Anna", "0150"]),
        (5, ["0002", "Anna", "8000"]),
        (6, ["0003", "Bo", "0099"]),
    ]


def test_a_wide_sheet_is_not_mistaken_for_a_sparse_one(tmp_path: Path) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Wide")
    sheet.append([f"column {n}" for n in range(1, 61)])
    for n in range(300):
        sheet.append([n] * 60)
    book.save(tmp_path / "a.xlsx")
    table = open_table(tmp_path / "a.xlsx", "a.xlsx", tmp_path / "work")
    assert len(table.header) == 60
    assert sum(1 for _ in rows(table)) == 300


def test_a_workbook_without_any_table_is_refused(tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "a.xlsx")
    with pytest.raises(UnreadableTable, match="all of its visible sheets are empty"):
        open_table(tmp_path / "a.xlsx", "a.xlsx", tmp_path / "work")


def test_without_the_extra_the_error_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "python_calamine.py").write_text("raise ImportError('not installed')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(UnreadableTable, match=r'pip install "\.\[files\]"') as caught:
        open_table(FILES / "two-sheets.xlsx", "two-sheets.xlsx", tmp_path / "work")
    assert len(str(caught.value).split(" · ")) == 3


def test_the_reading_process_sees_no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: dict[str, Any] = {}

    def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[bytes]:
        seen.update(options, command=command)
        answer = {"sheet": "A", "sheets": ["A"], "notes": []}
        return subprocess.CompletedProcess(command, 0, json.dumps(answer).encode(), b"")

    monkeypatch.setenv("PREO_TOKEN", "secret")
    monkeypatch.setattr(converting.subprocess, "run", run)
    (tmp_path / converting.COPY_NAME).write_text("a,b\r\n1,2\r\n")
    open_table(FILES / "two-sheets.xlsx", "two-sheets.xlsx", tmp_path)
    assert seen["command"][0] == sys.executable
    assert not any(key.startswith("PREO_") for key in seen["env"])
    assert "secret" not in repr(seen)


def test_opening_a_csv_loads_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    code = (
        "import sys; from pathlib import Path; from preo_mcp.files.spreadsheets import open_table, sample; "
        f"print(sample(open_table(Path({str(tmp_path / 'a.csv')!r}), 'a.csv'))); "
        "print(sorted({'python_calamine', 'subprocess', 'zipfile', 'anyio', 'openpyxl'} & set(sys.modules)))"
    )
    environment = converting.child_environment()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.split("\n")[:2] == ["[['1', '2']]", "[]"]


def test_the_length_of_texts_is_counted_for_each_use() -> None:
    lengths = text_lengths(iter([b"<sst><si><t>abc</t>", b"</si><si/><si><t>d</t></si></sst>"]))
    assert len(lengths) == 2
    cells = b'<c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1"><v>0</v></c>' * 10
    pieces = [cells[start : start + 7] for start in range(0, len(cells), 7)]
    assert written_out(iter(pieces), lengths) == 10 * sum(lengths)
