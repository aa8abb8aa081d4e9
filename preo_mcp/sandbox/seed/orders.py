"""The orders and purchases of the editions that sell or have sold.

An edition's orders are made in a rush at first, then come a lull, a rise towards the doors, and the box office.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from operator import attrgetter, itemgetter
from random import Random
from types import MappingProxyType

from preo_mcp.sandbox.clock import iso
from preo_mcp.sandbox.customers import order_columns
from preo_mcp.sandbox.data_imports.records import COMPLETED, IMPORTED, ORDER_PREFIX, PURCHASE_PREFIX
from preo_mcp.sandbox.seed.draws import Weighted, chance, pick
from preo_mcp.sandbox.seed.editions import Run
from preo_mcp.sandbox.seed.products import Shop, Unit
from preo_mcp.sandbox.store import Doc, Store, dump, spell_id

TRANSACTION_PREFIX = "trx"

ONLINE, IN_PERSON = "online", "in-person"
PENDING, CONFIRMED, CANCELLED = "pending", "confirmed", "cancelled"

PAID = "completed"
METHODS = MappingProxyType({ONLINE: ("card", "mobile_pay", "card", "card"), IN_PERSON: ("card", "cash", "card")})
"""How orders are paid by their type, in turn (inferred)."""

FIRST_ORDER_NUMBER = 10_001
FIRST_EXTERNAL_NUMBER = 1_001

SHARE_IMPORTED = 0.08
SHARE_RECENT = 0.05
SHARE_OF_SAME_TICKET = 0.5
LONGEST_DELAY = 3 * 3600

SHARE_AT_GATE = 0.25
SHARE_IN_RUSH = 0.35
RUSH = 0.12
"""The share of the presale's time that the first rush lasts."""

WAKING = timedelta(hours=6)
WAKING_HOURS = 17 * 3600

SIZES = Weighted((1, 46), (2, 30), (3, 12), (4, 8), (5, 2.5), (6, 1.5))
SETTLED = Weighted((COMPLETED, 96), (CANCELLED, 4))
RECENT = Weighted((COMPLETED, 40), (CONFIRMED, 35), (PENDING, 25))

ORDER_COLUMNS = (
    *("id", "organization_id", "edition_id", "customer_id", "external_id", "transaction_id", "order_number", "status"),
    *("type", "amount", "created", "modified"),
)
FOUND_BY = ("customer_email", "customer_phone")
PURCHASE_COLUMNS = ("id", "order_id", "edition_id", "customer_id", "product_id", "variant_id")
TRANSACTION_COLUMNS = ("id", "organization_id")
"""What stands in columns beside the document."""

Row = tuple[str | int | None, ...]
order_row: Callable[[Doc], Row] = itemgetter(*ORDER_COLUMNS)
purchase_row: Callable[[Doc], Row] = itemgetter(*PURCHASE_COLUMNS)


@dataclass(slots=True)
class Sale:
    """The moment of an order in UTC, and the occasion."""

    moment: datetime
    at_gate: bool
    in_rush: bool


@dataclass(slots=True)
class Ledger:
    """The orders and purchases of all editions, and the moment at which each customer first bought."""

    source: Random
    today: datetime
    first_bought: dict[str, str] = field(default_factory=dict[str, str])
    orders: list[Row] = field(default_factory=list[Row])
    purchases: list[Row] = field(default_factory=list[Row])
    transactions: list[Row] = field(default_factory=list[Row])

    def sell(self, run: Run, customers: Sequence[Doc], regulars: int) -> None:
        """Add an edition's orders; its organizer's customers begin with the regulars, who are the first to buy."""
        shop = Shop(run.plan)
        sales = draw_sales(self.source, run, self.today)
        settled = len(sales) * (1 - SHARE_RECENT) if run.end > self.today else len(sales)
        external_numbers = count(FIRST_EXTERNAL_NUMBER)
        for index, sale in enumerate(sales):
            customer = customers[index] if index < regulars else pick(self.source, customers)
            kind = self._kind(sale)
            statuses = RECENT if kind == ONLINE and index >= settled else SETTLED
            order = {
                "order_number": f"{run.plan.key.upper()}-{FIRST_ORDER_NUMBER + index}",
                "external_id": f"#{next(external_numbers)}" if kind == IMPORTED else None,
                "status": statuses.draw(self.source),
                "type": kind,
            }
            self._add(run, sale.moment, customer, order, self._basket(shop, sale, kind))

    def write(self, store: Store) -> None:
        """Write all rows and the counters of their ids."""
        _write(store, "orders", (*ORDER_COLUMNS, *FOUND_BY), self.orders)
        _write(store, "purchases", PURCHASE_COLUMNS, self.purchases)
        _write(store, "transactions", TRANSACTION_COLUMNS, self.transactions)
        used = {
            ORDER_PREFIX: len(self.orders),
            PURCHASE_PREFIX: len(self.purchases),
            TRANSACTION_PREFIX: len(self.transactions),
        }
        store.db.executemany("INSERT INTO counters VALUES (?, ?)", used.items())

    def _kind(self, sale: Sale) -> str:
        if sale.at_gate:
            return IN_PERSON
        return IMPORTED if chance(self.source, SHARE_IMPORTED) else ONLINE

    def _basket(self, shop: Shop, sale: Sale, kind: str) -> list[Unit]:
        size = SIZES.draw(self.source)
        if sale.at_gate:
            return [shop.gate.draw(self.source) for _ in range(size)]
        ticket = (shop.launch if sale.in_rush else shop.tickets).draw(self.source)
        if kind == IMPORTED:
            return [ticket.sold_elsewhere()] * size
        return [ticket] + [
            ticket if chance(self.source, SHARE_OF_SAME_TICKET) else shop.extras.draw(self.source)
            for _ in range(size - 1)
        ]

    def _add(self, run: Run, moment: datetime, customer: Doc, order: Doc, basket: Sequence[Unit]) -> None:
        created = iso(moment)
        delay = timedelta(seconds=int(self.source.random() * LONGEST_DELAY))
        is_unpaid = order["status"] == PENDING
        doc: Doc = {
            "id": spell_id(ORDER_PREFIX, len(self.orders) + 1),
            "order_number": order["order_number"],
            "external_id": order["external_id"],
            "edition_id": run.plan.id,
            "organization_id": run.plan.organization.id,
            "customer_id": customer["id"],
            "status": order["status"],
            "type": order["type"],
            "amount": sum(unit.amount for unit in basket),
            "currency": run.plan.organization.currency,
            "transaction_id": None,
            "metadata": {},
            "created": created,
            "modified": created if is_unpaid else iso(min(moment + delay, self.today)),
        }
        if not is_unpaid and doc["type"] != IMPORTED:
            doc["transaction_id"] = self._pay(doc, basket)
        self.orders.append((*order_row(doc), *order_columns(customer).values(), dump(doc)))
        self.first_bought[doc["customer_id"]] = min(created, self.first_bought.get(doc["customer_id"], created))
        for unit in basket:
            self._add_purchase(doc, unit)

    def _add_purchase(self, order: Doc, unit: Unit) -> None:
        doc: Doc = {
            "id": spell_id(PURCHASE_PREFIX, len(self.purchases) + 1),
            "order_id": order["id"],
            "edition_id": order["edition_id"],
            "customer_id": order["customer_id"],
            **unit.doc,
            "item_id": None,
            "status": order["status"],
            "metadata": {},
            "created": order["created"],
            "modified": order["modified"],
        }
        self.purchases.append((*purchase_row(doc), dump(doc)))

    def _pay(self, order: Doc, basket: Sequence[Unit]) -> str:
        """Add an order's transaction and return its id."""
        number = len(self.transactions) + 1
        key = spell_id(TRANSACTION_PREFIX, number)
        methods = METHODS[order["type"]]
        doc: Doc = {
            "id": key,
            "amount": order["amount"],
            "currency": order["currency"],
            "fees": sum(unit.doc["fee"] for unit in basket),
            "deposits": sum(unit.doc["deposit"] for unit in basket),
            "payment_method": methods[number % len(methods)],
            "status": PAID,
            "created": order["created"],
        }
        self.transactions.append((key, order["organization_id"], dump(doc)))
        return key


def _write(store: Store, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    marks = ", ".join("?" * (len(columns) + 1))
    store.db.executemany(f"INSERT INTO {table} ({', '.join(columns)}, doc) VALUES ({marks})", rows)  # noqa: S608 - our own names


def draw_sales(source: Random, run: Run, today: datetime) -> Sequence[Sale]:
    """Return the moments of all orders of an edition up to `today`, the earliest first."""
    has_begun = run.start < today
    presale = run.start - run.on_sale
    rush_ends = run.on_sale + presale * RUSH

    def sale() -> Sale:
        if has_begun and chance(source, SHARE_AT_GATE):
            return Sale(
                _waking(source, run.start + (run.end - run.start) * source.random()), at_gate=True, in_rush=False
            )
        if chance(source, SHARE_IN_RUSH):
            share = RUSH * source.random() * source.random()
        else:
            share = RUSH + (1 - RUSH) * max(source.random(), source.random())
        moment = _waking(source, run.on_sale + presale * share)
        return Sale(moment, at_gate=False, in_rush=moment < rush_ends)

    sales: list[Sale] = []
    while len(sales) < run.plan.orders:
        drawn = sale()
        opens, closes = (run.start, run.end) if drawn.at_gate else (run.on_sale, run.start)
        if opens <= drawn.moment < min(closes, today):
            sales.append(drawn)
    return sorted(sales, key=attrgetter("moment"))


def _waking(source: Random, moment: datetime) -> datetime:
    """Return a moment of the same day between 6 and 23 o'clock, mostly in the afternoon."""
    day = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    return day + WAKING + timedelta(seconds=int((source.random() + source.random()) / 2 * WAKING_HOURS))
