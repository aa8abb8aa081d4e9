"""What the sandbox knows, in one SQLite database and a folder for uploaded files.

SQLite is called synchronously: a query takes 5–20 µs, a hop to a thread ten times that. The rule that keeps this
correct on one connection is that nothing awaits inside a transaction.
"""

import json
import sqlite3
import tempfile
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self
from zlib import crc32

from preo_mcp.process import closed_at_the_end
from preo_mcp.sandbox.clock import Clock, iso, system_clock
from preo_mcp.sandbox.tables import SCHEMA

Doc = dict[str, Any]
"""A row's JSON document."""

ID_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
ID_LENGTH = 10
ID_BITS = 5 * ID_LENGTH
ID_MASK = (1 << ID_BITS) - 1
SCRAMBLE = 0x2545F4914F6CD
ID_PAIRS = [first + second for second in ID_ALPHABET for first in ID_ALPHABET]
"""Two letters for ten bits, least first: half as many look-ups as letter by letter."""


def _nobody_waits() -> None:
    pass


def _make_private(db: Path) -> None:
    """Make a database that its owner alone can read, or the one that is there so, with its log."""
    db.touch(mode=0o600)
    for file in (db, db.with_name(f"{db.name}-wal"), db.with_name(f"{db.name}-shm")):
        with suppress(FileNotFoundError):
            file.chmod(0o600)


class Store:
    """The sandbox's database, its files and its supply of ids."""

    def __init__(self, db: sqlite3.Connection, files: Path, clock: Clock) -> None:
        self.db = db
        self.files = files
        self.clock = clock
        self.deliveries_due: Callable[[], None] = _nobody_waits
        """Called in a transaction that leaves webhooks to deliver; whoever delivers them sets it, to be woken."""

    @classmethod
    @contextmanager
    def opened(cls, folder: Path | None = None, clock: Clock = system_clock) -> Generator[Self]:
        """Open the store kept in `folder`, or one in memory that is gone afterwards.

        Raises:
            OSError: `folder` cannot be made or written.
        """
        scratch = None if folder else tempfile.TemporaryDirectory(prefix="preo-sandbox-", ignore_cleanup_errors=True)
        kept = folder or Path(scratch.name if scratch else "")
        db: sqlite3.Connection | None = None

        def close() -> None:
            if db is not None:
                db.close()
            if scratch is not None:
                scratch.cleanup()

        with closed_at_the_end(close):
            files = kept / "files"
            # Somebody's real customers may be imported here, to try it: what is made is its owner's alone.
            kept.mkdir(mode=0o700, parents=True, exist_ok=True)
            files.mkdir(mode=0o700, exist_ok=True)
            if folder:
                _make_private(folder / "preo.db")  # SQLite gives its log the same mode
            db = sqlite3.connect(folder / "preo.db" if folder else ":memory:", isolation_level=None)
            # What is committed survives the end of the process, not a power cut: no commit waits for the disk.
            db.executescript(f"PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; {SCHEMA}")
            yield cls(db, files, clock)

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """All or nothing; nothing may await inside."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield self.db
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def now(self) -> str:
        """Return the present moment as it is stored."""
        return iso(self.clock())

    def new_id(self, prefix: str) -> str:
        """Return the next id of a kind, the same one for the same history: `imp_4k7…`."""
        [(number,)] = self.db.execute(
            "INSERT INTO counters VALUES (?, 1) ON CONFLICT DO UPDATE SET value = value + 1 RETURNING value", (prefix,)
        ).fetchall()
        return spell_id(prefix, number)

    def doc(self, table: str, key: str, *, column: str = "id") -> Doc | None:
        """Return a row's document, or None where there is no such row."""
        row = self.db.execute(f"SELECT doc FROM {table} WHERE {column} = ?", (key,)).fetchone()  # noqa: S608 - our own names
        return None if row is None else json.loads(row[0])

    def insert(self, table: str, doc: Doc, **columns: object) -> None:
        """Insert a row: its columns and its document."""
        names = ", ".join([*columns, "doc"])
        marks = ", ".join("?" * (len(columns) + 1))
        self.db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", (*columns.values(), dump(doc)))  # noqa: S608 - our own names

    def update(self, table: str, key: str, doc: Doc, **columns: object) -> None:
        """Replace a row's document, and the columns given, by the row's id."""
        changes = ", ".join(f"{name} = ?" for name in [*columns, "doc"])
        self.db.execute(f"UPDATE {table} SET {changes} WHERE id = ?", (*columns.values(), dump(doc), key))  # noqa: S608 - our own names


def docs_by_id(store: Store, table: str, ids: Iterable[str]) -> dict[str, Doc]:
    """Return the documents of a table by id; an id that is not there is left out."""
    statement = f"SELECT id, doc FROM {table} WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608 - our own names
    return {key: json.loads(doc) for key, doc in store.db.execute(statement, (dump(list(ids)),))}


def spell_id(prefix: str, number: int) -> str:
    """Return the `number`th id of a kind: looks random, never repeats, is the same everywhere.

    Each step (multiply by an odd number, fold the upper half into the lower) maps 50 bits one to one.
    """
    value = (number + crc32(prefix.encode())) * SCRAMBLE & ID_MASK
    value = (value ^ value >> ID_BITS // 2) * SCRAMBLE & ID_MASK
    value ^= value >> ID_BITS // 2
    pairs = [ID_PAIRS[value >> 10 * place & 1023] for place in range(ID_LENGTH // 2)]
    return f"{prefix}_{''.join(pairs)}"


dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""A document as it is stored; made once, because `json.dumps` makes an encoder per call."""
