"""After an import was started or changed, or orders were queued: did it happen, and as a person was shown it?"""

from datetime import datetime
from typing import Any, Final

from pydantic import MISSING, BaseModel, JsonValue

from preo_mcp.api.errors import PreoError
from preo_mcp.api.models.base import Embedded, Page
from preo_mcp.api.models.data_imports import (
    DataImport,
    ImportStep,
    ProductMappingChange,
    Stage,
)
from preo_mcp.api.models.external_orders import ExternalOrder, ExternalOrdersResult
from preo_mcp.api.models.orders import ListOrdersQuery, OrderOrdering
from preo_mcp.api.operations import CANCEL_DATA_IMPORT, GET_DATA_IMPORT, LIST_ORDERS
from preo_mcp.approval.ended import Aftercare, DidNotHappen, ReadBack, Unknown
from preo_mcp.calls.preo import Preo, together
from preo_mcp.tools.data_imports.beside import without_skips
from preo_mcp.tools.data_imports.changed import SettingsOf, changed_products
from preo_mcp.tools.data_imports.facts import Prepared, all_product_mappings, columns_of, products_of
from preo_mcp.tools.data_imports.outcome import StartedImport
from preo_mcp.tools.data_imports.stages import call_at_stage, get_import
from preo_mcp.tools.read_backs import added_since, field_read_back, is_new, newest

BEGUN: Final = frozenset({Stage.IMPORTING, Stage.COMPLETED, Stage.FAILED})
"""The stages to which only a start leads from where one is possible."""
MOST_LOOKED_UP: Final = 50
"""Orders that are looked for one by one."""
LOOK_LATER: Final = (
    "Look in some minutes with list_orders (customer_email) and get_order (external_id). "
    "Preo skips order ids that it knows already."
)

Found = BaseModel | DidNotHappen | Unknown


async def _started(preo: Preo, _: dict[str, Any], import_id: str, **__: Any) -> Found:
    data_import = await get_import(preo, import_id)
    has_begun = data_import.stage in BEGUN
    if data_import.stage is Stage.CANCELLED:
        has_begun = data_import.import_result is not None
    if not has_begun:
        return DidNotHappen(f"the import is in stage {data_import.stage} and has written nothing")
    return await preo.request(GET_DATA_IMPORT, StartedImport, id=import_id)


def _settings(found: DataImport) -> SettingsOf:
    return SettingsOf(import_id=found.id, name=found.name, default_country_code=found.default_country_code)


class Imported(Embedded):
    """An order by the number that another system gave it."""

    id: str
    external_id: str | None = None
    created: datetime | None = None


def _list(edition_id: str) -> ListOrdersQuery:
    return ListOrdersQuery(edition_id=edition_id, ordering=[OrderOrdering.CREATED_DESC])


async def _newest(preo: Preo, edition_id: str, **_: Any) -> dict[str, Any]:
    return await newest(preo, LIST_ORDERS, Page[Imported], _list(edition_id))


async def _queued(preo: Preo, remembered: dict[str, Any], edition_id: str, orders: list[ExternalOrder]) -> Found:
    """Look whether all orders are in the edition; Preo writes queued ones a moment later, and shows no queue."""
    emails = {order.order_id.strip(): order.email for order in orders}
    added = await added_since(preo, LIST_ORDERS, Page[Imported], _list(edition_id), remembered)
    if isinstance(added, Unknown):
        return added
    there = {row.external_id: row for row in added}
    there |= await _looked_up(preo, edition_id, {key: emails[key] for key in emails if key not in there})
    found = [there[key] for key in emails if key in there]
    if len(found) == len(emails):
        return _result(orders, {row.external_id for row in found if is_new(row, remembered)})
    why = f"{len(found)} of {len(emails)} orders are in the edition so far, and Preo shows no queue"
    return Unknown(why, LOOK_LATER)


async def _looked_up(preo: Preo, edition_id: str, emails: dict[str, str]) -> dict[str | None, Imported]:
    """Return the orders, given with their customers' e-mails, that the edition has; none where they are too many."""
    if len(emails) > MOST_LOOKED_UP:
        return {}
    queries = [ListOrdersQuery(edition_id=edition_id, customer_email=email) for email in emails.values()]
    pages = await together(*(preo.request(LIST_ORDERS, Page[Imported], query=query) for query in queries))
    return {
        row.external_id: row
        for order_id, page in zip(emails, pages, strict=True)
        for row in page.results
        if row.external_id == order_id
    }


def _result(orders: list[ExternalOrder], written: set[str | None]) -> ExternalOrdersResult:
    """Return what the answer will have been: an order that was there, or stands in the call before, was skipped."""
    new, skipped = set(written), list[str]()
    for order_id in (order.order_id.strip() for order in orders):
        if order_id in new:
            new.remove(order_id)
        else:
            skipped.append(order_id)
    return ExternalOrdersResult(
        status="queued", queued_count=len(written), skipped_count=len(skipped), skipped_order_ids=skipped
    )


START_READ_BACK = ReadBack(after=_started)
SETTINGS_READ_BACK = field_read_back(GET_DATA_IMPORT, DataImport, "import_id", answer=_settings)
EXTERNAL_ORDERS_READ_BACK = ReadBack(before=_newest, after=_queued)


Targets = dict[str, list[str | None]]
"""Product and variant by mapping."""


async def _targets(preo: Preo, import_id: str, mappings: list[ProductMappingChange]) -> Targets:
    concerned = {change.id for change in mappings}
    found = [one for one in await all_product_mappings(preo, import_id) if one.id in concerned]
    return {one.id: [one.product and one.product.api_id, one.variant and one.variant.api_id] for one in found}


async def _before(preo: Preo, import_id: str, mappings: list[ProductMappingChange]) -> dict[str, Any]:
    return {"targets": await _targets(preo, import_id, mappings)}


async def _after(
    preo: Preo, remembered: dict[str, Any], import_id: str, mappings: list[ProductMappingChange]
) -> BaseModel | DidNotHappen | Unknown:
    now = await _targets(preo, import_id, mappings)
    if all(_is_met(change, now.get(change.id, [None, None])) for change in without_skips(mappings)):
        return await changed_products(preo, import_id, mappings)
    if now == remembered["targets"]:
        return DidNotHappen("the products stand for what they stood for before the call")
    return Unknown("the products were changed otherwise meanwhile", "Look with list_product_mappings.")


def _is_met(change: ProductMappingChange, target: list[str | None]) -> bool:
    wished = (change.product_id, change.variant_id)
    return all(wish is MISSING or wish == now for wish, now in zip(wished, target, strict=True))


MAPPINGS_READ_BACK = ReadBack(after=_after, before=_before)


async def _content(preo: Preo, import_id: str, **_: Any) -> JsonValue:
    found = await together(get_import(preo, import_id), columns_of(preo, import_id), products_of(preo, import_id))
    return Prepared(*found).content


async def _cancel(preo: Preo, import_id: str, **_: Any) -> str | None:
    """Cancel the import, unless it is over by now."""
    preo.plan_id = None  # what is sent now is no repetition of the plan's write
    try:
        await call_at_stage(preo, CANCEL_DATA_IMPORT, ImportStep, import_id)
    except PreoError as exc:
        return f"The import could not be cancelled: {exc.why}. {await _so_far(preo, import_id)}"
    return f"The import was cancelled. {await _so_far(preo, import_id)}"


async def _so_far(preo: Preo, import_id: str) -> str:
    try:
        result = (await get_import(preo, import_id)).import_result
    except PreoError:
        result = None
    written = result and result.orders_imported
    count = "Orders that were written by then stay" if written is None else f"{written} orders were written and stay"
    return f"{count}; list_orders shows them."


START_AFTERCARE = Aftercare(content=_content, stop=_cancel)
