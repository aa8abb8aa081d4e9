"""Leading zeros that only a cell's number format shows: postcodes and customer numbers formatted as ``00000``."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from preo_mcp.tabular.workbook.bounds import column_number
from preo_mcp.tabular.workbook.package import unpacked
from preo_mcp.tabular.workbook.parts import sheet_part, zero_styles

Run = tuple[int, int, int]
"""First row, last row (both from 0) and digits of cells below each other that share a format."""


class ZeroPadding:
    """Gives numbers of one sheet the zeros their format shows. Rows have to come in order."""

    def __init__(self, runs: dict[int, list[Run]]) -> None:
        self._ahead = {column: iter(found) for column, found in runs.items()}
        self._current = {column: next(ahead) for column, ahead in self._ahead.items()}

    def pad(self, row: int, cells: list[str]) -> None:
        """Pad the numbers of a row in place.

        Args:
            row: Its number, counted from 0.
            cells: Its texts; those that are not plain digits stay as they are.
        """
        for column, (first, last, digits) in list(self._current.items()):
            if row >= last:
                self._advance(column)
            if first <= row <= last and 0 <= column < len(cells) and cells[column].isdecimal():
                cells[column] = cells[column].zfill(digits)

    def _advance(self, column: int) -> None:
        following = next(self._ahead[column], None)
        if following is None:
            del self._current[column]
        else:
            self._current[column] = following


def zero_padding(path: Path, file_name: str, sheet: str, left: int) -> ZeroPadding | None:
    """Find the cells of a sheet whose format is only zeros; ``None`` if there are none, which is the rule.

    Args:
        path: A workbook that ``check_package`` let pass.
        file_name: Its name as the person knows it.
        sheet: The name of the sheet.
        left: Column of the sheet, from 0, that is the first in the rows to pad.
    """
    with zipfile.ZipFile(path) as archive:
        styles = zero_styles(archive)
        part = sheet_part(archive, sheet) if styles else None
        if part is None or part not in archive.namelist():
            return None
        info = archive.getinfo(part)
    with path.open("rb") as file:
        runs = _runs(unpacked(file, info, file_name), styles)
    return ZeroPadding({column - left: found for column, found in runs.items()}) if runs else None


def _runs(part: Iterator[bytes], styles: dict[int, int]) -> dict[int, list[Run]]:
    numbers = b"|".join(str(style).encode() for style in styles)
    cell = re.compile(rb'<(?:[\w.-]+:)?c\s(?=[^>]*\bs="(' + numbers + rb')")[^>]*?\br="([A-Z]+)(\d+)"')
    runs: dict[int, list[Run]] = {}
    rest = b""
    for chunk in part:
        data = rest + chunk
        cut = max(data.rfind(b"<"), 0)  # the check made sure that texts between two tags are short
        rest = data[cut:]
        for style, letters, digits in cell.findall(data[:cut]):
            _extend(runs.setdefault(column_number(letters) - 1, []), int(digits) - 1, styles[int(style)])
    return runs


def _extend(found: list[Run], row: int, digits: int) -> None:
    if found and found[-1][1] == row - 1 and found[-1][2] == digits:
        found[-1] = (found[-1][0], row, digits)
    elif not found or found[-1][1] < row:
        found.append((row, row, digits))
