"""What Preo has of an import once it ran, beside what was announced, and which orders stayed out.

Figures that Preo's import tells by itself are inferred. Without them the same follows from what is documented: how many
imported orders the edition has more, and the orders as they were read; what does not follow is unknown.
"""

from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, Field

from preo_mcp.api.models.base import Embedded
from preo_mcp.api.models.data_imports import (
    PREVIEW_MAX_LIMIT,
    DataImport,
    ImportPreview,
    ImportResult,
    PreviewOrder,
    PreviewQuery,
    Stage,
)
from preo_mcp.api.operations import PREVIEW_IMPORT_ORDERS
from preo_mcp.calls.preo import Preo, together
from preo_mcp.files.exports.amounts import decimals, spelled
from preo_mcp.tools.data_imports.announced import Announced
from preo_mcp.tools.data_imports.facts import all_product_mappings, is_told
from preo_mcp.tools.data_imports.imported_orders import MOST_PAGES, ImportedOrder, count_imported, imported_orders
from preo_mcp.tools.whole_lists import Whole

NAMED: Final = 10
UNKNOWN: Final = "unknown"


class StayedOut(BaseModel):
    """Orders that were not written."""

    orders: int
    skipped_order_ids: str | None = None
    why: str


class Outcome(BaseModel):
    """What came of an import."""

    announced: str
    written: str
    as_announced: bool | None = None
    stayed_out: list[StayedOut] = Field(default_factory=list[StayedOut])


class StartedImport(Embedded):
    """A data import after its start: where it stands, and once it is over what came of it."""

    id: str
    name: str | None = None
    stage: Stage
    error_message: str | None = None
    import_result: ImportResult | None = None
    outcome: Outcome | None = None
    next_step: str | None = None


async def outcome_of(preo: Preo, found: DataImport, announced: Announced) -> Outcome:
    """Return what came of an import that is over.

    Raises:
        PreoError: something cannot be had.
    """
    edition_id = found.edition.id if found.edition else None
    pages = -(-announced.figures.orders // PREVIEW_MAX_LIMIT)
    if edition_id is None or pages > MOST_PAGES or found.stage is not Stage.COMPLETED:
        count = await count_imported(preo, edition_id)
        return _told(announced, _Run(found, announced, count, None, (), frozenset()))
    read: Callable[[int], Coroutine[Any, Any, ImportPreview]] = lambda page: preo.request(  # noqa: E731
        PREVIEW_IMPORT_ORDERS,
        ImportPreview,
        query=PreviewQuery(limit=PREVIEW_MAX_LIMIT, offset=page * PREVIEW_MAX_LIMIT),
        id=found.id,
    )
    previews, mappings, there, count = await together(
        together(*(read(page) for page in range(max(1, pages)))),
        all_product_mappings(preo, found.id),
        imported_orders(preo, edition_id),
        count_imported(preo, edition_id),
    )
    unmapped = frozenset(one.product_sku or "" for one in mappings if one.product is None and is_told(one))
    orders = tuple(order for preview in previews for order in preview.orders)
    return _told(announced, _Run(found, announced, count, there, orders, unmapped))


@dataclass(frozen=True, slots=True)
class _Run:
    """What is known of an import that ran.

    Attributes:
        found: The import.
        announced: What it was announced to write.
        count: Imported orders that the edition has now.
        there: The newest of them.
        read: The orders as Preo read them; none where they are too many.
        unmapped: Codes of products that stand for nothing.
    """

    found: DataImport
    announced: Announced
    count: int | None
    there: Whole[ImportedOrder] | None
    read: Sequence[PreviewOrder]
    unmapped: frozenset[str]

    @property
    def result(self) -> ImportResult:
        """What Preo tells by itself."""
        return self.found.import_result or ImportResult()

    def orders(self) -> int | None:
        """How many were written."""
        before = self.announced.imported_before
        if self.result.orders_imported is not None or self.count is None or before is None:
            return self.result.orders_imported
        return self.count - before

    def numbered(self) -> dict[str, ImportedOrder] | None:
        """The edition's orders by number; None where Preo does not tell numbers, or an order of the file has none."""
        rows = self.there.rows if self.there else []
        if not self.read or not all(one.order_id for one in self.read) or not all(one.external_id for one in rows):
            return None
        return {one.external_id or "": one for one in rows}

    def new(self) -> list[PreviewOrder] | None:
        """Those of the file that were written; None where that is not known."""
        if self.read and self.orders() == len(self.read):
            return list(self.read)
        known = self.numbered()
        if known is None:
            return None
        return [one for one in self.read if one.order_id in known and self.is_new(known[one.order_id])]

    def is_new(self, order: ImportedOrder) -> bool:
        """Whether an order was written after the import was made."""
        made = self.found.created
        return order.created is None or made is None or order.created >= made

    def pieces(self) -> int | None:
        """How many pieces were written."""
        if self.result.purchases_imported is not None:
            return self.result.purchases_imported
        new = self.new()
        return None if new is None else sum(line.quantity or 0 for line in self._lines(new))

    def sums(self) -> dict[str, int] | None:
        """What was written comes to, by currency."""
        new, known = self.new(), self.numbered()
        if new is None:
            return None
        rows = [known[one.order_id] for one in new if one.order_id in known] if known else []
        if rows and len(rows) == len(new) and all(one.amount is not None and one.currency for one in rows):
            return _summed((one.currency or "", one.amount or 0, 1) for one in rows)
        lines, codes = self._lines(new), list(self.announced.figures.sums)
        if len(codes) != 1 or any(line.unit_price is None for line in lines):
            return None
        return _summed((codes[0], line.unit_price or 0, line.quantity or 0) for line in lines)

    def _lines(self, orders: Iterable[PreviewOrder]) -> list[Any]:
        return [line for order in orders for line in order.products if line.product_sku not in self.unmapped]

    def stayed_out(self) -> Iterator[StayedOut]:
        """Yield the orders that were not written, and why: those of the file first."""
        for step in self.announced.steps:
            if not step.is_sum and step.figures.orders < 0:
                count = -step.figures.orders
                numbers = named_orders(step.orders, count)
                yield StayedOut(orders=count, skipped_order_ids=numbers, why=f"{step.what}, as announced")
        known, new = self.numbered(), self.new()
        if known is None or new is None:
            yield from self._counted()
            return
        written = {one.order_id for one in new}
        reasons: dict[str, list[str]] = {}
        for order in self.read:
            if order.order_id not in written:
                reasons.setdefault(self._why(order, known), []).append(order.order_id or "")
        for why, numbers in reasons.items():
            ids = named_orders(numbers, len(numbers))
            yield StayedOut(orders=len(numbers), skipped_order_ids=ids, why=why)

    def _why(self, order: PreviewOrder, known: dict[str, ImportedOrder]) -> str:
        if order.order_id in known:
            return "the edition had them before"
        is_unmapped = all(line.product_sku in self.unmapped for line in order.products)
        return "only unmapped products" if is_unmapped else UNKNOWN

    def _counted(self) -> Iterator[StayedOut]:
        counts = (
            (self.result.orders_skipped_existing, "the edition had them before"),
            (self.result.orders_skipped_unmapped, "only unmapped products"),
        )
        yield from (StayedOut(orders=count, why=why) for count, why in counts if count)


def _told(announced: Announced, run: _Run) -> Outcome:
    told, orders, pieces, sums = announced.figures, run.orders(), run.pieces(), run.sums()
    compared = [None if orders is None else orders == told.orders, None if pieces is None else pieces == told.pieces]
    if not told.unpriced:
        compared.append(None if sums is None else sums == told.sums)
    as_announced = False if False in compared else None if None in compared else True
    return Outcome(
        announced=str(told) + (f"; {told.unpriced} pieces at their product's price" if told.unpriced else ""),
        written=f"{_number(orders)} orders, {_number(pieces)} pieces, {_amounts(sums)}",
        as_announced=as_announced,
        stayed_out=list(run.stayed_out()),
    )


def _summed(amounts: Iterable[tuple[str, float, int]]) -> dict[str, int]:
    sums = Counter[str]()
    for code, amount, count in amounts:
        sums[code] += round(amount * 10 ** decimals(code)) * count
    return {code: minor for code, minor in sums.items() if minor}


def _number(count: int | None) -> str:
    return UNKNOWN if count is None else str(count)


def _amounts(sums: dict[str, int] | None) -> str:
    if sums is None:
        return "an unknown amount"
    return " + ".join(spelled(minor, code) for code, minor in sorted(sums.items())) or "nothing to pay"


def named_orders(numbers: Sequence[str], count: int) -> str | None:
    """Return the first numbers of so many orders, and how many more they are; None where none is known."""
    if not numbers:
        return None
    shown = numbers[:NAMED]
    return ", ".join(shown) + (f" and {count - len(shown)} more" if count > len(shown) else "")
