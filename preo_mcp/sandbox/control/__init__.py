"""The control plane: what a test or a demonstration wants to see and do, and that Preo's API does not offer.

Not part of Preo. It asks for no token, because the sandbox listens on loopback only and holds invented people.
"""

from preo_mcp.sandbox.control import clock, fault_rules, requests, reset, state
from preo_mcp.sandbox.control.clock import movable_clock
from preo_mcp.sandbox.control.prefix import CONTROL_PREFIX
from preo_mcp.sandbox.control.state import edition_counts

ROUTES = (*state.ROUTES, *fault_rules.ROUTES, *clock.ROUTES, *requests.ROUTES, *reset.ROUTES)

__all__ = ["CONTROL_PREFIX", "ROUTES", "edition_counts", "movable_clock"]
