"""Hosts of both eras in front of a fresh sandbox."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.door import ERAS, YES, Door, Era, Person, open_door


class OpenServer(Protocol):
    """Opens a door to a server with a fresh sandbox; flags are settings."""

    def __call__(self, person: Person | None = None, **flags: Any) -> AbstractAsyncContextManager[Door]: ...


@pytest.fixture(params=ERAS)
def era(request: pytest.FixtureRequest) -> Era:
    return request.param


@pytest.fixture
def open_server(tmp_path: Path, era: Era) -> OpenServer:
    def opened(person: Person | None = None, **flags: Any) -> AbstractAsyncContextManager[Door]:
        return open_door(tmp_path / "sandbox", era, person, **flags)

    return opened


@pytest.fixture
def person() -> Person:
    return Person(YES)


@pytest.fixture
async def door(open_server: OpenServer, person: Person) -> AsyncGenerator[Door]:
    async with open_server(person) as opened:
        yield opened
