"""How far something that is watched has come: where a change shows, and whether more can follow."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

from preo_mcp.api.models.campaigns import ALLOWED_STATUSES, CampaignDetail, CampaignStatus
from preo_mcp.api.models.data_imports import FINAL_STAGES, DataImport
from preo_mcp.api.operations import CANCEL_CAMPAIGN, GET_CAMPAIGN, GET_DATA_IMPORT
from preo_mcp.calls.preo import Preo
from preo_mcp.replies import addresses

FINAL_STATUSES: Final = frozenset(CampaignStatus) - ALLOWED_STATUSES[CANCEL_CAMPAIGN]
"""What can no longer be cancelled no longer moves."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Two of these are equal where nothing has changed that a host should read; `final` is the last of them."""

    mark: Hashable
    final: bool


async def progress_at(preo: Preo, address: str) -> Progress:
    """Return how far the data import or the campaign at an address has come.

    Raises:
        PreoError: it cannot be fetched; NotFoundError where it does not exist.
        ValueError: the address is that of neither, which is a mistake in the calling code.
    """
    if ids := addresses.ids_in(addresses.DATA_IMPORT, address):
        return _of_import(await preo.request(GET_DATA_IMPORT, DataImport, id=ids[0]))
    if ids := addresses.ids_in(addresses.CAMPAIGN, address):
        return _of_campaign(await preo.request(GET_CAMPAIGN, CampaignDetail, id=ids[0]))
    raise ValueError("nothing there can be watched")


def _of_import(found: DataImport) -> Progress:
    done = (found.progress.done, found.progress.total) if found.progress else None
    return Progress((found.stage, bool(found.processing), done), found.stage in FINAL_STAGES)


def _of_campaign(found: CampaignDetail) -> Progress:
    figures = (found.total_recipients, found.sent_count, found.failed_count)
    return Progress((found.status, found.scheduled_at, figures), found.status in FINAL_STATUSES)
