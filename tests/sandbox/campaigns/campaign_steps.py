"""Steps that tests of campaigns share."""

import json
from typing import Any

import anyio.lowlevel
import httpx

from preo_mcp.api.models.campaigns import MOVING_STATUSES
from preo_mcp.sandbox.store import Store

DRAFT, SCHEDULED, EMPTY, SENT = "cmp_nordlys_vip", "cmp_nordlys_practical", "cmp_nordlys_xmas", "cmp_elbklang_spring"
"""Seeded campaigns: an e-mail that can be sent, a text message that waits, a draft without a message, one sent."""
CONSENT = "con_nordlys_news"

Fields = dict[str, Any]


async def ended(client: httpx.AsyncClient, campaign_id: str) -> Fields:
    """Return a campaign when nothing of it is under way any more."""
    while True:
        campaign = (await client.get(f"/v1/campaigns/{campaign_id}")).json()
        if campaign["status"] not in MOVING_STATUSES:
            return campaign
        await anyio.lowlevel.checkpoint()


async def sent(client: httpx.AsyncClient, campaign_id: str) -> Fields:
    """Send a campaign and return it at its end."""
    answer = await client.post(f"/v1/campaigns/{campaign_id}/send")
    assert answer.status_code == 200, answer.text
    return await ended(client, campaign_id)


async def made(client: httpx.AsyncClient, **fields: Any) -> Fields:
    """Create a campaign of Nordlys."""
    body = {"organization_id": "org_nordlys", "name": "Test", "channel": "email", "segment_id": "seg_nordlys_return"}
    answer = await client.post("/v1/campaigns", json=body | fields)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def segment(client: httpx.AsyncClient, **fields: Any) -> str:
    """Create a segment of Nordlys and return its id."""
    body = {"organization_id": "org_nordlys", "name": "Test", "condition": "user.locale == 'pl'"}
    answer = await client.post("/v1/segments", json=body | fields)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def outbox(client: httpx.AsyncClient, campaign_id: str) -> list[Fields]:
    """Return all that a campaign sent."""
    found: list[Fields] = []
    while True:
        after = found[-1]["sequence"] if found else 0
        page = (await client.get("/__sandbox/outbox", params={"campaign_id": campaign_id, "after": after})).json()
        if not page:
            return found
        found += page


def bought_and_not_again(store: Store) -> set[str]:
    """Return who bought a Partout in Aarhus and nothing in Aalborg, as plain loops over the seed."""
    bought = {
        customer_id
        for customer_id, doc in store.db.execute(
            "SELECT customer_id, doc FROM purchases WHERE product_id = 'prd_n26_partout'"
        )
        if json.loads(doc)["status"] == "completed"
    }
    again = {key for (key,) in store.db.execute("SELECT customer_id FROM orders WHERE edition_id = 'edt_nordlys27'")}
    return bought - again


def granted(store: Store, consent_id: str = CONSENT) -> set[str]:
    """Return who granted a consent."""
    rows = store.db.execute("SELECT customer_id, status FROM customer_consents WHERE consent_id = ?", (consent_id,))
    return {customer_id for customer_id, status in rows if status == "granted"}
