"""Cells that look like formulas: guarded in what is written, and read back as they were."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preo_mcp.files.spreadsheets import BadRow, open_table, rows
from preo_mcp.text.guarded_cells import guarded, unguarded

CELLS = st.text(st.sampled_from("'=+-@\t\r0123 aø,\"\n\u2028"), max_size=8)


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+4520123456", "+4520123456"),
        ("+1-2", "'+1-2"),
        ("+45 20 12", "'+45 20 12"),
        ("+", "'+"),
        ("+4520123456\n", "'+4520123456\n"),
        ("+٤٥", "'+٤٥"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("'=1", "''=1"),
        ("'t Hart", "'t Hart"),
        ("Søren", "Søren"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_formulas_are_kept_from_spreadsheets(cell: str, written: str) -> None:
    assert guarded(cell) == written
    assert unguarded(written) == cell


@given(CELLS)
def test_nothing_is_lost(cell: str) -> None:
    assert unguarded(guarded(cell)) == cell


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_our_own_reader_undoes_it(tmp_path: Path, delimiter: str) -> None:
    given_rows = [
        ["usr_1", "=HYPERLINK(1)", "+4520123456"],
        ["usr_2", "@nn", "-5"],
        ["usr_3", "'t Hart", "+45 20 12 34 56"],
        ["usr_4", "Ida\u2028Lund", "''x"],
    ]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(["id", "name", "phone"])
    writer.writerows(map(guarded, row) for row in given_rows)
    file = tmp_path / "export.csv"
    file.write_text(out.getvalue(), encoding="utf-8-sig", newline="")
    read = list(rows(open_table(file, file.name, tmp_path)))
    assert [row[1] for row in read if not isinstance(row, BadRow)] == given_rows
