"""The exports of one shop, month by month: the same layout, other orders, and what changed."""

from typing import Any

from tests.door import EDITION, Door
from tests.tools.workflows.other_edition import completed

PEOPLE = (
    ("kirsten.holm@example.org", "Kirsten Holm", "20 12 34 56"),
    ("jens.krogh@example.org", "Jens Krogh", "20 12 34 57"),
    ("ida.lund@example.org", "Ida Lund", "+45 22 61 04 18"),
    ("bo.aagaard@example.org", "Bo Aagaard", "+45 22 61 04 19"),
    ("ea.thomsen@example.org", "Ea Thomsen", "+45 22 61 04 20"),
)
HEADINGS = "Order ID,Email,Full name,Phone,SKU,Product,Quantity,Price,Status,Currency"
ROWS = (
    "DAY,Day ticket,1,30.00,paid,EUR",
    "XC,Camping spot,2,10.00,paid,EUR",
    "DAY,Day ticket,4,30.00,refunded,EUR",
    "POSTER,Poster,1,8.00,paid,EUR",
    "DAY,Day ticket,1,30.00,paid,SEK",
)
SETTLE = ("states: leave_out", "currency: leave_out", "products.XC: CAMP", "products.POSTER: skip")
"""One order of two pieces of CAMP and one of a DAY are what is written then."""
AS_THEN = "2 orders, 3 pieces, 50.00 EUR"
TAKE = "remembered: take"


def export(month: str, *changes: tuple[str, str], headings: str = HEADINGS) -> str:
    """Return the file of a month, such as `A`, with texts of its rows changed."""
    lines = [f"{month}-{at},{','.join(PEOPLE[at])},{row}" for at, row in enumerate(ROWS)]
    for old, new in changes:
        assert any(old in line for line in lines), old
        lines = [line.replace(old, new) for line in lines]
    return "\n".join((headings, *lines, ""))


async def first(door: Door, text: str, *settle: str, **more: Any) -> dict[str, Any]:
    """Give a file for the first time."""
    arguments = {"file_name": "export.csv", "settle": list(settle), **more}
    return await door.done("prepare_import", **{"edition_id": EDITION, "text": text, **arguments})


async def then(door: Door, prepared: dict[str, Any], *settle: str) -> dict[str, Any]:
    """Settle more of a file that is kept."""
    return await door.done("prepare_import", source=prepared["source"], settle=list(settle))


async def imported(door: Door, month: str = "A", *settle: str) -> dict[str, Any]:
    """Import a month's file to its end, settled as the first month was unless otherwise said."""
    return await completed(door, await first(door, export(month), *(settle or SETTLE)))


def open_keys(prepared: dict[str, Any]) -> list[str]:
    """Return the keys of what is open."""
    return [one["key"] for one in prepared["decisions"]]


def told(prepared: dict[str, Any], key: str) -> dict[str, str]:
    """Return what holds for a key."""
    return next(one for one in prepared["told"] if one["key"] == key)
