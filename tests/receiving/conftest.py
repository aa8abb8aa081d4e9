"""The upload page and card, served before a Chromium."""

from collections.abc import Generator

import pytest
from anyio.from_thread import start_blocking_portal

from tests.approval.ways.chromium import Browser
from tests.receiving.drop_world import DropWorld, hosted
from tests.web.sites import serving_routes


@pytest.fixture(scope="session")
def served_drops(chromium_of_worker: Browser, tmp_path_factory: pytest.TempPathFactory) -> Generator[DropWorld]:
    folder = tmp_path_factory.mktemp("drops")
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(hosted(folder)) as host:
        served, url = portal.start_task(serving_routes(host.routes()))
        yield DropWorld(portal, chromium_of_worker, host, url)
        served.cancel()


@pytest.fixture
def drops(served_drops: DropWorld, browser: Browser) -> DropWorld:
    assert served_drops.browser is browser
    return served_drops
