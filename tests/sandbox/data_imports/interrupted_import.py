"""One life of a kept sandbox that drives one import as far as it gets; run as a program, it is there to be killed."""

import sys
from pathlib import Path
from typing import Any

import anyio
import anyio.abc
import httpx
from importing_steps import UPCOMING, body

from preo_mcp.sandbox import slices
from preo_mcp.sandbox.in_process import SANDBOX_URL, InProcessTransport, run_sandbox

TINY_SLICE = 0.0005
"""Makes many transactions of a small file."""
ORDERS, UNITS = 300, 900
HEADERS = {"Authorization": "Bearer sandbox-manager"}


def crowded_file() -> str:
    """ORDERS orders of two rows each that lie far apart, UNITS units in all, a fourth as many customers, a bad row."""
    first = [f"K{at},u{at % 75}@example.com,NF-DAY-REG,1,10" for at in range(ORDERS)]
    second = [f"K{at},,NF-PARK,2,20" for at in range(ORDERS)]
    return "\n".join(["Order,Email,SKU,Quantity,Price", *first, "K0,,,,", *second]) + "\n"


async def live(folder: Path) -> None:
    """Bring the import of the kept sandbox one life further; return when it is completed."""
    async with anyio.create_task_group() as tasks:

        async def run(*, task_status: anyio.abc.TaskStatus[InProcessTransport]) -> None:
            await run_sandbox(folder, task_status=task_status)

        transport: InProcessTransport = await tasks.start(run)
        async with httpx.AsyncClient(transport=transport, base_url=SANDBOX_URL, headers=HEADERS, timeout=60) as client:
            await _drive(client, tasks)
        tasks.cancel_scope.cancel()


async def _drive(client: httpx.AsyncClient, tasks: anyio.abc.TaskGroup) -> None:
    while True:
        # Whoever waits to kill this program counts the lines.
        print("alive", flush=True)
        found: list[dict[str, Any]] = (await client.get("/v1/data-imports")).json()["results"]
        if not found:
            await client.post("/v1/data-imports", json=body(crowded_file(), edition=UPCOMING))
        elif found[0]["stage"] == "needs_column_mapping" and not found[0]["processing"]:
            tasks.start_soon(client.post, f"/v1/data-imports/{found[0]['id']}/process-mappings")
        elif found[0]["stage"] == "needs_product_mapping":
            await client.post(f"/v1/data-imports/{found[0]['id']}/start-import")
        elif found[0]["stage"] in ("completed", "failed"):
            return
        await anyio.lowlevel.checkpoint()


if __name__ == "__main__":
    slices.SLICE_SECONDS = TINY_SLICE
    anyio.run(live, Path(sys.argv[1]))
