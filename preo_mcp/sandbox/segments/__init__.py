"""Segments: customers that a condition picks, counted in the background, exported as CSV."""

from types import MappingProxyType

from preo_mcp.sandbox.jobs import JobHandler
from preo_mcp.sandbox.routing import Endpoint
from preo_mcp.sandbox.segments import calculating, changes, context, export, lists
from preo_mcp.sandbox.segments.runs import (
    PURGE_RUN,
    REFRESH_MESSAGES,
    prepare_messages,
    purge_run,
    refresh_user_messages,
)

__all__ = ["ENDPOINTS", "JOB_HANDLERS", "prepare_messages"]

ENDPOINTS: tuple[Endpoint, ...] = (
    *lists.ENDPOINTS,
    *changes.ENDPOINTS,
    *export.ENDPOINTS,
    *calculating.ENDPOINTS,
    *context.ENDPOINTS,
)
JOB_HANDLERS: MappingProxyType[str, JobHandler] = MappingProxyType(
    {
        calculating.CALCULATE: calculating.calculate_segment,
        PURGE_RUN: purge_run,
        REFRESH_MESSAGES: refresh_user_messages,
    }
)
"""What does each kind of job."""
