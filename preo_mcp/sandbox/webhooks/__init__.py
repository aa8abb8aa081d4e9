"""Webhooks: endpoints, the events that they hear of, and the deliveries that carry them."""

from preo_mcp.sandbox.routing import Endpoints
from preo_mcp.sandbox.webhooks import changes, deliveries, lists
from preo_mcp.sandbox.webhooks.deliverer import Deliverer

__all__ = ["ENDPOINTS", "Deliverer"]

ENDPOINTS = Endpoints([*lists.ENDPOINTS, *changes.ENDPOINTS, *deliveries.ENDPOINTS])
