"""The two invented organizers."""

from dataclasses import dataclass

from preo_mcp.sandbox.store import Store


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
