"""What a person is shown before a consent is deleted: how many customers it is about."""

from preo_mcp.errors import ConflictError
from preo_mcp.guardrails.facts import Facts
from preo_mcp.models.consents import ConsentDetail, ConsentSegment
from preo_mcp.operations import DELETE_CONSENT, GET_CONSENT
from preo_mcp.preo import Preo

NAMED = 5
"""Segments that a refusal names; the others are counted."""


async def facts_of_delete(preo: Preo, consent_id: str) -> Facts:
    """Return what would be deleted.

    Raises:
        ConflictError: segments use it, which Preo refuses.
        PreoError: the consent cannot be had.
    """
    consent = await preo.call(GET_CONSENT, ConsentDetail, id=consent_id)
    if consent.segments:
        more = f" and {len(consent.segments) - NAMED} more" if len(consent.segments) > NAMED else ""
        raise ConflictError(
            f"{DELETE_CONSENT.title} was not done",
            f"segments use it: {', '.join(map(_spelled, consent.segments[:NAMED]))}{more}",
            "Give them another consent_id with update_segment, or delete them with delete_segment.",
        )
    lines = (
        ("Consent", f"{consent.name} ({consent.id}), {consent.type or 'type unknown'}"),
        ("Organization", consent.organization_id or "unknown"),
        ("Granted by", _customers(consent.granted_count)),
        ("Withdrawn by", _customers(consent.withdrawn_count)),
        ("Segments that use it", "unknown" if consent.segments is None else "none"),
    )
    return Facts("Delete this consent and the record of who granted it?", lines)


def _customers(count: int | None) -> str:
    return "unknown" if count is None else f"{count} customer{'' if count == 1 else 's'}"


def _spelled(segment: ConsentSegment) -> str:
    return f"{segment.name or 'unnamed'} ({segment.id})"
