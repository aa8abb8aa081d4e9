"""Writes the files of this directory that cannot be kept as readable text: other encodings and workbooks.

Run it as ``python -m tests.files.generate``. The workbooks are compared by what is read, not by their bytes.
"""

import datetime
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from tests.files.exports.invented_orders import LAYOUTS, layouts, text_of

HERE = Path(__file__).parent

TEXTS: dict[str, tuple[str, str]] = {
    "excel-danish-cp1252.csv": (
        "cp1252",
        "Navn;E-mail;Telefon;Beløb\r\n"
        "Søren Kjær;soren@example.dk;20123456;1.234,50\r\n"
        "Anna Lund;anna@example.dk;;95,00\r\n",
    ),
    "one-danish-word-cp1252.csv": ("cp1252", "Name,Email\nJ. Bjørn,jb@example.com\nA. Smith,as@example.com\n"),
    "one-danish-word-cp850.csv": ("cp850", "Name,Email\nJ. Bjørn,jb@example.com\nA. Smith,as@example.com\n"),
    "one-danish-word-mac.csv": ("mac_roman", "Name,Email\nJ. Bjørn,jb@example.com\nA. Smith,as@example.com\n"),
    "one-german-word-cp1252.csv": ("cp1252", "Name;Ort\nAnna;Gießen\nBernd;Ulm\n"),
    "one-german-word-cp850.csv": ("cp850", "Name;Ort\nAnna;Gießen\nBernd;Ulm\n"),
    "one-german-word-mac.csv": ("mac_roman", "Name;Ort\nAnna;Gießen\nBernd;Ulm\n"),
    "excel-german-cp1252.csv": (
        "cp1252",
        "Bestellnr.;Käufer;E-Mail;Straße;Menge;Gesamt (€)\r\n"
        "1;Jürgen Weiß;jw@example.de;Hauptstraße 1;2;1.190,00\r\n"
        "2;Änne Größer;ag@example.de;Übersee 7;1;€ 12,00\r\n"
        "Summe;;;;3;1.202,00\r\n",
    ),
    "excel-mac-cr-only.csv": (
        "mac_roman",
        'Navn;By;Beløb\rÅse Ærøe;Rødby;10,00\r"Øjvind, Å";Næstved;20,00\r',
    ),
    "excel-unicode-text-utf16.txt": (
        "utf-16",
        'Navn\tE-mail\tBilletter\r\nSøren Ærø\tsoren@example.dk\t2\r\n"Bo ""B"" Å"\tbo@example.dk\t1\r\n',
    ),
    "utf16-no-mark-le.csv": ("utf-16-le", "Name,Ort,Preis\r\nJürgen,Köln,10.00\r\nŁukasz,Łódź,20.00\r\n"),
    "utf16-no-mark-be.csv": ("utf-16-be", "Name;Ort;Preis\nJürgen;Köln;10,00\nŁukasz;Łódź;20,00\n"),
    "polish-cp1250.csv": (
        "cp1250",
        "Imię;Nazwisko;Miejscowość;Kwota\r\nPaweł;Żuk;Łódź;120,00\r\nGrażyna;Święcicka;Gdańsk;80,00\r\n",
    ),
    "dos-cash-register-cp850.csv": (
        "cp850",
        "BON;DATO;VARE;ANTAL;BELØB\r\n"
        "000123;01-03-25;ÅRSKORT VOKSEN;1;1.295,00\r\n"
        "000124;01-03-25;BØRNEBILLET;2;190,00\r\n",
    ),
    "euro-and-apostrophes-cp1252.csv": (
        "cp1252",
        "Name,Fee,Note\nMary O’Brien,€12.00,“late” – paid\nJohn Smith,€8.50,\n",
    ),
    "damaged-utf8.csv": ("utf-8", "Name,City\n" + "Søren,Århus\nJörg,Köln\n" * 20),
}
"""File → encoding and text. ``damaged-utf8.csv`` gets a stray byte in its third line below."""


def write_texts() -> None:
    """Write the text files in their encodings."""
    for name, (encoding, text) in TEXTS.items():
        (HERE / name).write_bytes(text.encode(encoding))
    damaged = HERE / "damaged-utf8.csv"
    lines = damaged.read_bytes().split(b"\n")
    lines[2] = b"J\xf6rg,K\xc3\xb6ln"
    damaged.write_bytes(b"\n".join(lines))


def _book(*sheets: str) -> tuple[openpyxl.Workbook, list[Worksheet]]:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    return book, [book.create_sheet(name) for name in sheets]


def _append(sheet: Worksheet, *rows: list[Any]) -> None:
    for row in rows:
        sheet.append(row)


def write_orders_book() -> None:
    """Dates, ids and phones as numbers, numbers as text, leading zeros as text and by format."""
    book, (sheet,) = _book("Ordrer")
    _append(
        sheet,
        ["Ordre-id", "Dato", "Tidspunkt", "Navn", "Telefon", "Postnr", "Kundenr", "Pris", "Betalt", "Varighed"],
        [
            4520123456,
            datetime.date(2025, 3, 1),
            datetime.datetime(2025, 3, 1, 19, 30),
            "Søren Ørsted",
            4520123456,
            "0800",
            42,
            1234.5,
            True,
            datetime.timedelta(hours=26, minutes=5),
        ],
        [
            12345678901234,
            datetime.date(2025, 12, 31),
            datetime.datetime(2025, 12, 31, 23, 59, 59),
            "Jörg Weiß",
            "0045 20 12 34 56",
            "01067",
            7,
            0.1 + 0.2,
            False,
            datetime.timedelta(minutes=45),
        ],
    )
    for row in (2, 3):
        sheet.cell(row, 7).number_format = "00000"
        sheet.cell(row, 5).number_format = "0.00E+00"
        sheet.cell(row, 10).number_format = "[h]:mm:ss"
    book.save(HERE / "orders-types.xlsx")


def write_report_book() -> None:
    """An empty sheet and a cover before the table; title, merged cells, hidden row and column, totals."""
    book, (empty, sheet, hidden) = _book("Forside", "Salg 2025", "Opslag")
    assert empty.max_row == 1
    _append(
        sheet,
        ["Salgsrapport – Sommerfest 2025"],
        ["Dannet", datetime.date(2025, 6, 1)],
        [],
        ["Ordre", "Køber", "E-mail", "Billettype", "Antal", "Beløb"],
        ["A-1", "Lærke Bøgh", "laerke@example.dk", "Voksen", 2, 390],
        [None, None, None, "Barn", 1, 95],
        ["A-2", "Ole Ågård", "ole@example.dk", "Voksen\n(lørdag)", 1, 195],
        ["I alt", None, None, None, 4, 680],
    )
    sheet.merge_cells("A1:F1")
    for column in "ABC":
        sheet.merge_cells(f"{column}5:{column}6")
    sheet.row_dimensions[7].hidden = True
    sheet.column_dimensions["C"].hidden = True
    _append(hidden, ["kode", "navn"], ["1", "Voksen"])
    hidden.sheet_state = "hidden"
    book.save(HERE / "report-title-merged.xlsx")


def write_sheets_book() -> None:
    """Two sheets with tables, the table of the second away from the corner."""
    book, (first, second) = _book("Tickets", "Refunds")
    _append(first, ["Order", "Name", "Price"], [1, "Anna", 10], [2, "Bo", 20])
    for row, values in enumerate((["Order", "Amount"], [1, 10.5], [2, 3]), start=4):
        for column, value in enumerate(values, start=3):
            second.cell(row, column, value)
    book.save(HERE / "two-sheets.xlsx")


def write_disguised() -> None:
    """A workbook called .csv and a text called .xlsx."""
    (HERE / "workbook-called.csv").write_bytes((HERE / "two-sheets.xlsx").read_bytes())
    (HERE / "text-called.xlsx").write_text("Order;Name\n1;Søren\n2;Åse\n", encoding="utf-8")


def write_layouts() -> None:
    """Invented orders in the layouts of many services."""
    for name, layout in layouts().items():
        (LAYOUTS / name).write_bytes(text_of(layout).encode(layout.get("encoding", "utf-8")))


if __name__ == "__main__":
    write_layouts()
    write_texts()
    write_orders_book()
    write_report_book()
    write_sheets_book()
    write_disguised()
