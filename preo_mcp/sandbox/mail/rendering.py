"""From a message's templates and the values of its variables to plain blocks, with a note of all that went wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from preo_mcp.api.models.email_messages import BlockType
from preo_mcp.sandbox.mail.liquid import Deadline, TemplateFault, compiled
from preo_mcp.sandbox.store import Doc
from preo_mcp.text.plain_text import one_line

SCHEMES = frozenset({"http", "https", "mailto"})
"""Where a link can lead."""
URL_LETTERS = "%/:?#[]@!$&'()*+,;=~"
"""Characters of an address that stay as they are; any other is percent-encoded (RFC 3986)."""

SUBJECT, TEXT, URL, ALT = "subject", "text", "url", "alt"
LIQUID_FIELDS = (TEXT, URL, ALT)

FileAddress = Callable[[str], str | None]
"""Gives the address of a file by its id, None for one that is gone."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A block as it is shown: plain text and safe addresses."""

    type: str
    text: str = ""
    url: str = ""
    alt: str = ""


@dataclass(slots=True)
class Rendering:
    """A message as it is shown; what could not be rendered is left out and named in `problems`."""

    subject: str = ""
    pieces: list[Piece] = field(default_factory=list[Piece])
    undefined: list[Doc] = field(default_factory=list["Doc"])
    problems: list[Doc] = field(default_factory=list["Doc"])


@dataclass(frozen=True, slots=True)
class _Place:
    """A template's place in the message: the block from 1, None for the subject."""

    block: int | None
    field: str


class _Unshown(Exception):
    """A block that is left out; why stands among the problems."""


def render(message: Doc, values: Mapping[str, object], file_address: FileAddress) -> Rendering:
    """Return a stored message as it is shown with `values`; whatever its templates do, nothing is raised."""
    return _Renderer(values, file_address).render(message)


class _Renderer:
    def __init__(self, values: Mapping[str, object], file_address: FileAddress) -> None:
        self._values = values
        self._file_address = file_address
        self._deadline = Deadline()
        self._done = Rendering()

    def render(self, message: Doc) -> Rendering:
        try:
            self._done.subject = one_line(self._liquid(message["subject"], _Place(None, SUBJECT)))
        except _Unshown:
            self._done.subject = one_line(message["title"])
        for number, block in enumerate(message["blocks"], 1):
            try:
                self._done.pieces.append(self._piece(block, number))
            except _Unshown:
                continue
        return self._done

    def _piece(self, block: Doc, number: int) -> Piece:
        shown = {
            name: self._liquid(block[name], _Place(number, name)).strip() for name in LIQUID_FIELDS if block.get(name)
        }
        match block["type"]:
            case BlockType.BUTTON:
                shown[URL] = self._safe(shown[URL], _Place(number, URL))
            case BlockType.IMAGE if block.get("file_id"):
                shown[URL] = self._file(block["file_id"], number)
            case BlockType.IMAGE:
                shown[URL] = self._safe(shown[URL], _Place(number, URL))
            case BlockType.ORDER_SUMMARY if "order" not in self._values:
                raise self._unshown(_Place(number, "type"), "Messages of this type are about no order.")
            case _:
                pass
        return Piece(block["type"], **shown)

    def _liquid(self, source: str, place: _Place) -> str:
        try:
            rendered = compiled(source).render(self._values, self._deadline)
        except TemplateFault as fault:
            raise self._unshown(place, fault.message, fault.line) from None
        for one in rendered.missing:
            self._done.undefined.append(_note(place, name=one.name, line=one.line))
        return rendered.text

    def _safe(self, url: str, place: _Place) -> str:
        try:
            is_safe = urlsplit(url).scheme.lower() in SCHEMES
        except ValueError:
            is_safe = False
        if not is_safe:
            raise self._unshown(place, "Not an address that begins with https://, http:// or mailto:.")
        return quote(url, safe=URL_LETTERS)

    def _file(self, file_id: str, number: int) -> str:
        address = self._file_address(file_id)
        if address is None:
            raise self._unshown(_Place(number, "file_id"), "The file is gone.")
        return address

    def _unshown(self, place: _Place, message: str, line: int | None = None) -> _Unshown:
        self._done.problems.append(_note(place, message=message, line=line))
        return _Unshown()


def _note(place: _Place, *, name: str | None = None, message: str | None = None, line: int | None) -> Doc:
    return {"name": name, "message": message, "block": place.block, "field": place.field, "line": line}
