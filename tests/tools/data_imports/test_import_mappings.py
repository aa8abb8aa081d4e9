"""Listing, correcting, checking and processing what columns and products mean, through the door."""

from typing import Any

import pytest

from tests.door import EDITION, ORDERS, Door

AMBIGUOUS = "Email,SKU,Antal stk,Seat\nida@example.org,NF-PARK,1,12\nida@example.org,NF-DRINK,2,13\n"


async def uploaded(door: Door, text: str = ORDERS) -> dict[str, str]:
    """Upload a file and return the ids of its columns by heading, with the import's under an empty name."""
    created = await door.done("create_data_import", edition_id=EDITION, text=text, file_name="orders.csv")
    rows = (await door.done("list_column_mappings", import_id=created["id"]))["results"]
    return {row["column"]: row["id"] for row in rows} | {"": created["id"]}


async def change(door: Door, columns: dict[str, str], **meanings: Any) -> dict[str, Any]:
    mappings = [{"id": columns[column], **meaning} for column, meaning in meanings.items()]
    return await door.done("update_column_mappings", import_id=columns[""], mappings=mappings)


async def test_columns_are_listed_in_the_files_order(door: Door) -> None:
    columns = await uploaded(door)
    listed = await door.done("list_column_mappings", import_id=columns[""])
    assert [row["column"] for row in listed["results"]] == ORDERS.splitlines()[0].split(",")
    assert [row["order"] for row in listed["results"]] == list(range(8))
    assert (listed["returned"], listed["total"]) == (8, 8)
    third = await door.done("list_column_mappings", import_id=columns[""], page=2, page_size=2)
    assert [row["column"] for row in third["results"]] == ["Full name", "Phone"]
    assert third["next"] == "page=3, page_size=2"


async def test_mappings_are_found_by_a_part_of_their_names(door: Door) -> None:
    columns = await uploaded(door)
    found = await door.done("list_column_mappings", import_id=columns[""], search="PHONE")
    assert [row["column"] for row in found["results"]] == ["Phone"]
    assert (found["total"], found["looked_through"]) == (1, "all 8")
    await door.done("process_column_mappings", import_id=columns[""])
    found = await door.done("list_product_mappings", import_id=columns[""], search="plakat")
    assert [row["product_sku"] for row in found["results"]] == ["NF-POSTER"]
    assert (await door.done("list_product_mappings", import_id=columns[""], search="nobody"))["total"] == 0


async def test_a_missing_required_type_is_an_error_until_it_is_set(door: Door) -> None:
    columns = await uploaded(door, AMBIGUOUS)
    this = {"import_id": columns[""]}
    await change(door, columns, **{"Antal stk": {"clear": ["column_type"]}})
    checked = await door.done("validate_column_mappings", **this)
    assert checked["valid"] is False
    assert "quantity" in checked["errors"]
    assert "quantity" in await door.refused("process_column_mappings", **this)

    changed = await change(
        door,
        columns,
        **{
            "Antal stk": {"column_type": "quantity"},
            "Seat": {"column_type": "purchase_metadata", "metadata_key": "seat"},
        },
    )
    assert {row["column"]: row.get("column_type") for row in changed["results"]}["Antal stk"] == "quantity"
    assert (await door.done("validate_column_mappings", **this))["valid"] is True
    assert (await door.done("process_column_mappings", **this))["stage"] == "needs_product_mapping"
    preview = await door.done("preview_import_orders", **this)
    assert [line["purchase_metadata"] for order in preview["orders"] for line in order["products"]] == [
        {"seat": "12"},
        {"seat": "13"},
    ]


async def test_changing_columns_after_processing_goes_back_a_stage(door: Door) -> None:
    columns = await uploaded(door)
    this = {"import_id": columns[""]}
    await door.done("process_column_mappings", **this)
    assert (await door.done("list_product_mappings", **this))["total"] == 4
    await change(door, columns, Price={"clear": ["column_type"]})
    now = await door.done("get_data_import", **this)
    assert now["stage"] == "needs_column_mapping"
    assert "parsed_data" not in now
    assert (await door.done("list_product_mappings", **this))["total"] == 0


@pytest.mark.parametrize(
    ("mappings", "why"),
    [
        ([], "mappings: list should have at least 1 item"),
        ([{"id": "cmap_none", "column_type": "quantity"}], "mappings.0.id"),
        ([{"column_type": "quantity"}], "mappings.0.id is required"),
        ([{"id": "x", "column_type": "price"}], "mappings.0.column_type: input should be"),
        ([{"id": "x", "column_type": "quantity", "confirm": True}], "mappings.0.confirm is not a field here"),
        ("all", "mappings.0: input should be a valid dictionary"),
    ],
)
async def test_column_changes_are_refused_by_place(door: Door, mappings: Any, why: str) -> None:
    columns = await uploaded(door)
    assert why in await door.refused("update_column_mappings", import_id=columns[""], mappings=mappings)


async def test_products_are_assigned_and_unassigned(door: Door) -> None:
    this = {"import_id": (await door.prepared())["import_id"]}
    rows = (await door.done("list_product_mappings", **this))["results"]
    by_sku = {row["product_sku"]: row for row in rows}
    assert [row["quantity_in_import"] for row in rows] == [1, 2, 3, 4]
    assert by_sku["NF-DAY-REG"]["variant"]["name"] == "Voksen"
    assert "product" not in by_sku["NF-POSTER"]

    async def set_to(sku: str, **meaning: Any) -> dict[str, Any]:
        change = {"id": by_sku[sku]["id"], **meaning}
        results = (await door.done("update_product_mappings", **this, mappings=[change]))["results"]
        return next(row for row in results if row["product_sku"] == sku)

    assert "product" not in await set_to("NF-PARK", clear=["product_id"])
    chosen = await set_to("NF-POSTER", product_id="prd_n27_day", variant_id="var_n27_day_young")
    assert (chosen["product"]["id"], chosen["variant"]["id"]) == ("prd_n27_day", "var_n27_day_young")


@pytest.mark.parametrize(
    ("meaning", "why"),
    [
        ({"product_id": "prd_n26_parking"}, "mappings.0.product_id"),
        ({"product_id": "prd_n27_parking", "variant_id": "var_n27_day_young"}, "mappings.0.variant_id"),
        ({"product_id": 5.5}, "mappings.0.product_id: input should be a valid string"),
    ],
)
async def test_product_changes_are_refused_by_place(door: Door, meaning: dict[str, Any], why: str) -> None:
    this = {"import_id": (await door.prepared())["import_id"]}
    mapping = (await door.done("list_product_mappings", **this))["results"][0]
    text = await door.refused("update_product_mappings", **this, mappings=[{"id": mapping["id"], **meaning}])
    assert why in text


async def test_what_changed_is_answered_with_the_validation(door: Door) -> None:
    headings = ",".join(f"Extra {number}" for number in range(120))
    columns = await uploaded(door, f"Email,SKU,Quantity,{headings}\na@example.org,A,1{',x' * 120}\n")
    last = (await door.done("list_column_mappings", import_id=columns[""], page=2))["results"][-1]["id"]
    mappings = [{"id": columns["SKU"], "clear": ["column_type"]}, {"id": last, "column_type": "ignore"}]
    changed = await door.done("update_column_mappings", import_id=columns[""], mappings=mappings)
    assert [row["column"] for row in changed["results"]] == ["SKU", "Extra 119"]
    assert changed["valid"] is False
    assert "product_code" in changed["errors"]
    assert "next" not in changed


async def test_products_that_are_left_out_for_good_complete_the_mappings(door: Door) -> None:
    this = {"import_id": (await door.prepared())["import_id"]}
    rows = (await door.done("list_product_mappings", **this))["results"]
    ids = {row["product_sku"]: row["id"] for row in rows}
    assert "unmapped" in await door.refused("start_import", **this)
    skip = [{"id": ids["NF-POSTER"], "product_id": "skip"}, {"id": ids["NF-PARK"], "product_id": "skip"}]
    told = await door.done("update_product_mappings", **this, mappings=skip)
    assert (told["skipped"], told["unmapped"], told["product_mappings_complete"]) == (2, 0, True)
    assert {row["product_sku"]: row.get("product") for row in told["results"]} == {"NF-PARK": None, "NF-POSTER": None}
    assert (await door.done("get_data_import", **this))["product_mappings_complete"] is True
    proposed = await door.done("propose_product_mappings", **this)
    assert (proposed["mapped"], proposed["unmapped"], proposed["proposals"]) == (len(rows) - 2, 0, [])
    assert proposed["next_step"].startswith("All are mapped or left out: ")
    again = [{"id": ids["NF-PARK"], "product_id": "prd_n27_parking"}]
    told = await door.done("update_product_mappings", **this, mappings=again)
    assert (told["skipped"], told["product_mappings_complete"]) == (1, True)
    reopened = [{"id": ids["NF-POSTER"], "clear": ["product_id"]}]
    told = await door.done("update_product_mappings", **this, mappings=reopened)
    assert (told["skipped"], told["unmapped"], told["product_mappings_complete"]) == (0, 1, False)
    assert (await door.done("get_data_import", **this))["product_mappings_complete"] is False
    await door.done("update_product_mappings", **this, mappings=skip[:1])
    assert (await door.done("start_import", **this))["stage"] in ("importing", "completed")
    finished = await door.done("wait_for_import", **this)
    assert finished["import_result"]["orders_imported"] == 3


async def test_imports_are_found_by_words_and_by_several_stages(door: Door) -> None:
    first = (await uploaded(door))[""]
    second = (await door.prepared(name="August shop"))["import_id"]
    third = (await uploaded(door))[""]
    await door.done("cancel_data_import", import_id=third)

    async def found(**asked: Any) -> list[str]:
        return [one["id"] for one in (await door.done("list_data_imports", **asked))["results"]]

    assert await found(search="AUGUST") == [second]
    assert await found(search=first) == [first]
    assert await found(stage=["needs_column_mapping", "needs_product_mapping"]) == [second, first]
    assert await found(stage=["cancelled", "needs_column_mapping"]) == [third, first]
    assert await found(stage="needs_column_mapping") == [first]


@pytest.mark.parametrize(
    ("tool", "arguments", "needs", "next_call"),
    [
        ("validate_column_mappings", {}, "needs_column_mapping", "propose_product_mappings"),
        ("process_column_mappings", {}, "needs_column_mapping", "propose_product_mappings"),
    ],
)
async def test_wrong_stages_after_processing(
    door: Door, tool: str, arguments: dict[str, Any], needs: str, next_call: str
) -> None:
    text = await door.refused(tool, import_id=(await door.prepared())["import_id"], **arguments)
    assert f"the import is in stage needs_product_mapping, and this needs {needs}" in text
    assert next_call in text


async def test_wrong_stages_before_processing_and_after_the_end(door: Door) -> None:
    columns = await uploaded(door)
    this = {"import_id": columns[""]}
    products = {"mappings": [{"id": "pmap_none", "clear": ["product_id"]}]}
    for tool, arguments in (("update_product_mappings", products), ("preview_import_orders", {})):
        text = await door.refused(tool, **this, **arguments)
        assert "stage needs_column_mapping" in text
        assert "process_column_mappings" in text
    await door.done("cancel_data_import", **this)
    text = await door.refused("update_column_mappings", **this, mappings=[{"id": columns["Price"]}])
    assert "stage cancelled, and this needs needs_column_mapping, needs_product_mapping" in text


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("list_column_mappings", {}),
        ("list_product_mappings", {}),
        ("validate_column_mappings", {}),
        ("process_column_mappings", {}),
        ("update_column_mappings", {"mappings": [{"id": "x"}]}),
        ("update_product_mappings", {"mappings": [{"id": "x"}]}),
    ],
)
async def test_an_import_that_does_not_exist(door: Door, tool: str, arguments: dict[str, Any]) -> None:
    assert "No DataImport" in await door.refused(tool, import_id="imp_none", **arguments)
