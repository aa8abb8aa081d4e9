"""What a file holds at a glance: any of the test's files, workbooks among them, and what is no table."""

from pathlib import Path

import pytest

from preo_mcp.receiving.looking import FIRST_ROWS, MOST_CHARACTERS, MOST_COLUMNS, look_into

FILES = Path(__file__).parents[1] / "files"
EXPORTS = sorted(path for path in FILES.iterdir() if path.suffix in (".csv", ".tsv", ".txt", ".xls", ".xlsx"))
SERVICES = {
    "shopify-orders.csv": "Shopify",
    "woocommerce-orders.csv": "WooCommerce",
    "eventbrite-attendees.csv": "Eventbrite",
    "pretix-positions.csv": "Pretix",
    "no-headings.csv": None,
}


@pytest.mark.parametrize("path", EXPORTS, ids=lambda path: path.name)
def test_every_file_is_told(path: Path) -> None:
    look = look_into(path, path.name)
    assert (look.no_table is None) is bool(look.columns), look
    for column in look.columns:
        assert len(column.first) <= FIRST_ROWS
        assert all(len(text) <= MOST_CHARACTERS and "\n" not in text for text in (column.heading, *column.first))
    if path.name in SERVICES:
        assert look.service == SERVICES[path.name]


def test_the_sheet_that_an_import_understands_best() -> None:
    look = look_into(FILES / "two-sheets.xlsx", "two-sheets.xlsx")
    assert look.sheet in look.sheets
    assert len(look.sheets) == 2


def test_many_columns_are_counted(tmp_path: Path) -> None:
    wide = tmp_path / "wide.csv"
    wide.write_text("\n".join(",".join(f"{row}{number}" for number in range(200)) for row in ("c", "v", "w")))
    look = look_into(wide, wide.name)
    assert (len(look.columns), look.more) == (MOST_COLUMNS, 200 - MOST_COLUMNS)


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"\x89PNG\r\n\x1a\n" + bytes(100), "a picture"), (b"%PDF-1.7\n%", "a PDF document"), (b"\0" * 50, "it is empty")],
)
def test_what_is_no_table_is_said(tmp_path: Path, content: bytes, why: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    assert why in (look_into(file, "file").no_table or "")
