"""List and get consents."""

import json
from collections.abc import Sequence

from pydantic import MISSING

from preo_mcp.api.models.base import Page
from preo_mcp.api.models.consents import ConsentDetail, ConsentOrdering, ListConsentsQuery
from preo_mcp.api.operations import GET_CONSENT, LIST_CONSENTS
from preo_mcp.sandbox.consents.documents import represent, visible_consent
from preo_mcp.sandbox.paging import paged
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.store import Doc
from preo_mcp.text.folding import folded

ENDPOINTS = Endpoints()


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
