"""Duplicate an edition: its settings, products and e-mail messages, not its dates and nothing that was sold."""

import json
from collections.abc import Iterator
from typing import Any, cast

from pydantic import MISSING

from preo_mcp.api.models.editions import EDITION_NAME_MAX_LENGTH, DuplicateEditionRequest, EditionDetail
from preo_mcp.api.operations import DUPLICATE_EDITION
from preo_mcp.sandbox.editions.changes import BLANK, CREATED
from preo_mcp.sandbox.editions.documents import EDITION_PREFIX, changeable_edition, full_name, represent, unused_slug
from preo_mcp.sandbox.editions.rules import NOT_BLANK
from preo_mcp.sandbox.problems import invalid
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.store import Doc, Store

ENDPOINTS = Endpoints()

COPY_MARK = " (copy)"
PRODUCT_PREFIX, VARIANT_PREFIX, OPTION_PREFIX, MESSAGE_PREFIX = "prd", "var", "opt", "eml"
KEPT = ("meta_image_id", "transaction_receipt_email_id", "refund_confirmation_email_id")


@ENDPOINTS.endpoint(DUPLICATE_EDITION, returns=EditionDetail, body=DuplicateEditionRequest, status=CREATED)
async def duplicate_edition(call: Call[Nothing, DuplicateEditionRequest]) -> Doc:
    """Make a draft like an edition: settings, products with codes, e-mail messages, all with new ids (inferred).

    Orders do not come along, nor do the dates: the same run twice is never meant (inferred).

    Raises:
        Problem: 400 for a blank name, 403 for a lesser role, 404.
    """
    store, source = call.store, changeable_edition(call)
    name = _name(call.body, source)
    with store.transaction():
        edition = _edition(store, source, name)
        store.insert("editions", edition, id=edition["id"], organization_id=edition["organization_id"])
        _copy_products(store, source["id"], edition["id"])
        messages = _copy_messages(store, source["id"], edition["id"])
        edition |= {field: messages.get(edition[field], edition[field]) for field in KEPT}
        store.update("editions", edition["id"], edition)
    return represent(store, edition)


def _name(body: DuplicateEditionRequest, source: Doc) -> str:
    if body.name is MISSING:
        return source["name"][: EDITION_NAME_MAX_LENGTH - len(COPY_MARK)] + COPY_MARK
    if not body.name.strip():
        raise invalid(name=NOT_BLANK)
    return body.name.strip()


def _edition(store: Store, source: Doc, name: str) -> Doc:
    now = store.now()
    kept = {field: source[field] for field in KEPT}
    fresh = {"id": store.new_id(EDITION_PREFIX), "name": name, "is_draft": True, "is_archived": False}
    edition = {**source, **BLANK, **kept, **fresh, "created": now, "modified": now}
    return {**edition, "full_name": full_name(store, edition), "slug": unused_slug(store, edition)}


def _copy_products(store: Store, source: str, target: str) -> None:
    """Copy the products with their variants, options and codes."""
    rows = store.db.execute("SELECT id, doc FROM products WHERE edition_id = ? ORDER BY id", (source,)).fetchall()
    ids: dict[str | None, str | None] = {None: None}
    for key, text in rows:
        doc = json.loads(text)
        ids[key] = store.new_id(PRODUCT_PREFIX)
        for kind, prefix in (("variants", VARIANT_PREFIX), ("options", OPTION_PREFIX)):
            doc[kind] = [_part(store, part, prefix, ids) for part in cast("list[Doc]", doc[kind])]
        doc |= {"id": ids[key], "api_id": ids[key], "edition_id": target}
        store.insert("products", doc, id=ids[key], edition_id=target)
    codes = store.db.execute("SELECT code, product_id, variant_id FROM product_codes WHERE edition_id = ?", (source,))
    copied = [(target, code, ids[product], ids[variant]) for code, product, variant in codes.fetchall()]
    store.db.executemany("INSERT INTO product_codes VALUES (?, ?, ?, ?)", copied)


def _part(store: Store, part: Doc, prefix: str, ids: dict[str | None, str | None]) -> dict[str, Any]:
    ids[part["api_id"]] = key = store.new_id(prefix)
    return {**part, "api_id": key}


def _copy_messages(store: Store, source: str, target: str) -> dict[str, str]:
    """Copy the edition's own e-mail messages; return the new ids by the old ones."""
    return dict(_copied_messages(store, source, target))


def _copied_messages(store: Store, source: str, target: str) -> Iterator[tuple[str, str]]:
    rows = store.db.execute(
        "SELECT id, organization_id, doc FROM email_messages WHERE edition_id = ? ORDER BY id", (source,)
    )
    for key, organization_id, text in rows.fetchall():
        new, now = store.new_id(MESSAGE_PREFIX), store.now()
        doc = {**json.loads(text), "id": new, "edition_id": target, "created": now, "modified": now}
        store.insert("email_messages", doc, id=new, organization_id=organization_id, edition_id=target)
        yield key, new
