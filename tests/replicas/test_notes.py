"""Notes: for one caller's eyes, under names that tell nothing, for a while."""

from typing import Any

import pytest
from fakeredis import FakeServer
from fakeredis.aioredis import FakeRedis
from pydantic import SecretStr

from preo_mcp.api.errors import ConfigurationError
from preo_mcp.replicas.notes import Notes, NotesError

pytestmark = pytest.mark.anyio


def notes(server: FakeServer, key: bytes = b"k" * 32) -> Notes:
    return Notes(SecretStr("redis://localhost"), lambda: key, FakeRedis(server=server))


async def test_a_note_is_its_callers_alone_and_says_nothing_to_others() -> None:
    server = FakeServer()
    await notes(server).put("ida@example.org", "src_1", b"Kirsten", 60)
    assert await notes(server).get("ida@example.org", "src_1") == b"Kirsten"
    assert await notes(server).get("jens", "src_1") is await notes(server).get("ida@example.org", "src_2") is None
    client: Any = FakeRedis(server=server)
    [name] = await client.keys("preo-mcp:note:*")
    assert b"ida" not in name
    assert b"Kirsten" not in await client.get(name)
    assert 0 < await client.ttl(name) <= 60
    await notes(server).put("jens", "src_1", b"Ida", 60)
    [other] = [one for one in await client.keys("preo-mcp:note:*") if one != name]
    await client.set(name, await client.get(other))
    assert await notes(server).get("ida@example.org", "src_1") is None, "what was put in another's place is nothing"


async def test_without_redis_and_with_another_key_there_are_none() -> None:
    server = FakeServer()
    await notes(server).put("ida", "src_1", b"doc", 60)
    with pytest.raises(ConfigurationError, match="another key"):
        await notes(server, b"t" * 32).get("ida", "src_1")
    server.connected = False
    for doing in (notes(server).put("ida", "src_1", b"doc", 60), notes(server).get("ida", "src_1")):
        with pytest.raises(NotesError):
            await doing
