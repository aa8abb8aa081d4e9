"""What every ledger promises, in a file and in Redis: one active plan per call, one step per version, all kept."""

import base64
import os
import sqlite3
import stat
from collections.abc import AsyncGenerator, Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import anyio
import fakeredis
import pytest
from pydantic import SecretStr

from preo_mcp.api.errors import ConfigurationError
from preo_mcp.approval.ledgers.ledger import Ledger, LedgerError, open_ledger, take
from preo_mcp.approval.ledgers.redis import LEASE_SECONDS, RedisLedger
from preo_mcp.approval.ledgers.sqlite import SqliteLedger
from preo_mcp.approval.plans import Plan, PlanState, approved, claimed, declined, delivered, settled
from preo_mcp.replicas.sealing import Sealing
from preo_mcp.settings import Settings, Way
from tests.approval.memory_ledger import MemoryLedger
from tests.approval.test_plans import LIMIT, NOW, a_plan


def key() -> bytes:
    return b"k" * 32


NOWHERE = SecretStr("redis://:s3cret@127.0.0.1:1/0")
Opened = Callable[[], Ledger]
"""Opens the same ledger once more, as another process would."""


@pytest.fixture(params=["sqlite", "redis", "memory"])
async def opened(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Opened]:
    server, memory, ledgers = fakeredis.FakeServer(), MemoryLedger(), list[Ledger]()

    def another() -> Ledger:
        match request.param:
            case "sqlite":
                ledgers.append(SqliteLedger(tmp_path / "state" / "plans.db"))
            case "redis":
                client = fakeredis.FakeAsyncRedis(server=server, decode_responses=True)
                ledgers.append(RedisLedger(NOWHERE, key, client))
            case _:
                ledgers.append(memory)
        return ledgers[-1]

    yield another
    for ledger in ledgers:
        await ledger.close()


def yes(plan: Plan) -> Plan:
    return approved(plan, plan.digest, plan.figures, Way.TERMINAL, NOW)


def begun(plan: Plan) -> Plan:
    return claimed(plan, {"ids": ["a"]}, NOW, LIMIT)


async def test_a_plan_is_found_by_its_id_and_its_call_in_every_process(opened: Opened) -> None:
    one, other = opened(), opened()
    assert await one.add(a_plan()) == a_plan()
    assert await other.add(a_plan("pln_2")) == a_plan(), "the identical call resumes its plan"
    assert await other.get("pln_1") == await other.active("call") == a_plan()
    assert await other.get("pln_2") is await other.active("another call") is None
    assert await other.pending(NOW) == [a_plan()]
    assert await other.pending(NOW + timedelta(hours=1)) == []


async def test_of_two_steps_from_the_same_version_one_is_taken(opened: Opened) -> None:
    one, other = opened(), opened()
    plan = await one.add(a_plan())
    taken = [await one.replace(plan, yes(plan)), await other.replace(plan, declined(plan, NOW))]
    assert taken == [True, False]
    assert (await other.get("pln_1") or plan).state is PlanState.APPROVED


async def test_many_claims_at_once_run_once(opened: Opened) -> None:
    ledgers = [opened() for _ in range(4)]
    plan = await ledgers[0].add(a_plan())
    await take(ledgers[0], plan.id, yes)
    outcomes: list[str] = []

    async def claim(ledger: Ledger) -> None:
        try:
            await take(ledger, plan.id, begun)
            outcomes.append("ran")
        except Exception as exc:  # noqa: BLE001 - what it is, is asserted below
            outcomes.append(str(exc))

    async with anyio.create_task_group() as tasks:
        for number in range(12):
            tasks.start_soon(claim, ledgers[number % 4])
    assert sorted(outcomes) == sorted(["ran", *["it is being carried out"] * 11])


async def test_an_outcome_is_kept_until_it_is_told_and_then_makes_room(opened: Opened) -> None:
    ledger = opened()
    plan = await ledger.add(a_plan())
    for step in (yes, begun):
        plan = await take(ledger, plan.id, step)
    plan = await take(ledger, plan.id, lambda plan: settled(plan, PlanState.DONE, {"content": []}, NOW))
    assert (await opened().active("call") or plan).outcome == {"content": []}
    told = await take(ledger, plan.id, delivered)
    assert await ledger.active("call") is None
    assert await ledger.last_effect("call") == await ledger.get("pln_1") == told
    assert (await ledger.add(a_plan("pln_2"))).id == "pln_2"


async def test_what_happened_is_not_hidden_by_what_did_not(opened: Opened) -> None:
    ledger = opened()
    for number, end in enumerate((PlanState.UNKNOWN, PlanState.FAILED)):
        plan = await ledger.add(a_plan(f"pln_{number}"))
        for step in (yes, begun):
            plan = await take(ledger, plan.id, step)
        await take(ledger, plan.id, lambda plan, end=end: settled(plan, end, {}, NOW))
        await take(ledger, plan.id, delivered)
    declining = await ledger.add(a_plan("pln_2"))
    await take(ledger, "pln_2", lambda plan: declined(plan, NOW))
    assert (await ledger.last_effect("call") or declining).id == "pln_0"
    await take(ledger, "pln_0", lambda plan: settled(plan, PlanState.FAILED, {}, NOW))
    assert await ledger.last_effect("call") is None


async def test_an_expired_question_makes_room(opened: Opened) -> None:
    ledger = opened()
    await ledger.add(a_plan())
    later = a_plan("pln_2").model_copy(
        update={"created": NOW + timedelta(hours=2), "expires": NOW + timedelta(hours=3)}
    )
    assert (await ledger.add(later)).id == "pln_2"


async def test_refunds_of_a_day_are_those_that_began_and_did_not_fail(opened: Opened) -> None:
    ledger = opened()
    ends = (PlanState.DONE, PlanState.UNKNOWN, PlanState.FAILED, None)
    for number, end in enumerate(ends):
        plan = await ledger.add(a_plan(f"pln_{number}", f"call {number}").model_copy(update={"is_refund": True}))
        for step in (yes, begun):
            plan = await take(ledger, plan.id, step)
        if end is not None:
            await take(ledger, plan.id, lambda plan, end=end: settled(plan, end, {}, NOW))
    await ledger.add(a_plan("pln_open", "call open").model_copy(update={"is_refund": True}))
    assert await ledger.refunds_since(("account",), NOW - timedelta(days=1)) == 3
    assert await ledger.refunds_since(("account",), NOW + timedelta(seconds=1)) == 0
    assert await ledger.refunds_since(("another",), NOW - timedelta(days=1)) == 0


async def test_a_file_keeps_what_is_young_or_has_no_outcome(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "plans.db")
    for number in range(3):
        await ledger.add(a_plan(f"pln_{number}", f"call {number}"))
    await take(ledger, "pln_1", yes)
    await take(ledger, "pln_1", begun)
    await take(ledger, "pln_2", lambda plan: declined(plan, NOW))
    await ledger.purge(NOW + timedelta(days=7, minutes=-1))
    assert len(await ledger.pending(NOW)) == 1
    assert (await ledger.get("pln_2") or a_plan()).state is PlanState.DECLINED
    await ledger.purge(NOW + timedelta(days=31))
    kept = [await ledger.get(f"pln_{number}") for number in range(3)]
    assert [plan and plan.state for plan in kept] == [None, PlanState.RUNNING, None]
    await ledger.close()


@pytest.mark.skipif(os.name != "posix", reason="permissions as numbers are POSIX's")
async def test_a_file_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "state" / "plans.db")
    await ledger.add(a_plan())
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "state").iterdir()}
    assert modes == {0o600}
    await ledger.close()


async def test_a_file_that_another_process_writes_is_waited_for_while_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, went_on = SqliteLedger(tmp_path / "plans.db"), list[int]()
    await ledger.add(a_plan())

    async def another(seconds: float) -> None:
        with closing(sqlite3.connect(tmp_path / "plans.db", isolation_level=None)) as db:
            db.execute("BEGIN IMMEDIATE")
            await anyio.sleep(seconds)
            went_on.append(1)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(another, 0.03)
        await anyio.wait_all_tasks_blocked()
        assert await ledger.get("pln_1") == a_plan()
        assert went_on == [1]
        monkeypatch.setattr("preo_mcp.approval.ledgers.sqlite.WAIT_SECONDS", 0.02)
        tasks.start_soon(another, 0.1)
        await anyio.wait_all_tasks_blocked()
        with pytest.raises(LedgerError, match="OperationalError"):
            await ledger.get("pln_1")
    assert await ledger.get("pln_1") == a_plan()
    await ledger.close()


@pytest.mark.skipif(os.name != "posix", reason="permissions as numbers are POSIX's")
async def test_a_file_that_others_can_read_or_a_link_is_none_of_ours(tmp_path: Path) -> None:
    (tmp_path / "open.db").touch(0o644)
    (tmp_path / "link.db").symlink_to(tmp_path / "plans.db")
    for name in ("open.db", "link.db"):
        with pytest.raises(LedgerError, match="UnsafeFileError"):
            await SqliteLedger(tmp_path / name).add(a_plan())


async def test_a_file_that_is_none_stops_everything(tmp_path: Path) -> None:
    (tmp_path / "plans.db").write_text("this is no database, and long enough to be looked at" * 20)
    with pytest.raises(LedgerError, match="PREO_STATE_FOLDER"):
        await SqliteLedger(tmp_path / "plans.db").add(a_plan())


async def test_a_redis_that_is_gone_stops_everything_and_tells_no_password() -> None:
    ledger = RedisLedger(NOWHERE, key)
    with pytest.raises(LedgerError, match="PREO_LEDGER_URL") as caught:
        await ledger.active("call")
    assert "s3cret" not in repr(caught.value)
    await ledger.close()


def test_the_settings_choose(tmp_path: Path) -> None:
    flags = {"sandbox": True, "state_folder": tmp_path}
    assert isinstance(open_ledger(Settings.load({}, flags)), SqliteLedger)
    url = {"PREO_LEDGER_URL": "redis://localhost/0"}
    assert isinstance(open_ledger(Settings.load(url, flags)), RedisLedger)
    with pytest.raises(ConfigurationError, match="PREO_LEDGER_URL is not the address"):
        open_ledger(Settings.load({"PREO_LEDGER_URL": "s3cret"}, flags))
    assert list(tmp_path.iterdir()) == [], "nothing is opened before it is needed"


@pytest.mark.parametrize("url", ["redis://redis.example/0", "redis://:s3cret@10.0.0.5:6379"])
def test_plans_do_not_travel_unencrypted(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigurationError, match="unencrypted") as caught:
        open_ledger(Settings.load({"PREO_LEDGER_URL": url}, {"sandbox": True, "state_folder": tmp_path}))
    assert "s3cret" not in str(caught.value)
    for private in ("rediss://redis.example/0", "unix:///run/redis.sock", "redis://127.0.0.1:6379", "redis://[::1]/0"):
        open_ledger(Settings.load({"PREO_LEDGER_URL": private}, {"sandbox": True, "state_folder": tmp_path}))


async def test_a_plan_in_redis_tells_nobody_anything_and_nobody_else_can_write_one() -> None:
    client = fakeredis.FakeAsyncRedis(decode_responses=True)
    ledger = RedisLedger(NOWHERE, key, client)
    plan = a_plan()
    await ledger.add(plan)
    name = f"preo-mcp:plan:{plan.id}"
    kept = str(await client.get(name))
    for told in (plan.question, plan.tool, *(value for _, value in plan.lines)):
        assert told not in kept
        assert told not in base64.b64decode(kept).decode("latin-1")
    forged = yes(plan).model_dump_json()
    by_another_key = Sealing(b"x" * 32).sealed(plan.id, forged.encode())
    for written in (forged, by_another_key, kept[:-8] + "AAAAAAAA", kept[:8], "", "é"):
        await client.set(name, written)
        assert await ledger.get(plan.id) is None, written[:20]
    await client.set("preo-mcp:plan:pln_2", kept)
    assert await ledger.get("pln_2") is None, "a plan is one under its own id only"
    await client.set(name, kept)
    assert await ledger.get(plan.id) == plan
    await ledger.close()


async def test_a_lease_is_held_by_one_at_a_time_in_all_processes(opened: Opened) -> None:
    one, other, order = opened(), opened(), list[str]()

    async def write(ledger: Ledger, name: str) -> None:
        async with ledger.lease("account", 5, 60) as lease:
            await lease.must_hold()
            order.append(f"{name} begins")
            await anyio.sleep(0.01)
            order.append(f"{name} ends")

    async with anyio.create_task_group() as tasks:
        for number, ledger in enumerate((one, other, one, other)):
            tasks.start_soon(write, ledger, str(number))
    assert [text.split()[1] for text in order] == ["begins", "ends"] * 4
    assert all(first.split()[0] == second.split()[0] for first, second in zip(order[::2], order[1::2], strict=True))


async def test_a_lease_that_is_taken_is_not_waited_for_without_end_and_another_account_is_free(opened: Opened) -> None:
    one, other = opened(), opened()
    if isinstance(one, MemoryLedger):
        return  # one process of its own
    async with one.lease("account", 5, 60) as lease:
        with pytest.raises(LedgerError, match="another change"):
            async with other.lease("account", 0.05, 60):
                pass
        async with other.lease("another account", 0.05, 60):
            pass
        await lease.let_go()
        await lease.let_go()
        async with other.lease("account", 1, 60):
            pass


async def test_an_error_under_a_lease_ends_it(opened: Opened) -> None:
    ledger = opened()
    with pytest.raises(ValueError, match="inside"):
        async with ledger.lease("account", 1, 60):
            raise ValueError("inside")
    async with ledger.lease("account", 0.5, 60):
        pass


async def test_a_lease_in_redis_that_ran_out_claims_nothing() -> None:
    client = fakeredis.FakeAsyncRedis(decode_responses=True)
    ledger = RedisLedger(NOWHERE, key, client)
    await ledger.add(a_plan())
    approved_plan = await take(ledger, "pln_1", yes)
    async with ledger.lease("account", 1, 60) as lease:
        name = "preo-mcp:lease:account"
        assert 0 < await client.pttl(name) <= LEASE_SECONDS * 1000, "a process that dies does not stop others for long"
        await client.delete(name)  # as when its time is over
        with pytest.raises(LedgerError, match="was lost"):
            await take(ledger, "pln_1", begun, lease)
        async with ledger.lease("other", 1, 60):
            await client.set(name, "somebody else's")
            with pytest.raises(LedgerError, match="was lost"):
                await lease.must_hold()
    assert await client.get(name) == "somebody else's", "what is another's is not ended"
    assert await ledger.get("pln_1") == approved_plan
    await ledger.close()


async def test_a_lease_in_redis_is_renewed_as_long_as_it_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("preo_mcp.approval.ledgers.redis.RENEWED_EVERY", 0.01)
    client = fakeredis.FakeAsyncRedis(decode_responses=True)
    ledger, name = RedisLedger(NOWHERE, key, client), "preo-mcp:lease:account"
    with anyio.fail_after(20), anyio.CancelScope() as caller:
        async with ledger.lease("account", 1, 60) as lease:
            caller.cancel()
            with anyio.CancelScope(shield=True):  # as a write is
                await client.pexpire(name, 1000)
                while await client.pttl(name) <= 1000:  # noqa: ASYNC110 - nor does Redis give a sign
                    await anyio.sleep(0.01)
                await lease.must_hold()
    assert await client.get(name) is None
    with pytest.raises(ZeroDivisionError):  # not a group of it
        async with ledger.lease("account", 1, 60):
            raise ZeroDivisionError
    async with ledger.lease("account", 1, 0.02) as lease:
        with anyio.fail_after(20):
            while await client.get(name) is not None:  # noqa: ASYNC110 - its time is over, renewed or not
                await anyio.sleep(0.01)
        with pytest.raises(LedgerError, match="was lost"):
            await lease.must_hold()
    await ledger.close()


async def test_what_is_removed_leaves_nothing_in_the_files(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "plans.db")
    await ledger.add(a_plan().model_copy(update={"question": "Pay back to Kirsten Holm?"}))
    await take(ledger, "pln_1", lambda plan: declined(plan, NOW))
    await ledger.purge(NOW + timedelta(days=8))
    assert b"Kirsten" not in everything(tmp_path)
    await ledger.close()


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
