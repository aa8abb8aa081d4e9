"""Export a segment's customers as CSV: UTF-8 with a byte order mark, which Excel needs to show letters as they are.

The columns are inferred. Names come from customers, so what a spreadsheet would run as a formula is kept from it.
"""

import csv
import io
from typing import Final

from anyio.lowlevel import checkpoint
from pydantic_core import from_json
from starlette.responses import Response

from preo_mcp.api.models.segments import SegmentStatus
from preo_mcp.api.operations import EXPORT_SEGMENT_USERS, GET_SEGMENT, RECALCULATE_SEGMENT
from preo_mcp.sandbox.problems import Problem, refused
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.segments.addresses import country_of
from preo_mcp.sandbox.segments.documents import find, visible_segment
from preo_mcp.sandbox.store import Doc, Store
from preo_mcp.text.guarded_cells import guarded
from preo_mcp.text.media_types import CSV

ENDPOINTS = Endpoints()

COLUMNS: Final = ("id", "email", "first_name", "last_name", "phone_number", "country", "locale", "created")
FETCHED: Final = 500
"""Customers that are written together, which takes a few milliseconds."""
BYTE_ORDER_MARK: Final = "\ufeff"


@ENDPOINTS.endpoint(EXPORT_SEGMENT_USERS, returns=Nothing, media_type=CSV)
async def export_segment_users(call: Call[Nothing, Nothing]) -> Response:
    """Answer the customers of a calculated segment as CSV, in the order of their ids; staff may too (inferred).

    Raises:
        Problem: 400 unless it is completed, or where it is calculated anew meanwhile; 404.
    """
    segment = visible_segment(call)
    if segment["status"] != SegmentStatus.COMPLETED:
        hint = f"{RECALCULATE_SEGMENT.title} first; {GET_SEGMENT.title} shows when it is completed."
        detail = f"The segment is {segment['status']}; {EXPORT_SEGMENT_USERS.title} needs a completed one. {hint}"
        raise Problem(400, {"detail": detail, "status": segment["status"]})
    text = await _table(call.store, segment)
    headers = {"Content-Disposition": f'attachment; filename="{segment["id"]}.csv"'}
    return Response(text.encode(), media_type=CSV, headers=headers)


async def _table(store: Store, segment: Doc) -> str:
    out = io.StringIO()
    out.write(BYTE_ORDER_MARK)
    rows = csv.writer(out)
    rows.writerow(COLUMNS)
    after = ""
    while people := _people(store, segment["run"], after):
        rows.writerows([guarded(person.get(name) or "") for name in COLUMNS] for person in people)
        after = people[-1]["id"]
        await checkpoint()
        now = find(store, segment["id"])
        if now is None or now["run"] != segment["run"]:
            raise refused(400, f"The segment changed while it was exported. {GET_SEGMENT.title}, then export again.")
    return out.getvalue()


def _people(store: Store, run: int, after: str) -> list[Doc]:
    found = store.db.execute(
        "SELECT doc FROM segment_users JOIN customers ON customers.id = customer_id "
        "WHERE run = ? AND customer_id > ? ORDER BY customer_id LIMIT ?",
        (run, after, FETCHED),
    )
    people: list[Doc] = [from_json(doc) for (doc,) in found]
    return [{**person, "country": country_of(person["phone_number"])} for person in people]
