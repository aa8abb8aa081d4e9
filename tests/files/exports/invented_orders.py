"""Invented orders, written out in the layout of a service: columns are templates over an order, its line and ticket."""

import csv
import io
import json
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LAYOUTS = Path(__file__).parent / "layouts"

_PEOPLE: dict[str, Any] = json.loads((Path(__file__).parent / "invented_people.json").read_text(encoding="utf-8"))
"""By language ten invented people, who buy once or twice, what tickets are called, and how phone numbers begin."""
PRICES = (4500, 1500, 2000)
STATES = {3: "pending", 6: "cancelled", 9: "refunded"}
"""The orders that were not simply paid, by their place."""
MANY = 14


class Money(int):
    """Minor units, written as the layout writes amounts; `{price:$}` with the currency's sign, `{price:-}` negative."""

    decimal = "."
    sign = "€"
    places = 2

    def __format__(self, spec: str) -> str:
        """Write it; a number in `spec` divides it, as net of tax does."""
        value = -int(self) if "-" in spec else int(self)
        digits = f"{abs(value):0{self.places + 1}}"
        text = digits[: -self.places] + self.decimal + digits[-self.places :] if self.places else digits
        text = f"{'-' if value < 0 else ''}{text}"
        return f"{self.sign}{text}" if "$" in spec else text


@dataclass
class Line:
    """A product of an order, `qty` times; `place` is the product's."""

    place: int
    qty: int


@dataclass
class Order:
    """An order: who bought what, and what became of it."""

    place: int
    state: str
    lines: list[Line] = field(default_factory=list[Line])

    @property
    def pieces(self) -> int:
        """How many tickets it has."""
        return sum(line.qty for line in self.lines)

    @property
    def total(self) -> int:
        """What it costs."""
        return sum(line.qty * PRICES[line.place] for line in self.lines)


def invented(states: Mapping[str, str]) -> list[Order]:
    """Return the orders; without words for states, all of them are paid."""
    orders = list[Order]()
    for place in range(MANY):
        state = STATES.get(place, "paid")
        order = Order(place, state if state in states else "paid")
        order.lines.append(Line(place % 2, 1 + place % 3))
        if place % 4 == 1:
            order.lines.append(Line(2, 1))
        orders.append(order)
    return orders


def _plain(name: str) -> str:
    decomposed = name.lower().translate(str.maketrans("łøæðþßıđ", "loadtsid"))
    return "".join(c for c in unicodedata.normalize("NFKD", decomposed) if c.isascii() and c.isalnum())


class _Writing:
    """One layout being written."""

    def __init__(self, layout: Mapping[str, Any]) -> None:
        self.layout = layout
        self.language = layout.get("language", "en")
        self.people = [tuple(one.split(" ", 1)) for one in _PEOPLE[self.language]["people"]]
        self.names: list[str] = _PEOPLE[self.language]["tickets"]
        self.states: Mapping[str, str] = layout.get("states", {})
        currency = layout["currency"]
        self.money = type(
            "LayoutMoney",
            (Money,),
            {
                "decimal": layout.get("decimal", "."),
                "places": {"ISK": 0}.get(currency, 2),
                "sign": {"USD": "$", "GBP": "£", "EUR": "€"}.get(currency, ""),
            },
        )
        self.ticket = 0
        self.line = 0

    def _person(self, place: int) -> tuple[str, str, str]:
        first, last = self.people[place % len(self.people)]
        return first, last, f"{_plain(first)}.{_plain(last)}@example.{'org' if place % 3 else 'com'}"

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield what the templates are filled with, a row each."""
        kind = self.layout["rows"]
        for order in invented(self.states):
            yield from {"order": self._of_order, "line": self._of_lines, "ticket": self._of_tickets}[kind](order)

    def _of_order(self, order: Order) -> Iterator[dict[str, Any]]:
        values = self._values(order)
        items = [(self.names[line.place], line.qty, self.money(PRICES[line.place])) for line in order.lines]
        pattern, joint = self.layout.get("item", "{name} x {qty}"), self.layout.get("joint", "; ")
        packed = [
            pattern.format(
                name=name, qty=qty, price=price, code=f"T{self.names.index(name) + 1}", line=self.money(price * qty)
            )
            for name, qty, price in items
        ]
        values["items"] = joint.join(packed)
        values |= {f"items{place}": "".join(packed[place - 1 : place]) for place in (1, 2)}
        for place in range(3):
            values[f"of{place}"] = next((line.qty for line in order.lines if line.place == place), 0)
        yield values

    def _of_lines(self, order: Order) -> Iterator[dict[str, Any]]:
        for number, line in enumerate(order.lines, start=1):
            self.line += 1
            yield {**self._values(order), **self._line(line), "qty": line.qty, "first_row": number == 1, "pos": number,
                   "item": 700200 + self.line}  # fmt: skip

    def _of_tickets(self, order: Order) -> Iterator[dict[str, Any]]:
        number = 0
        for line in order.lines:
            for _ in range(line.qty):
                number += 1
                self.ticket += 1
                guest = self._guest(order, number)
                yield {**self._values(order), **self._line(line), **guest, "qty": 1, "first_row": number == 1,
                       "pos": number, "ticket": 5500100 + self.ticket * 7, "item": 700200 + self.ticket,
                       "barcode": f"99{10000000 + self.ticket * 7919}"}  # fmt: skip

    def _guest(self, order: Order, number: int) -> dict[str, Any]:
        apart = order.place % 3 == 2 and number > 1 and self.layout.get("guests", True)
        first, last, address = self._person(order.place + (number * 3 if apart else 0))
        return {"gfirst": first, "glast": last, "gemail": address}

    def _line(self, line: Line) -> dict[str, Any]:
        price = PRICES[line.place]
        return {
            "name": self.names[line.place],
            "code": f"T{line.place + 1}",
            "price": self.money(price),
            "line": self.money(price * line.qty),
            "tax": self.money(price - round(price / 1.25)),
            "net": self.money(round(price / 1.25)),
            "linenet": self.money(round(price / 1.25) * line.qty),
            "linetax": self.money((price - round(price / 1.25)) * line.qty),
        }

    def _other_states(self, order: Order) -> dict[str, str]:
        listed: Mapping[str, Mapping[str, str]] = self.layout.get("other_states", {})
        return {f"state_{one}": words.get(order.state, "") for one, words in listed.items()}

    def _values(self, order: Order) -> dict[str, Any]:
        first, last, address = self._person(order.place)
        total = order.total
        day = f"{order.place + 3:02}"
        return {
            "n": 1001 + order.place,
            "ref": "".join("BCDFGHJKLM"[int(digit)] for digit in str(48271 + order.place * 3719))[:5],
            "id": 48271903300 + order.place * 1013,
            "txn": f"{'ABCDEFGHJKLMNP'[order.place]}{7100200300 + order.place * 77}X",
            "first": first,
            "last": last,
            "email": address,
            "user": f"{_plain(first)}{order.place}",
            "phone": _PEOPLE[self.language]["phone"].format(order.place),
            "state": self.states.get(order.state, ""),
            **self._other_states(order),
            "total": self.money(total),
            "pieces": order.pieces,
            "fee": self.money(round(total * 0.03)),
            "payout": self.money(total - round(total * 0.03)),
            "refunded": self.money(total if order.state == "refunded" else 0),
            "zero": self.money(0),
            "totaltax": self.money(sum((PRICES[x.place] - round(PRICES[x.place] / 1.25)) * x.qty for x in order.lines)),
            "totalnet": self.money(sum(round(PRICES[x.place] / 1.25) * x.qty for x in order.lines)),
            "currency": self.layout["currency"],
            "iso": f"2025-05-{day}",
            "dmy": f"{day}.05.2025",
            "slash": f"{day}/05/2025",
            "mdy": f"05/{day}/25",
            "time": f"{10 + order.place % 9}:15:0{order.place % 6}",
            "street": f"{_plain(last).title()} 1{order.place}",
            "zip": f"{1000 + order.place * 137}",
            "city": ("Newport", "Lund", "Ribe")[order.place % 3],
            "rating": 3 + order.place % 3,
            "first_row": True,
            "pos": 1,
        }


def text_of(layout: Mapping[str, Any]) -> str:
    """Return a layout's file."""
    out = io.StringIO()
    out.write(layout.get("before", ""))
    writer = csv.writer(out, delimiter=layout.get("delimiter", ","), lineterminator=layout.get("end", "\n"))
    columns = layout["columns"]
    writer.writerow([column[0] for column in columns])
    for values in _Writing(layout).rows():
        writer.writerow([_cell(column[1], values) for column in columns])
    for row in layout.get("after", ()):
        writer.writerow(row)
    return out.getvalue()


def _cell(template: str, values: Mapping[str, Any]) -> str:
    if template.startswith("^"):
        return template[1:].format_map(values) if values["first_row"] else ""
    return template.format_map(values)


def layouts() -> dict[str, dict[str, Any]]:
    """Return all layouts by the name of their file."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(LAYOUTS.glob("*.json")):
        found.update(json.loads(path.read_text(encoding="utf-8")))
    return found
