"""The calls that the tests of webhooks make."""

from collections.abc import Callable
from typing import Any

import anyio
import httpx

from preo_mcp.api.models.webhooks import WebhookEvent
from preo_mcp.sandbox.store import Doc, Store
from preo_mcp.sandbox.webhooks.events import record_event

Later = Callable[..., None]
"""Moves the clock by the parts of a timedelta."""

NORDLYS, ELBKLANG = "org_nordlys", "org_elbklang"
RUNNING, UPCOMING = "edt_nordlys26", "edt_nordlys27"


def wanted(url: str = "https://hooks.example/preo", **change: Any) -> Doc:
    return {"organization_id": NORDLYS, "name": "Books", "url": url, "events": ["ORDER_COMPLETED"]} | change


async def created(client: httpx.AsyncClient, url: str = "https://hooks.example/preo", **change: Any) -> Doc:
    answer = await client.post("/v1/webhooks", json=wanted(url, **change))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def listed(client: httpx.AsyncClient, webhook: Doc, **query: Any) -> list[Doc]:
    answer = await client.get(f"/v1/webhooks/{webhook['id']}/deliveries", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]


async def detail(client: httpx.AsyncClient, webhook: Doc, delivery: Doc) -> Doc:
    answer = await client.get(f"/v1/webhooks/{webhook['id']}/deliveries/{delivery['id']}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def retried(client: httpx.AsyncClient, webhook: Doc, delivery: Doc) -> httpx.Response:
    return await client.post(f"/v1/webhooks/{webhook['id']}/deliveries/{delivery['id']}/retry")


async def tried(client: httpx.AsyncClient, webhook: Doc, attempts: int = 1) -> Doc:
    """Return the endpoint's only delivery in full, once it was tried so often."""
    with anyio.fail_after(10):
        while True:
            found = await listed(client, webhook)
            if found and found[0]["attempts"] >= attempts:
                [only] = found
                return await detail(client, webhook, only)
            await anyio.lowlevel.checkpoint()


def happen(
    store: Store,
    kind: str = WebhookEvent.ORDER_COMPLETED,
    organization: str = NORDLYS,
    edition: str | None = RUNNING,
    **data: Any,
) -> None:
    """Let something happen."""
    with store.transaction():
        record_event(store, kind, organization, edition, data)
