"""Text made comparable for search: `SØREN`, `søren` and `Soren` are the same.

What is searched is stored folded, and what is searched for is folded the same way. Search is then for a part of the
stored text, as it stands: no character of it is a wildcard.
"""

import unicodedata

NOT_DECOMPOSED = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ß": "ss", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)
"""Letters that Unicode does not take apart into a base letter and a mark."""


def folded(text: str) -> str:
    """Return `text` without case and accents: `Kjærgård`, `KJAERGARD` and `kjærgard` are all `kjaergard`."""
    if text.isascii():
        return text.lower()
    # Compatibility forms decompose into capitals, and some capitals fold into a letter and a mark: hence both twice.
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text.casefold()).casefold())
    return "".join(part for part in decomposed if not unicodedata.combining(part)).translate(NOT_DECOMPOSED)
