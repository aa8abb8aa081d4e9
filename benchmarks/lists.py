"""List orders with a search, on the sandbox over loopback, beside a bare count and page of the same table."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

from benchmarks.measuring import interleaved, timed
from benchmarks.processes import Sandbox, sandbox, scratch_folder
from benchmarks.table import Row
from preo_mcp.sandbox.customers import insert_customers, order_columns
from preo_mcp.sandbox.seed import seeded_store
from preo_mcp.sandbox.store import Doc, Store, dump

MOST_MILLISECONDS = {5_000: 20, 100_000: 50}
"""By how many orders there are; the seed's are the first 5,000."""
SEEDED = 5_000
EDITION, ORGANIZATION = "edt_nordlys26", "org_nordlys"
PAGE = 25
REQUESTS = 40

SEARCHES = {"part of a phone": "20 13 45", "in every order": "example", "in none": "zzzzzzzz"}

COLUMNS = (
    *("id", "organization_id", "edition_id", "customer_id", "transaction_id", "order_number", "status", "type"),
    *("amount", "created", "modified"),
)


def rows() -> Iterator[Row]:
    """Yield a row for each size and search."""
    with scratch_folder() as folder:
        for size, most in MOST_MILLISECONDS.items():
            data = folder / str(size)
            with seeded_store(data) as store:
                _multiply(store, size // SEEDED)
            _check_size(data, size)
            with sandbox(data) as running, closing(sqlite3.connect(data / "preo.db")) as db:
                for name, text in SEARCHES.items():
                    pair = interleaved(
                        timed(partial(_search, running, text)), timed(partial(_bare, db)), REQUESTS, warm_up=5
                    )
                    note = f"GET /v1/orders?search={text}, {PAGE} rows; SELECT count(*) and a page, in process"
                    yield Row(
                        f"list {size:,}, {name}", "ms", pair.ours * 1000, pair.baseline * 1000, most=most, note=note
                    )


def _search(running: Sandbox, text: str) -> None:
    query = {"edition_id": EDITION, "search": text, "page_size": PAGE}
    running.http.get("/v1/orders", params=query).raise_for_status()


def _bare(db: sqlite3.Connection) -> None:
    db.execute("SELECT count(*) FROM orders WHERE edition_id = ?", (EDITION,)).fetchall()
    page = "SELECT doc FROM orders WHERE edition_id = ? ORDER BY created DESC LIMIT ?"
    for (doc,) in db.execute(page, (EDITION, PAGE)).fetchall():
        json.loads(doc)


def _multiply(store: Store, times: int) -> None:
    """Write each customer and order of the seed `times - 1` times more, all of them into one edition."""
    customers = {key: json.loads(doc) for key, doc in store.db.execute("SELECT id, doc FROM customers")}
    orders = [json.loads(doc) for (doc,) in store.db.execute("SELECT doc FROM orders")]
    marks = ", ".join("?" * (len(COLUMNS) + 3))
    insert = f"INSERT INTO orders ({', '.join(COLUMNS)}, customer_email, customer_phone, doc) VALUES ({marks})"
    with store.transaction():
        for number in range(1, times):
            copies = {key: _customer(customer, number) for key, customer in customers.items()}
            insert_customers(store, copies.values())
            store.db.executemany(insert, (_row(order, copies[order["customer_id"]], number) for order in orders))


def _customer(customer: Doc, number: int) -> Doc:
    phone = customer["phone_number"]
    return {
        **customer,
        "id": f"{customer['id']}_{number}",
        "organization_id": ORGANIZATION,
        "email": f"{number}.{customer['email']}",
        "phone_number": phone and f"{phone[:-2]}{number:02}",
    }


def _row(order: Doc, customer: Doc, number: int) -> tuple[object, ...]:
    copy = {
        **order,
        "id": f"{order['id']}_{number}",
        "organization_id": ORGANIZATION,
        "edition_id": EDITION,
        "customer_id": customer["id"],
        "external_id": None,
        "transaction_id": order["transaction_id"] and f"{order['transaction_id']}_{number}",
        "order_number": f"{order['order_number']}-{number}",
    }
    return (*(copy[name] for name in COLUMNS), *order_columns(customer).values(), dump(copy))


def _check_size(folder: Path, size: int) -> None:
    with closing(sqlite3.connect(folder / "preo.db")) as db:
        [(count,)] = db.execute("SELECT count(*) FROM orders").fetchall()
    if count != size:
        raise AssertionError(f"expected {size:,} orders, there are {count:,}")
