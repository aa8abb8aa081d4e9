"""Where a workbook keeps what: the part of a sheet, and the styles that show a number with leading zeros."""

import posixpath
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.parsers import expat

_WORKBOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_STYLES = "xl/styles.xml"
_ONLY_ZEROS = re.compile(r"[0 -]*0[0 -]*0[0 -]*")
_DECORATION = re.compile(r'\\|"[^"]*"|\[[^\]]*\]|_.')

Attributes = dict[str, str]


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
