"""Calculating a segment: begun, begun anew where it hangs, and waited for."""

from typing import Any, Final

from preo_mcp.api.errors import ConflictError, ValidationError
from preo_mcp.api.models.segments import BUSY_STATUSES, SegmentStatus, ShownSegment
from preo_mcp.api.operations import GET_SEGMENT, RECALCULATE_SEGMENT, RESET_SEGMENT
from preo_mcp.calls.preo import Preo
from preo_mcp.tools.edition_clocks import with_clocks_of, zone_of
from preo_mcp.tools.two_deeds import then
from preo_mcp.tools.watching import WHILE_CALLED, WHOLE, watched

NEXT_STEPS: Final = {
    SegmentStatus.PENDING: "It waits to be counted: get_segment shows when it is completed.",
    SegmentStatus.PROCESSING: "It is still being counted: get_segment shows when it is completed.",
    SegmentStatus.FAILED: "Correct its condition with update_segment, then recalculate_segment.",
}


class CalculatedSegment(ShownSegment):
    """A segment after it was counted, or as far as that came; `next_step` says how to go on where it did not."""

    next_step: str | None = None


async def begun(preo: Preo, segment_id: str) -> CalculatedSegment:
    """Begin to count a segment.

    Raises:
        PreoError: it was not begun.
    """
    return as_it_stands(await preo.request(RECALCULATE_SEGMENT, ShownSegment, id=segment_id))


async def begun_anew(preo: Preo, segment_id: str) -> CalculatedSegment:
    """Give up a calculation, where one is on its way, and begin another.

    Where the second does not follow, the segment is a draft: the answer says so.

    Raises:
        PreoError: nothing was done.
    """
    try:
        given_up = await preo.request(RESET_SEGMENT, ShownSegment, id=segment_id)
    except (ValidationError, ConflictError):
        if (await _segment(preo, segment_id)).status in BUSY_STATUSES:
            raise
        return await begun(preo, segment_id)  # there is nothing to give up
    return await begun_after(preo, given_up, "The calculation that hung was given up")


async def begun_after(preo: Preo, segment: ShownSegment, done: str) -> CalculatedSegment:
    """Begin to count a segment after something was done with it; where that fails, say what was done and what not."""
    counted, not_done = await then(
        begun(preo, segment.id), done=done, missing="being counted", next_step="Count it with recalculate_segment."
    )
    return counted or as_it_stands(segment).model_copy(update={"next_step": not_done})


async def until_counted(preo: Preo, content: dict[str, Any]) -> CalculatedSegment | None:
    """Wait while a segment is being counted, and return it; None where it is not.

    Raises:
        PreoError: it cannot be read.
    """
    if content.get("status") not in BUSY_STATUSES:
        return None

    async def look() -> ShownSegment:
        return await _segment(preo, content["id"])

    found = await watched(preo, look, lambda now: now.status in BUSY_STATUSES, _progress, WHILE_CALLED)
    return with_clocks_of(await zone_of(preo, found.edition_id), as_it_stands(found))


async def _segment(preo: Preo, segment_id: str) -> ShownSegment:
    return await preo.request(GET_SEGMENT, ShownSegment, id=segment_id)


def as_it_stands(segment: ShownSegment) -> CalculatedSegment:
    """Return a segment with how to go on, where its counting is not over."""
    known = segment.status in set(SegmentStatus)
    next_step = NEXT_STEPS.get(SegmentStatus(segment.status)) if known else None
    return CalculatedSegment(**dict(segment), next_step=next_step)


def _progress(segment: ShownSegment) -> tuple[float, str]:
    done, total = segment.processed_count or 0, segment.total_count
    share = min(done / total, 1) if total else 0
    percent = share * WHOLE if segment.status in BUSY_STATUSES else WHOLE
    return percent, f"{segment.name or segment.id}: {segment.status}"
