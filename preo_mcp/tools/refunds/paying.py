"""Waiting for the payment gateway, once a refund is approved: mostly it answers within seconds."""

from collections.abc import Sequence
from typing import Any, Final

from preo_mcp.api.models.refunds import MOVING_STATUSES, ShownRefund
from preo_mcp.api.operations import GET_REFUND
from preo_mcp.calls.preo import Preo, together
from preo_mcp.tools.refunds.stages import RefundResult, result

SHARE_OF_POLL: Final = 0.1
LONGEST_PAUSE: Final = 2.0
GROWTH: Final = 1.5


async def ended(preo: Preo, refund_ids: Sequence[str]) -> list[ShownRefund]:
    """Return refunds as they are once none moves by itself any more, or when the patience is over.

    Raises:
        PreoError: one cannot be fetched.
    """
    timing = preo.backend.guardrails.timing
    pause, waited = timing.poll * SHARE_OF_POLL, 0.0
    while True:
        found = list(await together(*(preo.request(GET_REFUND, ShownRefund, id=key) for key in refund_ids)))
        moving = sum(one.status in MOVING_STATUSES for one in found)
        await preo.report(len(found) - moving, len(found), f"{moving} of {len(found)} refunds are being paid")
        if not moving or waited >= timing.outcome:
            return found
        await timing.sleep(pause)
        waited += pause
        pause = min(pause * GROWTH, LONGEST_PAUSE)


async def wait_for_gateway(preo: Preo, content: dict[str, Any]) -> RefundResult | None:
    """Return an approved refund as the payment gateway left it; None where it is not being paid.

    Raises:
        PreoError: it cannot be fetched.
    """
    if content.get("status") not in MOVING_STATUSES:
        return None
    [refund] = await ended(preo, [content["id"]])
    return await result(preo, refund)
