"""The rows of the benchmark and how they are printed."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

SEPARATOR = "  "


class NotMeasuredError(Exception):
    """A figure could not be measured: something was not installed, did not come up, or gave a wrong answer."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of ours beside its baseline, in the same unit.

    `most_times` is the largest ratio that meets the target, `least_times` the smallest where more is better, `most` the
    largest figure of ours; a row without any is for information. A row that could not be measured has no figures, and
    `note` says why.
    """

    name: str
    unit: str
    ours: float | None
    baseline: float | None
    most_times: float | None = None
    most: float | None = None
    least_times: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours as a multiple of the baseline."""
        return None if self.ours is None or not self.baseline else self.ours / self.baseline

    @property
    def is_met(self) -> bool | None:
        """Whether the target is met; None where there is none or nothing was measured."""
        if self.ours is None or self.ratio is None or not self._target():
            return None
        within_figure = self.most is None or self.ours <= self.most
        within_most = self.most_times is None or self.ratio <= self.most_times
        return within_figure and within_most and (self.least_times is None or self.ratio >= self.least_times)

    def as_json(self) -> dict[str, Any]:
        """Return the row with its ratio and verdict, as plain JSON values."""
        return asdict(self) | {"ratio": self.ratio, "is_met": self.is_met}

    def cells(self) -> tuple[str, ...]:
        """Return the row's texts, in the order of `HEADINGS`."""
        ratio = "–" if self.ratio is None else f"{self.ratio:.2f} ×"
        verdict = {None: "", True: "met", False: "MISSED"}[self.is_met]
        figures = (_figure(self.ours, self.unit), _figure(self.baseline, self.unit))
        return (self.name, *figures, ratio, self._target(), verdict, self.note)

    def _target(self) -> str:
        parts: list[str] = []
        if self.most_times is not None:
            parts.append(f"≤ {self.most_times:.2f} ×")
        if self.least_times is not None:
            parts.append(f"≥ {self.least_times:.2f} ×")
        if self.most is not None:
            parts.append(f"≤ {_figure(self.most, self.unit)}")
        return ", ".join(parts)


HEADINGS = ("row", "ours", "baseline", "ratio", "target", "", "what")
RIGHT = frozenset({"ours", "baseline", "ratio"})


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a table of text."""
    return "\n".join(_lines([HEADINGS, *(row.cells() for row in rows)]))


def _lines(lines: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (
            cell.rjust(width) if heading in RIGHT else cell.ljust(width)
            for cell, width, heading in zip(line, widths, HEADINGS, strict=True)
        )
        yield SEPARATOR.join(cells).rstrip()


def _figure(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{0 if unit == 'tokens' else digits}f} {unit}"
