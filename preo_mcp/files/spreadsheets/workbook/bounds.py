"""How far a sheet reaches, and how much text its cells share, from a stream of its XML.

A reader allocates the whole rectangle around all cells: a sheet of 1.5 kB with one cell at XFD1048576 makes that
17 thousand million cells. The quick look takes every cell reference at face value; only if that is too much, or cells
carry no reference, the XML is parsed for the cells that have content.

A reader also writes out every text that cells share, each time that one of them refers to it.
"""

import re
from collections.abc import Iterator
from xml.parsers import expat

from preo_mcp.files.spreadsheets.limits import MIB
from preo_mcp.files.spreadsheets.table import UnreadableTable

_CELL = re.compile(rb"<(?:[\w.-]+:)?c[\s/>]")
_REFERENCE = re.compile(rb"""\sr\s*=\s*["']\s*([A-Za-z]+)(\d+)""")
_USUAL_REFERENCE = re.compile(rb' r="([A-Z]+)(\d+)')  # twice as fast, and what every spreadsheet program writes
_BEYOND_Z = re.compile(rb'<c(?! r="[A-Z](?:\d{1,6}|10[0-4]\d{4})")[\s/>]')  # any cell not at A1 to Z1049999
_UP_TO_Z = (1_049_999, 26)
_STRING_CELL = (b't="s"', b"t='s'")
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_NOT_UTF8 = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
_SHEET = b"sheetData"
_LONGEST_TEXT = MIB  # between two tags; Excel itself allows 32,767 characters in a cell
_XML_NAMES = (".xml", ".rels")

_END = re.compile(rb"</(?:[\w.-]+:)?si\s*>")
_TEXTS = re.compile(rb"<(?:[\w.-]+:)?sst[\s/>]")
_USE = re.compile(rb"""t=["']s["'][^>]*>\s*<(?:[\w.-]+:)?v>\s*(\d+)""")
_HEAD = 1024


class PartScan:
    """Looks at one part of a workbook, chunk by chunk.

    Attributes:
        is_xml: The part is XML by its name or beginning; any other may be a picture, but not a sheet.
        rows: Highest row that a cell may be in.
        columns: Highest column that a cell may be in.
        string_cells: Cells that refer to the table of shared texts.
    """

    def __init__(self, name: str, file_name: str) -> None:
        self.file_name = file_name
        self.is_xml = name.lower().endswith(_XML_NAMES)
        self.rows = self.columns = 0
        self.string_cells = 0
        self._cells = self._references = 0
        self._letters: set[bytes] = set()
        self._rest = b""
        self._begun = False

    @property
    def uncertain(self) -> bool:
        """Whether some cells carry no reference, so that only parsing tells where they are."""
        return self._cells > self._references

    def feed(self, chunk: bytes) -> None:
        """Look at the next piece of the part."""
        if not self._begun:
            self._begin(chunk)
        data = self._rest + chunk
        cut = max(data.rfind(b"<"), 0) if self.is_xml else len(data)
        self._look(data[:cut])
        self._rest = data[cut:] if self.is_xml else data[-len(_SHEET) :]
        if len(self._rest) > _LONGEST_TEXT:
            self._refuse(f"a cell's text is longer than {_LONGEST_TEXT:,} bytes")

    def close(self) -> None:
        """Look at what is left once the part is over."""
        self._look(self._rest)
        self._rest = b""
        self.columns = max([self.columns, *map(column_number, self._letters)])

    def _begin(self, chunk: bytes) -> None:
        self._begun = True
        self.is_xml = self.is_xml or chunk.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
        if self.is_xml and chunk.startswith(_NOT_UTF8):
            self._refuse("a part of it is not in UTF-8")

    def _look(self, data: bytes) -> None:
        if not self.is_xml:
            if _SHEET in data:
                self._refuse("a sheet in it is not well-formed")
            return
        if _DECLARATION.search(data):
            self._refuse("it declares XML entities, which no spreadsheet program writes")
        self.string_cells += sum(map(data.count, _STRING_CELL))
        if not self._letters and b":c" not in data and not _BEYOND_Z.search(data):
            if b"<c " in data:
                self.rows, self.columns = max(self.rows, _UP_TO_Z[0]), max(self.columns, _UP_TO_Z[1])
            return
        cells = len(_CELL.findall(data))
        found = _USUAL_REFERENCE.findall(data)
        if len(found) < cells:
            found = _REFERENCE.findall(data)
        self._cells += cells
        self._references += len(found)
        self._letters.update({letters for letters, _ in found})
        self.rows = max([self.rows, *map(int, {digits[:9] for _, digits in found})])

    def _refuse(self, why: str) -> None:
        raise UnreadableTable(f"{self.file_name} cannot be read", why, "export the table again as .xlsx or CSV (UTF-8)")


def column_number(letters: bytes) -> int:
    """Return 1 for ``A``, 16384 for ``XFD``."""
    number = 0
    for letter in letters[:6].upper():
        number = number * 26 + letter - 64
    return number


def true_bounds(part: Iterator[bytes]) -> tuple[int, int]:
    """Return the rows and columns that cells with content reach to.

    Raises:
        ValueError: The part is not well-formed XML.
    """
    bounds = _Bounds()
    parser = expat.ParserCreate()
    parser.StartElementHandler = bounds.start
    try:
        for chunk in part:
            parser.Parse(chunk, False)  # noqa: FBT003 - positional by its definition
        parser.Parse(b"", True)  # noqa: FBT003
    except expat.ExpatError as error:
        raise ValueError(str(error)) from None
    return bounds.rows, bounds.columns


class _Bounds:
    """Rows and columns of the cells with content, as a reader counts them: a missing reference means the next place."""

    def __init__(self) -> None:
        self.rows = self.columns = 0
        self.row = self.column = 0
        self.filled = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "row":
            self.row = int(attributes.get("r", self.row + 1))
            self.column = 0
        elif name == "c":
            self._cell(attributes.get("r"))
        elif name in {"v", "is", "t", "f"}:
            self.rows = max(self.rows, self.row)
            self.columns = max(self.columns, self.column)

    def _cell(self, reference: str | None) -> None:
        if reference is None:
            self.column += 1
            return
        letters = reference.strip().rstrip("0123456789")
        self.column = column_number(letters.encode())
        digits = reference.strip()[len(letters) :]
        self.row = int(digits) if digits else self.row


def is_text_table(head: bytes) -> bool:
    """Whether a part is the table of shared texts, by its beginning."""
    return _TEXTS.search(head[:_HEAD]) is not None


def text_lengths(part: Iterator[bytes]) -> list[int]:
    """Return the length in bytes, markup included, of each text of the table."""
    lengths: list[int] = []
    rest = b""
    for chunk in part:
        *whole, rest = _END.split(rest + chunk)
        lengths.extend(map(len, whole))
    return lengths


def written_out(part: Iterator[bytes], lengths: list[int]) -> int:
    """Return the bytes of all texts that the cells of a sheet refer to, each time they do."""
    total = 0
    rest = b""
    for chunk in part:
        data = rest + chunk
        cut = max(data.rfind(b"<c "), data.rfind(b":c "), 0)
        if not cut and len(data) > MIB:  # longer than a cell: no cells here any more
            cut = len(data)
        rest = data[cut:]
        total += _sum(data[:cut], lengths)
    return total + _sum(rest, lengths)


def _sum(data: bytes, lengths: list[int]) -> int:
    count = len(lengths)
    return sum(lengths[number] for number in map(int, _USE.findall(data)) if number < count)
