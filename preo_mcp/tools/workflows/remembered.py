"""A layout that was settled before, offered for the next file of it: a decision like all others, taken by a choice.

What it settles is shown with what that would write; what changed since is open again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from anyio import to_thread

from preo_mcp.api.errors import ValidationError
from preo_mcp.calls.preo import Preo
from preo_mcp.files.exports import SKIP, Decision, Edition, Option, Status
from preo_mcp.files.exports.leaving_people_out import without_people
from preo_mcp.files.exports.recalling import Recalled, recall
from preo_mcp.files.exports.remembering import PRODUCTS, STATES, headings_of, memory_of
from preo_mcp.files.exports.settling import Wishes, refuse_option, root_of
from preo_mcp.files.exports.source import File, Source
from preo_mcp.files.kept_layouts import Found, KeptLayout, KeptLayouts, Layout
from preo_mcp.files.spreadsheets import Overrides, UnreadableTable
from preo_mcp.tools.workflows.kept_exports import KeptExport
from preo_mcp.tools.workflows.understood import EDITION_CURRENCY, READING, REMEMBERED, Settled, settled

TAKE: Final = "take"
LEAVE: Final = "leave"
NAMED: Final = 8
SHEET: Final = "sheet"
_COLUMNS: Final = "columns"


@dataclass(frozen=True, slots=True)
class AsBefore:
    """What a layout settles of a file.

    Attributes:
        own: What was settled for the file itself, which comes first.
        edition: What it was found for.
        wishes: Both together.
        recalled: What of the layout holds, and what changed.
    """

    own: Mapping[str, str]
    edition: Edition
    wishes: Mapping[str, str]
    recalled: Recalled


@dataclass
class Remembered:
    """What is known of earlier files of a file's layout.

    Attributes:
        headings: As the file was read at first.
        offer: The layout that is offered; None where there is none.
        damaged: Why kept layouts cannot be read.
        as_before: What the offer settles.
    """

    headings: tuple[str, ...]
    offer: KeptLayout | None = None
    damaged: tuple[str, ...] = ()
    as_before: AsBefore | None = None


async def settled_as_before(preo: Preo, kept: KeptExport, wishes: Mapping[str, str]) -> Settled:
    """Find what holds for a kept file, with the layout that it was settled by before, where that is wanted.

    Raises:
        ValidationError: it cannot be read as a table, or something that does not exist was settled.
        PreoError: the edition cannot be had.
    """
    own, said = {key: option for key, option in wishes.items() if key != REMEMBERED}, wishes.get(REMEMBERED)
    if said not in (None, TAKE, LEAVE):
        raise refuse_option(REMEMBERED, said, (TAKE, LEAVE))
    known = kept.remembered
    if said == TAKE and known and known.offer and known.as_before and known.as_before.own == own:
        again = await settled(preo, kept, known.as_before.wishes)
        if again.destination.edition == known.as_before.edition:
            return _taken(known.offer, known.as_before, again)
    base = await settled(preo, kept, own)
    if known is None:
        known = kept.remembered = Remembered(await _first_headings(kept, base, own))
        known.offer, known.damaged = await _looked_up(preo, kept, base, known.headings)
    if said == LEAVE or preo.settings.forget_layouts:
        known.as_before = None
        return base if said != TAKE else _told(base, "none", "This server remembers no layouts.")
    before = None if known.offer is None else await _applied(preo, kept, known, base, own)
    if known.offer is None or known.as_before is None or before is None:
        return _nothing(known, base, is_wanted=said == TAKE)
    if said == TAKE:
        return _taken(known.offer, known.as_before, before)
    return _offered(known.offer, known.as_before, before, base)


async def layout_of(preo: Preo, kept: KeptExport, holds: Settled) -> Layout | None:
    """Return what can be remembered of a settled file; None where nothing can, or the settings do not want it.

    What was taken of an earlier layout and was not needed this time is in it too.
    """
    known, destination = kept.remembered, holds.destination
    if preo.settings.forget_layouts or known is None:
        return None
    wishes = dict(holds.wishes)
    memory = memory_of(holds.settlement, wishes, known.headings, destination.edition)
    if said := wishes.get(EDITION_CURRENCY):
        memory = replace(memory, decisions={**memory.decisions, EDITION_CURRENCY: said})
    if known.offer and known.as_before:
        memory = known.offer.layout.memory.updated_by(memory, without=known.as_before.recalled.changed)
    memory = await to_thread.run_sync(without_people, memory, holds.settlement)
    if memory is None:
        return None
    detail = destination.detail
    return Layout(detail.organization_id, detail.id, detail.full_name or detail.name or detail.id, memory)


def taken_from(kept: KeptExport, holds: Settled) -> tuple[date, str] | None:
    """Return when, and for which edition, the decisions of a settled file were made that were taken for this one."""
    offer = kept.remembered and kept.remembered.offer
    is_taken = any((one.key, one.chosen) == (REMEMBERED, TAKE) for one in holds.decisions)
    return (offer.made.date(), offer.layout.edition) if offer and is_taken else None


async def _first_headings(kept: KeptExport, base: Settled, own: Mapping[str, str]) -> tuple[str, ...]:
    """Return the headings as the file is read by itself: the next one of the layout will be read so at first."""
    if not {*READING, SHEET} & own.keys():
        return headings_of(base.settlement.study.source)
    folder = kept.folder / "as-it-is"
    folder.mkdir(mode=0o700, exist_ok=True)
    file, edition = File(kept.path, kept.name, folder, Overrides()), base.destination.edition
    try:
        return headings_of(await to_thread.run_sync(Source, file, edition, Wishes({})))
    except UnreadableTable:  # by itself it is no table
        return headings_of(base.settlement.study.source)


async def _looked_up(
    preo: Preo, kept: KeptExport, base: Settled, headings: tuple[str, ...]
) -> tuple[KeptLayout | None, tuple[str, ...]]:
    if preo.settings.forget_layouts:
        return None, ()
    found: Found = await to_thread.run_sync(KeptLayouts(preo.settings.state_folder).all)
    if not found.layouts:
        return None, found.damaged
    await preo.identify()
    accounts, organization = preo.backend.guardrails.accounts, base.destination.detail.organization_id
    service = base.understood.understanding.service
    best: tuple[float, KeptLayout] | None = None
    for one in found.layouts:  # the newest first, which stays where another is as much alike
        is_theirs = one.account in accounts and one.is_sandbox == preo.settings.sandbox
        if organization is None or one.layout.organization is None:
            is_theirs = is_theirs and one.layout.edition_id == kept.edition_id
        alike = one.layout.memory.likeness(service, headings)
        if is_theirs and one.layout.organization == organization and alike > (best[0] if best else 0):
            best = alike, one
    return (best[1] if best else None), found.damaged


async def _applied(
    preo: Preo, kept: KeptExport, known: Remembered, base: Settled, own: dict[str, str]
) -> Settled | None:
    """Settle a file as it was settled before; None where that cannot be done, and then it is not offered again."""
    if known.offer is None:
        return None
    layout = known.offer.layout
    is_same = layout.edition_id == kept.edition_id
    first = {key: said for key, said in layout.memory.read_first().items() if _is_there(key, said, base)}
    if is_same and (currency := layout.memory.decisions.get(EDITION_CURRENCY)):
        first[EDITION_CURRENCY] = currency
    # the edition is asked again only for what depends on the currency
    there = None if EDITION_CURRENCY in first else base.destination
    try:
        read = base if not first else await settled(preo, kept, {**own, **first, **own}, there)
        edition = read.destination.edition
        recalled = recall(layout.memory, read.settlement, edition, is_same_edition=is_same)
        held = {key: said for key, said in first.items() if not {key, root_of(key)} & recalled.changed.keys()}
        recalled = replace(recalled, wishes={**held, **_still_there(recalled.wishes, first)})
        wishes = _together(own, recalled)
        before = await settled(preo, kept, wishes, read.destination)
    except ValidationError:
        known.offer = known.as_before = None
        return None
    known.as_before = AsBefore(own, edition, wishes, recalled)
    return before


def _is_there(key: str, said: str, base: Settled) -> bool:
    """Whether what the file is read by still names something of it."""
    headings = {one.heading.strip().casefold() for one in base.settlement.columns}
    if root_of(key) == _COLUMNS:
        return key.partition(".")[2].casefold() in headings
    if key == "email":
        return said.casefold() in headings
    sheets = {one.name for one in base.settlement.study.source.sheets}
    return key != SHEET or said in sheets


def _still_there(wishes: Mapping[str, str], first: Mapping[str, str]) -> dict[str, str]:
    named = (_COLUMNS, "email", SHEET)
    return {key: said for key, said in wishes.items() if root_of(key) not in named or key in first}


def _together(own: dict[str, str], recalled: Recalled) -> dict[str, str]:
    """What was settled for the file itself, and what of the layout it does not say otherwise."""
    out = dict(own)
    for key, said in recalled.wishes.items():
        root = root_of(key)
        # said of all: of those that nothing was known of, where there are such, else of all indeed
        of_all = root in own and root not in recalled.changed
        if key in own or (of_all and (root == STATES or (root == PRODUCTS and said == SKIP))):
            continue
        out[key] = said
    return out


def _offered(offer: KeptLayout, as_before: AsBefore, before: Settled, base: Settled) -> Settled:
    taken = _reopened(offer, as_before, before)
    if _essence(taken) == _essence(base):
        return base
    about = f"A file of this layout was {_when(offer)}: {_listed(_settled_then(as_before))}."
    if changed := _listed(_changed(as_before, taken)):
        about += f" Open all the same: {changed}."
    options = (
        Option(TAKE, "as then", taken.settlement.announced),
        Option(LEAVE, "settle it anew: what is open then is told"),
    )
    decision = Decision(REMEMBERED, about, options, TAKE)
    # as with every open decision, what is recommended is shown; what else the offer settles, it says itself
    shown = (one for one in taken.decisions if one.status is not Status.SETTLED or one.key in as_before.own)
    return replace(_with_own_unneeded(taken, as_before), decisions=(decision, *shown))


def _taken(offer: KeptLayout, as_before: AsBefore, before: Settled) -> Settled:
    taken = _reopened(offer, as_before, before)
    about = f"What holds was {_when(offer)}"
    changed = _listed(_changed(as_before, taken))
    about += f"; changed since: {changed}." if changed else "."
    return _told(_with_own_unneeded(taken, as_before), TAKE, about, Status.SETTLED)


def _with_own_unneeded(taken: Settled, as_before: AsBefore) -> Settled:
    unneeded = tuple(key for key in taken.settlement.unneeded if key in as_before.own)
    return replace(taken, settlement=replace(taken.settlement, unneeded=unneeded))


def _reopened(offer: KeptLayout, as_before: AsBefore, before: Settled) -> Settled:
    """Open what the file would decide by itself, but somebody decided otherwise on something that changed since."""
    then, changed = offer.layout.memory.decisions, as_before.recalled.changed
    decisions = tuple(
        replace(one, status=Status.OPEN)
        if one.status is Status.TOLD
        and (one.key in changed or root_of(one.key) in changed)
        and then.get(one.key, one.chosen) != one.chosen
        else one
        for one in before.decisions
    )
    return replace(before, decisions=decisions)


def _nothing(known: Remembered, base: Settled, *, is_wanted: bool) -> Settled:
    damaged = f"{len(known.damaged)} kept layouts cannot be read: preo-mcp layouts says why" if known.damaged else ""
    if is_wanted:
        return _told(base, "none", "; ".join(filter(None, ("No layout that was settled before fits", damaged))) + ".")
    return _told(base, "none", f"{damaged}.") if damaged else base


def _told(holds: Settled, chosen: str, about: str, status: Status = Status.TOLD) -> Settled:
    decision = Decision(REMEMBERED, about, (Option(chosen, ""),), chosen, status, chosen)
    return replace(holds, decisions=(decision, *holds.decisions))


def _essence(holds: Settled) -> object:
    decisions = [(one.key, one.chosen, one.status is Status.OPEN) for one in holds.decisions]
    return decisions, holds.settlement.products, str(holds.settlement.announced)


def _when(offer: KeptLayout) -> str:
    return f"settled on {offer.made.day} {offer.made:%b %Y} for {offer.layout.edition}"


def _settled_then(as_before: AsBefore) -> Iterator[str]:
    """Yield what a layout settles of this file, in few words."""
    said = {key: option for key, option in as_before.wishes.items() if key not in as_before.own}
    states = [f"{key.partition('.')[2]} {option}" for key, option in said.items() if root_of(key) == STATES]
    if states:
        yield f"{STATES}: {_listed(iter(states), ', ')}"
    yield from (f"{key}: {option}" for key, option in said.items() if root_of(key) not in (STATES, PRODUCTS))
    if products := [option for key, option in said.items() if root_of(key) == PRODUCTS]:
        skipped = sum(option == SKIP for option in products)
        yield f"what {len(products)} products stand for" + (f" ({skipped} skipped)" if skipped else "")


def _changed(as_before: AsBefore, taken: Settled) -> Iterator[str]:
    is_open = {root_of(one.key) for one in taken.open}
    return (f"{key} ({how})" for key, how in as_before.recalled.changed.items() if root_of(key) in is_open)


def _listed(parts: Iterator[str], between: str = "; ") -> str:
    found = list(parts)
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return f"{between.join(found[:NAMED])}{more}"
