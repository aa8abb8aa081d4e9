"""The seeded store with the bytes of its files, which a copied database comes without."""

import pytest

from preo_mcp.sandbox.seed.files import write_contents
from preo_mcp.sandbox.store import Store


@pytest.fixture(autouse=True)
def contents(store: Store) -> None:
    write_contents(store)
