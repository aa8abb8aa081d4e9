"""What is masked cannot be guessed piece by piece: searches and counts that would single a customer out say nothing.

With masks a model sees `k•••@e•••.org` beside an id. By asking whether that customer is found by `ki`, or counted by a
condition that names the id and a guess, it could spell the rest out. So a search for customers finds what it names
whole (an e-mail address, a number, an id), or at least `FEWEST` customers; and counts below that are given as it.

This is a floor and no more: a guess that fits many shows which of them it fits, who knows a whole address finds whose
it is, and two large counts, with and without one customer, tell of that one.
"""

from collections.abc import Callable, Sequence, Set
from typing import Any, Final, cast

from preo_mcp.api.errors import ValidationError
from preo_mcp.replies.privacy.fields import KINDS, Kind
from preo_mcp.replies.privacy.people import parts_of

Fields = dict[str, Any]
"""An object in a result, as plain JSON values."""

FEWEST: Final = 5
"""Customers among whom one is not singled out."""
COUNTS: Final = frozenset(
    (
        *("matching", "matching_count", "user_count", "user_count_before", "total_recipients"),
        *("reachable_email", "reachable_sms"),
    )
)
"""Counts of the customers whom a condition means."""
BESIDE_COUNTS: Final = frozenset(
    (
        *("reachable", "reachable_count", "reachable_count_before", "reachable_at_most", "consented_count"),
        *("left_out", "skipped"),
    )
)
FAILED: Final = "error_count"
FAILURES: Final = frozenset({FAILED, "first_error"})
"""On how many customers a condition fails; few are told like none: it can be made to fail on one of them alone."""
ROWS: Final = frozenset({"samples", "first_rows"})
"""What tells more of the same customers."""
NOT_PERSONAL: Final = frozenset({"id", "order_number", "customer_id", "transaction_id", "external_id"})
"""Fields whose value a search may name whole."""
LOOKED_THROUGH: Final = "looked_through"
TELLS_OF_PARTS: Final = frozenset({"next", LOOKED_THROUGH})
"""What tells how many others have a text as a part."""
FLOOR_NOTE: Final = f"Counts of fewer than {FEWEST} customers are shown as {FEWEST}, without who they are."
COUNTRY_CODE: Final = 3
"""Digits of the longest one, which people leave out."""
SHORTEST_NUMBER: Final = 8
"""Digits; what is shorter is part of a number."""


def must_not_single_out(content: dict[str, Any], searched: Sequence[str]) -> dict[str, Any]:
    """Return a list of customers, or of what they bought, as a search for `searched` may show it.

    Raises:
        ValidationError: only few customers fit, if any, and none is named whole.
    """
    rows: list[dict[str, Any]] = content["results"]
    if not searched:
        return content
    whole = [row for row in rows if all(_names_whole(row, text) for text in searched)]
    if whole and len(whole) < len(rows):  # the others have it as a part
        shown = {name: value for name, value in content.items() if name not in TELLS_OF_PARTS}
        return {**shown, "results": whole, "returned": len(whole), "total": len(whole)}
    if whole:
        return {name: value for name, value in content.items() if name != LOOKED_THROUGH}
    people = {str(row.get("customer_id") or row.get("customer") or row.get("id")) for row in rows}
    if len(people) >= FEWEST:
        return content
    why = f"personal data is masked, and fewer than {FEWEST} customers on this page fit, or none"
    next_step = "Search for a whole e-mail address, phone number, order number or id, which the user can give."
    raise ValidationError("The search shows nothing", why, next_step)


def floored(content: Fields) -> Fields:
    """Return a result in which small counts of customers are given as `FEWEST`, without what tells more of them."""
    return cast("Fields", _in_each(content, _with_the_fewest)) if _has_any(content, COUNTS) else content


def without_few_failures(content: Fields) -> Fields:
    """Return a result that does not tell whether a condition fails on few customers or on none."""
    return cast("Fields", _in_each(content, _failing_on_many)) if _has_any(content, FAILURES) else content


def _has_any(value: Any, names: Set[str]) -> bool:
    """Whether one of the fields stands anywhere; mostly none does, and nothing has to be made anew."""
    if isinstance(value, list):
        return any(_has_any(item, names) for item in cast("list[Any]", value))
    if not isinstance(value, dict):
        return False
    fields = cast("Fields", value)
    inside = fields.values()
    return not names.isdisjoint(fields) or any(
        _has_any(item, names) for item in inside if isinstance(item, list | dict)
    )


def _in_each(value: Any, changed: Callable[[Fields], Fields]) -> Any:
    if isinstance(value, list):
        return [_in_each(item, changed) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    shown = changed(cast("Fields", value))
    return {name: _in_each(item, changed) if isinstance(item, list | dict) else item for name, item in shown.items()}


def _with_the_fewest(fields: Fields) -> Fields:
    small = {name for name in COUNTS.intersection(fields) if _is_small(fields[name])}
    if not small:
        return fields
    shown = {name: FEWEST if name in small else item for name, item in fields.items()}
    rows: Fields = {name: [] for name in ROWS & fields.keys()}
    return {name: item for name, item in shown.items() if name not in BESIDE_COUNTS | FAILURES} | rows


def _failing_on_many(fields: Fields) -> Fields:
    if not _is_small(fields.get(FAILED)):
        return fields
    return {name: item for name, item in fields.items() if name not in FAILURES}


def _is_small(count: object) -> bool:
    return isinstance(count, int) and not isinstance(count, bool) and count < FEWEST


def _names_whole(row: dict[str, Any], text: str) -> bool:
    """Whether a text is the whole of an id, an e-mail address or a phone number of a row, and not a name or a part."""
    wanted = text.strip().casefold()
    return any(_is_whole(name, str(value), wanted) for name, value in row.items())


def _is_whole(name: str, value: str, wanted: str) -> bool:
    kind = KINDS.get(name)
    if kind is Kind.ONE_LINE:
        return any(_is_value(of, part, wanted) for of, part in parts_of(value))
    return _is_value(kind, value, wanted) if kind else name in NOT_PERSONAL and value.casefold() == wanted


def _is_value(kind: Kind, value: str, wanted: str) -> bool:
    if kind is Kind.EMAIL:
        return value.casefold() == wanted
    if kind is not Kind.PHONE or any(letter.isalpha() for letter in wanted):
        return False
    has, asked = ("".join(filter(str.isdecimal, text)) for text in (value, wanted))
    missing = len(has) - len(asked)
    return len(asked) >= SHORTEST_NUMBER and has.endswith(asked) and missing <= COUNTRY_CODE
