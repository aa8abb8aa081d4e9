"""The products of an edition at the door: what Preo tells of them, and what it does not."""

from pathlib import Path
from typing import Any

from tests.door import EDITION, Door, open_door
from tests.scripted_lists import Api

BARE: dict[str, Any] = {"variables": [], "types": [], "functions": []}


async def test_products_with_variants_prices_and_codes(door: Door) -> None:
    listed = await door.done("list_products", edition_id=EDITION)
    assert (listed["returned"], listed["total"], listed["currency"]) == (len(listed["results"]), listed["total"], "DKK")
    by_id = {row["id"]: row for row in listed["results"]}
    day = by_id["prd_n27_day"]
    assert [variant["id"] for variant in day["variants"]][:1] == ["var_n27_day_regular"] or day["variants"]
    assert all(isinstance(variant["price"], int | float) and variant["code"] for variant in day["variants"])
    assert by_id["prd_n27_child"]["name"] == "Børnebillet"
    assert any("does not tell stock" in note for note in listed["notes"])
    assert not any("Preo sent no" in note for note in listed["notes"])


async def test_products_are_searched_by_name_code_and_variant(door: Door) -> None:
    for search in ("bornebillet", "prd_n27_child"):
        assert [
            row["id"] for row in (await door.done("list_products", edition_id=EDITION, search=search))["results"]
        ] == ["prd_n27_child"]
    of_variant = await door.done("list_products", edition_id=EDITION, search="NF-DAY-REG")
    assert [row["id"] for row in of_variant["results"]] == ["prd_n27_day"]
    nothing = await door.done("list_products", edition_id=EDITION, search="no such thing")
    assert (nothing["total"], nothing["results"]) == (0, [])
    assert "No Edition" in await door.refused("list_products", edition_id="edt_none")


async def test_pages_follow_each_other(door: Door) -> None:
    everything = (await door.done("list_products", edition_id=EDITION))["results"]
    rows = list[dict[str, Any]]()
    for page in range(1, len(everything) + 2):
        listed = await door.done("list_products", edition_id=EDITION, page=page, page_size=2)
        rows += listed["results"]
        if "next" not in listed:
            break
        assert listed["next"] == f"page={page + 1}, page_size=2"
    assert rows == everything


async def test_what_preo_does_not_send_is_unknown(tmp_path: Path) -> None:
    products = [{"id": "prd_1", "name": "Ticket", "category_ids": ["cat_1"]}]
    context = {**BARE, "dynamic_values": {"products": products}}
    api = Api(segments=context, editions={"id": EDITION})
    async with open_door(tmp_path, "auto", api=api) as door:
        listed = await door.done("list_products", edition_id=EDITION)
        assert listed["results"] == [{"id": "prd_1", "name": "Ticket", "category_ids": ["cat_1"]}]
        assert "Preo sent no prices, codes, variants: whether there are any is unknown." in listed["notes"]
        api.answers["segments"] = {**BARE, "dynamic_values": {"products": []}}
        empty = await door.done("list_products", edition_id=EDITION)
        assert (empty["total"], empty["results"]) == (0, [])
