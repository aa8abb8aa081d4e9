"""Orders and purchases: the list of orders with its filters, one order and one purchase in detail."""

from preo_mcp.sandbox.orders.details import ENDPOINTS as DETAILS
from preo_mcp.sandbox.orders.lists import ENDPOINTS as LISTS

ENDPOINTS = (*LISTS, *DETAILS)
