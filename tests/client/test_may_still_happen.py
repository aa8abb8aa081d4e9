"""Whether a write whose outcome is unknown may still happen: yes where somebody gave up waiting, else no."""

import anyio
import httpx
import pytest

from preo_mcp.api.errors import AmbiguousOutcomeError
from preo_mcp.api.operations import START_IMPORT
from tests.client.scripted_api import Clock, Script, Step, broken_gzip, client_for, failure_of, name_of


@pytest.mark.parametrize(
    ("step", "may"),
    [
        (httpx.ReadTimeout, True),
        (httpx.WriteTimeout, True),
        (httpx.Response(408), True),
        (httpx.Response(504), True),
        (httpx.ReadError, False),
        (httpx.WriteError, False),
        (httpx.RemoteProtocolError, False),
        (httpx.Response(303), False),
        (httpx.Response(500), False),
        (httpx.Response(502), False),
        (httpx.Response(503), False),
        (httpx.Response(200, content=b'{"id": "imp'), False),
        (broken_gzip, False),
    ],
    ids=name_of,
)
async def test_by_how_the_answer_failed(step: Step, *, may: bool) -> None:
    clock = Clock()
    error = await failure_of(client_for(Script(clock, step), clock), START_IMPORT)
    assert isinstance(error, AmbiguousOutcomeError)
    assert error.may_still_happen is may


async def test_an_answer_that_drips() -> None:
    async def never(_: httpx.Request) -> httpx.Response:
        await anyio.sleep_forever()
        raise AssertionError

    error = await failure_of(client_for(never), START_IMPORT, time_budget=0.02)
    assert isinstance(error, AmbiguousOutcomeError)
    assert error.may_still_happen
