"""Hosts in front of a fresh sandbox."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol
from zlib import crc32

import pytest

from tests.door import ERAS, YES, Door, Era, Person, open_door


class OpenServer(Protocol):
    """Opens a door to a server with a fresh sandbox; flags are settings."""

    def __call__(self, person: Person | None = None, **flags: Any) -> AbstractAsyncContextManager[Door]: ...


@pytest.fixture
def era(request: pytest.FixtureRequest) -> Era:
    """Draw a test's era from its name.

    What differs between the eras, the asking, is tested in both for every guarded tool (`in_both_eras`, and
    `tests/approval/test_every_guarded_tool.py`); what a tool does with its arguments is the same in both.
    """
    if hasattr(request, "param"):
        return request.param
    return ERAS[crc32(request.node.name.encode()) % len(ERAS)]


in_both_eras = pytest.mark.parametrize("era", ERAS, indirect=True)


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


@pytest.fixture(scope="module")
async def lasting_door(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Door]:
    """Open one server, whose host cannot ask, for all tests of a module."""
    async with open_door(tmp_path_factory.mktemp("sandbox"), "legacy") as opened:
        yield opened
