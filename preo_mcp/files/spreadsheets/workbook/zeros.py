"""Leading zeros that only a cell's number format shows: postcodes and customer numbers formatted as ``00000``.

Which styles are so, and which part of the package a sheet is, its own small XML files say.
"""

import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.parsers import expat

from preo_mcp.files.spreadsheets.workbook.bounds import column_number
from preo_mcp.files.spreadsheets.workbook.package import unpacked

_WORKBOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_STYLES = "xl/styles.xml"
_ONLY_ZEROS = re.compile(r"[0 -]*0[0 -]*0[0 -]*")
_DECORATION = re.compile(r'\\|"[^"]*"|\[[^\]]*\]|_.')

Run = tuple[int, int, int]
"""First row, last row (both from 0) and digits of cells below each other that share a format."""

Attributes = dict[str, str]


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


def sheet_part(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Return the name of the part that holds a sheet, ``None`` if the workbook does not say."""
    relation: list[str] = []
    target: list[str] = []

    def in_workbook(tag: str, attributes: Attributes) -> None:
        if tag == "sheet" and attributes.get("name") == sheet:
            relation.extend(value for name, value in attributes.items() if name.endswith(":id"))

    def in_relations(tag: str, attributes: Attributes) -> None:
        if tag == "Relationship" and attributes.get("Id") in relation:
            target.append(attributes.get("Target", ""))

    _parse(archive, _WORKBOOK, in_workbook)
    _parse(archive, _RELATIONS, in_relations)
    return posixpath.normpath(posixpath.join("/xl", target[0])).lstrip("/") if target else None


def zero_styles(archive: zipfile.ZipFile) -> dict[int, int]:
    """Return for each style whose format is only zeros (``00000`` for postcodes) how many digits it shows."""
    codes: dict[str, str] = {}
    styles: dict[int, int] = {}
    parents: list[str] = []
    count = 0

    def in_styles(tag: str, attributes: Attributes) -> None:
        nonlocal count
        if tag == "numFmt":
            codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif tag in {"cellXfs", "cellStyleXfs"}:
            parents.append(tag)
        elif tag == "xf" and parents and parents[-1] == "cellXfs":
            if digits := shown_digits(codes.get(attributes.get("numFmtId", ""), "")):
                styles[count] = digits
            count += 1

    _parse(archive, _STYLES, in_styles)
    return styles


def shown_digits(code: str) -> int:
    """Return how many digits a number format of zeros, spaces and dashes shows at least, 0 for any other format."""
    plain = _DECORATION.sub("", code.partition(";")[0]).strip()
    return plain.count("0") if _ONLY_ZEROS.fullmatch(plain) else 0


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


def _parse(archive: zipfile.ZipFile, name: str, start: Callable[[str, Attributes], None]) -> None:
    """Call ``start`` for each element of a part, with its name without prefix; a part that is not there has none."""
    if name not in archive.namelist():
        return
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda tag, attributes: start(tag.rpartition(":")[2], attributes)
    try:
        with archive.open(name) as part:
            parser.ParseFile(part)
    except expat.ExpatError as error:
        raise zipfile.BadZipFile(f"{Path(name).name}: {error}") from None
