"""Create and update editions."""

from collections.abc import Mapping

from preo_mcp.api.models.editions import CreateEditionRequest, EditionDetail, Language, UpdateEditionRequest
from preo_mcp.api.operations import CREATE_EDITION, UPDATE_EDITION
from preo_mcp.sandbox.editions.documents import (
    DEFAULT_ZONE,
    EDITION_PREFIX,
    changeable_edition,
    full_name,
    represent,
    unused_slug,
)
from preo_mcp.sandbox.editions.rules import settled
from preo_mcp.sandbox.problems import invalid
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.store import Doc, Store

ENDPOINTS = Endpoints()

CREATED = 201
"""The status of create (inferred)."""

TAKEN_OVER = ("currency", "fee_rule_id", "merchant_account_id", "default_country_code", "tax_type")
"""What a new edition has from the newest one of its organization, unless the body says otherwise (inferred)."""

BLANK: Mapping[str, None] = dict.fromkeys(
    (
        *("published_at", "meta_image_id", "transaction_receipt_email_id", "refund_confirmation_email_id"),
        *("start_date", "end_date"),
    )
)


@ENDPOINTS.endpoint(CREATE_EDITION, returns=EditionDetail, body=CreateEditionRequest, status=CREATED)
async def create_edition(call: Call[Nothing, CreateEditionRequest]) -> Doc:
    """Create a draft for an event of an organization of which the member is manager or admin.

    Without a time zone it has UTC, without languages English (inferred).

    Raises:
        Problem: 400 by field, 403 for a lesser role.
    """
    store, body = call.store, call.body
    call.member.must_manage_named(body.organization_id)
    event = store.doc("organizer_events", body.event_id)
    if event is None or event["organization_id"] != body.organization_id:
        raise invalid(event_id=f"The organization has no event with the id {body.event_id[:80]!r}.")
    edition = settled(store, _before(store, body), body)
    with store.transaction():
        edition = {"id": store.new_id(EDITION_PREFIX), **edition}
        edition["full_name"] = full_name(store, edition)
        edition["slug"] = unused_slug(store, edition)
        store.insert("editions", edition, id=edition["id"], organization_id=edition["organization_id"])
    return represent(store, edition)


@ENDPOINTS.endpoint(UPDATE_EDITION, returns=EditionDetail, body=UpdateEditionRequest)
async def update_edition(call: Call[Nothing, UpdateEditionRequest]) -> Doc:
    """Change an edition; what is absent stays. The slug stays too, because addresses were handed out (inferred).

    `is_draft=false` publishes and needs both dates; `published_at` is the first time that this happened (inferred).

    Raises:
        Problem: 400 by field, 403 for a lesser role, 404.
    """
    store = call.store
    before = changeable_edition(call)
    edition = settled(store, before, call.body)
    edition["full_name"] = full_name(store, edition)
    edition["modified"] = store.now()
    if not edition["is_draft"]:
        edition["published_at"] = edition["published_at"] or edition["modified"]
    with store.transaction():
        store.update("editions", edition["id"], edition)
    return represent(store, edition)


def _before(store: Store, body: CreateEditionRequest) -> Doc:
    """Return what a new edition is where its body says nothing."""
    newest = store.db.execute(
        "SELECT id FROM editions WHERE organization_id = ? ORDER BY json_extract(doc, '$.created') DESC, id LIMIT 1",
        (body.organization_id,),
    ).fetchone()
    example: Doc = (newest and store.doc("editions", newest[0])) or {}
    given = body.model_dump()
    languages = given.get("enabled_languages") or [given.get("default_language", Language.ENGLISH)]
    now = store.now()
    return {
        **BLANK,
        **{name: example.get(name) for name in TAKEN_OVER},
        "timezone": DEFAULT_ZONE,
        "default_language": languages[0],
        "enabled_languages": languages,
        "is_draft": True,
        "is_archived": False,
        "created": now,
        "modified": now,
    }
