"""Several requests at the same time fail and end like one."""

from collections.abc import Awaitable
from typing import TypeVar

import anyio
import pytest

from preo_mcp.api.errors import NotFoundError, PreoError, ServerError
from preo_mcp.calls.preo import MOST_AT_ONCE, together

T = TypeVar("T")

GONE = NotFoundError("Get campaign failed", "there is none", "Look with list_campaigns.")
DOWN = ServerError("Get user info failed", "Preo is down", "Call again later.")


class Bug(Exception):
    pass


async def given(result: T, after: float = 0) -> T:
    await anyio.sleep(after)
    return result


async def failing(failure: Exception, after: float = 0) -> int:
    await anyio.sleep(after)
    raise failure


class Patient:
    """Waits until it is cancelled, and remembers how far it came."""

    def __init__(self) -> None:
        self.began = False
        self.cancelled = False

    async def wait(self) -> int:
        self.began = True
        try:
            await anyio.sleep_forever()
        except anyio.get_cancelled_exc_class():
            self.cancelled = True
            raise
        return 0


async def failure_of(awaitable: Awaitable[object]) -> BaseException:
    with anyio.fail_after(5), pytest.raises(Exception) as caught:  # noqa: PT011 - whatever leaves
        await awaitable
    return caught.value


async def test_results_come_in_the_order_given() -> None:
    assert await together(given("slow", 0.02), given(2)) == ("slow", 2)
    assert await together(given(1), given("b", 0.01), given(None), given(4.0), given(b"e")) == (1, "b", None, 4.0, b"e")


async def test_any_number_of_a_kind() -> None:
    assert await together(*[given(number) for number in range(8)]) == tuple(range(8))
    assert await together(given("alone")) == ("alone",)
    assert await together() == ()


async def test_all_are_under_way_at_once() -> None:
    met = [anyio.Event(), anyio.Event()]

    async def meet(mine: int, other: int) -> int:
        met[mine].set()
        await met[other].wait()
        return mine

    with anyio.fail_after(5):
        assert await together(meet(0, 1), meet(1, 0)) == (0, 1)


async def test_an_error_leaves_as_itself_and_those_after_it_are_cancelled() -> None:
    patient = Patient()
    assert await failure_of(together(given(1), failing(GONE, 0.01), patient.wait())) is GONE
    assert patient.cancelled


async def test_of_several_errors_the_first_in_order_leaves_also_where_it_came_last() -> None:
    assert await failure_of(together(failing(GONE), failing(DOWN))) is GONE
    assert await failure_of(together(failing(GONE, 0.03), failing(DOWN), failing(Bug()))) is GONE


async def test_what_stands_before_a_failure_is_awaited_and_its_result_saves_nothing() -> None:
    finished = list[int]()

    async def finish() -> int:
        await anyio.sleep(0.02)
        finished.append(1)
        return 1

    assert await failure_of(together(finish(), failing(DOWN))) is DOWN
    assert finished == [1]


async def test_a_bug_leaves_as_itself() -> None:
    bug, patient = Bug(), Patient()
    assert await failure_of(together(failing(bug, 0.01), patient.wait())) is bug
    assert patient.cancelled


async def test_an_error_that_a_caller_can_act_on_goes_before_a_bug() -> None:
    assert await failure_of(together(failing(DOWN, 0.02), failing(Bug()))) is DOWN

    met = anyio.Event()

    async def fail_with(failure: Exception) -> int:
        with anyio.CancelScope(shield=True):
            await met.wait()
        raise failure

    async def crash() -> int:
        met.set()
        raise Bug

    assert await failure_of(together(crash(), fail_with(DOWN))) is DOWN


async def test_cancellation_is_passed_on_to_all_and_out() -> None:
    patients = [Patient(), Patient()]
    with anyio.move_on_after(0.02) as scope:
        await together(*(patient.wait() for patient in patients))
    assert scope.cancelled_caught
    assert all(patient.cancelled for patient in patients)


async def test_a_caller_that_gave_up_before_begins_nothing_that_stays_unfinished() -> None:
    patients = [Patient(), Patient()]
    with anyio.CancelScope() as scope:
        scope.cancel()
        await together(*(patient.wait() for patient in patients))
    assert scope.cancelled_caught
    assert all(patient.cancelled == patient.began for patient in patients)


async def test_it_can_stand_within_itself() -> None:
    inner = together(failing(GONE, 0.01), given(1))
    patient = Patient()
    failure = await failure_of(together(inner, patient.wait()))
    assert failure is GONE
    assert isinstance(failure, PreoError)
    assert patient.cancelled


async def test_a_long_list_is_not_asked_for_all_at_once() -> None:
    under_way = list[int]()
    most = 0

    async def ask(number: int) -> int:
        nonlocal most
        under_way.append(number)
        most = max(most, len(under_way))
        await anyio.sleep(0.001)
        under_way.remove(number)
        return number

    assert await together(*map(ask, range(40))) == tuple(range(40))
    assert most == MOST_AT_ONCE


async def test_what_had_no_turn_yet_ends_with_the_others() -> None:
    patients = [Patient() for _ in range(40)]
    assert await failure_of(together(failing(GONE, 0.01), *(patient.wait() for patient in patients))) is GONE
    assert [patient.began for patient in patients].count(True) <= MOST_AT_ONCE
