"""A segment as it is stored, who may see and change it, and how it is answered."""

from collections.abc import Sequence
from typing import Any, Final

from preo_mcp.api.models.segments import CommunicationChannel, CommunicationType, SegmentStatus
from preo_mcp.sandbox.members import visible_doc
from preo_mcp.sandbox.routing import B, Call, Q
from preo_mcp.sandbox.store import Doc, Store, docs_by_id
from preo_mcp.text.folding import folded

SEGMENT_PREFIX: Final = "seg"

RUNS: Final = "segment run"
"""The counter of calculations; the customers whom one finds are stored under its number."""

NOT_CALCULATED: Final[dict[str, Any]] = {
    "run": None,
    "result": None,
    "calculation": None,
    "error_message": None,
    "last_calculated": None,
}
"""What a document says of a segment that was not calculated.

`run` and `result` are those of the last calculation that was completed, `calculation` is the one on its way.
"""

SETTINGS: Final = (
    *("id", "name", "organization_id", "edition_id", "consent_id", "communication_type", "communication_channel"),
    *("condition", "description", "status", "error_message", "last_calculated", "created", "modified"),
)


def find(store: Store, segment_id: str) -> Doc | None:
    """Return a segment, or None where there is none."""
    return store.doc("segments", segment_id)


def visible_segment(call: Call[Q, B]) -> Doc:
    """Return the segment that a call names, if it is of one of the member's organizations.

    Raises:
        Problem: 404.
    """
    return visible_doc(call.store, call.member, "segments", call.path["id"], "Segment")


def changeable_segment(call: Call[Q, B]) -> Doc:
    """Return the segment that a call names, if its member may change it: managers and admins may (inferred).

    Raises:
        Problem: 404 or 403.
    """
    segment = visible_segment(call)
    call.member.must_manage(segment["organization_id"])
    return segment


def columns(segment: Doc) -> Doc:
    """Return the columns that follow from a segment's document."""
    result: Doc = segment["result"] or {}
    same = ("edition_id", "consent_id", "status", "communication_type", "communication_channel", "last_calculated")
    return {
        **{name: segment[name] for name in same},
        "name": folded(segment["name"]),
        "searched": folded(f"{segment['name']}\n{segment['description'] or ''}"),
        "user_count": result.get("users"),
        "modified": segment["modified"],
    }


def insert(store: Store, segment: Doc) -> None:
    """Write a new segment."""
    fixed = {name: segment[name] for name in ("id", "organization_id", "created")}
    store.insert("segments", segment, **fixed, **columns(segment))


def save(store: Store, segment: Doc) -> None:
    """Write a changed segment back."""
    store.update("segments", segment["id"], segment, **columns(segment))


def listed(store: Store, ids: Sequence[str]) -> list[Doc]:
    """Return segments as they are answered, in the order of their ids."""
    found = docs_by_id(store, "segments", ids)
    return [represent(found[key]) for key in ids]


def represent(segment: Doc) -> Doc:
    """Return a segment as it is answered, nulls included."""
    result: Doc | None = segment["result"]
    is_marketing = segment["communication_type"] == CommunicationType.MARKETING
    reachable = None if result is None else result["consented_reachable" if is_marketing else "reachable"]
    way: Doc = segment["calculation"] or {}
    return {
        **{name: segment[name] for name in SETTINGS},
        "user_count": None if result is None else result["users"],
        "reachable_count": None if reachable is None else reachable[segment["communication_channel"]],
        "reachable": reachable,
        "consented_count": None if result is None or segment["consent_id"] is None else result["consented"],
        "error_count": None if result is None else result["errors"],
        "first_error": None if result is None else result["first_error"],
        "processed_count": way.get("done"),
        "total_count": way.get("total"),
        "calculation_started_at": way.get("now"),
    }


def blank_result() -> Doc:
    """Return the counts of a calculation that has looked at nobody."""
    return {
        "users": 0,
        "reachable": dict.fromkeys(CommunicationChannel, 0),
        "consented": 0,
        "consented_reachable": dict.fromkeys(CommunicationChannel, 0),
        "errors": 0,
        "first_error": None,
    }


def count_reach(result: Doc, email: bool, phone: bool, wallet: bool, *, has_consent: bool) -> None:  # noqa: FBT001
    """Count one customer who is in the segment: who can be reached by e-mail, by phone, in the wallet."""
    result["users"] += 1
    result["consented"] += has_consent
    reached = {
        CommunicationChannel.ANY: email or phone or wallet,
        CommunicationChannel.EMAIL: email,
        CommunicationChannel.SMS: phone,
        CommunicationChannel.PASS_PUSH: wallet,
    }
    for channel, is_reached in reached.items():
        result["reachable"][channel] += is_reached
        result["consented_reachable"][channel] += is_reached and has_consent


def is_busy_with(segment: Doc | None, run: int) -> bool:
    """Return whether a segment is still being calculated under this number."""
    if segment is None or segment["status"] != SegmentStatus.PROCESSING:
        return False
    way: Doc = segment["calculation"]
    return way["run"] == run
