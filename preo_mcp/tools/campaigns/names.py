"""What objects are called that facts would otherwise name by their ids: what changes from one to another."""

from collections.abc import Awaitable, Callable
from typing import Final

from preo_mcp.api.errors import PreoError
from preo_mcp.api.models.consents import ConsentDetail
from preo_mcp.api.models.editions import EditionDetail
from preo_mcp.api.models.email_messages import EmailMessageDetail
from preo_mcp.api.models.segments import SegmentDetail
from preo_mcp.api.operations import GET_CONSENT, GET_EDITION, GET_EMAIL_MESSAGE, GET_SEGMENT
from preo_mcp.approval.wording import Words
from preo_mcp.calls.preo import Preo
from preo_mcp.tools.fact_words import UNKNOWN, named


async def _consent(preo: Preo, key: str) -> str | None:
    return (await preo.request(GET_CONSENT, ConsentDetail, id=key)).name


async def _edition(preo: Preo, key: str) -> str | None:
    edition = await preo.request(GET_EDITION, EditionDetail, id=key)
    return edition.full_name or edition.name


async def _message(preo: Preo, key: str) -> str | None:
    return (await preo.request(GET_EMAIL_MESSAGE, EmailMessageDetail, id=key)).title


async def _segment(preo: Preo, key: str) -> str | None:
    return (await preo.request(GET_SEGMENT, SegmentDetail, id=key)).name


_BY_FIELD: Final[dict[str, Callable[[Preo, str], Awaitable[str | None]]]] = {
    "consent_id": _consent,
    "edition_id": _edition,
    "email_message_id": _message,
    "refund_confirmation_email_id": _message,
    "segment_id": _segment,
    "transaction_receipt_email_id": _message,
}
"""By the field that holds an id, what its object is called."""


def is_reference(field: str) -> bool:
    """Return whether a field holds the id of something with a name."""
    return field in _BY_FIELD


async def named_in(preo: Preo, field: str, key: str | None) -> Words | None:
    """Return what a field of `_BY_FIELD` refers to, by name and id; None where it refers to nothing."""
    if key is None:
        return None
    try:
        name = await _BY_FIELD[field](preo, key)
    except PreoError:  # an id that does not exist is the API's to refuse
        name = None
    return named(name or UNKNOWN, key)
