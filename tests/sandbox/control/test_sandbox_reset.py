"""Beginning anew: nothing of what was done is left, and background work goes on."""

from datetime import UTC, datetime

import anyio
import httpx
import pytest

from preo_mcp.api.models.campaigns import CampaignStatus
from preo_mcp.api.operations import CREATE_CONSENT, CREATE_DATA_IMPORT, GET_CAMPAIGN, LIST_CONSENTS, SEND_CAMPAIGN
from preo_mcp.sandbox.app import create_app
from preo_mcp.sandbox.store import Store
from tests.sandbox.control.wires import connected

RESET = "/__sandbox/reset"
DRAFT = "cmp_nordlys_vip"
UPLOAD = {"edition_id": "edt_nordlys27", "data_file_name": "a.csv", "data_file_base64": "YSxiCjEsMgo="}


def everything(store: Store) -> list[str]:
    return [line for line in store.db.iterdump() if '"meta"' not in line]


async def sent(client: httpx.AsyncClient) -> int:
    """Send the draft, and return how many got it."""
    await client.post(SEND_CAMPAIGN.path.format(id=DRAFT))
    with anyio.fail_after(10):
        while (found := (await client.get(GET_CAMPAIGN.path.format(id=DRAFT))).json())["status"] != CampaignStatus.SENT:
            await anyio.lowlevel.checkpoint()
    return found["sent_count"]


async def test_a_reset_brings_the_seed_back(store: Store) -> None:
    store.clock = lambda: datetime(2026, 11, 23, 9, tzinfo=UTC)
    app = create_app(store)
    async with connected(app, "in process") as client:
        await anyio.wait_all_tasks_blocked()
        at_first, messages = everything(store), await sent(client)
        assert not list(store.files.iterdir())
        await client.post(CREATE_CONSENT.path, json={"organization_id": "org_nordlys", "name": "Fresh one"})
        await client.post(CREATE_DATA_IMPORT.path, json=UPLOAD)
        uploaded = set(store.files.iterdir())
        assert uploaded
        await client.post("/__sandbox/clock", json={"advance_seconds": 200 * 24 * 3600})
        await client.post("/__sandbox/faults", json=[{"kind": "error_after"}])
        assert (await client.get(LIST_CONSENTS.path)).status_code == 500
        answer = await client.post(RESET, json={})
        assert (answer.status_code, answer.json()["orders"]) == (200, 5000)
        assert (await client.get("/__sandbox/requests")).json() == []
        assert (await client.get("/__sandbox/clock")).json()["ahead_seconds"] == 0
        assert "Fresh one" not in (await client.get(LIST_CONSENTS.path)).text
        await anyio.wait_all_tasks_blocked()
        assert everything(store) == at_first
        assert not uploaded & set(store.files.iterdir())
        assert await sent(client) == messages


async def test_another_seed_is_other_data(store: Store) -> None:
    async with connected(create_app(store), "in process") as client:
        one = store.db.execute("SELECT doc FROM customers ORDER BY id").fetchall()
        await client.post(RESET, json={"seed": 2})
        assert store.db.execute("SELECT doc FROM customers ORDER BY id").fetchall() != one


@pytest.mark.parametrize("body", [[], {"seed": "x"}, {"seed": -1}])
async def test_a_bad_seed_changes_nothing(store: Store, body: object) -> None:
    async with connected(create_app(store), "in process") as client:
        before = everything(store)
        assert (await client.post(RESET, json=body)).status_code == 400
        assert everything(store) == before
