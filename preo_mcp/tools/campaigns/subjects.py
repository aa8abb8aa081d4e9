"""What a campaign sends to whom, as the API shows it now: its message, its segment, its edition, its consent."""

from dataclasses import dataclass, replace
from typing import Final

from pydantic import BaseModel, JsonValue

from preo_mcp.api.errors import ConflictError
from preo_mcp.api.models.campaigns import Campaign, CampaignDetail, Channel
from preo_mcp.api.models.consents import ConsentDetail
from preo_mcp.api.models.editions import EditionDetail
from preo_mcp.api.models.email_messages import BlockDetail, EmailMessageDetail
from preo_mcp.api.models.segments import CommunicationChannel, CommunicationType, SegmentDetail, SegmentStatus
from preo_mcp.api.operations import Operation
from preo_mcp.approval.facts import Facts, Stakes
from preo_mcp.approval.passages import hosts
from preo_mcp.approval.quoting import harmless
from preo_mcp.approval.wording import Letter, Message, Passage, Words, say
from preo_mcp.tools.fact_words import NOTHING, UNKNOWN, in_words, listed, named

LabelledCount = tuple[Message, int]

CALCULATE_FIRST: Final = "Call recalculate_segment, look with get_segment until it is completed, then call again."
NEXT_OF_SEGMENT: Final = {
    SegmentStatus.DRAFT: CALCULATE_FIRST,
    SegmentStatus.PENDING: "Look with get_segment until it is completed, then call again.",
    SegmentStatus.PROCESSING: "Look with get_segment until it is completed; reset_segment frees one that hangs.",
    SegmentStatus.FAILED: "Correct its condition with update_segment, then recalculate_segment.",
}

CAMPAIGN_CONTENT: Final = ("segment_id", "email_message_id", "edition_id", "channel", "sms_body")
SEGMENT_CONTENT: Final = ("id", "condition", "edition_id", "consent_id", "communication_type", "communication_channel")
MESSAGE_CONTENT: Final = ("id", "subject", "type", "template", "edition_id", "blocks")
EDITION_CONTENT: Final = ("id", "name", "full_name", "slug", "start_date", "end_date", "timezone", "default_language")
CONSENT_CONTENT: Final = ("id", "name", "description", "type", "required")
"""The fields of each that a recipient gets or is chosen by, and none that sending itself changes, such as a status."""

ALSO_SENT: Final = (
    *("preheader", "preview_text", "sender", "sender_name", "sender_email", "from", "from_name", "from_email"),
    *("reply_to", "cc", "bcc", "language", "header", "footer", "html", "body", "attachments"),
)
"""Fields of a message that this version does not know and that would reach people, where the API has them."""


@dataclass(frozen=True, slots=True)
class Reaching(Facts):
    """Facts whose headline tells how many people are reached: that figure may drift, as the counts may.

    Attributes:
        deed: The headline without the figure, which is what an answer holds for.
    """

    deed: Message = NOTHING

    def digest(self) -> str:
        """Return what binds an answer to exactly these facts; of the headline only what is done to what."""
        return Facts.digest(replace(self, question=self.deed))


@dataclass(frozen=True, slots=True)
class Reach:
    """How many people get a campaign: `people` is None where nobody knows, and the exact figure where it `is_exact`."""

    people: int | None
    is_exact: bool = False

    @property
    def first_counts(self) -> int:
        """How many of the counts decide: the figure itself."""
        return len(self.counts())

    def counts(self) -> tuple[LabelledCount, ...]:
        """Return the figure as what drifts; nothing where it is unknown."""
        label = say("Get the message") if self.is_exact else say("Get the message, at the most")
        return () if self.people is None else ((label, self.people),)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many of a segment do not get a campaign, by why; None where that is not known, or no reason here."""

    no_consent: int | None = None
    no_address: int | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """A campaign with all that its facts are made of."""

    campaign: CampaignDetail
    segment: SegmentDetail
    message: EmailMessageDetail | None = None
    edition: EditionDetail | None = None
    consent: ConsentDetail | None = None

    @property
    def is_marketing(self) -> bool:
        """Whether the segment may be written to with consent only."""
        return self.segment.communication_type == CommunicationType.MARKETING

    @property
    def timezone(self) -> str | None:
        """The time zone of its edition, where that is known."""
        return self.edition.timezone if self.edition else None

    @property
    def reach(self) -> Reach:
        """How many of the segment get the campaign, as far as its last calculation tells: at the most all of it."""
        segment, channel = self.segment, self.campaign.channel
        if segment.status not in (SegmentStatus.COMPLETED, None):
            return Reach(None)  # such figures as there are come from another condition, or from other people
        reachable = segment.reachable
        by_channel = {Channel.EMAIL: reachable.email, Channel.SMS: reachable.sms} if reachable else {}
        if (exact := by_channel.get(Channel(channel)) if channel in set(Channel) else None) is not None:
            return Reach(exact, is_exact=True)
        if segment.reachable_count is not None and channel is not None and segment.communication_channel == channel:
            return Reach(segment.reachable_count, is_exact=True)
        if segment.reachable_count is not None and segment.communication_channel == CommunicationChannel.ANY:
            return Reach(segment.reachable_count)
        return Reach(segment.user_count)

    def stakes(self, people: int | None) -> Stakes:
        """Return what the limits are checked against, where it reaches so many people."""
        edition = self.edition.id if self.edition else self.campaign.edition_id
        return replace(stakes_of(self.campaign, edition), people=True, recipients=people)

    def counts(self, reach: Reach) -> tuple[LabelledCount, ...]:
        """Return who is in the segment, who is reached, and who is left out why; unknown figures are left out."""
        left_out = self.left_out(reach)
        counts = [
            *reach.counts(),
            (say("In the segment"), self.segment.user_count),
            (say("Left out without consent"), left_out.no_consent),
            (say("Left out without a usable address"), left_out.no_address),
        ]
        return tuple((label, count) for label, count in counts if count is not None)

    def left_out(self, reach: Reach | None = None) -> LeftOut:
        """Return who of the segment is not reached; nothing is known of it where `reach` is not exact."""
        reach, size = reach or self.reach, self.segment.user_count
        if not reach.is_exact:
            return LeftOut()
        if not self.is_marketing:
            return LeftOut(no_address=_rest(size, reach.people))
        willing = self.segment.consented_count
        return LeftOut(_rest(size, willing), _rest(willing, reach.people))

    def content(self) -> dict[str, JsonValue]:
        """Return all that recipients get and are chosen by."""
        return {"campaign": part_of(self.campaign, CAMPAIGN_CONTENT), **self.content_of_others()}

    def content_of_others(self) -> dict[str, JsonValue]:
        """Return what the campaign takes from its segment, its message, its edition and its consent."""
        return {
            "segment": part_of(self.segment, SEGMENT_CONTENT),
            "message": self.message and part_of(self.message, (*MESSAGE_CONTENT, *ALSO_SENT)),
            "edition": self.edition and part_of(self.edition, EDITION_CONTENT),
            "consent": self.consent and part_of(self.consent, CONSENT_CONTENT),
        }

    def must_be_sendable(self, operation: Operation) -> None:
        """Refuse what the API would refuse, and what nobody could judge.

        Raises:
            ConflictError: something is missing, or the segment's size is not known.
        """
        if (found := self.lacks()) is not None:
            raise ConflictError(f"{operation.title} was not done", *found)

    def lacks(self) -> tuple[str, str] | None:
        """Return what it lacks to be sent, and what to do about it; None where nothing is known to be missing."""
        return self._lacks_content() or self._lacks_people()

    def _lacks_content(self) -> tuple[str, str] | None:
        campaign = self.campaign
        if campaign.channel == Channel.SMS and not campaign.sms_body:
            return "it has no text yet", "Give it sms_body with update_campaign."
        if campaign.channel == Channel.EMAIL and self.message is None:
            return "it has no message yet", "Give it email_message_id with update_campaign."
        if self.message is not None and self.message.blocks == []:
            return f"its message {self.message.id} has no content", "Give it blocks with update_email_message."
        return None

    def _lacks_people(self) -> tuple[str, str] | None:
        segment = self.segment
        if self.is_marketing and segment.consent_id is None:
            return "its segment is marketing without a consent", "Give the segment consent_id with update_segment."
        if segment.status != SegmentStatus.COMPLETED:
            why = f"its segment {segment.id} is {segment.status}, so nobody knows whom it would reach"
            known = segment.status in set(SegmentStatus)
            return why, NEXT_OF_SEGMENT[SegmentStatus(segment.status)] if known else CALCULATE_FIRST
        if self.reach == Reach(0, is_exact=True):
            return "in its segment nobody can be reached", "Look at get_segment: consent, addresses."
        return None


def _rest(whole: int | None, part: int | None) -> int | None:
    return None if whole is None or part is None else max(0, whole - part)


def part_of(found: BaseModel, names: tuple[str, ...]) -> JsonValue:
    """Return some fields of an object as JSON; those that it does not have are left out."""
    return {name: value for name, value in found.model_dump(mode="json").items() if name in names}


def message_text(message: EmailMessageDetail) -> Words:
    """Return what a message says, block by block as it is written: with Liquid where Preo fills something in."""
    if message.blocks is None:
        return UNKNOWN
    return Letter("\n".join(map(_block_text, message.blocks))) if message.blocks else NOTHING


def also_sent(message: EmailMessageDetail) -> list[Words]:
    """Return what reaches people besides, where the API has it: `from_name: Nordlys`."""
    return [Passage(f"{name}: {value}") for name, value in (message.model_extra or {}).items() if name in ALSO_SENT]


def leads_to(message: EmailMessageDetail, filled_in: str | None = None) -> Words:
    """Return where a message's links and images lead, each place once.

    That is the host; where Preo fills an address in, what it is in the text `filled_in`, else the address as written.
    """
    if message.blocks is None:
        return UNKNOWN
    written = "\n".join(map(_block_text, message.blocks))
    open_ones = [block.url for block in message.blocks if block.url and not hosts(block.url)]
    return listed(*dict.fromkeys((*hosts(written), *(hosts(filled_in) if filled_in else open_ones))))


def _block_text(block: BlockDetail) -> str:
    """Return all that a block says and shows, including what this version does not know."""
    values = [str(value) for name, value in block.model_dump(mode="json").items() if name != "type" and value]
    return " ".join(values) or f"[{block.type}]"


def title_of(campaign: Campaign) -> str:
    """Return what a campaign is called, for a headline."""
    return campaign.name or campaign.id


def spelled(campaign: Campaign) -> Message:
    """Return a campaign by name, id and status."""
    status = UNKNOWN if campaign.status is None else in_words(campaign.status)
    return say("{campaign}, {status}", campaign=named(campaign.name, campaign.id), status=status)


def stakes_of(campaign: Campaign, edition_id: str | None) -> Stakes:
    """Return where a campaign takes effect."""
    name = harmless(campaign.name or "") or campaign.id
    return Stakes(name=name, organization_id=campaign.organization_id, edition_id=edition_id)
