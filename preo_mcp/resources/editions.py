"""Editions to read."""

from typing import Final

from pydantic import BaseModel

from preo_mcp.models.base import Page
from preo_mcp.models.editions import EditionDetail, EditionHealthcheck, ListedEdition, ListEditionsQuery
from preo_mcp.operations import LIST_EDITIONS
from preo_mcp.preo import Preo
from preo_mcp.replies.listing import Listing, listing
from preo_mcp.resources.pages import read_pages
from preo_mcp.tools.editions import get_edition, get_edition_field_choices, run_edition_healthcheck

PAGE_SIZE: Final = 100
MOST_PAGES: Final = 10


async def read_editions(preo: Preo) -> Listing[ListedEdition]:
    """Return the editions of the account, page after page as far as `MOST_PAGES`."""
    query = ListEditionsQuery(page_size=PAGE_SIZE)
    page = await read_pages(preo, LIST_EDITIONS, Page[ListedEdition], query, MOST_PAGES)
    return listing(page, ListEditionsQuery(page_size=max(len(page.results), 1)), lister="list_editions")


async def read_edition(preo: Preo, edition_id: str) -> EditionDetail:
    """Return one edition."""
    return await get_edition(preo, edition_id)


async def read_field_choices(preo: Preo, edition_id: str) -> BaseModel:
    """Return the values that the fields of an edition take: they are the same for each edition that exists."""
    await get_edition(preo, edition_id)
    return await get_edition_field_choices(preo)


async def read_healthcheck(preo: Preo, edition_id: str) -> EditionHealthcheck:
    """Return what keeps an edition from selling."""
    return await run_edition_healthcheck(preo, edition_id)
