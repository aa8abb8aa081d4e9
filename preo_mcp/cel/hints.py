"""What was probably meant: the nearest known field, name or function, or the way to write it."""

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from preo_mcp.cel.context import EDITION_VARIABLE, TYPES, USER, USER_VARIABLE, VARIABLES
from preo_mcp.cel.functions import FUNCTIONS

LEAST_LIKENESS: Final = 0.6
"""By difflib's ratio of names without case and underscores."""

SYNTAX: Final = {
    "and": "write && for and",
    "or": "write || for or",
    "not": "write ! for not",
    "&": "write && for and",
    "|": "write || for or",
    "=": "write == to compare",
    "<>": "write != to compare",
    "'": "end the text with the quote that it began with",
    '"': "end the text with the quote that it began with",
}
"""By how the rest of the condition begins; longer ones are looked for first."""

CALLABLE: Final = tuple(one.name for one in FUNCTIONS if one.name.isidentifier() and one.name != "in")


@dataclass(frozen=True, slots=True)
class Hints:
    """Hints for conditions with or without an edition."""

    has_edition: bool

    def field(self, name: str, owner: str) -> str | None:
        """Return the field of a type that is nearest to a name."""
        known = [field.name for field in TYPES[owner].fields] if owner in TYPES else []
        return _nearest(name, known)

    def function(self, name: str) -> str | None:
        """Return the function that is nearest to a name."""
        return _nearest(name, CALLABLE)

    def name(self, name: str) -> str | None:
        """Return the variable that is nearest to a name, or the user's field of this name."""
        first, _, rest = name.partition(".")
        if first == EDITION_VARIABLE.name and not self.has_edition:
            return "edition is there only with an edition_id"
        variables = [one.name for one in VARIABLES if self.has_edition or one is not EDITION_VARIABLE]
        near = _nearest(first, variables)
        if near is not None:
            return f"{near}.{rest}" if rest else near
        field = self.field(first, USER.name)
        return f"{USER_VARIABLE.name}.{field}" if field is not None and not rest else None

    def types(self, types: list[str]) -> str | None:
        """Return how types can be brought together that an operator does not take."""
        if "timestamp" in types and "string" in types:
            return "timestamp('2026-01-31T00:00:00Z')"
        lists = [one for one in types if one.startswith("list<")]
        if lists and len(types) > 1:
            return "size(...) for how many there are, exists(x, ...) for whether one is so"
        plain = {one.rstrip("?") for one in types}
        return "put text in quotes, and numbers and true or false without" if "string" in plain else None

    def selection(self, kind: str) -> str | None:
        """Return how to get at fields where the object is inside a list."""
        return "exists(x, x.field == ...) looks into the objects of a list" if kind.startswith("list<") else None

    def syntax(self, rest: str) -> str | None:
        """Return what to write where the condition cannot be read from `rest` on."""
        for wrong in sorted(SYNTAX, key=len, reverse=True):
            is_word = wrong.isalpha() and rest[len(wrong) : len(wrong) + 1].isalnum()
            if rest.startswith(wrong) and not is_word:
                return SYNTAX[wrong]
        return None


def _nearest(name: str, known: list[str] | tuple[str, ...]) -> str | None:
    plain = {one.replace("_", "").casefold(): one for one in known}
    found = get_close_matches(name.replace("_", "").casefold(), plain, n=1, cutoff=LEAST_LIKENESS)
    return plain[found[0]] if found else None
