"""An edition without orders, in any currency and country, with products of one's own; and what came into it."""

import base64
import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.door import EDITION, Door, seeded
from tests.files.exports.plain_reading import CASES

Ticket = tuple[str, str, str, int, int]
"""Order, customer's address, product or variant, pieces, minor units of one."""

PRODUCTS = {"DAY": ("Day ticket", 3000), "CAMP": ("Camping", 1000), "ADULT": ("Adult", 3000), "CHILD": ("Child", 1000)}
"""Name and price by code; ids are made of the code."""


def make_edition(
    folder: Path,
    currency: str = "EUR",
    country: str = "+49",
    products: Mapping[str, tuple[str, int]] = PRODUCTS,
) -> None:
    """Make the sandbox in `folder`, in which `EDITION` has no orders, and sells `products` alone."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "preo.db").write_bytes(seeded())
    with closing(sqlite3.connect(folder / "preo.db")) as db, db:
        [(stored,)] = db.execute("SELECT doc FROM editions WHERE id = ?", (EDITION,))
        edition = json.loads(stored) | {"currency": currency, "default_country_code": country}
        db.execute("UPDATE editions SET doc = ? WHERE id = ?", (json.dumps(edition), EDITION))
        orders = "SELECT id FROM orders WHERE edition_id = ?"
        db.execute(f"DELETE FROM purchases WHERE order_id IN ({orders})", (EDITION,))
        db.execute("DELETE FROM orders WHERE edition_id = ?", (EDITION,))
        [(stored,)] = db.execute("SELECT doc FROM products WHERE id = 'prd_n27_child'")
        db.execute("DELETE FROM products WHERE edition_id = ?", (EDITION,))
        db.execute("DELETE FROM product_codes WHERE edition_id = ?", (EDITION,))
        for code, (name, price) in products.items():
            key = id_of(code)
            product = json.loads(stored) | {"id": key, "api_id": key, "name": name, "code": code, "price": price}
            db.execute("INSERT INTO products VALUES (?, ?, ?)", (key, EDITION, json.dumps(product)))
            db.execute("INSERT INTO product_codes VALUES (?, ?, ?, NULL)", (EDITION, code.casefold(), key))


def id_of(code: str) -> str:
    """Return the id of the product of a code."""
    return f"prd_{code.casefold()}"


def tickets(folder: Path) -> list[Ticket]:
    """Return what the edition has, in the order of its order numbers, counted from the stored purchases."""
    with closing(sqlite3.connect(folder / "preo.db")) as db:
        rows = db.execute(
            "SELECT o.external_id, c.doc, p.doc FROM purchases p JOIN orders o ON o.id = p.order_id "
            "JOIN customers c ON c.id = o.customer_id WHERE o.edition_id = ?",
            (EDITION,),
        ).fetchall()
    counts: dict[tuple[str, str, str, int], int] = {}
    for number, customer, purchase in rows:
        bought = json.loads(purchase)
        key = (number, json.loads(customer)["email"], bought["product_id"], bought["price"])
        counts[key] = counts.get(key, 0) + 1
    return sorted((number, email, product, count, price) for (number, email, product, price), count in counts.items())


def file_of(name: str) -> dict[str, Any]:
    """Return the arguments that give one of the cases."""
    return {"file_base64": base64.b64encode((CASES / name).read_bytes()).decode(), "file_name": name}


def phones(folder: Path) -> dict[str, str | None]:
    """Return the customers' numbers by address."""
    with closing(sqlite3.connect(folder / "preo.db")) as db:
        docs = [json.loads(doc) for (doc,) in db.execute("SELECT doc FROM customers")]
    return {doc["email"]: doc["phone_number"] for doc in docs}


async def settled(door: Door, *settle: str, **file: Any) -> dict[str, Any]:
    """Prepare a file and settle what is open as it is recommended, unless `settle` says otherwise."""
    prepared = await door.done("prepare_import", edition_id=EDITION, settle=list(settle), **file)
    while prepared["decisions"]:
        assert "import_id" not in prepared, prepared["decisions"]
        wanted = [f"{one['key']}: {one['recommended']}" for one in prepared["decisions"]]
        prepared = await door.done("prepare_import", source=prepared["source"], settle=wanted)
    return prepared


async def completed(door: Door, prepared: dict[str, Any]) -> dict[str, Any]:
    """Start a prepared import and wait for its end, which has to be as it was announced."""
    assert "Ready" in prepared["next_step"]
    await door.done("start_import", import_id=prepared["import_id"])
    finished = await door.done("wait_for_import", import_id=prepared["import_id"])
    assert finished["stage"] == "completed"
    assert finished["outcome"]["as_announced"] is True, finished["outcome"]
    return finished
