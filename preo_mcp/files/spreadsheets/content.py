"""What a file is by its first bytes, whatever its name claims."""

from pathlib import Path

from preo_mcp.files.spreadsheets.table import FileKind, UnreadableTable

_ZIP = b"PK\x03\x04"
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container of .xls and of workbooks with a password
_REFUSED = (
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\xff\xfe\0\0", "a text in UTF-32"),
    (b"\0\0\xfe\xff", "a text in UTF-32"),
    (b"{\\rtf", "a word processor document"),
)
_MARKUP = (
    (b"<!doctype", "a web page"),
    (b"<html", "a web page"),
    (b"<table", "a web page"),
    (b"<?xml", "an XML document"),
    (b"<workbook", "an XML document"),
    (b"{", "a JSON document"),
    (b"[{", "a JSON document"),
)


def kind_of(path: Path, file_name: str) -> FileKind:
    """Return what ``path`` holds.

    Args:
        path: The file.
        file_name: Its name as the person knows it, for messages.

    Raises:
        UnreadableTable: It is empty or something that cannot hold a table the reader knows.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    if not head.strip(b" \t\r\n\0\xef\xbb\xbf\xfe\xff"):
        raise UnreadableTable(f"{file_name} holds no table", "it is empty", "export it again with at least one row")
    if head.startswith(_ZIP):
        return FileKind.XLSX
    if head.startswith(_COMPOUND):
        return FileKind.XLS
    found = next((name for start, name in _REFUSED if head.startswith(start)), None) or _markup(head)
    if found:
        raise UnreadableTable(
            f"{file_name} is not a table", f"its content is {found}", "export the table as CSV (UTF-8) or as .xlsx"
        )
    return FileKind.CSV


def _markup(head: bytes) -> str | None:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return next((name for start, name in _MARKUP if text.startswith(start)), None)
