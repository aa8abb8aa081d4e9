"""An import from the file to the orders, through HTTP."""

import json

import httpx
from importing_steps import UPCOMING, act, create, edition_state, get, imported, map_product, processed

from preo_mcp.api.models.data_imports import DataImport
from preo_mcp.sandbox.store import Store


async def test_shop_export_becomes_orders(manager: httpx.AsyncClient, store: Store) -> None:
    before = await edition_state(manager)
    made = await create(manager)
    assert made["stage"] == "needs_column_mapping"
    assert (await act(manager, made["id"], "validate-mappings")).json()["valid"]

    parsed = (await act(manager, made["id"], "process-mappings")).json()
    assert parsed["stage"] == "needs_product_mapping"
    assert parsed["parsed_data"] == {
        "customers_total": 2,
        "customers_existing": 0,
        "products_total": 3,
        "products_existing": 2,
        "orders_total": 2,
        "orders_existing": 0,
    }
    assert parsed["product_mappings_complete"] == "false"

    assert (await map_product(manager, made["id"], "MYSTERY", product_id="prd_n27_token")).status_code == 200
    done = await imported(manager, made["id"])
    assert (done["stage"], done["product_mappings_complete"]) == ("completed", "true")
    assert done["import_result"] == {
        "orders_imported": 2,
        "orders_skipped_existing": 0,
        "orders_skipped_unmapped": 0,
        "purchases_imported": 6,
        "items_skipped": 0,
        "customers_created": 2,
    }
    after = await edition_state(manager)
    assert after["orders"] - before["orders"] == 2
    assert after["purchases"] - before["purchases"] == 6
    assert after["customers"] - before["customers"] == 2
    assert after["turnover"] - before["turnover"] == 2 * 123450 + 39500 + 3 * 9500

    [(order_doc, customer_doc)] = store.db.execute(
        "SELECT o.doc, c.doc FROM orders o JOIN customers c ON c.id = customer_id "
        "WHERE o.edition_id = ? AND external_id = '#A1'",
        (UPCOMING,),
    )
    order, customer = json.loads(order_doc), json.loads(customer_doc)
    assert (order["type"], order["status"], order["currency"]) == ("imported", "completed", "DKK")
    assert (order["amount"], order["metadata"]) == (2 * 123450 + 39500, {"note": "ring først"})
    assert (customer["email"], customer["first_name"], customer["last_name"]) == ("anna@example.com", "Anna", "Holm")
    assert customer["phone_number"] == "+4520123456"
    purchases = [
        json.loads(doc)
        for (doc,) in store.db.execute("SELECT doc FROM purchases WHERE order_id = ? ORDER BY rowid", (order["id"],))
    ]
    assert [(line["variant_id"], line["price"]) for line in purchases] == [
        ("var_n27_day_regular", 123450),
        ("var_n27_day_regular", 123450),
        ("var_n27_camping_tent", 39500),
    ]
    events = (await manager.get("/__sandbox/events")).json()
    assert [(event["type"], event["data"]["data_import_id"]) for event in events] == [
        ("DATA_IMPORT_COMPLETED", made["id"])
    ]


async def test_every_answer_is_of_the_documented_shape(manager: httpx.AsyncClient) -> None:
    made = await processed(manager)
    documented = set(DataImport.model_fields)
    assert documented <= set(made)
    assert set(made["organization"]) == {"id", "name", "slug", "avatar"}
    assert set(made["edition"]) == {
        *("id", "full_name", "slug", "start_date", "end_date", "timezone", "is_draft", "published_at")
    }
    assert isinstance(made["product_mappings_complete"], str)
    preview = await get(manager, made["id"], "preview")
    assert set(preview) == {"total", "limit", "offset", "orders", "order_metadata_keys", "purchase_metadata_keys"}
    assert set(preview["orders"][0]) == {
        *("email", "phone_number", "phone_number_original", "phone_number_valid", "first_name", "last_name"),
        *("order_id", "products", "order_metadata"),
    }
    assert set(preview["orders"][0]["products"][0]) == {
        *("product_name", "product_sku", "quantity", "item_id", "unit_price", "purchase_metadata")
    }
    [column, *_] = (await get(manager, made["id"], "column-mappings"))["results"]
    assert set(column) == {"id", "column", "column_type", "metadata_key", "order"}
    assert column["order"] == "0"
    [product, *_] = (await get(manager, made["id"], "product-mappings"))["results"]
    assert set(product) == {"id", "product_sku", "product_name", "product", "variant", "quantity_in_import"}
    assert set(product["product"]) == {"api_id", "name", "is_draft", "images"}
    assert product["variant"] == {"api_id": "var_n27_day_regular", "name": "Voksen"}
    assert product["quantity_in_import"] == "2"


async def test_importing_the_same_file_again_doubles_nothing(manager: httpx.AsyncClient) -> None:
    first = await processed(manager)
    await imported(manager, first["id"], ignore_warnings=True)
    before = await edition_state(manager)
    again = await processed(manager)
    assert again["parsed_data"]["orders_existing"] == 1
    assert again["parsed_data"]["customers_existing"] == 1
    done = await imported(manager, again["id"], ignore_warnings=True)
    assert done["import_result"]["orders_imported"] == 0
    assert done["import_result"]["orders_skipped_existing"] == 1
    assert done["import_result"]["orders_skipped_unmapped"] == 1
    assert done["import_result"]["items_skipped"] == 6
    assert await edition_state(manager) == before


async def test_an_excel_workbook_is_read_too(manager: httpx.AsyncClient) -> None:
    from io import BytesIO

    from openpyxl import Workbook

    book, buffer = Workbook(), BytesIO()
    sheet = book.active
    assert sheet is not None
    for row in (["Order id", "Email", "SKU", "Quantity"], ["X1", "anna@example.com", "NF-DAY-REG", 2]):
        sheet.append(row)
    book.save(buffer)
    made = await processed(
        manager,
        buffer.getvalue(),
        *("order_id", "customer_email", "product_code", "quantity"),
        file_name="orders.xlsx",
    )
    assert made["file_format"]["kind"] == "xlsx"
    assert (await imported(manager, made["id"]))["import_result"]["purchases_imported"] == 2


async def test_encodings_and_delimiters(manager: httpx.AsyncClient) -> None:
    for encoding in ("utf-8", "utf-8-sig", "cp1252", "utf-16"):
        for delimiter in (",", ";", "\t"):
            text = "\n".join(
                delimiter.join(row)
                for row in (
                    ("Email", "SKU", "Quantity", "Name"),
                    ("soeren@example.com", "NF-DAY-REG", "1", "Søren Kjærgård"),
                    ("aase@example.com", "NF-DAY-REG", "2", "Åse Østergård"),
                )
            )
            made = await processed(
                manager, text.encode(encoding), *("customer_email", "product_code", "quantity", "customer_full_name")
            )
            orders = (await get(manager, made["id"], "preview"))["orders"]
            assert [(order["first_name"], order["last_name"]) for order in orders] == [
                ("Søren", "Kjærgård"),
                ("Åse", "Østergård"),
            ], (encoding, delimiter)
