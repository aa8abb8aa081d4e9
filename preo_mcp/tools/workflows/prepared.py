"""What prepare_import answers: what a file says, what is open, and what would be written."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from pydantic import BaseModel, Field

from preo_mcp.api.models.data_imports import ParsedData, ProductMapping, Stage
from preo_mcp.files.exports import ColumnUse, Decision, Option, Settlement, Status, Step
from preo_mcp.files.exports.amounts import decimals
from preo_mcp.files.exports.roles import Role
from preo_mcp.tools.data_imports.outcome import named_orders
from preo_mcp.tools.data_imports.stages import NEXT_CALLS
from preo_mcp.tools.workflows.kept_exports import KeptExport
from preo_mcp.tools.workflows.plain_upload import Carried
from preo_mcp.tools.workflows.product_mappings import Catalogue
from preo_mcp.tools.workflows.understood import DIFFERENCE, PRODUCTS, Settled

NAMED: Final = 8
BRIEF: Final = 20
LONGER: Final = 36
"""Characters of the values of a column that is used, and of one that is left out."""
MOST_ORDERS: Final = 20
"""Numbers of orders that stay out, over all reasons."""
MOST_NAMED: Final = 80
"""Columns of which nothing but the name is told."""
MOST_SAMPLED: Final = 10
"""Columns left out of which samples are shown; half of them where the edition's products have to be told too."""
ACCEPT: Final = "accept"
ANOTHER_FILE: Final = "another file"
"""What alone helps with some decisions."""
ONE_PRODUCT: Final = "product"
EMPTY: Final = "empty"
"""What a column holds that has no value in any row."""


class OpenDecision(BaseModel):
    """What somebody has to settle: its key, what it is about, its options with what each would write."""

    key: str
    about: str
    options: str
    recommended: str | None = None


class Holding(BaseModel):
    """What holds: the file leaves no doubt about it, or it was settled."""

    key: str
    chosen: str
    about: str


class Reckoned(BaseModel):
    """A step from the file's own totals to what is written."""

    what: str
    figures: str
    skipped_order_ids: str | None = None


class RowFault(BaseModel):
    """A row that is not imported: its line and order in the file, and which cell is why."""

    line: int
    order_id: str | None = None
    column: str | None = None
    cell: str | None = None
    reason: str


class UsedColumn(BaseModel):
    """A column and what it is for, with the counts of few values or some samples."""

    column: str
    column_type: str | None = None
    samples: str
    same_in: str | None = Field(default=None, description="columns that hold the same")


class OpenProduct(BaseModel):
    """A product of the file that stands for none of the edition's yet."""

    mapping_id: str | None = None
    code: str
    name: str
    pieces: int
    near: str


class SoldProduct(BaseModel):
    """A product of the edition, or a variant of it, that one of the file can stand for; by its id where no code tells.

    The price is in the edition's currency.
    """

    id: str | None = None
    code: str | None = None
    name: str
    price: str


class PreparedImport(BaseModel):
    """How far a file came, and what it still needs."""

    source: str = Field(description="instead of the file, in the next call")
    import_id: str | None = None
    stage: Stage | None = None
    edition: str
    service: str | None = None
    read_as: str | None = None
    decisions: list[OpenDecision] = Field(description="what somebody has to settle; empty when it is ready to start")
    told: list[Holding]
    announced: str
    reconciliation: list[Reckoned]
    row_problems: list[RowFault] | None = None
    parsed_data: ParsedData | None = None
    error_message: str | None = None
    columns: list[UsedColumn] | None = None
    columns_left_out: list[UsedColumn] | None = None
    unmapped_products: list[OpenProduct] | None = None
    edition_products: list[SoldProduct] | None = None
    unneeded: str | None = None
    next_step: str


def prepared(kept: KeptExport, settled: Settled, carried: Carried | None, *, masks: bool) -> PreparedImport:
    """Return the answer; columns and the edition's products are told once for each file."""
    settlement, first = settled.settlement, not kept.is_shown
    decisions = list(_open(settled, carried))
    unmapped = _unmapped(settled, carried)
    sold = list(_sold(settled)) if not kept.has_told_products and _needs_products(settled, unmapped) else None
    data_import = carried.data_import if carried else None
    kept.is_shown = True
    kept.has_told_products = kept.has_told_products or sold is not None
    return PreparedImport(
        source=kept.handle,
        import_id=data_import.id if data_import else None,
        stage=data_import.stage if data_import else None,
        edition=settled.destination.name,
        service=settled.understood.understanding.service if first else None,
        read_as=settled.understood.understanding.read_as if first else None,
        decisions=decisions,
        told=list(_told(settled, carried, masks=masks)),
        announced=str(settlement.announced) + _unpriced(settlement),
        reconciliation=list(_reckoned(settlement.reconciliation)),
        row_problems=list(faults_of(settlement, carried, first=first)) or None,
        parsed_data=data_import.parsed_data if data_import else None,
        error_message=data_import.error_message if data_import else None,
        columns=list(_columns(settlement)) if first else None,
        columns_left_out=list(_left_out(settlement, MOST_SAMPLED // (2 if sold else 1))) if first else None,
        unmapped_products=unmapped or None,
        edition_products=sold,
        unneeded=", ".join(settlement.unneeded) or None,
        next_step=_next_step(
            kept, carried, decisions, has_problems=any(one.key == "unusable" for one in settlement.decisions)
        ),
    )


def _reckoned(steps: tuple[Step, ...]) -> Iterator[Reckoned]:
    most = MOST_ORDERS // max(1, sum(bool(step.orders) for step in steps))
    for step in steps:
        ids = named_orders(step.orders[: max(most, 1)], -step.figures.orders)
        yield Reckoned(what=step.what, figures=str(step.figures), skipped_order_ids=ids)


def faults_of(settlement: Settlement, carried: Carried | None, *, first: bool) -> Iterator[RowFault]:
    """Yield the first rows that are no part: by our reading once, and by Preo's, whose lines are those of the table."""
    has_addresses = not any(one.key == "email" for one in settlement.open)
    found = settlement.problems() if first and has_addresses else []
    said = carried.data_import.row_problems if carried else None
    if said is not None and said.listed:
        found += settlement.said_of_lines({one.line: one.reason for one in said.listed})
    for one in found:
        yield RowFault(
            line=one.line,
            order_id=one.order or None,
            column=one.column or None,
            cell=one.cell or None,
            reason=one.reason,
        )


def _open(settled: Settled, carried: Carried | None) -> Iterator[OpenDecision]:
    yield from map(_decision, settled.open)
    if carried is None:
        if not settled.open and not settled.settlement.announced.orders:
            has_rows = any(step.is_sum and step.figures for step in settled.settlement.reconciliation)
            about = "Every row stays out, so nothing would be written." if has_rows else "The file has no rows."
            yield OpenDecision(key="nothing", about=about, options="settle otherwise" if has_rows else ANOTHER_FILE)
        return
    if carried.unmapped:
        about = f"{len(carried.unmapped)} products stand for none of the edition's: {_named(carried.unmapped)}."
        skip = "or start_import with ignore_warnings, which leaves them out"
        yield OpenDecision(key=PRODUCTS, about=about, options=f"products.CODE: an id (* stands for anything); {skip}")
    if carried.differences and (DIFFERENCE, ACCEPT) not in settled.wishes:
        prefix = "accept: start with what Preo reads; prefix: TEXT puts it before the order numbers"
        yield OpenDecision(key=DIFFERENCE, about=" ".join(carried.differences), options=prefix)


def _decision(decision: Decision) -> OpenDecision:
    options = [_option(option) for option in decision.options]
    if decision.key == PRODUCTS:
        options.insert(0, "products.CODE: a code or id of edition_products, or skip, where * stands for anything")
    if decision.argument is not None:
        options.append(f"or {decision.argument}" if options else decision.argument)
    return OpenDecision(
        key=decision.key, about=decision.about, options="; ".join(options), recommended=decision.recommended
    )


def _option(option: Option) -> str:
    told = f"{option.name}: {option.meaning}"
    if option.writes is None:
        return told
    change = f" ({option.change})" if option.change else ""
    return f"{told} → {option.writes}{change}"


def _told(settled: Settled, carried: Carried | None, *, masks: bool) -> Iterator[Holding]:
    for one in settled.decisions:
        if one.status is not Status.OPEN:
            # with masks, without the values of a column in which anything may stand
            about = one.about.partition(" (")[0] if masks and one.key.startswith("metadata") else one.about
            yield Holding(key=one.key, chosen=one.chosen, about=about)
    if settled.understood.unknown:
        about = f"Whether the order numbers are another shop's: {settled.understood.unknown}."
        yield Holding(key="prefix", chosen="unknown", about=about)
    if carried is None:
        return
    if carried.note:
        yield Holding(key="import", chosen=carried.data_import.id, about=carried.note)
    counts = carried.data_import.parsed_data
    if counts and counts.orders_existing and not carried.differences:
        about = f"{counts.orders_existing} of {counts.orders_total} orders exist already: Preo leaves them as they are."
        yield Holding(key="prefix", chosen="none", about=about)


def _unpriced(settlement: Settlement) -> str:
    count = settlement.announced.unpriced
    return f"; {count} pieces at their product's price" if count else ""


def _columns(settlement: Settlement) -> Iterator[UsedColumn]:
    for one in settlement.columns:
        if one.used_for:
            is_told_whole = any(use == Role.STATE or use.startswith("metadata") for use in one.used_for)
            samples = one.holds if is_told_whole else _brief(one.holds)
            yield UsedColumn(column=one.heading, column_type=", ".join(one.used_for), samples=samples)


def _brief(holds: str, most: int = BRIEF) -> str:
    """The first of a column's values; none is cut, so that what is personal is masked as a whole."""
    between = " · " if " · " in holds else ", "
    shown, *others = holds.split(between)
    for one in others:
        if len(shown) + len(one) > most:
            return f"{shown} …" if not shown.endswith("…") else shown
        shown += f"{between}{one}"
    return shown


def _left_out(settlement: Settlement, most: int) -> Iterator[UsedColumn]:
    """Yield the columns that nothing is made of: samples of those that say most, the others by name alone."""
    alike = dict[int, list[ColumnUse]]()
    for one in settlement.left_out:
        if one.holds != EMPTY:
            alike.setdefault(one.content, []).append(one)
    ranked = sorted(alike.values(), key=lambda some: some[0].worth, reverse=True)
    shown = {some[0].content for some in ranked[:most]}
    for first, *others in alike.values():
        if first.content in shown:
            same = _names([one.heading for one in others]) or None
            yield UsedColumn(column=first.heading, samples=_brief(first.holds, LONGER), same_in=same)
    rest = [one.heading for some in ranked[most:] for one in some]
    empty = [one.heading for one in settlement.left_out if one.holds == EMPTY]
    for names, holds in ((rest, "not shown"), (empty, EMPTY)):
        if names:
            yield UsedColumn(column=_names(names, MOST_NAMED), samples=holds)


def _unmapped(settled: Settled, carried: Carried | None) -> list[OpenProduct]:
    if carried is not None:
        mappings = list(carried.unmapped)
    else:
        mappings = [
            ProductMapping(id=f"{at}", product_sku=one.code, product_name=one.name, quantity_in_import=one.pieces)
            for at, one in enumerate(settled.settlement.products)
            if one.stands_for is None and settled.destination.products
        ]
    if not mappings:
        return []
    return [
        OpenProduct(
            mapping_id=one.mapping_id if carried else None,
            code=one.sku or "",
            name=one.name or "",
            pieces=one.quantity or 0,
            near=f"{one.stands_for} ({one.variant_id or one.product_id}), {one.reason}" if one.stands_for else "none",
        )
        for one in Catalogue(settled.destination.products).proposals(mappings)
    ]


def _needs_products(settled: Settled, unmapped: list[OpenProduct]) -> bool:
    return bool(unmapped) or any(one.key == ONE_PRODUCT for one in settled.open)


def _sold(settled: Settled) -> Iterator[SoldProduct]:
    edition = settled.destination.edition
    targets, unit = edition.targets(), -decimals(edition.currency)
    for product in edition.products:
        for one in product.variants or (product,):
            name = one.name if one is product else f"{product.name} - {one.name}"
            is_told_by_code = targets.get(one.code.strip().casefold()) == one.id
            yield SoldProduct(
                id=None if is_told_by_code else one.id,
                code=one.code or None,
                name=name,
                price="unknown" if one.price is None else f"{Decimal(one.price).scaleb(unit):f}",
            )


def _named(mappings: tuple[ProductMapping, ...]) -> str:
    return _names([one.product_sku or one.product_name or one.id for one in mappings])


def _names(names: list[str], most: int = NAMED) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


def _next_step(kept: KeptExport, carried: Carried | None, decisions: list[OpenDecision], *, has_problems: bool) -> str:
    if carried is not None and carried.data_import.stage is not Stage.NEEDS_PRODUCT_MAPPING:
        return NEXT_CALLS[carried.data_import.stage]
    if not decisions:
        ready = "Ready: start_import asks a person, with these figures; preview_import_orders shows the orders before."
        return ready + (" export_import_rows writes the rows that stay out to a file." if has_problems else "")
    if any(one.options == ANOTHER_FILE for one in decisions):
        return f"Nothing is uploaded. Tell the user; then prepare_import with {ANOTHER_FILE}."
    if all(one.recommended for one in decisions):
        ask = "Tell the user what is recommended and what it changes"
    else:
        ask = "Ask the user where nothing is recommended"
    uploaded = "" if carried else "Nothing is uploaded yet. "
    return f'{uploaded}{ask}; then prepare_import(source="{kept.handle}", settle=["KEY: OPTION", …]).'
