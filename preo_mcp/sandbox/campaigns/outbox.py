"""What the sandbox sent to whom, readable through the control plane: none of it leaves the sandbox.

A row is written for everyone who is to get a message when the segment is snapshot, and turns from queued into sent or
failed as the send reaches it. Of an e-mail the subject and the text part are kept.
"""

from enum import StrEnum

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from preo_mcp.sandbox.control import CONTROL_PREFIX, after_of
from preo_mcp.sandbox.store import Store

SHOWN = ("sequence", "campaign_id", "customer_id", "channel", "address", "subject", "body", "status", "at")
PAGE = 1000


class OutboxStatus(StrEnum):
    """Where a message stands; a withdrawn one was for a person who took the consent back before it was their turn."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


async def _outbox(request: Request) -> JSONResponse:
    """Answer what was sent or refused by the provider, up to `PAGE` rows after the sequence `after`."""
    store: Store = request.app.state.store
    campaign_id = request.query_params.get("campaign_id")
    of_campaign = "campaign_id = :campaign_id AND " if campaign_id is not None else ""
    rows = store.db.execute(
        f"SELECT {', '.join(SHOWN)} FROM outbox WHERE {of_campaign}status IN ('sent', 'failed') "  # noqa: S608 - our own names
        "AND sequence > :after ORDER BY sequence LIMIT :page",
        {
            **({"campaign_id": campaign_id} if campaign_id is not None else {}),
            "after": after_of(request),
            "page": PAGE,
        },
    )
    return JSONResponse([dict(zip(SHOWN, row, strict=True)) for row in rows])


ROUTES = [Route(f"{CONTROL_PREFIX}/outbox", _outbox)]
