"""The two invented organizers, and their members with a token per role, so that permissions can be tried."""

from dataclasses import dataclass
from types import MappingProxyType

from preo_mcp.sandbox.members import Role
from preo_mcp.sandbox.store import Doc, Store

ADMIN_TOKEN = "sandbox-admin"  # noqa: S105 - public by design: it opens the sandbox only
MANAGER_TOKEN = "sandbox-manager"  # noqa: S105
STAFF_TOKEN = "sandbox-staff"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Organization:
    """An organizer: its id, and what its editions are sold in."""

    id: str
    key: str
    name: str
    currency: str
    timezone: str
    country_code: str
    language: str
    languages: tuple[str, ...]


# Preo's languages are en, da, se, nl and pl: a German organizer has to sell in English.
NORDLYS = Organization(
    "org_nordlys", "nordlys", "Nordlys Festival ApS", "DKK", "Europe/Copenhagen", "+45", "da", ("da", "en")
)
ELBKLANG = Organization(
    "org_elbklang", "elbklang", "Elbklang Konzerte GmbH", "EUR", "Europe/Berlin", "+49", "en", ("en",)
)

ORGANIZATIONS = (NORDLYS, ELBKLANG)


def add_organizations(store: Store) -> None:
    """Write the organizations."""
    for organization in ORGANIZATIONS:
        doc = {"id": organization.id, "name": organization.name, "slug": organization.key, "avatar": None}
        store.insert("organizations", doc, id=organization.id)


def _member(key: str, first_name: str, last_name: str, phone: str, locale: str, **roles: Role) -> Doc:
    user = {
        "id": f"usr_{key}",
        "email": f"{first_name}.{last_name}@example.org".lower(),
        "first_name": first_name,
        "last_name": last_name,
        "phone_number": phone,
        "locale": locale,
    }
    return {"user": user, "roles": roles}


MEMBERS = MappingProxyType(
    {
        ADMIN_TOKEN: _member(
            "admin", "Astrid", "Holm", "+4520123456", "da", **{NORDLYS.id: Role.ADMIN, ELBKLANG.id: Role.ADMIN}
        ),
        MANAGER_TOKEN: _member("manager", "Mikkel", "Dahl", "+4522123456", "da", **{NORDLYS.id: Role.MANAGER}),
        STAFF_TOKEN: _member("staff", "Emily", "Hughes", "+442079460101", "en", **{NORDLYS.id: Role.STAFF}),
    }
)
"""By token: the user and their role in each organization that they belong to."""


def add_members(store: Store) -> None:
    """Write the members."""
    for token, doc in MEMBERS.items():
        store.insert("members", doc, token=token)
