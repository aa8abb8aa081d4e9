"""Words for columns in fifteen languages, from `languages.json`, written as `headings.heading_key` makes them.

Each language has words for Preo's column types, for an order and its number, and where the others do not already have
them for people, amounts, states, answers and what is kept as metadata.
"""

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, Final

from preo_mcp.api.models.data_imports import ColumnType

_DATA: Final[dict[str, Any]] = json.loads(
    files("preo_mcp.files.spreadsheets.columns").joinpath("languages.json").read_text(encoding="utf-8")
)
_TYPES: Final = frozenset(column_type.value for column_type in ColumnType)

LANGUAGES: Final[dict[str, dict[ColumnType, str]]] = {
    language: {ColumnType(kind): listed for kind, listed in said.items() if kind in _TYPES}
    for language, said in _DATA["languages"].items()
}
ORDER_WORDS: Final[dict[str, str]] = {language: said["order"] for language, said in _DATA["languages"].items()}
_NUMBER_WORDS: Final = "id number no nr num nummer code kode kod reference ref referens referenz referentie numer"


def number_words(language: str) -> str:
    """Return the words beside which a word of `ORDER_WORDS` is an order's number, in either order."""
    return _DATA["languages"][language].get("number", _NUMBER_WORDS)


@cache
def said(kind: str) -> frozenset[str]:
    """Return the words of all languages for a kind that is no column type, such as `buyer`, `total` or `sold`."""
    return frozenset(word for language in _DATA["languages"].values() for word in language.get(kind, "").split())


STRONG: Final = 0.92
"""How surely a word of `LANGUAGES` says what it says, if it is not among the weak ones."""
WEAK_WORDS: Final[dict[float, str]] = {float(sure): listed for sure, listed in _DATA["weak"].items()}
"""Words that say less, by how surely they say it."""
BARE_NAMES: Final = frozenset({"name", "navn", "namn", "naam", "nimi", "nafn"})
"""Headings that mean the last name when they stand beside a first name (usual in German and Dutch files)."""


def metadata_words() -> Iterator[tuple[str, str]]:
    """Yield what languages call usual metadata: a heading, and the key that it is kept under."""
    for key in ("discount_code", "note", "seat", "row"):
        for word in sorted(said(key)):
            yield word, key
