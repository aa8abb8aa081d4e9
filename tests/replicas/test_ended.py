"""What ended before its time: remembered here, or by all replicas, for as long as it matters; unknown is never good."""

from typing import Any

import pytest
from fakeredis import FakeServer
from fakeredis.aioredis import FakeRedis
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response

from preo_mcp.replicas.ended import EndedError, EndedHere, EndedTogether
from preo_mcp.team.pages.sessions import SESSION_SECONDS, Sessions
from preo_mcp.team.principals import ALL, Principal

pytestmark = pytest.mark.anyio


def together(server: FakeServer) -> EndedTogether:
    return EndedTogether(SecretStr("redis://localhost"), FakeRedis(server=server, decode_responses=True))


def with_cookie(response: Response) -> Request:
    cookie = response.headers["set-cookie"].partition(";")[0]
    return Request({"type": "http", "headers": [(b"cookie", cookie.encode())]})


async def test_one_process_forgets_what_is_over_by_itself() -> None:
    now = [1000.0]
    ended = EndedHere(lambda: now[0])
    await ended.end("first", 10)
    assert await ended.has_ended("first")
    assert not await ended.has_ended("second")
    now[0] += 11
    await ended.end("second", 10)
    assert not await ended.has_ended("first")


async def test_who_signed_out_at_one_replica_is_signed_out_at_all() -> None:
    server = FakeServer()
    here, there = (Sessions(bytes(32), together(server)) for _ in range(2))
    signed_in, signed_out = Response(), Response()
    here.begin(signed_in, Principal("anna", ALL))
    request = with_cookie(signed_in)
    session = await there.of(request)
    assert session is not None
    await here.end(signed_out, session)
    assert await here.of(request) is None
    assert await there.of(request) is None
    redis: Any = FakeRedis(server=server, decode_responses=True)
    [name] = await redis.keys()
    assert session.id not in name
    assert 0 < await redis.ttl(name) <= SESSION_SECONDS + 1


async def test_while_redis_does_not_tell_nobody_is_signed_in() -> None:
    server = FakeServer()
    sessions, response = Sessions(bytes(32), together(server)), Response()
    sessions.begin(response, Principal("anna", ALL))
    server.connected = False
    with pytest.raises(EndedError):
        await sessions.of(with_cookie(response))
