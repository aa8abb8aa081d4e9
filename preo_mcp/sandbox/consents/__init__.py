"""Consents: what customers agreed to; list, create, look, change, delete."""

from preo_mcp.sandbox.consents.changes import ENDPOINTS as CHANGES
from preo_mcp.sandbox.consents.lists import ENDPOINTS as LISTS

ENDPOINTS = (*LISTS, *CHANGES)
