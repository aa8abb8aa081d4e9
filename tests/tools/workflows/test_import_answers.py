"""What prepare_import's answers cost a model, and what they tell of the columns that are left out."""

import json
from pathlib import Path

import pytest

from preo_mcp.settings import Privacy
from tests.door import EDITION, YES, Person, content_of, open_door, text_of
from tests.tokenizer import tokens
from tests.tools.workflows.wide_exports import SHOPIFY, WOOCOMMERCE, shopify_orders, woocommerce_orders

MOST: int = 2500
STATES = ("paid", "refunded", "pending", "voided", "partially_refunded", "authorized")


@pytest.mark.parametrize("masks", [False, True])
@pytest.mark.parametrize(
    ("states", "unknown"), [(("paid",), False), (STATES, False), (STATES, True)], ids=["settled", "open", "unknown"]
)
async def test_79_columns_cost_no_more_than_this(
    tmp_path: Path, states: tuple[str, ...], unknown: bool, masks: bool
) -> None:
    text = shopify_orders(200, states=states)
    if unknown:
        text = text.replace("NF-PARK", "P-1").replace("Parkering", "Parkplatz")
    async with open_door(tmp_path, "auto", Person(YES), privacy=Privacy.MASK if masks else Privacy.OFF) as door:
        result = await door.call("prepare_import", edition_id=EDITION, text=text, file_name="orders_export.csv")
    content = content_of(result)
    assert bool(content["decisions"]) == (len(states) > 1)
    assert tokens(text_of(result)) <= MOST
    assert tokens(json.dumps(content, ensure_ascii=False)) <= MOST
    assert not any("Cut" in note for note in content["notes"])
    told = [*content["columns"], *content["columns_left_out"]]
    named = {
        name.strip() for one in told for text in (one["column"], one.get("same_in", "")) for name in text.split(",")
    }
    assert set(SHOPIFY) <= named, "every column is accounted for"
    left = {one["column"]: one for one in content["columns_left_out"]}
    assert left["Accepts Marketing"]["samples"].startswith(("no ×100", "yes ×100"))
    assert left["Billing Address2"]["same_in"] == "Shipping Address2"
    assert ("Jörg Weiß" in str(content)) != masks


WOO_STATES = ("Completed", "Refunded", "Pending payment", "Cancelled", "On hold", "Processing")


@pytest.mark.parametrize("masks", [False, True])
@pytest.mark.parametrize(
    ("states", "unknown"), [(("Completed",), False), (WOO_STATES, False), (WOO_STATES, True)],
    ids=["settled", "open", "unknown"],
)  # fmt: skip
async def test_79_columns_of_woocommerce_with_its_own_data_cost_no_more(
    tmp_path: Path, states: tuple[str, ...], unknown: bool, masks: bool
) -> None:
    text = woocommerce_orders(200, states=states)
    if unknown:
        text = text.replace("NF-PARK", "P-1").replace("Parkering", "Parkplatz")
    async with open_door(tmp_path, "auto", Person(YES), privacy=Privacy.MASK if masks else Privacy.OFF) as door:
        result = await door.call("prepare_import", edition_id=EDITION, text=text, file_name="orders-2026-09-01.csv")
    content = content_of(result)
    assert len(WOOCOMMERCE) == len(set(WOOCOMMERCE)) == 79
    assert bool(content["decisions"]) == (len(states) > 1)
    assert tokens(text_of(result)) <= MOST
    assert tokens(json.dumps(content, ensure_ascii=False)) <= MOST
    assert not any("Cut" in note for note in content["notes"])
    used = {one["column"]: one["column_type"] for one in content["columns"]}
    assert used["Email (Billing)"] == "customer_email"
    assert used["Quantity (- Refund)"] == "net_quantity"
    assert used["SKU"] == "product_code"
    assert not any(heading.startswith("_") for heading in used), "what the shop keeps for itself stays out"
