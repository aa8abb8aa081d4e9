"""Webhooks: endpoints, the events that they hear of, and the deliveries that carry them."""

from preo_mcp.sandbox.routing import Endpoints
from preo_mcp.sandbox.webhooks import deliveries, registered
from preo_mcp.sandbox.webhooks.deliverer import Deliverer

__all__ = ["ENDPOINTS", "Deliverer"]

ENDPOINTS = Endpoints([*registered.ENDPOINTS, *deliveries.ENDPOINTS])
