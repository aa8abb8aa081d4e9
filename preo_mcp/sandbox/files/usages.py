"""What uses a file: editions as their image, products among their images, e-mail messages in their content."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from preo_mcp.sandbox.store import Doc, Store

EDITION_FIELD = "meta_image_id"
PRODUCT_FIELD = "image_ids"
"""The fields of the stored documents that hold ids of files."""

FILE_PREFIX = "fil"
CONTENT_FOLDER = "/__sandbox/files/"
"""Where files are served; not part of Preo's API, which answers with some other address."""

_MENTION = re.compile(rf"{FILE_PREFIX}_\w+|(?<={CONTENT_FOLDER})[\w-]+", re.ASCII)
"""An id, or the key of an address, in the text of an e-mail message."""


class Usages:
    """Who uses the files of some organizations, as things stand; an e-mail may name a file by id or by address."""

    def __init__(self, store: Store, organizations: Sequence[str]) -> None:
        self._store = store
        self._organizations = organizations
        self._uses: list[Doc] = []
        self._places = defaultdict[str, set[int]](set)
        for kind, field, doc, names in self._found():
            for name in names:
                self._places[name].add(len(self._uses))
            self._uses.append({"type": kind, "id": doc["id"], "name": _name(doc), "field": field})

    def of(self, file_id: str, key: str) -> list[Doc]:
        """Return the uses of a file."""
        return [self._uses[place] for place in sorted(self._places[file_id] | self._places[key])]

    def _found(self) -> Iterator[tuple[str, str, Doc, set[str]]]:
        for doc in self._docs("SELECT doc FROM editions WHERE json_extract(doc, '$.meta_image_id') IS NOT NULL"):
            yield "edition", EDITION_FIELD, doc, {doc[EDITION_FIELD]}
        with_images = "SELECT products.doc FROM products JOIN editions ON editions.id = products.edition_id WHERE"
        for doc in self._docs(f"{with_images} json_array_length(products.doc, '$.image_ids') > 0"):
            yield "product", PRODUCT_FIELD, doc, set(doc[PRODUCT_FIELD])
        for doc in self._docs("SELECT doc FROM email_messages WHERE 1"):
            yield "email_message", "content", doc, set(_MENTION.findall(json.dumps(doc)))

    def _docs(self, query: str) -> Iterator[Doc]:
        marks = ", ".join("?" * len(self._organizations))
        rows = self._store.db.execute(f"{query} AND organization_id IN ({marks}) ORDER BY 1", self._organizations)
        return (json.loads(doc) for (doc,) in rows.fetchall())


def forget(store: Store, file_id: str) -> None:
    """Take a file out of the editions and products that use it; the text of e-mails stays (inferred)."""
    rows = store.db.execute("SELECT id, doc FROM editions WHERE json_extract(doc, '$.meta_image_id') = ?", (file_id,))
    for key, doc in rows.fetchall():
        store.update("editions", key, {**json.loads(doc), EDITION_FIELD: None})
    rows = store.db.execute(
        "SELECT id, doc FROM products WHERE ? IN (SELECT value FROM json_each(doc, '$.image_ids'))", (file_id,)
    )
    for key, text in rows.fetchall():
        doc = json.loads(text)
        store.update("products", key, {**doc, PRODUCT_FIELD: [one for one in doc[PRODUCT_FIELD] if one != file_id]})


def _name(doc: Doc) -> str | None:
    return doc.get("full_name") or doc.get("name") or doc.get("title")
