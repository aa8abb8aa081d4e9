"""Who calls: the token's member, and what their role in an organization lets them do.

`manager` and `admin` are named in the documentation; `staff`, who may look and not change, is inferred.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from preo_mcp.sandbox.problems import forbidden, invalid, not_found, refused
from preo_mcp.sandbox.store import Doc, Store


class Role(StrEnum):
    """A member's role in an organization, the lesser first."""

    STAFF = "staff"
    MANAGER = "manager"
    ADMIN = "admin"


MANAGERS = frozenset({Role.MANAGER, Role.ADMIN})


@dataclass(frozen=True, slots=True)
class Member:
    """The user a token belongs to, with a role per organization."""

    user: Doc
    roles: MappingProxyType[str, Role]

    @property
    def organizations(self) -> tuple[str, ...]:
        """The organizations that this member can see."""
        return tuple(self.roles)

    def must_manage(self, organization_id: str) -> None:
        """Refuse unless the member is a manager or admin of the organization.

        Raises:
            Problem: 403.
        """
        if self.roles.get(organization_id) not in MANAGERS:
            raise forbidden("manager or admin")

    def must_manage_named(self, organization_id: str) -> None:
        """Refuse unless the organization that a body names is one in which the member is manager or admin.

        Raises:
            Problem: 400 for one they do not belong to, 403 for a lesser role.
        """
        if organization_id not in self.organizations:
            raise invalid(organization_id=f"No organization with the id {organization_id[:80]!r} is accessible.")
        self.must_manage(organization_id)


def authenticate(store: Store, authorization: str | None) -> Member:
    """Return the member of a `Bearer` token.

    Raises:
        Problem: 401, without or with an unknown token.
    """
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.casefold() != "bearer" or not token:
        raise refused(401, "Authentication credentials were not provided.", **{"WWW-Authenticate": "Bearer"})
    row = store.db.execute("SELECT doc FROM members WHERE token = ?", (token.strip(),)).fetchone()
    if row is None:
        raise refused(401, "Invalid token.", **{"WWW-Authenticate": "Bearer"})
    doc = json.loads(row[0])
    return Member(doc["user"], MappingProxyType({key: Role(role) for key, role in doc["roles"].items()}))


def visible_doc(store: Store, member: Member, table: str, key: str, kind: str) -> Doc:
    """Return the document of an object of one of the member's organizations; `kind` names it in the refusal.

    Raises:
        Problem: 404 for one that does not exist or that the member may not see.
    """
    doc = store.doc(table, key)
    if doc is None or doc["organization_id"] not in member.organizations:
        raise not_found(kind)
    return doc
