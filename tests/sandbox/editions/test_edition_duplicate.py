"""A copy of an edition: what comes along, what does not, and that the two go separate ways."""

import json

import httpx
import pytest

from preo_mcp.sandbox.store import Doc, Store

SOURCE = "edt_nordlys26"
SETTINGS = (
    *("timezone", "currency", "tax_type", "default_country_code", "default_language", "enabled_languages"),
    *("event_id", "organization_id", "fee_rule_id", "merchant_account_id", "meta_image_id"),
)


def products(store: Store, edition_id: str) -> list[Doc]:
    rows = store.db.execute("SELECT doc FROM products WHERE edition_id = ?", (edition_id,))
    return sorted((json.loads(doc) for (doc,) in rows), key=lambda doc: doc["code"])


def codes(store: Store, edition_id: str) -> list[tuple[str, str, str | None]]:
    query = "SELECT code, product_id, variant_id FROM product_codes WHERE edition_id = ? ORDER BY code"
    return store.db.execute(query, (edition_id,)).fetchall()


def part_ids(product: Doc) -> set[str]:
    return {product["id"], *(part["api_id"] for kind in ("variants", "options") for part in product[kind])}


def without_ids(product: Doc) -> Doc:
    parts = {kind: [{**part, "api_id": None} for part in product[kind]] for kind in ("variants", "options")}
    return {**product, **parts, "id": None, "api_id": None, "edition_id": None}


async def test_settings_and_products_come_along_dates_and_orders_do_not(
    manager: httpx.AsyncClient, store: Store
) -> None:
    source = (await manager.get(f"/v1/editions/{SOURCE}")).json()
    answer = await manager.post(f"/v1/editions/{SOURCE}/duplicate", json={})
    assert answer.status_code == 201
    copy = answer.json()
    assert {name: copy[name] for name in SETTINGS} == {name: source[name] for name in SETTINGS}
    assert (copy["name"], copy["full_name"]) == ("Aarhus (copy)", "Nordlys Festival – Aarhus (copy)")
    assert copy["slug"] == "nordlys-aarhus-copy"
    assert (copy["is_draft"], copy["published_at"], copy["status"]) == (True, None, "no_dates")
    old, new = products(store, SOURCE), products(store, copy["id"])
    assert len(new) == len(old) > 0
    assert [without_ids(product) for product in new] == [without_ids(product) for product in old]
    assert all(first["id"] == first["api_id"] for first in new)
    assert not set[str]().union(*map(part_ids, old)) & set[str]().union(*map(part_ids, new))
    orders = store.db.execute("SELECT count(*) FROM orders WHERE edition_id = ?", (copy["id"],)).fetchone()
    assert orders == (0,)


async def test_codes_lead_to_the_copies(manager: httpx.AsyncClient, store: Store) -> None:
    copy = (await manager.post(f"/v1/editions/{SOURCE}/duplicate", json={})).json()
    old, new = codes(store, SOURCE), codes(store, copy["id"])
    assert [code for code, _, _ in new] == [code for code, _, _ in old]
    for product in products(store, copy["id"]):
        found = {code: variant for code, key, variant in new if key == product["id"]}
        assert found == {
            product["code"].casefold(): None,
            **{variant["code"].casefold(): variant["api_id"] for variant in product["variants"]},
        }


async def test_messages_come_along_and_stay_assigned(manager: httpx.AsyncClient, store: Store) -> None:
    for key, edition in (("eml_own", SOURCE), ("eml_template", None), ("eml_other", "edt_nordlys27")):
        columns = {"id": key, "organization_id": "org_nordlys", "edition_id": edition}
        store.insert("email_messages", {"id": key, "title": key, "edition_id": edition, "subject": "Tak"}, **columns)
    assigned = {"transaction_receipt_email_id": "eml_own", "refund_confirmation_email_id": "eml_template"}
    assert (await manager.patch(f"/v1/editions/{SOURCE}", json=assigned)).status_code == 200
    copy = (await manager.post(f"/v1/editions/{SOURCE}/duplicate", json={"name": " Odense "})).json()
    rows = store.db.execute("SELECT id, doc FROM email_messages WHERE edition_id = ?", (copy["id"],)).fetchall()
    [(key, text)] = rows
    message = json.loads(text)
    assert (message["id"], message["edition_id"], message["subject"]) == (key, copy["id"], "Tak")
    assert (copy["transaction_receipt_email_id"], copy["refund_confirmation_email_id"]) == (key, "eml_template")
    assert copy["name"] == "Odense"


async def test_a_changed_copy_leaves_the_source(manager: httpx.AsyncClient) -> None:
    before = (await manager.get(f"/v1/editions/{SOURCE}")).json()
    copy = (await manager.post(f"/v1/editions/{SOURCE}/duplicate", json={})).json()
    assert (await manager.patch(f"/v1/editions/{copy['id']}", json={"name": "X"})).status_code == 200
    assert (await manager.get(f"/v1/editions/{SOURCE}")).json() == before


async def test_copies_of_copies_are_told_apart(manager: httpx.AsyncClient) -> None:
    slugs = [(await manager.post(f"/v1/editions/{SOURCE}/duplicate", json={})).json()["slug"] for _ in range(2)]
    assert slugs == ["nordlys-aarhus-copy", "nordlys-aarhus-copy-2"]


@pytest.mark.parametrize(("edition", "body", "status"), [(SOURCE, {"name": " "}, 400), ("edt_elbklang25", {}, 404)])
async def test_refused(manager: httpx.AsyncClient, store: Store, edition: str, body: Doc, status: int) -> None:
    answer = await manager.post(f"/v1/editions/{edition}/duplicate", json=body)
    assert answer.status_code == status
    assert store.db.execute("SELECT count(*) FROM editions").fetchone() == (4,)
