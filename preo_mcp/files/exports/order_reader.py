"""An order's rows read: the shape that they have, whom each is for, and who bought."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from preo_mcp.files.exports.amounts import unit_of
from preo_mcp.files.exports.cells import address
from preo_mcp.files.exports.lines import LOOSE, Goods, Key, Shape
from preo_mcp.files.exports.profile import Cells
from preo_mcp.files.exports.roles import Role, Roles
from preo_mcp.files.exports.shapes import Shapes

NO_ADDRESS: Final = "no e-mail address"
BAD_ADDRESS: Final = "unreadable e-mail address"
MOST_SHAPES: Final = 3_500
"""Shapes that are kept at once; what they count is summed up and forgotten then."""


class Order(NamedTuple):
    """An order as it was read: its shape, the address that each row is for, and the buyer's (empty for none)."""

    shape: Shape
    people: list[str]
    buyer: str


@dataclass
class GivenBack:
    """Refunds that stand in rows of their own, apart from the sales that they belong to; amounts in millionths.

    Attributes:
        by_number: By the order number that they refer to.
        by_buyer: By address and amount, where nothing refers; how many there are.
        met: Numbers and buyers whose sale was found.
    """

    by_number: Counter[str]
    by_buyer: Counter[tuple[str, int]]
    met: Counter[str]

    @classmethod
    def nothing(cls) -> "GivenBack":
        """Return no refunds."""
        return cls(Counter(), Counter(), Counter())

    def __bool__(self) -> bool:
        return bool(self.by_number or self.by_buyer)


class OrderReader:
    """Reads orders; what they have in common is worked out once.

    Args:
        roles: Where everything stands.
        shapes: Works out what is met for the first time.
        goods_of: What is known of a product; used here only where there are too many for shapes to tell apart.
        given_back: Refunds of sales that stand elsewhere.
        assumed: The reading that tells what a sale came to.
    """

    def __init__(
        self,
        roles: Roles,
        shapes: Shapes,
        goods_of: Callable[[str, str], Goods] | None,
        given_back: GivenBack,
        assumed: int,
    ) -> None:
        at: Mapping[Role, int] = roles.at
        self.shapes = dict[Key, Shape]()
        self._work_out, self._pick, self._goods_of = shapes.work_out, shapes.pick, goods_of
        self._email, self._guest = at.get(Role.EMAIL), at.get(Role.GUEST_EMAIL)
        self._goods_at = at.get(Role.CODE), at.get(Role.NAME)
        self._number, self._assumed = at.get(Role.ORDER), assumed
        self._given_back, self._pending = given_back, Counter(given_back.by_buyer)
        given_back.met.clear()

    def read(self, rows: list[Cells]) -> Order:
        """Read an order by its rows."""
        people, buyer, persons, troubles = self._people(rows)
        goods = () if self._goods_of is None else self._goods(rows)
        key = Key(tuple(map(self._pick, rows)), persons, troubles, goods, 0)
        shape = self._shape(key)
        if self._given_back and (back := self._back(rows, shape, people)):
            shape = self._shape(key._replace(back=back))
        return Order(shape, people, buyer)

    def _shape(self, key: Key) -> Shape:
        shape = self.shapes.get(key)
        if shape is None:
            shape = self.shapes[key] = self._work_out(key)
        return shape

    def _people(self, rows: Sequence[Cells]) -> tuple[list[str], str, tuple[int, ...], tuple[str, ...]]:
        at = self._email
        cells = [""] * len(rows) if at is None else [row[at] for row in rows]
        buyer = address(cells[0]) if cells[0] else ""
        if self._guest is None and buyer and cells.count(cells[0]) + cells.count("") == len(cells):  # nearly always
            return [buyer] * len(cells), buyer, (), ()
        buyer = buyer or next((found for cell in cells if (found := address(cell))), "")
        guests = cells if self._guest is None else [row[self._guest] for row in rows]
        people = [address(cell) or buyer for cell in guests]
        keys = [person.lower() for person in people]
        persons = () if keys.count(keys[0]) == len(keys) else tuple(map(keys.index, keys))
        if all(people):
            return people, buyer, persons, ()
        troubles = (
            "" if person else BAD_ADDRESS if cell.strip() or guest.strip() else NO_ADDRESS
            for person, cell, guest in zip(people, cells, guests, strict=True)
        )
        return people, buyer, persons, tuple(troubles)

    def _goods(self, rows: Sequence[Cells]) -> tuple[Goods, ...]:
        code_at, name_at = self._goods_at
        assert self._goods_of is not None  # noqa: S101 - only called where it is given
        goods = (
            self._goods_of(
                row[code_at].strip() if code_at is not None else "", row[name_at].strip() if name_at is not None else ""
            )
            for row in rows
        )
        return tuple(one._replace(identity="") for one in goods)

    def _back(self, rows: Sequence[Cells], shape: Shape, people: Sequence[str]) -> int:
        """What rows elsewhere in the file give back of this order, in millionths."""
        if any(line.sig.refund == LOOSE for line in shape.lines):
            return 0
        number = "" if self._number is None else rows[0][self._number].strip()
        if number and (back := self._given_back.by_number[number]):
            self._given_back.met[number] += 1
            return back
        worth = sum(line.amounts[self._assumed] for line in shape.lines) * unit_of(shape.lines[0].sig.currency)
        buyer = people[0].lower(), worth
        if worth and self._pending[buyer] > 0:
            self._pending[buyer] -= 1
            self._given_back.met[buyer[0]] += 1
            return worth
        return 0
