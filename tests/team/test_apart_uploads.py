"""An upload and a subscription of one who is signed in, and another who knows all there is to know of them."""

from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp.client.session import IncomingMessage
from mcp.types import EmptyResult, ResourceUpdatedNotification, SubscribeRequest, SubscribeRequestParams

from preo_mcp.resources import watching
from preo_mcp.resources.watching import Pace
from tests.door import EDITION, ERAS, ORDERS, YES, Era, Person, text_of
from tests.receiving.test_upload_card import code_of, encoded, step
from tests.team.signed_in import a_team
from tests.team.test_apart import CARDS

SCHEDULED = "preo://campaigns/cmp_nordlys_practical"


@pytest.mark.parametrize("era", ERAS)
async def test_an_upload_is_found_by_its_own_principal_alone(tmp_path: Path, era: Era) -> None:
    async with a_team(tmp_path) as team:
        anna_token, bo_token = team.token("anna"), team.token("bo")
        async with (
            team.client(anna_token, era, extensions=(CARDS,)) as anna,
            team.client(bo_token, era, extensions=(CARDS,)) as bo,
        ):
            content = ORDERS.encode()
            upload, code = await code_of(anna)
            asked = {"action": "show", "upload": upload, "secret": code}
            assert "session" not in ((await bo.call_tool("upload", asked)).structured_content or {})
            mine = {"upload": upload, "secret": (await step(anna, "show", upload=upload, secret=code))["session"]}
            theirs: list[dict[str, Any]] = [
                {"action": "start", **mine, "name": "orders.csv", "size": len(content)},
                {"action": "piece", **mine, "offset": 0, "piece": encoded(b"x" * len(content))},
                {"action": "finish", **mine},
            ]
            await bo.call_tool("upload", theirs[0])
            await step(anna, "start", **mine, name="orders.csv", size=len(content))
            for attempt in theirs:
                await bo.call_tool("upload", attempt)
            assert (await step(anna, "piece", **mine, offset=0, piece=encoded(content)))["received"] == len(content)
            assert (await step(anna, "finish", **mine))["state"] == "complete"
            for tool, arguments in (
                ("receive_file", {"upload": upload}),
                ("prepare_import", {"edition_id": EDITION, "source": upload}),
            ):
                refused = await bo.call_tool(tool, arguments)
                assert refused.is_error, tool
                assert "kirsten" not in text_of(refused).lower()
                assert not (await anna.call_tool(tool, arguments)).is_error, tool


async def test_news_go_to_who_subscribed_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "DEFAULT_PACE", Pace(first=0.05, longest=0.05))
    told: dict[str, list[str]] = {"anna": [], "bo": []}
    heard = anyio.Event()

    def listener(name: str) -> Any:
        async def handle(message: IncomingMessage) -> None:
            await anyio.lowlevel.checkpoint()
            if isinstance(message, ResourceUpdatedNotification):
                told[name].append(message.params.uri)
                if name == "anna":
                    heard.set()

        return handle

    async with a_team(tmp_path) as team:
        anna_token, bo_token = team.token("anna"), team.token("bo")
        async with (
            team.client(anna_token, message_handler=listener("anna")) as anna,
            team.client(bo_token, message_handler=listener("bo"), elicitation_callback=Person(YES).ask) as bo,
        ):
            request = SubscribeRequest(params=SubscribeRequestParams(uri=SCHEDULED))
            await anna.session.send_request(request, EmptyResult)
            cancelled = await bo.call_tool("cancel_campaign", {"campaign_id": SCHEDULED.rpartition("/")[2]})
            assert not cancelled.is_error, text_of(cancelled)
            with anyio.fail_after(20):
                await heard.wait()
            await bo.list_tools()  # whatever was sent to Bo has arrived by now
    assert set(told["anna"]) == {SCHEDULED}
    assert told["bo"] == []
