"""Orders: the list with its filters, and one in detail."""

from preo_mcp.sandbox.orders.details import ENDPOINTS as DETAILS
from preo_mcp.sandbox.orders.lists import ENDPOINTS as LISTS

ENDPOINTS = (*LISTS, *DETAILS)
