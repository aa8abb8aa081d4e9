"""An import from file to records, as a host of either era goes through it."""

from pathlib import Path

from preo_mcp.commands.demo import example_folder
from tests.door import EDITION, ORDERS, YES, Door, Person
from tests.tools.conftest import OpenServer, in_both_eras
from tests.tools.workflows.other_edition import completed, settled

pytestmark = in_both_eras

POSTER = "prd_n27_tshirt"


async def test_an_import_from_file_to_records(open_server: OpenServer, tmp_path: Path) -> None:
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "orders.csv").write_text(ORDERS, encoding="utf-8")
    person = Person(YES)
    async with open_server(person, allowed_folders=(tmp_path / "exports",)) as door:
        before = door.written()
        first = await door.done("prepare_import", edition_id=EDITION, file_path="orders.csv", name="August")
        assert "import_id" not in first
        assert (await door.done("list_data_imports"))["total"] == 0, "nothing is uploaded while a decision is open"
        prepared = await door.done("prepare_import", source=first["source"], settle=["products: keep"])
        chosen = {"import_id": prepared["import_id"]}
        assert prepared["stage"] == "needs_product_mapping"
        assert prepared["parsed_data"]["orders_total"] == 3
        [open_product] = prepared["unmapped_products"]
        assert open_product["code"] == "NF-POSTER"
        assert [one["key"] for one in prepared["decisions"]] == ["products"]

        proposals = await door.done("propose_product_mappings", **chosen)
        assert (proposals["mapped"], proposals["unmapped"]) == (3, 1)
        change = {"id": proposals["proposals"][0]["mapping_id"], "product_id": POSTER}
        updated = await door.done("update_product_mappings", **chosen, mappings=[change])
        assert [row["product"]["id"] for row in updated["results"] if row["product_sku"] == "NF-POSTER"] == [POSTER]

        preview = await door.done("preview_import_orders", **chosen)
        assert [order["order_id"] for order in preview["orders"]] == ["A-1", "A-2", "A-3"]
        assert [order["phone_number_valid"] for order in preview["orders"]] == [True, False, True]
        assert door.written() == before

        await door.done("start_import", **chosen)
        finished = await door.done("wait_for_import", **chosen)
        customers, orders, purchases, _ = door.written()

    assert (finished["stage"], finished["reached"]) == ("completed", True)
    assert finished["import_result"]["orders_imported"] == 3
    assert finished["outcome"] == {
        "announced": "3 orders, 10 pieces, 2920.00 DKK",
        "written": "3 orders, 10 pieces, 2920.00 DKK",
        "as_announced": True,
    }
    assert (customers, orders) == (before[0] + 3, before[1] + 3)
    assert purchases == before[2] + 1 + 2 + 3 + 4
    [question] = person.questions
    for fact in ("orders.csv", "August", "Aalborg", EDITION, "Orders: 3", "Customers: 3", "2 × NF-POSTER", "T-shirt"):
        assert fact in question


async def test_the_example_file_completes(open_server: OpenServer) -> None:
    person = Person(YES)
    async with open_server(person, allowed_folders=(example_folder(),)) as door:
        prepared = await door.done("prepare_import", edition_id=EDITION, file_path="shopify-orders.csv")
        assert prepared["service"] == "shopify"
        told = await settled(door, "products: skip", file_path="shopify-orders.csv")
        finished = await completed(door, told)
    assert finished["import_result"]["orders_imported"] == told["parsed_data"]["orders_total"]
    assert "Reckoning: left out: “only unmapped products”" in person.questions[0]


async def test_a_repeated_import_writes_nothing_twice(door: Door) -> None:
    whole = ORDERS.replace("NF-POSTER,Plakat A2", "NF-CHILD,Børnebillet")
    more = f"{whole}A-4,ane@example.org,Ane Lund,20 12 34 57,NF-PARK,Parkering,1,195.00\n"
    results: list[dict[str, int]] = []
    for content in (whole, more):
        prepared = await door.prepared(content)
        await door.done("start_import", import_id=prepared["import_id"])
        finished = await door.done("wait_for_import", import_id=prepared["import_id"])
        results.append(finished["import_result"])
    assert [result["orders_imported"] for result in results] == [3, 1]
    assert [result["orders_skipped_existing"] for result in results] == [0, 3]
    again = await door.prepared(more)
    text = await door.refused("start_import", import_id=again["import_id"])
    assert "has all 4 orders of the file already" in text
