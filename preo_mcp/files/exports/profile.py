"""What each column of a file holds over all of its rows: which values how often, and whether of orders or of rows."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import compress, pairwise
from operator import eq
from typing import Final

Cells = list[str]

KEPT_VALUES: Final = 1000
"""Different values of a column that are counted each."""
PAIRS: Final = 20_000
"""Pairs of rows of one order after which only columns whose level still matters are compared."""
FEW_VALUES: Final = 12
SHOWN: Final = 2
SHOWN_COUNTS: Final = 4
SHOWN_LENGTH: Final = 32
SHOWN_TOGETHER: Final = 56
"""Characters of counted values, of which fewer are shown otherwise."""
_DENSE: Final = 0.8


class Level(Enum):
    """What the cells of a column speak of, by what they are on the rows of one order."""

    ROW = auto()
    """They differ."""
    REPEATED = auto()
    """They are all the same."""
    ORDER = auto()
    """One row has a value, the others leave it empty, in most orders."""
    SPARSE = auto()
    """As `ORDER`, but in few orders."""
    UNKNOWN = auto()
    """No order has several rows."""


@dataclass(slots=True)
class Column:
    """A column over the whole file.

    Attributes:
        heading: As it stands in the file.
        filled: Cells that are not empty.
        counts: The first `KEPT_VALUES` different values with how often each stands, up to where there were too many.
        counted: Filled cells that `counts` has seen.
        same: Pairs of rows of one order with the same value.
        differs: Pairs with two different values.
        half: Pairs of which one row leaves the cell empty.
    """

    heading: str
    filled: int = 0
    counts: Counter[str] = field(default_factory=Counter[str])
    counted: int = 0
    same: int = 0
    differs: int = 0
    half: int = 0

    @property
    def values(self) -> list[str]:
        """The different values that were kept, without the empty one."""
        return [value for value in self.counts if value]

    @property
    def is_few_valued(self) -> bool:
        """Whether all of its values are known and they are few."""
        return self.counted == self.filled and len(self.values) <= FEW_VALUES

    @property
    def is_whole(self) -> bool:
        """Whether all of its values are known."""
        return self.counted == self.filled

    @property
    def is_unlike(self) -> bool:
        """Whether no value stands twice, as far as values were kept."""
        return 2 < len(self.values) == self.counted

    def worth(self) -> int:
        """How much its values say: those of few kinds most, then texts, then what differs in every row, then one."""
        if len(self.values) < 2:
            return 0
        return 3 if self.is_few_valued else 1 if self.is_unlike else 2

    def content(self) -> int:
        """What is the same for columns that hold the same, as far as values were kept."""
        return hash(frozenset(self.counts.items()))

    def shown(self) -> str:
        """What it holds: counts of the few-valued (`paid ×75, cancelled ×7`), else samples."""
        if not self.filled:
            return "empty"
        if self.is_few_valued and len(self.values) < max(2, self.filled):
            told = [f"{_short(value)} ×{count}" for value, count in self.counts.most_common() if value]
            most = SHOWN_COUNTS if sum(map(len, told[:SHOWN_COUNTS])) <= SHOWN_TOGETHER else SHOWN
            more = [f"and {len(told) - most} more"] if len(told) > most else []
            return ", ".join(told[:most] + more)
        return " · ".join(_short(value) for value in self.values[:SHOWN]) + (" …" if len(self.values) > SHOWN else "")

    def count(self, cells: Sequence[str]) -> None:
        """Take the cells of some rows."""
        filled = len(cells) - cells.count("")
        self.filled += filled
        if filled and len(self.counts) <= KEPT_VALUES:
            self.counts.update(cells)
            self.counted += filled

    def compare(self, before: Cells, now: Cells) -> None:
        """Take pairs of cells from rows that follow each other in one order."""
        blank_before, blank_now, pairs = before.count(""), now.count(""), len(now)
        if blank_before == blank_now == pairs:
            return
        equal = sum(map(eq, before, now))
        if not blank_before and not blank_now:
            self.same, self.differs = self.same + equal, self.differs + pairs - equal
            return
        both = sum(bool(one and other) for one, other in zip(before, now, strict=True))
        empty = blank_before + blank_now - (pairs - both)
        self.same += equal - empty
        self.differs += both - (equal - empty)
        self.half += pairs - both - empty


def _short(value: str) -> str:
    text = " ".join(value.split())
    return text if len(text) <= SHOWN_LENGTH else f"{text[: SHOWN_LENGTH - 1]}…"


class Profile:
    """The columns of a file, and how many of its orders have several rows.

    Args:
        header: The headings.
        of_order: How many of the first columns are the order's for sure, because its rows were split.
    """

    def __init__(self, header: Sequence[str], of_order: int = 0) -> None:
        self._of_order = of_order
        self.columns = [Column(heading) for heading in header]
        self.rows = 0
        self.several = 0
        self.pairs = 0
        self._last: Cells | None = None

    def take(self, rows: Sequence[Cells], order: int | None, watched: Collection[int] = ()) -> None:
        """Add rows.

        Args:
            rows: In the order of the file.
            order: The column that tells which rows are one order.
            watched: Columns that are compared within orders even after `PAIRS`.
        """
        if not rows:
            return
        self.rows += len(rows)
        turned = list(zip(*rows, strict=True))
        for column, cells in zip(self.columns, turned, strict=True):
            column.count(cells)
        if order is not None:
            chained = [self._last, *rows] if self._last is not None else list(rows)
            self._compare(chained, order, watched)
            self._last = rows[-1]

    def _compare(self, rows: Sequence[Cells], order: int, watched: Collection[int]) -> None:
        numbers = [row[order] for row in rows]
        again: list[bool] = [one == other != "" for one, other in pairwise(numbers)]
        if True not in again:
            return
        self.several += sum(again) - sum(one and other for one, other in pairwise(again))
        places = range(len(self.columns)) if self.pairs < PAIRS else watched
        self.pairs += sum(again)
        first, second = list(compress(rows, again)), list(compress(rows[1:], again))
        for place in places:
            self.columns[place].compare([row[place] for row in first], [row[place] for row in second])

    def level(self, place: int) -> Level:
        """Return what the cells of a column speak of."""
        column = self.columns[place]
        if column.differs:
            return Level.ROW
        if column.half and not column.same:
            return Level.ORDER if self._is_dense(column) else Level.SPARSE
        if place < self._of_order:
            return Level.ORDER
        return Level.REPEATED if column.same or column.half else Level.UNKNOWN

    @property
    def leaves_out(self) -> bool:
        """Whether the file says what belongs to an order on one of its rows only."""
        return any(not one.same and not one.differs and self._is_dense(one) for one in self.columns)

    def _is_dense(self, column: Column) -> bool:
        return bool(self.several) and column.half >= _DENSE * self.several
