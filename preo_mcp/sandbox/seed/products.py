"""The products of each edition, and the units that customers buy of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from preo_mcp.sandbox.seed.catalogue import Choice, Item, ProductType, Variant
from preo_mcp.sandbox.seed.draws import Weighted
from preo_mcp.sandbox.seed.editions import PLANS, Plan
from preo_mcp.sandbox.store import Doc, Store


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing that can be bought: what a purchase of it says about the product, and its amount."""

    type: ProductType
    weight: float
    is_early: bool
    amount: int
    doc: Doc

    def sold_elsewhere(self) -> "Unit":
        """Return the same without fee and deposit, which Preo does not take for what another shop sold."""
        return replace(self, amount=self.doc["price"], doc=self.doc | {"fee": 0, "deposit": 0})


class Shop:
    """What an edition sells, by the occasion on which it is bought."""

    def __init__(self, plan: Plan) -> None:
        units = list(_units(plan))
        tickets = [unit for unit in units if unit.type is ProductType.TICKET]
        self.launch = _weighted(tickets)
        self.tickets = _weighted([unit for unit in tickets if not unit.is_early])
        self.extras = _weighted([unit for unit in units if unit.type is not ProductType.TICKET])
        self.gate = _weighted([unit for unit in units if not unit.is_early])


def add_products(store: Store) -> None:
    """Write every edition's products and the codes that find them."""
    for plan in PLANS:
        for item in plan.items:
            doc = _product(plan, item)
            store.insert("products", doc, id=doc["id"], edition_id=plan.id)
            store.db.executemany("INSERT INTO product_codes VALUES (?, ?, ?, ?)", _codes(plan, doc))


def _weighted(units: Sequence[Unit]) -> Weighted[Unit]:
    return Weighted(*((unit, unit.weight) for unit in units))


def _codes(plan: Plan, doc: Doc) -> Iterator[tuple[str, str, str, str | None]]:
    yield plan.id, doc["code"].casefold(), doc["id"], None
    for variant in doc["variants"]:
        yield plan.id, variant["code"].casefold(), doc["id"], variant["api_id"]


def _product_id(plan: Plan, item: Item) -> str:
    return f"prd_{plan.key}_{item.key}"


def _variant_id(plan: Plan, item: Item, variant: Variant) -> str:
    return f"var_{plan.key}_{item.key}_{variant.key}"


def _option_id(plan: Plan, item: Item, choice: Choice) -> str:
    return f"opt_{plan.key}_{item.key}_{choice.key}"


def _product(plan: Plan, item: Item) -> Doc:
    return {
        "api_id": _product_id(plan, item),
        "id": _product_id(plan, item),
        "edition_id": plan.id,
        "name": item.name,
        "type": item.type,
        "category_ids": [f"cat_{item.category}"],
        "code": item.code,
        "is_draft": item.is_draft,
        "images": [],
        "image_ids": [],
        "price": item.price,
        "fee": item.fee,
        "deposit": item.deposit,
        "variants": [
            {
                "api_id": _variant_id(plan, item, variant),
                "name": variant.name,
                "code": variant.code,
                "price": variant.price,
            }
            for variant in item.variants
        ],
        "options": [
            {
                "api_id": _option_id(plan, item, choice),
                "name": choice.name,
                "group": choice.group,
                "price": choice.price,
            }
            for choice in item.options
        ],
    }


def _units(plan: Plan) -> Iterator[Unit]:
    """Every published product in each of its variants with each of its options."""
    for item in plan.items:
        variants = item.variants or (None,)
        choices = item.options or (None,)
        share = item.weight / sum(variant.weight if variant else 1 for variant in variants) / len(choices)
        for variant in variants if not item.is_draft else ():
            for choice in choices:
                yield _unit(plan, item, variant, choice, share * (variant.weight if variant else 1))


def _unit(plan: Plan, item: Item, variant: Variant | None, choice: Choice | None, weight: float) -> Unit:
    price = (variant.price if variant else item.price) + (choice.price if choice else 0)
    doc = {
        "product_id": _product_id(plan, item),
        "variant_id": _variant_id(plan, item, variant) if variant else None,
        "option_ids": [_option_id(plan, item, choice)] if choice else [],
        "product_name": item.name,
        "variant_name": variant.name if variant else None,
        "price": price,
        "fee": item.fee,
        "deposit": item.deposit,
        "currency": plan.organization.currency,
    }
    is_early = variant is not None and variant.is_early
    return Unit(item.type, weight, is_early, price + item.fee + item.deposit, doc)
