"""What the products of a file may stand for: proposals with their reason, applied only by somebody who agrees."""

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Annotated

from anyio import to_thread
from pydantic import BaseModel, Field

from preo_mcp.api.errors import ConflictError
from preo_mcp.api.models.data_imports import PARSED_STAGES, DataImport, ProductMapping
from preo_mcp.api.models.segments import CelContext, CelContextQuery, ContextProduct
from preo_mcp.api.operations import GET_CEL_CONTEXT, Risk
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.tool import Workflow, tool
from preo_mcp.tools.arguments import ImportId
from preo_mcp.tools.data_imports.facts import all_product_mappings
from preo_mcp.tools.data_imports.stages import NEXT_CALLS, get_import

LEAST_LIKENESS = 0.6
"""Names less alike than this are no proposal (difflib's ratio of casefolded names)."""

SETTLE = "Agree on them with the user, then update_product_mappings; or start_import with ignore_warnings skips them."


class Proposal(BaseModel):
    """What an unmapped product of the file may stand for; without product_id nothing is close."""

    mapping_id: str
    sku: str | None
    name: str | None
    quantity: int | None
    product_id: str | None = None
    variant_id: str | None = None
    stands_for: str | None = None
    confidence: Annotated[float, Field(description="0 to 1; 1 is the exact code")] = 0
    reason: str = "nothing in the edition has a similar code or name"


class Proposals(BaseModel):
    """The unmapped products of a file, each with the best proposal."""

    mapped: int
    unmapped: int
    proposals: list[Proposal]
    next_step: str


@tool(Workflow("Propose product mappings", Risk.READ))
async def propose_product_mappings(preo: Preo, import_id: ImportId) -> Proposals:
    """Suggest which products of the edition the unmapped products of a parsed file stand for; changes nothing.

    Exact codes first, then close names, each with confidence and reason. Show doubtful ones to the user, then pass the
    agreed ones to update_product_mappings.
    """
    return await proposals_for(preo, await get_import(preo, import_id))


async def proposals_for(preo: Preo, data_import: DataImport) -> Proposals:
    """Return the proposals for an import's unmapped products.

    Raises:
        ConflictError: the file is not parsed yet.
        PreoError: what they rest on cannot be had.
    """
    if data_import.stage not in PARSED_STAGES:
        why = f"the import is in stage {data_import.stage}, and its products are known once it is processed"
        raise ConflictError("Product mappings were not proposed", why, NEXT_CALLS[data_import.stage])
    mappings = await all_product_mappings(preo, data_import.id)
    open_ones = [mapping for mapping in mappings if mapping.product is None]
    products: list[ContextProduct] = []
    if open_ones and data_import.edition is not None:
        query = CelContextQuery(edition_id=data_import.edition.id)
        products = (await preo.request(GET_CEL_CONTEXT, CelContext, query=query)).dynamic_values.products
    return Proposals(
        mapped=len(mappings) - len(open_ones),
        unmapped=len(open_ones),
        proposals=await to_thread.run_sync(lambda: [propose(mapping, products) for mapping in open_ones]),
        next_step=SETTLE if open_ones else "All are mapped: preview_import_orders, then start_import.",
    )


class Candidate(BaseModel):
    """A product or a variant of it that a product of the file may stand for."""

    product_id: str
    variant_id: str | None
    name: str
    codes: frozenset[str]


def propose(mapping: ProductMapping, products: list[ContextProduct]) -> Proposal:
    """Return the best proposal for one product of the file: its code, or else the most similar name."""
    proposal = Proposal(
        mapping_id=mapping.id, sku=mapping.product_sku, name=mapping.product_name, quantity=mapping.quantity_in_import
    )
    candidates = list(_candidates(products))
    code = (mapping.product_sku or "").strip().casefold()
    exact = next((candidate for candidate in candidates if code and code in candidate.codes), None)
    if exact is not None:
        return _with(proposal, exact, 1.0, "same code")
    wanted = mapping.product_name or mapping.product_sku or ""
    best = max(candidates, key=lambda candidate: _likeness(wanted, candidate.name), default=None)
    if best is None or (likeness := _likeness(wanted, best.name)) < LEAST_LIKENESS:
        return proposal
    return _with(proposal, best, round(likeness * 0.9, 2), "similar name")


def _candidates(products: list[ContextProduct]) -> Iterator[Candidate]:
    for product in products:
        codes = frozenset(code.casefold() for code in (product.code, product.id) if code)
        yield Candidate(product_id=product.id, variant_id=None, name=product.name or product.id, codes=codes)
        for variant in product.variants:
            codes = frozenset(code.casefold() for code in (variant.code, variant.id) if code)
            name = f"{product.name} {variant.name}"
            yield Candidate(product_id=product.id, variant_id=variant.id, name=name, codes=codes)


def _likeness(one: str, other: str) -> float:
    """How alike two names are, whatever the order of their words."""
    first, second = (" ".join(sorted(text.casefold().replace("-", " ").split())) for text in (one, other))
    return SequenceMatcher(None, first, second).ratio()


def _with(proposal: Proposal, candidate: Candidate, confidence: float, reason: str) -> Proposal:
    return proposal.model_copy(
        update={
            "product_id": candidate.product_id,
            "variant_id": candidate.variant_id,
            "stands_for": candidate.name,
            "confidence": confidence,
            "reason": reason,
        }
    )
