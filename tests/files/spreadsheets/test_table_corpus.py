"""Every file of tests/files is read as expected.json says."""

import json
import runpy
from pathlib import Path
from typing import Any

import pytest

from preo_mcp.files.spreadsheets import BadRow, open_table, rows, sample

FILES = Path(__file__).parents[1]
EXPECTED: dict[str, dict[str, Any]] = json.loads((FILES / "expected.json").read_text(encoding="utf-8"))
TABLES = {".csv", ".tsv", ".txt", ".xls", ".xlsx"}


def test_every_file_has_an_expectation() -> None:
    assert sorted(EXPECTED) == sorted(path.name for path in FILES.iterdir() if path.suffix in TABLES)
    assert len(EXPECTED) >= 40
    assert sum(path.stat().st_size for path in FILES.iterdir() if path.is_file()) < 1_000_000


@pytest.mark.parametrize("name", EXPECTED)
def test_the_file_is_read_as_expected(name: str, tmp_path: Path) -> None:
    expected = EXPECTED[name]
    table = open_table(FILES / name, name, tmp_path)
    found = list(rows(table))
    good = [row for row in found if not isinstance(row, BadRow)]
    for key in ("kind", "encoding", "delimiter", "sheet", "header_line"):
        assert key not in expected or getattr(table.format, key) == expected[key]
    assert list(table.format.sheets) == expected.get("sheets", [])
    assert list(table.header) == expected["header"]
    assert [[line, cells] for line, cells in good[:4]] == expected["rows"]
    assert len(good) == expected["count"]
    assert [[row.line, row.fault] for row in found if isinstance(row, BadRow)] == expected["bad"]
    assert sample(table, 2) == [cells for _, cells in expected["rows"][:2]]


def test_the_encoded_files_are_what_the_generator_writes() -> None:
    generator = runpy.run_path(str(FILES / "generate.py"))
    for name, (encoding, text) in generator["TEXTS"].items():
        if not name.startswith("damaged"):
            assert (FILES / name).read_bytes() == text.encode(encoding)
