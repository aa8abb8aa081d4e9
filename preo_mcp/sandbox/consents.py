"""Consents, to which customers agree or not: list, get, create, update, delete.

A row's `doc` holds what was set. Who granted or withdrew a consent stands in `customer_consents`, with the time of the
customer's last answer; the counts are made from there each time.
"""

import json
from collections.abc import Sequence

from pydantic import MISSING

from preo_mcp.api.models.base import Page
from preo_mcp.api.models.consents import (
    ConsentDetail,
    ConsentOrdering,
    ConsentStatus,
    ConsentType,
    CreateConsentRequest,
    ListConsentsQuery,
    UpdateConsentRequest,
)
from preo_mcp.api.operations import (
    CREATE_CONSENT,
    DELETE_CONSENT,
    DELETE_SEGMENT,
    GET_CONSENT,
    LIST_CONSENTS,
    UPDATE_CONSENT,
    UPDATE_SEGMENT,
)
from preo_mcp.sandbox.lists import paged
from preo_mcp.sandbox.members import visible_doc
from preo_mcp.sandbox.problems import invalid, refused
from preo_mcp.sandbox.routing import B, Call, Endpoints, Nothing, Q
from preo_mcp.sandbox.store import Doc, Store
from preo_mcp.text.folding import folded

ENDPOINTS = Endpoints()

CONSENT_PREFIX = "con"

CREATED, NO_CONTENT = 201, 204
"""Statuses of create and delete (inferred)."""


@ENDPOINTS.endpoint(LIST_CONSENTS, returns=Page[ConsentDetail], query=ListConsentsQuery)
async def list_consents(call: Call[ListConsentsQuery, Nothing]) -> Doc:
    """List the consents of the member's organizations, the newest first unless `ordering` says otherwise.

    Compared here rather than in SQL: an organization has few consents.
    """
    store, query = call.store, call.query
    rows = store.db.execute(
        "SELECT doc FROM consents WHERE organization_id IN (SELECT value FROM json_each(?)) ORDER BY id",
        (json.dumps(call.member.organizations),),
    )
    found = [consent for consent in (json.loads(doc) for (doc,) in rows) if _matches(consent, query)]
    _sort(found, [ConsentOrdering.CREATED_DESC] if query.ordering is MISSING else query.ordering)

    def fetch(limit: int, offset: int) -> Sequence[Doc]:
        return [represent(store, consent) for consent in found[offset : offset + limit]]

    return paged(call.url, query, len(found), fetch)


@ENDPOINTS.endpoint(GET_CONSENT, returns=ConsentDetail)
async def get_consent(call: Call[Nothing, Nothing]) -> Doc:
    """Answer one consent."""
    return represent(call.store, visible_consent(call))


@ENDPOINTS.endpoint(CREATE_CONSENT, returns=ConsentDetail, body=CreateConsentRequest, status=CREATED)
async def create_consent(call: Call[Nothing, CreateConsentRequest]) -> Doc:
    """Create a consent of an organization of which the member is manager or admin; nobody has granted it yet.

    Raises:
        Problem: 400 by field, 403 for a lesser role.
    """
    store, body = call.store, call.body
    call.member.must_manage_named(body.organization_id)
    now = store.now()
    before: Doc = {"description": None, "type": ConsentType.MARKETING, "required": False}
    fields = {**before, **_checked(body)}
    with store.transaction():
        consent = {"id": store.new_id(CONSENT_PREFIX), **fields, "created": now, "modified": now}
        store.insert("consents", consent, id=consent["id"], organization_id=body.organization_id)
    return represent(store, consent)


@ENDPOINTS.endpoint(UPDATE_CONSENT, returns=ConsentDetail, body=UpdateConsentRequest)
async def update_consent(call: Call[Nothing, UpdateConsentRequest]) -> Doc:
    """Change a consent; what is absent stays, and so do the customers' answers (inferred).

    Raises:
        Problem: 400 by field, 403 for a lesser role, 404.
    """
    consent = {**changeable_consent(call), **_checked(call.body), "modified": call.store.now()}
    with call.store.transaction():
        call.store.update("consents", consent["id"], consent)
    return represent(call.store, consent)


@ENDPOINTS.endpoint(DELETE_CONSENT, returns=Nothing, status=NO_CONTENT)
async def delete_consent(call: Call[Nothing, Nothing]) -> Doc:
    """Delete a consent with all customers' answers to it.

    Raises:
        Problem: 400 while a segment uses it, naming them (inferred); 403 for a lesser role; 404.
    """
    store, consent = call.store, changeable_consent(call)
    if users := segments_using(store, consent):
        names = ", ".join(f"{one['name']} ({one['id']})" for one in users)
        raise refused(
            400,
            f"The consent is in use by the segments {names}. "
            f"Take it out of them first ({UPDATE_SEGMENT.title}), or delete them ({DELETE_SEGMENT.title}).",
        )
    with store.transaction():
        store.db.execute("DELETE FROM customer_consents WHERE consent_id = ?", (consent["id"],))
        store.db.execute("DELETE FROM consents WHERE id = ?", (consent["id"],))
    return {}


def visible_consent(call: Call[Q, B]) -> Doc:
    """Return the consent that a call names, if it is of one of the member's organizations.

    Raises:
        Problem: 404.
    """
    return visible_doc(call.store, call.member, "consents", call.path["id"], "Consent")


def changeable_consent(call: Call[Q, B]) -> Doc:
    """Return the consent that a call names, if its member may change it: managers and admins may (inferred).

    Raises:
        Problem: 404 or 403.
    """
    consent = visible_consent(call)
    call.member.must_manage(consent["organization_id"])
    return consent


def represent(store: Store, consent: Doc) -> Doc:
    """Return a consent with how many customers granted and withdrew it, and the segments that use it."""
    counts = dict(
        store.db.execute(
            "SELECT status, count(*) FROM customer_consents WHERE consent_id = ? GROUP BY status", (consent["id"],)
        ).fetchall()
    )
    return {
        **consent,
        "granted_count": counts.get(ConsentStatus.GRANTED, 0),
        "withdrawn_count": counts.get(ConsentStatus.WITHDRAWN, 0),
        "segments": segments_using(store, consent),
    }


def segments_using(store: Store, consent: Doc) -> list[Doc]:
    """Return id and name of the segments that send by a consent or name it in their condition."""
    rows = store.db.execute(
        "SELECT id, json_extract(doc, '$.name') FROM segments WHERE organization_id = ? "
        "AND (consent_id = ? OR instr(coalesce(json_extract(doc, '$.condition'), ''), ?)) ORDER BY id",
        (consent["organization_id"], consent["id"], consent["id"]),
    )
    return [{"id": key, "name": name} for key, name in rows]


def _matches(consent: Doc, query: ListConsentsQuery) -> bool:
    if query.organization_id is not MISSING and consent["organization_id"] != query.organization_id:
        return False
    words = [] if query.search is MISSING else folded(query.search).split()
    searched = folded(f"{consent['name']}\n{consent['description'] or ''}")
    return all(word in searched for word in words)


def _sort(consents: list[Doc], orderings: Sequence[ConsentOrdering]) -> None:
    for ordering in reversed(orderings):
        name = ordering.lstrip("-")
        consents.sort(
            key=lambda consent: folded(consent[name]) if name == "name" else consent[name],
            reverse=ordering.startswith("-"),
        )


def _checked(body: CreateConsentRequest | UpdateConsentRequest) -> Doc:
    """Return what was given, without white space around the name.

    Raises:
        Problem: 400 by field.
    """
    given = body.model_dump()
    problems: dict[str, str] = {}
    if "name" in given:
        given["name"] = given["name"].strip()
        if not given["name"]:
            problems["name"] = "This field may not be blank."
    if "type" in given and given["type"] not in set(ConsentType):
        problems["type"] = f"Not a valid choice. Choose from: {', '.join(ConsentType)}."
    if problems:
        raise invalid(**problems)
    return given
