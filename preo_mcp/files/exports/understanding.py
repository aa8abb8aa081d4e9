"""An export understood, settled and written: the way through this package."""

from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from preo_mcp.api.errors import ConflictError
from preo_mcp.files.exports import reading_rules, row_rules
from preo_mcp.files.exports.account import Account, Figures, Rules, Step, account, reconciled
from preo_mcp.files.exports.decisions import Decision, Ground, Status
from preo_mcp.files.exports.known import Edition, Probed, Samples
from preo_mcp.files.exports.plain_table import PlainTable, Written
from preo_mcp.files.exports.rows_back import (
    NOT_IMPORTED,
    PREO_ORDER,
    CameIn,
    Fates,
    LeftOut,
    RowProblem,
    RowsBack,
    find,
    problems,
    write,
)
from preo_mcp.files.exports.settling import READING, Wishes, matches, parsed, root_of
from preo_mcp.files.exports.source import File, Source
from preo_mcp.files.exports.study import Study
from preo_mcp.files.spreadsheets import Overrides

_NOT_ASKED = Probed()


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """A column of the file.

    Attributes:
        heading: As it stands in the file.
        used_for: What it is for; empty where it is left out.
        holds: Counts where values are few (`paid ×75, cancelled ×7`), else samples.
        worth: How much its values say, from 0 for always the same.
        content: Equal for columns that hold the same.
    """

    heading: str
    used_for: tuple[str, ...]
    holds: str
    worth: int = 0
    content: int = 0


@dataclass(frozen=True, slots=True)
class FileProduct:
    """A product of the file.

    Attributes:
        code: As it stands in the file, empty where it has none.
        name: As it stands in the file, empty where it has none.
        pieces: Of all rows, whatever becomes of them.
        stands_for: A product's or variant's id, `skip`, or None where that is open.
    """

    code: str
    name: str
    pieces: int
    stands_for: str | None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What holds for a file.

    Attributes:
        decisions: All of them, in the order in which they hold.
        unneeded: Keys that were settled although nothing needs them.
        reconciliation: The way from the file's own totals to what will be written.
        announced: What will be written.
    """

    decisions: tuple[Decision, ...]
    unneeded: tuple[str, ...]
    reconciliation: tuple[Step, ...]
    announced: Figures
    understanding: "Understanding"
    _study: Study
    _chosen: dict[str, str]

    @property
    def study(self) -> Study:
        """What the file says, which all of this rests on."""
        return self._study

    @property
    def chosen(self) -> Mapping[str, str]:
        """The option of each decision that holds, by key; single states have keys such as `states.pending`."""
        return self._chosen

    @property
    def open(self) -> tuple[Decision, ...]:
        """What has to be settled before anything is written."""
        return tuple(one for one in self.decisions if one.status is Status.OPEN)

    @property
    def told(self) -> tuple[Decision, ...]:
        """What the file itself leaves no doubt about."""
        return tuple(one for one in self.decisions if one.status is Status.TOLD)

    @property
    def columns(self) -> tuple[ColumnUse, ...]:
        """What each column is for, and what it holds."""
        used = self._study.roles.used()
        for place in self._study.source.split_columns:
            used.setdefault(place, []).append("products")
        return tuple(
            ColumnUse(column.heading, tuple(used.get(place, ())), column.shown(), column.worth(), column.content())
            for place, column in enumerate(self._study.profile.columns)
        )

    @property
    def left_out(self) -> tuple[ColumnUse, ...]:
        """The columns that nothing is made of."""
        return tuple(column for column in self.columns if not column.used_for)

    @property
    def products(self) -> tuple[FileProduct, ...]:
        """The different products of the file, as far as they were kept."""
        study = self._study
        return tuple(
            FileProduct(code, name, study.pieces[(code or name).casefold()], study.target(code or name, name))
            for code, name in study.products()
        )

    def account(self) -> Account:
        """Return where the file's sum goes."""
        return account(self._study, self._chosen)

    def write(self, to: Path | TextIO) -> Written:
        """Write the plain table.

        Args:
            to: A path, written as UTF-8, or a text file.

        Raises:
            ConflictError: A decision is open, or what was written is not what was announced.
        """
        self._must_be_settled()
        table = PlainTable(self._study, self._chosen)
        with to.open("w", encoding="utf-8", newline="") if isinstance(to, Path) else nullcontext(to) as file:
            done = table.write(file)
        if done.figures != self.announced:  # the file changed meanwhile, say
            raise ConflictError(
                "The table is not what was announced",
                f"{done.figures} were written, {self.announced} were announced",
                "Throw it away, and understand the file anew.",
            )
        return done

    def _must_be_settled(self) -> None:
        if self.open:
            keys = ", ".join(one.key for one in self.open)
            raise ConflictError(
                "The table was not written", f"not settled: {keys}", "Settle them, or take what is recommended."
            )

    def problems(self) -> list[RowProblem]:
        """Return the first rows that cannot be imported; reads the file once more where there are any."""
        if not any(one.key == "unusable" for one in self.decisions):
            return []
        study = self._study
        return problems(study, Rules(self._chosen, study.edition.currency, study.readings, study.proof.place))

    def said_of_lines(self, lines: Mapping[int, str]) -> list[RowProblem]:
        """Return the rows of the file behind lines of the plain table of which Preo says something.

        Args:
            lines: What it says, by line of what `write` wrote.
        """
        found = LeftOut(self._study, Fates(lines=lines))
        find(self._study, self._chosen, found)
        return found.told

    def rows_back(self, to: TextIO, fates: Fates, *, came_in: bool = False) -> RowsBack:
        """Write the rows of the file that did not come in, with the reasons, or those that did, with Preo's ids.

        Args:
            to: A text file, best opened with `newline=""`.
            fates: What became of them in Preo.
            came_in: Write those that did.

        Raises:
            ConflictError: A decision is open.
        """
        self._must_be_settled()
        watching = CameIn(self._study, fates) if came_in else LeftOut(self._study, fates)
        find(self._study, self._chosen, watching)
        watching.found.rows = write(self._study.source, PREO_ORDER if came_in else NOT_IMPORTED, watching.found, to)
        return watching.found


class Understanding:
    """A file understood over the whole of it; `understand` makes one."""

    def __init__(self, file: File, edition: Edition) -> None:
        self._file, self._edition = file, edition
        self._key: tuple[tuple[str, str], ...] = ()
        self._study = self._studied(Wishes({}))

    def _studied(self, wishes: Wishes) -> Study:
        return Study(Source(self._file, self._edition, wishes), self._edition, wishes)

    @property
    def service(self) -> str | None:
        """The service that wrote the file, None where it is not recognised."""
        return self._study.roles.service

    @property
    def read_as(self) -> str:
        """How the file was read: what it is, its sheet or encoding, its delimiter and headings, and notes."""
        found = self._study.source.table.format
        parts = [found.kind, f"sheet {found.sheet}"] if found.sheet else [found.kind, found.encoding]
        parts += [f"delimiter {found.delimiter!r}", f"headings in line {found.header_line}", *found.notes]
        return ", ".join(parts)

    @property
    def samples(self) -> Samples:
        """Order numbers and addresses that are worth asking Preo about, for `Probed`."""
        return self._study.probes()

    def settle(self, settled: Iterable[str] = (), probed: Probed = _NOT_ASKED) -> Settlement:
        """Find what holds, given what a caller settles.

        Args:
            settled: Strings such as `"states: leave_out"`, `"states.pending: take"`, `"prefix: TS-"`. What changes what
                a row is (`sheet`, `layout`, `decimals`, `email`, `columns`, `product`, `products`, `refund_rows`) has
                the file read once more.
            probed: How many of `samples` Preo knows.

        Raises:
            ValidationError: A key or an option does not exist.
            UnreadableTable: The file cannot be read with what is settled.
        """
        wishes = parsed(settled)
        if wishes.reading() != self._key:
            self._study, self._key = self._studied(wishes), wishes.reading()
        study = self._study
        chosen = dict[str, str]()
        found = list[Decision]()
        on = Ground(study, chosen, wishes)
        for rule in (*reading_rules.RULES, *row_rules.RULES):
            if decision := rule(on):
                found.append(decision)
                chosen[decision.key] = decision.chosen
        for decision in (row_rules.prefix(on, probed), *row_rules.metadata(on)):
            if decision is not None:
                found.append(decision)
                chosen[decision.key] = decision.chosen
        decisions = tuple(self._with_effects(one, chosen) for one in found)
        unneeded = tuple(key for key in wishes.by_key if not _is_needed(key, study, chosen))
        return Settlement(
            decisions, unneeded, reconciled(study, chosen), account(study, chosen).written, self, study, chosen
        )

    def _with_effects(self, decision: Decision, chosen: dict[str, str]) -> Decision:
        if len(decision.options) < 2 or root_of(decision.key) in _WITHOUT_EFFECTS:
            return decision
        effects = {
            option.name: account(self._study, {**chosen, decision.key: option.name}).written
            for option in decision.options
        }
        return decision.with_effects(effects, row_rules.NEUTRAL.get(decision.key))


def _is_needed(key: str, study: Study, chosen: Mapping[str, str]) -> bool:
    """Whether something in the file needs what was settled for a key."""
    root, _, case = key.partition(".")
    if root == "products" and case:
        return any(matches(case, code) or matches(case, name) for code, name in study.products())
    return root == "columns" or key in chosen


_WITHOUT_EFFECTS = frozenset({*READING, "product", "quantity", "phones", "prefix", "metadata", "order_numbers"})


def understand(
    path: Path, edition: Edition, *, workdir: Path, file_name: str | None = None, overrides: Overrides | None = None
) -> Understanding:
    """Understand an export over the whole of it.

    Reads the file once or a few times, never into memory; blocks meanwhile.

    Args:
        path: A CSV file or a workbook.
        edition: What it goes into.
        workdir: A folder for the sheets of a workbook, which has to stay as long as the result is used.
        file_name: The file's name as the person knows it; that of `path` if not given.
        overrides: What the caller knows better about how the file is read.

    Raises:
        UnreadableTable: It cannot be read as a table.
    """
    return Understanding(File(path, file_name or path.name, workdir, overrides or Overrides()), edition)
