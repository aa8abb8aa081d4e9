"""Waiting for the payment gateway, once a refund is approved: mostly it answers within seconds."""

from collections.abc import Sequence
from typing import Any

from preo_mcp.api.models.refunds import MOVING_STATUSES, ShownRefund
from preo_mcp.api.operations import GET_REFUND
from preo_mcp.calls.preo import Preo, together
from preo_mcp.tools.refunds.stages import RefundResult, result
from preo_mcp.tools.watching import WHOLE, watched


async def ended(preo: Preo, refund_ids: Sequence[str]) -> Sequence[ShownRefund]:
    """Return refunds as they are once none moves by itself any more, or when the patience is over.

    Raises:
        PreoError: one cannot be fetched.
    """

    async def look() -> Sequence[ShownRefund]:
        return await together(*(preo.request(GET_REFUND, ShownRefund, id=key) for key in refund_ids))

    return await watched(preo, look, lambda found: _moving(found) > 0, _progress)


def _moving(refunds: Sequence[ShownRefund]) -> int:
    return sum(one.status in MOVING_STATUSES for one in refunds)


def _progress(refunds: Sequence[ShownRefund]) -> tuple[float, str]:
    moving, number = _moving(refunds), len(refunds)
    return WHOLE * (number - moving) / number, f"refunds being paid: {moving} of {number}"


async def wait_for_gateway(preo: Preo, content: dict[str, Any]) -> RefundResult | None:
    """Return an approved refund as the payment gateway left it; None where it is not being paid.

    Raises:
        PreoError: it cannot be fetched.
    """
    if content.get("status") not in MOVING_STATUSES:
        return None
    [refund] = await ended(preo, [content["id"]])
    return await result(preo, refund)
