"""The ledger as an SQLite file under the user's state folder: safe for several processes, readable by the user alone.

Called synchronously: a step takes well under a millisecond, a hop to a thread ten times that; only the wait for
another process that writes lets other calls go on. `synchronous = FULL`, because a plan that a power cut forgets could
be used twice.
"""

import os
import sqlite3
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import anyio
from pydantic import ValidationError

from preo_mcp.approval.ledgers.ledger import RETAINED_DAYS, Lease, LedgerError, taken
from preo_mcp.approval.plans import Plan, PlanState
from preo_mcp.files.private_files import OWNER_ONLY, open_private, private_folder

LEASES: Final = "leases"
"""The folder of the leases' files, beside the plans."""
WAIT_SECONDS: Final = 5.0
"""How long one process waits for another that writes."""
PAUSE: Final = 0.01
LEASE_PAUSE: Final = 0.01
"""Seconds between two tries to take a lease that another process holds."""
PRIMARY: Final = 0xFF
"""The part of an error's code that says its kind (SQLite, Result and Error Codes)."""

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS plans (
    id TEXT PRIMARY KEY, call TEXT NOT NULL, account TEXT NOT NULL, version INTEGER NOT NULL, state TEXT NOT NULL,
    active INTEGER NOT NULL, is_refund INTEGER NOT NULL, created TEXT NOT NULL, expires TEXT NOT NULL, began TEXT,
    finished TEXT, doc TEXT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS one_active_plan_per_call ON plans (call) WHERE active;
CREATE INDEX IF NOT EXISTS plans_by_call ON plans (call, finished);
CREATE INDEX IF NOT EXISTS refunds_by_time ON plans (account, began) WHERE is_refund;
"""
WAITING: Final = f"state IN ('{PlanState.OPEN}', '{PlanState.APPROVED}')"
COUNTED: Final = f"state IN ('{PlanState.RUNNING}', '{PlanState.DONE}', '{PlanState.UNKNOWN}')"
MAY_HAVE_HAPPENED: Final = f"state IN ('{PlanState.DONE}', '{PlanState.UNKNOWN}')"


class SqliteLedger:
    """Plans in `file`, which is made when it is first needed."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._opened: sqlite3.Connection | None = None
        self._leases = FileLeases(file.parent / LEASES)

    async def add(self, plan: Plan) -> Plan:
        """Keep a new plan, or return the call's active one."""
        row = _row(plan)
        insert = f"INSERT INTO plans ({', '.join(row)}) VALUES ({', '.join('?' * len(row))}) ON CONFLICT DO NOTHING"
        async with self._transaction() as db:
            db.execute(
                f"DELETE FROM plans WHERE call = ? AND active AND expires <= ? AND {WAITING}",
                (plan.call, _text(plan.created)),
            )
            if db.execute(insert, tuple(row.values())).rowcount:
                return plan
            [found] = _plans(db, "call = ? AND active", plan.call)
            return found

    async def get(self, plan_id: str) -> Plan | None:
        """Return a plan by its id."""
        return await self._one("id = ?", plan_id)

    async def active(self, call: str) -> Plan | None:
        """Return the plan that the identical call resumes."""
        return await self._one("call = ? AND active", call)

    async def last_effect(self, call: str) -> Plan | None:
        """Return the latest plan of the identical call that happened or may have."""
        return await self._one(f"call = ? AND {MAY_HAVE_HAPPENED} ORDER BY finished DESC LIMIT 1", call)

    async def replace(self, old: Plan, new: Plan, under: Lease | None = None) -> bool:
        """Put `new` in place of `old`, if that is still the present version."""
        if under is not None:
            await under.must_hold()
        row = _row(new)
        update = f"UPDATE plans SET {', '.join(f'{name} = ?' for name in row)} WHERE id = ? AND version = ?"
        async with self._transaction() as db:
            return db.execute(update, (*row.values(), old.id, old.version)).rowcount == 1

    async def pending(self, now: datetime) -> list[Plan]:
        """Return the plans that wait for an answer."""
        async with self._transaction() as db:
            return _plans(db, f"state = '{PlanState.OPEN}' AND expires > ? ORDER BY created", _text(now))

    async def refunds_since(self, accounts: Sequence[str], moment: datetime) -> int:
        """Return how many refunds of an account began since and did not fail."""
        places = ", ".join("?" * len(accounts))
        query = f"SELECT count(*) FROM plans WHERE is_refund AND account IN ({places}) AND began >= ? AND {COUNTED}"
        async with self._transaction() as db:
            return db.execute(query, (*accounts, _text(moment))).fetchone()[0]

    async def purge(self, now: datetime) -> None:
        """Remove what expired or finished long ago."""
        async with self._transaction() as db:
            db.execute(
                f"DELETE FROM plans WHERE coalesce(finished, CASE WHEN {WAITING} THEN expires END) < ?",
                (_text(now - timedelta(days=RETAINED_DAYS)),),
            )
        await self._emptied()

    async def _emptied(self) -> None:
        """Leave nothing of what was removed in the log beside the file; while others read, the next time will."""
        if self._opened is not None:
            with suppress(sqlite3.OperationalError):
                self._opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def lease(
        self,
        account: str,
        patience: float,
        lifetime: float,  # noqa: ARG002 - a locked file is let go of when its process dies
    ) -> AbstractAsyncContextManager[Lease]:
        """Keep all other writes of an account out, by a locked file beside the plans, for as long as it is needed."""
        return self._leases.lease(account, patience)

    async def close(self) -> None:
        """Close the file."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    async def _one(self, where: str, value: str) -> Plan | None:
        async with self._transaction() as db:
            return next(iter(_plans(db, where, value)), None)

    @asynccontextmanager
    async def _transaction(self) -> AsyncGenerator[sqlite3.Connection]:
        """Yield the database inside a transaction that nobody else writes in; its body must not await.

        Raises:
            LedgerError: the file cannot be read or written, or is not one of preo-mcp's.
        """
        try:
            with await self._begun() as db:
                yield db
        except (sqlite3.Error, OSError, ValidationError) as exc:
            why = f"{self._file} cannot be read or written ({type(exc).__name__})"
        else:
            return
        raise LedgerError(
            "This call did nothing", why, "Free the disk or the file, or set PREO_STATE_FOLDER to another folder."
        )

    async def _begun(self) -> sqlite3.Connection:
        """Return the database with a transaction begun, once no other process writes."""
        until = anyio.current_time() + WAIT_SECONDS
        while True:
            try:
                if self._opened is None:
                    self._opened = _open(self._file)
                self._opened.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as exc:
                if exc.sqlite_errorcode & PRIMARY != sqlite3.SQLITE_BUSY or anyio.current_time() >= until:
                    raise
            else:
                return self._opened
            await anyio.sleep(PAUSE)


class FileLease:
    """A lease of one computer: the system lets go of it when its process dies, so it cannot be lost."""

    def __init__(self, lock: "_AccountLock") -> None:
        self._lock = lock
        self._is_held = False

    def take_at_once(self) -> bool:
        """Take it where nobody holds it, and return whether that was so."""
        from filelock import Timeout

        try:
            self._lock.here.acquire_nowait()
        except anyio.WouldBlock:
            return False
        try:
            self._lock.file.acquire(blocking=False)
        except Timeout:
            self._lock.here.release()
            return False
        except BaseException:
            self._lock.here.release()
            raise
        self._is_held = True
        return True

    async def take(self) -> None:
        """Wait until nobody else holds it, the calls of this process in the order in which they came."""
        await self._lock.here.acquire()
        try:
            await self._lock_file()
        except BaseException:
            self._lock.here.release()
            raise
        self._is_held = True

    async def must_hold(self) -> None:
        """Do nothing: it is held until it is let go of."""

    async def let_go(self) -> None:
        """End it."""
        if self._is_held:
            self._is_held = False
            self._lock.file.release()
            self._lock.here.release()

    async def _lock_file(self) -> None:
        from filelock import Timeout

        while True:
            try:
                self._lock.file.acquire(blocking=False)
            except Timeout:
                await anyio.sleep(LEASE_PAUSE)
            else:
                return


class _AccountLock:
    """What the leases of one account stand for: a lock among this process's calls, and one among processes."""

    def __init__(self, file: Path) -> None:
        from filelock import FileLock

        private_folder(file.parent)
        os.close(open_private(file, os.O_RDWR | os.O_CREAT))
        self.here = anyio.Lock()
        self.file = FileLock(file, mode=OWNER_ONLY, thread_local=False)


class FileLeases:
    """The leases of a computer's processes, each a file in `folder`, which is looked at when it is first needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._locks: dict[str, _AccountLock] = {}

    @asynccontextmanager
    async def lease(self, account: str, patience: float) -> AsyncGenerator[Lease]:
        """Hold the lease of an account; `patience` is how many seconds to wait for it.

        Raises:
            LedgerError: others held it for longer, or its file cannot be used.
        """
        try:
            lock = self._locks.get(account)
            if lock is None:
                lock = self._locks[account] = _AccountLock(self._folder / f"{account[:16]}.lock")
            lease = FileLease(lock)
            if not lease.take_at_once():
                with anyio.move_on_after(patience) as waiting:
                    await lease.take()
                if waiting.cancelled_caught:
                    raise taken(patience)
        except OSError as exc:
            why = f"{self._folder} cannot be used ({exc.strerror or exc})"
        else:
            try:
                yield lease
            finally:
                await lease.let_go()
            return
        raise LedgerError("This call did nothing", why, "Free the disk, or set PREO_STATE_FOLDER to another folder.")


def _open(file: Path) -> sqlite3.Connection:
    private_folder(file.parent)
    os.close(open_private(file, os.O_RDWR | os.O_CREAT))  # SQLite would make it readable by the user's group
    db = sqlite3.connect(file, timeout=0, isolation_level=None)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA secure_delete = ON")  # outcomes hold what customers wrote
        db.executescript(SCHEMA)
    except sqlite3.Error:
        db.close()
        raise
    return db


def _plans(db: sqlite3.Connection, where: str, value: str) -> list[Plan]:
    rows = db.execute(f"SELECT doc FROM plans WHERE {where}", (value,))
    return [Plan.model_validate_json(doc) for (doc,) in rows]


def _row(plan: Plan) -> dict[str, Any]:
    return {
        "id": plan.id,
        "call": plan.call,
        "account": plan.account,
        "version": plan.version,
        "state": plan.state,
        "active": plan.is_active,
        "is_refund": plan.is_refund,
        "created": _text(plan.created),
        "expires": _text(plan.expires),
        "began": plan.began and _text(plan.began),
        "finished": plan.finished and _text(plan.finished),
        "doc": plan.model_dump_json(),
    }


def _text(moment: datetime) -> str:
    """A moment as text that sorts by time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
