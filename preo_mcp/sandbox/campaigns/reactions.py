"""What people do with a message, drawn by the seed: when it arrives or bounces, is opened, clicked, unsubscribed from.

Everything is drawn when the message goes out and happens by the store's clock, so figures grow as time passes, and are
the same for the same seed, campaign and person. Who unsubscribes, or bounces, is not written to again; an unsubscribe
leaves the customer's consents as they are (both inferred).
"""

import hashlib
from dataclasses import dataclass
from random import Random
from typing import Final

from preo_mcp.api.models.campaigns import Channel

REFUSED: Final = 0.004
"""The share of messages that the provider does not take."""
REFUSAL: Final = "refused by the provider"
"""Why those failed."""
BOUNCED: Final = {Channel.EMAIL: 0.018, Channel.SMS: 0.010}
OPENED, CLICKED, UNSUBSCRIBED = 0.46, 0.17, 0.008
"""Opened of those delivered, clicked and unsubscribed of those opened; text messages have none of these."""

MINUTE, HOUR, DAY = 60, 3600, 86400


@dataclass(frozen=True, slots=True)
class Reaction:
    """Seconds after the send at which each thing happens; None for never."""

    delivered: int | None = None
    bounced: int | None = None
    opened: int | None = None
    clicked: int | None = None
    unsubscribed: int | None = None

    def after(self, moment: int) -> tuple[int | None, ...]:
        """Return the moments of a message that went out at `moment`, in seconds since 1970, in the order above."""
        delays = (self.delivered, self.bounced, self.opened, self.clicked, self.unsubscribed)
        return tuple(None if delay is None else moment + delay for delay in delays)


def source_of(seed: str, campaign_id: str, customer_id: str) -> Random:
    """Return the source of the draws for one message."""
    digest = hashlib.blake2b(f"{seed}:{campaign_id}:{customer_id}".encode(), digest_size=8).digest()
    return Random(int.from_bytes(digest))  # noqa: S311 - invented data, nothing secret


def is_refused(source: Random) -> bool:
    """Draw whether the provider takes the message; to be drawn before the reaction."""
    return source.random() < REFUSED


def draw_reaction(source: Random, channel: Channel) -> Reaction:
    """Draw what becomes of a message that was handed over."""
    arrives = 1 + _within(source, MINUTE)
    if source.random() < BOUNCED[channel]:
        return Reaction(bounced=arrives + _within(source, 10 * MINUTE))
    if channel is Channel.SMS or source.random() >= OPENED:
        return Reaction(delivered=arrives)
    opened = arrives + MINUTE + _soon(source, 3 * DAY)
    clicked = opened + 2 + _within(source, 5 * MINUTE) if source.random() < CLICKED else None
    left = opened + 5 + _within(source, HOUR) if source.random() < UNSUBSCRIBED else None
    return Reaction(delivered=arrives, opened=opened, clicked=clicked, unsubscribed=left)


def _within(source: Random, seconds: int) -> int:
    return int(source.random() * seconds)


def _soon(source: Random, seconds: int) -> int:
    """Draw a moment that is early for most: half of all fall into the first sixteenth."""
    return int(source.random() ** 4 * seconds)
