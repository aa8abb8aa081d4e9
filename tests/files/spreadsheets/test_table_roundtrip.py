"""Any table written as CSV, in any encoding and dialect, reads back equal."""

import codecs
import csv
import io
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from preo_mcp.files.spreadsheets import (
    ENCODINGS,
    BadRow,
    Checkpoint,
    Overrides,
    Table,
    blocks,
    open_table,
    rows,
    streaming,
)

DELIMITERS = (",", ";", "\t", "|")
MARKS = {"utf-8": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
WORDS = [
    "Søren Ørsted",
    "Mette Kjær",
    "Åse Bøgh",
    "Jörg Weiß",
    "Günther Schäfer",
    "Änne Großmann",
    "Göran Öberg",
    "Daniël de Vries",
    "Anna Lund",
    "Bo",
    "O'Brien",
    "Paderborn",
    "Partout, 3 days",
    "Ring; helst kl. 10",
    'said "hi"',
    "two\nlines",
    "1.234,50",
    "1,234.50",
    "DKK 95,-",
    "0045 20123456",
    "anna@example.dk",
    "2025-03-01",
    "München",
    "Århus N",
]


@dataclass(frozen=True)
class Written:
    """A table, and the dialect it is written in."""

    header: list[str]
    body: list[list[str]]
    encoding: str
    marked: bool
    delimiter: str
    newline: str
    quoting: int

    def write(self, path: Path) -> None:
        out = io.StringIO(newline="")
        kind = "all" if self.quoting == csv.QUOTE_ALL else "minimal"
        writer = csv.writer(
            out,
            delimiter=self.delimiter,
            lineterminator=self.newline,
            quoting=csv.QUOTE_ALL if kind == "all" else csv.QUOTE_MINIMAL,
        )
        writer.writerow(self.header)
        writer.writerows(self.body)
        mark = MARKS[self.encoding] if self.marked else b""
        path.write_bytes(mark + out.getvalue().encode(self.encoding))


@st.composite
def any_table(draw: st.DrawFn) -> Written:
    """Cells of any characters that the encoding has."""
    encoding = draw(st.sampled_from(ENCODINGS))
    newline = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    delimiter = draw(st.sampled_from(DELIMITERS))
    excluded = "\0\r" if newline == "\n" else "\0\r\n" if newline == "\r" else "\0"
    letters = st.characters(codec=encoding, exclude_characters=excluded, exclude_categories=["Cs"])
    special = st.sampled_from([mark for mark in (delimiter, '"', " ", "\n", "'", "\\") if mark not in excluded])
    cell = st.text(st.one_of(letters, special), max_size=12)
    width = draw(st.integers(1, 6))
    row = st.lists(cell, min_size=width, max_size=width)
    return Written(
        header=[f"c{index}" for index in range(width)],
        body=[row for row in draw(st.lists(row, max_size=12)) if "".join(row).strip()],
        encoding=encoding,
        marked=encoding in MARKS and draw(st.booleans()),
        delimiter=delimiter,
        newline=newline,
        quoting=draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
    )


@st.composite
def usual_table(draw: st.DrawFn) -> Written:
    """Cells of real words: enough to tell encoding and dialect by."""
    encoding = draw(st.sampled_from(["utf-8", "utf-16-le", "utf-16-be", "cp1252", "cp850", "mac_roman"]))
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    width = draw(st.integers(3, 6))
    row = st.lists(st.sampled_from(WORDS), min_size=width, max_size=width)
    return Written(
        header=["Order", "Name", "E-mail", "Beløb", "Straße", "By"][:width],
        body=draw(st.lists(row, min_size=3, max_size=12)),
        encoding=encoding,
        marked=encoding in MARKS and draw(st.booleans()),
        delimiter=draw(st.sampled_from(DELIMITERS)),
        newline=newline,
        quoting=draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
    )


def read(table: Table) -> list[list[str] | BadRow]:
    return [row if isinstance(row, BadRow) else row[1] for row in rows(table)]


@settings(max_examples=250, deadline=None, derandomize=True)
@given(written=any_table())
def test_with_its_dialect_given_any_table_reads_back_equal(written: Written) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        written.write(path)
        overrides = Overrides(written.encoding, written.delimiter, header_line=1, quote='"', escape="")
        table = open_table(path, "table.csv", overrides=overrides)
        assert list(table.header) == written.header
        assert read(table) == written.body


@settings(max_examples=250, deadline=None, derandomize=True)
@given(written=usual_table())
def test_without_help_a_usual_table_reads_back_equal(written: Written) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        written.write(path)
        table = open_table(path, "table.csv")
        assert (table.format.encoding, table.format.delimiter) in {
            (written.encoding, written.delimiter),
            ("utf-8", written.delimiter) if path.read_bytes().isascii() else (written.encoding, written.delimiter),
        }
        assert list(table.header) == written.header
        assert read(table) == written.body


@settings(
    max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(written=any_table(), size=st.sampled_from([2, 16, 64, 256]), data=st.data())
def test_reading_resumes_at_any_checkpoint(
    monkeypatch: pytest.MonkeyPatch, written: Written, size: int, data: st.DataObject
) -> None:
    assume(written.body)
    monkeypatch.setattr(streaming, "BLOCK_BYTES", size)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        written.write(path)
        overrides = Overrides(written.encoding, written.delimiter, header_line=1, quote='"', escape="")
        table = Table.from_json(open_table(path, "table.csv", overrides=overrides).as_json())
        steps = list(blocks(table))
        done = data.draw(st.integers(0, len(steps)))
        place = steps[done - 1].next if done else table.first
        before = [row for block in steps[:done] for row in block.rows]
        after = list(rows(table, Checkpoint(place.offset, place.line)))
        assert before + after == list(rows(table))
        assert [row if isinstance(row, BadRow) else row[1] for row in before + after] == written.body
