"""`python -m benchmarks.tasks`: 24 tasks, each solved the shortest way on our server and on one that fastmcp generates.

What counts is what passes a model: the tool list, the calls, the results. Whole tasks are all three. `before` are the
figures recorded at the commit that `before.json` names. The first run installs fastmcp under build/ (network).

Exit code: 0 where every task ended as it should and every target is met; 1 where an end was wrong; 2 where all ends
were right and a target is missed.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import anyio

from benchmarks.processes import scratch_folder
from benchmarks.table import NotMeasuredError
from benchmarks.tasks import imports, marketing, operations, recorded, support
from benchmarks.tasks.environment import generated, prepared_python
from benchmarks.tasks.generated import SOLUTIONS
from benchmarks.tasks.modes import MODES
from benchmarks.tasks.now import NOW
from benchmarks.tasks.report import Line, sums, table, targets
from benchmarks.tasks.running import Opened, Run, ours, solved
from benchmarks.tasks.task import Solution, Task

TASKS: tuple[Task, ...] = (*imports.TASKS, *support.TASKS, *marketing.TASKS, *operations.TASKS)


def main() -> None:
    """Run what was asked for, print it, and exit as the docstring of this module says."""
    parsed = _parser().parse_args()
    tasks = [task for task in TASKS if task.id in (parsed.only or [task.id])]
    if parsed.record:
        _record(parsed.record)
        return
    lines = _measured(tasks, with_generated=not parsed.without_generated)
    print(table(lines), end="\n\n")
    unsolved = [task.id for task in tasks if task.id not in SOLUTIONS]
    print(f"not possible with the generated tools: {', '.join(unsolved) or 'none'}")
    held = targets(lines)
    print(*held, *sums(lines), sep="\n")
    wrong = [one for line in lines for one in line.wrong()]
    print(*wrong, sep="\n")
    sys.exit(1 if wrong else 0 if all(target.is_met for target in held) else 2)


def _measured(tasks: Sequence[Task], *, with_generated: bool) -> list[Line]:
    before = recorded.read()
    if with_generated:
        try:
            prepared_python()
        except NotMeasuredError as exc:
            sys.stderr.write(f"the generated server is not measured: {exc}\n")
            with_generated = False
    lines: list[Line] = []
    for task in tasks:
        sys.stderr.write(f"{task.id} …\n")
        now = NOW.get(task.id, task.before)
        by_mode = {mode.name: _run(task, now, ours(mode)) for mode in MODES}
        other = SOLUTIONS.get(task.id) if with_generated else None
        lines.append(Line(task.id, before[task.id], by_mode, other and _run(task, other, generated)))
    return lines


def _run(task: Task, solution: Solution, opened: Opened) -> Run:
    with scratch_folder() as folder:
        return anyio.run(solved, task, solution, Path(folder), opened)


def _record(commit: str) -> None:
    runs: Mapping[str, Run] = {task.id: _run(task, task.before, ours()) for task in TASKS}
    wrong = [f"{key}: {one}" for key, run in runs.items() for one in run.wrong]
    if wrong:
        sys.exit("\n".join(wrong))
    recorded.write(commit, runs)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tasks", description=__doc__)
    parser.add_argument("--only", action="append", choices=[task.id for task in TASKS], help="can be repeated")
    parser.add_argument("--without-generated", action="store_true", help="leave the generated server out")
    parser.add_argument("--record", metavar="COMMIT", help="write before.json, in a checkout of that commit")
    return parser


if __name__ == "__main__":
    main()
