"""The languages in which a person is asked: a catalogue file per language, keyed by the English text."""

import json
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Final

from preo_mcp.approval.quoting import CUT, as_data, quoted
from preo_mcp.approval.wording import Figure, Message, Personal, Series, Words
from preo_mcp.settings import Language
from preo_mcp.text.plain_text import MASKED

SHOWN_LENGTH: Final = 160
"""Characters of one foreign text that are shown."""
LINE_LENGTH: Final = 2 * SHOWN_LENGTH
"""Characters that the foreign texts of one sentence share, evenly."""
LEAST_LENGTH: Final = 40
"""What each of them gets in any case: ids are shorter."""
FRAME_LENGTH: Final = 10
"""What quotation marks, separator and the note of the reading direction take: so a few texts always fit."""

PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
_LETTER: Final = re.compile(r"[^\W\d_]")

THOUSANDS: Final = {
    Language.ENGLISH: ",",
    Language.DANISH: ".",
    Language.SWEDISH: " ",
    Language.DUTCH: ".",
    Language.POLISH: " ",
}
"""What groups the digits of a count: a comma would be a decimal point to a Dane."""


def in_language(words: Words, language: Language, *, masked: bool = False) -> str:
    """Return words as one line in `language`; `masked` puts dots in place of personal data.

    What a customer wrote stands in “…”, and so does other data unless it is a single plain word such as an id; each is
    cut by itself. Our own words and figures stand bare, so that nobody's text can be taken for them.
    """
    room = LINE_LENGTH if isinstance(words, Message) else SHOWN_LENGTH
    return _shown(words, language, room, masked=masked)


def counted(count: int, language: Language) -> str:
    """Return a count with its thousands apart: `1.250` in Danish."""
    return f"{count:,}".replace(",", THOUSANDS[language])


def translated(text: str, language: Language) -> str:
    """Return a text of ours in `language`; one without words, such as `{before} → {after}`, is the same in all.

    Raises:
        KeyError: the catalogue lacks it; a test demands that none does.
    """
    return text if language is Language.ENGLISH or is_wordless(text) else catalogue(language)[text]


def is_wordless(text: str) -> bool:
    """Return whether a text has nothing to be translated."""
    return _LETTER.search(PLACEHOLDER.sub("", text)) is None


@cache
def catalogue(language: Language) -> dict[str, str]:
    """Return a language's catalogue; it is read once."""
    return json.loads((files("preo_mcp.approval.languages") / f"{language}.json").read_text(encoding="utf-8"))


def _shown(words: Words, language: Language, room: int, *, masked: bool) -> str:
    match words:
        case Message(template, values):
            share = max(LEAST_LENGTH, room // max(1, len(values)))
            shown = {name: _shown(value, language, share, masked=masked) for name, value in values.items()}
            return translated(template, language).format(**shown)
        case Series(parts, separator):
            share = max(LEAST_LENGTH, room // max(1, len(parts)) - FRAME_LENGTH)
            return _fitting((_shown(part, language, share, masked=masked) for part in parts), separator, room)
        case Figure():
            return str(words)
        case Personal():
            return MASKED if masked and words else quoted(words, min(room, SHOWN_LENGTH))
        case str():
            return as_data(words, min(room, SHOWN_LENGTH))


def _fitting(texts: Iterable[str], separator: str, room: int) -> str:
    """The first texts, as many as there is room for."""
    line = ""
    for text in texts:
        longer = f"{line}{separator}{text}" if line else text
        if len(longer) > room and line:
            return f"{line}{separator}{CUT}"
        line = longer
    return line
