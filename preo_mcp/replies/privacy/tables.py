"""A CSV file of customers without personal data: the same rows, columns and ids."""

import csv
import io
from typing import Final

from preo_mcp.api.errors import ServerError
from preo_mcp.replies.privacy.free_text import masked_text
from preo_mcp.replies.privacy.masking import masked_row

BYTE_ORDER_MARK: Final = "\ufeff"
DELIMITERS: Final = ",;\t|"


def masked_csv(text: str) -> str:
    """Return a CSV text, whose first line has the headings, with personal data masked.

    Raises:
        ServerError: it cannot be read as CSV, so that nothing of it can be shown.
    """
    mark, body = (BYTE_ORDER_MARK, text[1:]) if text.startswith(BYTE_ORDER_MARK) else ("", text)
    headings = body.partition("\n")[0]
    delimiter = max(DELIMITERS, key=headings.count)
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n" if headings.endswith("\r") else "\n")
    try:
        rows = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter)
        header = next(rows, None)
        if header is not None:
            writer.writerow(header)
            writer.writerows(_masked(header, row) for row in rows)
    except csv.Error:
        why = "Preo's answer is not a CSV text that can be masked"
        raise ServerError("The customers are not shown", why, "Tell the user to look at them in Preo.") from None
    return mark + out.getvalue()


def _masked(header: list[str], row: list[str]) -> list[str]:
    # A column's place keeps those apart that have the same heading.
    shown = [next(iter(masked_row({name: value}).values())) for name, value in zip(header, row, strict=False)]
    return shown + [masked_text(value) for value in row[len(header) :]]
