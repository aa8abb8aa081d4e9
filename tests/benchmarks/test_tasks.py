"""The tasks of `python -m benchmarks.tasks`: every check can fail, and today's tools solve each of them."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.tasks.__main__ import TASKS
from benchmarks.tasks.generated import SOLUTIONS
from benchmarks.tasks.modes import MODES, Mode
from benchmarks.tasks.now import NOW
from benchmarks.tasks.recorded import read
from benchmarks.tasks.report import Line, Target, sums, table, targets
from benchmarks.tasks.running import Run, begun, ours, solved
from benchmarks.tasks.task import Answer, Domain, End, Hand, Task

ASKING = {"history", "audiences", "check", "results"}
"""Tasks that only ask; all others have to change something."""

each_task = pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)


def test_the_mix_is_fixed() -> None:
    assert Counter(task.domain for task in TASKS) == dict.fromkeys(Domain, 6)
    assert len({task.id for task in TASKS}) == len(TASKS)
    assert {task.id for task in TASKS} == read().keys() >= SOLUTIONS.keys() | NOW.keys() | ASKING


@each_task
async def test_nothing_done_is_not_enough(task: Task, tmp_path: Path) -> None:
    given = await begun(task, tmp_path)
    with closing(sqlite3.connect(tmp_path / "sandbox" / "preo.db")) as db:
        assert [*task.check(End(db, db, {}, given))]


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
@each_task
async def test_todays_tools_solve_it(task: Task, mode: Mode, tmp_path: Path) -> None:
    """What is told has to be right in each part, and what was to be done has to be done."""

    def check(end: End) -> Iterator[str]:
        yield from task.check(end)
        for part, told in end.answer.items():
            other = {**end.answer, part: not told if isinstance(told, bool) else f"not {told}"}
            if not [*task.check(replace(end, answer=other))]:
                yield f"{part} is not checked"
        if task.id not in ASKING and not [*task.check(replace(end, after=end.before))]:
            yield "to tell it is enough"

    run = await solved(replace(task, check=check), NOW.get(task.id, task.before), tmp_path, ours(mode))
    assert run.wrong == ()
    assert 0 < run.calls < run.sent < run.whole


async def test_an_id_that_nothing_has_shown_is_refused(tmp_path: Path) -> None:
    async def guess(hand: Hand) -> Answer:
        await hand.call("get_user", user_id="usr_maja")
        return {}

    run = await solved(TASKS[8], guess, tmp_path, ours())
    assert "get_user names {'usr_maja'}" in run.wrong[0]
    assert run.calls == 0


async def test_a_refused_call_counts_and_ends_the_solution(tmp_path: Path) -> None:
    async def refused(hand: Hand) -> Answer:
        await hand.call("list_orders", search="N26")
        return {}

    run = await solved(TASKS[8], refused, tmp_path, ours())
    assert "needs one of edition_id" in run.wrong[0]
    assert run.calls == 1
    assert run.results > 0
    assert run.read == 2 * run.listed + run.sent + run.results, "the call's turn, and the one that tells the user"


def test_targets() -> None:
    before, shorter, longer = Run(5, 900, 10, 90), Run(3, 400, 10, 90, read=2_000), Run(6, 400, 10, 90, read=3_000)
    generated = Run(6, 1_000, 10, 190, read=8_000)
    lines = [Line("one", before, {"all": shorter}, generated), Line("two", before, {"all": shorter}, None)]
    calls, *_ = targets(lines)
    assert calls.is_met
    assert calls.ratios == [0.6, 0.6]
    whole = next(one for one in targets(lines) if one.name == "whole tasks, all of generated")
    assert whole.ratios == [500 / 1_200]
    assert whole.is_met
    read = next(one for one in targets(lines) if one.name == "read in all turns, all of generated")
    assert str(read) == "read in all turns, all of generated: 0.25 in the median of 1"
    calls, *_ = targets([*lines, Line("three", before, {"all": longer}, generated)])
    assert not calls.is_met
    assert "longer: three" in str(calls)
    half = replace(shorter, wrong=("nothing was sent",))
    lines = [*lines, Line("three", before, {"all": half}, generated)]
    whole = next(one for one in targets(lines) if one.name == "whole tasks, all of generated")
    assert whole.ratios == [500 / 1_200]
    assert not whole.is_met
    assert "not solved: three" in str(whole)
    assert not Target("whole", [], 0.5).is_met
    assert Target("for information", []).is_met
    assert [*sums([*lines, Line("four", before, {"all": longer}, Run(1, 200, 50, 50))])] == [
        "calls, now of before: 0.75 in the sum of 4",
        "whole tasks, all of generated: 0.67 in the sum of 2",
    ]
    assert [*sums([replace(line, generated=None) for line in lines])][
        1
    ] == "whole tasks, all of generated: not measured"
    assert table(lines).splitlines()[2].split()[:4] == ["two", "5", "3", "–"]


def test_what_was_wrong_is_told_with_its_place() -> None:
    failed = Run(1, 1, 1, 1, ("it is draft",))
    assert [*Line("send", failed, {"all": failed}, failed).wrong()] == [
        "send, now, all: it is draft",
        "send, generated: it is draft",
    ]
