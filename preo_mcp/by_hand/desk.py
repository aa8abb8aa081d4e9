"""Where a person settles an import by hand: a closed list of steps, each carried out by a tool as for a model.

Scope, policy, audit, guard and limits hold as for any call, for a step is one. No step names an import or a file: which
it is follows from the upload, which the card or page has the secret of. Nothing here approves: `start` makes the
guarded call, whose question is answered on the approval page alone, so a card leaves the start to the assistant.
"""

import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from anyio import Path as AsyncPath
from anyio import to_thread
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, ClientCapabilities, InputRequiredResult, TextContent
from pydantic import PrivateAttr

from preo_mcp.api.models.data_imports import Stage
from preo_mcp.backend import Backend
from preo_mcp.by_hand.shown import faults, shown
from preo_mcp.files.uploads.upload import Upload
from preo_mcp.receiving.hands import Hand, NoSuchAction
from preo_mcp.tools.workflows.kept_exports import KeptExport, exports_of
from preo_mcp.tools.workflows.waiting import RAN_STAGES

if TYPE_CHECKING:
    from preo_mcp.tools.workflows.kept_exports import Answer

MOST_HANDS: Final = 32
"""Uploads of which it is remembered how far a person is."""
MOST_SETTLED: Final = 500
LONGEST: Final = 1_000
"""Characters of one thing that is settled."""
MOST_FILE: Final = 16 * 1024 * 1024
"""Bytes of a file of rows that goes through a page; a longer one is written to a folder by the assistant."""
ATTENDED: Final = 1_800.0
"""Seconds after the last step in which a person is taken to be at it still, and is waited for."""
LOOK_SECONDS: Final = 1
NO_HOST: Final = ClientCapabilities()
_PLAN: Final = re.compile(r"^Plan (pln_[0-9a-f]{24}) ", re.MULTILINE)
_ADDRESS: Final = re.compile(r"http://127\.0\.0\.1:\d+/approve/pln_[0-9a-f]{24}#[\w-]+")

Run = Callable[[str, Mapping[str, Any], Context[Any, Any]], Awaitable[CallToolResult | InputRequiredResult]]
"""Runs a tool by its name, through all the steps of a call."""
Shown = dict[str, Any]


class ByHand(Context[Any, Any]):
    """What a call has in the place of a host: no dialog and no card, for the person is at one or at a page already.

    Args:
        host: The one whose card asks, which is told of progress so that it waits; None for a page.
    """

    _host: Context[Any, Any] | None = PrivateAttr(default=None)

    def __init__(self, host: Context[Any, Any] | None) -> None:
        super().__init__()
        self._host = host

    @property
    def client_capabilities(self) -> ClientCapabilities:
        """Nothing at all."""
        return NO_HOST

    async def report_progress(self, progress: float, total: float | None = None, message: str | None = None) -> None:
        """Tell the host of the card; a page waits for the call's end."""
        if self._host is not None:
            await self._host.report_progress(progress, total, message)


class ByHandDesk:
    """The steps of one caller's imports by hand.

    Args:
        backend: Where the files are kept.
        run: Runs a tool for a person, through all the steps of a call.
    """

    def __init__(self, backend: Backend, run: Run) -> None:
        self._backend = backend
        self._run = run
        self._hands: dict[str, Hand] = {}
        self._known_faults: tuple[tuple[str, ...], list[Shown]] | None = None

    def hand(self, upload_id: str) -> Hand | None:
        """Return how far a person is with an upload; None where they did not begin, or left it as it is."""
        hand = self._hands.get(upload_id)
        if hand is None or hand.is_over or self._backend.clock.now() - hand.seen <= ATTENDED:
            return hand
        return None

    async def do(self, upload: Upload, asked: Mapping[str, Any], host: Context[Any, Any] | None) -> Shown:
        """Do one step for an upload's card in a `host`, or its page, and return what it shows then.

        `state` says what it is, and what belongs to it stands beside.

        Raises:
            NoSuchAction: there is no such step, or its arguments are not ours.
        """
        by, is_on_page = ByHand(host), host is None
        match asked.get("do"):
            case "editions":
                return await self._editions(by, _text(asked, "search"))
            case "settle":
                return await self._settle(by, upload, _text(asked, "edition_id"), _texts(asked, "settle"))
            case "rows":
                return await self._rows(by, upload)
            case "start" if is_on_page:
                return await self._start(by, upload, leave_out=asked.get("leave_out") is True)
            case "asked" if is_on_page:
                return await self._asked(upload)
            case "progress":
                return await self._progress(by, upload)
            case "hand_over":
                return self._hand_over(upload)
            case _:
                raise NoSuchAction

    async def _editions(self, by: ByHand, search: str) -> Shown:
        found = await self._call(by, "list_editions", **({"search": search} if search else {}))
        if isinstance(found, str):
            return _refused(found)
        rows = cast("list[dict[str, Any]]", found["results"])
        told = [
            {"id": one["id"], "name": one.get("full_name") or one.get("name") or one["id"], "starts": _starts(one)}
            for one in rows
        ]
        return {"state": "editions", "editions": told, "total": found.get("total", len(rows))}

    async def _settle(self, by: ByHand, upload: Upload, edition_id: str, settle: list[str]) -> Shown:
        hand = self._hands.get(upload.id)
        edition_id = edition_id or (hand.edition_id if hand else "")
        if not edition_id:
            raise NoSuchAction
        found = await self._call(by, "prepare_import", source=upload.id, edition_id=edition_id, settle=settle)
        kept = exports_of(self._backend).of_upload(upload.id, edition_id)
        if kept is None or kept.answer is None:
            return _refused(found if isinstance(found, str) else "")
        if hand is None or hand.edition_id != edition_id:
            hand = Hand(edition_id)
        hand.seen = self._backend.clock.now()
        self._remember(upload, hand, kept)
        view = await to_thread.run_sync(shown, kept, kept.answer, await self._faults(kept, kept.answer))
        return {**view, **({"refused": found} if isinstance(found, str) else {})}

    async def _faults(self, kept: KeptExport, answer: "Answer") -> list[Shown]:
        """Return a file's problem rows; it is read again for them only where another table comes of it."""
        settled, carried = answer
        said = carried.data_import.row_problems if carried else None
        table = (kept.handle, *settled.table, *(one.key for one in settled.open), str(said))
        if self._known_faults is None or self._known_faults[0] != table:
            self._known_faults = (table, await to_thread.run_sync(faults, answer))
        return self._known_faults[1]

    def _remember(self, upload: Upload, hand: Hand, kept: KeptExport) -> None:
        if kept.import_id != hand.import_id:
            hand.import_id, hand.plan_id, hand.is_started = kept.import_id, None, False
        hand.source, hand.is_handed_over = kept.handle, False
        hand.settle = [f"{key}: {option}" for key, option in kept.settled.items()]
        others = [(one, held) for one, held in self._hands.items() if one != upload.id]
        self._hands = dict([*others, (upload.id, hand)][-MOST_HANDS:])

    async def _rows(self, by: ByHand, upload: Upload) -> Shown:
        kept = self._kept(upload)
        path = AsyncPath(kept.folder / f"rows-{secrets.token_hex(8)}.csv")
        found = await self._call(by, "export_import_rows", import_id=kept.handle, save_to=str(path))
        if isinstance(found, str):
            return _refused(found)
        if "saved_to" not in found:
            return _refused(found["next_step"])
        try:
            if (await path.stat()).st_size > MOST_FILE:
                return _refused("The rows are too many for this page · Ask the assistant for export_import_rows.")
            content = await path.read_text(encoding="utf-8")
        finally:
            await path.unlink(missing_ok=True)
        stem = upload.name.rpartition(".")[0] or upload.name
        return {"state": "file", "name": f"{stem}-rows.csv", "text": content, "rows": found["rows"]}

    async def _start(self, by: ByHand, upload: Upload, *, leave_out: bool) -> Shown:
        hand = self._hand(upload)
        if hand.import_id is None:
            return _refused("The import was not started · something is still to be decided · Decide it first.")
        if hand.is_started:
            return await self._progress(by, upload)
        more = {"ignore_warnings": True} if leave_out else {}
        result = await self._result(by, "start_import", import_id=hand.import_id, **more)
        said = _said(result)
        if plan := _PLAN.search(said):
            hand.plan_id = plan[1]
            address = _ADDRESS.search(said)
            _, where, *_ = said.partition("\n")[0].split(" · ")
            known = {"address": address[0]} if address else {"where": where}
            return {"state": "asked", "plan": plan[1], **known}
        if result.is_error:
            return _refused(said)
        hand.is_started = True
        return await self._progress(by, upload)

    async def _asked(self, upload: Upload) -> Shown:
        """Return where the question of the start stands, and nothing by which it could be answered."""
        plan_id = self._hand(upload).plan_id
        plan = await self._backend.guardrails.ledger.get(plan_id) if plan_id else None
        return {"state": "asked", "plan_state": plan.state if plan else "gone"}

    async def _progress(self, by: ByHand, upload: Upload) -> Shown:
        hand = self._hand(upload)
        if hand.import_id is None:
            raise NoSuchAction
        found = await self._call(by, "wait_for_import", import_id=hand.import_id, seconds=LOOK_SECONDS)
        if isinstance(found, str):
            return _refused(found)
        hand.is_started = hand.is_started or Stage(found["stage"]) in RAN_STAGES
        told = ("stage", "progress", "import_result", "outcome", "error_message")
        return {"state": "running", **{name: found[name] for name in told if name in found}}

    def _hand_over(self, upload: Upload) -> Shown:
        hand = self._hand(upload)
        hand.is_handed_over = True
        return {"state": "handed", "told": hand.told()}

    def _hand(self, upload: Upload) -> Hand:
        hand = self._hands.get(upload.id)
        if hand is None:
            raise NoSuchAction
        hand.seen = self._backend.clock.now()
        return hand

    def _kept(self, upload: Upload) -> KeptExport:
        kept = exports_of(self._backend).of_upload(upload.id, self._hand(upload).edition_id)
        if kept is None:
            raise NoSuchAction
        return kept

    async def _call(self, by: ByHand, tool: str, **arguments: Any) -> dict[str, Any] | str:
        """Return what a tool found, or why it refused."""
        result = await self._result(by, tool, **arguments)
        content = result.structured_content
        return _said(result) if result.is_error or content is None else content

    async def _result(self, by: ByHand, tool: str, **arguments: Any) -> CallToolResult:
        result = await self._run(tool, arguments, by)
        if isinstance(result, InputRequiredResult):  # a question as a result is for hosts of 2026-07-28
            raise NoSuchAction
        return result


def _refused(said: str) -> Shown:
    return {"state": "refused", "message": said.partition("\n")[0]}


def _said(result: CallToolResult) -> str:
    return "\n".join(one.text for one in result.content if isinstance(one, TextContent))


def _starts(edition: Mapping[str, Any]) -> str:
    return str(edition.get("start_date") or edition.get("starts_at") or "")


def _text(asked: Mapping[str, Any], name: str) -> str:
    value = asked.get(name, "")
    if not isinstance(value, str) or len(value) > LONGEST:
        raise NoSuchAction
    return value


def _texts(asked: Mapping[str, Any], name: str) -> list[str]:
    values = asked.get(name, [])
    if not isinstance(values, list) or len(cast("list[Any]", values)) > MOST_SETTLED:
        raise NoSuchAction
    return [_text({name: one}, name) for one in cast("list[Any]", values)]
