"""Exports of any size, always the same: 11 columns, two rows to an order, two orders to a customer."""

import csv
from collections.abc import Iterator
from pathlib import Path

from openpyxl import Workbook

HEADINGS = (
    "Order ID",
    "Order date",
    "Email",
    "First name",
    "Last name",
    "Phone",
    "Product code",
    "Product name",
    "Quantity",
    "Unit price",
    "Voucher",
)
"""All but the date are understood by their headings."""
ROWS_PER_ORDER = 2
ROWS_PER_CUSTOMER = 4
FIRST_NAMES = ("Mette", "Søren", "Jürgen", "Åse", "Emily", "Lærke", "Käthe", "Oliver", "Ida", "Rasmus", "Zoë")
LAST_NAMES = ("Sørensen", "Jensen", "Müller", "Ågård", "Smith", "Nørgaard", "Weiß")
PRODUCTS = (
    ("NF-PARTOUT", "Partout", "1.250,00"),
    ("NF-CAMP", "Camping", "300,00"),
    ("NF-DAY-REG", "Endagsbillet", "549,50"),
    ("NF-DRINK", "Drikkebillet", "49,50"),
    ("NF-PARK", "Parkering", "75,00"),
)


def write_csv(path: Path, count: int) -> None:
    """Write an export of `count` rows as UTF-8 with commas."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        writer.writerows(_rows(count))


def write_xlsx(path: Path, count: int) -> None:
    """Write the same export as an Excel file, quantities as numbers."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Orders")
    sheet.append(HEADINGS)
    for row in _rows(count):
        sheet.append(row)
    book.save(path)


def _rows(count: int) -> Iterator[tuple[str | int, ...]]:
    for number in range(count):
        order, customer = number // ROWS_PER_ORDER, number // ROWS_PER_CUSTOMER
        first, last = FIRST_NAMES[customer % len(FIRST_NAMES)], LAST_NAMES[customer % len(LAST_NAMES)]
        code, name, price = PRODUCTS[number % len(PRODUCTS)]
        yield (
            f"B{order:07}",
            f"2026-{order % 12 + 1:02}-{order % 28 + 1:02}",
            f"guest{customer}@example.com",
            first,
            last,
            f"+45 {20_000_000 + customer}",
            code,
            name,
            number % 4 + 1,
            price,
            f"SUMMER{order % 50}" if order % 10 == 0 else "",
        )
