"""The plain table in Preo's own column types, written from an export and what was settled about it.

Its cells are canonical: addresses and E.164 numbers, prices as `123.45` with the currency's decimals. Any reader reads
them alike.
"""

import csv
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol, TextIO

from preo_mcp.api.models.data_imports import ColumnType
from preo_mcp.files.exports import phones
from preo_mcp.files.exports.account import Chosen, Figures, Rules
from preo_mcp.files.exports.amounts import share, written
from preo_mcp.files.exports.cells import LONGEST_KEY, unescaped
from preo_mcp.files.exports.cells import address as address_of
from preo_mcp.files.exports.lines import NO_SHARE, Line, Shape, Share
from preo_mcp.files.exports.order_reader import MOST_SHAPES, Order, OrderReader
from preo_mcp.files.exports.phones import PhoneCount
from preo_mcp.files.exports.profile import Cells
from preo_mcp.files.exports.roles import Role
from preo_mcp.files.exports.study import Study

SINGLE: Final = (
    ColumnType.ORDER_ID,
    ColumnType.CUSTOMER_EMAIL,
    ColumnType.CUSTOMER_PHONE,
    ColumnType.CUSTOMER_FIRST_NAME,
    ColumnType.CUSTOMER_LAST_NAME,
    ColumnType.CUSTOMER_FULL_NAME,
    ColumnType.ITEM_ID,
    ColumnType.PRODUCT_CODE,
    ColumnType.PRODUCT_NAME,
    ColumnType.QUANTITY,
    ColumnType.UNIT_PRICE,
)
FILLED_BY: Final = MappingProxyType(
    {
        ColumnType.CUSTOMER_PHONE: (Role.PHONE,),
        ColumnType.CUSTOMER_FIRST_NAME: (Role.FIRST_NAME, Role.GUEST_FIRST_NAME),
        ColumnType.CUSTOMER_LAST_NAME: (Role.LAST_NAME, Role.GUEST_LAST_NAME),
        ColumnType.CUSTOMER_FULL_NAME: (Role.FULL_NAME, Role.GUEST_FULL_NAME),
        ColumnType.ITEM_ID: (Role.ITEM,),
    }
)
"""What the file has to have, so that a column of the plain table is not empty; the others never are."""
WRITTEN_AT_ONCE: Final = 500
"""Rows that are collected before they are written."""
_LONGEST_NUMBER: Final = 200
"""Characters of an order's number, which leave room for a prefix and for what tells attendees apart."""


class _Writer(Protocol):
    def writerows(self, rows: Iterable[Iterable[object]], /) -> None: ...


class Watch(Protocol):
    """Is told what becomes of each row of the file, which is traced then."""

    def wrote(self, row: Cells, number: str, code: str, made: Sequence[tuple[object, ...]]) -> None:
        """A row of the file became rows of the table, under an order's number there and a product's code."""
        ...

    def finished(self, found: Order, rows: list[Cells], rules: Rules) -> None:
        """All rows of an order are dealt with."""
        ...


class PlainColumn(NamedTuple):
    """A column of the plain table: its heading, and what it is to be mapped to."""

    heading: str
    column_type: ColumnType
    metadata_key: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What was written, counted while it was.

    Attributes:
        columns: Of the table, in order, without those that nothing in the file fills.
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
        watch: Is told what becomes of each row.
    """

    def __init__(self, study: Study, chosen: Chosen, watch: Watch | None = None) -> None:
        self._study, self._chosen, self._watch = study, chosen, watch
        prefix = chosen.get("prefix", "")
        self._prefix, self._product = "" if prefix == "none" else prefix, chosen.get("product", "")
        self._rules = Rules(chosen, study.edition.currency, study.readings, study.proof.place)
        self._by_person = chosen.get("people") == "attendee"
        self._made = chosen.get("order_numbers", "made") == "made"
        self._by_name = chosen.get("code") == "name_throughout"
        at = study.roles.at
        self._order, self._item = at.get(Role.ORDER), at.get(Role.ITEM)
        self._code, self._name = at.get(Role.CODE), at.get(Role.NAME)
        self._metadata = tuple(
            (one.place, one.key, one.of_order or chosen.get(f"metadata.{one.key}") == "order")
            for one in study.roles.metadata
        )
        self._people = _People(study, chosen)
        self._twice, self._products = Counter[str](), dict[str, int]()
        self._known = dict[tuple[str, str], tuple[str, str]]()
        self._figures, self._rows = Figures(), 0
        self._out = list[tuple[object, ...]]()

    def write(self, to: TextIO) -> Written:
        """Write it as CSV; `to` is best opened with `newline=""` and UTF-8."""
        order, ticket = ColumnType.ORDER_METADATA, ColumnType.PURCHASE_METADATA
        columns = [PlainColumn(one.value, one) for one in SINGLE]
        columns += [PlainColumn(key, order if whole else ticket, key) for _, key, whole in self._metadata]
        writer = csv.writer(to, lineterminator="\n")
        writer.writerow([column.heading for column in columns])
        reader, out = self._study.reader(), self._out
        for rows in self._study.orders(traced=self._watch is not None):
            found = reader.read(rows)
            shape = found.shape
            if shape.shares is None:
                shape.shares = self._shares(shape)
            if shape.shares:
                self._take_order(found, rows, shape.shares)
            if self._watch is not None:
                self._watch.finished(found, rows, self._rules)
            if len(out) > WRITTEN_AT_ONCE:
                self._flush(writer)
            if len(reader.shapes) > MOST_SHAPES:
                self._add_up(reader)
        self._flush(writer)
        self._add_up(reader)
        filled = tuple(column for column in columns if self._is_filled(column.column_type))
        return Written(filled, self._rows, self._figures, self._people.count, self._products)

    def _is_filled(self, column_type: ColumnType) -> bool:
        fills = FILLED_BY.get(column_type)
        return fills is None or any(role in self._study.roles.at for role in fills)

    def _flush(self, writer: "_Writer") -> None:
        self._rows += len(self._out)
        writer.writerows(self._out)
        self._out.clear()

    def _shares(self, shape: Shape) -> tuple[Share, ...]:
        """What becomes of an order's lines; nothing where none comes in."""
        shares = tuple(self._share(line) for line in shape.lines)
        return shares if any(one.rows for one in shares) else ()

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

    def _take_order(self, found: Order, rows: list[Cells], shares: Sequence[Share]) -> None:
        people, buyer = found.people, found.buyer
        found.shape.count += 1
        number = self._number(rows[0])
        if self._by_person and (len(found.shape.persons) > 1 or people[0].lower() != buyer.lower()):
            self._take_persons(found, rows, shares, number)
            return
        self._figures.orders += 1
        head = (number, *self._people.of_buyer(rows, buyer or next(one for one in people if one)))
        for row, part in zip(rows, shares, strict=True):
            if part.rows:
                self._take_row(head, row, rows, part)

    def _take_persons(self, found: Order, rows: list[Cells], shares: Sequence[Share], number: str) -> None:
        """An order that becomes an order for each person; several have numbers of their own."""
        people, several = found.people, len(found.shape.persons) > 1
        known = dict[str, tuple[str, ...]]()
        for row, person, part in zip(rows, people, shares, strict=True):
            if not part.rows:
                continue
            key = person.lower()
            if key not in known:
                own = f"{number}/{_digest(key)}" if number and several else number
                known[key] = (own, *self._people.of_guest(rows, people, person, found.buyer))
                self._figures.orders += 1
            self._take_row(known[key], row, rows, part)

    def _take_row(self, head: tuple[str, ...], row: Cells, rows: list[Cells], part: Share) -> None:
        code, name = self._product_of(row)
        item = "" if self._item is None else row[self._item].strip()
        more = self._metadata and tuple(
            row[place].strip() or (_first(rows, place) if whole else "") for place, _, whole in self._metadata
        )
        for quantity, price in part.rows:
            self._products[code] = self._products.get(code, 0) + quantity
            self._out.append((*head, item, code, name, quantity, price, *more))
        if self._watch is not None:
            self._watch.wrote(row, head[0], code, self._out[-len(part.rows) :])

    def _product_of(self, row: Cells) -> tuple[str, str]:
        """Code and name of a row, remembered for the few that most files have."""
        cells = "" if self._code is None else row[self._code], "" if self._name is None else row[self._name]
        known = self._known.get(cells)
        if known is None:
            if len(self._known) > MOST_SHAPES:
                self._known.clear()
            name = unescaped(cells[1].strip())
            known = self._known[cells] = self._code_of(cells[0].strip(), name), name
        return known

    def _code_of(self, code: str, name: str) -> str:
        if self._study.without_products:
            return self._product
        if self._by_name and name:
            code = name
        return (code or self._study.codes.get(name) or name)[:LONGEST_KEY]

    def _number(self, row: Cells) -> str:
        number = row[self._order].strip() if self._order is not None else ""
        if len(number) > _LONGEST_NUMBER:
            number = f"{number[: _LONGEST_NUMBER - 9]}-{_digest(number)}"
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
    if place is None:
        return ""
    if cell := rows[0][place].strip():
        return cell
    return next((cell for row in rows if (cell := row[place].strip())), "") if len(rows) > 1 else ""


class _People:
    """Tells e-mail, phone and names of a buyer, or of the one whom rows are for."""

    def __init__(self, study: Study, chosen: Chosen) -> None:
        at = study.roles.at
        self.count = PhoneCount()
        # with a column of their own, guests have nothing of the buyer's
        self._guest = at.get(Role.GUEST_EMAIL)
        self._phone = at.get(Role.PHONE)
        self._country = at.get(Role.COUNTRY) if chosen.get("phones", "column") == "column" else None
        self._region = phones.region_of(study.edition.calling_code)
        buyer = (Role.FIRST_NAME, Role.LAST_NAME, Role.FULL_NAME)
        guest = (Role.GUEST_FIRST_NAME, Role.GUEST_LAST_NAME, Role.GUEST_FULL_NAME)
        self._guest_names = [at.get(role) for role in guest]
        self._buyer_names = [at.get(role) for role in buyer]
        if not any(place is not None for place in self._buyer_names) and self._guest is None:
            self._buyer_names = self._guest_names

    def of_buyer(self, rows: Sequence[Cells], address: str) -> tuple[str, ...]:
        """Return the cells of an order's buyer: address, phone, first, last and full name."""
        first, last, full = _names(rows, self._buyer_names)
        if self._guest is not None and not (first or last or full):
            own = [row for row in rows if address_of(row[self._guest]).lower() == address.lower()]
            first, last, full = _names(own, self._guest_names) if own else ("", "", "")
        phone = "" if self._phone is None else rows[0][self._phone].strip() or _first(rows, self._phone)
        if phone:
            found = phones.read(phone, _first(rows, self._country), self._region)
            self.count.add(found)
            phone = found.text
        return address, phone, first, last, full

    def of_guest(self, rows: Sequence[Cells], people: Sequence[str], person: str, buyer: str) -> tuple[str, ...]:
        """Return the cells of somebody else of the order, who inherits nothing of the buyer's."""
        own = [row for row, one in zip(rows, people, strict=True) if one.lower() == person.lower()]
        if person.lower() == buyer.lower() or self._guest is None:
            return self.of_buyer(own, person)
        return person, "", *_names(own, self._guest_names)


def _names(rows: Sequence[Cells], places: Sequence[int | None]) -> tuple[str, str, str]:
    first, last = unescaped(_first(rows, places[0])), unescaped(_first(rows, places[1]))
    return (first, last, "") if first or last else ("", "", unescaped(_first(rows, places[2])))
