"""Start import process, and the run that writes the orders."""

import json
from typing import Any

import anyio
import httpx
import pytest
from importing_steps import (
    DAY,
    UPCOMING,
    Json,
    act,
    create,
    edition_state,
    get,
    imported,
    map_product,
    processed,
    settled,
)
from starlette.applications import Starlette

from preo_mcp.sandbox import slices
from preo_mcp.sandbox.store import Store

FEW = ("order_id", "customer_email", "product_code", "quantity", "unit_price")
FEW_HEADER = "Order,Email,SKU,Quantity,Price\n"


def orders_of(store: Store, edition: str = UPCOMING) -> dict[str, Json]:
    rows = store.db.execute(
        "SELECT external_id, doc FROM orders WHERE edition_id = ? AND order_number LIKE 'IMP-%' ORDER BY order_number",
        (edition,),
    )
    return {external_id: json.loads(doc) for external_id, doc in rows}


async def test_unmapped_products_are_named(manager: httpx.AsyncClient) -> None:
    rows = "".join(f"{at},a@example.com,S{at},1,\n" for at in range(7))
    made = await processed(manager, f"{FEW_HEADER}{rows}8,a@example.com,NF-DAY-REG,1,\n", *FEW)
    answer = await act(manager, made["id"], "start-import")
    assert answer.status_code == 400
    [message] = answer.json()["product_mappings"]
    assert message.startswith("7 of 8 products are not mapped: S0, S1, S2, S3, S4 and 2 more.")
    assert answer.json()["unmapped_count"] == 7
    assert (await get(manager, made["id"]))["stage"] == "needs_product_mapping"


async def test_ignoring_warnings_skips_unmapped_products(manager: httpx.AsyncClient, store: Store) -> None:
    made = await processed(
        manager,
        f"{FEW_HEADER}1,a@example.com,NF-DAY-REG,1,10\n1,,X,4,10\n2,b@example.com,X,2,10\n",
        *FEW,
    )
    done = await imported(manager, made["id"], ignore_warnings="true")
    assert done["product_mappings_complete"] == "false"
    assert done["import_result"] == {
        "orders_imported": 1,
        "orders_skipped_existing": 0,
        "orders_skipped_unmapped": 1,
        "purchases_imported": 1,
        "items_skipped": 6,
        "customers_created": 1,
    }
    assert orders_of(store)["1"]["amount"] == 1000
    assert store.db.execute("SELECT count(*) FROM customers WHERE email = 'b@example.com'").fetchone() == (0,)


async def test_something_must_be_mapped(manager: httpx.AsyncClient) -> None:
    made = await processed(manager, f"{FEW_HEADER}1,a@example.com,X,1,\n", *FEW)
    for query in ({}, {"ignore_warnings": True}):
        answer = await act(manager, made["id"], "start-import", **query)
        assert answer.status_code == 400
        assert "nothing to import" in answer.text
    empty = await processed(manager, f"{FEW_HEADER}1,nobody,X,1,\n", *FEW)
    assert (await act(manager, empty["id"], "start-import")).status_code == 400
    answer = await act(manager, made["id"], "start-import", ignore_warnings="perhaps")
    assert (answer.status_code, list(answer.json())) == (400, ["ignore_warnings"])


async def test_without_a_price_the_products_counts(manager: httpx.AsyncClient, store: Store) -> None:
    made = await processed(
        manager,
        f"{FEW_HEADER}1,a@example.com,NF-DAY-REG,2,\n2,a@example.com,NF-PARK,1,\n3,a@example.com,NF-DAY-REG,1,0\n",
        *FEW,
    )
    await imported(manager, made["id"])
    assert {key: order["amount"] for key, order in orders_of(store).items()} == {"1": 159_000, "2": 19_500, "3": 0}


async def test_customers_are_matched_by_email_and_completed(manager: httpx.AsyncClient, store: Store) -> None:
    [(email,)] = store.db.execute("SELECT email FROM customers WHERE id = 'usr_soeren'").fetchall()
    header = "Order,Email,SKU,Quantity,First,Last,Phone\n"
    types = (*FEW[:4], "customer_first_name", "customer_last_name", "customer_phone")
    rows = (
        f"1,{email.upper()},NF-DAY-REG,1,Other,Name,20123456\n"
        "2,new@example.com,NF-DAY-REG,1,,,\n"
        "3,NEW@example.com,NF-DAY-REG,1,Ida,Lund,20123457\n"
    )
    made = await processed(manager, header + rows, *types)
    assert made["parsed_data"]["customers_total"] == 2
    assert made["parsed_data"]["customers_existing"] == 1
    assert (await imported(manager, made["id"]))["import_result"]["customers_created"] == 1
    known = store.doc("customers", "usr_soeren")
    assert known
    assert (known["first_name"], known["last_name"], known["phone_number"]) == ("Søren", "Kjærgaard", "+4520134567")
    row = store.db.execute("SELECT doc, phone, name FROM customers WHERE email = 'new@example.com'").fetchone()
    new = json.loads(row[0])
    assert (new["first_name"], new["last_name"], new["phone_number"]) == ("Ida", "Lund", "+4520123457")
    assert row[1:] == ("+4520123457", "ida lund")
    assert orders_of(store)["1"]["customer_id"] == "usr_soeren"


async def test_the_imports_country_code_reads_its_numbers(manager: httpx.AsyncClient, store: Store) -> None:
    header = "Order,Email,SKU,Quantity,Phone\n"
    made = await processed(
        manager,
        f"{header}1,new@example.com,NF-DAY-REG,1,070-174 06 05\n",
        *(*FEW[:4], "customer_phone"),
        default_country_code="+46",
    )
    await imported(manager, made["id"])
    row = store.db.execute("SELECT phone FROM customers WHERE email = 'new@example.com'").fetchone()
    assert row == ("+46701740605",)


@pytest.fixture
def tiny_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every order is a transaction of its own, so that there is time between them."""
    monkeypatch.setattr(slices, "SLICE_SECONDS", 0.0)


def rows(count: int) -> str:
    return FEW_HEADER + "".join(
        f"{at},u{at}@example.com,{'NF-DAY-REG' if at % 2 else 'X'},1,10\n" for at in range(count)
    )


@pytest.mark.usefixtures("tiny_slices")
async def test_cancelling_while_importing_keeps_what_is_written(manager: httpx.AsyncClient, store: Store) -> None:
    made = await processed(manager, rows(60), *FEW)
    await map_product(manager, made["id"], "X", product_id=DAY)
    before = await edition_state(manager)
    assert (await act(manager, made["id"], "start-import")).json()["stage"] == "importing"
    while (shown := await get(manager, made["id"]))["progress"]["done"] < 5:
        assert shown["stage"] == "importing"
    assert shown["progress"]["total"] == 60
    cancelled = (await act(manager, made["id"], "cancel")).json()
    for _ in range(50):
        await anyio.lowlevel.checkpoint()
    written = (await get(manager, made["id"]))["import_result"]["orders_imported"]
    assert written == cancelled["import_result"]["orders_imported"]
    assert 5 <= written < 60
    assert (await edition_state(manager))["orders"] - before["orders"] == written == len(orders_of(store))
    assert (await get(manager, made["id"]))["stage"] == "cancelled"


@pytest.mark.usefixtures("tiny_slices")
async def test_a_mapping_changed_while_importing_counts_for_the_rest(manager: httpx.AsyncClient, store: Store) -> None:
    made = await processed(manager, rows(60), *FEW)
    await act(manager, made["id"], "start-import", ignore_warnings=True)
    while (await get(manager, made["id"]))["progress"]["done"] < 5:
        pass
    assert (await map_product(manager, made["id"], "X", product_id=DAY)).status_code == 200
    result = (await settled(manager, made["id"]))["import_result"]
    assert 2 <= result["orders_skipped_unmapped"] < 30
    assert result["orders_imported"] == 60 - result["orders_skipped_unmapped"]
    assert result["purchases_imported"] + result["items_skipped"] == 60


async def test_preview_and_mappings_stay_after_completion(manager: httpx.AsyncClient) -> None:
    made = await processed(manager)
    await imported(manager, made["id"], ignore_warnings=True)
    assert (await get(manager, made["id"], "preview"))["total"] == 2
    assert (await get(manager, made["id"], "product-mappings"))["count"] == 3


async def test_a_fault_while_importing_fails_the_import(
    manager: httpx.AsyncClient, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    made = await processed(manager)
    store.db.execute("ALTER TABLE purchases RENAME TO gone")
    failed = await imported(manager, made["id"], ignore_warnings=True)
    assert failed["stage"] == "failed"
    assert "fault" in failed["error_message"]
    assert orders_of(store) == {}
    assert "anna@example.com" not in caplog.text


ACTIONS: dict[str, tuple[str, str, list[str]]] = {
    "validate-mappings": ("POST", "Validate column mappings", ["needs_column_mapping"]),
    "process-mappings": ("POST", "Process column mappings", ["needs_column_mapping"]),
    "start-import": ("POST", "Start import process", ["needs_product_mapping"]),
    "cancel": (
        "POST",
        "Cancel data import",
        ["uploaded", "needs_column_mapping", "needs_product_mapping", "importing"],
    ),
    "preview": ("GET", "Preview import orders", ["needs_product_mapping", "importing", "completed"]),
    "column-mappings/update": (
        "PATCH",
        "Update column mappings",
        ["needs_column_mapping", "needs_product_mapping"],
    ),
    "product-mappings/update": ("PATCH", "Update product mappings", ["needs_product_mapping", "importing"]),
}


@pytest.mark.parametrize("action", ACTIONS)
async def test_the_wrong_stage_is_named_with_the_right_ones(
    manager: httpx.AsyncClient, app: Starlette, store: Store, action: str
) -> None:
    method, title, allowed = ACTIONS[action]
    made: dict[str, str] = {"needs_column_mapping": (await create(manager))["id"]}
    made["needs_product_mapping"] = (await processed(manager))["id"]
    completed = await processed(manager)
    made["completed"] = (await imported(manager, completed["id"], ignore_warnings=True))["id"]
    made["cancelled"] = (await act(manager, (await create(manager))["id"], "cancel")).json()["id"]
    for stage in ("uploaded", "importing", "failed"):
        source = made["needs_column_mapping"] if stage == "uploaded" else made["completed"]
        made[stage] = f"imp_{stage}"
        store.db.execute(
            "INSERT INTO data_imports SELECT ?, organization_id, edition_id, ?, service, created, modified, doc "
            "FROM data_imports WHERE id = ?",
            (made[stage], stage, source),
        )
    assert len(made) == 7
    for stage, import_id in made.items():
        if stage in allowed:
            continue
        content: Any = {"mappings": []} if method == "PATCH" else None
        answer = await manager.request(method, f"/v1/data-imports/{import_id}/{action}", json=content)
        assert answer.status_code == 400
        assert answer.json() == {
            "detail": f"Data import is in stage {stage}; {title} is allowed in: {', '.join(allowed)}.",
            "stage": stage,
            "allowed_stages": allowed,
        }
        assert (await get(manager, import_id))["stage"] == stage
