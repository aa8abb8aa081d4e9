"""The steps of an import through HTTP, as the tests take them."""

from base64 import b64encode
from typing import Any

import anyio
import httpx

Json = dict[str, Any]

RUNNING, UPCOMING, PAST = "edt_nordlys26", "edt_nordlys27", "edt_elbklang25"
"""Editions; the last one belongs to the organization that only the admin sees."""
DAY, DAY_VARIANT, CAMPING, TENT = "prd_n27_day", "var_n27_day_regular", "prd_n27_camping", "var_n27_camping_tent"
"""Products and variants of UPCOMING."""

HEADER = "Order id,Email,SKU,Product name,Quantity,Unit price,Phone,First name,Last name,Note"
TYPES = (
    *("order_id", "customer_email", "product_code", "product_name", "quantity", "unit_price", "customer_phone"),
    *("customer_first_name", "customer_last_name"),
)

SHOP = f"""{HEADER}
#A1,anna@example.com,NF-DAY-REG,Voksen,2,"1.234,50",20 12 34 56,Anna,Holm,ring først
#A1,,NF-CAMP-TENT,Eget telt,1,"DKK 395,-",,,,
#A2,bo@example.com,MYSTERY,Overraskelse,3,95,12,Bo,Lund,
"""
"""Two orders: one of two known products, one of an unknown product and with a bad phone number."""


def body(content: str | bytes, edition: str = UPCOMING, file_name: str = "orders.csv", **more: Any) -> Json:
    raw = content.encode() if isinstance(content, str) else content
    encoded = b64encode(raw).decode()
    return {"edition_id": edition, "data_file_name": file_name, "data_file_base64": encoded, **more}


async def create(client: httpx.AsyncClient, content: str | bytes = SHOP, **more: Any) -> Json:
    answer = await client.post("/v1/data-imports", json=body(content, **more))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def act(client: httpx.AsyncClient, import_id: str, action: str, **query: Any) -> httpx.Response:
    return await client.post(f"/v1/data-imports/{import_id}/{action}", params=query)


async def get(client: httpx.AsyncClient, import_id: str, part: str = "", **query: Any) -> Json:
    answer = await client.get(f"/v1/data-imports/{import_id}{part and '/' + part}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def map_columns(
    client: httpx.AsyncClient, import_id: str, *types: str | tuple[str, str] | None
) -> httpx.Response:
    """Give the columns these types in order; a pair is a metadata type with its key."""
    mappings = (await get(client, import_id, "column-mappings", page_size=1000))["results"]
    changes: list[Json] = []
    for mapping, wanted in zip(mappings, types, strict=False):
        kind, key = wanted if isinstance(wanted, tuple) else (wanted, None)
        changes.append({"id": mapping["id"], "column_type": kind, "metadata_key": key})
    return await client.patch(f"/v1/data-imports/{import_id}/column-mappings/update", json={"mappings": changes})


async def processed(client: httpx.AsyncClient, content: str | bytes = SHOP, *types: Any, **more: Any) -> Json:
    """Create an import, map its columns (as SHOP has them by default) and process it."""
    made = await create(client, content, **more)
    chosen = types or (*TYPES, ("order_metadata", "note"))
    answer = await map_columns(client, made["id"], *chosen)
    assert answer.status_code == 200, answer.text
    answer = await act(client, made["id"], "process-mappings")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def map_product(client: httpx.AsyncClient, import_id: str, sku: str, **change: Any) -> httpx.Response:
    mappings = (await get(client, import_id, "product-mappings", page_size=1000))["results"]
    [key] = [mapping["id"] for mapping in mappings if mapping["product_sku"] == sku]
    answer = {"mappings": [{"id": key, **change}]}
    return await client.patch(f"/v1/data-imports/{import_id}/product-mappings/update", json=answer)


async def imported(client: httpx.AsyncClient, import_id: str, **query: Any) -> Json:
    """Start an import and wait until it has left the stage `importing`."""
    answer = await act(client, import_id, "start-import", **query)
    assert answer.status_code == 200, answer.text
    return await settled(client, import_id)


async def settled(client: httpx.AsyncClient, import_id: str) -> Json:
    with anyio.fail_after(20):
        while (shown := await get(client, import_id))["stage"] == "importing":
            await anyio.lowlevel.checkpoint()
    return shown


async def edition_state(client: httpx.AsyncClient, edition: str = UPCOMING) -> Json:
    return (await client.get("/__sandbox/state")).json()["editions"][edition]
