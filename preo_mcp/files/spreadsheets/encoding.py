"""Which encoding a text file has: byte order mark, then NUL pattern, then strict UTF-8, then the letters themselves."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from preo_mcp.files.spreadsheets.letters import best_encoding
from preo_mcp.files.spreadsheets.table import UnreadableTable

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
_ENOUGH_WORDS = 5_000
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]")
_ASCII = bytes(range(128))
_CONTEXT = 24  # bytes beside a letter that may belong to its word
_WORD_END = re.compile(rb"[\s,;|\"]")
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
    evidence = _Evidence()
    for chunk in _high_chunks(path):
        evidence.add(chunk)
        if evidence.seen >= _ENOUGH_WORDS and not evidence.is_utf8:
            break
    if not evidence.is_utf8:
        guess = best_encoding(evidence.words)
        return Encoding(guess.name, notes=(guess.note,))
    notes: list[str] = []
    if evidence.broken:
        notes.append(f"The text is UTF-8 with damage; rows with it are reported ({evidence.broken} bytes).")
    if evidence.twice:
        notes.append("Some letters look as if the text had been converted twice (Ã¸ for ø); they are kept as they are.")
    return Encoding("utf-8", notes=tuple(notes))


class _Evidence:
    """What the bytes above 127 of a file speak for.

    Attributes:
        valid: Bytes that are UTF-8.
        broken: Bytes that are not.
        seen: Words with such bytes that were looked at.
        words: These words, with the number of times each was seen.
        twice: There is UTF-8 that was encoded twice.
    """

    def __init__(self) -> None:
        self.valid = self.broken = self.seen = 0
        self.words: dict[bytes, int] = {}
        self.twice = False

    @property
    def is_utf8(self) -> bool:
        """Whether the file is UTF-8, perhaps with a little damage."""
        return self.valid >= _STRAY_PER_VALID * self.broken

    def add(self, chunk: bytes) -> None:
        """Look at a piece of the file."""
        self.twice = self.twice or _TWICE.search(chunk) is not None
        try:
            self.valid += len(chunk) - len(chunk.decode("utf-8"))
        except UnicodeDecodeError:
            valid = sum(map(len, _MULTIBYTE.findall(chunk)))
            self.valid += valid
            self.broken += len(chunk.translate(None, _ASCII)) - valid
            self._collect(chunk)

    def _collect(self, chunk: bytes) -> None:
        end = 0
        for match in islice(_HIGH.finditer(chunk), _ENOUGH_WORDS):
            at = match.start()
            if at < end:
                continue
            after = _WORD_END.search(chunk, at, at + _CONTEXT)
            end = after.start() if after else at + _CONTEXT
            word = _WORD_END.split(chunk[max(0, at - _CONTEXT) : at])[-1] + chunk[at:end]
            self.words[word] = self.words.get(word, 0) + 1
            self.seen += 1


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
