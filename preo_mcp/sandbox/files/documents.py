"""A file as it is stored, what it is, who may see and change it, and how it is answered.

The row's `doc` holds the answered fields except `file_url` and `usages`, and `key`; its `file_name` column is folded
for the search. The bytes lie in the store's folder. `key` is the part of `file_url` that cannot be guessed: whoever has
the address can fetch the file without a token, because web pages and e-mails show it (inferred).

What a file is, its first bytes say where they tell, else its name's extension; never the uploader.
"""

from collections.abc import Mapping
from mimetypes import MimeTypes
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

from starlette.datastructures import URL

from preo_mcp.sandbox.files.tags import store_tags
from preo_mcp.sandbox.files.usages import CONTENT_FOLDER, Usages
from preo_mcp.sandbox.members import Member, visible_doc
from preo_mcp.sandbox.store import Doc, Store
from preo_mcp.text.folding import folded

CONTENT_PATH = CONTENT_FOLDER + "{key}/{file_name}"

UNKNOWN = "application/octet-stream"

SIGNATURES: Mapping[bytes, str] = MappingProxyType(
    {
        b"\x89PNG\r\n\x1a\n": "image/png",
        b"\xff\xd8\xff": "image/jpeg",
        b"GIF87a": "image/gif",
        b"GIF89a": "image/gif",
        b"%PDF-": "application/pdf",
    }
)
WEBP = (b"RIFF", b"WEBP")

SHOWN_INLINE = frozenset({*SIGNATURES.values(), "image/webp"})
"""Types that a browser may show; everything else is downloaded, because HTML or SVG could run scripts."""

_BY_NAME = MimeTypes(filenames=())  # without the machine's own tables, so that it is the same everywhere


def content_path(store: Store, file_id: str) -> Path:
    """Return where a file's bytes lie."""
    return store.files / f"{file_id}.data"


def add_file(store: Store, doc: Doc, content: bytes | bytearray) -> None:
    """Store a file, inside a transaction: its bytes first, so that no row is without them.

    Raises:
        OSError: they cannot be written.
    """
    content_path(store, doc["api_id"]).write_bytes(content)
    columns = {name: doc[name] for name in ("organization_id", "created_at", "updated_at")}
    store.insert("files", doc, id=doc["api_id"], key=doc["key"], file_name=folded(doc["file_name"]), **columns)
    store_tags(store, doc, doc["tags"])


def visible_file(store: Store, member: Member, file_id: str) -> Doc:
    """Return a file of one of the member's organizations.

    Raises:
        Problem: 404 for one that does not exist or that the member may not see.
    """
    return visible_doc(store, member, "files", file_id, "File")


def represent(store: Store, doc: Doc, url: URL, usages: Usages | None = None) -> Doc:
    """Return a file with its address and what uses it; `usages` is fetched unless it is given."""
    key = doc["key"]
    usages = usages or Usages(store, [doc["organization_id"]])
    path = CONTENT_PATH.format(key=key, file_name=quote(doc["file_name"], safe=""))
    return {
        **{name: value for name, value in doc.items() if name != "key"},
        "file_url": str(url.replace(path=path, query="", fragment="")),
        "usages": usages.of(doc["api_id"], key),
    }


def content_type(content: bytes | bytearray, file_name: str) -> str:
    """Return the media type of a file.

    A name that promises one of the recognisable types without their first bytes gives `application/octet-stream`.
    """
    for signature, kind in SIGNATURES.items():
        if content.startswith(signature):
            return kind
    if content[:4] == WEBP[0] and content[8:12] == WEBP[1]:
        return "image/webp"
    named, encoding = _BY_NAME.guess_type(file_name, strict=True)
    return UNKNOWN if named is None or encoding or named in SHOWN_INLINE else named
