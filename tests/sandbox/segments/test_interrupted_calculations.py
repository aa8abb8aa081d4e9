"""A calculation that is interrupted at any point is completed afterwards: nobody twice, nobody missing."""

import random
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import httpx
import pytest
from segment_steps import finished

from preo_mcp.sandbox import slices
from preo_mcp.sandbox.in_process import SANDBOX_URL, InProcessTransport, run_sandbox
from preo_mcp.sandbox.seed import seed
from preo_mcp.sandbox.store import Store

SEGMENT = "seg_nordlys_return"
TINY_SLICE = 0.0002
"""Makes many transactions of 1,300 customers."""


@pytest.fixture(scope="module")
def seeded() -> bytes:
    """The seeded database, to begin each sandbox with."""
    with Store.opened() as store:
        seed(store)
        return store.db.serialize()


@pytest.fixture
def folder(tmp_path: Path, seeded: bytes) -> Path:
    (tmp_path / "preo.db").write_bytes(seeded)
    return tmp_path


def deaths(number: int) -> Iterator[int]:
    """After how many turns each life ends; later lives are longer, so that there is an end."""
    source, longest = random.Random(number), 60
    while True:
        yield source.randrange(1, longest)
        longest += longest // 3


@asynccontextmanager
async def living(folder: Path) -> AsyncGenerator[httpx.AsyncClient]:
    async with anyio.create_task_group() as tasks:

        async def run(*, task_status: anyio.abc.TaskStatus[InProcessTransport]) -> None:
            await run_sandbox(folder, task_status=task_status)

        transport: InProcessTransport = await tasks.start(run)
        headers = {"Authorization": "Bearer sandbox-manager"}
        async with httpx.AsyncClient(transport=transport, base_url=SANDBOX_URL, headers=headers, timeout=60) as client:
            yield client
        tasks.cancel_scope.cancel()


@pytest.mark.parametrize("number", range(4))
async def test_lives_that_end_between_two_slices(folder: Path, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "SLICE_SECONDS", TINY_SLICE)
    async with living(folder) as client:
        before = (await client.get(f"/v1/segments/{SEGMENT}")).json()
        assert (await client.post(f"/v1/segments/{SEGMENT}/recalculate")).status_code == 200
    lives, seen, after = 1, set[int](), before
    for turns in deaths(number):
        with anyio.move_on_after(60) as scope:
            async with living(folder) as client, anyio.create_task_group() as tasks:

                async def count_down(turns: int = turns, scope: anyio.CancelScope = scope) -> None:
                    for _ in range(turns):
                        await anyio.lowlevel.checkpoint()
                    scope.cancel()

                tasks.start_soon(count_down)
                after = await finished(client, SEGMENT)
                tasks.cancel_scope.cancel()
        lives += 1
        if not scope.cancelled_caught:
            break
        with Store.opened(folder) as store:
            done = store.db.execute(
                "SELECT coalesce(json_extract(doc, '$.calculation.done'), 0) FROM segments WHERE id = ?", (SEGMENT,)
            ).fetchone()
            seen.add(done[0])
    assert lives > 3
    assert len(seen) > 1
    assert after == {**before, "last_calculated": after["last_calculated"]}
    with Store.opened(folder) as store:
        [(run, users)] = store.db.execute(
            "SELECT json_extract(doc, '$.run'), user_count FROM segments WHERE id = ?", (SEGMENT,)
        ).fetchall()
        assert store.db.execute("SELECT count(*) FROM segment_users WHERE run = ?", (run,)).fetchone() == (users,)
        assert users == before["user_count"]
