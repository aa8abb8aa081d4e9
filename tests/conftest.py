"""What every test shares."""

from collections.abc import Generator

import pytest
from hypothesis import settings

settings.register_profile("steady", derandomize=True)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The event loop that the server itself runs on."""
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def nobody_at_home(tmp_path_factory: pytest.TempPathFactory) -> Generator[None]:
    """Keep all state out of the home of whoever runs the tests, and their browser closed."""
    state = str(tmp_path_factory.mktemp("state"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", state)
        patch.setenv("LOCALAPPDATA", state)
        patch.setenv("BROWSER", "none")
        yield
