"""Editions in full (observed; the list of fields is not complete)."""

from datetime import datetime

from preo_mcp.models.base import Response


class EditionDetail(Response):
    """One edition; times are UTC, shown in `timezone`; prices of its orders are in `currency` (inferred)."""

    id: str
    name: str | None = None
    full_name: str | None = None
    slug: str | None = None
    timezone: str | None = None
    status: str | None = None
    currency: str | None = None
    is_draft: bool | None = None
    start_date: datetime | None = None
    end_date: datetime | None = None
    default_country_code: str | None = None
    created: datetime | None = None
    modified: datetime | None = None
