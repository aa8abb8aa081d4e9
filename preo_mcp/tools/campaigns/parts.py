"""Reading a campaign with what it names, in as few rounds as possible.

What a campaign names is known only when it has been read, and which consent its segment rests on only after that. What
it named when it was last looked at is fetched along with it, and used where it still names the same.
"""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Final, TypeVar
from weakref import WeakKeyDictionary

from pydantic import MISSING

from preo_mcp.api.errors import ConflictError, NotFoundError, PermissionDeniedError, PreoError
from preo_mcp.api.models.campaigns import CampaignDetail, Channel
from preo_mcp.api.models.consents import ConsentDetail
from preo_mcp.api.models.editions import EditionDetail
from preo_mcp.api.models.email_messages import EmailMessageDetail, EmailPreview, PreviewEmailRequest
from preo_mcp.api.models.segments import CommunicationType, SegmentDetail
from preo_mcp.api.operations import (
    GET_CAMPAIGN,
    GET_CONSENT,
    GET_EDITION,
    GET_EMAIL_MESSAGE,
    GET_SEGMENT,
    PREVIEW_EMAIL,
    SEND_CAMPAIGN,
)
from preo_mcp.backend import Backend
from preo_mcp.calls.preo import Preo, together
from preo_mcp.tools.campaigns.subjects import Reach, Subject
from preo_mcp.tools.edition_clocks import know_zone
from preo_mcp.tools.fact_words import LIQUID
from preo_mcp.tools.segments.telling import counted

R = TypeVar("R")

MOST_REMEMBERED: Final = 64
"""Campaigns of which a process knows what they named: those that are being asked about, and some more."""


Rendered = tuple[str, EmailPreview | None]
"""A digest of a content, and how it came out; None where Preo did not tell."""


@dataclass(frozen=True, slots=True)
class Names:
    """The ids of what a campaign is made of; None where it names none."""

    segment_id: str
    message_id: str | None
    edition_id: str | None
    consent_id: str | None


@dataclass(slots=True)
class Seen:
    """What was seen of a campaign when it was last looked at.

    Attributes:
        names: What it named.
        rendered: How its message came out, and for which content: Preo may choose another sample each time, and what
            a person was shown must not change by that.
    """

    names: Names
    rendered: Rendered | None = None


_seen: Final[WeakKeyDictionary[Backend, OrderedDict[str, Seen]]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Shown:
    """A campaign with its parts, and how its message comes out for a customer, where Preo tells."""

    subject: Subject
    preview: EmailPreview | None

    @property
    def rendered(self) -> EmailPreview | None:
        """How its message comes out, where anything of it differs from one customer to the next."""
        return self.preview if _is_filled_in(self.subject) else None

    @property
    def html(self) -> str:
        """How its e-mail looks to a customer; empty where there is none, or Preo does not tell."""
        is_mail = self.subject.campaign.channel != Channel.SMS
        return (self.preview and is_mail and self.preview.html) or ""


async def shown_of(preo: Preo, campaign_id: str) -> Shown:
    """Return a campaign with what it names, and how its message comes out.

    Raises:
        PreoError: one of them cannot be fetched.
    """
    if campaign_id not in _remembered(preo):
        return await shown_with(preo, await get_campaign_detail(preo, campaign_id))
    subject = await subject_of(preo, campaign_id)
    key = _key(subject)
    if (known := _rendered(preo, campaign_id)) is None or known[0] != key:
        campaign = subject.campaign
        fetched = await _preview(preo, campaign.email_message_id, campaign.edition_id)
        known = _keep(preo, subject, key, fetched)
    return Shown(subject, known[1])


async def subject_of(preo: Preo, campaign_id: str, read: CampaignDetail | None = None) -> Subject:
    """Return a campaign with what it names: in one round where it names what it did.

    `read` is the campaign where it was fetched just now.

    Raises:
        PreoError: one of them cannot be fetched.
    """
    before = _remembered(preo).get(campaign_id)
    if before is None:
        return await subject_with(preo, read or await get_campaign_detail(preo, campaign_id))
    campaign, parts = await together(
        _given_or_read(preo, campaign_id, read), _quietly(_parts(preo, campaign_id, before.names))
    )
    if parts is not None and _names(campaign, parts[0], parts[1]) == before.names:
        return Subject(campaign, *parts)
    return await subject_with(preo, campaign)


async def shown_with(preo: Preo, campaign: CampaignDetail) -> Shown:
    """Return a campaign, as it is or as it would be, with what it names, and how its message comes out.

    Raises:
        PreoError: one of them cannot be fetched.
    """
    subject, rendered = await together(
        subject_with(preo, campaign), _preview(preo, campaign.email_message_id, campaign.edition_id)
    )
    key = _key(subject)
    known = _rendered(preo, campaign.id)
    return Shown(subject, (known if known and known[0] == key else _keep(preo, subject, key, rendered))[1])


async def subject_with(preo: Preo, campaign: CampaignDetail) -> Subject:
    """Return a campaign, as it is or as it would be, with what it names.

    Raises:
        PreoError: one of them cannot be fetched.
    """
    segment, message, edition = await together(
        _segment(preo, campaign.segment_id),
        _message(preo, campaign.email_message_id),
        _edition(preo, campaign.edition_id),
    )
    names = _names(campaign, segment, message)
    elsewhere, consent = await together(
        _edition(preo, None if campaign.edition_id else names.edition_id), _consent(preo, names.consent_id)
    )
    _remember(preo, campaign.id, names)
    return Subject(campaign, segment, message, edition or elsewhere, consent)


async def reach_by(preo: Preo, campaign_id: str) -> Reach:
    """Return how many people a campaign reaches.

    Raises:
        PreoError: the campaign or its segment cannot be fetched.
    """
    campaign = await get_campaign_detail(preo, campaign_id)
    return await reach_then(preo, Subject(campaign, await _segment(preo, campaign.segment_id)))


async def reach_then(preo: Preo, subject: Subject) -> Reach:
    """Return how many a campaign reaches; where its segment is not calculated, how many meet the condition."""
    reach, segment = subject.reach, subject.segment
    if reach.people is not None:
        return reach
    return Reach(await counted(preo, segment.condition, segment.edition_id))


async def get_campaign_detail(preo: Preo, campaign_id: str) -> CampaignDetail:
    """Return a campaign as it stands now.

    Raises:
        PreoError: it cannot be fetched.
    """
    return await preo.request(GET_CAMPAIGN, CampaignDetail, id=campaign_id)


async def _given_or_read(preo: Preo, campaign_id: str, read: CampaignDetail | None) -> CampaignDetail:
    return read or await get_campaign_detail(preo, campaign_id)


def _remembered(preo: Preo) -> OrderedDict[str, Seen]:
    return _seen.setdefault(preo.backend, OrderedDict())


def _remember(preo: Preo, campaign_id: str, names: Names) -> None:
    seen = _remembered(preo)
    former = seen.pop(campaign_id, None)
    seen[campaign_id] = Seen(names, former and former.rendered)
    while len(seen) > MOST_REMEMBERED:
        seen.popitem(last=False)


def _rendered(preo: Preo, campaign_id: str) -> Rendered | None:
    seen = _remembered(preo).get(campaign_id)
    return seen and seen.rendered


def _keep(preo: Preo, subject: Subject, key: str, rendered: EmailPreview | None) -> Rendered:
    """Keep how a content came out, or that Preo did not tell."""
    seen = _remembered(preo).get(subject.campaign.id)
    found = (key, rendered)
    if seen is not None:
        seen.rendered = found
    return found


def _names(campaign: CampaignDetail, segment: SegmentDetail, message: EmailMessageDetail | None) -> Names:
    """Return what a campaign names: where it names no edition itself, that of its message or of its segment counts."""
    by_others = (message and message.edition_id) or segment.edition_id
    needs_none = segment.communication_type == CommunicationType.TRANSACTIONAL
    consent_id = None if needs_none else segment.consent_id
    return Names(campaign.segment_id or "", campaign.email_message_id, campaign.edition_id or by_others, consent_id)


async def _parts(
    preo: Preo, campaign_id: str, names: Names
) -> tuple[SegmentDetail, EmailMessageDetail | None, EditionDetail | None, ConsentDetail | None]:
    _remember(preo, campaign_id, names)  # the one looked at last is forgotten last
    return await together(
        _segment(preo, names.segment_id),
        _message(preo, names.message_id),
        _edition(preo, names.edition_id),
        _consent(preo, names.consent_id),
    )


async def _segment(preo: Preo, segment_id: str | None) -> SegmentDetail:
    if not segment_id:
        title = SEND_CAMPAIGN.title
        why, next_step = "Preo does not say to which segment the campaign goes", "Look at it in Preo itself."
        raise ConflictError(f"{title} was not done", why, next_step)
    return await preo.request(GET_SEGMENT, SegmentDetail, id=segment_id)


async def _message(preo: Preo, message_id: str | None) -> EmailMessageDetail | None:
    return await preo.request(GET_EMAIL_MESSAGE, EmailMessageDetail, id=message_id) if message_id else None


async def _edition(preo: Preo, edition_id: str | None) -> EditionDetail | None:
    if not edition_id:
        return None
    edition = await preo.request(GET_EDITION, EditionDetail, id=edition_id)
    know_zone(preo, edition)
    return edition


async def _consent(preo: Preo, consent_id: str | None) -> ConsentDetail | None:
    """Return the consent that a segment rests on; None where it cannot be read by this token, or on this path."""
    if not consent_id:
        return None
    try:
        return await preo.request(GET_CONSENT, ConsentDetail, id=consent_id)
    except (NotFoundError, PermissionDeniedError):  # its path is inferred
        return None


async def _preview(preo: Preo, message_id: str | None, edition_id: str | None) -> EmailPreview | None:
    """Return how a message comes out for a sample customer; None where Preo does not tell."""
    if not message_id:
        return None
    request = PreviewEmailRequest(edition_id=edition_id or MISSING)
    return await _quietly(preo.request(PREVIEW_EMAIL, EmailPreview, body=request, id=message_id))


def _is_filled_in(subject: Subject) -> bool:
    """Return whether a message holds anything that differs from one customer to the next."""
    message = subject.message
    return message is not None and LIQUID.search(f"{message.subject}{message.model_dump_json()}") is not None


def _key(subject: Subject) -> str:
    return hashlib.sha256(json.dumps(subject.content(), sort_keys=True).encode()).hexdigest()


async def _quietly(reading: Awaitable[R]) -> R | None:
    try:
        return await reading
    except PreoError:
        return None
