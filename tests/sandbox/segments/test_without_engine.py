"""Where the engine of conditions has no wheel (musl, Windows on ARM, Intel Macs), all the rest runs, and it is said."""

import sys
from typing import Any

import anyio
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from tests.door import content_of, text_of
from tests.test_serving import PATIENCE, environment

SERVER = (
    "import sys; sys.modules['cel_expr_python'] = None; from preo_mcp.cli import main; main(['--sandbox', '--yes'])"
)
SCOPE = {"edition_id": "edt_nordlys27", "organization_id": "org_nordlys"}
CONDITION = "user.country == 'DK'"
NO_ENGINE = "cel-expr-python is not installed"


async def test_the_sandbox_serves_and_refuses_what_needs_the_engine() -> None:
    command = StdioServerParameters(command=sys.executable, args=["-c", SERVER], env=environment())
    async with Client(stdio_client(command)) as client:

        async def called(tool: str, **arguments: Any) -> str:
            return text_of(await client.call_tool(tool, arguments))

        assert NO_ENGINE in await called("validate_cel_expression", expression=CONDITION)
        assert NO_ENGINE in await called("create_segment", name="Danes", condition=CONDITION, **SCOPE)
        explained = await client.call_tool("explain_cel_expression", {"expression": CONDITION})
        assert "country" in content_of(explained)["explanation"]
        listed = await client.call_tool("list_segments", {})
        assert content_of(listed)["total"] == 7

        begun = await client.call_tool("recalculate_segment", {"id": "seg_nordlys_guests"})
        assert not begun.is_error, text_of(begun)
        told: dict[str, Any] = {"status": "pending"}
        with anyio.fail_after(PATIENCE):
            while told["status"] in ("pending", "processing"):
                told = content_of(await client.call_tool("get_segment", {"id": "seg_nordlys_guests"}))
        assert told["status"] == "failed"
        assert NO_ENGINE in told["error_message"]
