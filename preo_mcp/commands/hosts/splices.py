"""One contiguous change of a text, and what every way of editing a host's file promises of it."""

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Splice:
    """`old` at `start` becomes `new`; all else stays.

    Attributes:
        start: In characters.
        old: What stands there.
        new: What takes its place.
    """

    start: int
    old: str
    new: str

    def applied(self, text: str) -> str:
        """Return the changed text."""
        return text[: self.start] + self.new + text[self.start + len(self.old) :]


class Editor(Protocol):
    """Edits the entry of one name in texts of one format; each method raises ValueError where the text is broken.

    A `ValueError` says what is wrong and in which line; nothing is guessed.
    """

    def entry(self, text: str) -> Any | None:
        """Return what the entry says, or None where there is none."""
        ...

    def put(self, text: str, data: dict[str, Any]) -> Splice | None:
        """Return the change that brings the entry, or brings it up to date; None where it says that already."""
        ...

    def take_out(self, text: str) -> Splice | None:
        """Return the change that removes the entry and what belongs to it alone; None where there is none."""
        ...

    def others(self, text: str) -> Any:
        """Return all that is not the entry, in a form in which two texts can be compared."""
        ...


def end_of_line(text: str) -> str:
    """Return how the lines of a text end: as its first one does."""
    at = text.find("\n")
    return "\r\n" if at > 0 and text[at - 1] == "\r" else "\n"


def undone(editor: Editor, text: str, put: Splice) -> Splice | None:
    """Return the change that takes `put` back where it stands in `text` still, whatever else has changed since.

    None where it does not, or where that would change more than the entry.
    """
    at = text.find(put.new)
    if at < 0 or not put.new or text.find(put.new, at + 1) >= 0:
        return None
    back = Splice(at, put.new, put.old)
    try:
        left = back.applied(text)
        is_clean = editor.entry(left) is None and editor.others(left) == editor.others(text)
    except ValueError:
        return None
    return back if is_clean else None
