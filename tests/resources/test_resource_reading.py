"""Reading what does not exist or cannot be fetched: the error of the era, and never a secret."""

from typing import Any

import httpx
import pytest
from mcp.shared.exceptions import MCPError

from preo_mcp.resources.rows import ROWS
from preo_mcp.server import build_server
from tests.door import TOKEN, Door, Era, open_door
from tests.scripted_lists import Api
from tests.tools.conftest import OpenServer

ABSENT = [
    *(row.address.replace(f"{{{row.parameter}}}", "x_none") for row in ROWS if row.parameter),
    "preo://editions/field-choices",  # the last word of another operation's path
    "preo://editions/edt_nordlys27/",
    "preo://editions/..",
    "preo://editions/edt_nordlys27%2Fhealthcheck",
    "preo://editions/edt nordlys27",
    "preo://nothing\u202e\n" + "x" * 500,
    "file:///etc/hosts",
]


async def test_what_does_not_exist_answers_the_error_of_the_era(door: Door, era: Era) -> None:
    code = -32002 if era == "legacy" else -32602
    for address in ABSENT:
        with pytest.raises(MCPError) as caught:
            await door.client.read_resource(address)
        error = caught.value.error
        assert (error.code, error.data) == (code, {"uri": address}), error
        assert error.message.startswith("Resource not found: ")
        assert len(error.message.split(" · ")) == 3
        assert error.message.isprintable()
        assert len(error.message) < 500


@pytest.mark.parametrize(
    "address",
    [
        "preo://editions/kirsten.holm@example.org",
        "preo://segments/kirsten.holm%40example.org/users.csv",
        "preo://segments/kirsten%252Eholm%2540example.org/users.csv",
        "preo://data-imports/+4520123456",
        "preo://kirsten.holm@example.org",
    ],
)
async def test_an_error_repeats_no_address_of_a_customer(door: Door, address: str) -> None:
    with pytest.raises(MCPError) as caught:
        await door.client.read_resource(address)
    told = f"{caught.value.error.message} {caught.value.error.data}"
    assert "Resource not found: preo://" in told
    assert "holm" not in told
    assert "20123456" not in told


async def test_it_can_be_read_outside_a_request(open_server: OpenServer) -> None:
    async with open_server() as door:
        server = build_server(door.backend.settings, door.backend)
        [read] = await server.read_resource("preo://editions/edt_nordlys27")
        assert read.mime_type == "application/json"
        with pytest.raises(MCPError, match="Resource not found"):
            await server.read_resource("preo://editions/edt_none")


@pytest.mark.parametrize("answer", [httpx.Response(403, json={"detail": "No."}), {"id": {"secret": TOKEN}}])
async def test_other_errors_say_what_why_and_what_next(era: Era, tmp_path: Any, answer: Any) -> None:
    async with open_door(tmp_path, era, api=Api(campaigns=answer)) as door:
        with pytest.raises(MCPError) as caught:
            await door.client.read_resource("preo://campaigns/cmp_1")
    assert caught.value.error.code == -32603
    assert len(caught.value.error.message.split(" · ")) == 3
    assert TOKEN not in str(caught.value)


async def test_a_crash_tells_no_values(
    era: Era, door: Door, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError("kirsten@example.org")

    monkeypatch.setattr("preo_mcp.resources.reading.body", crash)
    with pytest.raises(MCPError, match="an error inside preo-mcp") as caught:
        await door.client.read_resource("preo://editions/edt_nordlys27")
    assert caught.value.error.code == -32603
    assert "RuntimeError at " in caplog.text
    assert "kirsten" not in caplog.text + str(caught.value)
