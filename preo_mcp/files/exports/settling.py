"""What a caller settles: `"states: leave_out"`, an override `"states.pending: take"`, an argument `"prefix: TS-"`."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from preo_mcp.api.errors import ValidationError
from preo_mcp.files.exports.roles import Role

READING: Final = ("sheet", "layout", "decimals", "email", "columns")
"""Keys that change what a row is: the file is understood anew."""
KEYS: Final = (
    *READING,
    "product",
    "products",
    "quantity",
    "states",
    "currency",
    "unusable",
    "fee_rows",
    "code",
    "refunds",
    "refund_rows",
    "discount_rows",
    "price",
    "people",
    "phones",
    "order_numbers",
    "prefix",
    "metadata",
)
"""All keys, in the order in which their decisions hold: each sees what those before it leave."""
DOTTED: Final = frozenset({"columns", "products", "states", "metadata"})
"""Keys that may name one of their cases: `states.pending`, `columns.Listing ID`."""
_NAMED: Final = 8
_NOT_SETTLED: Final = "The decision was not settled"


@dataclass(frozen=True)
class Wishes:
    """What was settled, by key; a key with a case is `key.case`."""

    by_key: Mapping[str, str]

    def get(self, key: str) -> str | None:
        """Return what was settled for a key, None for nothing."""
        return self.by_key.get(key)

    def cases(self, key: str) -> dict[str, str]:
        """Return what was settled for single cases of a key, by case."""
        start = f"{key}."
        return {name.removeprefix(start): said for name, said in self.by_key.items() if name.startswith(start)}

    def reading(self) -> tuple[tuple[str, str], ...]:
        """Return what changes how the file is understood; equal where it need not be understood anew."""
        roots = {*READING, "product", "products", "refund_rows"}
        return tuple(sorted((key, said) for key, said in self.by_key.items() if root_of(key) in roots))


def root_of(key: str) -> str:
    """Return a key without its case."""
    return key.partition(".")[0]


def parsed(settled: Iterable[str]) -> Wishes:
    """Read what a caller settles.

    Args:
        settled: Strings such as `"states: leave_out"`; of two for one key the later counts.

    Raises:
        ValidationError: One is no pair of key and option, or its key does not exist.
    """
    found = dict[str, str]()
    for text in settled:
        dotted = root_of(text) in DOTTED
        key, colon, option = text.rpartition(":") if dotted and "." in text else text.partition(":")
        key, option = key.strip(), option.strip()
        if not colon or not key or not option:
            raise ValidationError(
                _NOT_SETTLED,
                f"{text[:80]!r} is no key and option",
                'Write each as "key: option", such as "states: take".',
            )
        if root_of(key) not in KEYS or ("." in key and root_of(key) not in DOTTED):
            raise ValidationError(_NOT_SETTLED, f"there is no decision {key[:80]!r}", near(root_of(key), KEYS))
        found[key] = option
    return Wishes(found)


def refuse_option(key: str, option: str, options: Sequence[str]) -> ValidationError:
    """Return the error for an option that a decision does not have."""
    return ValidationError(_NOT_SETTLED, f"{key} has no option {option[:80]!r}", near(option, options))


def near(name: str, names: Sequence[str]) -> str:
    """Return which name was perhaps meant, else which there are."""
    if close := get_close_matches(name, names, 2):
        return f"Perhaps {' or '.join(map(repr, close))}."
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"There are {', '.join(names[:_NAMED])}{more}." if names else "Leave it out."


def told_columns(header: tuple[str, ...], wishes: Wishes) -> dict[str, str]:
    """Return the meanings that a caller gives columns, by heading.

    Raises:
        ValidationError: There is no such column or meaning.
    """
    out = dict[str, str]()
    for heading, said in wishes.cases("columns").items():
        out[_heading(header, heading)] = said
        if said not in {role.value for role in Role}:
            raise refuse_option(f"columns.{heading}", said, [role.value for role in Role])
    if email := wishes.get("email"):
        out[_heading(header, email)] = Role.EMAIL
    return out


def _heading(header: tuple[str, ...], said: str) -> str:
    found = next((heading for heading in header if heading.strip().casefold() == said.casefold()), None)
    if found is None:
        raise ValidationError(_NOT_SETTLED, f"there is no column {said[:80]!r}", near(said, header))
    return found


def matches(pattern: str, text: str) -> bool:
    """Whether a text is a pattern, in which `*` and `…` stand for anything, whatever the case."""
    parts = re.split(r"\*|…", pattern.casefold())
    return re.fullmatch(".*".join(map(re.escape, parts)), text.casefold()) is not None
