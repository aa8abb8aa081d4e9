"""What a person is shown before a consent is deleted: how many customers it is about."""

from preo_mcp.errors import ConflictError
from preo_mcp.guardrails.facts import Facts, Line, Stakes
from preo_mcp.guardrails.wording import say
from preo_mcp.models.consents import ConsentDetail, ConsentSegment
from preo_mcp.operations import DELETE_CONSENT, GET_CONSENT
from preo_mcp.preo import Preo
from preo_mcp.tools.fact_words import NONE, UNKNOWN, named, number

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
    lines: tuple[Line, ...] = (
        (say("Consent"), named(consent.name, consent.id)),
        (say("Kind"), consent.type or UNKNOWN),
        (say("Organization"), consent.organization_id or UNKNOWN),
        (say("Customers who granted it"), number(consent.granted_count)),
        (say("Customers who withdrew it"), number(consent.withdrawn_count)),
        (say("Segments that use it"), UNKNOWN if consent.segments is None else NONE),
    )
    stakes = Stakes(organization_id=consent.organization_id)
    return Facts(say("Delete this consent and the record of who granted it?"), lines, stakes=stakes)


def _spelled(segment: ConsentSegment) -> str:
    return f"{segment.name or 'unnamed'} ({segment.id})"
