"""The refund workflow: requests, their approval or rejection, and the payout that follows."""

from types import MappingProxyType

from preo_mcp.sandbox.jobs import JobHandler
from preo_mcp.sandbox.refunds import changes, lists
from preo_mcp.sandbox.refunds.payout import PAY_REFUND, pay_refund
from preo_mcp.sandbox.routing import Endpoint

ENDPOINTS: tuple[Endpoint, ...] = (*lists.ENDPOINTS, *changes.ENDPOINTS)
JOB_HANDLERS: MappingProxyType[str, JobHandler] = MappingProxyType({PAY_REFUND: pay_refund})
"""What does each kind of job."""

__all__ = ["ENDPOINTS", "JOB_HANDLERS"]
