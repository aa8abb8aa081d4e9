"""Exports made of a vocabulary of what goes wrong in exports, with what each order really is beside them."""

import csv
import io
import random
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import strategies as st

HEADINGS = (
    "Order ID",
    "Email",
    "Attendee email",
    "Status",
    "Currency",
    "SKU",
    "Product name",
    "Quantity",
    "Unit price",
    "Lineitem discount",
    "Discount Amount",
    "Total",
    "Refunded Amount",
    "Phone",
    "Billing Country",
    "Note",
)
SOLD = ("paid", "Completed", "")
NOT_SOLD = ("refunded", "cancelled", "pending", "odd state")
PARTLY = "partially_refunded"
MONEY = st.sampled_from([0, 999, 3000, 3333, 125050])


@dataclass
class Ticket:
    """A row; `quantity` as it is written."""

    product: str
    coded: bool
    named: bool
    quantity: str
    price: int
    off: int
    guest: str


@dataclass
class Sale:
    """An order."""

    state: str
    currency: str
    email: str
    tickets: list[Ticket]
    off: int
    back: int
    notes: bool = False

    def total(self) -> int:
        """What the shop says it came to."""
        return sum(one.price * pieces(one) - one.off for one in self.tickets) - self.off


@dataclass
class Export:
    """Sales, and how they are written."""

    sales: list[Sale]
    blank: bool
    columns: frozenset[str] = field(default_factory=lambda: frozenset(HEADINGS))
    comma: bool = False

    def rows(self) -> list[list[str]]:
        """The rows in the order of the sales."""
        out = list[list[str]]()
        for number, sale in enumerate(self.sales):
            for place, ticket in enumerate(sale.tickets):
                head = place == 0 or not self.blank
                out.append(self._row(number, sale, ticket, head=head, place=place))
        return out

    def _row(self, number: int, sale: Sale, ticket: Ticket, *, head: bool, place: int) -> list[str]:
        order = [self.money(sale.off), self.money(sale.total()), self.money(sale.back)] if head else ["", "", ""]
        return [
            f"N{number}",
            sale.email if head else "",
            ticket.guest,
            sale.state if head else "",
            sale.currency if head else "",
            ticket.product if ticket.coded else "",
            f"Product {ticket.product}" if ticket.named else "",
            ticket.quantity,
            self.money(ticket.price),
            self.money(ticket.off),
            *order,
            "0470 12 34 56" if head else "",
            "BE" if head else "",
            f"note {place}" if sale.notes else "",
        ]

    def money(self, minor: int) -> str:
        """An amount as it is written."""
        return f"{minor / 100:.2f}".replace(".", "," if self.comma else ".")

    def text(self, rows: list[list[str]] | None = None) -> str:
        """The file."""
        out = io.StringIO()
        kept = [place for place, heading in enumerate(HEADINGS) if heading in self.columns]
        writer = csv.writer(out, delimiter=";" if self.comma else ",")
        writer.writerow([HEADINGS[place] for place in kept])
        writer.writerows([row[place] for place in kept] for row in (self.rows() if rows is None else rows))
        return out.getvalue()

    def write(self, path: Path, rows: list[list[str]] | None = None) -> Path:
        """Write it."""
        path.write_text(self.text(rows), encoding="utf-8", newline="")
        return path

    def shuffled(self, seed: int) -> list[list[str]]:
        """The same rows in another order."""
        rows = self.rows()
        random.Random(seed).shuffle(rows)
        return rows


def pieces(ticket: Ticket) -> int:
    """How many pieces a row has, 0 where it says nothing that can be imported."""
    return int(ticket.quantity) if ticket.quantity.isdigit() else 0


@st.composite
def tickets(draw: st.DrawFn, trouble: bool) -> Ticket:
    price = draw(MONEY)
    quantity: str = draw(st.sampled_from(["1", "1", "2", "3", "7", *(["0", "", "two"] if trouble else [])]))
    quantity = "-1" if trouble and draw(st.integers(0, 9)) == 0 else quantity
    count = int(quantity) if quantity.isdigit() else 0
    off = draw(st.sampled_from([0, 0, 0, price * count // 3]))
    guest = draw(st.sampled_from(["", "", "g1@Example.org", "g2@example.org"]))
    coded = draw(st.sampled_from([True, True, True, False]))
    named = draw(st.booleans()) if trouble or coded else True
    return Ticket(draw(st.sampled_from("ABC")), coded, named, quantity, price, off, guest)


@st.composite
def sales(draw: st.DrawFn, trouble: bool) -> Sale:
    some = draw(st.lists(tickets(trouble), min_size=1, max_size=4))
    sale = Sale(
        draw(st.sampled_from([*SOLD, *SOLD, *NOT_SOLD, PARTLY])),
        draw(st.sampled_from(["EUR", "EUR", "EUR", "USD", "JPY", "KWD"])),
        draw(
            st.sampled_from([*(f"p{number}@example.org" for number in range(8)), *(["", "nobody"] if trouble else [])])
        ),
        some,
        0,
        0,
        draw(st.booleans()),
    )
    sale.off = draw(st.sampled_from([0, 0, 0, max(0, sale.total()) // 4]))
    sale.back = draw(st.sampled_from([0, 0, 0, sale.total(), some[0].price, 17]))
    return sale


@st.composite
def exports(draw: st.DrawFn, trouble: bool = True) -> Export:
    """Exports with any of it, in any strength."""
    dropped = draw(st.sets(st.sampled_from(HEADINGS), max_size=5)) - {"Email", "Product name"}
    return Export(
        draw(st.lists(sales(trouble), min_size=1, max_size=8)),
        draw(st.booleans()),
        frozenset(HEADINGS) - dropped,
        draw(st.booleans()),
    )
