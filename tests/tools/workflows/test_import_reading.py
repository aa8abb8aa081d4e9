"""A file that the detection reads wrongly is read as the user says."""

import base64

from tests.door import EDITION, ORDERS, Door

# In cp850 the byte 0x9b is ø; in cp1252 it is a closing quotation mark, as little believable as it is possible.
NAMED = ORDERS.replace("Kirsten Holm", "Bøje Sørensen")


def _base64(text: str, encoding: str) -> str:
    return base64.b64encode(text.encode(encoding)).decode()


async def test_encoding_and_delimiter_as_told(door: Door) -> None:
    content = _base64(NAMED.replace(",", "|"), "cp850")
    told = ["encoding: cp850", "delimiter: |", "products: keep"]
    given = {"edition_id": EDITION, "file_base64": content, "file_name": "orders.txt"}
    prepared = await door.done("prepare_import", **given, settle=told)
    preview = await door.done("preview_import_orders", import_id=prepared["import_id"])
    assert (preview["orders"][0]["first_name"], preview["orders"][0]["last_name"]) == ("Bøje", "Sørensen")


async def test_the_line_of_the_headings_as_told(door: Door) -> None:
    content = "Order ID,Email,Full name,Phone,SKU,Product,Quantity,Price\n" + ORDERS
    prepared = await door.prepared(content, settle=["header_line: 2", "products: keep"])
    assert prepared["parsed_data"]["orders_total"] == 3


async def test_a_way_that_cannot_be_is_refused_before_anything_is_uploaded(door: Door) -> None:
    for told in ("encoding: klingon", "delimiter: ,,", "charset: utf-8"):
        await door.refused("prepare_import", edition_id=EDITION, text=ORDERS, file_name="a.csv", settle=[told])
    assert (await door.done("list_data_imports"))["total"] == 0
