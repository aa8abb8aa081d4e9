"""What is said to a person: our words, which are translated, and values, which are not.

How a value is shown depends on who wrote it: see `preo_mcp.approval.languages.in_language`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from preo_mcp.text.amounts import spelled


class Personal(str):
    """Text about or by a customer: shown to the person who decides, masked where it would reach a model.

    Masking is a setting (`PREO_PRIVACY`); a plain string is data that may be shown to both.
    """

    __slots__ = ()


class Key(str):
    """An id: data that may be shown to both, and the smallest thing in a line where there is room for sizes."""

    __slots__ = ()


class Figure(str):
    """A figure that is spelled the same in all languages, such as a time zone; never put in quotation marks."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of money in units of its currency, shown with all its decimals and the currency's ISO code."""

    value: Decimal
    currency: str | None = None

    @property
    def decimals(self) -> int:
        """How many decimals it has."""
        exponent = self.value.normalize().as_tuple().exponent
        return max(0, -exponent) if isinstance(exponent, int) else 0

    def __str__(self) -> str:
        """The amount in English: `1,250.00 DKK`."""
        return spelled(self.value, self.currency)


@dataclass(frozen=True, slots=True)
class Count:
    """A number of things or people."""

    value: int

    def __str__(self) -> str:
        """The number in English: `1,250`."""
        return f"{self.value:,}"


@dataclass(frozen=True, slots=True)
class Moment:
    """A time with an offset, shown to the minute by the clocks of a time zone, and bound in full.

    Attributes:
        at: The time.
        zone: The IANA name of the time zone; one that this machine does not know is UTC, and None is its own.
    """

    at: datetime
    zone: str | None = "UTC"

    @property
    def local(self) -> tuple[datetime, str]:
        """The time by the clocks of the zone, and the zone's name; the reader's own needs none."""
        if self.zone is None:
            return self.at.astimezone(), ""
        try:
            return self.at.astimezone(ZoneInfo(self.zone)), self.zone
        except (ValueError, OSError, OverflowError, KeyError):  # no such zone, or no such time in it
            return self.at.astimezone(UTC), "UTC"

    def __str__(self) -> str:
        """The time in English, as a model reads it."""
        local, zone = self.local
        return f"{local:%Y-%m-%d %H:%M} {zone}".rstrip()


@dataclass(frozen=True, slots=True)
class Day:
    """A date."""

    at: date

    def __str__(self) -> str:
        """The date as a model reads it."""
        return f"{self.at:%Y-%m-%d}"


class Passage(str):
    """A long text that somebody gets, or that decides who gets one: a mail's text, a text message, a condition.

    Shown whole on the card and the page; elsewhere its beginning, its end and its length, and never without saying so.
    """

    __slots__ = ()


class Sms(Passage):
    """The text of a text message: shown as one where there is room, with how many parts it is sent in."""

    __slots__ = ()


class Letter(Passage):
    """The text of an e-mail whose looks are shown where there is room (`Facts.mail`)."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Message:
    """A text of ours in English, with its values by name; the English text is its key in the catalogues."""

    template: str
    values: Mapping[str, "Words"] = field(default_factory=dict[str, "Words"])

    def __str__(self) -> str:
        """The text in English, with its values as they are."""
        return self.template.format(**{name: str(value) for name, value in self.values.items()})


class Mark(StrEnum):
    """What is special about a row of a table."""

    NONE = ""
    OUT = "out"
    """It stays out."""
    SUM = "sum"
    """What the others come to together."""


Columns = tuple[tuple[str, "Message"], ...]
"""The names of the values that a table shows, each with the heading above it."""

THE_LABEL: Final = ""
"""In place of a value's name among the columns: what the line is called."""
FIELD: Final = "field"
"""The value of a line's label that is all of it where a table says the rest."""


@dataclass(frozen=True, slots=True)
class Row(Message):
    """A sentence that is a row of a table where there is room: lines of the same columns stand below each other.

    Attributes:
        columns: What stands in the table, from the left; a value that the sentence lacks leaves its cell empty.
        mark: What is special about it.
    """

    columns: Columns = ()
    mark: Mark = Mark.NONE


@dataclass(frozen=True, slots=True)
class Series:
    """Values one after another; where they are too many, the last ones are counted instead of shown."""

    parts: tuple["Words", ...]
    separator: str = ", "

    def __str__(self) -> str:
        """The values in English, as they are."""
        return self.separator.join(map(str, self.parts))


TypedFigure = Amount | Count | Moment | Day
"""What each language writes in its own way."""

Words = str | Personal | Key | Figure | TypedFigure | Passage | Message | Series
"""A value: data, data about a customer, an id, a figure, a long text, words of ours, or several of these."""


class SpanKind(StrEnum):
    """What a part of a value is."""

    LINE = ""
    """Words of ours, figures, and what others wrote in quotation marks."""
    KEY = "key"
    WHOLE = "whole"
    """A passage, whole and in its lines."""
    SMS = "sms"
    LETTER = "letter"


class Span(NamedTuple):
    """A part of a value as it is shown where there is room; of a passage also what is said below it."""

    kind: SpanKind
    text: str
    below: str = ""


Spans = tuple[Span, ...]
"""A value as it is shown where there is room."""


def say(template: str, /, **values: Words) -> Message:
    """Return a text of ours; `template` is a literal, with `{name}` where a value belongs."""
    return Message(template, values)


def row(said: Message, *columns: tuple[str, Message], mark: Mark = Mark.NONE) -> Row:
    """Return a sentence as a row of a table: `columns` name the values that it shows, with their headings."""
    return Row(said.template, said.values, columns, mark)


def parts_of(words: Words) -> Iterator[str]:
    """Yield all that words consist of; no two different ones consist of the same."""
    match words:
        case Message(template, values):
            yield from ("message", template, str(len(values)))
            for name, value in values.items():
                yield name
                yield from parts_of(value)
        case Series(parts, separator):
            yield from ("series", separator, str(len(parts)))
            for part in parts:
                yield from parts_of(part)
        case Amount() | Count() | Moment() | Day():
            yield from _parts_of_figure(words)
        case str():
            yield from ("text", words)


def _parts_of_figure(figure: TypedFigure) -> Iterator[str]:
    match figure:
        case Amount(value, currency):
            yield from ("amount", f"{value.normalize():f}", currency or "")
        case Count(value):
            yield from ("count", str(value))
        case Moment(at, zone):
            yield from ("moment", at.astimezone(UTC).isoformat(), zone or "")
        case Day(at):
            yield from ("day", at.isoformat())
