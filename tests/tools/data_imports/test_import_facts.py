"""The facts before orders are written: complete, bound in full, read over all pages."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.door import YES, Era, Person, open_door, text_of

IMPORT: dict[str, Any] = {
    "id": "imp_1",
    "name": "August",
    "stage": "needs_product_mapping",
    "data_file_name": "orders.csv",
    "modified": "2026-08-01T10:00:00.123456Z",
    "edition": {"id": "edt_1", "full_name": "Nordlys", "start_date": "2026-09-01T10:00:00Z"},
    "parsed_data": {"customers_total": 7, "customers_existing": 2, "orders_total": 9, "orders_existing": 1},
    "row_problems": {"count": 3, "listed": []},
}


def product(number: int, *, mapped: bool = True) -> dict[str, Any]:
    target = {"api_id": f"prd_{number}", "name": f"Product {number}"} if mapped else None
    return {
        "id": f"pmap_{number}",
        "product_sku": f"SKU-{number}",
        "product": target,
        "quantity_in_import": str(number),
    }


class Preo:
    """An API that pages its mappings by two, and remembers what was started."""

    def __init__(self, *products: dict[str, Any]) -> None:
        self.products = products
        self.started = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/product-mappings"):
            page = int(request.url.params["page"])
            more = "https://api.example/next" if page * 2 < len(self.products) else None
            results = self.products[(page - 1) * 2 : page * 2]
            return httpx.Response(200, json={"count": len(self.products), "next": more, "results": results})
        if request.url.path.endswith("/start-import"):
            self.started += 1
            return httpx.Response(200, json=IMPORT | {"stage": "importing"})
        return httpx.Response(200, json=IMPORT)


async def test_all_pages_of_products_are_in_the_facts(tmp_path: Path, era: Era) -> None:
    person = Person(YES)
    preo = Preo(*(product(number) for number in range(1, 20)), product(20, mapped=False))
    async with open_door(tmp_path, era, person, api=preo) as door:
        text = await door.refused("start_import", import_id="imp_1")
        assert "1 of 20 products are unmapped (SKU-20)" in text
        await door.done("start_import", import_id="imp_1", ignore_warnings=True)
    assert preo.started == 1
    [question] = person.questions
    lines = question.splitlines()
    assert lines[0].endswith("?")
    for line in (
        "File: orders.csv",
        "Import: August (imp_1)",
        "Edition: Nordlys (edt_1), 2026-09-01",
        "Orders: 9, of which 1 exist and are left as they are",
        "Customers: 7, of which 2 exist",
        "Rows left out: 3",
    ):
        assert line in lines
    assert "Product: 20 × SKU-20 → UNMAPPED, will be skipped" in lines
    assert sum(line.startswith("Product: ") for line in lines) == 12
    assert any(line.startswith("And 8 more: ") for line in lines)


@pytest.mark.parametrize("status", [500, 502])
async def test_a_lost_answer_of_a_start_is_looked_up(tmp_path: Path, era: Era, status: int) -> None:
    preo = Preo(product(1))

    def broken(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, text="oops") if request.method == "POST" else preo(request)

    async with open_door(tmp_path, era, Person(YES), api=broken) as door:
        result = await door.call("start_import", import_id="imp_1")
    assert result.is_error
    assert "was not done · Preo gave no readable answer, and reading back shows: " in text_of(result)
