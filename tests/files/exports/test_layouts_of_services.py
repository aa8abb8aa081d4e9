"""The small exports of many services that the reader is tested with come in whole, or ask what has to be asked."""

import io
from pathlib import Path

import pytest

from preo_mcp.api.models.data_imports import ColumnType
from preo_mcp.files.exports import Edition, Settlement, understand
from preo_mcp.sandbox.data_imports.layout import Layout
from preo_mcp.sandbox.data_imports.rows import Header, fill_header, read_line, read_order_id
from tests.files.exports.plain_reading import CASES, EUROS, read_back, written

FILES = Path(__file__).parents[1]
KRONER = Edition("DKK", "+45")

EXPECTED: list[tuple[str, Edition, list[str], tuple[int, int, int]]] = [
    ("shopify-orders.csv", KRONER, ["price"], (2, 4, 203500)),
    ("woocommerce-orders.csv", KRONER, [], (2, 3, 70000)),
    ("eventbrite-attendees.csv", Edition("EUR", "+353"), [], (2, 3, 7781)),
    ("eventbrite-orders.tsv", Edition("PLN", "+48"), ["product", "states"], (1, 2, 12000)),
    ("billetto-deltagere.csv", KRONER, ["quantity", "states"], (1, 2, 29000)),
    ("billetto-orders-en.csv", KRONER, ["product"], (2, 3, 158500)),
    ("pretix-positions.csv", EUROS, ["states"], (1, 1, 5900)),
    ("pretix-bestellungen.csv", EUROS, ["product", "quantity", "states"], (1, 1, 5900)),
    ("squarespace-orders.csv", Edition("SEK", "+46"), [], (2, 3, 60000)),
    ("stripe-payments.csv", KRONER, ["quantity", "states"], (1, 1, 59500)),
    ("swedish-biljetter.csv", Edition("SEK", "+46"), [], (2, 3, 259500)),
    ("ticketmaster-sales.csv", KRONER, ["quantity"], (2, 3, 115000)),
    ("polish-zamowienia.csv", Edition("PLN", "+48"), [], (2, 3, 16000)),
    ("dutch-stichting.csv", Edition("EUR", "+31"), [], (3, 6, 141000)),
    ("danish-excel-sep.csv", KRONER, ["product"], (2, 3, 28500)),
    ("group-headings.csv", EUROS, ["product"], (2, 3, 28000)),
    ("no-headings.csv", EUROS, ["product"], (3, 4, 45000)),
    ("ragged-rows.csv", EUROS, ["quantity"], (3, 3, 0)),
]


@pytest.mark.parametrize(("name", "edition", "asked", "figures"), EXPECTED, ids=[row[0] for row in EXPECTED])
def test_layouts(tmp_path: Path, name: str, edition: Edition, asked: list[str], figures: tuple[int, int, int]) -> None:
    found = understand(FILES / name, edition, workdir=tmp_path)
    settlement = found.settle()
    assert [one.key for one in settlement.open] == asked
    settled = found.settle([f"{one.key}: {one.recommended or 'TICKET'}" for one in settlement.open])
    back = written(settled, edition.currency)
    assert (back.orders, back.pieces, back.sums.get(edition.currency, 0)) == figures
    read_by_the_sandbox(settled)


@pytest.mark.parametrize("path", sorted(CASES.glob("*.csv")), ids=lambda path: path.name)
def test_the_sandbox_reads_every_row(tmp_path: Path, path: Path) -> None:
    found = understand(path, EUROS, workdir=tmp_path)
    opened = found.settle().open
    read_by_the_sandbox(found.settle([f"{one.key}: {one.recommended or one.options[0].name}" for one in opened]))


def read_by_the_sandbox(settlement: Settlement) -> None:
    """Preo's side reads each row, and comes to the same pieces, prices and orders."""
    out = io.StringIO()
    columns = settlement.write(out).columns
    back = read_back(out.getvalue())
    meant = {one.heading: (one.column_type, one.metadata_key) for one in columns}
    assert all(not row[heading] for row in back.rows for heading in row if heading not in meant)
    pairs = [meant.get(heading, (ColumnType.IGNORE, None)) for heading in (back.rows or [{}])[0]]
    mappings = [{"column_type": column_type, "metadata_key": key} for column_type, key in pairs]
    rows = [list(row.values()) for row in back.rows]
    layout = Layout.of(mappings, rows)
    pieces, numbers = 0, set[str]()
    for at, cells in enumerate(rows):
        header = Header(read_order_id(layout, cells))
        assert fill_header(layout, cells, header) == ""
        line = read_line(layout, at, cells)
        pieces += line.quantity
        numbers.add(header.order_id or str(at))
        assert (line.price is None) == (not back.rows[at][ColumnType.UNIT_PRICE])
    assert (len(numbers), pieces) == (settlement.announced.orders, settlement.announced.pieces)
