"""What every test shares."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """The event loop that the server itself runs on."""
    return "asyncio"
