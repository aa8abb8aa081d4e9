"""Three shops' exports, each from file to orders in a few calls: run it with `python examples/import_stories.py`.

The official MCP client talks to the real server over stdio; the sandbox stands in for Preo. What is printed happened.
The assistant knows nothing of the files: it settles what prepare_import asks, as it recommends, and asks its user where
it recommends nothing. It never sends a file twice, and never a rewritten one.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import anyio
from mcp import Client
from mcp.client.stdio import stdio_client

from preo_mcp.commands.transcript import done, must, sandbox_server, say, say_yes, title

EDITION: Final = "edt_nordlys27"
FOLDER: Final = Path(__file__).parent

Content = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Story:
    """A file, what its user wants, and what they answer where nothing is recommended."""

    wish: str
    file: str
    answers: dict[str, tuple[str, ...]]


STORIES: Final = (
    Story(
        "“Our early tickets went through Tito. Can you bring them over?”",
        "tito-tickets.csv",
        {
            "products": (
                "products.Day Ticket Adult*: var_n27_day_regular",
                "products.Day Ticket Youth: var_n27_day_young",
            )
        },
    ),
    Story("“Here is the check-in list of pretix.”", "pretix-checkin.csv", {}),
    Story("“And the orders of our WooCommerce shop.”", "woocommerce-orders.csv", {}),
)


async def tell() -> None:
    """Bring the three files over, one after the other, into one edition."""
    with tempfile.TemporaryDirectory(prefix="preo-story-") as folder:
        server = stdio_client(sandbox_server(Path(folder), "--allow-folder", str(FOLDER)))
        async with Client(server, elicitation_callback=say_yes) as client:
            for story in STORIES:
                await bring_over(client, story)


async def bring_over(client: Client, story: Story) -> None:
    """Take a file from its export to completed."""
    title(story.wish)
    prepared = await done(client, "prepare_import", edition_id=EDITION, file_path=story.file)
    if prepared["decisions"]:
        say("The assistant tells what is open and what is recommended; the user agrees, and answers the rest:")
        settle = [wish for one in prepared["decisions"] for wish in settled(one, story)]
        prepared = await done(client, "prepare_import", source=prepared["source"], settle=settle)
    must(not prepared["decisions"], "something is still open")
    say("Before anything is written, a person sees what it comes to:")
    await done(client, "start_import", import_id=prepared["import_id"])
    finished = await done(client, "wait_for_import", import_id=prepared["import_id"])
    must(finished["stage"] == "completed", f"it is {finished['stage']}")
    must(finished["outcome"]["as_announced"] is True, "it is not what was announced")


def settled(decision: Content, story: Story) -> tuple[str, ...]:
    """Return how a decision is settled: as the user says, else as it is recommended."""
    key = decision["key"]
    answered = story.answers.get(key)
    must(answered is not None or "recommended" in decision, f"nobody knows about {key}")
    return answered or (f"{key}: {decision['recommended']}",)


if __name__ == "__main__":
    anyio.run(tell)
