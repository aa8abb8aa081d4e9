"""One life of a kept sandbox that sends one campaign as far as it gets; run as a program, it is there to be killed.

The program tells where the campaign stands and stands still until it is given a line; so whoever kills it can choose
the phase in which it dies, however slow the machine is, and not the moment.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import anyio
import anyio.abc
import httpx
from campaign_steps import DRAFT

from preo_mcp.api.models.campaigns import MOVING_STATUSES
from preo_mcp.sandbox import slices
from preo_mcp.sandbox.campaigns import audience, sending
from preo_mcp.sandbox.in_process import SANDBOX_URL, InProcessTransport, run_sandbox

HEADERS = {"Authorization": "Bearer sandbox-manager"}
TINY_SLICE = 0.0005
SMALL_BATCH = 7


def work_in_small_steps() -> None:
    """Make many transactions of a send to a few hundred people."""
    slices.SLICE_SECONDS = TINY_SLICE
    audience.BATCH = sending.BATCH = SMALL_BATCH  # pyright: ignore[reportAttributeAccessIssue, reportConstantRedefinition]


def tell_and_wait(standing: str) -> None:
    """Print where the campaign stands, and wait for a line."""
    print(standing, flush=True)
    sys.stdin.readline()


def say_nothing(_: str) -> None:
    """Go on at once."""


async def live(folder: Path, tell: Callable[[str], None] = say_nothing) -> None:
    """Bring the campaign of the kept sandbox one life further; return when it is at its end."""
    async with anyio.create_task_group() as tasks:

        async def run(*, task_status: anyio.abc.TaskStatus[InProcessTransport]) -> None:
            await run_sandbox(folder, task_status=task_status)

        transport: InProcessTransport = await tasks.start(run)
        async with httpx.AsyncClient(transport=transport, base_url=SANDBOX_URL, headers=HEADERS, timeout=60) as client:
            await _drive(client, tell)
        tasks.cancel_scope.cancel()


async def _drive(client: httpx.AsyncClient, tell: Callable[[str], None]) -> None:
    while True:
        campaign = (await client.get(f"/v1/campaigns/{DRAFT}")).json()
        status = campaign["status"]
        tell(f"{status} {campaign['total_recipients']} {campaign['sent_count']}")
        if status == "draft":
            await client.post(f"/v1/campaigns/{DRAFT}/send")
        elif status not in MOVING_STATUSES:
            return
        await anyio.lowlevel.checkpoint()


if __name__ == "__main__":
    work_in_small_steps()
    anyio.run(live, Path(sys.argv[1]), tell_and_wait)
