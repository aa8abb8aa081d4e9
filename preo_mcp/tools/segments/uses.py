"""Which segments campaigns go to, read once for all of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from pydantic import MISSING

from preo_mcp.api.errors import PreoError
from preo_mcp.api.models.base import Page
from preo_mcp.api.models.campaigns import ListCampaignsQuery, ListedCampaign
from preo_mcp.api.models.segments import ListedSegment, ShownSegment
from preo_mcp.api.operations import LIST_CAMPAIGNS
from preo_mcp.calls.preo import Preo
from preo_mcp.tools.lists import Found
from preo_mcp.tools.whole_lists import whole_list

NAMED: Final = 10
"""Campaigns of a segment that are named; the others are counted."""
MOST_PAGES: Final = 10


@dataclass(frozen=True, slots=True)
class Uses:
    """What campaigns say of the segments that they go to.

    Attributes:
        campaigns: By segment, in words.
        silent: Campaigns that do not say theirs.
        is_whole: Whether all campaigns were read.
    """

    campaigns: Mapping[str, list[str]]
    silent: int
    is_whole: bool

    @property
    def is_certain(self) -> bool:
        """Whether a segment that no campaign names is used by none."""
        return self.is_whole and not self.silent

    def has(self, segment_id: str) -> bool:
        """Return whether a campaign says that it goes to a segment."""
        return segment_id in self.campaigns

    def told(self, segment_id: str) -> list[str]:
        """Return the campaigns of a segment, and that there may be more where that is not certain."""
        known = self.campaigns.get(segment_id, [])
        more = [f"and {len(known) - NAMED} more"] if len(known) > NAMED else []
        return [*known[:NAMED], *more, *([] if self.is_certain else [self._doubt])]

    def weakened(self, found: Found[ListedSegment], *, used: bool) -> Found[ListedSegment]:
        """Return what was found by use as what can be said of it."""
        filters = {**found.filters, "used": used}
        if self.is_certain:
            return replace(found, filters=filters)
        looked = f"{found.looked_through}; {self._doubt}"
        return replace(found, filters=filters, looked_through=looked, is_counted=False)

    @property
    def _doubt(self) -> str:
        if self.silent:
            return f"unknown for {self.silent} campaigns, which do not say their segment"
        return "not all campaigns were read: more may use it"


async def campaigns_of(preo: Preo, segment: ShownSegment) -> list[str]:
    """Return the campaigns of a segment in words, or that they are unknown: the segment is shown without them too."""
    try:
        return (await uses_of_segments(preo, segment.organization_id)).told(segment.id)
    except PreoError as exc:
        return [f"unknown ({exc.why})"]


async def uses_of_segments(preo: Preo, organization_id: str | None) -> Uses:
    """Return which segments the campaigns of an organization go to; of all of them where none is given.

    Raises:
        PreoError: the campaigns cannot be fetched.
    """
    query = ListCampaignsQuery(organization_id=organization_id or MISSING)
    found = await whole_list(
        lambda asked: preo.request(LIST_CAMPAIGNS, Page[ListedCampaign], query=asked), query, MOST_PAGES
    )
    campaigns: dict[str, list[str]] = {}
    for one in found.rows:
        if one.segment_id is not None:
            campaigns.setdefault(one.segment_id, []).append(f"{one.name or 'unnamed'} ({one.id}), {one.status}")
    silent = sum(one.segment_id is None for one in found.rows)
    return Uses(campaigns, silent, found.is_whole)
