"""List, update, validate and process column mappings."""

from typing import Any

import anyio
import httpx
import pytest
from importing_steps import SHOP, TYPES, Json, act, create, get, map_columns, map_product, processed
from starlette.applications import Starlette

from preo_mcp.sandbox.store import Store

ALL_TYPES = (*TYPES, ("order_metadata", "note"))


async def change(client: httpx.AsyncClient, import_id: str, *mappings: Json, **query: Any) -> httpx.Response:
    path = f"/v1/data-imports/{import_id}/column-mappings/update"
    return await client.patch(path, json={"mappings": list(mappings)}, params=query)


async def columns(client: httpx.AsyncClient, import_id: str) -> list[Json]:
    return (await get(client, import_id, "column-mappings"))["results"]


async def test_columns_are_listed_in_the_files_order_with_guesses(manager: httpx.AsyncClient) -> None:
    made = await create(manager)
    listed = await columns(manager, made["id"])
    assert [column["order"] for column in listed] == [str(at) for at in range(10)]
    assert [column["column"] for column in listed][:3] == ["Order id", "Email", "SKU"]
    assert [column["column_type"] for column in listed][:9] == list(TYPES)
    page = await get(manager, made["id"], "column-mappings", page=2, page_size=4)
    assert (page["count"], [column["order"] for column in page["results"]]) == (10, ["4", "5", "6", "7"])


async def test_the_imports_filters_are_accepted_and_ignored(manager: httpx.AsyncClient) -> None:
    made = await processed(manager)
    query = {"stage": "nonsense", "edition_id": "x", "include_cancelled": "maybe", "ordering": "-name"}
    assert (await get(manager, made["id"], "product-mappings", **query))["count"] == 3
    assert (await get(manager, made["id"], "column-mappings", **query, page_size=2))["next"]
    assert (await change(manager, made["id"], **query)).status_code == 200
    answer = await manager.get(f"/v1/data-imports/{made['id']}/column-mappings", params={"page": "x"})
    assert answer.status_code == 400


async def test_update_answers_the_paged_list(manager: httpx.AsyncClient) -> None:
    made = await create(manager)
    first, second, *_ = await columns(manager, made["id"])
    answer = await change(
        manager,
        made["id"],
        {"id": first["id"], "column_type": "purchase_metadata", "metadata_key": " external id "},
        {"id": second["id"], "column_type": None},
        page_size=2,
    )
    assert answer.json()["count"] == 10
    assert answer.json()["results"] == [
        {**first, "column_type": "purchase_metadata", "metadata_key": "external id"},
        {**second, "column_type": None},
    ]


async def test_a_key_stays_with_metadata_and_goes_with_it(manager: httpx.AsyncClient) -> None:
    made = await create(manager)
    key = (await columns(manager, made["id"]))[0]["id"]

    async def after(**wanted: Any) -> tuple[str | None, str | None]:
        answer = await change(manager, made["id"], {"id": key, **wanted})
        assert answer.status_code == 200, answer.text
        [shown] = answer.json()["results"][:1]
        return shown["column_type"], shown["metadata_key"]

    assert await after(column_type="order_metadata") == ("order_metadata", None)
    assert await after(metadata_key="ref") == ("order_metadata", "ref")
    assert await after(column_type="purchase_metadata") == ("purchase_metadata", "ref")
    assert await after(column_type="purchase_metadata", metadata_key=None) == ("purchase_metadata", None)
    assert await after(column_type="purchase_metadata", metadata_key="ref") == ("purchase_metadata", "ref")
    assert await after(column_type="order_id", metadata_key=None) == ("order_id", None)
    assert await after(column_type="ignore") == ("ignore", None)


async def test_update_is_all_or_nothing(manager: httpx.AsyncClient) -> None:
    made, other = await create(manager), await create(manager)
    before = await columns(manager, made["id"])
    good = {"id": before[0]["id"], "column_type": "ignore"}
    foreign = (await columns(manager, other["id"]))[0]["id"]
    cases: list[tuple[Json, str]] = [
        ({"id": "cmap_unknown", "column_type": "ignore"}, "id"),
        ({"id": foreign, "column_type": "ignore"}, "id"),
        (good, "id"),
        ({"id": before[1]["id"], "metadata_key": "x"}, "metadata_key"),
        ({"id": before[1]["id"], "column_type": "ignore", "metadata_key": "x"}, "metadata_key"),
        ({"id": before[1]["id"], "column_type": "order_metadata", "metadata_key": "x" * 256}, "metadata_key"),
        ({"id": before[1]["id"], "column_type": "nonsense"}, "column_type"),
        ({"column_type": "ignore"}, "id"),
    ]
    for bad, field in cases:
        answer = await change(manager, made["id"], good, bad)
        assert answer.status_code == 400, bad
        assert answer.json()["mappings"][0] == {}
        assert list(answer.json()["mappings"][1]) == [field]
        assert await columns(manager, made["id"]) == before
    assert "cmap_unknown" in (await change(manager, made["id"], {"id": "cmap_unknown"})).text


async def test_update_after_processing_clears_and_goes_back(manager: httpx.AsyncClient, store: Store) -> None:
    made = await processed(manager)
    await map_product(manager, made["id"], "MYSTERY", product_id="prd_n27_token")
    assert (await change(manager, made["id"])).status_code == 200
    assert (await get(manager, made["id"]))["stage"] == "needs_product_mapping"

    first = (await columns(manager, made["id"]))[0]["id"]
    assert (await change(manager, made["id"], {"id": first, "column_type": "order_id"})).status_code == 200
    shown = await get(manager, made["id"])
    assert shown["stage"] == "needs_column_mapping"
    assert (shown["parsed_data"], shown["product_mappings_complete"], shown["row_problems"]) == (None, None, None)
    assert (await get(manager, made["id"], "product-mappings"))["count"] == 0
    with anyio.fail_after(10):
        while store.db.execute("SELECT 1 FROM jobs WHERE status = 'queued'").fetchone():
            await anyio.lowlevel.checkpoint()
    for table in ("product_mappings", "import_orders", "import_customers"):
        assert store.db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)

    again = (await act(manager, made["id"], "process-mappings")).json()
    assert again["parsed_data"] == made["parsed_data"]
    mystery = (await get(manager, made["id"], "product-mappings"))["results"][2]
    assert (mystery["product_sku"], mystery["product"]) == ("MYSTERY", None)


@pytest.mark.parametrize(
    ("types", "errors"),
    [
        (ALL_TYPES, []),
        (("order_id", None, "product_code", None, "quantity"), ["customer_email"]),
        ((None,) * 10, ["customer_email", "product_code", "quantity"]),
        (("customer_email", *TYPES[1:]), ["customer_email"]),
        ((*TYPES[:8], "order_id"), ["order_id"]),
        ((*TYPES, "order_metadata"), ["order_metadata"]),
        ((("order_metadata", "a"), *TYPES[1:8], ("order_metadata", "a")), ["order_metadata"]),
        ((("order_metadata", "a"), *TYPES[1:8], ("purchase_metadata", "a")), []),
        (("ignore", *TYPES[1:8], "ignore"), []),
    ],
)
async def test_validation_errors_by_column_type(
    manager: httpx.AsyncClient, types: tuple[Any, ...], errors: list[str]
) -> None:
    made = await create(manager)
    await map_columns(manager, made["id"], *types)
    if len(types) < 10:
        rest = (await columns(manager, made["id"]))[len(types) :]
        await change(manager, made["id"], *({"id": column["id"], "column_type": None} for column in rest))
    verdict = (await act(manager, made["id"], "validate-mappings")).json()
    assert verdict["valid"] is (not errors)
    assert sorted(verdict["errors"]) == errors
    answer = await act(manager, made["id"], "process-mappings")
    if errors:
        assert (answer.status_code, answer.json()) == (400, verdict["errors"])
        assert (await get(manager, made["id"]))["stage"] == "needs_column_mapping"
    else:
        assert answer.json()["stage"] == "needs_product_mapping"


@pytest.mark.parametrize(
    ("types", "warnings"),
    [
        (ALL_TYPES, []),
        ((*TYPES[:7], "ignore", "ignore", "ignore"), ["customer_full_name"]),
        ((*TYPES[:7], "customer_full_name", "ignore", "ignore"), []),
        ((*TYPES[:7], "customer_full_name", "customer_last_name", "ignore"), ["customer_full_name"]),
        (("ignore", *TYPES[1:], "ignore"), ["order_id"]),
        ((*TYPES[:5], "ignore", *TYPES[6:], "ignore"), ["unit_price"]),
        ((*TYPES, None), ["ignore"]),
    ],
)
async def test_validation_warnings(manager: httpx.AsyncClient, types: tuple[Any, ...], warnings: list[str]) -> None:
    made = await create(manager)
    await map_columns(manager, made["id"], *types)
    verdict = (await act(manager, made["id"], "validate-mappings")).json()
    assert verdict["valid"]
    assert sorted(verdict["warnings"]) == warnings
    assert all(isinstance(text, str) for texts in verdict["warnings"].values() for text in texts)


async def test_staff_may_validate(staff: httpx.AsyncClient, manager: httpx.AsyncClient) -> None:
    made = await create(manager)
    assert (await act(staff, made["id"], "validate-mappings")).json()["valid"]


async def test_while_processing_only_name_and_end_can_change(
    manager: httpx.AsyncClient, app: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job is held back, as a long one would be; a caller that gives up does not stop it."""
    made = await create(manager)
    gate = anyio.Event()
    parse = app.state.jobs.handlers["parse_import"]

    async def held(jobs: Any, subject: str) -> None:
        await gate.wait()
        await parse(jobs, subject)

    monkeypatch.setattr(app.state.jobs, "handlers", {**app.state.jobs.handlers, "parse_import": held})
    with anyio.move_on_after(0.05):
        await act(manager, made["id"], "process-mappings")
    shown = await get(manager, made["id"])
    assert (shown["processing"], shown["stage"]) == (True, "needs_column_mapping")
    assert shown["progress"]["done"] == 0
    assert shown["progress"]["total"] == len(SHOP.encode())
    refused = [
        await act(manager, made["id"], "process-mappings"),
        await act(manager, made["id"], "validate-mappings"),
        await change(manager, made["id"]),
    ]
    for answer in refused:
        assert answer.status_code == 400
        assert answer.json()["processing"] is True
        assert "being processed" in answer.json()["detail"]
    assert (await manager.patch(f"/v1/data-imports/{made['id']}", json={"name": "n"})).status_code == 200
    gate.set()
    with anyio.fail_after(10):
        while (shown := await get(manager, made["id"]))["processing"]:
            await anyio.lowlevel.checkpoint()
    assert (shown["stage"], shown["name"], shown["progress"]) == ("needs_product_mapping", "n", None)


async def test_cancelling_stops_processing(
    manager: httpx.AsyncClient, app: Starlette, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await create(manager)
    gate = anyio.Event()
    parse = app.state.jobs.handlers["parse_import"]

    async def held(jobs: Any, subject: str) -> None:
        await gate.wait()
        await parse(jobs, subject)

    monkeypatch.setattr(app.state.jobs, "handlers", {**app.state.jobs.handlers, "parse_import": held})
    with anyio.move_on_after(0.05):
        await act(manager, made["id"], "process-mappings")
    assert (await act(manager, made["id"], "cancel")).json()["stage"] == "cancelled"
    gate.set()
    with anyio.fail_after(10):
        while store.db.execute("SELECT 1 FROM jobs WHERE status = 'queued'").fetchone():
            await anyio.lowlevel.checkpoint()
    assert store.db.execute("SELECT count(*) FROM import_orders").fetchone() == (0,)
    assert (await get(manager, made["id"]))["stage"] == "cancelled"


async def test_a_fault_while_processing_fails_the_import(
    manager: httpx.AsyncClient, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    made = await create(manager)
    store.db.execute("ALTER TABLE import_orders RENAME TO gone")
    answer = await act(manager, made["id"], "process-mappings")
    assert answer.json()["stage"] == "failed"
    assert "fault in the sandbox" in answer.json()["error_message"]
    assert "OperationalError" in caplog.text
    assert "anna@example.com" not in caplog.text


async def test_a_file_that_changed_fails_the_import(manager: httpx.AsyncClient, store: Store) -> None:
    made = await create(manager)
    (store.files / f"{made['id']}.data").write_text("other")
    answer = await act(manager, made["id"], "process-mappings")
    assert (answer.status_code, answer.json()["stage"]) == (200, "failed")
    assert len(answer.json()["error_message"].split(" · ")) == 3
    events = (await manager.get("/__sandbox/events")).json()
    assert [event["type"] for event in events] == ["DATA_IMPORT_FAILED"]
