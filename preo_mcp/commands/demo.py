"""The demonstration: a real MCP client imports a shop's export through the real server, on the sandbox.

What is printed is what happened: each call, the question that a person is asked, the answer, and what the edition holds
afterwards, and how the server is added to the hosts that people use. Nothing leaves this machine.
"""

import sys
import tempfile
from pathlib import Path

import anyio
from mcp import Client
from mcp.client.stdio import stdio_client

from preo_mcp.commands.transcript import content_of, sandbox_server, say, say_yes, show_call, title
from preo_mcp.sandbox.control import edition_counts
from preo_mcp.sandbox.seed import seeded_store
from preo_mcp.sandbox.store import Doc

EDITION = "edt_nordlys27"
FILE = "shopify-orders.csv"


def demo() -> None:
    """Run the demonstration and print its transcript; exits with 1 where the import did not complete."""
    with tempfile.TemporaryDirectory(prefix="preo-demo-") as folder:
        before = _counts(Path(folder))
        title(f"Import {FILE} into {EDITION}")
        say("A sandbox with invented data stands in for Preo. The server runs over stdio, as a host would start it.")
        stage = anyio.run(_import, Path(folder))
        _changes(before, _counts(Path(folder)))
    _next_steps()
    if stage != "completed":
        raise SystemExit(1)


def example_folder() -> Path:
    """Return the folder of the example files: in the package, or beside it in a checkout."""
    package = Path(__file__).parents[1]
    inside = package / "examples"
    return inside if inside.is_dir() else package.parent / "examples"


async def _import(folder: Path) -> str:
    server = sandbox_server(folder, "--data", str(folder), "--allow-folder", str(example_folder()))
    transport = stdio_client(server)
    async with Client(transport, elicitation_callback=say_yes) as client:
        read = content_of(await show_call(client, "prepare_import", edition_id=EDITION, file_path=FILE))
        say("Nothing is uploaded before somebody decides on the unknown product. The user leaves it out:")
        settled = await show_call(client, "prepare_import", source=read["source"], settle=["products: skip"])
        chosen = {"import_id": content_of(settled)["import_id"]}
        await show_call(client, "preview_import_orders", **chosen, limit=4)
        say("Before anything is written, a person sees what it comes to:")
        await show_call(client, "start_import", **chosen)
        done = await show_call(client, "wait_for_import", **chosen)
    return str(content_of(done).get("stage"))


def _counts(folder: Path) -> Doc:
    with seeded_store(folder) as store:
        return edition_counts(store, EDITION)


def _changes(before: Doc, after: Doc) -> None:
    title(f"What changed in {EDITION}")
    rows = [("customers", "customers"), ("orders", "orders"), ("purchases", "purchases")]
    for label, name in rows:
        sys.stdout.write(f"  {label:12} {before[name]:>8} → {after[name]:>8}   (+{after[name] - before[name]})\n")
    turnover = (after["turnover"] - before["turnover"]) / 100
    sys.stdout.write(f"  {'turnover':12} +{turnover:,.2f} DKK\n")


def _next_steps() -> None:
    title("Add the server to your assistant")
    sys.stdout.write("\n  preo-mcp setup           asks what is needed, and tries it\n")
    sys.stdout.write("  preo-mcp install HOST    adds it to one host; --help names them\n")
