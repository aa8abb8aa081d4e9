"""A look at the orders of a file, through the door."""

from typing import Any

import pytest

from tests.door import ORDERS, Door, content_of, text_of


async def test_orders_come_with_phone_numbers_as_read_and_as_written(door: Door) -> None:
    created = await door.done("create_data_import", edition_id="edt_nordlys27", text=ORDERS)
    await door.done("process_column_mappings", import_id=created["id"])
    result = await door.call("preview_import_orders", import_id=created["id"])
    content = content_of(result)
    first, second, _ = content["orders"]
    assert (first["phone_number"], first["phone_number_original"]) == ("+4520123456", "20 12 34 56")
    assert (first["first_name"], first["last_name"]) == ("Kirsten", "Holm")
    assert [line["unit_price"] for line in first["products"]] == [195, 80]
    assert second["phone_number_valid"] is False
    lines = text_of(result).splitlines()
    for order in content["orders"]:
        [line] = [line for line in lines if line.startswith(order["email"])]
        assert all(str(product["product_sku"]) in line for product in order["products"])


async def test_slices_meet_without_gap_or_overlap(door: Door) -> None:
    import_id = (await door.prepared())["import_id"]
    first = await door.done("preview_import_orders", import_id=import_id, limit=2)
    assert (first["returned"], first["total"], first["next"]) == (2, 3, "offset=2")
    rest = await door.done("preview_import_orders", import_id=import_id, limit=2, offset=2)
    assert "next" not in rest
    assert [order["order_id"] for order in first["orders"] + rest["orders"]] == ["A-1", "A-2", "A-3"]
    beyond = await door.done("preview_import_orders", import_id=import_id, offset=10**30)
    assert (beyond["returned"], beyond["orders"]) == (0, [])


@pytest.mark.parametrize("arguments", [{"limit": 0}, {"limit": 1001}, {"offset": -1}, {"page": 2}])
async def test_what_is_no_slice(door: Door, arguments: dict[str, Any]) -> None:
    await door.refused("preview_import_orders", import_id=(await door.prepared())["import_id"], **arguments)


async def test_metadata_with_a_name_and_an_id_is_shown_whole(door: Door) -> None:
    text = "Email,SKU,Quantity,name,id,seat\nida@example.org,NF-PARK,1,Ida,77,B12\n"
    created = await door.done("create_data_import", edition_id="edt_nordlys27", text=text)
    this = {"import_id": created["id"]}
    columns = {row["column"]: row["id"] for row in (await door.done("list_column_mappings", **this))["results"]}
    mappings = [
        {"id": columns[key], "column_type": "order_metadata", "metadata_key": key} for key in ("name", "id", "seat")
    ]
    await door.done("update_column_mappings", **this, mappings=mappings)
    await door.done("process_column_mappings", **this)
    result = await door.call("preview_import_orders", **this)
    assert "B12" in text_of(result)
