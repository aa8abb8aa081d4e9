"""Documents by their ids, many at once."""

import json
from collections.abc import Iterable

from preo_mcp.sandbox.store import Doc, Store, dump


def docs_by_id(store: Store, table: str, ids: Iterable[str]) -> dict[str, Doc]:
    """Return the documents of a table by id; an id that is not there is left out."""
    statement = f"SELECT id, doc FROM {table} WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608 - our own names
    return {key: json.loads(doc) for key, doc in store.db.execute(statement, (dump(list(ids)),))}
