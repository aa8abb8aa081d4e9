"""A consent as it is stored, who may see and change it, and how it is answered.

The row's `doc` holds what was set. Who granted or withdrew it stands in `customer_consents`, with the time of the
customer's last answer; the counts are made from there each time.
"""

from preo_mcp.api.models.consents import ConsentStatus
from preo_mcp.sandbox.members import visible_doc
from preo_mcp.sandbox.routing import B, Call, Q
from preo_mcp.sandbox.store import Doc, Store

CONSENT_PREFIX = "con"


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
        "SELECT id, name FROM segments WHERE organization_id = ? "
        "AND (consent_id = ? OR instr(coalesce(json_extract(doc, '$.condition'), ''), ?)) ORDER BY id",
        (consent["organization_id"], consent["id"], consent["id"]),
    )
    return [{"id": key, "name": name} for key, name in rows]
