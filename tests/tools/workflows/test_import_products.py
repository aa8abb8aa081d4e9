"""What unmapped products may stand for."""

from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preo_mcp.api.models.data_imports import ProductMapping
from preo_mcp.api.models.segments import ContextProduct, ContextVariant
from preo_mcp.tools.workflows import product_mappings
from preo_mcp.tools.workflows.product_mappings import LEAST_LIKENESS, MOST_COMPARISONS, NOT_COMPARED, Catalogue
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
    proposal = Catalogue(CATALOGUE).propose(mapping(sku, name))
    assert (proposal.product_id, proposal.variant_id, proposal.reason) == (product, variant, reason)
    assert (proposal.mapping_id, proposal.quantity) == ("pmap_1", 2)


def test_only_an_exact_code_is_certain() -> None:
    assert Catalogue(CATALOGUE).propose(mapping("NF-PARK")).confidence == 1
    assert LEAST_LIKENESS * 0.9 <= Catalogue(CATALOGUE).propose(mapping("X", "Parkering")).confidence < 1
    assert Catalogue(CATALOGUE).propose(mapping("X", "Plakat")).confidence == 0
    assert Catalogue([]).propose(mapping("NF-PARK")).product_id is None


@given(st.text(max_size=20), st.text(max_size=40))
def test_any_text_gets_an_answer(sku: str, name: str) -> None:
    proposal = Catalogue(CATALOGUE).propose(mapping(sku, name))
    assert 0 <= proposal.confidence <= 1
    assert (proposal.product_id is None) == (proposal.confidence == 0)


def likeness(one: str, other: str) -> float:
    """Compare two names without any short cut."""
    first, second = (" ".join(sorted(text.casefold().replace("-", " ").split())) for text in (one, other))
    return SequenceMatcher(None, first, second).ratio()


@given(st.lists(st.text("abc -", max_size=8), min_size=1, max_size=6), st.text("abc -", max_size=10))
def test_the_first_of_the_most_alike_is_found(names: list[str], wanted: str) -> None:
    products = [ContextProduct(id=f"prd_{number}", name=name or None) for number, name in enumerate(names)]
    proposal = Catalogue(products).propose(mapping(None, wanted))
    alike = [likeness(wanted, product.name or product.id) for product in products]
    expected = f"prd_{alike.index(max(alike))}" if max(alike) >= LEAST_LIKENESS else None
    assert proposal.product_id == expected


def test_of_very_many_products_the_most_sold_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0

    class Counted(SequenceMatcher[str]):
        def real_quick_ratio(self) -> float:
            nonlocal compared
            compared += 1
            return super().real_quick_ratio()

    monkeypatch.setattr(product_mappings, "SequenceMatcher", Counted)
    products = [ContextProduct(id=f"prd_{number}", name=f"Parkering {number}") for number in range(1000)]
    asked = [
        ProductMapping(id=f"pmap_{number}", product_sku="PRD_7" if number == 0 else None, quantity_in_import=number)
        for number in range(200)
    ]
    proposals = Catalogue(products).proposals(asked)
    assert 0 < compared <= MOST_COMPARISONS
    assert proposals[0].reason == "same code"
    assert [proposal.mapping_id for proposal in proposals] == [one.id for one in asked]
    assert {proposal.reason for proposal in proposals[1:150]} == {NOT_COMPARED}
    assert NOT_COMPARED not in {proposal.reason for proposal in proposals[150:]}


def test_a_name_of_any_length_is_compared() -> None:
    proposal = Catalogue(CATALOGUE).propose(mapping(None, "Parkering " * 100_000))
    assert proposal.confidence == 0


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
