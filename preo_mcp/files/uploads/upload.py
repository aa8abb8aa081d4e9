"""One upload: what is known of it, how large and how old it may become, and why something about it is refused."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import PurePath, PureWindowsPath
from typing import Final

from preo_mcp.api.errors import PreoError
from preo_mcp.text.plain_text import one_line

UPLOAD_ID: Final = re.compile(r"upl_[0-9a-f]{24}")
FILE_LIMIT: Final = 256 * 1024 * 1024
"""Bytes of a file, whichever way it comes other than through a model."""
PIECE: Final = 1024 * 1024
"""Bytes of a piece at most."""
MOST_OPEN: Final = 8
"""Uploads of one caller that are not complete."""
MOST_BYTES: Final = 1024**3
"""Of all uploads of one caller together."""
UNFINISHED: Final = timedelta(hours=1)
"""How long an upload is waited for, however slowly it comes."""
KEPT: Final = timedelta(hours=24)
"""How long a complete one is kept."""
NAME_LENGTH: Final = 200


class State(StrEnum):
    """How far an upload is."""

    WAITING = "waiting"
    RECEIVING = "receiving"
    COMPLETE = "complete"


class Refusal(StrEnum):
    """Why an upload goes no further."""

    GONE = "gone"
    SECRET = "secret"  # noqa: S105 - a kind of refusal
    COMPLETE = "complete_before"
    INCOMPLETE = "incomplete"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    NO_ROOM = "no_room"
    EMPTY = "empty"
    NAME = "name"
    PRIVATE = "private"
    PIECE = "piece"
    GAP = "gap"
    OVERLAP = "overlap"
    DIFFERENT = "different"
    UNUSABLE = "unusable"


_AGAIN: Final = "Ask for it once more: receive_file, or preo-mcp put FILE."
_GO_ON: Final = "Go on where it stands."
_MEGABYTES: Final = 1024 * 1024

WHY: Final[dict[Refusal, tuple[str, str]]] = {
    Refusal.GONE: ("there is no such upload, or no longer", _AGAIN),
    Refusal.SECRET: ("it was opened somewhere else, or its address was used before", _AGAIN),
    Refusal.COMPLETE: ("it is complete already", "Use it, or ask for another one."),
    Refusal.INCOMPLETE: ("the file is not there yet", "Wait until the user has put it in: receive_file with upload."),
    Refusal.TOO_LARGE: (f"a file has at most {FILE_LIMIT // _MEGABYTES} MB", "Split it into smaller files."),
    Refusal.TOO_MANY: (f"{MOST_OPEN} files are waited for already", "Put one of them in, or wait for an hour."),
    Refusal.NO_ROOM: ("there is no room for it", "Wait until others are complete, or free some space."),
    Refusal.EMPTY: ("the file is empty", "Choose another one."),
    Refusal.NAME: ("the file has no name, or that of a key, which no tool touches", "Choose another one."),
    Refusal.PRIVATE: ("it looks like a secret or a private key, and no tool reads those", "Choose another one."),
    Refusal.PIECE: (f"a piece has 1 to {PIECE} bytes", "Send smaller ones."),
    Refusal.GAP: ("a piece is missing before this one", _GO_ON),
    Refusal.OVERLAP: ("the piece reaches from what is there into what is not", _GO_ON),
    Refusal.DIFFERENT: ("another piece is there already: the file changed meanwhile", "Start again."),
    Refusal.UNUSABLE: (
        "what keeps it cannot be used: the state folder, or the Redis of PREO_LEDGER_URL",
        "Free some space there, or check the permissions.",
    ),
}
"""The reason and what to do, for a model and a terminal."""


class UploadRefused(PreoError):
    """What was not taken, or not given; `refusal` is the reason.

    Attributes:
        received: How many bytes are there, where that tells how to go on.
    """

    def __init__(self, refusal: Refusal, received: int | None = None) -> None:
        super().__init__("The upload did not go on", *WHY[refusal])
        self.refusal = refusal
        self.received = received


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload.

    Attributes:
        id: `upl_…`.
        owner: Whose it is; empty for this computer's user.
        expires: When it is gone, in UTC.
        state: How far it is.
        name: The file's, without a folder; empty until it begins.
        size: Bytes that were announced.
        mark: What tells the same file from a changed one; the browser's time of its last change.
        received: Bytes that are there.
        address: The digest of the secret that opens it, once; None where there is none.
        session: The digest of the secret of whoever opened it.
    """

    id: str
    owner: str
    expires: datetime
    state: State = State.WAITING
    name: str = ""
    size: int = 0
    mark: str = ""
    received: int = 0
    address: str | None = None
    session: str | None = None

    @property
    def is_complete(self) -> bool:
        """Whether the whole file is there, and was looked at."""
        return self.state is State.COMPLETE


def file_name(text: str) -> str:
    """Return a file's name as it may be shown and written: one line, no folder, not too long; its ending is kept."""
    name = one_line(PureWindowsPath(PurePath(text).name).name)
    stem, dot, ending = name.rpartition(".")
    if len(name) <= NAME_LENGTH:
        return name
    return f"{stem[: NAME_LENGTH - len(ending) - 1]}.{ending}" if dot and len(ending) < 10 else name[:NAME_LENGTH]
