"""Create, update and delete consents."""

from preo_mcp.api.models.consents import ConsentDetail, ConsentType, CreateConsentRequest, UpdateConsentRequest
from preo_mcp.api.operations import CREATE_CONSENT, DELETE_CONSENT, DELETE_SEGMENT, UPDATE_CONSENT, UPDATE_SEGMENT
from preo_mcp.sandbox.consents.documents import CONSENT_PREFIX, changeable_consent, represent, segments_using
from preo_mcp.sandbox.problems import invalid, refused
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.store import Doc

ENDPOINTS = Endpoints()

CREATED, NO_CONTENT = 201, 204
"""Statuses of create and delete (inferred)."""


@ENDPOINTS.endpoint(CREATE_CONSENT, returns=ConsentDetail, body=CreateConsentRequest, status=CREATED)
async def create_consent(call: Call[Nothing, CreateConsentRequest]) -> Doc:
    """Create a consent of an organization of which the member is manager or admin; nobody has granted it yet.

    Raises:
        Problem: 400 by field, 403 for a lesser role.
    """
    store, body = call.store, call.body
    if body.organization_id not in call.member.organizations:
        raise invalid(organization_id=f"No organization with the id {body.organization_id[:80]!r} is accessible.")
    call.member.must_manage(body.organization_id)
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
