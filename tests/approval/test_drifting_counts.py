"""Counts may grow a little between question and answer; what they count, and all other facts, may not change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preo_mcp.approval.facts import TOLERATED_PERCENT, Facts
from preo_mcp.approval.wording import Message, say

COUNTS = st.lists(st.tuples(st.builds(Message, st.text(max_size=5)), st.integers(0, 10**7)), max_size=3).map(tuple)


def facts(*counts: int, line: str = "Summer") -> Facts:
    labelled = tuple((say("Block {number}", number=str(n)), count) for n, count in enumerate(counts))
    return Facts(say("Send?"), ((say("Campaign"), line),), labelled)


def holds(now: Facts, shown: Facts) -> bool:
    return now.holds_for(shown.digest(), shown.figures)


def test_counts_are_shown_behind_the_lines() -> None:
    assert facts(1234, 0).shown() == "Send?\n\nCampaign: Summer\nBlock 0: 1,234\nBlock 1: 0"


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
    relabelled = Facts(say("Send?"), ((say("Campaign"), "Summer"),), ((say("Reached"), 10),))
    assert not holds(relabelled, facts(10))


@given(COUNTS, st.integers(0, 10**5))
def test_only_growth_beyond_the_tolerance_asks_again(counts: tuple[tuple[Message, int], ...], more: int) -> None:
    shown = Facts(say("Send?"), (), counts)
    assert holds(shown, shown)
    grown = Facts(say("Send?"), (), tuple((label, count + more) for label, count in counts))
    assert holds(grown, shown) == all(100 * more <= TOLERATED_PERCENT * count for _, count in counts)


def test_small_steps_do_not_add_up() -> None:
    """Each yes is compared with what that person saw, not with the last fetch."""
    assert holds(facts(1020), facts(1000))
    assert holds(facts(1040), facts(1020))
    assert not holds(facts(1040), facts(1000))
