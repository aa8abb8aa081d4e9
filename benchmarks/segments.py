"""A segment of 100,000 customers, calculated by the sandbox over loopback, beside one bare pass over the same data."""

import gc
import json
import sqlite3
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from time import perf_counter, sleep
from typing import Any

from benchmarks.event_loop import MOST_MILLISECONDS, PAUSE
from benchmarks.measuring import interleaved, timed
from benchmarks.processes import Sandbox, http_client, sandbox, scratch_folder
from benchmarks.table import NotMeasuredError, Row
from preo_mcp.cel.context import USER
from preo_mcp.cel.messages import message_class
from preo_mcp.sandbox.customers import insert_customers, order_columns
from preo_mcp.sandbox.seed import seeded_store
from preo_mcp.sandbox.store import Doc, Store

SEEDED, CUSTOMERS = 2_000, 100_000
ORGANIZATION = "org_nordlys"
CONDITION = "user.orders.exists(o, o.total > 500) && user.country == 'DK'"
REPETITIONS = 3
MOST_SECONDS = 3
SEGMENTS = "/v1/segments"

ORDER_COLUMNS = (
    *("id", "organization_id", "edition_id", "customer_id", "transaction_id", "order_number", "status", "type"),
    *("amount", "created", "modified"),
)
PURCHASE_COLUMNS = ("id", "order_id", "edition_id", "customer_id", "product_id", "variant_id")


def rows() -> Iterator[Row]:
    """Yield the first calculation, which makes the messages, later ones, and how long others waited meanwhile."""
    with scratch_folder() as folder:
        with seeded_store(folder) as store:
            orders, purchases = _multiply(store, CUSTOMERS // SEEDED)
        with sandbox(folder) as running:
            segment_id = _create(running)
            started = perf_counter()
            _calculate(running, segment_id)
            first = perf_counter() - started
            with closing(sqlite3.connect(folder / "preo.db")) as db:
                pair = interleaved(
                    timed(partial(_calculate, running, segment_id)), timed(partial(_bare_pass, db)), REPETITIONS
                )
                _check(running, segment_id, _bare_pass(db))
            waits = _waits(running, segment_id)
    what = f"{CUSTOMERS:,} customers, {orders:,} orders, {purchases:,} purchases"
    note = f"recalculate → completed: {CONDITION}; {what}; the same in Python over the stored messages"
    yield Row(f"segment {CUSTOMERS:,}", "s", pair.ours, pair.baseline, most=MOST_SECONDS, note=note)
    note = "the first one after every customer changed: their messages are made again; likewise"
    yield Row(f"segment {CUSTOMERS:,}, all changed", "s", first, pair.baseline, note=note)
    note = f"the longest of {len(waits)} GETs of another client during a calculation; their median"
    longest, median = max(waits), sorted(waits)[len(waits) // 2]
    yield Row(f"segment {CUSTOMERS:,}, event loop", "ms", longest, median, most=MOST_MILLISECONDS, note=note)


def _create(running: Sandbox) -> str:
    body = {"organization_id": ORGANIZATION, "name": "Benchmark", "condition": CONDITION}
    return str(running.http.post(SEGMENTS, json=body).raise_for_status().json()["id"])


def _calculate(running: Sandbox, segment_id: str) -> None:
    address = f"{SEGMENTS}/{segment_id}"
    segment: dict[str, Any] = running.http.post(f"{address}/recalculate").raise_for_status().json()
    while segment["status"] in ("pending", "processing"):
        sleep(0.02)
        segment = running.http.get(address).raise_for_status().json()
    if segment["status"] != "completed":
        raise NotMeasuredError(f"the segment is {segment['status']}: {segment['error_message']}")


def _check(running: Sandbox, segment_id: str, expected: int) -> None:
    counted = running.http.get(f"{SEGMENTS}/{segment_id}").raise_for_status().json()["user_count"]
    if counted != expected:
        raise NotMeasuredError(f"{counted} customers were counted, {expected} meet the condition")


def _bare_pass(db: sqlite3.Connection) -> int:
    """Return how many of the organization's customers meet the condition, by plain Python."""
    from_bytes: Any = message_class(USER.name).FromString
    found = db.execute("SELECT message FROM user_messages WHERE organization_id = ?", (ORGANIZATION,))
    users = (from_bytes(message) for (message,) in found)
    return sum(user.country.value == "DK" and any(order.total > 500 for order in user.orders) for user in users)


def _waits(running: Sandbox, segment_id: str) -> list[float]:
    """Return how long each GET of a second client took while a segment is calculated, in milliseconds."""
    waits: list[float] = []
    gc.collect()
    with http_client(running.port) as http, ThreadPoolExecutor(1) as worker:
        http.get(SEGMENTS).raise_for_status()
        working = worker.submit(_calculate, running, segment_id)
        while not working.done() or not waits:
            started = perf_counter()
            http.get(SEGMENTS).raise_for_status()
            waits.append((perf_counter() - started) * 1000)
            sleep(PAUSE)
        working.result()
    return waits


def _multiply(store: Store, times: int) -> tuple[int, int]:
    """Write each customer, order and purchase of the seed `times - 1` times more, all into one organization.

    Returns:
        How many orders and purchases there are then.
    """
    customers = _docs(store, "customers")
    orders, purchases = _docs(store, "orders"), _docs(store, "purchases")
    with store.transaction() as db:
        db.execute(
            "UPDATE customers SET organization_id = ?, doc = json_set(doc, '$.organization_id', ?)", 2 * (ORGANIZATION,)
        )
        for number in range(1, times):
            copies = {key: _customer(customer, number) for key, customer in customers.items()}
            insert_customers(store, copies.values())
            _insert(
                store,
                "orders",
                ORDER_COLUMNS,
                (_order(one, copies[one["customer_id"]], number) for one in orders.values()),
            )
            _insert(store, "purchases", PURCHASE_COLUMNS, (_purchase(one, number) for one in purchases.values()))
    return len(orders) * times, len(purchases) * times


def _docs(store: Store, table: str) -> dict[str, Doc]:
    return {key: json.loads(doc) for key, doc in store.db.execute(f"SELECT id, doc FROM {table}")}


def _insert(store: Store, table: str, columns: tuple[str, ...], docs: Iterator[tuple[Doc, Mapping[str, str]]]) -> None:
    for doc, found_by in docs:
        store.insert(table, doc, **{name: doc[name] for name in columns}, **found_by)


def _customer(customer: Doc, number: int) -> Doc:
    phone = customer["phone_number"]
    return {
        **customer,
        "id": f"{customer['id']}_{number}",
        "organization_id": ORGANIZATION,
        "email": f"{number}.{customer['email']}",
        "phone_number": phone and f"{phone[:-2]}{number:02}",
    }


def _order(order: Doc, customer: Doc, number: int) -> tuple[Doc, Mapping[str, str]]:
    changes = {"id": f"{order['id']}_{number}", "organization_id": ORGANIZATION, "customer_id": customer["id"]}
    changes["order_number"] = f"{order['order_number']}-{number}"
    return {**order, **changes, "external_id": None}, order_columns(customer)


def _purchase(purchase: Doc, number: int) -> tuple[Doc, Mapping[str, str]]:
    return {**purchase, **{name: f"{purchase[name]}_{number}" for name in ("id", "order_id", "customer_id")}}, {}
