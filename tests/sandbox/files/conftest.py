"""The seeded store with the bytes of its files, which a copied database comes without."""

import pytest

from preo_mcp.sandbox.files.documents import content_path
from preo_mcp.sandbox.seed.files import PLANS
from preo_mcp.sandbox.store import Store


@pytest.fixture(autouse=True)
def contents(store: Store) -> None:
    for plan in PLANS:
        content_path(store, plan.id).write_bytes(plan.content)
