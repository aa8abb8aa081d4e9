"""A file that has no path here: the user is asked to put it in by hand."""

from typing import Annotated, Final

from pydantic import MISSING, BaseModel, Field

from preo_mcp.api.operations import Risk
from preo_mcp.approval.ways.card import client_shows_cards
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.tool import Workflow, tool
from preo_mcp.files.uploads.upload import State, Upload
from preo_mcp.receiving.card_tool import CARD_URI
from preo_mcp.receiving.looking import Look
from preo_mcp.receiving.receiver import Receiver
from preo_mcp.settings import Mode

UploadId = Annotated[str, Field(description="upl_…, to wait on.")]

CODE: Final = "(The card opens with {code}.)"
"""By which the card finds its code in the text of a result, the one part of it that every host gives to a card."""
BETWEEN: Final = " · "
"""What stands between samples, which are masked one by one."""


class FileColumn(BaseModel):
    """A column of the file, what it probably means, and its first values."""

    column: str
    column_type: str
    samples: str


class ReceivedFile(BaseModel):
    """An upload: what it waits for, or what arrived."""

    upload: str
    state: State
    file_name: str | None = None
    size: int | None = None
    service: str | None = None
    sheet: str | None = None
    columns: list[FileColumn] | None = None
    no_table: str | None = None
    next_step: str


@tool(Workflow("Receive a file", Risk.READ), card=CARD_URI)
async def receive_file(preo: Preo, upload: UploadId | MISSING = MISSING) -> ReceivedFile:
    """Ask the user for a file that has no path here: they drop it on a card or page.

    Returns an upload's id, for prepare_import's source or upload_file's file_path.
    """
    receiver = preo.backend.receiver
    is_on_card = preo.settings.mode is not Mode.SEARCH and client_shows_cards(preo.context)
    if upload is MISSING:
        asked = await receiver.uploads.ask()
    else:
        asked = await receiver.uploads.find(upload)
    if asked.is_complete:
        by_hand = await receiver.wait_for_hand(asked.id, preo.context, preo.settings.approval_wait)
        return await _arrived(receiver, asked, by_hand)
    if is_on_card:
        code = None if receiver.is_worked_on(asked.id) else await receiver.uploads.issue(asked.id)
        then = f"The user drops the file on the card. Once they have, call receive_file with upload={asked.id}."
        return _waiting(asked, then if code is None else f"{then} {CODE.format(code=code)}")
    where = await _page(receiver, asked)
    found = await receiver.wait(asked.id, preo.context, preo.settings.approval_wait)
    if found.is_complete:
        return await _arrived(receiver, found)
    return _waiting(found, f"{where} Then call receive_file with upload={asked.id}, which waits for it.")


async def _page(receiver: Receiver, asked: Upload) -> str:
    """Show the page to the person, unless they work on it, and say where it is."""
    if receiver.is_worked_on(asked.id):
        return "The user has the page open, and drops the file there."
    by_hand = "or runs in a terminal: preo-mcp put FILE, which tells an id to use in its place."
    if not receiver.is_here:
        return f"The user opens {await receiver.address(asked.id)} and drops the file there."
    try:
        if await receiver.open(asked.id):
            return "A page was opened in the user's browser, where they drop the file."
        return f"The user opens {await receiver.address(asked.id)} and drops the file there, {by_hand}"
    except OSError:  # nothing can be listened on
        return f"The user {by_hand.removeprefix('or ')}"


def _waiting(asked: Upload, next_step: str) -> ReceivedFile:
    return ReceivedFile(upload=asked.id, state=asked.state, next_step=next_step)


async def _arrived(receiver: Receiver, upload: Upload, by_hand: str | None = None) -> ReceivedFile:
    look = await receiver.look(upload)
    return ReceivedFile(
        upload=upload.id,
        state=upload.state,
        file_name=upload.name,
        size=upload.size,
        service=look.service,
        sheet=_sheet(look),
        columns=_columns(look),
        no_table=look.no_table,
        next_step=by_hand or _use(upload, look),
    )


def _sheet(look: Look) -> str | None:
    """Return which sheet was looked at, where there was a choice, and the others."""
    if look.sheet is None:
        return None
    others = ", ".join(name for name in look.sheets if name != look.sheet)
    return f"{look.sheet}; besides: {others}"


def _columns(look: Look) -> list[FileColumn] | None:
    found = [
        FileColumn(column=one.heading, column_type=one.column_type, samples=BETWEEN.join(filter(None, one.first)))
        for one in look.columns
    ]
    return found or None


def _use(upload: Upload, look: Look) -> str:
    as_file = f"upload_file with file_path={upload.id}"
    if look.no_table is not None:
        return f"{as_file} puts it among Preo's files."
    more = f"{look.more} further columns are not shown. " if look.more else ""
    return f"{more}prepare_import with source={upload.id} imports it; {as_file} puts it among Preo's files."
