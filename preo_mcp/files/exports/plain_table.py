"""The plain table in Preo's own column types, written from an export and what was settled about it.

Its cells are canonical: addresses and E.164 numbers, prices as `123.45` with the currency's decimals. Any reader reads
them alike.
"""

import csv
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TextIO

from preo_mcp.api.models.data_imports import ColumnType
from preo_mcp.files.exports import phones
from preo_mcp.files.exports.account import Chosen, Figures, Rules
from preo_mcp.files.exports.amounts import share, written
from preo_mcp.files.exports.lines import NO_SHARE, Line, Shape, Share
from preo_mcp.files.exports.order_reader import MOST_SHAPES, Order, OrderReader
from preo_mcp.files.exports.phones import PhoneCount
from preo_mcp.files.exports.profile import Cells
from preo_mcp.files.exports.roles import Role
from preo_mcp.files.exports.study import Study

SINGLE: Final = (
    ColumnType.ORDER_ID,
    ColumnType.ITEM_ID,
    ColumnType.CUSTOMER_EMAIL,
    ColumnType.CUSTOMER_PHONE,
    ColumnType.CUSTOMER_FIRST_NAME,
    ColumnType.CUSTOMER_LAST_NAME,
    ColumnType.CUSTOMER_FULL_NAME,
    ColumnType.PRODUCT_CODE,
    ColumnType.PRODUCT_NAME,
    ColumnType.QUANTITY,
    ColumnType.UNIT_PRICE,
)
_LONGEST_KEY: Final = 255


class PlainColumn(NamedTuple):
    """A column of the plain table: its heading, and what it is to be mapped to."""

    heading: str
    column_type: ColumnType
    metadata_key: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What was written, counted while it was.

    Attributes:
        columns: Of the table, in order.
        rows: Of the table.
        figures: Orders, pieces and sums.
        phones: How the numbers of the orders were read.
        products: Pieces by product code.
    """

    columns: tuple[PlainColumn, ...]
    rows: int
    figures: Figures
    phones: PhoneCount
    products: Mapping[str, int] = field(default_factory=dict[str, int])


class PlainTable:
    """Writes the plain table of one settlement.

    Args:
        study: The file.
        chosen: The options that hold.
        prefix: Put before every order number.
        product: The code of the product of a file that names none.
    """

    def __init__(self, study: Study, chosen: Chosen, prefix: str, product: str) -> None:
        self._study, self._chosen, self._prefix, self._product = study, chosen, prefix, product
        self._rules = Rules(chosen, study.edition.currency, study.readings, study.proof.place)
        self._by_person = chosen.get("people") == "attendee"
        self._made = chosen.get("order_numbers", "made") == "made"
        self._by_name = chosen.get("code") == "name_throughout"
        at = study.roles.at
        self._order, self._item = at.get(Role.ORDER), at.get(Role.ITEM)
        self._code, self._name = at.get(Role.CODE), at.get(Role.NAME)
        self._metadata = [
            (one.place, one.key, one.of_order or chosen.get(f"metadata.{one.key}") == "order")
            for one in study.roles.metadata
        ]
        self._people = _People(study, chosen)
        self._twice, self._products = Counter[str](), Counter[str]()
        self._figures, self._rows = Figures(), 0

    def write(self, to: TextIO) -> Written:
        """Write it as CSV; `to` is best opened with `newline=""` and UTF-8."""
        order, ticket = ColumnType.ORDER_METADATA, ColumnType.PURCHASE_METADATA
        columns = [PlainColumn(one.value, one) for one in SINGLE]
        columns += [PlainColumn(key, order if whole else ticket, key) for _, key, whole in self._metadata]
        writer = csv.writer(to, lineterminator="\n")
        writer.writerow([column.heading for column in columns])
        writer.writerows(self._all_rows())
        return Written(tuple(columns), self._rows, self._figures, self._people.count, dict(self._products))

    def _all_rows(self) -> Iterator[Sequence[object]]:
        reader = self._study.reader()
        for rows in self._study.orders():
            found = reader.read(rows)
            shape = found.shape
            shares = shape.shares
            if shares is None:
                shares = shape.shares = tuple(self._share(line) for line in shape.lines)
            if any(one.pieces for one in shares):
                yield from self._order_rows(found, rows, shares)
            if len(reader.shapes) > MOST_SHAPES:
                self._add_up(reader)
        self._add_up(reader)

    def _share(self, line: Line) -> Share:
        """What becomes of a line; pieces whose amount does not divide evenly become two rows."""
        rules = self._rules
        pieces = line.kept if rules.by_pieces else line.ordered
        if pieces <= 0 or rules.left_out(line.sig):
            return NO_SHARE
        currency = rules.currency_of(line.sig)
        if not line.sig.is_priced(rules.reading):
            return Share(pieces, 0, currency, ((pieces, ""),))
        each, odd = divmod(line.amounts[rules.used], line.ordered)
        some = ((min(odd, pieces), each + 1), (pieces - min(odd, pieces), each))
        rows = tuple((count, written(price, currency)) for count, price in some if count)
        return Share(pieces, share(line.amounts[rules.used], line.ordered, pieces), currency, rows)

    def _order_rows(self, found: Order, rows: list[Cells], shares: Sequence[Share]) -> Iterator[Sequence[object]]:
        people, shape = found.people, found.shape
        shape.count += 1
        number = self._number(rows[0])
        several = self._by_person and len(shape.persons) > 1
        buyer = found.buyer or next(one for one in people if one)
        who = self._people.of_buyer(rows, buyer)
        known = dict[str, Sequence[str]]()
        for row, person, part in zip(rows, people, shares, strict=True):
            if not part.pieces:
                continue
            own = number
            if self._by_person and (several or person.lower() != buyer.lower()):
                key = person.lower()
                if key not in known:
                    known[key] = self._people.of_guest(rows, people, person, buyer)
                    self._figures.orders += 1
                who = known[key]
                own = f"{number}/{_digest(key)}" if number and several else number
            yield from self._line_rows(own, who, row, rows, part)
        if not known:
            self._figures.orders += 1

    def _line_rows(
        self, number: str, who: Sequence[str], row: Cells, rows: list[Cells], part: Share
    ) -> Iterator[Sequence[object]]:
        name = row[self._name].strip() if self._name is not None else ""
        code = self._code_of(row, name)
        item = row[self._item].strip() if self._item is not None else ""
        more = [row[place].strip() or (_first(rows, place) if whole else "") for place, _, whole in self._metadata]
        for quantity, price in part.rows:
            self._rows += 1
            self._products[code] += quantity
            yield number, item, *who, code, name, quantity, price, *more

    def _code_of(self, row: Cells, name: str) -> str:
        if self._study.without_products:
            return self._product
        code = row[self._code].strip() if self._code is not None else ""
        if self._by_name and name:
            code = name
        return (code or self._study.codes.get(name) or name)[:_LONGEST_KEY]

    def _number(self, row: Cells) -> str:
        number = row[self._order].strip() if self._order is not None else ""
        if number:
            return f"{self._prefix}{number}"
        if not self._made:
            return ""
        number = self._study.made_number(row)
        if hash(number) in self._study.repeated:
            self._twice[number] += 1
            if self._twice[number] > 1:
                number = f"{number}-{self._twice[number]}"
        return f"{self._prefix}{number}"

    def _add_up(self, reader: OrderReader) -> None:
        """Count what the shapes met so far wrote, and forget them."""
        for shape in reader.shapes.values():
            self._add_shape(shape)
        reader.shapes.clear()

    def _add_shape(self, shape: Shape) -> None:
        for part in shape.shares or ():
            if part.pieces:
                blank = part.pieces if part.rows[0][1] == "" else 0
                self._figures.add(
                    0, shape.count * part.pieces, part.currency, shape.count * part.amount, shape.count * blank
                )


def _digest(person: str) -> str:
    """What tells a person's part of an order from the others', the same in every export of it."""
    return hashlib.blake2b(person.encode(), digest_size=4).hexdigest()


def _first(rows: Sequence[Cells], place: int | None) -> str:
    """The first value of an order at a place."""
    return "" if place is None else next((cell for row in rows if (cell := row[place].strip())), "")


class _People:
    """Tells e-mail, phone and names of a buyer, or of the one whom rows are for."""

    def __init__(self, study: Study, chosen: Chosen) -> None:
        at = study.roles.at
        self.count = PhoneCount()
        self._own = Role.GUEST_EMAIL in at  # where guests have a column of their own, they have nothing of the buyer's
        self._phone = at.get(Role.PHONE)
        self._country = at.get(Role.COUNTRY) if chosen.get("phones", "column") == "column" else None
        self._region = phones.region_of(study.edition.calling_code)
        buyer = (Role.FIRST_NAME, Role.LAST_NAME, Role.FULL_NAME)
        guest = (Role.GUEST_FIRST_NAME, Role.GUEST_LAST_NAME, Role.GUEST_FULL_NAME)
        self._guest_names = [at.get(role) for role in guest]
        self._buyer_names = [at.get(role) for role in buyer]
        if not any(place is not None for place in self._buyer_names) and not self._own:
            self._buyer_names = self._guest_names

    def of_buyer(self, rows: Sequence[Cells], address: str) -> Sequence[str]:
        """Return the cells of an order's buyer."""
        return address, self._read_phone(rows), *_names(rows, self._buyer_names)

    def of_guest(self, rows: Sequence[Cells], people: Sequence[str], person: str, buyer: str) -> Sequence[str]:
        """Return the cells of somebody else of the order, who inherits nothing of the buyer's."""
        own = [row for row, one in zip(rows, people, strict=True) if one.lower() == person.lower()]
        if person.lower() == buyer.lower() or not self._own:
            return self.of_buyer(own, person)
        return person, "", *_names(own, self._guest_names)

    def _read_phone(self, rows: Sequence[Cells]) -> str:
        cell = _first(rows, self._phone)
        if not cell:
            return ""
        phone = phones.read(cell, _first(rows, self._country), self._region)
        self.count.add(phone)
        return phone.text


def _names(rows: Sequence[Cells], places: Sequence[int | None]) -> tuple[str, str, str]:
    first, last, full = (_first(rows, place) for place in places)
    return (first, last, "") if first or last else ("", "", full)
