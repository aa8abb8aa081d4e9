"""Columns that no heading names and that arithmetic proves: how many pieces, and what a row of an order costs."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final

from preo_mcp.files.exports.amounts import FINE, looks_like_price, read
from preo_mcp.files.exports.profile import Cells, Level, Profile
from preo_mcp.files.exports.roles import Role, role_of
from preo_mcp.files.spreadsheets.columns.headings import heading_key

_ENOUGH: Final = 3
"""Rows or orders that have to agree; fewer may do so by chance."""
_UNIT: Final = 10**FINE
_MOST_PIECES: Final = 1000


def reckoned(at: Mapping[Role, int], profile: Profile, rows: Sequence[Cells]) -> dict[Role, int]:
    """Return the places of what the rows' own amounts prove, none where two columns could be it.

    A price that may as well be its order's total has both roles, of the order and of the row: that is asked.

    Args:
        at: What is known already, by its heading.
        profile: What the columns hold.
        rows: Some rows of the file, those of one order beside each other.
    """
    free = [
        place
        for place, column in enumerate(profile.columns)
        if column.filled and place not in at.values() and role_of(heading_key(column.heading)) is None
    ]
    found = dict[Role, int]()
    if not {Role.QUANTITY, Role.NET_QUANTITY} & set(at):
        pieces = [place for place in free if _are_pieces(place, at, profile, rows)]
        if len(pieces) == 1:
            found[Role.QUANTITY] = pieces[0]
    total = _total_of_orders(at, profile)
    if total is not None:
        costs = [place for place in free if _are_costs(place, at.get(Role.ORDER), total, profile, rows)]
        if len(costs) == 1:
            found |= {Role.TOTAL: total, Role.LINE_TOTAL: costs[0]}
        elif total == at.get(Role.PRICE) and _is_of_orders(total, at, profile):
            found |= {Role.TOTAL: total, Role.LINE_TOTAL: total}
    return found


def _is_of_orders(price: int, at: Mapping[Role, int], profile: Profile) -> bool:
    """Whether different products of an order always cost the same, but not those of different orders."""
    goods = at.get(Role.NAME, at.get(Role.CODE))
    several = goods is not None and profile.columns[goods].differs >= _ENOUGH
    return several and len(profile.columns[price].values) > 1


def _total_of_orders(at: Mapping[Role, int], profile: Profile) -> int | None:
    """Where totals stand that rows may add up to: also under `Price`, if that is the same on all rows of each order."""
    if Role.LINE_TOTAL in at or (Role.PRICE in at and Role.TOTAL in at):
        return None
    if (price := at.get(Role.PRICE)) is not None:
        return price if profile.level(price) is Level.REPEATED else None
    return at.get(Role.TOTAL)


def _are_pieces(place: int, at: Mapping[Role, int], profile: Profile, rows: Sequence[Cells]) -> bool:
    """Whether the price times these is what each row comes to, and not only because all of them are 1."""
    price, whole = at.get(Role.PRICE), at.get(Role.LINE_TOTAL)
    if whole is None and not profile.several:
        whole = at.get(Role.TOTAL)
    if price is None or whole is None or whole == price:
        return False
    tested, many = 0, 0
    for row in rows:
        each, comes_to, pieces = read(row[price], None), read(row[whole], None), read(row[place], None)
        if not each or comes_to is None:
            continue
        if pieces is None or pieces % _UNIT or not 0 < pieces <= _MOST_PIECES * _UNIT:
            return False
        if each * (pieces // _UNIT) != comes_to:
            return False
        tested, many = tested + 1, many + (pieces > _UNIT)
    return tested >= _ENOUGH and many > 0


def _are_costs(place: int, order: int | None, total: int, profile: Profile, rows: Sequence[Cells]) -> bool:
    """Whether these add up to each order's total, of orders whose rows differ in them too."""
    if order is None or profile.level(place) is not Level.ROW:
        return False
    if not all(map(looks_like_price, profile.columns[place].values)):
        return False
    tested, several = 0, 0
    for costs, comes_to in _orders(rows, order, total, place):
        if sum(costs) != comes_to:
            return False
        tested, several = tested + 1, several + (len(costs) > 1)
    return tested >= _ENOUGH and several > 0


def _orders(rows: Sequence[Cells], order: int, total: int, place: int) -> Iterator[tuple[list[int], int]]:
    """Yield each order's amounts and its total; not the last one's, of which further rows may follow."""
    groups = [list(some) for _, some in groupby(rows, key=lambda row: row[order])]
    for some in groups[:-1]:
        said = next((amount for row in some if (amount := read(row[total], None)) is not None), None)
        costs = [amount for row in some if (amount := read(row[place], None)) is not None]
        if said is not None and len(costs) == len(some):
            yield costs, said
