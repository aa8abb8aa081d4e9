"""Sending failed deliveries of a webhook again: those that are named, or all that failed since a time."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import MISSING, BaseModel, Field, WithJsonSchema

from preo_mcp.api.errors import (
    AmbiguousOutcomeError,
    NetworkError,
    PreoError,
    RateLimitError,
    ServerError,
    ValidationError,
)
from preo_mcp.api.models.base import Page
from preo_mcp.api.models.webhooks import DeliveryOrdering, DeliveryStatus, ListDeliveriesQuery, ListedDelivery
from preo_mcp.api.operations import LIST_WEBHOOK_DELIVERIES, RETRY_WEBHOOK_DELIVERY
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.tool import tool
from preo_mcp.tools.watching import WHILE_CALLED, WHOLE, watched
from preo_mcp.tools.whole_lists import PAGE_SIZE

MOST: Final = 50
"""Deliveries that one call sends again: each is a request, and the receiver gets them all at once."""
OUTAGE: Final = (NetworkError, RateLimitError, ServerError)
"""After one of these the next would fare no better."""
A_MOMENT: Final = timedelta(seconds=1)

IDS: Final = {"type": "array", "items": {"type": "string"}}
PENDING: Final = DeliveryStatus.PENDING
NOT_DONE: Final = f"{RETRY_WEBHOOK_DELIVERY.title} was not done"
MAYBE: Final = "may or may not have been sent again"

OF_THE_LAST_TRY: Final = {"next_attempt_at": None, "response_status": None, "error_kind": None}
"""What a delivery that was just queued anew still says of the try before, or of when that was to be repeated."""


class RetriedDelivery(ListedDelivery):
    """A delivery that was to be sent again; `refused` says why it was not, or may not have been."""

    refused: str | None = None


class RetriedDeliveries(BaseModel):
    """What came of each delivery; `remaining` were not tried by this call, and `next_step` says how to go on."""

    webhook_id: str
    results: list[RetriedDelivery]
    remaining: int | None = None
    next_step: str | None = None


async def until_tried(preo: Preo, content: dict[str, Any]) -> RetriedDeliveries | None:
    """Wait until each delivery that was queued was tried, and return them as they are then; None where none was queued.

    Raises:
        PreoError: they cannot be read.
    """
    before = RetriedDeliveries.model_validate({name: content.get(name) for name in RetriedDeliveries.model_fields})
    queued = {one.id: one for one in before.results if one.status == DeliveryStatus.PENDING and not one.refused}
    dates = [one.created for one in queued.values() if one.created is not None]
    if len(dates) < len(queued) or not queued:
        return None
    query = ListDeliveriesQuery(
        created_after=min(dates) - A_MOMENT, ordering=[DeliveryOrdering.CREATED], page_size=PAGE_SIZE
    )

    async def look() -> dict[str, ListedDelivery]:
        page = await preo.request(LIST_WEBHOOK_DELIVERIES, Page[ListedDelivery], query=query, id=before.webhook_id)
        return {one.id: one for one in page.results if one.id in queued}

    def waits(found: dict[str, ListedDelivery]) -> list[str]:
        same = [key for key, one in found.items() if one.status == DeliveryStatus.PENDING]
        return [key for key in same if found[key].attempts == queued[key].attempts]

    def told(found: dict[str, ListedDelivery]) -> tuple[float, str]:
        tried = len(queued) - len(waits(found))
        return WHOLE * tried / len(queued), f"{tried} of {len(queued)} were tried"

    now = await watched(preo, look, lambda found: bool(waits(found)), told, WHILE_CALLED)
    results = [RetriedDelivery(**dict(now[one.id])) if one.id in now else one for one in before.results]
    return RetriedDeliveries(
        webhook_id=before.webhook_id,
        results=results,
        remaining=before.remaining,
        next_step=_next(results, before.remaining),
    )


@tool(RETRY_WEBHOOK_DELIVERY, follow=until_tried)
async def retry_webhook_delivery(
    preo: Preo,
    webhook_id: str,
    delivery_ids: Annotated[list[str], Field(min_length=1, max_length=MOST), WithJsonSchema(IDS)] | MISSING = MISSING,
    failed_since: Annotated[datetime, Field(description="Instead: all of that time on.")] | MISSING = MISSING,
) -> RetriedDeliveries:
    """Send failed deliveries again, the oldest first and at most 50, and wait some seconds for what came of each."""
    if (delivery_ids is MISSING) == (failed_since is MISSING):
        raise ValidationError(NOT_DONE, "it takes delivery_ids or failed_since, one of them", "Give one.")
    if failed_since is not MISSING and failed_since.utcoffset() is None:  # the list would call it created_after
        raise ValidationError(NOT_DONE, "failed_since has no timezone", "Add Z for UTC or an offset such as +02:00.")
    ids, count = await _failed(preo, webhook_id, failed_since) if failed_since is not MISSING else ([], 0)
    if delivery_ids is not MISSING:
        ids = list(dict.fromkeys(delivery_ids))
        count = len(ids)
    results = await _sent_again(preo, webhook_id, ids)
    remaining = max(0, count - len(results))
    return RetriedDeliveries(
        webhook_id=webhook_id, results=results, remaining=remaining or None, next_step=_next(results, remaining)
    )


async def _failed(preo: Preo, webhook_id: str, since: datetime) -> tuple[list[str], int]:
    """Return the first failed deliveries since a time, and how many there are."""
    query = ListDeliveriesQuery(
        status=DeliveryStatus.FAILED, created_after=since, ordering=[DeliveryOrdering.CREATED], page_size=MOST
    )
    page = await preo.request(LIST_WEBHOOK_DELIVERIES, Page[ListedDelivery], query=query, id=webhook_id)
    ids = [one.id for one in page.results if one.status == DeliveryStatus.FAILED][:MOST]
    return ids, max(page.count, len(ids))


async def _sent_again(preo: Preo, webhook_id: str, ids: list[str]) -> list[RetriedDelivery]:
    """Queue deliveries anew, one after the other; stop where the next would fare no better, or after some seconds.

    Raises:
        PreoError: nothing was done.
    """
    done: list[RetriedDelivery] = []
    until = preo.backend.clock.now() + WHILE_CALLED
    for key in ids:
        try:
            done.append(await _queued(preo, webhook_id, key))
        except PreoError as exc:
            if len(ids) == 1 or (isinstance(exc, OUTAGE) and not done):
                raise
            if isinstance(exc, OUTAGE):
                break
            unsure = isinstance(exc, AmbiguousOutcomeError)
            done.append(RetriedDelivery(id=key, refused=f"{MAYBE}: {exc.why}" if unsure else exc.why))
            if unsure:
                break
        if preo.backend.clock.now() > until:
            break
        await preo.report(len(done), len(ids), f"{len(done)} of {len(ids)} were sent again")
    return done


async def _queued(preo: Preo, webhook_id: str, delivery_id: str) -> RetriedDelivery:
    queued = await preo.request(RETRY_WEBHOOK_DELIVERY, RetriedDelivery, id=webhook_id, delivery_id=delivery_id)
    return queued.model_copy(update=OF_THE_LAST_TRY)


def _next(results: list[RetriedDelivery], remaining: int | None) -> str | None:
    said = [
        f"{remaining} were not tried: call again." if remaining else "",
        "get_webhook_delivery says why one failed." if any(one.error_kind for one in results) else "",
        "Pending ones are tried again by themselves." if any(one.status == PENDING for one in results) else "",
    ]
    return " ".join(filter(None, said)) or None
