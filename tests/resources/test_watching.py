"""Watching: one task per address, told only of changes, ended by the last change and by the last listener."""

from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from anyio.abc import TaskGroup

from preo_mcp.api.errors import NetworkError, NotFoundError
from preo_mcp.resources.progress import Progress
from preo_mcp.resources.watching import MOST_WATCHED, Pace, TooManyError, Watch

HERE, THERE = "preo://campaigns/cmp_1", "preo://campaigns/cmp_2"
GONE = NotFoundError("Get campaign failed", "it is gone", "Look at the list.")
CUT_OFF = NetworkError("Get campaign failed", "the API was not reached", "Try later.")
DONE = Progress("sent", final=True)
SLOW = Pace(first=3600, longest=3600)
"""So that it looks only when it is told to."""


def at(count: int) -> Progress:
    return Progress(count, final=False)


class Scene:
    """A watch whose looks see what the test says next."""

    def __init__(self, tasks: TaskGroup) -> None:
        self._say, self._see = anyio.create_memory_object_stream[Progress | Exception](100)
        self.told: list[tuple[str, frozenset[object]]] = []
        self.running = 0
        self._tasks = tasks
        self.watch = Watch(self._look, self._tell, self._start, SLOW)

    async def _look(self, address: str) -> Progress:
        seen = await self._see.receive()
        if isinstance(seen, Exception):
            raise seen
        return seen

    async def _tell(self, address: str, waiting: frozenset[object]) -> None:
        self.told.append((address, waiting))

    def _start(self, task: Callable[[], Coroutine[Any, Any, None]]) -> None:
        async def counted() -> None:
            self.running += 1
            try:
                await task()
            finally:
                self.running -= 1

        self._tasks.start_soon(counted)

    async def see(self, *outcomes: Progress | Exception) -> None:
        """Let the task look once for each outcome; return when it has done what follows from it."""
        for outcome in outcomes:
            self._say.send_nowait(outcome)
            self.watch.look_now()
            with anyio.fail_after(5):
                while self._say.statistics().current_buffer_used:
                    await anyio.lowlevel.checkpoint()
            await self.settled()

    async def add(self, who: object, seen: Progress | Exception, address: str = HERE) -> None:
        self._say.send_nowait(seen)
        with anyio.fail_after(5):
            await self.watch.add(address, who)

    async def settled(self) -> None:
        for _ in range(20):
            await anyio.lowlevel.checkpoint()

    def close(self) -> None:
        self._say.close()
        self._see.close()


@pytest.fixture
async def scene() -> AsyncGenerator[Scene]:
    async with anyio.create_task_group() as tasks:
        scene = Scene(tasks)
        yield scene
        tasks.cancel_scope.cancel()
        scene.close()


async def test_only_changes_are_told_to_all_who_wait_then_and_the_last_one_ends_it(scene: Scene) -> None:
    await scene.add("a", at(1))
    await scene.see(at(1), at(2), at(2))
    await scene.add("b", at(2))
    await scene.see(at(3), at(3))
    assert scene.running == 1
    assert scene.told == [(HERE, frozenset("a")), (HERE, frozenset("ab"))]
    await scene.see(DONE)
    assert scene.told[2:] == [(HERE, frozenset("ab"))]
    assert (scene.running, scene.watch.addresses) == (0, frozenset())


async def test_errors_are_outlived_and_what_vanishes_is_told_once(scene: Scene) -> None:
    await scene.add("a", CUT_OFF)
    await scene.see(CUT_OFF, RuntimeError("a bug"), at(1))
    assert scene.told == [(HERE, frozenset("a"))]
    await scene.see(GONE)
    assert len(scene.told) == 2
    assert (scene.running, scene.watch.addresses) == (0, frozenset())


async def test_the_last_to_leave_ends_the_task(scene: Scene) -> None:
    await scene.add("a", at(1))
    await scene.add("a", at(1), THERE)
    await scene.add("b", at(1))
    await scene.settled()
    scene.watch.drop("a")
    await scene.settled()
    assert (scene.running, scene.watch.addresses) == (1, {HERE})
    scene.watch.drop("b", THERE)
    scene.watch.drop("nobody")
    assert scene.watch.addresses == {HERE}
    scene.watch.drop("b", HERE)
    await scene.settled()
    assert (scene.running, scene.watch.addresses) == (0, frozenset())
    await scene.add("c", at(5))  # and it can begin again
    await scene.settled()
    assert scene.running == 1


async def test_what_is_over_or_absent_is_not_watched(scene: Scene) -> None:
    await scene.add("a", DONE)
    with pytest.raises(NotFoundError):
        await scene.add("a", GONE)
    assert scene.watch.addresses == frozenset()


async def test_two_who_come_at_once_share_a_task_and_the_number_of_addresses_is_bounded(scene: Scene) -> None:
    async with anyio.create_task_group() as both:
        both.start_soon(scene.add, "a", at(1))
        both.start_soon(scene.add, "b", at(1))
    for number in range(1, MOST_WATCHED):
        await scene.add("a", at(1), f"{THERE}{number}")
    with pytest.raises(TooManyError):
        await scene.add("c", at(1), THERE)
    await scene.add("c", at(1), HERE)
    await scene.settled()
    assert scene.running == len(scene.watch.addresses) == MOST_WATCHED
    scene.watch.drop("a")
    scene.watch.drop("b")
    assert scene.watch.addresses == {HERE}


async def test_it_looks_again_by_itself() -> None:
    seen = [at(1), at(2), DONE]
    told = anyio.Event()

    async def look(_: str) -> Progress:
        return seen.pop(0)

    async def tell(address: str, waiting: frozenset[object]) -> None:
        told.set()

    async with anyio.create_task_group() as tasks:
        watch = Watch(look, tell, tasks.start_soon, Pace(first=0.001, longest=0.001))
        await watch.add(HERE, "a")
        with anyio.fail_after(5):
            await told.wait()


def test_the_pace_slows_down_to_its_longest() -> None:
    pace = Pace(first=1, longest=4, growth=2)
    assert [pace.after(1), pace.after(2), pace.after(4)] == [2, 4, 4]
