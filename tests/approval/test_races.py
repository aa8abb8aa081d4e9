"""A campaign is sent while another client changes what it sends, or to whom: what goes out is what a person saw.

A few rounds of `python -m benchmarks.races`, which does hundreds, in two processes and with a Redis too.
"""

import random
from pathlib import Path

import pytest

from benchmarks.races import KINDS, Pair, race, run, two_clients
from benchmarks.races import Tally as Found

BEFORE, AFTER = -0.2, 0.3
"""Seconds between the yes and the other client's call."""


async def test_what_is_sent_is_what_was_shown_last(tmp_path: Path) -> None:
    tally = await run("two clients", None, tmp_path, 2 * len(KINDS), random.Random(12))
    assert tally.rounds == 2 * len(KINDS)
    assert tally.wrong == []
    assert tally.found["sent"], "a change that was quicker is shown, and agreed to as well"


@pytest.mark.parametrize("kind", KINDS)
async def test_each_change_is_asked_about_where_it_comes_first_and_waits_where_it_comes_second(
    tmp_path: Path, kind: str
) -> None:
    async with two_clients(tmp_path, None) as pair:
        early, late = await _one(pair, kind, 0, BEFORE), await _one(pair, kind, 1, AFTER)
    assert early.wrong == late.wrong == []
    assert early.found["changed first, asked again"] or early.found["not sent"], "its facts changed"
    assert late.found["sent"] == 1


async def _one(pair: Pair, kind: str, number: int, delay: float) -> Found:
    tally = Found()
    await race(pair, kind, number, delay, tally)
    return tally
