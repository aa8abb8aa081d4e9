"""Jobs: written with what makes them necessary, worked on after the answer, taken up again after a crash."""

from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from preo_mcp.sandbox import slices
from preo_mcp.sandbox.jobs import Jobs
from preo_mcp.sandbox.slices import in_slices
from preo_mcp.sandbox.store import Store


def statuses(store: Store) -> list[str]:
    return [status for (status,) in store.db.execute("SELECT status FROM jobs ORDER BY id")]


async def test_a_job_is_done_once_and_can_be_waited_for(store: Store) -> None:
    done: list[str] = []

    gate = anyio.Event()

    async def work(jobs: Jobs, subject: str) -> None:
        await gate.wait()
        done.append(subject)

    jobs = Jobs(store, {"work": work})
    with pytest.raises(RuntimeError):
        jobs.start(1)
    async with jobs.running():
        job = jobs.add("work", "x")
        jobs.start(job)
        assert not await jobs.finished(job, within=0.01)
        assert statuses(store) == ["queued"]
        gate.set()
        assert await jobs.finished(job)
        assert await jobs.finished(job)
    assert (done, statuses(store)) == (["x"], ["done"])


async def test_unfinished_jobs_are_taken_up_by_the_next_process(tmp_path: Path) -> None:
    begun: list[str] = []

    async def endless(jobs: Jobs, subject: str) -> None:
        begun.append(subject)
        await anyio.sleep_forever()

    async def quick(jobs: Jobs, subject: str) -> None:
        begun.append(subject)

    with Store.opened(tmp_path) as store:
        jobs = Jobs(store, {"work": endless})
        async with jobs.running():
            with store.transaction():
                job = jobs.add("work", "x")
            jobs.start(job)
            while not begun:
                await anyio.lowlevel.checkpoint()
        assert statuses(store) == ["queued"]
    with Store.opened(tmp_path) as store:
        jobs = Jobs(store, {"work": quick})
        async with jobs.running():
            assert await jobs.finished(job, within=5)
        assert (begun, statuses(store)) == (["x", "x"], ["done"])


async def test_a_failing_job_ends_no_other(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    async def work(jobs: Jobs, subject: str) -> None:
        if subject == "bad":
            raise ValueError("anna@example.com")

    jobs = Jobs(store, {"work": work})
    async with jobs.running():
        numbers = [jobs.add(kind, subject) for kind, subject in (("work", "bad"), ("odd", "x"), ("work", "good"))]
        for number in numbers:
            jobs.start(number)
        for number in numbers:
            await jobs.finished(number)
    assert statuses(store) == ["failed", "failed", "done"]
    assert "ValueError" in caplog.text
    assert "anna@example.com" not in caplog.text


async def test_a_job_is_as_durable_as_what_made_it_necessary(store: Store) -> None:
    jobs = Jobs(store, {})

    def add_and_fail() -> None:
        with store.transaction():
            jobs.add("work", "x")
            raise KeyError

    with pytest.raises(KeyError):
        add_and_fail()
    assert statuses(store) == []


@pytest.mark.parametrize("seconds", [0.0, 10.0])
async def test_slices_do_everything_in_order(store: Store, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    monkeypatch.setattr(slices, "SLICE_SECONDS", seconds)
    log: list[str] = []

    def begin() -> bool:
        log.append("(")
        return True

    assert await in_slices(store, "abc", log.append, begin=begin, end=lambda: log.append(")"))
    assert "".join(log) == ("(abc)" if seconds else "(a)(b)(c)()")


async def test_slices_stop_where_they_are_not_wanted(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "SLICE_SECONDS", 0.0)
    done: list[int] = []
    assert not await in_slices(store, range(9), done.append, begin=lambda: len(done) < 2)
    assert done == [0, 1]


async def test_others_are_served_between_slices(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "SLICE_SECONDS", 0.0)
    log: list[str] = []

    async def work(name: str) -> None:
        await in_slices(store, range(3), lambda _: log.append(name))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(work, "a")
        tasks.start_soon(work, "b")
    assert "".join(log) == "ababab"


async def test_a_slice_that_fails_leaves_nothing(store: Store) -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ConnectionError

    def work(_: int) -> None:
        store.db.execute("INSERT INTO meta VALUES ('a', 'b')")

    with pytest.raises(ConnectionError):
        await in_slices(store, items(), work)
    assert store.db.execute("SELECT count(*) FROM meta WHERE key = 'a'").fetchone() == (0,)
    assert not store.db.in_transaction
