"""List and update product mappings."""

from typing import Any

import httpx
import pytest
from importing_steps import CAMPING, DAY, DAY_VARIANT, TENT, Json, act, get, imported, map_product, processed


async def update(client: httpx.AsyncClient, import_id: str, *changes: Json, **query: Any) -> httpx.Response:
    path = f"/v1/data-imports/{import_id}/product-mappings/update"
    return await client.patch(path, json={"mappings": list(changes)}, params=query)


async def listed(client: httpx.AsyncClient, import_id: str) -> list[Json]:
    return (await get(client, import_id, "product-mappings"))["results"]


async def assigned(client: httpx.AsyncClient, import_id: str, at: int = 2) -> tuple[str | None, str | None]:
    mapping = (await listed(client, import_id))[at]
    product, variant = mapping["product"], mapping["variant"]
    return product and product["api_id"], variant and variant["api_id"]


async def test_codes_are_matched_without_case_and_nothing_is_guessed(manager: httpx.AsyncClient) -> None:
    made = await processed(
        manager,
        "Email,SKU,Quantity\n" + "".join(f"a@example.com,{sku},1\n" for sku in ("nf-day-reg", "NF-CAMP", "Camping")),
        *("customer_email", "product_code", "quantity"),
    )
    assert [await assigned(manager, made["id"], at) for at in range(3)] == [
        (DAY, DAY_VARIANT),
        (CAMPING, None),
        (None, None),
    ]
    assert made["parsed_data"]["products_existing"] == 2


async def test_assigning_and_unassigning(manager: httpx.AsyncClient) -> None:
    made = await processed(manager)
    steps: list[tuple[Json, tuple[str | None, str | None]]] = [
        ({"product_id": DAY}, (DAY, None)),
        ({"variant_id": DAY_VARIANT}, (DAY, DAY_VARIANT)),
        ({}, (DAY, DAY_VARIANT)),
        ({"product_id": DAY}, (DAY, DAY_VARIANT)),
        ({"product_id": CAMPING}, (CAMPING, None)),
        ({"product_id": CAMPING, "variant_id": TENT}, (CAMPING, TENT)),
        ({"variant_id": None}, (CAMPING, None)),
        ({"product_id": None}, (None, None)),
        ({"product_id": DAY, "variant_id": DAY_VARIANT}, (DAY, DAY_VARIANT)),
        ({"product_id": None, "variant_id": None}, (None, None)),
    ]
    for change, expected in steps:
        answer = await map_product(manager, made["id"], "MYSTERY", **change)
        assert answer.status_code == 200, answer.text
        assert await assigned(manager, made["id"]) == expected, change
        complete = (await get(manager, made["id"]))["product_mappings_complete"]
        assert complete == ("true" if expected[0] else "false")


async def test_what_is_not_the_editions_or_the_products_is_refused(manager: httpx.AsyncClient) -> None:
    made, other = await processed(manager), await processed(manager)
    before = await listed(manager, made["id"])
    good = {"id": before[0]["id"], "product_id": CAMPING}
    mystery, foreign = before[2]["id"], (await listed(manager, other["id"]))[2]["id"]
    cases: list[tuple[Json, str]] = [
        ({"id": mystery, "product_id": "prd_unknown"}, "product_id"),
        ({"id": mystery, "product_id": "prd_n26_day"}, "product_id"),
        ({"id": mystery, "product_id": DAY, "variant_id": TENT}, "variant_id"),
        ({"id": mystery, "product_id": DAY, "variant_id": "var_unknown"}, "variant_id"),
        ({"id": mystery, "variant_id": DAY_VARIANT}, "variant_id"),
        ({"id": mystery, "product_id": None, "variant_id": DAY_VARIANT}, "variant_id"),
        ({"id": "pmap_unknown", "product_id": DAY}, "id"),
        ({"id": foreign, "product_id": DAY}, "id"),
        (good, "id"),
        ({"id": mystery, "product_id": 7}, "product_id"),
    ]
    for bad, field in cases:
        answer = await update(manager, made["id"], good, bad)
        assert answer.status_code == 400, bad
        assert answer.json()["mappings"][0] == {}
        assert list(answer.json()["mappings"][1]) == [field]
        assert await listed(manager, made["id"]) == before


async def test_update_answers_the_paged_list(manager: httpx.AsyncClient) -> None:
    made = await processed(manager)
    first = (await listed(manager, made["id"]))[0]["id"]
    answer = await update(manager, made["id"], {"id": first, "product_id": CAMPING}, page=2, page_size=2)
    assert (answer.json()["count"], len(answer.json()["results"])) == (3, 1)
    assert answer.json()["previous"]


@pytest.mark.parametrize("sku", ["<b>&", "Grøn Ø", "x" * 255])
async def test_any_code_can_be_mapped(manager: httpx.AsyncClient, sku: str) -> None:
    made = await processed(
        manager, f"Email,SKU,Quantity\na@example.com,{sku},2\n", "customer_email", "product_code", "quantity"
    )
    assert (await map_product(manager, made["id"], sku, product_id=DAY)).status_code == 200
    assert (await imported(manager, made["id"]))["import_result"]["purchases_imported"] == 2


async def test_update_needs_its_stages(manager: httpx.AsyncClient) -> None:
    made = await processed(manager)
    await act(manager, made["id"], "cancel")
    answer = await update(manager, made["id"])
    assert answer.status_code == 400
    assert answer.json()["allowed_stages"] == ["needs_product_mapping", "importing"]
