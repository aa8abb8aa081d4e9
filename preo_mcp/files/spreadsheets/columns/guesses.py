"""One guess per column: headings and values weighed, each type given to the column that fits it best."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from preo_mcp.api.models.data_imports import METADATA_COLUMN_TYPES, REPEATABLE_COLUMN_TYPES, ColumnType
from preo_mcp.files.spreadsheets.columns.evidence import Values, proven, values_of, weighed
from preo_mcp.files.spreadsheets.columns.headings import heading_key, is_blank, meanings_of, says_something_else
from preo_mcp.files.spreadsheets.columns.meanings import LABELS, Meaning
from preo_mcp.files.spreadsheets.columns.services import STRIPE_METADATA, meanings_in, recognised_service
from preo_mcp.files.spreadsheets.columns.vocabulary import BARE_NAMES

LEAST: Final = 0.35
BY_VALUES: Final = 0.5
"""A name that is less sure than this is told by its values alone."""
"""A meaning that is less sure than this is not guessed."""
CLOSE: Final = 0.03
"""A full name that is surer than its parts by more than this is taken instead of them: the buyer's, not a guest's."""
SPARSE: Final = 0.5
"""A column of product codes filled less than this gives way to the products' names."""


@dataclass(frozen=True, slots=True)
class Guess:
    """What one column probably means.

    Attributes:
        column: Its heading as it stands in the file.
        column_type: Its meaning for Preo.
        metadata_key: The key of the two kinds of metadata, in snake_case and unique in the file; None for the rest.
        confidence: How sure this is, 0 to 1.
        reason: Why, for a person and a model; never a value from the file.
    """

    column: str
    column_type: ColumnType
    metadata_key: str | None
    confidence: float
    reason: str


def guess_columns(header: Sequence[str], samples: Sequence[Sequence[str]]) -> list[Guess]:
    """Guess what each column of a file means.

    A service's own headings are surest, then known headings in six languages, then the values. Among columns that could
    have the same type the surest wins; a column that is empty in the samples has none. Where first and last name have
    columns of their own, one with the full name is left out. Preo requires a product code: where no column holds one,
    the product's name (`Ticket Type`) is taken for the code, because a column has only one type.

    Args:
        header: The headings in order; they may be empty or repeated.
        samples: Some rows of the file, cell by cell; they may be shorter or longer than the header.

    Returns:
        One guess per column in the header's order, no type twice that may stand only once.
    """
    table = _Table(header, samples)
    chosen = _assign(table)
    _settle_names(table, chosen)
    _settle_product(table, chosen)
    return _finish(table, chosen)


class _Table:
    """The columns of a file with everything that each may mean."""

    def __init__(self, header: Sequence[str], samples: Sequence[Sequence[str]]) -> None:
        service = recognised_service(header)
        self.header = list(header)
        self.values = [values_of(samples, column) for column in range(len(self.header))]
        self.meanings = [
            _meanings(service, heading, values) for heading, values in zip(self.header, self.values, strict=True)
        ]


def _meanings(service: str | None, heading: str, values: Values) -> list[Meaning]:
    """What a column may mean, with the values taken into account."""
    said = meanings_in(service, heading) if service else []
    if service is None or not said or heading.endswith(STRIPE_METADATA):
        said = meanings_of(heading.removesuffix(STRIPE_METADATA)) + said
    found = [weighed(meaning, values) for meaning in said]
    if any(meaning.confidence >= LEAST for meaning in found) or service is not None:
        return found
    if said or is_blank(heading) or not says_something_else(heading):
        return found + proven(values)
    return found


def _assign(table: _Table) -> dict[int, Meaning]:
    """The surest column for each type that may stand only once."""
    candidates = [
        (-meaning.confidence, column, order, meaning)
        for column, meanings in enumerate(table.meanings)
        for order, meaning in enumerate(meanings)
        if meaning.column_type not in REPEATABLE_COLUMN_TYPES and meaning.confidence >= LEAST
    ]
    chosen: dict[int, Meaning] = {}
    taken: set[ColumnType] = set()
    for _, column, _, meaning in sorted(candidates, key=lambda candidate: candidate[:3]):
        if column not in chosen and meaning.column_type not in taken:
            chosen[column] = meaning
            taken.add(meaning.column_type)
    return chosen


def _column_of(chosen: dict[int, Meaning], column_type: ColumnType) -> int | None:
    return next((column for column, meaning in chosen.items() if meaning.column_type is column_type), None)


def _settle_names(table: _Table, chosen: dict[int, Meaning]) -> None:
    """Leave either a full name or its parts, and see that `Name` beside `Vorname` is the last name."""
    first = _column_of(chosen, ColumnType.CUSTOMER_FIRST_NAME)
    last = _column_of(chosen, ColumnType.CUSTOMER_LAST_NAME)
    full = _column_of(chosen, ColumnType.CUSTOMER_FULL_NAME)
    if full is None or (first is None and last is None):
        return
    parts = [part for part in (first, last) if part is not None]
    surer = chosen[full].confidence > max(chosen[part].confidence for part in parts) + CLOSE
    if len(parts) == 2 and not surer:
        chosen[full] = _left_out(0.8, "first and last name have columns of their own")
    elif chosen[full].confidence < BY_VALUES and not surer:
        chosen[full] = _left_out(0.6, "another column says that it holds names")
    elif (
        first is not None
        and heading_key(table.header[full]) in BARE_NAMES
        and not _are_several_words(table.values[full])
    ):
        chosen[full] = replace(
            chosen[full], column_type=ColumnType.CUSTOMER_LAST_NAME, reason="a name that stands beside a first name"
        )
    else:
        for part in parts:
            chosen[part] = _left_out(0.6, "the full name has a column of its own")


def _are_several_words(values: Values) -> bool:
    return values.count(lambda value: len(value.split()) > 1) > len(values.filled) / 2


def _settle_product(table: _Table, chosen: dict[int, Meaning]) -> None:
    """Give the required product code to the product's name where no better column has it."""
    name = _column_of(chosen, ColumnType.PRODUCT_NAME)
    code = _column_of(chosen, ColumnType.PRODUCT_CODE)
    if name is None:
        return
    if code is not None:
        if table.values[code].fill >= SPARSE or table.values[code].fill >= table.values[name].fill:
            return
        chosen[code] = _left_out(0.6, "mostly empty: the product's name serves as its code")
    reason = f"{chosen[name].reason}; no column of codes, which Preo requires, so the name serves as code"
    chosen[name] = replace(chosen[name], column_type=ColumnType.PRODUCT_CODE, reason=reason)


def _finish(table: _Table, chosen: dict[int, Meaning]) -> list[Guess]:
    keys: set[str] = set()
    guesses: list[Guess] = []
    for column, heading in enumerate(table.header):
        meaning = chosen.get(column) or _leftover(table, column, chosen)
        key = _unique(meaning.key, keys) if meaning.column_type in METADATA_COLUMN_TYPES else None
        guesses.append(Guess(heading, meaning.column_type, key, round(meaning.confidence, 2), meaning.reason))
    return guesses


def _leftover(table: _Table, column: int, chosen: dict[int, Meaning]) -> Meaning:
    """Metadata or nothing, for a column that none of the single types went to."""
    values, meanings = table.values[column], table.meanings[column]
    if values.is_empty:
        return _left_out(0.9, "empty in every sample")
    for meaning in meanings:
        if meaning.column_type in METADATA_COLUMN_TYPES and meaning.key and meaning.confidence >= LEAST:
            return meaning
    for meaning in meanings:
        better = _column_of(chosen, meaning.column_type)
        if better is not None and meaning.confidence >= LEAST:
            return _left_out(0.7, f"another column fits {LABELS[meaning.column_type]} better")
    return _left_out(0.5, LABELS[ColumnType.IGNORE])


def _left_out(confidence: float, reason: str) -> Meaning:
    return Meaning(ColumnType.IGNORE, confidence, reason)


def _unique(key: str | None, taken: set[str]) -> str:
    """A metadata key that no column before has."""
    wanted = key or "value"
    number, unique = 1, wanted
    while unique in taken:
        number += 1
        unique = f"{wanted}_{number}"
    taken.add(unique)
    return unique
