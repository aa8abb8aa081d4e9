"""The tool that only the upload card calls: with its code and secret, in pieces; and a model that calls it by name."""

import base64
import re
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from preo_mcp.files.uploads.upload import FILE_LIMIT
from preo_mcp.receiving.card import CARD_PIECE
from preo_mcp.receiving.card_tool import CARD_META, CARD_URI, UPLOAD_TOOL
from preo_mcp.receiving.documents import card_html
from preo_mcp.settings import Language
from tests.door import EDITION, ERAS, ORDERS, Door, Era, open_door, text_of
from tests.receiving.drop_world import Host, hosted

CODE = re.compile(r"\(The card opens with (\S+)\.\)")


@pytest.fixture(params=ERAS)
async def host(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Host]:
    era: Era = request.param
    async with hosted(tmp_path, era) as made:
        yield made


async def step(client: Client, action: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool("upload", {"action": action, **arguments})
    assert not result.is_error, text_of(result)
    return result.structured_content or {}


async def code_of(client: Client) -> tuple[str, str]:
    """Ask for a file, and return the upload and the code as a card reads them in the text."""
    text = text_of(await client.call_tool("receive_file", {}))
    upload, code = re.search(r"upl_[0-9a-f]{24}", text), CODE.search(text)
    assert upload, text
    assert code, text
    return upload[0], code[1]


async def opened(client: Client) -> dict[str, str]:
    upload, code = await code_of(client)
    return {"upload": upload, "secret": (await step(client, "show", upload=upload, secret=code))["session"]}


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


async def test_a_file_comes_in_pieces_and_is_a_source(host: Host) -> None:
    content = (ORDERS + "\n" * CARD_PIECE).encode()
    mine = await opened(host.client)
    started = await step(host.client, "start", **mine, name="orders.csv", size=len(content), mark="1")
    assert started["received"] == 0
    for offset in range(0, len(content), CARD_PIECE):
        piece = encoded(content[offset : offset + CARD_PIECE])
        assert len(piece) <= 512 * 1024
        answer = await step(host.client, "piece", **mine, offset=offset, piece=piece)
        assert answer["received"] == min(offset + CARD_PIECE, len(content))
    done = await step(host.client, "finish", **mine)
    assert (done["state"], len(done["look"]["columns"])) == ("complete", 8)
    found = await host.client.call_tool("receive_file", {"upload": mine["upload"]})
    assert "The card" not in text_of(found)
    prepared = await host.client.call_tool("prepare_import", {"edition_id": EDITION, "source": mine["upload"]})
    assert not prepared.is_error


async def test_the_code_is_used_up_and_the_model_is_shown_no_secret(host: Host) -> None:
    upload, code = await code_of(host.client)
    mine = {"upload": upload, "secret": (await step(host.client, "show", upload=upload, secret=code))["session"]}
    for secret in (code, "", "wrong"):
        for action, more in (
            ("show", {}),
            ("start", {"name": "orders.csv", "size": 3}),
            ("piece", {"offset": 0, "piece": encoded(b"a,b")}),
            ("finish", {}),
        ):
            assert (await step(host.client, action, upload=upload, secret=secret, **more))["state"] == "secret"
    told = text_of(await host.client.call_tool("receive_file", {"upload": upload}))
    assert mine["secret"] not in told
    assert not CODE.search(told), "it is open in a card already"


async def test_a_host_without_cards_cannot_call_it(tmp_path: Path) -> None:
    async with open_door(tmp_path, "auto") as door:
        upload = await door.backend.receiver.uploads.ask()
        secret = await door.backend.receiver.uploads.issue(upload.id)
        refused = await door.refused("upload", action="show", upload=upload.id, secret=secret)
        assert "only the upload card of this server may call it" in refused
        assert (await door.backend.receiver.uploads.find(upload.id)).session is None


async def test_arguments_that_no_card_gives(host: Host) -> None:
    mine = await opened(host.client)
    await step(host.client, "start", **mine, name="orders.csv", size=3)
    wrong: tuple[dict[str, Any], ...] = (
        {},
        {"action": "show"},
        {"action": "remove", **mine},
        {"action": ["show"], **mine},
        {"action": "piece", **mine, "offset": 0},
        {"action": "piece", **mine, "offset": True, "piece": "YSxi"},
        {"action": "piece", **mine, "offset": 0, "piece": "not base64!"},
        {"action": "piece", **mine, "offset": 0, "piece": "x" * (512 * 1024 + 1)},
        {"action": "start", **mine, "name": "x.csv", "size": "3"},
        {"action": "finish", **mine, "confirm": "yes"},
    )
    for arguments in wrong:
        result = await host.client.call_tool("upload", arguments)
        assert result.is_error, arguments
        assert len(text_of(result).split(" · ")) == 3
    too_large = await step(host.client, "start", **mine, name="orders.csv", size=FILE_LIMIT + 1)
    assert too_large["state"] == "too_large"


async def test_how_a_host_finds_it(tmp_path: Path) -> None:
    assert CARD_META == {"ui": {"resourceUri": CARD_URI}}
    async with hosted(tmp_path) as host:
        assert host.tools["receive_file"].meta == CARD_META
        assert host.tools[UPLOAD_TOOL.name].meta == {"ui": {"visibility": ["app"]}}


def test_the_card_loads_nothing() -> None:
    for language in Language:
        document = card_html(language)
        assert not re.search(r"(src|href)=|url\(|@import|https?://(?!www\.w3\.org)", document)


async def test_somebody_who_is_signed_in_has_the_card_alone(tmp_path: Path) -> None:
    async with hosted(tmp_path, caller="ida") as ida, hosted(tmp_path, caller="jens") as jens:
        mine = await opened(ida.client)
        for name, arguments in (
            ("receive_file", {"upload": mine["upload"]}),
            ("prepare_import", {"edition_id": EDITION, "source": mine["upload"]}),
            ("upload_file", {"organization_id": "org_nordlys", "file_path": mine["upload"]}),
        ):
            assert "there is no such upload" in text_of(await jens.client.call_tool(name, arguments))
        assert (await step(jens.client, "show", **mine))["state"] == "gone"
        assert (await step(jens.client, "start", **mine, name="orders.csv", size=3))["state"] == "gone"
        assert (await step(ida.client, "start", **mine, name="orders.csv", size=3))["state"] == "receiving"


async def test_in_search_mode_no_card_is_shown_and_the_page_is(tmp_path: Path) -> None:
    async with open_door(tmp_path, "auto", mode="search") as door:
        assert isinstance(door, Door)
        asked = await door.done("receive_file")
        assert "http://127.0.0.1:" in asked["next_step"]
