"""A seeded store on a fixed day, made once: these tests only read it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from preo_mcp.sandbox.clock import FixedClock
from preo_mcp.sandbox.seed import seed
from preo_mcp.sandbox.store import Store


@pytest.fixture(scope="session")
def noon() -> datetime:
    return datetime(2026, 7, 15, 12, 34, 56, tzinfo=UTC)


@pytest.fixture(scope="session")
def seeded(noon: datetime) -> Iterator[Store]:
    with Store.opened(clock=FixedClock(noon)) as store:
        seed(store)
        yield store
