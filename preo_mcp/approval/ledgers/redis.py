"""The ledger in Redis or Valkey, for replicas that serve one account: what a file is to the processes of one computer.

Threat: whoever reaches that Redis, as every user of a computer reaches one on loopback, could read customers' data or
write a yes. So each plan is encrypted and authenticated under its own id with the user's key (AES-256-GCM), and
anything else is no plan, once it is known that the others have this key (`OneKey`); and a Redis on another machine is
reached by TLS. Whoever can write there can still remove a plan, or put back an earlier state of one: only a password of
that Redis keeps them out.

Every step is one optimistic transaction (WATCH, MULTI, EXEC). A Redis that forgets on restart forgets plans, so it has
to keep an append-only file (`appendfsync always`) where a yes must not be usable twice across its own crash.
"""

import logging
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from functools import cache
from typing import Final, TypeVar
from weakref import WeakValueDictionary

import anyio
from pydantic import SecretStr

from preo_mcp.approval.ledgers.ledger import RETAINED_DAYS, Lease, LedgerError, taken
from preo_mcp.approval.plans import MAY_HAVE_HAPPENED, Plan, PlanState
from preo_mcp.replicas.connection import (
    PREFIX,
    ContendedError,
    Pipeline,
    Redis,
    connected,
    in_one_step,
    redis_errors,
)
from preo_mcp.replicas.one_key import OneKey
from preo_mcp.replicas.sealing import Sealing

logger = logging.getLogger(__name__)

T = TypeVar("T")
OPEN: Final = f"{PREFIX}open"
LEASE_PAUSE: Final = 0.05
LEASE_SECONDS: Final = 15.0
"""How long a lease outlives its process, or one that stands still."""
RENEWED_EVERY: Final = 4.0
COUNTED: Final = (PlanState.RUNNING, PlanState.DONE, PlanState.UNKNOWN)


class RedisLedger:
    """Plans in the database that `url` names; it is connected when first needed.

    Args:
        url: `rediss://`, `unix://`, or `redis://` on this computer, with the password in it; never shown.
        key: Gives 32 bytes that plans are encrypted with, when first needed; all processes on the ledger have the same.
        client: Replaces the connection in tests.

    Raises:
        ConfigurationError: the client library is not installed, or the URL is not that of a Redis.
    """

    def __init__(self, url: SecretStr, key: Callable[[], bytes], client: Redis = None) -> None:
        self._sealing = cache(lambda: Sealing(key()))
        self._redis = client or connected(url)
        self._one_key = OneKey(self._redis, "plans", self._sealing)
        self._here: WeakValueDictionary[str, anyio.Lock] = WeakValueDictionary()

    async def add(self, plan: Plan) -> Plan:
        """Keep a new plan, or return the call's active one."""

        async def step(pipe: Pipeline) -> Plan:
            found = await self._read(pipe, await pipe.get(_call(plan.call)))
            if found is not None and found.is_active and not found.has_expired(plan.created):
                return found
            pipe.multi()
            self._write(pipe, plan)
            pipe.set(_call(plan.call), plan.id, ex=_retained(plan))
            return plan

        return await self._transaction(step, _call(plan.call))

    async def get(self, plan_id: str) -> Plan | None:
        """Return a plan by its id."""
        async with self._asked():
            return await self._read(self._redis, plan_id)

    async def active(self, call: str) -> Plan | None:
        """Return the plan that the identical call resumes."""
        async with self._asked():
            plan = await self._read(self._redis, await self._redis.get(_call(call)))
            return plan if plan is not None and plan.is_active else None

    async def last_effect(self, call: str) -> Plan | None:
        """Return the latest plan of the identical call that happened or may have."""
        async with self._asked():
            latest = await self._redis.zrevrange(_effects(call), 0, 0)
            return await self._read(self._redis, latest[0]) if latest else None

    async def replace(self, old: Plan, new: Plan, under: Lease | None = None) -> bool:
        """Put `new` in place of `old`, if that is still the present version and the lease `under` it is still held."""
        fence = (_lease(new.account),) if under is not None else ()

        async def step(pipe: Pipeline) -> bool:
            if under is not None:
                await under.must_hold()  # and watched: one that is lost from here on voids the transaction
            present = await self._read(pipe, old.id)
            if present is None or present.version != old.version:
                return False
            holder = await pipe.get(_call(new.call))
            pipe.multi()
            self._write(pipe, new)
            if not new.is_active and holder == new.id:
                pipe.delete(_call(new.call))
            return True

        return await self._transaction(step, _plan(old.id), _call(new.call), *fence)

    async def pending(self, now: datetime) -> list[Plan]:
        """Return the plans that wait for an answer."""
        async with self._asked():
            ids = await self._redis.zrangebyscore(OPEN, f"({now.timestamp()}", "+inf")
            plans = [await self._read(self._redis, plan_id) for plan_id in ids]
        waiting = [plan for plan in plans if plan is not None and plan.state is PlanState.OPEN]
        return sorted(waiting, key=lambda plan: plan.created)

    async def refunds_since(self, accounts: Sequence[str], moment: datetime) -> int:
        """Return how many refunds of an account began since and did not fail."""
        async with self._asked():
            since = moment.timestamp()
            return sum([await self._redis.zcount(_refunds(account), since, "+inf") for account in accounts])

    async def purge(self, now: datetime) -> None:
        """Remove what expired long ago from the list of open plans; the plans themselves expire in Redis."""
        async with self._asked():
            await self._redis.zremrangebyscore(OPEN, "-inf", (now - timedelta(days=RETAINED_DAYS)).timestamp())

    @asynccontextmanager
    async def lease(self, account: str, patience: float, lifetime: float) -> AsyncGenerator[Lease]:
        """Keep all other writes of an account out, by a key that expires soon after this process, or after `lifetime`.

        Raises:
            LedgerError: others held it for longer than `patience` seconds, or Redis cannot be used.
        """
        here = self._here.setdefault(account, anyio.Lock())
        lease = RedisLease(self._redis, _lease(account), lifetime)
        with anyio.move_on_after(patience) as waiting:
            await here.acquire()
            try:
                async with redis_errors(LedgerError):
                    await lease.take()
            except BaseException:
                here.release()
                raise
        if waiting.cancelled_caught:
            raise taken(patience)
        failure: BaseException | None = None
        renewing = anyio.CancelScope(shield=True)  # a write goes on when its caller gives up, and so does its lease
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(lease.renew, renewing)
                try:
                    yield lease
                except BaseException as exc:  # noqa: BLE001 - raised below, where no group is made of it
                    failure = exc
                renewing.cancel()
        finally:
            here.release()
            with anyio.CancelScope(shield=True):
                await lease.let_go()
        if failure is not None:
            raise failure

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    @asynccontextmanager
    async def _asked(self) -> AsyncGenerator[None]:
        """Ask Redis for something, once it is known that what stands there was sealed by this key.

        Raises:
            ConfigurationError: it was sealed by another one.
            LedgerError: Redis cannot be used.
        """
        await self._one_key.must_be_ours(LedgerError)
        async with redis_errors(LedgerError):
            yield

    async def _read(self, source: Redis | Pipeline, plan_id: str | None) -> Plan | None:
        kept = None if plan_id is None else await source.get(_plan(plan_id))
        if plan_id is None or kept is None:
            return None
        doc = self._sealing().opened(plan_id, kept)
        return None if doc is None else Plan.model_validate_json(doc)

    def _write(self, pipe: Pipeline, plan: Plan) -> None:
        sealed = self._sealing().sealed(plan.id, plan.model_dump_json().encode())
        pipe.set(_plan(plan.id), sealed, ex=_retained(plan))
        _index(pipe, plan)

    async def _transaction(self, step: Callable[[Pipeline], Awaitable[T]], *watched: str) -> T:
        try:
            async with self._asked():
                return await in_one_step(self._redis, step, *watched)
        except ContendedError:
            why = "others kept changing the ledger"
        raise LedgerError("This call did nothing", why, "Make the call again.")


class RedisLease:
    """A lease that ends by itself, unless it is renewed, and after `lifetime` seconds in any case.

    What it was taken with is its fence. A holder that was suspended for longer than `LEASE_SECONDS` finds it lost: its
    plan cannot be claimed, and its write does not begin.
    """

    def __init__(self, redis: Redis, key: str, lifetime: float) -> None:
        self._redis = redis
        self._key = key
        self._lifetime = lifetime
        self._milliseconds = round(min(lifetime, LEASE_SECONDS) * 1000)
        self._fence = secrets.token_hex(16)

    async def take(self) -> None:
        """Wait until nobody else holds it."""
        while True:
            if await self._redis.set(self._key, self._fence, nx=True, px=self._milliseconds):
                return
            if await self._redis.get(self._key) == self._fence:  # taken by a try whose answer was lost
                return
            await anyio.sleep(LEASE_PAUSE)

    async def renew(self, until: anyio.CancelScope) -> None:
        """Renew it until it is lost, `lifetime` is over or the scope is cancelled; one that is lost is not taken again.

        Others may have written meanwhile.
        """
        with until, anyio.move_on_after(self._lifetime):
            while True:
                if not await self._is_renewed():
                    return
                await anyio.sleep(RENEWED_EVERY)

    async def _is_renewed(self) -> bool:
        from redis.exceptions import WatchError

        try:
            async with redis_errors(LedgerError), self._redis.pipeline() as pipe:
                await pipe.watch(self._key)
                if await pipe.get(self._key) != self._fence:
                    return False
                pipe.multi()
                pipe.pexpire(self._key, self._milliseconds)
                with suppress(WatchError):
                    await pipe.execute()
        except LedgerError as exc:
            logger.warning("a lease was not renewed: %s", exc.why)
        return True

    async def must_hold(self) -> None:
        """Make sure that it is still held.

        Raises:
            LedgerError: it was lost, or Redis does not say.
        """
        async with redis_errors(LedgerError):
            held = await self._redis.get(self._key)
        if held != self._fence:
            why = "the right to write alone was lost, because this process or Redis stood still"
            raise LedgerError("This call did nothing", why, "Make the call again.")

    async def let_go(self) -> None:
        """End it, unless it is somebody else's by now; where Redis is gone, it ends by itself."""
        from redis.exceptions import WatchError

        try:
            async with redis_errors(LedgerError), self._redis.pipeline() as pipe:
                await pipe.watch(self._key)
                if await pipe.get(self._key) == self._fence:
                    pipe.multi()
                    pipe.delete(self._key)
                    with suppress(WatchError):
                        await pipe.execute()
        except LedgerError as exc:
            logger.warning("a lease was not ended, and runs out by itself: %s", exc.why)


def _index(pipe: Pipeline, plan: Plan) -> None:
    """Put a plan into the lists that it belongs in, and take it out of the others."""
    if plan.state is PlanState.OPEN:
        pipe.zadd(OPEN, {plan.id: plan.expires.timestamp()})
    else:
        pipe.zrem(OPEN, plan.id)
    if plan.state in MAY_HAVE_HAPPENED and plan.finished is not None:
        pipe.zadd(_effects(plan.call), {plan.id: plan.finished.timestamp()})
        pipe.expire(_effects(plan.call), _retained(plan))
    else:
        pipe.zrem(_effects(plan.call), plan.id)
    if not plan.is_refund:
        return
    if plan.state in COUNTED and plan.began is not None:
        pipe.zadd(_refunds(plan.account), {plan.id: plan.began.timestamp()})
        pipe.zremrangebyscore(_refunds(plan.account), "-inf", (plan.began - timedelta(days=RETAINED_DAYS)).timestamp())
    else:
        pipe.zrem(_refunds(plan.account), plan.id)


def _retained(plan: Plan) -> timedelta:
    return plan.expires - plan.created + timedelta(days=RETAINED_DAYS)


def _plan(plan_id: str) -> str:
    return f"{PREFIX}plan:{plan_id}"


def _call(call: str) -> str:
    return f"{PREFIX}call:{call}"


def _lease(account: str) -> str:
    return f"{PREFIX}lease:{account}"


def _effects(call: str) -> str:
    return f"{PREFIX}effects:{call}"


def _refunds(account: str) -> str:
    return f"{PREFIX}refunds:{account}"
