"""Files that try to take the reader down, made when the tests run."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

CONTENT_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>'
)
WORKBOOK = (
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
WORKBOOK_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
    'Target="worksheets/sheet1.xml"/>'
    '<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" '
    'Target="sharedStrings.xml"/></Relationships>'
)
SHEET = "xl/worksheets/sheet1.xml"
TEXTS = "xl/sharedStrings.xml"
_OPEN = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
_CLOSE = "</sheetData></worksheet>"


def sheet(rows: str) -> str:
    """The XML of a sheet around its rows."""
    return _OPEN + rows + _CLOSE


def book(path: Path, rows: str, texts: str = "", **more: str) -> Path:
    """A workbook with one sheet, and optionally a table of shared texts."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", CONTENT_TYPES)
        archive.writestr("_rels/.rels", RELATIONS)
        archive.writestr("xl/workbook.xml", WORKBOOK)
        archive.writestr("xl/_rels/workbook.xml.rels", WORKBOOK_RELATIONS)
        archive.writestr(TEXTS, f"<sst>{texts}</sst>")
        archive.writestr(SHEET, sheet(rows))
        for name, content in more.items():
            archive.writestr(name, content)
    return path


def zip_bomb(path: Path) -> Path:
    """100 MiB of rows that pack to 100 kB."""
    return book(path, '<row r="1"><c r="A1"><v>1</v></c></row>' * (100 * 1024 * 1024 // 40))


def lying_bomb(path: Path) -> Path:
    """A sheet that unpacks to far more than the archive declares."""
    honest = sheet('<row r="1"><c r="A1"><v>1</v></c></row>' * 2_000_000).encode()
    book(path, "")
    packed = zlib.compress(honest, 9)[2:-4]
    data = path.read_bytes()
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as archive:
        for info in source.infolist():
            if info.filename != SHEET:
                archive.writestr(info.filename, source.read(info))
        archive.writestr(SHEET, packed)
    raw = bytearray(out.getvalue())
    local = raw.index(SHEET.encode()) - 30
    central = raw.rindex(SHEET.encode()) - 46
    struct.pack_into("<H", raw, local + 8, zipfile.ZIP_DEFLATED)
    struct.pack_into("<I", raw, local + 22, 10)
    struct.pack_into("<H", raw, central + 10, zipfile.ZIP_DEFLATED)
    struct.pack_into("<I", raw, central + 24, 10)
    path.write_bytes(bytes(raw))
    return path


def sparse_sheet(path: Path) -> Path:
    """Two cells, in opposite corners of the largest sheet."""
    return book(
        path,
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
    )


def sparse_without_references(path: Path) -> Path:
    """The same, the far column reached by counting."""
    return book(
        path,
        '<row r="1"><c><v>1</v></c></row><row r="1048576">' + "<c/>" * 16383 + "<c><v>1</v></c></row>",
    )


def sparse_odd_spelling(path: Path) -> Path:
    """The same, with a prefix, apostrophes and spaces."""
    return book(
        path,
        "<row r='1'><c r='A1'><v>1</v></c></row><x:row r = '1048576'><x:c  r = 'XFD1048576'><v>1</v></x:c></x:row>",
    )


def long_cell_in_book(path: Path) -> Path:
    """A cell with 100 MB of text."""
    return book(path, f'<row r="1"><c r="A1" t="inlineStr"><is><t>{"x" * 100_000_000}</t></is></c></row>')


def repeated_text(path: Path) -> Path:
    """One text of 500 kB, two thousand cells that show it: a gigabyte."""
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 2001))
    return book(path, rows, f"<si><t>{'x' * 500_000}</t></si>")


def entities(path: Path) -> Path:
    """A thousand million laughs."""
    lines = ['<!ENTITY a0 "lol">', *(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))]
    book(path, "")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        body = sheet('<row r="1"><c r="A1" t="inlineStr"><is><t>&a9;</t></is></c></row>')
        archive.writestr("xl/worksheets/sheet2.xml", f"<!DOCTYPE worksheet [{''.join(lines)}]>{body}")
    return path


def many_columns_in_book(path: Path) -> Path:
    """Headings in as many columns as a sheet can have."""
    import openpyxl

    out = openpyxl.Workbook()
    assert out.active is not None
    out.active.append([f"c{n}" for n in range(16_384)])
    out.active.append(list(range(16_384)))
    out.save(path)
    return path


def truncated(path: Path) -> Path:
    """The first half of a workbook."""
    book(path, '<row r="1"><c r="A1"><v>1</v></c></row>' * 1000)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def encrypted(path: Path) -> Path:
    """A workbook whose parts are marked as encrypted."""
    book(path, '<row r="1"><c r="A1"><v>1</v></c></row>')
    raw = bytearray(path.read_bytes())
    struct.pack_into("<H", raw, raw.rindex(SHEET.encode()) - 46 + 8, 1)
    path.write_bytes(bytes(raw))
    return path


def utf16_sheet(path: Path) -> Path:
    """A sheet in UTF-16, where a search for bytes finds nothing."""
    book(path, "")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/worksheets/sheet2.xml", sheet("<row/>").encode("utf-16"))
    return path


def archive_of_csv(path: Path) -> Path:
    """A zip archive with a CSV in it."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("orders.csv", "a,b\n1,2\n")
    return path


def open_document(path: Path) -> Path:
    """The outline of an OpenDocument spreadsheet."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<office:document-content/>")
    return path


def compound(path: Path) -> Path:
    """The first bytes of an .xls, then nothing of one."""
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096))
    return path


def of_bytes(content: bytes) -> Callable[[Path], Path]:
    """A file with the given content."""

    def write(path: Path) -> Path:
        path.write_bytes(content)
        return path

    return write
