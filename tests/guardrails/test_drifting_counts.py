"""Counts may grow a little between question and answer; what they count, and all other facts, may not change."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp.types import CallToolResult, InputRequiredResult

from preo_mcp.guardrails.confirmation import ANSWER, Approved, confirm
from preo_mcp.guardrails.facts import TOLERATED_PERCENT, Facts
from preo_mcp.guardrails.plans import Plans
from tests.door import YES
from tests.guardrails.test_confirmation import NEW, OLD, FakeContext, seen

COUNTS = st.lists(st.tuples(st.text(max_size=5), st.integers(0, 10**7)), max_size=3).map(tuple)


def facts(*counts: int, line: str = "Summer") -> Facts:
    return Facts("Send?", (("Campaign", line),), tuple((f"Count {n}", count) for n, count in enumerate(counts)))


def holds(now: Facts, shown: Facts) -> bool:
    return now.holds_for(shown.digest(), shown.figures)


def test_counts_are_shown_behind_the_lines() -> None:
    assert facts(1234, 0).shown() == "Send?\n\nCampaign: Summer\nCount 0: 1,234\nCount 1: 0"


@pytest.mark.parametrize(
    ("shown", "now", "still"),
    [
        ((1000,), (1000,), True),
        ((1000,), (1020,), True),
        ((1000,), (1021,), False),
        ((1000,), (0,), True),
        ((0,), (0,), True),
        ((0,), (1,), False),
        ((49,), (50,), False),
        ((1000, 10), (1001, 11), False),
        ((1000, 10), (1001, 10), True),
        ((1000,), (1000, 0), False),
        ((), (), True),
    ],
)
def test_how_much_a_count_may_grow(shown: tuple[int, ...], now: tuple[int, ...], still: bool) -> None:
    assert holds(facts(*now), facts(*shown)) is still


def test_nothing_else_may_change() -> None:
    assert not holds(facts(10, line="Winter"), facts(10))
    relabelled = Facts("Send?", (("Campaign", "Summer"),), (("Reached", 10),))
    assert not holds(relabelled, facts(10))


@given(COUNTS, st.integers(0, 10**5))
def test_only_growth_beyond_the_tolerance_asks_again(counts: tuple[tuple[str, int], ...], more: int) -> None:
    shown = Facts("Send?", (), counts)
    assert holds(shown, shown)
    grown = Facts("Send?", (), tuple((label, count + more) for label, count in counts))
    assert holds(grown, shown) == all(100 * more <= TOLERATED_PERCENT * count for _, count in counts)


class Growing:
    """Facts whose count is another each time that they are fetched."""

    def __init__(self, *counts: int) -> None:
        self.counts = list(counts)

    async def __call__(self) -> Facts:
        return facts(self.counts.pop(0))


@pytest.mark.parametrize(("counts", "asked"), [((1000, 1020), 1), ((1000, 1021, 1022), 2), ((1000, 900), 1)])
async def test_in_a_session(counts: tuple[int, ...], asked: int) -> None:
    context = FakeContext(OLD)
    assert isinstance(await confirm(seen(context), "Send", Growing(*counts), Plans()), Approved)
    assert len(context.session.asked) == asked


@pytest.mark.parametrize(("now", "kind"), [(1020, Approved), (1021, InputRequiredResult), (900, Approved)])
async def test_stateless(now: int, kind: type[Any]) -> None:
    plans = Plans()
    asked = await confirm(seen(FakeContext(NEW)), "Send", Growing(1000), plans)
    assert isinstance(asked, InputRequiredResult)
    context = FakeContext(NEW, request_state=asked.request_state, input_responses={ANSWER: YES})
    verdict = await confirm(seen(context), "Send", Growing(now), plans)
    assert isinstance(verdict, kind)
    assert not isinstance(verdict, CallToolResult)


async def test_small_steps_do_not_add_up() -> None:
    """Each yes is compared with what that person saw, not with the last fetch."""
    context = FakeContext(OLD)
    await confirm(seen(context), "Send", Growing(1000, 1030, 1040), Plans())
    assert [question.rpartition(": ")[2] for question in context.session.asked] == ["1,000", "1,030"]
