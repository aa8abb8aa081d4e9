"""The page and a host of cards, served before a Chromium."""

from collections.abc import Generator

import pytest
from anyio.from_thread import start_blocking_portal

from preo_mcp.approval.ways import card
from tests.approval.ways.card_host import World, shows_cards
from tests.approval.ways.chromium import Browser
from tests.web.sites import serving_routes


@pytest.fixture(scope="session")
def served(chromium_of_worker: Browser) -> Generator[World]:
    with start_blocking_portal() as portal:
        world = World(portal, chromium_of_worker)
        serving, world.url = portal.start_task(serving_routes(world.page.routes()))
        yield world
        serving.cancel()


@pytest.fixture
def world(served: World, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> World:
    assert served.browser is browser
    monkeypatch.setattr(card, "client_shows_cards", shows_cards)
    return served
