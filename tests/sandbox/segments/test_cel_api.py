"""The context of conditions, and checking an expression, over HTTP."""

from typing import Any

import httpx
from segment_steps import UPCOMING

from preo_mcp.sandbox.segments.context import NOT_COUNTED

SOUND: dict[str, Any] = {"valid": True, "errors": [], **NOT_COUNTED}


async def test_context(manager: httpx.AsyncClient) -> None:
    context = (await manager.get("/v1/segments/cel-context", params={"edition_id": UPCOMING})).json()
    assert [one["name"] for one in context["variables"]] == ["user", "now", "edition"]
    types = {one["name"]: {field["name"]: field["type"] for field in one["fields"]} for one in context["types"]}
    assert types["User"]["orders"] == "list<Order>"
    assert types["User"]["phone_number"] == "string?"
    assert types["Order"]["total"] == "double"
    assert all(
        one.keys() == {"name", "syntax", "description", "example"} and all(one.values()) for one in context["functions"]
    )
    values = context["dynamic_values"]
    products = {product["id"]: product for product in values["products"]}
    assert products["prd_n27_partout"]["category_ids"] == ["cat_tickets"]
    assert products["prd_n27_partout"]["variants"][0].keys() == {"id", "name", "code", "price"}
    assert products["prd_n27_partout"]["variants"][1]["price"] == 1895.0
    assert values["product_types"] == ["deposit", "product", "rental", "ticket"]
    assert "completed" in values["purchase_statuses"]
    assert values["consents"][0] == {"id": "con_nordlys_news", "name": "Nyhedsbrev"}


async def test_context_refused(manager: httpx.AsyncClient) -> None:
    assert (await manager.get("/v1/segments/cel-context")).status_code == 400
    for key in ("edt_none", "edt_elbklang25"):
        assert (await manager.get("/v1/segments/cel-context", params={"edition_id": key})).status_code == 404


async def test_every_product_named_in_the_context_can_be_asked_for(manager: httpx.AsyncClient) -> None:
    context = (await manager.get("/v1/segments/cel-context", params={"edition_id": UPCOMING})).json()
    for product in context["dynamic_values"]["products"]:
        expression = f"user.purchases.exists(p, p.product_id == '{product['id']}')"
        answer = await manager.post("/v1/segments/validate", json={"expression": expression})
        assert answer.json() == SOUND


async def test_validate(staff: httpx.AsyncClient) -> None:
    async def answer(**body: str | bool | None) -> httpx.Response:
        return await staff.post("/v1/segments/validate", json=body)

    wrong = (await answer(expression="user.contry == 'DK' || edition.id == 'x'")).json()
    assert wrong["valid"] is False
    assert [(one["line"], one["column"], one["suggestion"]) for one in wrong["errors"]] == [
        (1, 6, "country"),
        (1, 24, "edition is there only with an edition_id"),
    ]
    right = await answer(expression="user.country == 'DK' || edition.id == 'x'", edition_id=UPCOMING)
    assert (right.status_code, right.json()) == (200, SOUND)
    assert (await answer(expression="true", edition_id=None)).json()["valid"]
    assert (await answer(expression="true", edition_id="edt_elbklang25")).status_code == 404
    assert (await answer()).status_code == 400


async def test_validate_counts_on_request(staff: httpx.AsyncClient) -> None:
    async def counted(expression: str, **body: str) -> dict[str, Any]:
        sent = {"expression": expression, "count": True, **body}
        return (await staff.post("/v1/segments/validate", json=sent)).json()

    everybody = await counted("true")
    assert (everybody["matching_count"], everybody["error_count"], len(everybody["samples"])) == (1300, 0, 3)
    assert await counted("true", edition_id=UPCOMING) == everybody
    split = await counted("user.orders[0].total > 0")
    assert split["matching_count"] + split["error_count"] <= 1300
    assert "index=0" in split["first_error"]
    nobody = await counted("false")
    assert (nobody["matching_count"], nobody["samples"]) == (0, [])
    assert (await counted("fals"))["matching_count"] is None
