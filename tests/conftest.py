"""What every test shares."""

from collections.abc import Generator

import pytest
from hypothesis import settings

from tests.approval.ways.chromium import Browser, chromium

settings.register_profile("steady", derandomize=True, deadline=None)  # how long one takes says more of the machine
settings.load_profile("steady")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The event loop that the server itself runs on."""
    return "asyncio"


@pytest.fixture(scope="session")
def chromium_of_worker(tmp_path_factory: pytest.TempPathFactory) -> Generator[Browser]:
    """One Chromium for all tests of a process: it takes longer to start than most of them."""
    with chromium(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture
def browser(chromium_of_worker: Browser) -> Generator[Browser]:
    """A Chromium without tabs."""
    yield chromium_of_worker
    chromium_of_worker.close_tabs()


@pytest.fixture(scope="session", autouse=True)
def nobody_at_home(tmp_path_factory: pytest.TempPathFactory) -> Generator[None]:
    """Keep all state out of the home of whoever runs the tests, and their browser closed."""
    state = str(tmp_path_factory.mktemp("state"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", state)
        patch.setenv("LOCALAPPDATA", state)
        patch.setenv("BROWSER", "none")
        yield
