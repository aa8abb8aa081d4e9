"""What a campaign sends to whom, as the API shows it now: its message, its segment, its edition."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from preo_mcp.api.errors import ConflictError
from preo_mcp.api.models.campaigns import Campaign, CampaignDetail, Channel
from preo_mcp.api.models.editions import EditionDetail
from preo_mcp.api.models.email_messages import EmailMessageDetail
from preo_mcp.api.models.segments import CommunicationType, SegmentDetail, SegmentStatus
from preo_mcp.api.operations import GET_CAMPAIGN, GET_EDITION, GET_EMAIL_MESSAGE, GET_SEGMENT, Operation
from preo_mcp.approval.facts import Line, Stakes
from preo_mcp.approval.quoting import harmless
from preo_mcp.approval.wording import Figure, Message, say
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.together import together
from preo_mcp.tools.editions.times import zone
from preo_mcp.tools.fact_words import NONE, UNKNOWN, in_utc, named, version

Count = tuple[Message, int]

CALCULATE_FIRST: Final = "Call recalculate_segment, look with get_segment until it is completed, then call again."
NEXT_OF_SEGMENT: Final = {
    SegmentStatus.DRAFT: CALCULATE_FIRST,
    SegmentStatus.PENDING: "Look with get_segment until it is completed, then call again.",
    SegmentStatus.PROCESSING: "Look with get_segment until it is completed; reset_segment frees one that hangs.",
    SegmentStatus.FAILED: "Correct its condition with update_segment, then recalculate_segment.",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """A campaign with all that its facts are made of."""

    campaign: CampaignDetail
    segment: SegmentDetail
    message: EmailMessageDetail | None
    edition: EditionDetail | None

    @property
    def is_marketing(self) -> bool:
        """Whether the segment may be written to with consent only."""
        return self.segment.communication_type == CommunicationType.MARKETING

    @property
    def reachable(self) -> int | None:
        """How many of the segment get the campaign, as far as the last calculation tells."""
        reachable = self.segment.reachable
        if reachable is None:
            return self.segment.reachable_count
        return reachable.email if self.campaign.channel == Channel.EMAIL else reachable.sms

    def lines(self) -> list[Line]:
        """Return what an answer binds to."""
        campaign, segment = self.campaign, self.segment
        kind = segment.communication_type or UNKNOWN
        return [
            (say("Campaign"), spelled(campaign)),
            *([(say("Edition"), named(self.edition.full_name, self.edition.id))] if self.edition else []),
            (say("Channel"), campaign.channel or UNKNOWN),
            *self._content(),
            (say("Segment"), _dated(named(segment.name, segment.id), segment.modified)),
            (say("Condition"), segment.condition or UNKNOWN),
            (
                say("Kind"),
                say("marketing, consent {consent}", consent=segment.consent_id or NONE) if self.is_marketing else kind,
            ),
        ]

    def stakes(self) -> Stakes:
        """Return whom it reaches: those that the counts call reached."""
        edition = self.edition.id if self.edition else self.campaign.edition_id
        return stakes_of(self.campaign, edition, recipients=self.reachable)

    def counts(self) -> list[Count]:
        """Return who is in the segment, who is reached, and who is left out why; unknown figures are left out."""
        size, reached = self.segment.user_count, self.reachable
        willing = self.segment.consented_count if self.is_marketing else size
        counts = [(say("In the segment"), size), (say("Get the message"), reached)]
        if self.is_marketing:
            counts.append((say("Left out without consent"), _rest(size, willing)))
        counts.append((say("Left out without a usable address"), _rest(willing, reached)))
        return [(label, count) for label, count in counts if count is not None]

    def when(self, moment: datetime | None) -> Line:
        """Return the line that says when it goes out: now, or at a moment in the edition's time and in UTC."""
        if moment is None:
            return (say("When"), say("now"))
        name = self.edition.timezone if self.edition else None
        if not name:
            return (say("When"), in_utc(moment))
        local = Figure(f"{moment.astimezone(zone(name)):%Y-%m-%d %H:%M} {name}")
        return (say("When"), say("{local}, {utc}", local=local, utc=in_utc(moment)))

    def must_be_sendable(self, operation: Operation) -> None:
        """Refuse what the API would refuse, and what nobody could judge.

        Raises:
            ConflictError: something is missing, or the segment's size is not known.
        """
        if (found := self._obstacle()) is not None:
            raise ConflictError(f"{operation.title} was not done", *found)

    def _obstacle(self) -> tuple[str, str] | None:
        campaign, segment = self.campaign, self.segment
        if campaign.channel == Channel.SMS and not campaign.sms_body:
            return "it has no text yet", "Give it sms_body with update_campaign."
        if campaign.channel == Channel.EMAIL and self.message is None:
            return "it has no message yet", "Give it email_message_id with update_campaign."
        if self.message is not None and self.message.blocks == []:
            return f"its message {self.message.id} has no content", "Give it blocks with update_email_message."
        if self.is_marketing and segment.consent_id is None:
            return "its segment is marketing without a consent", "Give the segment consent_id with update_segment."
        if segment.status != SegmentStatus.COMPLETED:
            why = f"its segment {segment.id} is {segment.status}, so nobody knows whom it would reach"
            known = segment.status in set(SegmentStatus)
            return why, NEXT_OF_SEGMENT[SegmentStatus(segment.status)] if known else CALCULATE_FIRST
        if self.reachable == 0:
            return (
                f"of {segment.user_count} in its segment nobody can be reached",
                "Look at get_segment: consent, addresses.",
            )
        return None

    def _content(self) -> list[Line]:
        if self.message is None:
            return [(say("Text message"), self.campaign.sms_body or NONE)]
        message = self.message
        return [
            (say("Message"), _dated(named(message.title, message.id), message.modified)),
            (say("Subject"), message.subject or NONE),
        ]


async def subject_of(preo: Preo, campaign_id: str) -> Subject:
    """Return a campaign with its segment, message and edition.

    Raises:
        PreoError: one of them cannot be had.
    """
    return await subject_with(preo, await preo.request(GET_CAMPAIGN, CampaignDetail, id=campaign_id))


async def reachable_by(preo: Preo, campaign_id: str) -> int | None:
    """Return how many people a campaign reaches, as far as the last calculation of its segment tells.

    Raises:
        PreoError: the campaign or its segment cannot be fetched.
    """
    campaign = await preo.request(GET_CAMPAIGN, CampaignDetail, id=campaign_id)
    segment = await _segment(preo, campaign)
    return Subject(campaign, segment, None, None).reachable


async def subject_with(preo: Preo, campaign: CampaignDetail) -> Subject:
    """Return a campaign, as it is or as it would be, with the segment, the message and the edition that it names.

    Raises:
        PreoError: one of them cannot be had.
    """
    segment, message, edition = await together(
        _segment(preo, campaign),
        _message(preo, campaign.email_message_id),
        _edition(preo, campaign.edition_id),
    )
    if not campaign.edition_id:
        edition = await _edition(preo, (message and message.edition_id) or segment.edition_id)
    return Subject(campaign, segment, message, edition)


async def _segment(preo: Preo, campaign: Campaign) -> SegmentDetail:
    return await preo.request(GET_SEGMENT, SegmentDetail, id=campaign.segment_id or str(UNKNOWN))


async def _message(preo: Preo, message_id: str | None) -> EmailMessageDetail | None:
    if message_id is None:
        return None
    return await preo.request(GET_EMAIL_MESSAGE, EmailMessageDetail, id=message_id)


async def _edition(preo: Preo, edition_id: str | None) -> EditionDetail | None:
    return await preo.request(GET_EDITION, EditionDetail, id=edition_id) if edition_id else None


def _rest(whole: int | None, part: int | None) -> int | None:
    return None if whole is None or part is None else max(0, whole - part)


def spelled(campaign: Campaign) -> Message:
    """Return a campaign by name, id and status."""
    return say("{campaign}, {status}", campaign=named(campaign.name, campaign.id), status=campaign.status or UNKNOWN)


def stakes_of(campaign: Campaign, edition_id: str | None, recipients: int | None = None) -> Stakes:
    """Return what is at stake with a campaign."""
    return Stakes(
        recipients=recipients,
        name=harmless(campaign.name or "") or campaign.id,
        organization_id=campaign.organization_id,
        edition_id=edition_id,
    )


def _dated(name: Message, moment: datetime | None) -> Message:
    return say("{name}, changed {time}", name=name, time=version(moment))
