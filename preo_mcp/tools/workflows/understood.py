"""A kept file understood for its edition, as far as somebody has settled it; done in a thread, with progress."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

import anyio
from anyio import to_thread

from preo_mcp.api.errors import ValidationError
from preo_mcp.calls.preo import Preo
from preo_mcp.files.exports import Decision, Edition, Option, Probed, Settlement, Status, Understanding, understand
from preo_mcp.files.exports.settling import parsed
from preo_mcp.files.spreadsheets import Overrides, UnreadableTable
from preo_mcp.tools.workflows.destination import Destination, destination_of, probed
from preo_mcp.tools.workflows.kept_exports import KeptExport

T = TypeVar("T")

EDITION_CURRENCY: Final = "edition_currency"
DIFFERENCE: Final = "difference"
"""Whether an import may start although Preo reads its table otherwise than it was announced."""
PRODUCTS: Final = "products"
READING: Final = ("encoding", "delimiter", "header_line")
"""Keys that say how the file is read, where the detection was wrong."""
REMEMBERED: Final = "remembered"
"""Whether a layout that was settled before holds for this file too."""
OURS: Final = (*READING, EDITION_CURRENCY, DIFFERENCE, REMEMBERED)
TAB: Final = "tab"
READ_SHARE: Final = 60.0
"""How far the work has come, of 100, when a long file was read."""
TOLD_EVERY: Final = 1.0

_NOT_PREPARED: Final = "The import was not prepared"


@dataclass(frozen=True, slots=True)
class Understood:
    """What a file says, read in one way for one edition."""

    edition: Edition
    overrides: Overrides
    understanding: Understanding
    probed: Probed
    unknown: str | None
    """Why it is not known whether the order numbers are another shop's."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A file with what holds for it, and the edition it goes into."""

    destination: Destination
    understood: Understood
    settlement: Settlement
    decisions: tuple[Decision, ...]
    wishes: frozenset[tuple[str, str]]

    @property
    def open(self) -> tuple[Decision, ...]:
        """What has to be settled before anything is uploaded."""
        return tuple(one for one in self.decisions if one.status is Status.OPEN)

    @property
    def table(self) -> tuple[str, ...]:
        """All that makes the table what it is; what its products stand for is no part of it."""
        options = (f"{one.key}: {one.chosen}" for one in self.decisions if one.key != PRODUCTS)
        edition, overrides = self.understood.edition, self.understood.overrides
        return (*options, str(self.settlement.announced), edition.currency, str(edition.calling_code), str(overrides))


def wishes_of(settle: Iterable[str]) -> dict[str, str]:
    """Return what a caller settles, by key.

    Raises:
        ValidationError: one is no pair, or its key does not exist.
    """
    found = dict[str, str]()
    for text in settle:
        key, colon, option = text.partition(":")
        if colon and key.strip() in OURS:
            found[key.strip()] = option.strip()
        else:
            found |= parsed([text]).by_key
    return found


async def settled(
    preo: Preo, kept: KeptExport, wishes: Mapping[str, str], destination: Destination | None = None
) -> Settled:
    """Understand a kept file and find what holds for it, in a destination that is asked about unless it is given.

    Raises:
        ValidationError: it cannot be read as a table, or something that does not exist was settled.
        PreoError: the edition cannot be had.
    """
    ours = {key: wishes[key] for key in OURS if key in wishes}
    theirs = [f"{key}: {option}" for key, option in wishes.items() if key not in OURS]
    overrides = _overrides(ours)
    if destination is None:
        destination = await destination_of(preo, kept.edition_id, kept.country_code, ours.get(EDITION_CURRENCY))
    known = kept.understood
    if known is None or (known.edition, known.overrides) != (destination.edition, overrides):
        understanding = await _in_thread(preo, kept, lambda: _understood(kept, destination.edition, overrides))
        asked, unknown = await probed(preo, destination, understanding.samples)
        known = kept.understood = Understood(destination.edition, overrides, understanding, asked, unknown)
    settle = known.understanding.settle
    settlement = await _in_thread(preo, kept, lambda: _readable(lambda: settle(theirs, known.probed)))
    more = () if destination.is_currency_told else (_currency(destination),)
    return Settled(destination, known, settlement, (*more, *settlement.decisions), frozenset(wishes.items()))


def _currency(destination: Destination) -> Decision:
    likely, code = destination.edition.currency, destination.edition.calling_code
    about = "Preo does not tell the edition's currency, in which its orders are written."
    option = Option(likely, f"that of {code}" if code else "the most usual one")
    return Decision(EDITION_CURRENCY, about, (option,), likely if code else None, argument="a code such as EUR")


def _understood(kept: KeptExport, edition: Edition, overrides: Overrides) -> Understanding:
    return _readable(
        lambda: understand(kept.path, edition, workdir=kept.folder, file_name=kept.name, overrides=overrides)
    )


def _readable(read: Callable[[], T]) -> T:
    try:
        return read()
    except UnreadableTable as exc:
        raise ValidationError(exc.what, exc.why, exc.next_step) from None


def _overrides(ours: Mapping[str, str]) -> Overrides:
    delimiter, line = ours.get("delimiter"), ours.get("header_line")
    delimiter = "\t" if delimiter == TAB else delimiter
    if delimiter is not None and len(delimiter) != 1:
        raise ValidationError(_NOT_PREPARED, "a delimiter is one character", 'Write it as "delimiter: ;", or tab.')
    if line is not None and not line.isdecimal():
        why = "header_line is the number of a line"
        raise ValidationError(_NOT_PREPARED, why, 'Write it as "header_line: 2"; 0 for a file without headings.')
    return Overrides(ours.get("encoding"), delimiter, None, None if line is None else int(line))


async def _in_thread(preo: Preo, kept: KeptExport, work: Callable[[], T]) -> T:
    """Work in a thread, and tell the host meanwhile that it goes on."""

    async def tell() -> None:
        share = 0.0
        while True:
            await anyio.sleep(TOLD_EVERY)
            share += (READ_SHARE - share) / 20
            await preo.report(share, 100, f"reading {kept.name}")

    failed: Exception | None = None
    done = list[T]()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(tell)
        try:
            done.append(await to_thread.run_sync(work))
        except Exception as exc:  # noqa: BLE001 - raised below, outside of the group
            failed = exc
        tasks.cancel_scope.cancel()
    if failed is not None:
        raise failed
    return done[0]
