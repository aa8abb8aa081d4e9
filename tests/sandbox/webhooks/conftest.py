"""A receiver that answers well, and a clock that wakes who waits for it."""

from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest
from receiver import Receiver, open_receiver
from starlette.applications import Starlette
from webhook_steps import Later

from preo_mcp.sandbox.clock import FixedClock


@pytest.fixture
async def receiver() -> AsyncGenerator[Receiver]:
    async with open_receiver() as opened:
        yield opened


@pytest.fixture
def later(app: Starlette, clock: FixedClock) -> Later:
    def move(**by: float) -> None:
        clock.move(timedelta(**by))
        app.state.deliverer.wake()

    return move
