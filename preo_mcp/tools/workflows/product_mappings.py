"""What the products of a file may stand for: proposals with their reason, applied only by somebody who agrees."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
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
from preo_mcp.tools.data_imports.beside import skipped_of
from preo_mcp.tools.data_imports.facts import all_product_mappings
from preo_mcp.tools.data_imports.stages import NEXT_CALLS, get_import

LEAST_LIKENESS = 0.6
"""Names less alike than this are no proposal (difflib's ratio of casefolded names)."""
LONGEST_NAME = 120
"""Characters of a name that are compared."""
MOST_COMPARISONS = 50_000
"""Of a name of the file with one of the edition; all together take two seconds at most."""
NOT_COMPARED = "no such code, and there are too many products to compare all names"

SETTLE = "Agree on them with the user, then update_product_mappings, where product_id skip leaves one out."


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
async def propose_product_mappings(preo: Preo, import_id: str) -> Proposals:
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
    skipped = await skipped_of(preo.backend).get(data_import.id) or frozenset[str]()
    open_ones = [mapping for mapping in mappings if mapping.product is None and mapping.id not in skipped]
    products: list[ContextProduct] = []
    if open_ones and data_import.edition is not None:
        query = CelContextQuery(edition_id=data_import.edition.id)
        products = (await preo.request(GET_CEL_CONTEXT, CelContext, query=query)).dynamic_values.products
    return Proposals(
        mapped=sum(mapping.product is not None for mapping in mappings),
        unmapped=len(open_ones),
        proposals=await to_thread.run_sync(lambda: Catalogue(products).proposals(open_ones)),
        next_step=SETTLE if open_ones else "All are mapped or left out: preview_import_orders, then start_import.",
    )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A product or a variant of it that a product of the file may stand for."""

    product_id: str
    variant_id: str | None
    name: str
    codes: frozenset[str]


class Catalogue:
    """An edition's products, prepared once to be compared with each product of a file."""

    def __init__(self, products: Iterable[ContextProduct]) -> None:
        candidates = list(_candidates(products))
        self._by_code: dict[str, Candidate] = {}
        for candidate in candidates:
            for code in candidate.codes:
                self._by_code.setdefault(code, candidate)
        # A matcher remembers what it finds out about its second text.
        self._by_name = [(candidate, SequenceMatcher(None, "", _folded(candidate.name))) for candidate in candidates]

    def proposals(self, mappings: Sequence[ProductMapping]) -> list[Proposal]:
        """Return the best proposal for each product of a file; of many, names are compared for the most sold alone."""
        compared = MOST_COMPARISONS // max(len(self._by_name), 1)
        ranked = sorted(mappings, key=lambda mapping: mapping.quantity_in_import or 0, reverse=True)
        by_name = {mapping.id for mapping in ranked[:compared]}
        return [self.propose(mapping, by_name=mapping.id in by_name) for mapping in mappings]

    def propose(self, mapping: ProductMapping, *, by_name: bool = True) -> Proposal:
        """Return the best proposal for one product of the file: its code, or else the most similar name."""
        proposal = Proposal(
            mapping_id=mapping.id,
            sku=mapping.product_sku,
            name=mapping.product_name,
            quantity=mapping.quantity_in_import,
        )
        exact = self._by_code.get((mapping.product_sku or "").strip().casefold())
        if exact is not None:
            return _with(proposal, exact, 1.0, "same code")
        if not by_name:
            return proposal.model_copy(update={"reason": NOT_COMPARED})
        best, likeness = self._most_alike(_folded(mapping.product_name or mapping.product_sku or ""))
        return proposal if best is None else _with(proposal, best, round(likeness * 0.9, 2), "similar name")

    def _most_alike(self, wanted: str) -> tuple[Candidate | None, float]:
        best: Candidate | None = None
        likeness = LEAST_LIKENESS
        for candidate, matcher in self._by_name:
            matcher.set_seq1(wanted)
            for ratio in (matcher.real_quick_ratio, matcher.quick_ratio, matcher.ratio):  # bounds first, they are cheap
                if (found := ratio()) < likeness or (best is not None and found == likeness):
                    break
            else:
                best, likeness = candidate, found
        return best, likeness


def _candidates(products: Iterable[ContextProduct]) -> Iterator[Candidate]:
    for product in products:
        yield Candidate(product.id, None, product.name or product.id, _codes(product.code, product.id))
        for variant in product.variants:
            codes = _codes(variant.code, variant.id)
            yield Candidate(product.id, variant.id, f"{product.name} {variant.name}", codes)


def _codes(*codes: str | None) -> frozenset[str]:
    return frozenset(code.casefold() for code in codes if code)


def _folded(name: str) -> str:
    """Return a name as it is compared: whatever the order of its words, and no longer than a name is."""
    return " ".join(sorted(name[:LONGEST_NAME].casefold().replace("-", " ").split()))


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
