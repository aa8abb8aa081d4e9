"""What unmapped products may stand for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preo_mcp.api.models.data_imports import ProductMapping
from preo_mcp.api.models.segments import ContextProduct, ContextVariant
from preo_mcp.tools.workflows.product_mappings import LEAST_LIKENESS, propose
from tests.door import EDITION, ORDERS, Door

CATALOGUE = [
    ContextProduct(id="prd_day", name="Endagsbillet", code="NF-DAY", variants=[
        ContextVariant(id="var_adult", name="Voksen", code="NF-DAY-REG"),
        ContextVariant(id="var_young", name="Ung (15–20 år)", code="NF-DAY-YOUNG"),
    ]),
    ContextProduct(id="prd_park", name="Parkering", code="NF-PARK"),
    ContextProduct(id="prd_bare"),
]  # fmt: skip


def mapping(sku: str | None, name: str | None = None) -> ProductMapping:
    return ProductMapping(id="pmap_1", product_sku=sku, product_name=name, quantity_in_import=2)


@pytest.mark.parametrize(
    ("sku", "name", "product", "variant", "reason"),
    [
        ("nf-day-young ", "whatever", "prd_day", "var_young", "same code"),
        ("NF-PARK", None, "prd_park", None, "same code"),
        ("prd_park", None, "prd_park", None, "same code"),
        ("X1", "Voksen - endagsbillet", "prd_day", "var_adult", "similar name"),
        ("X2", "PARKERING", "prd_park", None, "similar name"),
        ("X3", "Plakat A2", None, None, "nothing in the edition has a similar code or name"),
        (None, None, None, None, "nothing in the edition has a similar code or name"),
        ("", "", None, None, "nothing in the edition has a similar code or name"),
    ],
)
def test_codes_first_then_names(
    sku: str | None, name: str | None, product: str | None, variant: str | None, reason: str
) -> None:
    proposal = propose(mapping(sku, name), CATALOGUE)
    assert (proposal.product_id, proposal.variant_id, proposal.reason) == (product, variant, reason)
    assert (proposal.mapping_id, proposal.quantity) == ("pmap_1", 2)


def test_only_an_exact_code_is_certain() -> None:
    assert propose(mapping("NF-PARK"), CATALOGUE).confidence == 1
    assert LEAST_LIKENESS * 0.9 <= propose(mapping("X", "Parkering"), CATALOGUE).confidence < 1
    assert propose(mapping("X", "Plakat"), CATALOGUE).confidence == 0
    assert propose(mapping("NF-PARK"), []).product_id is None


@given(st.text(max_size=20), st.text(max_size=40))
def test_any_text_gets_an_answer(sku: str, name: str) -> None:
    proposal = propose(mapping(sku, name), CATALOGUE)
    assert 0 <= proposal.confidence <= 1
    assert (proposal.product_id is None) == (proposal.confidence == 0)


async def test_proposals_change_nothing(door: Door) -> None:
    text = ORDERS.replace("NF-POSTER,Plakat A2", "OLD-7,Børnebilet")
    this = {"import_id": (await door.prepared(text))["import_id"]}
    before = await door.done("get_data_import", **this)
    proposals = await door.done("propose_product_mappings", **this)
    [proposal] = proposals["proposals"]
    assert (proposal["product_id"], proposal["stands_for"]) == ("prd_n27_child", "Børnebillet")
    assert LEAST_LIKENESS * 0.9 < proposal["confidence"] < 1
    assert (proposals["mapped"], proposals["unmapped"]) == (3, 1)
    assert "update_product_mappings" in proposals["next_step"]
    assert await door.done("get_data_import", **this) == before


async def test_nothing_open_leads_to_the_start(door: Door) -> None:
    text = ORDERS.replace("NF-POSTER,Plakat A2", "NF-CHILD,Børnebillet")
    this = {"import_id": (await door.prepared(text))["import_id"]}
    proposals = await door.done("propose_product_mappings", **this)
    assert proposals["proposals"] == []
    assert "start_import" in proposals["next_step"]


async def test_before_processing_there_are_none(door: Door) -> None:
    created = await door.done("create_data_import", edition_id=EDITION, text=ORDERS)
    text = await door.refused("propose_product_mappings", import_id=created["id"])
    assert "stage needs_column_mapping" in text
    assert "process_column_mappings" in text
