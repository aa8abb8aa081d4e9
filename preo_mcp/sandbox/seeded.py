"""Opening a store that has its first data: a new one is seeded, a kept one goes on where it was."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from preo_mcp.sandbox.clock import Clock, system_clock
from preo_mcp.sandbox.seed import seed
from preo_mcp.sandbox.store import Store


@contextmanager
def seeded_store(folder: Path | None = None, clock: Clock = system_clock, number: int = 1) -> Generator[Store]:
    """Open the store kept in `folder`, or one in memory; `number` picks the seed of a new one.

    Raises:
        OSError: `folder` cannot be made or written.
    """
    with Store.opened(folder, clock) as store:
        if store.db.execute("SELECT 1 FROM members LIMIT 1").fetchone() is None:
            seed(store, number)
        yield store
