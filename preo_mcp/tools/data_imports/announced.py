"""What an import was announced to write, kept beside its id from its preparation to its end."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from pydantic import TypeAdapter

from preo_mcp.api.models.data_imports import ColumnMapping, ParsedData
from preo_mcp.approval.facts import Line
from preo_mcp.approval.wording import Amount, Count, Day, Message, Series, Words, say
from preo_mcp.backend import Backend
from preo_mcp.files.exports import Figures, PhoneCount, Probed, Step
from preo_mcp.files.exports.amounts import decimals
from preo_mcp.files.kept_layouts import Layout
from preo_mcp.tools.data_imports.beside import Beside
from preo_mcp.tools.fact_words import NOTHING

_LEFT_OUT: Final = "left out: "
_STEPS: Final = MappingProxyType(
    {
        "the file's own totals": say("the file's own totals"),
        "rows of the file as paid": say("rows of the file as paid"),
        "shipping": say("shipping"),
        "fees": say("fees"),
        "not explained by rows": say("not explained by rows"),
        "refunded pieces": say("refunded pieces"),
        "other prices than what was paid": say("other prices than what was paid"),
        "another currency taken as the edition's": say("another currency taken as the edition's"),
        "an order for each attendee": say("an order for each attendee"),
        "written": say("to be written"),
    }
)


@dataclass(slots=True)
class Announced:
    """What a file was said to become.

    Attributes:
        figures: What is written.
        steps: The way there from the file's own totals.
        phones: How the phone numbers were read.
        columns: What the columns of its table mean, by heading; with other meanings it becomes something else.
        settled_as: When and for which edition the decisions were made that were taken for it; None where none were.
        layout: What is remembered of its file once it is completed; None where nothing is, or it is kept already.
        imported_before: How many orders of other systems the edition had; None where that could not be told.
    """

    figures: Figures
    steps: tuple[Step, ...]
    phones: PhoneCount
    columns: Mapping[str, tuple[str, str | None]]
    imported_before: int | None = None
    settled_as: tuple[date, str] | None = None
    layout: Layout | None = None

    def is_of(self, columns: Iterable[ColumnMapping]) -> bool:
        """Return whether an import's columns mean what they meant when this was announced."""
        now = {one.column: (str(one.column_type), one.metadata_key) for one in columns}
        return all(now.get(heading) == meant for heading, meant in self.columns.items())

    @property
    def amount(self) -> Words:
        """The sums, as a person decides by them."""
        priced = _sums(self.figures)
        if not self.figures.unpriced:
            return priced or Amount(Decimal())
        rest = Count(self.figures.unpriced)
        if priced is None:
            return say("{count} at the product's price", count=rest)
        return say("{amount}, and {count} at the product's price", amount=priced, count=rest)

    def lines(self) -> Iterator[Line]:
        """Yield the way from the file to what is written, and how phone numbers are read."""
        for step in self.steps:
            yield say("Reckoning"), say("{what}: {figures}", what=_step(step.what), figures=_figures(step.figures))
        if self.settled_as is not None:
            day, edition = self.settled_as
            yield say("Settled"), say("as on {date} for {edition}", date=Day(day), edition=edition)
        if read := tuple(self._phones()):
            yield say("Phone numbers"), Series(read, "; ")

    def _phones(self) -> Iterator[Message]:
        phones = self.phones
        if phones.international:
            yield say("{count} with their own country code", count=Count(phones.international))
        for country, count in sorted((phones.by_country or {}).items()):
            yield say("{count} read as numbers of {country}", count=Count(count), country=country)
        if phones.invalid:
            yield say("{count} are no phone numbers", count=Count(phones.invalid))
        if phones.unchecked:
            yield say("{count} not checked", count=Count(phones.unchecked))


_KEPT: Final = TypeAdapter(Announced)


def announcements_of(backend: Backend) -> Beside[Announced]:
    """Return what an account's imports were announced to write.

    Whoever starts the import, after a restart or beside this process, is shown the same. No customer is in them, but
    the numbers of some orders that stay out are.
    """
    return Beside(backend, "announced", _KEPT)


def contradiction(counts: ParsedData | None) -> Message | None:
    """Return what speaks for order numbers of another shop: they exist, and their customers do not."""
    if counts is None or not counts.orders_total or not counts.customers_total or counts.customers_existing is None:
        return None
    told = Probed(counts.orders_total, counts.orders_existing or 0, counts.customers_total, counts.customers_existing)
    if not told.contradict:
        return None
    return say(
        "{orders} of {total} order numbers exist already, and {known} of {customers} customers do: "
        "numbers of another shop?",
        orders=Count(told.orders_known),
        total=Count(told.orders_tried),
        known=Count(told.customers_known),
        customers=Count(told.customers_tried),
    )


def _step(what: str) -> Words:
    if what.startswith(_LEFT_OUT):
        return say("left out: {reason}", reason=what.removeprefix(_LEFT_OUT))
    return _STEPS.get(what, what)


def _figures(figures: Figures) -> Words:
    parts = list[Words]()
    if figures.orders:
        parts.append(say("{count} orders", count=Count(figures.orders)))
    if figures.pieces:
        parts.append(say("{count} pieces", count=Count(figures.pieces)))
    if (sums := _sums(figures)) is not None:
        parts.append(sums)
    return Series(tuple(parts)) if parts else NOTHING


def _sums(figures: Figures) -> Words | None:
    amounts = [Amount(Decimal(minor).scaleb(-decimals(code)), code) for code, minor in sorted(figures.sums.items())]
    return Series(tuple(amounts), " + ") if amounts else None
