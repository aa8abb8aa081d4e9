"""What is read by address: a function each, which imports the tool that it shares its work with when it is used."""

from typing import Final

from pydantic import BaseModel

from preo_mcp.api.models.base import Page
from preo_mcp.api.operations import LIST_EDITIONS
from preo_mcp.calls.preo import Preo

PAGE_SIZE: Final = 100
MOST_PAGES: Final = 10
REFERENCE_READER: Final = "read_reference"


async def read_editions(preo: Preo) -> BaseModel:
    """Return the editions of the account, page after page, `MOST_PAGES` at most."""
    from preo_mcp.api.models.editions import ListedEdition, ListEditionsQuery
    from preo_mcp.replies.listing import listing
    from preo_mcp.resources.pages import read_pages

    query = ListEditionsQuery(page_size=PAGE_SIZE)
    page = await read_pages(preo, LIST_EDITIONS, Page[ListedEdition], query, MOST_PAGES)
    return listing(page, ListEditionsQuery(page_size=max(len(page.results), 1)), lister="list_editions")


async def read_edition(preo: Preo, edition_id: str) -> BaseModel:
    """Return one edition."""
    from preo_mcp.tools.editions.tools import get_edition

    return await get_edition(preo, edition_id)


async def read_field_choices(preo: Preo, edition_id: str) -> BaseModel:
    """Return the values that the fields of an edition take: they are the same for each edition that exists."""
    from preo_mcp.tools.editions.tools import get_edition, get_edition_field_choices

    await get_edition(preo, edition_id)
    return await get_edition_field_choices(preo)


async def read_healthcheck(preo: Preo, edition_id: str) -> BaseModel:
    """Return what keeps an edition from selling."""
    from preo_mcp.tools.editions.tools import run_edition_healthcheck

    return await run_edition_healthcheck(preo, edition_id)


def reference() -> str:
    """Return the language of conditions in Markdown."""
    from preo_mcp.cel.reference_text import reference_text

    return reference_text()


async def read_reference(_: Preo) -> str:
    """Return the language of conditions; it is the same for every account."""
    return reference()


async def read_context(preo: Preo, edition_id: str) -> BaseModel:
    """Return what the conditions of an edition's segments can name."""
    from preo_mcp.tools.segments.conditions import get_cel_context

    return await get_cel_context(preo, edition_id)


async def read_campaign(preo: Preo, campaign_id: str) -> BaseModel:
    """Return a campaign as it stands now, and what happens next."""
    from preo_mcp.tools.campaigns.tools import get_campaign

    return await get_campaign(preo, campaign_id)


async def read_data_import(preo: Preo, import_id: str) -> BaseModel:
    """Return a data import as it stands now."""
    from preo_mcp.tools.data_imports.stages import get_import

    return await get_import(preo, import_id)


async def read_segment_users(preo: Preo, segment_id: str) -> str:
    """Return all customers of a completed segment as CSV, masked where the setting says so."""
    from preo_mcp.tools.segments.export import read_segment_users

    return await read_segment_users(preo, segment_id)
