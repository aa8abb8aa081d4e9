"""Editions: list, create, look, change, duplicate, field choices, healthcheck."""

from preo_mcp.sandbox.editions import changes, duplicate, healthcheck, lists
from preo_mcp.sandbox.editions.documents import date_status, visible_edition
from preo_mcp.sandbox.routing import Endpoints

__all__ = ["ENDPOINTS", "date_status", "visible_edition"]

ENDPOINTS = Endpoints(
    [*lists.ENDPOINTS, *changes.ENDPOINTS, *duplicate.ENDPOINTS, *healthcheck.ENDPOINTS],
)
