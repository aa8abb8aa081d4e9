"""The table of tasks, their medians, and the targets that these are held to."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from benchmarks.tasks.running import Run

MOST_CALLS: Final = 0.6
"""Of the calls before: the most that a task may take now, in the median; none may take more than before."""
MOST_TOKENS: Final[Mapping[str, float]] = {"all": 0.55, "preset": 1 / 3, "search": 1 / 3}
"""Of the generated server's tokens: the most that whole tasks may take, in the median, by mode."""

FIGURES: Final[Mapping[str, Callable[[Run], int]]] = {
    "calls": lambda run: run.calls,
    "tokens": lambda run: run.whole,
    "results": lambda run: run.results,
    "sent": lambda run: run.sent,
}


@dataclass(frozen=True, slots=True)
class Line:
    """What one task took: before as it was recorded, now by mode, and on the generated server where it can be done."""

    task: str
    before: Run
    now: Mapping[str, Run]
    generated: Run | None

    def wrong(self) -> Iterator[str]:
        """Yield what was wrong with an end."""
        runs = {**{f"now, {mode}": run for mode, run in self.now.items()}, "generated": self.generated}
        for where, run in runs.items():
            yield from (f"{self.task}, {where}: {wrong}" for wrong in (run.wrong if run else ()))


@dataclass(frozen=True, slots=True)
class Target:
    """A median of ratios, one for each task, and the most that it may be; without any it is for information."""

    name: str
    ratios: Sequence[float]
    most: float | None = None
    more: str = ""
    """What misses the target whatever the median is."""

    @property
    def is_met(self) -> bool:
        """Whether it is met; what was not measured is not."""
        return self.most is None or (bool(self.ratios) and median(self.ratios) <= self.most and not self.more)

    def __str__(self) -> str:
        if not self.ratios:
            return f"{self.name}: not measured" + ("" if self.is_met else ", MISSED")
        figure = f"{self.name}: {median(self.ratios):.2f} in the median of {len(self.ratios)}"
        if self.most is None:
            return figure
        more = f"; {self.more}" if self.more else ""
        return f"{figure}{more}, {'met' if self.is_met else 'MISSED'} (at most {self.most:.2f})"


def targets(lines: Sequence[Line]) -> list[Target]:
    """Return all medians; calls count in the first mode, where none is a search.

    A whole task has the list once. In all turns it has it as often as the model is asked to go on, which is what a
    provider counts where it keeps nothing from one turn to the next.

    A task that ended wrong counts in no median, since half a task is cheap; it misses the target of its mode.
    """
    first, *_ = lines[0].now
    longer = [line.task for line in lines if line.now[first].calls > line.before.calls]
    calls = [line.now[first].calls / line.before.calls for line in lines]
    found = [Target("calls, now of before", calls, MOST_CALLS, f"longer: {', '.join(longer)}" if longer else "")]
    pairs = [(line, line.generated) for line in lines if line.generated]
    found.append(Target("calls, now of generated", [line.now[first].calls / other.calls for line, other in pairs]))
    found.append(Target("whole tasks, before of generated", [line.before.whole / one.whole for line, one in pairs]))
    for mode in lines[0].now:
        solved = [(line.now[mode], other) for line, other in pairs if not (line.now[mode].wrong or other.wrong)]
        unsolved = [line.task for line in lines if line.now[mode].wrong]
        whole = [run.whole / other.whole for run, other in solved]
        more = f"not solved: {', '.join(unsolved)}" if unsolved else ""
        found.append(Target(f"whole tasks, {mode} of generated", whole, MOST_TOKENS.get(mode), more))
        read = [run.read / other.read for run, other in solved if other.read]
        found.append(Target(f"read in all turns, {mode} of generated", read))
        results = [run.results / other.results for run, other in solved]
        found.append(Target(f"results alone, {mode} of generated", results))
    return found


def sums(lines: Sequence[Line]) -> Iterator[str]:
    """Yield how all tasks together compare, where long ones weigh more than in a median; only tasks solved by both."""
    first, *modes = lines[0].now
    calls = [(line.now[first].calls, line.before.calls) for line in lines]
    yield f"calls, now of before: {_of_sums(calls)}"
    for mode in (first, *modes):
        pairs = [(line.now[mode], line.generated) for line in lines if line.generated]
        solved = [(run.whole, other.whole) for run, other in pairs if not (run.wrong or other.wrong)]
        yield f"whole tasks, {mode} of generated: {_of_sums(solved)}"


def _of_sums(pairs: Sequence[tuple[int, int]]) -> str:
    ours, others = sum(one for one, _ in pairs), sum(other for _, other in pairs)
    return f"{ours / others:.2f} in the sum of {len(pairs)}" if others else "not measured"


def table(lines: Sequence[Line]) -> str:
    """Return what each task took, the medians last; `tokens` are whole, `sent` and `results` parts of them."""
    modes = [*lines[0].now]
    headings = ["task"]
    for figure in FIGURES:
        headings += [f"{figure}:", "before", *modes, "generated"]
    rows = [_cells(line, modes) for line in lines]
    columns = [*zip(*rows, strict=True)]
    rows.append(["median", *(_median(column) for column in columns[1:])])
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) if place == 0 else cell.rjust(width) for place, (cell, width) in enumerate(pairs))
        for pairs in ([*zip(row, widths, strict=True)] for row in (headings, *rows))
    )


def _cells(line: Line, modes: Sequence[str]) -> list[str]:
    runs = [line.before, *(line.now[mode] for mode in modes), line.generated]
    cells = [line.task]
    for figure in FIGURES.values():
        cells += ["", *("–" if run is None else f"{figure(run):,}" for run in runs)]
    return cells


def _median(column: Sequence[str]) -> str:
    figures = [int(cell.replace(",", "")) for cell in column if cell not in ("", "–")]
    return f"{median(figures):,.0f}" if figures else ""
