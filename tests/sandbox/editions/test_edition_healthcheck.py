"""The healthcheck finds each thing that is wrong, says how grave it is and what to do, gravest first."""

from typing import Any

import httpx
import pytest

from preo_mcp.sandbox.store import Doc, Store

RUNNING, PAST, DRAFT = "edt_nordlys26", "edt_elbklang25", "edt_elbklang_draft"


async def found(client: httpx.AsyncClient, edition_id: str) -> dict[str, Doc]:
    answer = await client.get(f"/v1/editions/{edition_id}/healthcheck")
    assert answer.status_code == 200
    body = answer.json()
    gravity = [["error", "warning", "ok"].index(check["severity"]) for check in body["checks"]]
    assert gravity == sorted(gravity)
    assert body["severity"] == body["checks"][0]["severity"]
    assert all(check["message"] for check in body["checks"])
    assert all((check["what_to_do"] is None) == (check["severity"] == "ok") for check in body["checks"])
    return {check["key"]: check for check in body["checks"]}


def severities(checks: dict[str, Doc]) -> dict[str, str]:
    return {key: check["severity"] for key, check in checks.items() if check["severity"] != "ok"}


def change(store: Store, edition_id: str, **fields: Any) -> None:
    store.update("editions", edition_id, {**(store.doc("editions", edition_id) or {}), **fields})


async def test_seeded_editions(admin: httpx.AsyncClient) -> None:
    assert severities(await found(admin, RUNNING)) == {"receipt_email": "warning", "unpublished_products": "warning"}
    assert severities(await found(admin, PAST)) == {
        "past": "warning",
        "receipt_email": "warning",
        "unpublished_products": "warning",
    }
    draft = await found(admin, DRAFT)
    assert severities(draft) == {
        "dates": "error",
        "draft": "warning",
        "receipt_email": "warning",
        "unpublished_products": "warning",
    }
    assert "1 of 6 products are unpublished: Garderobe." in draft["unpublished_products"]["message"]
    assert "start_date" in draft["dates"]["what_to_do"]


@pytest.mark.parametrize(
    ("fields", "key", "severity"),
    [
        ({"start_date": None}, "dates", "error"),
        ({"merchant_account_id": None}, "merchant_account", "error"),
        ({"currency": None}, "currency", "error"),
        ({"tax_type": None}, "tax", "warning"),
        ({"timezone": "UTC"}, "timezone", "warning"),
        ({"is_draft": True}, "draft", "warning"),
        ({"is_archived": True}, "archived", "warning"),
        ({"end_date": "2026-11-21T00:00:00.000000Z", "start_date": "2026-11-20T00:00:00.000000Z"}, "past", "warning"),
    ],
)
async def test_each_fault_is_found(
    staff: httpx.AsyncClient, store: Store, fields: Doc, key: str, severity: str
) -> None:
    sound = severities(await found(staff, RUNNING))
    assert key not in sound
    change(store, RUNNING, **fields)
    assert severities(await found(staff, RUNNING)) == {**sound, key: severity}


async def test_a_receipt_is_found(staff: httpx.AsyncClient, store: Store) -> None:
    change(store, RUNNING, transaction_receipt_email_id="eml_1")
    assert "receipt_email" not in severities(await found(staff, RUNNING))


async def test_products(staff: httpx.AsyncClient, store: Store) -> None:
    store.db.execute(
        "UPDATE products SET doc = json_set(doc, '$.is_draft', json('true')) WHERE edition_id = ?", (RUNNING,)
    )
    checks = await found(staff, RUNNING)
    assert checks["unpublished_products"]["severity"] == "error"
    assert checks["unpublished_products"]["message"].endswith("and 5 more.")
    store.db.execute(
        "UPDATE products SET doc = json_set(doc, '$.is_draft', json('false')) WHERE edition_id = ?", (RUNNING,)
    )
    assert "unpublished_products" not in severities(await found(staff, RUNNING))
    store.db.execute("DELETE FROM products WHERE edition_id = ?", (RUNNING,))
    assert severities(await found(staff, RUNNING))["products"] == "error"


async def test_only_of_editions_that_one_sees(staff: httpx.AsyncClient) -> None:
    assert (await staff.get(f"/v1/editions/{PAST}/healthcheck")).status_code == 404
