"""Jobs with a time: they wait for the store's clock, also across processes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest

from preo_mcp.sandbox import clock as clocks
from preo_mcp.sandbox.clock import FixedClock, wait_until
from preo_mcp.sandbox.jobs import Jobs
from preo_mcp.sandbox.store import Store

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


async def test_a_job_begins_when_its_time_comes_and_not_before(tmp_path: Path) -> None:
    done: list[str] = []

    async def work(jobs: Jobs, subject: str) -> None:
        done.append(subject)

    clock = FixedClock(NOW)
    with Store.opened(tmp_path, clock) as store:
        jobs = Jobs(store, {"work": work})
        async with jobs.running():
            for subject, hours in (("later", 2), ("soon", 1)):
                jobs.start(jobs.add("work", subject, due=NOW + hours * HOUR))
            jobs.start(jobs.add("work", "now"))
            await anyio.wait_all_tasks_blocked()
            assert done == ["now"]
            clock.move(HOUR - timedelta(microseconds=1))
            await anyio.wait_all_tasks_blocked()
            assert done == ["now"]
            clock.move(timedelta(microseconds=1))
            await anyio.wait_all_tasks_blocked()
            assert done == ["now", "soon"]
    clock.move(5 * HOUR)
    with Store.opened(tmp_path, clock) as store:
        jobs = Jobs(store, {"work": work})
        async with jobs.running():
            await anyio.wait_all_tasks_blocked()
        assert done == ["now", "soon", "later"]
        assert store.db.execute("SELECT DISTINCT status FROM jobs").fetchall() == [("done",)]


async def test_the_systems_clock_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    now = NOW

    async def sleep(seconds: float) -> None:
        nonlocal now
        slept.append(seconds)
        now += timedelta(seconds=seconds)
        await anyio.lowlevel.checkpoint()

    monkeypatch.setattr(clocks.anyio, "sleep", sleep)
    await wait_until(lambda: now, NOW + timedelta(seconds=150))
    assert slept == [60.0, 60.0, 30.0]
    await wait_until(lambda: now, NOW)
    assert len(slept) == 3
