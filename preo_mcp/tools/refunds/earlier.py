"""What went back before, or is about to: all refunds of the order that a new one takes from."""

from dataclasses import dataclass
from typing import Final

from preo_mcp.api.models.base import Page
from preo_mcp.api.models.refunds import ListRefundsQuery, Refund
from preo_mcp.api.operations import LIST_REFUNDS
from preo_mcp.approval.facts import Line
from preo_mcp.approval.wording import Count, Message, Series, say
from preo_mcp.calls.preo import Preo
from preo_mcp.tools.fact_words import UNKNOWN
from preo_mcp.tools.refunds.subjects import Subject, amount_of
from preo_mcp.tools.refunds.words import REASONS, SCOPES, STATUSES, in_words
from preo_mcp.tools.whole_lists import whole_list

LISTED: Final = 5
"""Earlier refunds with a line of their own."""
MOST_PAGES: Final = 10


@dataclass(frozen=True, slots=True)
class Earlier:
    """The refunds of an order.

    Attributes:
        refunds: Those that are of it.
        unclear: How many do not tell of which order they are; they may be of this one.
        is_whole: Whether all were looked at.
    """

    refunds: list[Refund]
    unclear: int
    is_whole: bool

    def lines(self) -> list[Line]:
        """Return the lines that tell of them, and of what is not known."""
        lines: list[Line] = [(say("Earlier refund"), _earlier(one)) for one in self.refunds[:LISTED]]
        if rest := self.refunds[LISTED:]:
            lines.append((say("And {count} more", count=Count(len(rest))), Series(tuple(one.id for one in rest))))
        if not self.is_whole:
            lines.append((say("Further refunds of this order"), UNKNOWN))
        elif self.unclear:
            lines.append((say("Refunds that may be of this order too"), Count(self.unclear)))
        return lines


async def earlier_refunds(preo: Preo, subject: Subject) -> Earlier:
    """Return the refunds of a subject's order; an API that does not search them answers others, which are left out.

    Raises:
        PreoError: they cannot be had.
    """
    query = ListRefundsQuery(search=subject.order_id or subject.transaction_id or subject.key)
    found = await whole_list(lambda page: preo.request(LIST_REFUNDS, Page[Refund], query=page), query, MOST_PAGES)
    verdicts = [(refund, _is_of(refund, subject)) for refund in found.rows]
    ours = [refund for refund, verdict in verdicts if verdict]
    return Earlier(ours, sum(verdict is None for _, verdict in verdicts), found.is_whole)


def _is_of(refund: Refund, subject: Subject) -> bool | None:
    """Whether a refund is of the subject's order; None where neither that nor the opposite is known."""
    parts = {part.id for part in refund.purchases or ()}
    if parts & set(subject.purchase_ids or ()):
        return True
    pairs = ((refund.order and refund.order.id, subject.order_id), (refund.transaction_id, subject.transaction_id))
    known = [theirs == ours for theirs, ours in pairs if theirs is not None and ours is not None]
    return any(known) if known else None


def _earlier(refund: Refund) -> Message:
    return say(
        "{amount}, {status}; {scope}: {reason} ({refund})",
        refund=refund.id,
        amount=amount_of(refund),
        scope=in_words(SCOPES, refund.scope),
        reason=in_words(REASONS, refund.reason),
        status=in_words(STATUSES, refund.status),
    )
