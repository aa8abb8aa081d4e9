"""Campaigns: e-mails and text messages to segments, now or at a time."""

from types import MappingProxyType

from preo_mcp.sandbox.campaigns import changes, lists, outbox, sending
from preo_mcp.sandbox.campaigns.runs import SEND, prepare_schedule
from preo_mcp.sandbox.jobs import JobHandler
from preo_mcp.sandbox.routing import Endpoint

ENDPOINTS: tuple[Endpoint, ...] = (*lists.ENDPOINTS, *changes.ENDPOINTS)
JOB_HANDLERS: MappingProxyType[str, JobHandler] = MappingProxyType({SEND: sending.send})
"""What does each kind of job."""
CONTROL_ROUTES = outbox.ROUTES

__all__ = ["CONTROL_ROUTES", "ENDPOINTS", "JOB_HANDLERS", "prepare_schedule"]
