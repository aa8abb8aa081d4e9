"""Facts laid out where there is room: sentences that are rows become tables, what can wait is marked as such."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from typing import Final

from preo_mcp.approval.facts import Facts, Line
from preo_mcp.approval.languages import SHOWN_LENGTH, counted, in_language, in_spans
from preo_mcp.approval.mails import harmless_mail
from preo_mcp.approval.phrases import UNKNOWN, left_out
from preo_mcp.approval.sheet import Cells, Part, Sheet
from preo_mcp.approval.wording import (
    FIELD,
    THE_LABEL,
    Columns,
    Figure,
    Mark,
    Message,
    Passage,
    Row,
    Series,
    Span,
    SpanKind,
    Spans,
    Words,
)
from preo_mcp.settings import Language

MOST_ROWS: Final = 200
"""Rows of one table that are shown; of the rest, how many they are."""
_LONG: Final = frozenset({SpanKind.WHOLE, SpanKind.SMS, SpanKind.LETTER})


def sheet_of(facts: Facts, language: Language, *, is_live: bool) -> Sheet:
    """Return a question laid out in `language`; `is_live` says whether the account is a real one."""
    counts = [Part(in_language(label, language), _figure(counted(count, language))) for label, count in facts.counts]
    first, others = counts[: facts.first_counts], counts[facts.first_counts :]
    return Sheet(
        kind=facts.kind,
        verb=in_language(facts.yes.verb, language),
        account="" if facts.account is None else in_language(facts.account, language),
        is_live=is_live,
        deciding=(*first, *(replace(part, folded=False) for part in _parts(facts.deciding, language))),
        rest=(*_parts(facts.lines, language), *(replace(count, folded=True) for count in others)),
        mail=harmless_mail(facts.mail),
    )


def _figure(text: str) -> tuple[Span, ...]:
    return (Span(SpanKind.LINE, text),)


def _parts(lines: Iterable[Line], language: Language) -> Iterator[Part]:
    """Yield the parts of lines: those that are rows of the same columns make one table."""
    for columns, group in groupby(lines, key=_columns_of):
        if columns:
            yield from _tabled(columns, [(label, row) for label, value in group for row in _rows_of(value)], language)
        else:
            yield from (_fact(label, value, language) for label, value in group)


def _fact(label: Message, value: Words, language: Language) -> Part:
    spans = _stacked(value, language) if isinstance(value, Row) else in_spans(value, language)
    unknown = _is_unknown(value)
    waits = not (unknown or any(span.kind in _LONG for span in spans))
    return Part(in_language(label, language), spans, unknown=unknown, folded=waits)


def _stacked(row: Row, language: Language) -> Spans:
    """Return a row that is too long for a table: each value below its heading."""
    told = [(heading, row.values[name]) for name, heading in row.columns if name != THE_LABEL]
    return tuple(
        span
        for heading, value in told
        for span in (Span(SpanKind.LINE, in_language(heading, language)), *in_spans(value, language))
    )


def _rows_of(value: Words) -> tuple[Row, ...]:
    """Return the rows that a value is, or consists of; none where it is anything else."""
    rows = [one for one in (value.parts if isinstance(value, Series) else (value,)) if isinstance(one, Row)]
    return tuple(rows) if not isinstance(value, Series) or len(rows) == len(value.parts) else ()


def _columns_of(line: Line) -> Columns:
    rows = _rows_of(line[1])
    return rows[0].columns if rows and not any(map(_is_long, rows)) else ()


def _tabled(columns: Columns, rows: list[tuple[Message, Row]], language: Language) -> Iterator[Part]:
    label, headings = in_language(rows[0][0], language), tuple(in_language(heading, language) for _, heading in columns)
    says_it = label in headings or any(name == THE_LABEL for name, _ in columns)
    body = [one for one in rows if one[1].mark is not Mark.SUM]
    sums = [one for one in rows if one[1].mark is Mark.SUM]
    missing = len(body) - MOST_ROWS
    yield Part(
        "" if says_it else label,
        headings=headings,
        rows=tuple(_cells(label, row, language) for label, row in (*body[:MOST_ROWS], *sums)),
        left_out=in_language(left_out(missing), language) if missing > 0 else "",
    )


def _cells(label: Message, row: Row, language: Language) -> Cells:
    values: dict[str, Words] = {**row.values, THE_LABEL: label.values.get(FIELD, label)}
    return Cells(tuple(in_spans(values.get(name, Figure("")), language) for name, _ in row.columns), row.mark)


def _is_long(row: Row) -> bool:
    values = (value for value in row.values.values() if isinstance(value, Passage))
    return any(len(value) > SHOWN_LENGTH or "\n" in value for value in values)


def _is_unknown(value: Words) -> bool:
    """Whether a value is unknown, or a part of it."""
    match value:
        case Message(_, values):
            return value == UNKNOWN or any(map(_is_unknown, values.values()))
        case Series(parts):
            return any(map(_is_unknown, parts))
        case _:
            return False
