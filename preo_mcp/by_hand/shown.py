"""What a person sees of a file while they settle it: all that prepare_import found, in parts that can be chosen from.

It is the person's own file, on their own computer or in their host's card, so nothing is masked, and nothing is cut to
what a model can read.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from preo_mcp.api.models.data_imports import ProductMapping
from preo_mcp.files.exports import Decision, Figures, FileProduct, Option, Status, Step
from preo_mcp.files.exports.amounts import decimals, spelled
from preo_mcp.files.exports.roles import Role
from preo_mcp.tools.workflows.prepared import ACCEPT, faults_of
from preo_mcp.tools.workflows.product_mappings import Catalogue
from preo_mcp.tools.workflows.understood import DIFFERENCE, PRODUCTS, Settled

if TYPE_CHECKING:
    from preo_mcp.tools.workflows.kept_exports import Answer, KeptExport

MOST_PRODUCTS: Final = 10_000
"""Products of a file that are shown; what a person has to match, or did, comes first, then those with most pieces."""

Json = dict[str, Any]


def faults(answer: "Answer") -> list[Json]:
    """Return the first rows that cannot be imported, and why; reads the file again where there are any."""
    settled, carried = answer
    return [one.model_dump(exclude_none=True) for one in faults_of(settled.settlement, carried, first=True)]


def shown(kept: "KeptExport", answer: "Answer", problems: list[Json]) -> Json:
    """Return what is shown of a kept file, the latest answer about it, and its problem rows."""
    settled, carried = answer
    settlement, found = settled.settlement, carried.data_import if carried else None
    products = sorted(settlement.products, key=lambda one: (_is_certain(kept, one), -one.pieces))
    return {
        "state": "settling",
        "source": kept.handle,
        "settle": [f"{key}: {option}" for key, option in kept.settled.items()],
        "edition": settled.destination.name,
        "edition_id": kept.edition_id,
        "service": settled.understood.understanding.service,
        "read_as": settled.understood.understanding.read_as,
        "decisions": [*map(_decision, settled.decisions), *_differences(answer)],
        "columns": [
            {"heading": one.heading, "used_for": [*one.used_for], "holds": one.holds} for one in settlement.columns
        ],
        "roles": [role.value for role in Role],
        "products": _products(settled, products[:MOST_PRODUCTS]),
        "more_products": max(len(products) - MOST_PRODUCTS, 0),
        "sold": [*_sold(settled)],
        "totals": _totals(settlement.reconciliation),
        "steps": [
            {
                "what": step.what,
                "is_sum": step.is_sum,
                **_figures(step.figures),
                "skipped": [*step.orders],
            }
            for step in settlement.reconciliation
        ],
        "problems": problems,
        "stays_out": any(step.figures and not step.is_sum for step in settlement.reconciliation),
        "import_id": found.id if found else None,
        "stage": found.stage if found else None,
        "error": found.error_message if found else None,
        "note": carried.note if carried else "",
        "unmapped": len(carried.unmapped) if carried else 0,
        "is_empty": not settlement.announced.orders,
    }


def _key(product: FileProduct) -> str:
    return f"{PRODUCTS}.{product.code or product.name}"


def _is_certain(kept: "KeptExport", product: FileProduct) -> bool:
    """Whether the file itself says what a product stands for; one that is matched by hand stays where it was."""
    return product.stands_for is not None and _key(product) not in kept.settled


def _decision(decision: Decision) -> Json:
    return {
        "key": decision.key,
        "about": decision.about,
        "is_open": decision.status is Status.OPEN,
        "is_told": decision.status is Status.TOLD,
        "chosen": "" if decision.status is Status.OPEN else decision.chosen,
        "recommended": decision.recommended,
        "argument": decision.argument,
        "options": [*map(_option, decision.options)],
    }


def _option(option: Option) -> Json:
    told: Json = {"name": option.name, "meaning": option.meaning}
    if option.writes is not None:
        told["writes"] = str(option.writes)
        told["change"] = str(option.change) if option.change else ""
    return told


def _differences(answer: "Answer") -> Iterator[Json]:
    """What Preo reads otherwise than it was announced, which has to be accepted before the start."""
    settled, carried = answer
    if carried is None or not carried.differences:
        return
    is_open = (DIFFERENCE, ACCEPT) not in settled.wishes
    yield {
        "key": DIFFERENCE,
        "about": " ".join(carried.differences),
        "is_open": is_open,
        "is_told": False,
        "chosen": "" if is_open else ACCEPT,
        "recommended": None,
        "argument": None,
        "options": [{"name": ACCEPT, "meaning": "start with what Preo reads"}],
    }


def _products(settled: Settled, products: list[FileProduct]) -> list[Json]:
    """Return the products of the file: by what they are settled, what they stand for, and what they are most like."""
    if not settled.destination.products:
        return []
    mappings = [
        ProductMapping(id=f"{at}", product_sku=one.code, product_name=one.name, quantity_in_import=one.pieces)
        for at, one in enumerate(products)
        if one.stands_for is None
    ]
    near = {one.mapping_id: one for one in Catalogue(settled.destination.products).proposals(mappings)}
    told = list[Json]()
    for at, one in enumerate(products):
        like = near.get(f"{at}")
        told.append(
            {
                "key": _key(one),
                "code": one.code,
                "name": one.name,
                "pieces": one.pieces,
                "stands_for": one.stands_for,
                "near": (like.variant_id or like.product_id) if like and like.stands_for else None,
            }
        )
    return told


def _sold(settled: Settled) -> Iterator[Json]:
    """Yield the edition's products and variants, by the ids that a product of the file can stand for."""
    edition = settled.destination.edition
    unit = -decimals(edition.currency)
    for product in edition.products:
        for one in product.variants or (product,):
            yield {
                "id": one.id,
                "code": one.code,
                "name": one.name if one is product else f"{product.name} - {one.name}",
                "price": "" if one.price is None else f"{Decimal(one.price).scaleb(unit):f} {edition.currency}",
            }


def _totals(steps: tuple[Step, ...]) -> Json:
    """Return what all rows of the file come to, what will be written of it, and the difference."""
    *_, file, written = [Figures(), *(step.figures for step in steps if step.is_sum)]
    return {"file": _figures(file), "written": _figures(written), "difference": _figures(written.less(file))}


def _figures(figures: Figures) -> Json:
    amount = " + ".join(spelled(amount, code) for code, amount in sorted(figures.sums.items()))
    return {"orders": figures.orders, "pieces": figures.pieces, "amount": amount}
