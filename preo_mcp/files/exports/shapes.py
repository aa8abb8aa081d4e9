"""What an order's few-valued cells come to: its lines with state, currency, pieces and amounts.

Orders whose few-valued cells are the same have the same shape, worked out once and then only counted. That is what
makes a file of a million rows quick, and because the table is written from the same shapes, what is announced and
what is written cannot drift apart by a rule that stands twice.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

from preo_mcp.files.exports import amounts
from preo_mcp.files.exports.amounts import Mark, rounded, spread, unit_of
from preo_mcp.files.exports.cells import MOST_IN_ORDER, MOST_PIECES, quantity
from preo_mcp.files.exports.lines import LOOSE, NOTHING, Goods, Key, Line, Shape, Sig
from preo_mcp.files.exports.readings import OF_ORDER, Basis, Reading
from preo_mcp.files.exports.refunds import settle_refunds
from preo_mcp.files.exports.roles import MONEY, Role, Roles
from preo_mcp.files.exports.states import Kind, State, state_of, worst

ORDER_MONEY: Final = (Role.TOTAL, Role.DISCOUNT, Role.TAX, Role.SHIPPING, Role.FEE, Role.REFUND)
_OF_ORDER: Final = (Role.CURRENCY, *ORDER_MONEY)
"""These stand on one row and count for all; pieces and prices do not."""
_PICKED: Final = (*_OF_ORDER, Role.QUANTITY, Role.NET_QUANTITY, Role.RETURNED, *sorted(MONEY - {*ORDER_MONEY}))
MOST_CLASSES: Final = 4096
_SIGNED: Final = (Role.PRICE, Role.LINE_TOTAL, Role.TOTAL)
UNTOLD: Final = Goods(coded=True, named=True, product="", identity="")
_MINUS: Final = frozenset({Role.LINE_DISCOUNT, Role.DISCOUNT})


class Shapes:
    """Works out the shapes of a file.

    Args:
        roles: Where everything stands.
        readings: The ways in which amounts can be read.
        marks: The decimal mark of each place that holds money.
        home: The edition's currency.
        assumed: The reading by which refunded amounts are told as pieces; None while nothing is proven.
        goods_of: What is known of a product by code and name; None where a key says it, because there are too many.
    """

    def __init__(
        self,
        roles: Roles,
        readings: Sequence[Reading],
        marks: Mapping[int, Mark | None],
        home: str,
        assumed: int | None,
        goods_of: Callable[[str, str], Goods] | None,
    ) -> None:
        self._readings, self._home, self._assumed, self._goods_of = readings, home, assumed, goods_of
        self._service = roles.service
        places = [place for place, _ in roles.states]
        self._states = tuple((at, reads) for at, (_, reads) in enumerate(roles.states))
        goods = (Role.CODE, Role.NAME) if goods_of is not None else ()
        picked = [role for role in (*_PICKED, *goods) if role in roles.at]
        places += [roles.at[role] for role in picked]
        self._at = {role: len(roles.states) + at for at, role in enumerate(picked)}
        self._marks = [marks.get(place) for place in places]
        of_order = len(roles.states) + sum(role in _OF_ORDER for role in picked)
        self._once = tuple(at for at, place in enumerate(places[:of_order]) if place in roles.once)
        self.pick = picker(places)
        self._money_at = tuple((role, at) for role, at in self._at.items() if role in MONEY)
        self._order_money = tuple((role, self._at[role]) for role in ORDER_MONEY if role in self._at)
        self._classes = dict[tuple[str, ...], tuple[State, str]]()

    def work_out(self, key: Key) -> Shape:
        """Return the shape of orders with these cells."""
        picked = self._with_once(key.picked)
        persons = key.persons or (0,) * len(picked)
        troubles = key.troubles or ("",) * len(picked)
        goods = key.goods or [self._goods(cells) for cells in picked]
        values = [list[int]() for _ in self._readings]
        lines = [
            self._line(cells, trouble, good, values)
            for cells, trouble, good in zip(picked, troubles, goods, strict=True)
        ]
        money = self._of_order(picked)
        self._share_out(lines, values, money, picked)
        minor = {role: rounded(amount, lines[0].sig.currency) for role, amount in money.items()}
        _hold_to_limit(lines)
        back = minor.get(Role.REFUND, 0) + rounded(key.back, lines[0].sig.currency)
        settle_refunds(lines, back, self._assumed)
        _mark_beside(lines)
        classes = tuple(
            frozenset(line.sig for line, who in zip(lines, persons, strict=True) if who == one)
            for one in sorted(set(persons))
        )
        proves = all(_proves(line) for line in lines)
        return Shape(lines, classes, minor, proves)

    def _with_once(self, picked: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
        """The cells, what stands on one row of the order filled in on the others."""
        if len(picked) == 1 or not self._once:
            return picked
        head = {at: min((cells[at] for cells in picked if cells[at]), default="") for at in self._once}
        return tuple(tuple(cell or head.get(at, "") for at, cell in enumerate(cells)) for cells in picked)

    def _goods(self, cells: tuple[str, ...]) -> Goods:
        code, name = (cells[self._at[role]] if role in self._at else "" for role in (Role.CODE, Role.NAME))
        return self._goods_of(code.strip(), name.strip()) if self._goods_of is not None else UNTOLD

    def _line(self, cells: tuple[str, ...], trouble: str, goods: Goods, values: list[list[int]]) -> Line:
        state, currency = self._class_of(cells)
        (ordered, kept), (money, unreadable) = self._pieces(cells), self._money(cells)
        negative = any(money.get(role, 0) < 0 for role in _SIGNED)
        pieces = (ordered or 1) if negative else (ordered or 0)
        if not negative:
            nothing = "" if goods.coded or goods.named else "no product"
            trouble = trouble or nothing or _trouble(ordered, unreadable=unreadable)
            negative = pieces < 0
        for column, reading in zip(values, self._readings, strict=True):
            column.append(_value(reading, money, pieces))
        refund = LOOSE if negative else "" if pieces else NOTHING
        has_own = Role.LINE_TOTAL in money or Role.TOTAL in self._at
        blank = ("" if Role.PRICE in money else "l") + ("" if has_own else "o")
        sig = Sig(*state, currency, trouble, goods.coded, "" if trouble else refund, blank, goods.product)
        gone = state.kind is Kind.GONE
        kept = pieces if kept is None or gone else max(0, min(kept, pieces))
        return Line(
            sig,
            goods.identity,
            -abs(pieces) if negative else pieces,
            0 if negative else kept,
            [],
            rounded(money.get(Role.LINE_TOTAL, 0), currency),
            rounded(money.get(Role.LINE_FEE, 0), currency),
            0 if gone else abs(rounded(money.get(Role.LINE_REFUND, 0), currency)),
        )

    def _class_of(self, cells: tuple[str, ...]) -> tuple[State, str]:
        named = cells[self._at[Role.CURRENCY]] if Role.CURRENCY in self._at else ""
        key = (named, *(cells[at] for at, _ in self._states))
        known = self._classes.get(key)
        if known is None:
            if len(self._classes) > MOST_CLASSES:
                self._classes.clear()
            state = worst(state_of(cells[at], reads, self._service) for at, reads in self._states)
            known = self._classes[key] = state, amounts.currency_in(named, self._home) or self._home
        return known

    def _pieces(self, cells: tuple[str, ...]) -> tuple[int | None, int | None]:
        """Pieces ordered (None where that cannot be read) and, where the file says so, kept."""

        def number(role: Role) -> int | None:
            return quantity(cells[self._at[role]]) if role in self._at else None

        ordered, net = number(Role.QUANTITY), number(Role.NET_QUANTITY)
        if Role.QUANTITY not in self._at:
            ordered = net if Role.NET_QUANTITY in self._at else 1
        returned = number(Role.RETURNED)
        if net is None and returned and ordered is not None:
            net = ordered - abs(returned)
        return ordered, net

    def _money(self, cells: tuple[str, ...]) -> tuple[dict[Role, int], bool]:
        out, unreadable = dict[Role, int](), False
        for role, at in self._money_at:
            if cells[at]:
                amount = amounts.read(cells[at], self._marks[at])
                if amount is not None:
                    out[role] = amount
                elif role is Role.PRICE:
                    unreadable = True
        return out, unreadable

    def _of_order(self, picked: tuple[tuple[str, ...], ...]) -> dict[Role, int]:
        """What stands once for the order, or the same on all rows, in millionths."""
        out = dict[Role, int]()
        for role, at in self._order_money:
            found = {cells[at] for cells in picked if cells[at]}
            amount = amounts.read(min(found), self._marks[at]) if found else None
            if amount is not None:
                out[role] = amount
        return out

    def _share_out(
        self, lines: list[Line], values: list[list[int]], money: dict[Role, int], picked: tuple[tuple[str, ...], ...]
    ) -> None:
        """Give each line its amounts, with what stands once for the order spread over them."""
        whole = {term: amount for term in OF_ORDER if (amount := _to_spread(term, money))}
        order = _in_order(lines, picked) if whole else []
        for column, reading in zip(values, self._readings, strict=True):
            if whole and any(term in whole for term in reading.terms):
                _spread_over(column, lines, order, reading, whole)
                _round_together(column, order, lines[0].sig.currency)
            for line, value in zip(lines, column, strict=True):
                # Preo takes the product's own price where a row has none, whatever is spread over the others
                amount = rounded(value, line.sig.currency) if value and line.sig.is_priced(reading) else 0
                line.amounts.append(-abs(amount) if line.ordered < 0 else max(0, amount))


def _to_spread(term: Role, money: dict[Role, int]) -> int:
    """What a term of the order adds to its lines together."""
    amount = money.get(term, 0)
    if term is Role.TOTAL and amount:
        return amount - money.get(Role.SHIPPING, 0)
    return -abs(amount) if term in _MINUS else amount


def _in_order(lines: list[Line], picked: tuple[tuple[str, ...], ...]) -> list[int]:
    """Lines by their cells, so that odd minor units fall on the same ones however they lie."""
    return sorted(range(len(lines)), key=lambda at: (picked[at], lines[at].sig))


def _spread_over(
    column: list[int], lines: list[Line], order: list[int], reading: Reading, whole: dict[Role, int]
) -> None:
    """Add what stands once for the order to what its lines cost under a reading."""
    listed = reading.basis is Basis.LISTED
    weights = [max(0, column[at] if listed else lines[at].ordered) for at in order]
    for term in reading.terms:
        if amount := whole.get(term):
            sign = -1 if amount < 0 else 1
            for at, part in zip(order, spread(abs(amount), weights), strict=True):
                column[at] += sign * part


def _round_together(column: list[int], order: list[int], currency: str) -> None:
    """Round to minor units so that the lines still come to what they came to together."""
    unit = unit_of(currency)
    total = given = 0
    for at in order:
        total += column[at]
        upto = rounded(total, currency) * unit
        column[at], given = upto - given, upto


def picker(places: Sequence[int]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """Return what takes the cells at some places from a row, as a tuple always."""
    if len(places) > 1:
        return itemgetter(*places)
    only = tuple(places)
    return lambda row: tuple(row[place] for place in only)


def _value(reading: Reading, money: dict[Role, int], pieces: int) -> int:
    """What a row says by itself under a reading, in millionths."""
    if reading.basis is Basis.LISTED:
        value = abs(money.get(Role.PRICE, 0)) * abs(pieces)
        value -= abs(money.get(Role.LINE_DISCOUNT, 0)) if Role.LINE_DISCOUNT in reading.terms else 0
        return value + (money.get(Role.LINE_TAX, 0) if Role.LINE_TAX in reading.terms else 0)
    return sum(abs(money.get(term, 0)) for term in reading.terms if term in (Role.PRICE, Role.LINE_TOTAL))


def _trouble(ordered: int | None, *, unreadable: bool) -> str:
    if ordered is None:
        return "no quantity"
    if ordered > MOST_PIECES:
        return f"more than {MOST_PIECES} pieces"
    return "no readable price" if unreadable else ""


def _hold_to_limit(lines: list[Line]) -> None:
    if sum(max(0, line.ordered) for line in lines) > MOST_IN_ORDER:
        for line in lines:
            line.sig = line.sig._replace(trouble=line.sig.trouble or f"more than {MOST_IN_ORDER} pieces in an order")


def _mark_beside(lines: list[Line]) -> None:
    """Tell the good rows of an order of which another cannot be taken, unless that one is gone anyway."""
    if len(lines) > 1 and any(line.sig.trouble and line.sig.kind is not Kind.GONE for line in lines):
        for line in lines:
            if not line.sig.trouble:
                line.sig = line.sig._replace(beside=True)


def _proves(line: Line) -> bool:
    """Whether a line can prove what its order's total means: services differ in what that is for cancelled ones."""
    sig = line.sig
    return not sig.trouble and sig.kind in (Kind.SOLD, Kind.PART) and line.ordered >= 0
