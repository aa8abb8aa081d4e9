"""The demonstration: a real MCP client imports a shop's export through the real server, on the sandbox.

What is printed is what happened: each call, the question that a person is asked, the answer, and what the edition holds
afterwards. Nothing leaves this machine.
"""

import sys
import tempfile
import textwrap
from pathlib import Path
from typing import Any

import anyio
from mcp import Client
from mcp.client import ClientRequestContext
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.types import ElicitRequestParams, ElicitResult, TextContent

from preo_mcp.hosts import HOSTS
from preo_mcp.sandbox.control import edition_counts
from preo_mcp.sandbox.seeded import seeded_store
from preo_mcp.sandbox.store import Doc

EDITION = "edt_nordlys27"
FILE = "shopify-orders.csv"
WIDTH = 118


def demo() -> None:
    """Run the demonstration and print its transcript; exits with 1 where the import did not complete."""
    with tempfile.TemporaryDirectory(prefix="preo-demo-") as folder:
        before = _counts(Path(folder))
        _title(f"Import {FILE} into {EDITION}")
        _say("A sandbox with invented data stands in for Preo. The server runs over stdio, as a host would start it.")
        stage = anyio.run(_import, Path(folder))
        _changes(before, _counts(Path(folder)))
    _next_steps()
    if stage != "completed":
        raise SystemExit(1)


def example_folder() -> Path:
    """Return the folder of the example files: in the package, or beside it in a checkout."""
    inside = Path(__file__).with_name("examples")
    return inside if inside.is_dir() else Path(__file__).parent.parent / "examples"


async def _import(folder: Path) -> str:
    command = ["-m", "preo_mcp", "--sandbox", "--data", str(folder), "--allow-folder", str(example_folder())]
    transport = stdio_client(StdioServerParameters(command=sys.executable, args=command))
    async with Client(transport, elicitation_callback=_answer) as client:
        prepared = await _call(client, "prepare_import", edition_id=EDITION, file_path=FILE)
        chosen = {"import_id": prepared["import_id"]}
        await _call(client, "preview_import_orders", **chosen, limit=4)
        _say("Without a decision on the unknown product nothing starts:")
        await _call(client, "start_import", **chosen)
        _say("The user decides to skip it, and is asked before anything is written:")
        await _call(client, "start_import", **chosen, ignore_warnings=True)
        done = await _call(client, "wait_for_import", **chosen)
    return str(done.get("stage"))


async def _answer(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:  # noqa: ARG001 - the SDK names it
    _say("The host asks a person:")
    _quote(params.message)
    _say("The demonstration answers in their place: yes.")
    return ElicitResult(action="accept", content={"approve": True})


async def _call(client: Client, tool: str, **arguments: Any) -> Doc:
    shown = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
    sys.stdout.write(f"\n→ {tool}({shown})\n")
    result = await client.call_tool(tool, arguments)
    _quote("\n".join(block.text for block in result.content if isinstance(block, TextContent)))
    return result.structured_content or {}


def _counts(folder: Path) -> Doc:
    with seeded_store(folder) as store:
        return edition_counts(store, EDITION)


def _changes(before: Doc, after: Doc) -> None:
    _title(f"What changed in {EDITION}")
    rows = [("customers", "customers"), ("orders", "orders"), ("purchases", "purchases")]
    for label, name in rows:
        sys.stdout.write(f"  {label:12} {before[name]:>8} → {after[name]:>8}   (+{after[name] - before[name]})\n")
    turnover = (after["turnover"] - before["turnover"]) / 100
    sys.stdout.write(f"  {'turnover':12} +{turnover:,.2f} DKK\n")


def _next_steps() -> None:
    _title("Add the server to your assistant (sandbox; for an account set PREO_TOKEN instead of --sandbox)")
    for host in HOSTS:
        sys.stdout.write(f"\n{host.name}: {host.where}\n")
        sys.stdout.write(textwrap.indent(host.entry(), "    ") + "\n")


def _title(text: str) -> None:
    sys.stdout.write(f"\n{text}\n{'─' * min(len(text), WIDTH)}\n")


def _say(text: str) -> None:
    sys.stdout.write(f"\n{textwrap.fill(text, WIDTH)}\n")


def _quote(text: str) -> None:
    for line in text.splitlines():
        rows = [line[: WIDTH - 1] + "…"] if " | " in line and len(line) > WIDTH else textwrap.wrap(line, WIDTH) or [""]
        sys.stdout.writelines(f"  │ {row}\n" for row in rows)
    sys.stdout.flush()
