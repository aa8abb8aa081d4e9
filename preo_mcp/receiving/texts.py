"""What the upload card and page say, in the person's language."""

from typing import Final

from preo_mcp.approval.languages import in_language
from preo_mcp.approval.wording import Figure, Message, say
from preo_mcp.files.uploads.upload import FILE_LIMIT, Refusal
from preo_mcp.settings import Language

MOST: Final = Figure(str(FILE_LIMIT // 1024**2))
ASK_AGAIN: Final = say("Ask the assistant for another place to put the file.")
ANOTHER: Final = say("Choose another file.")

_DONE: Final = Figure("{done}")
_WHOLE: Final = Figure("{whole}")
_NUMBER: Final = Figure("{number}")

WHY: Final[dict[Refusal, tuple[Message, Message]]] = {
    Refusal.GONE: (say("This upload is over, or was never asked for."), ASK_AGAIN),
    Refusal.SECRET: (say("This upload was opened somewhere else."), ASK_AGAIN),
    Refusal.COMPLETE: (say("This file is here already."), say("Tell the assistant to go on.")),
    Refusal.INCOMPLETE: (say("The file did not arrive whole."), say("Choose it once more.")),
    Refusal.TOO_LARGE: (say("A file may have {size} MB at most.", size=MOST), ANOTHER),
    Refusal.TOO_MANY: (say("Too many files are waited for already."), ASK_AGAIN),
    Refusal.NO_ROOM: (say("There is no room for this file."), say("Choose a smaller one, or try again later.")),
    Refusal.EMPTY: (say("This file is empty."), ANOTHER),
    Refusal.NAME: (say("This file has the name of a key, which no tool touches."), ANOTHER),
    Refusal.PRIVATE: (say("This file looks like a secret or a private key, and was not kept."), ASK_AGAIN),
    Refusal.PIECE: (say("The file did not arrive whole."), say("Choose it once more.")),
    Refusal.GAP: (say("The file did not arrive whole."), say("Choose it once more.")),
    Refusal.OVERLAP: (say("The file did not arrive whole."), say("Choose it once more.")),
    Refusal.DIFFERENT: (say("The file changed while it was read."), say("Choose it once more.")),
    Refusal.UNUSABLE: (say("The file cannot be kept on this computer."), say("Free some space, then try again.")),
}
"""What happened, and what to do."""

_WORDS: Final[dict[str, Message]] = {
    "arrived": say("The file is here."),
    "choose": say("Choose a file"),
    "columns": say("Columns"),
    "first_rows": say("First rows"),
    "go_on": say("Go on"),
    "here": say("It goes to preo-mcp, not through the assistant."),
    "interrupted": say("The upload was interrupted."),
    "interrupted_next": say("Go on, or choose the same file: it continues where it stopped."),
    "large": say("A file may have {size} MB at most.", size=MOST),
    "loading": say("Loading…"),
    "megabytes": say("{done} of {whole} MB", done=_DONE, whole=_WHOLE),
    "more_columns": say("Further columns: {number}", number=_NUMBER),
    "no_table": say("It holds no table."),
    "one": say("Drop one file only."),
    "page_go_on": say("You can close this page. If the assistant does not go on by itself, tell it to."),
    "reading": say("Looking into the file…"),
    "script": say("This page needs JavaScript. Hand the file over in a terminal instead:"),
    "sending": say("Receiving the file…"),
    "service": say("Written by"),
    "sheet": say("Sheet"),
    "size": say("Size"),
    "stop": say("Stop"),
    "stopped": say("Stopped."),
    "tell": say("This host did not tell the assistant: tell it yourself."),
    "tells": say("The assistant is being told."),
    "title": say("Which file shall the assistant work with?"),
    "told": say("The assistant knows."),
    "unreachable": say("preo-mcp does not answer."),
    "unreachable_next": say("Ask the assistant once more, or hand the file over in a terminal: preo-mcp put FILE"),
    "zone": say("Drop it here"),
}
"""What the scripts say, by key."""


def words(language: Language) -> dict[str, str]:
    """Return what the scripts of the card and the page say, by key."""
    return {key: in_language(message, language) for key, message in _WORDS.items()}


def told(refusal: Refusal, language: Language) -> dict[str, str]:
    """Return a refusal as a person reads it: what it is (`state`), what happened (`message`), what to do (`next`)."""
    message, next_step = (in_language(part, language) for part in WHY[refusal])
    return {"state": refusal, "message": message, "next": next_step}
