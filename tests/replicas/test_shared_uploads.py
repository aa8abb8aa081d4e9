"""Uploads in Redis beyond what every store promises: any replica goes on, nothing is readable or put together anew."""

from pathlib import Path
from typing import Any

import fakeredis
import pytest

from preo_mcp.api.errors import ConfigurationError
from preo_mcp.files.uploads.upload import PIECE, Refusal, UploadRefused
from preo_mcp.replicas.uploads import RETAINED
from tests.files.uploads.received import ReceivedByReplicas, opened, put_in

pytestmark = pytest.mark.anyio

SECRET = b"ida@example.org,NF-PARK\n"
CONTENT = SECRET * (5 * PIECE // 2 // len(SECRET))
STEP = 700_001
"""Of pieces that none of those in Redis ends with."""


@pytest.fixture
def received(tmp_path: Path) -> ReceivedByReplicas:
    return ReceivedByReplicas(tmp_path / "state")


async def gone(received: ReceivedByReplicas, upload_id: str) -> Refusal:
    with pytest.raises(UploadRefused) as caught:
        async with received.of().opened(upload_id):
            pytest.fail("it is lent")
    return caught.value.refusal


async def test_each_piece_may_come_through_another_replica(received: ReceivedByReplicas) -> None:
    upload_id, session = await opened(received.of())
    await received.of().start(upload_id, session, "orders.csv", len(CONTENT))
    for offset in range(0, len(CONTENT), STEP):
        put = await received.of().put(upload_id, session, offset, CONTENT[offset : offset + STEP])
        assert put.received == min(offset + STEP, len(CONTENT))
        assert (await received.of().put(upload_id, session, offset, CONTENT[offset : offset + STEP])) == put
        assert (await received.of().start(upload_id, session, "orders.csv", len(CONTENT))).received == put.received
    assert (await received.of().finish(upload_id, session)).is_complete
    async with received.of().opened(upload_id) as (upload, path):
        assert (upload.name, path.read_bytes()) == ("orders.csv", CONTENT)
    assert not path.exists(), "nothing is left of it on a replica"


async def test_nothing_of_a_file_or_its_name_can_be_read_and_all_ends_by_itself(received: ReceivedByReplicas) -> None:
    await put_in(received.of("ida@example.org"), SECRET, "Kirsten.csv")
    client: Any = fakeredis.FakeRedis(server=received.server)
    assert len(received.held()) == 2
    for name, held in received.held().items():
        assert not [word for word in (b"ida", b"Kirsten", b"NF-PARK", b"csv") if word in held or word in name.encode()]
        assert 0 < client.ttl(name) <= RETAINED.total_seconds()


async def test_a_file_that_begins_anew_leaves_no_piece_of_the_one_before(received: ReceivedByReplicas) -> None:
    upload_id, session = await opened(received.of())
    await received.of().start(upload_id, session, "orders.csv", PIECE + 5)
    await received.of().put(upload_id, session, 0, b"a" * PIECE)
    await received.of().put(upload_id, session, PIECE, b"a" * 5)
    before = received.held()
    await received.of().start(upload_id, session, "others.csv", 5)
    assert len(received.held()) == 1
    await received.of().put(upload_id, session, 0, b"b" * 5)
    [name] = [name for name in received.held() if name.count(":") > 2]
    assert name not in before


async def test_what_somebody_else_wrote_there_is_no_file(received: ReceivedByReplicas) -> None:
    client: Any = fakeredis.FakeRedis(server=received.server)
    first, second = [await put_in(received.of(), content) for content in (b"first,1\n" * 9, b"other,2\n" * 9)]
    pieces = {name: held for name, held in received.held().items() if name.count(":") > 2}
    [ours] = [name for name in pieces if first.id in name]
    [theirs] = [name for name in pieces if second.id in name]
    for forged in (pieces[theirs], b"", b"x", pieces[ours][:-1]):
        client.set(ours, forged)
        assert await gone(received, first.id) is Refusal.GONE
    client.delete(ours)
    assert await gone(received, first.id) is Refusal.GONE
    client.set(f"preo-mcp:upload:{first.id}", received.held()[f"preo-mcp:upload:{second.id}"])
    assert await gone(received, first.id) is Refusal.GONE
    async with received.of().opened(second.id) as (_, path):
        assert path.read_bytes() == b"other,2\n" * 9


async def test_an_earlier_state_of_a_piece_is_not_taken_for_the_present_one(received: ReceivedByReplicas) -> None:
    client: Any = fakeredis.FakeRedis(server=received.server)
    upload_id, session = await opened(received.of())
    await received.of().start(upload_id, session, "orders.csv", 20)
    await received.of().put(upload_id, session, 0, b"a" * 10)
    [(name, earlier)] = [(name, held) for name, held in received.held().items() if name.count(":") > 2]
    await received.of().put(upload_id, session, 10, b"b" * 10)
    client.set(name, earlier)
    with pytest.raises(UploadRefused):
        await received.of().finish(upload_id, session)


async def test_without_redis_and_with_another_key_nothing_is_kept(received: ReceivedByReplicas) -> None:
    upload = await put_in(received.of(), SECRET)
    with pytest.raises(ConfigurationError, match="another key"):
        await received.store(b"t" * 32).get(upload.id)
    received.server.connected = False
    with pytest.raises(UploadRefused, match="the Redis of PREO_LEDGER_URL") as caught:
        await received.of().ask()
    assert caught.value.refusal is Refusal.UNUSABLE
