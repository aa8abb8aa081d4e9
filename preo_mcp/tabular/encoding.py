"""Which encoding a text file has: byte order mark, then NUL pattern, then strict UTF-8, then the letters themselves."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from preo_mcp.tabular.errors import UnreadableTable
from preo_mcp.tabular.letters import best_encoding

ENCODINGS = (
    "utf-8",
    "utf-16-le",
    "utf-16-be",
    "cp1252",
    "cp850",
    "mac_roman",
    "cp1250",
    "cp437",
    "cp852",
    "cp865",
    "iso8859-1",
    "iso8859-2",
    "iso8859-15",
    "mac_latin2",
)
"""Encodings the reader accepts: each maps bytes to characters and back, so places in a file can be counted."""

_BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_HEAD_BYTES = 64 * 1024
_CHUNK_BYTES = 256 * 1024
_EVIDENCE_WORDS = 4_000
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]")
_WORD = re.compile(rb"[^\s,;|\"]{0,24}[\x80-\xff][^\s,;|\"]{0,24}")
_TWICE = re.compile(rb"\xc3\x83\xc2[\x80-\xbf]")  # ø in UTF-8, read as cp1252 and written as UTF-8 again
_STRAY_PER_VALID = 10  # so many valid sequences for one broken byte make a file UTF-8 with damage


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoding, the length of the byte order mark before the text, and what was assumed."""

    name: str
    mark: int = 0
    notes: tuple[str, ...] = ()

    @property
    def repair(self) -> str:
        """Error handler that decodes anything without losing the number of bytes; what it yields marks damage."""
        return "surrogatepass" if self.name.startswith("utf-16") else "surrogateescape"


def known_encoding(name: str) -> str:
    """Return the name in ``ENCODINGS`` that ``name`` is another name of.

    Raises:
        UnreadableTable: The encoding is unknown or not among those accepted.
    """
    plain = name.strip().lower()
    aliases = {"utf-8-sig": "utf-8", "utf8-sig": "utf-8", "utf-16": "utf-16-le", "utf16": "utf-16-le", "ansi": "cp1252"}
    try:
        codec = codecs.lookup(aliases.get(plain, plain)).name
    except LookupError:
        codec = ""
    accepted = {codecs.lookup(known).name: known for known in ENCODINGS}
    if codec not in accepted:
        raise UnreadableTable(
            f"The encoding {name!r} cannot be used",
            "the reader does not know it",
            f"choose one of {', '.join(ENCODINGS)}",
        )
    return accepted[codec]


def detect_encoding(path: Path, override: str | None = None) -> Encoding:
    """Find out the encoding of a whole file, in chunks.

    Args:
        path: A text file.
        override: The encoding the caller gave; a byte order mark of the same encoding is still skipped.

    Raises:
        UnreadableTable: The file holds NUL bytes and is not UTF-16: it is no text.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    marked = next(((name, len(mark)) for mark, name in _BYTE_ORDER_MARKS if head.startswith(mark)), None)
    if override is not None:
        name = known_encoding(override)
        if marked and override.strip().lower() in {"utf-16", "utf16"}:
            name = marked[0]
        return Encoding(name, marked[1] if marked and marked[0] == name else 0)
    if marked:
        return Encoding(*marked)
    if b"\0" in head:
        return Encoding(_utf16(head), notes=("UTF-16 without a byte order mark was assumed.",))
    return _byte_encoding(path)


def _utf16(head: bytes) -> str:
    half = len(head) // 2
    even, odd = head[0::2].count(0), head[1::2].count(0)
    for name, zeros, others in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if zeros > 0.25 * half and others <= 0.01 * half:
            return name
    raise UnreadableTable(
        "The file cannot be read as text",
        "it contains NUL bytes and is not UTF-16",
        "export the table again as CSV (UTF-8) or as .xlsx",
    )


def _byte_encoding(path: Path) -> Encoding:
    valid = broken = 0
    twice = False
    words: dict[bytes, int] = {}
    for chunk in _high_chunks(path):
        try:
            valid += len(chunk) - len(chunk.decode("utf-8"))
        except UnicodeDecodeError:
            sequences = _MULTIBYTE.findall(chunk)
            valid += len(sequences)
            broken += len(_HIGH.findall(chunk)) - sum(map(len, sequences))
            if len(words) < _EVIDENCE_WORDS:
                for word in _WORD.findall(chunk):
                    words[word] = words.get(word, 0) + 1
        twice = twice or _TWICE.search(chunk) is not None
    if not broken:
        notes = ("Some letters look as if the text had been converted twice (Ã¸ for ø); they are kept as they are.",)
        return Encoding("utf-8", notes=notes if twice else ())
    if valid >= _STRAY_PER_VALID * broken:
        return Encoding("utf-8", notes=(f"The text is UTF-8 with damage; rows with it are reported ({broken} bytes).",))
    guess = best_encoding(words)
    return Encoding(guess.name, notes=(guess.note,))


def _high_chunks(path: Path) -> Iterator[bytes]:
    """Yield the parts of a file that are not pure ASCII, cut after line feeds where there are any."""
    with path.open("rb") as file:
        rest = b""
        while chunk := file.read(_CHUNK_BYTES):
            data = rest + chunk
            cut = data.rfind(b"\n") + 1 or data.rfind(b"\r") + 1
            if not cut and len(data) < 4 * _CHUNK_BYTES:
                rest = data
                continue
            cut = cut or len(data)
            rest = data[cut:]
            if not data[:cut].isascii():
                yield data[:cut]
        if not rest.isascii():
            yield rest
