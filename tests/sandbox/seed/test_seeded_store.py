"""What the seed writes: how much, whether it hangs together, and whether it is always the same."""

import json
import sqlite3
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import groupby

import pytest

from preo_mcp.sandbox.clock import FixedClock
from preo_mcp.sandbox.members import Role, authenticate
from preo_mcp.sandbox.seed import ADMIN_TOKEN, MANAGER_TOKEN, STAFF_TOKEN, seed
from preo_mcp.sandbox.store import Doc, Store, spell_id

NOT_IN_DOCUMENT = {"doc", "customer_email", "customer_phone", "searched"}


def docs(store: Store, table: str, order: str = "id") -> list[Doc]:
    return [json.loads(doc) for (doc,) in store.db.execute(f"SELECT doc FROM {table} ORDER BY {order}")]


def count(store: Store, query: str) -> int:
    [(value,)] = store.db.execute(f"SELECT count(*) FROM {query}").fetchall()
    return value


def test_how_much_there_is(seeded: Store) -> None:
    tables = ("organizations", "editions", "members", "customers", "orders")
    assert [count(seeded, table) for table in tables] == [2, 4, 3, 2_000, 5_000]
    per_edition = dict(seeded.db.execute("SELECT edition_id, count(*) FROM orders GROUP BY 1").fetchall())
    assert per_edition == {"edt_nordlys26": 2_900, "edt_nordlys27": 400, "edt_elbklang25": 1_700}
    per_order = seeded.db.execute("SELECT count(*) FROM purchases GROUP BY order_id").fetchall()
    assert {size for (size,) in per_order} == {1, 2, 3, 4, 5, 6}
    products = seeded.db.execute("SELECT count(*) FROM products GROUP BY edition_id").fetchall()
    assert all(6 <= number <= 10 for (number,) in products)
    assert len(products) == 4


@pytest.mark.parametrize("number", [1, 2])
def test_same_number_on_the_same_day_same_rows(seeded: Store, noon: datetime, number: int) -> None:
    with Store.opened(clock=FixedClock(noon + timedelta(hours=5))) as store:
        seed(store, number)
        assert (list(store.db.iterdump()) == list(seeded.db.iterdump())) == (number == 1)


@pytest.mark.parametrize(
    ("table", "facts"),
    [
        ("customers", {"id": "usr_f6wn701fba", "email": "jan.jansen3@example.com", "phone_number": "+31687654495"}),
        ("orders", {"id": "ord_nxy5vhy9sg", "amount": 30_500, "created": "2026-07-14T13:17:21.000000Z"}),
        ("purchases", {"id": "pur_exghgq7scf", "product_id": "prd_n27_child", "customer_id": "usr_qakmb0vxxt"}),
    ],
)
def test_the_last_rows_are_those_of_every_platform(seeded: Store, table: str, facts: Doc) -> None:
    """One draw that comes out differently shifts all that follow, so the last rows stand for all."""
    [(doc,)] = seeded.db.execute(f"SELECT doc FROM {table} ORDER BY rowid DESC LIMIT 1").fetchall()
    assert facts.items() <= json.loads(doc).items()


def test_a_filled_store_stays_as_it_was(seeded: Store) -> None:
    before = list(seeded.db.iterdump())
    with pytest.raises(sqlite3.IntegrityError):
        seed(seeded, 2)
    assert list(seeded.db.iterdump()) == before


@pytest.mark.parametrize(
    "orphans",
    [
        "editions WHERE organization_id NOT IN (SELECT id FROM organizations)",
        "products WHERE edition_id NOT IN (SELECT id FROM editions)",
        "product_codes AS c LEFT JOIN products AS p ON p.id = c.product_id WHERE p.edition_id IS NOT c.edition_id",
        "customers WHERE organization_id NOT IN (SELECT id FROM organizations)",
        "orders AS o LEFT JOIN editions AS e ON e.id = o.edition_id WHERE e.organization_id IS NOT o.organization_id",
        "orders AS o LEFT JOIN customers AS c ON c.id = o.customer_id WHERE c.organization_id IS NOT o.organization_id",
        "purchases AS p LEFT JOIN orders AS o ON o.id = p.order_id"
        " WHERE o.edition_id IS NOT p.edition_id OR o.customer_id IS NOT p.customer_id",
        "purchases AS u LEFT JOIN products AS p ON p.id = u.product_id WHERE p.edition_id IS NOT u.edition_id",
        "orders WHERE id NOT IN (SELECT order_id FROM purchases)",
    ],
)
def test_nothing_points_nowhere(seeded: Store, orphans: str) -> None:
    assert count(seeded, orphans) == 0


def test_columns_say_what_the_documents_say(seeded: Store) -> None:
    seeded.db.row_factory = sqlite3.Row
    try:
        for table in ("editions", "products", "orders", "purchases"):
            for row in seeded.db.execute(f"SELECT * FROM {table}"):
                doc = json.loads(row["doc"])
                columns = {key: row[key] for key in row.keys() if key not in NOT_IN_DOCUMENT}  # noqa: SIM118 - a row's keys
                assert columns.items() <= doc.items()
    finally:
        seeded.db.row_factory = None


def test_amounts_add_up(seeded: Store) -> None:
    products = {product["id"]: product for product in docs(seeded, "products")}
    orders = {order["id"]: order for order in docs(seeded, "orders")}
    for order_id, purchases in groupby(docs(seeded, "purchases", "order_id"), lambda purchase: purchase["order_id"]):
        order, sold = orders[order_id], list(purchases)
        assert order["amount"] == sum(unit["price"] + unit["fee"] + unit["deposit"] for unit in sold)
        for unit in sold:
            assert unit["status"] in (order["status"], "refunded")
            assert unit["currency"] == order["currency"]
            assert unit["price"] == list_price(products[unit["product_id"]], unit)


def test_every_paid_order_has_its_transaction(seeded: Store) -> None:
    transactions = {transaction["id"]: transaction for transaction in docs(seeded, "transactions")}
    for order in docs(seeded, "orders"):
        paid_here = order["type"] != "imported" and order["status"] != "pending"
        assert (order["transaction_id"] is not None) == paid_here
        if paid_here:
            transaction = transactions.pop(order["transaction_id"])
            assert (transaction["amount"], transaction["currency"]) == (order["amount"], order["currency"])
            sold = seeded.db.execute("SELECT doc FROM purchases WHERE order_id = ?", (order["id"],)).fetchall()
            for total, part in (("fees", "fee"), ("deposits", "deposit")):
                assert transaction[total] == sum(json.loads(doc)[part] for (doc,) in sold)
    assert not transactions


def list_price(product: Doc, unit: Doc) -> int:
    assert not product["is_draft"]
    prices = {part["api_id"]: part["price"] for part in product["variants"] + product["options"]}
    assert bool(unit["variant_id"]) == bool(product["variants"])
    assert bool(unit["option_ids"]) == bool(product["options"])
    price = prices[unit["variant_id"]] if unit["variant_id"] else product["price"]
    return price + sum(prices[option_id] for option_id in unit["option_ids"])


def test_currencies_are_the_editions(seeded: Store) -> None:
    currencies = {edition["id"]: edition["currency"] for edition in docs(seeded, "editions")}
    assert set(currencies.values()) == {"DKK", "EUR"}
    assert all(order["currency"] == currencies[order["edition_id"]] for order in docs(seeded, "orders"))


def test_orders_of_every_kind(seeded: Store) -> None:
    orders = docs(seeded, "orders")
    statuses = Counter(order["status"] for order in orders)
    assert statuses.keys() == {"pending", "confirmed", "completed", "cancelled"}
    assert statuses["completed"] > 0.9 * len(orders)
    assert {order["type"] for order in orders} == {"online", "in-person", "imported"}
    assert all((order["type"] == "imported") == bool(order["external_id"]) for order in orders)
    assert len({(order["edition_id"], order["order_number"]) for order in orders}) == len(orders)


def test_orders_are_made_before_now_and_while_the_edition_sells(seeded: Store, noon: datetime) -> None:
    editions = {edition["id"]: edition for edition in docs(seeded, "editions")}
    first_contact = {customer["id"]: customer["created"] for customer in docs(seeded, "customers")}
    now = seeded.now()
    for order in docs(seeded, "orders"):
        edition = editions[order["edition_id"]]
        opens, closes = edition["published_at"], edition["end_date"]
        assert opens <= order["created"] <= order["modified"] <= now
        assert order["created"] < closes
        assert (order["type"] == "in-person") == (order["created"] >= edition["start_date"])
        assert first_contact[order["customer_id"]] <= order["created"]


@pytest.mark.parametrize("hour", [0, 23])
def test_editions_stand_where_they_should_at_any_hour(hour: int) -> None:
    now = datetime(2027, 3, 28, hour, 59, 59, tzinfo=UTC)
    with Store.opened(clock=FixedClock(now)) as store:
        seed(store)
        states = {edition["id"]: state(edition, store.now()) for edition in docs(store, "editions")}
    assert states == {
        "edt_nordlys26": "current",
        "edt_nordlys27": "upcoming",
        "edt_elbklang25": "past",
        "edt_elbklang_draft": "draft",
    }


def state(edition: Doc, now: str) -> str:
    if edition["is_draft"]:
        assert edition["start_date"] is edition["end_date"] is edition["published_at"] is None
        return "draft"
    assert edition["published_at"] < now
    if now < edition["start_date"]:
        return "upcoming"
    return "current" if now < edition["end_date"] else "past"


def test_codes_find_products_and_variants_in_any_case(seeded: Store) -> None:
    find = "SELECT product_id, variant_id FROM product_codes WHERE edition_id = 'edt_nordlys27' AND code = ?"
    assert seeded.db.execute(find, ("NF-Partout-EB".casefold(),)).fetchone() == (
        "prd_n27_partout",
        "var_n27_partout_early",
    )
    assert seeded.db.execute(find, ("nf-tshirt",)).fetchone() == ("prd_n27_tshirt", None)
    parts = sum(1 + len(product["variants"]) for product in docs(seeded, "products"))
    assert count(seeded, "product_codes") == parts


def test_every_edition_has_products_of_every_type_and_one_unpublished(seeded: Store) -> None:
    products = docs(seeded, "products")
    for edition_id in {product["edition_id"] for product in products}:
        listed = [product for product in products if product["edition_id"] == edition_id]
        assert {product["type"] for product in listed} == {"ticket", "product", "deposit", "rental"}
        assert [product["is_draft"] for product in listed].count(True) == 1


def test_roles_of_the_tokens(seeded: Store) -> None:
    roles = {
        token: dict(authenticate(seeded, f"Bearer {token}").roles)
        for token in (ADMIN_TOKEN, MANAGER_TOKEN, STAFF_TOKEN)
    }
    assert roles == {
        "sandbox-admin": {"org_nordlys": Role.ADMIN, "org_elbklang": Role.ADMIN},
        "sandbox-manager": {"org_nordlys": Role.MANAGER},
        "sandbox-staff": {"org_nordlys": Role.STAFF},
    }


def test_new_ids_go_on_where_the_seed_stopped(seeded: Store) -> None:
    counters = dict(seeded.db.execute("SELECT kind, value FROM counters").fetchall())
    for prefix, table in (("usr", "customers"), ("ord", "orders"), ("pur", "purchases")):
        used = {key for (key,) in seeded.db.execute(f"SELECT id FROM {table}")}
        assert spell_id(prefix, counters[prefix]) in used
        assert spell_id(prefix, counters[prefix] + 1) not in used
