"""One key for all replicas: a second one is refused before it answers anything."""

import logging
import os
from pathlib import Path
from typing import Any

import pytest
from fakeredis import FakeServer
from fakeredis.aioredis import FakeRedis
from pydantic import SecretStr

from preo_mcp.api.errors import ConfigurationError
from preo_mcp.approval.ledgers.ledger import LedgerError
from preo_mcp.approval.ledgers.redis import RedisLedger
from preo_mcp.files.keys import KEY_BYTES, Keys
from preo_mcp.replicas.one_key import OneKey
from preo_mcp.replicas.sealing import Sealing
from preo_mcp.replicas.together import together
from preo_mcp.settings import Settings
from tests.approval.test_plans import NOW, a_plan

pytestmark = pytest.mark.anyio

NOWHERE = SecretStr("redis://localhost")
OURS, THEIRS = b"k" * KEY_BYTES, b"t" * KEY_BYTES


def client(server: FakeServer) -> Any:
    return FakeRedis(server=server, decode_responses=True)


def ledger(server: FakeServer, key: bytes) -> RedisLedger:
    return RedisLedger(NOWHERE, lambda: key, client(server))


async def test_the_first_key_is_the_one() -> None:
    server = FakeServer()
    for _ in range(2):
        await OneKey(client(server), "start", lambda: Sealing(OURS)).must_be_ours()
    with pytest.raises(ConfigurationError, match="PREO_KEY_FILE"):
        await OneKey(client(server), "start", lambda: Sealing(THEIRS)).must_be_ours()
    [name] = await client(server).keys()
    assert await client(server).ttl(name) == -1, "it outlives every plan"
    await client(server).set(name, "written by somebody else")
    with pytest.raises(ConfigurationError):
        await OneKey(client(server), "start", lambda: Sealing(OURS)).must_be_ours()


async def test_with_another_key_no_plan_is_made_found_missing_or_answered() -> None:
    server = FakeServer()
    ours, theirs = ledger(server, OURS), ledger(server, THEIRS)
    plan = await ours.add(a_plan())
    for step in (
        *(theirs.add(a_plan()), theirs.get(plan.id), theirs.active(plan.call), theirs.last_effect(plan.call)),
        *(theirs.replace(plan, plan), theirs.pending(NOW), theirs.refunds_since(["acc"], NOW), theirs.purge(NOW)),
    ):
        with pytest.raises(ConfigurationError, match="another key"):
            await step
    assert await ours.get(plan.id) == plan


async def test_a_replica_that_starts_while_redis_is_gone_is_refused_once_it_is_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = FakeServer()
    await ledger(server, OURS).add(a_plan())
    server.connected = False
    with caplog.at_level(logging.WARNING):
        await OneKey(client(server), "plans", lambda: Sealing(THEIRS)).must_not_be_others()
    assert "not known yet" in caplog.text
    late = ledger(server, THEIRS)
    with pytest.raises(LedgerError):
        await late.add(a_plan())
    server.connected = True
    with pytest.raises(ConfigurationError):
        await late.add(a_plan())


async def test_a_replica_with_another_key_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = FakeServer()

    def fake(*_: object, **__: object) -> Any:
        return client(server)

    monkeypatch.setattr("redis.asyncio.Redis.from_url", fake)
    shared = tmp_path / "shared"
    shared.write_bytes(os.urandom(KEY_BYTES).hex().encode())
    shared.chmod(0o600)
    for state, key_file in (("a", shared), ("b", shared)):
        async with together(replica(tmp_path / state, key_file)) as shares:
            assert shares.notices is not None
    with pytest.raises(ConfigurationError, match="another key than this one"):
        async with together(replica(tmp_path / "c", None)):
            pytest.fail("it serves")


def replica(state: Path, key_file: Path | None) -> Settings:
    return Settings(sandbox=True, state_folder=state, key_file=key_file, ledger_url=NOWHERE)


def test_keys_of_replicas_are_alike_wherever_their_state_is(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.write_text(f"{'5a' * KEY_BYTES}\n")
    shared.chmod(0o600)
    one, other = (Keys.of(replica(tmp_path / name, shared)) for name in "ab")
    assert one.derived("state") == other.derived("state")
    assert not (tmp_path / "a").exists(), "the state folder's own key is neither made nor looked at"
    assert Keys.of(replica(tmp_path / "a", None)).derived("state") != one.derived("state")
