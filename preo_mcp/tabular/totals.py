"""A row of sums at the end of a report is no order."""

from preo_mcp.tabular.header import is_value
from preo_mcp.tabular.table import BadRow, Fault, Row

_LAST_ROWS = 5
_WORDS = frozenset(
    {"total", "totals", "grand total", "sum", "sums", "subtotal"}
    | {"i alt", "ialt", "total i alt", "sum i alt", "samlet"}
    | {"summe", "gesamt", "gesamtsumme", "gesamtbetrag", "insgesamt", "zwischensumme", "endsumme"}
    | {"totalt", "summa", "totalsumma", "slutsumma"}
    | {"totaal", "eindtotaal", "totaalbedrag"}
    | {"razem", "suma", "łącznie", "ogółem"}
)


def mark_totals(rows: list[Row]) -> None:
    """Replace rows of sums among the last rows of a table by reports.

    Such a row leaves at least half of its cells empty, begins with a word for a sum, and has a number.
    """
    for index in range(max(0, len(rows) - _LAST_ROWS), len(rows)):
        row = rows[index]
        if not isinstance(row, BadRow) and _is_totals(row[1]):
            rows[index] = BadRow(row[0], Fault.TOTALS, "the row holds totals at the end of the table, not an order")


def _is_totals(cells: list[str]) -> bool:
    filled = [cell.strip() for cell in cells if cell.strip()]
    if len(cells) < 3 or len(filled) < 2 or 2 * len(filled) > len(cells) + 1:
        return False
    label = filled[0].rstrip(" :.").casefold()
    return label in _WORDS and any(map(is_value, filled[1:]))
