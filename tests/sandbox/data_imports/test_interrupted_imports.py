"""An import that is interrupted at any point is completed afterwards: nothing twice, nothing missing."""

import json
import subprocess
import sys
from contextlib import closing
from itertools import islice
from pathlib import Path

import interrupted_import
import pytest
from importing_steps import UPCOMING
from interrupted_import import ORDERS, TINY_SLICE, UNITS, live

from preo_mcp.sandbox import slices
from preo_mcp.sandbox.seed import seed
from preo_mcp.sandbox.store import Store
from tests.sandbox.lives import deaths, lives_until_done


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The seeded database, to begin each sandbox with."""
    with Store.opened() as store:
        seed(store)
        return store.db.serialize()


@pytest.fixture
def folder(tmp_path: Path, seeded: bytes) -> Path:
    (tmp_path / "preo.db").write_bytes(seeded)
    return tmp_path


@pytest.fixture
def tiny_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "SLICE_SECONDS", TINY_SLICE)


def check(folder: Path, lives: int) -> None:
    """The import is completed with exact counts, and no row of an interrupted try is left."""
    with Store.opened(folder) as store, closing(store.db.cursor()) as db:

        def one(sql: str, *values: object) -> int:
            return db.execute(sql, values).fetchone()[0]

        [(stage, text)] = db.execute("SELECT stage, doc FROM data_imports").fetchall()
        doc = json.loads(text)
        assert stage == "completed", (lives, doc["error_message"])
        assert doc["import_result"] == {
            "orders_imported": ORDERS,
            "orders_skipped_existing": 0,
            "orders_skipped_unmapped": 0,
            "purchases_imported": UNITS,
            "items_skipped": 0,
            "customers_created": 75,
        }
        assert doc["row_problems"]["count"] == 1
        mine = "edition_id = ? AND external_id LIKE 'K%'"
        assert one(f"SELECT count(DISTINCT external_id) FROM orders WHERE {mine}", UPCOMING) == ORDERS
        assert one(f"SELECT count(*) FROM orders WHERE {mine}", UPCOMING) == ORDERS
        assert one(f"SELECT sum(amount) FROM orders WHERE {mine}", UPCOMING) == ORDERS * 5000
        assert one(
            f"SELECT count(*) FROM purchases JOIN orders ON orders.id = order_id WHERE orders.{mine}", UPCOMING
        ) == (UNITS)
        assert one("SELECT count(*) FROM customers") == 2075
        assert one("SELECT count(*) FROM import_orders") == ORDERS
        assert one("SELECT count(DISTINCT parse_id) FROM import_orders") == 1
        assert one("SELECT count(*) FROM events WHERE type = 'DATA_IMPORT_COMPLETED'") == 1


@pytest.mark.usefixtures("tiny_slices")
@pytest.mark.parametrize("number", range(6))
async def test_lives_that_end_between_two_slices(folder: Path, number: int) -> None:
    lives = await lives_until_done(lambda: live(folder), number, 60)
    assert lives > 2
    check(folder, lives)


def test_lives_that_are_killed(folder: Path) -> None:
    program = [sys.executable, interrupted_import.__file__, str(folder)]
    for lives, turns in enumerate(deaths(7, 12), start=1):
        with subprocess.Popen(program, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            lines = sum(1 for _ in islice(process.stdout, turns))
            if lines == turns:
                process.kill()
                continue
            assert process.wait() == 0
        assert lives > 3
        check(folder, lives)
        return
