"""Cells of CSV files that no spreadsheet takes for a formula: customers write names, and people open files.

An apostrophe before a cell makes a spreadsheet show it as it is. Who reads the file by program gets the cell back by
taking one apostrophe away; a cell that begins so by itself gets another one, so that nothing is lost.
"""

import re
from typing import Final

GUARDED: Final = re.compile(r"'+[=+\-@\t\r]")
"""How a cell begins that was guarded."""

_LIKE_A_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")
_PHONE_NUMBER: Final = re.compile(r"\+[0-9]+")


def guarded(cell: str) -> str:
    """Return what is written for a cell; a phone number, `+` and digits alone, is harmless and stays."""
    return f"'{cell}" if _LIKE_A_FORMULA.match(cell) and not _PHONE_NUMBER.fullmatch(cell) else cell


def unguarded(cell: str) -> str:
    """Return the cell that `guarded` was given."""
    return cell[1:] if GUARDED.match(cell) else cell
