"""The organizations and editions that this server may work on, whatever a person says yes to.

Every operation is checked against it in one place, on its way out and back: what a call names, what the object that it
is about says of itself, and what an answer shows. What does not say where it belongs lies outside.

Limited to editions, what belongs to a whole organization (a file, a consent, a segment of all editions) can be looked
at where one of the editions is of that organization. It cannot be changed, nothing below it can be read, and neither
can a single customer: a customer belongs to no edition.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from preo_mcp.api.errors import PermissionDeniedError
from preo_mcp.api.operations import (
    ADOPT_EMAIL_MESSAGE,
    DUPLICATE_EDITION,
    DUPLICATE_EMAIL_MESSAGE,
    EXPORT_SEGMENT_USERS,
    GET_EDITION,
    GET_EMAIL_MESSAGE,
    GET_USER,
    GET_USER_INFO,
    LIST_CAMPAIGNS,
    LIST_EDITIONS,
    LIST_EMAIL_MESSAGES,
    LIST_ORDERS,
    LIST_REFUNDS,
    LIST_USERS,
    LIST_WEBHOOKS,
    PREVIEW_EMAIL,
    VALIDATE_CEL_EXPRESSION,
    Method,
    Operation,
    Risk,
)
from preo_mcp.client.ownership import (
    ID,
    READS,
    REFERENCES,
    TRANSACTION,
    Key,
    Owner,
    is_of_editions,
    object_of,
    objects_in,
    owner_of,
    references_in,
    transactions_in,
)
from preo_mcp.settings import Settings

ORGANIZATIONS: Final = "PREO_ALLOWED_ORGANIZATIONS"
EDITIONS: Final = "PREO_ALLOWED_EDITIONS"

OF_THE_PLATFORM: Final = frozenset({GET_EMAIL_MESSAGE, LIST_EMAIL_MESSAGES})
"""What may belong to nobody: Preo's own templates, which everybody may look at."""
PEOPLE: Final = frozenset({GET_USER, LIST_USERS})
"""What a limit to editions closes where no edition is named: people of the whole organization."""
MAKE_FROM: Final = frozenset({ADOPT_EMAIL_MESSAGE, DUPLICATE_EMAIL_MESSAGE, PREVIEW_EMAIL})
"""What only looks at the object in its path where it is told for whom; what it makes belongs there."""
LOOKED_UP_BY: Final = MappingProxyType(
    {
        LIST_CAMPAIGNS: frozenset({"organization_id"}),
        LIST_ORDERS: frozenset({"customer_id", "transaction_id"}),
        LIST_REFUNDS: frozenset({"search"}),
        LIST_WEBHOOKS: frozenset({"organization_id"}),
    }
)
"""What facts and read-backs look something up by; refused where what is found lies outside."""
REFUNDED: Final = frozenset({"purchase_id", TRANSACTION})
"""What a refund names instead of an owner."""
ASK_THE_USER: Final = "Tell the user; only they can change this setting."

Look = Callable[[Operation, Mapping[str, str]], Awaitable[Any]]
"""Reads an object: its JSON, past the scope."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A call of an operation, with ids and fields as they are sent; `filters` are what its query could be narrowed by.

    `filters` are the names of the query's fields, given or not.
    """

    operation: Operation
    path: Mapping[str, str]
    query: Mapping[str, Any] = field(default_factory=dict[str, Any])
    body: Mapping[str, Any] = field(default_factory=dict[str, Any])
    filters: frozenset[str] = frozenset()

    @property
    def named(self) -> Owner:
        """Where the query or the body says that it belongs."""
        both = {**self.query, **self.body}
        return Owner(both.get("organization_id"), both.get("edition_id"))

    @property
    def is_list(self) -> bool:
        """Whether it answers rows that belong somewhere, each for itself."""
        return "page" in self.filters and ID not in self.operation.path

    @property
    def makes_something(self) -> bool:
        """Whether it makes an object that is not below another."""
        return self.operation.method is Method.POST and ID not in self.operation.path


@dataclass(slots=True)
class Seen:
    """What one tool call has learnt: where the objects that it read belong."""

    look: Look
    owners: dict[Key, Owner] = field(default_factory=dict[Key, Owner])


class Scope:
    """What a server may work on; whoever asks is refused by `PermissionDeniedError`, before a write or an answer.

    Args:
        organizations: The only ones, by id; without them those of `editions`.
        editions: The only ones, by id; without them all of `organizations`.
    """

    def __init__(self, organizations: Collection[str], editions: Collection[str]) -> None:
        self._organizations = frozenset(organizations)
        self._editions = frozenset(editions)
        self._organization_of: dict[str, str | None] = {}

    @classmethod
    def of(cls, settings: Settings) -> "Scope | None":
        """Return the scope of the settings; None where they limit nothing."""
        organizations, editions = settings.allowed_organizations, settings.allowed_editions
        return cls(organizations, editions) if organizations or editions else None

    async def admit(self, asked: Asked, seen: Seen) -> None:
        """Let a call out where all that it names lies inside.

        Raises:
            PermissionDeniedError: something does not, or may not.
            PreoError: what would tell cannot be fetched.
        """
        await self._must_name_allowed(asked, seen)
        await self._must_reach_allowed(asked, seen)
        await self._must_refer_to_allowed(asked, seen)
        if asked.is_list:
            self._must_be_narrowed(asked)

    async def admit_change(self, operation: Operation, owner: Owner, seen: Seen) -> None:
        """Let a change through of which the facts tell where it takes effect, before anybody is asked about it.

        Raises:
            PermissionDeniedError: it would take effect outside, or on the whole organization of allowed editions.
            PreoError: what would tell cannot be fetched.
        """
        await self._must_hold(operation, operation, owner, seen, strict=True)

    async def let_in(self, asked: Asked, answer: Any, seen: Seen) -> tuple[Any, str | None]:
        """Return the answer of a read as it may be shown, and what to say where something was left out.

        Raises:
            PermissionDeniedError: it is about something outside.
            PreoError: what would tell cannot be fetched.
        """
        operation = asked.operation
        seen.owners.update(transactions_in(operation, answer))
        if operation is GET_USER_INFO:
            return await self._left_out(asked, answer, "organizations", seen)
        if operation.path in READS:
            owner = seen.owners[operation.path, asked.path["id"]] = owner_of(operation, answer)
            await self._must_hold(operation, operation, owner, seen, strict=operation in PEOPLE)
        elif asked.is_list and self._leaves_out(asked):
            return await self._left_out(asked, answer, "results", seen)
        elif asked.is_list:
            for row in objects_in(operation, answer):
                if await self._why_not_shown(asked, row, seen):
                    raise self._not_narrowed(asked)
        return answer, None

    async def _must_name_allowed(self, asked: Asked, seen: Seen) -> None:
        named, operation = asked.named, asked.operation
        for owner in (Owner(named.organization), Owner(edition=named.edition)):
            if owner != Owner():
                await self._must_hold(operation, operation, owner, seen)
        makes = asked.makes_something or (operation in MAKE_FROM and named != Owner())
        if makes and operation.risk is not Risk.READ and not REFUNDED & asked.body.keys():
            await self._must_hold(operation, operation, named, seen, strict=True)
        if operation is VALIDATE_CEL_EXPRESSION and asked.body.get("count") and named.edition is None:
            why = f"without an edition it counts customers outside {self._spelled()}"
            raise _refused(operation, why, "Give edition_id (list_editions shows them), or leave count out.")
        widens = "edition_id" in asked.body and named.edition is None and operation.risk is not Risk.READ
        if self._editions and widens:
            raise _refused(operation, self._of_a_whole_organization())

    async def _must_reach_allowed(self, asked: Asked, seen: Seen) -> None:
        operation = asked.operation
        subject = object_of(operation)
        if subject is None or subject is operation:
            return
        if operation is DUPLICATE_EDITION and self._editions:
            raise _refused(operation, f"the new edition would lie outside {self._spelled(EDITIONS)}")
        if operation is EXPORT_SEGMENT_USERS and self._editions:
            raise _refused(operation, f"its customers may be of other editions than {self._spelled(EDITIONS)}")
        only_looks = operation in MAKE_FROM and asked.named != Owner()
        owner = await self._owner(subject, asked.path["id"], seen)
        await self._must_hold(operation, subject, owner, seen, strict=not only_looks)

    async def _must_refer_to_allowed(self, asked: Asked, seen: Seen) -> None:
        operation = asked.operation
        for name, key in references_in(asked.body):
            read = REFERENCES[name]
            owner = await self._owner(read, key, seen)
            await self._must_hold(operation, read, owner, seen, strict=name in REFUNDED or read in PEOPLE)
        transaction = asked.body.get(TRANSACTION)
        if transaction is not None:
            owner = seen.owners.get((TRANSACTION, transaction), Owner())
            await self._must_hold(operation, operation, owner, seen, strict=True)

    def _must_be_narrowed(self, asked: Asked) -> None:
        """Refuse a list that is not asked for one owner where it can be, and that looks nothing up."""
        is_narrowed = asked.named.edition is not None or not self._missing(asked)
        looks_up = bool(LOOKED_UP_BY.get(asked.operation, frozenset()) & asked.query.keys())
        if not (is_narrowed or looks_up or self._leaves_out(asked)):
            raise self._not_narrowed(asked)

    def _leaves_out(self, asked: Asked) -> bool:
        """Whether a list is shown without its rows outside: where editions are found, or no owner can be asked for."""
        missing = self._missing(asked)
        return asked.operation is LIST_EDITIONS or (missing is not None and missing not in asked.filters)

    def _missing(self, asked: Asked) -> str | None:
        """Return the filter that a list has to be asked with and is not."""
        if self._editions and "edition_id" in asked.filters:
            return None if asked.named.edition else "edition_id"
        return None if asked.named.organization else "organization_id"

    def _not_narrowed(self, asked: Asked) -> PermissionDeniedError:
        name = self._missing(asked) or "edition_id"
        allowed = self._editions if name == "edition_id" else self._organizations
        values = " or ".join(sorted(allowed)) or "list_editions shows them"
        why = f"it would show what lies outside {self._spelled()}"
        return _refused(asked.operation, why, f"Give {name} ({values}).")

    async def _left_out(self, asked: Asked, answer: Any, name: str, seen: Seen) -> tuple[Any, str | None]:
        rows: list[Any] = answer.get(name, [])
        kept = [row for row in rows if not await self._why_not_shown(asked, row, seen)]
        if len(kept) == len(rows):
            return answer, None
        count = len(rows) - len(kept)
        return {**answer, name: kept}, f"{count} of {len(rows)} were left out: outside {self._spelled()}."

    async def _why_not_shown(self, asked: Asked, row: Mapping[str, Any], seen: Seen) -> str | None:
        operation, named = asked.operation, asked.named
        told = Owner(row.get("id")) if operation is GET_USER_INFO else owner_of(operation, row)
        if told.organization is not None and told.edition is None:  # the edition asked for does not stand for it
            why = await self._why_not(operation, Owner(told.organization), seen, strict=False)
            if why is not None:
                return why
        owner = Owner(told.organization or named.organization, told.edition or named.edition)
        return await self._why_not(operation, owner, seen, strict=operation in PEOPLE)

    async def _must_hold(
        self, operation: Operation, told_by: Operation, owner: Owner, seen: Seen, *, strict: bool = False
    ) -> None:
        why = await self._why_not(told_by, owner, seen, strict=strict)
        if why is not None:
            raise _refused(operation, why)

    async def _why_not(self, told_by: Operation, owner: Owner, seen: Seen, *, strict: bool) -> str | None:
        """Return why something of an owner is refused; `strict` where a whole organization's is not to be touched."""
        edition, limited = owner.edition, bool(self._editions)
        if limited and edition is not None and edition not in self._editions:
            return f"it lies outside {self._spelled(EDITIONS)}"
        if limited and edition is not None and not self._organizations:
            return None
        organization = owner.organization or (edition and await self._organization(edition, seen))
        if organization is None and told_by in OF_THE_PLATFORM and not strict:
            return None
        if organization is None:
            return f"where it belongs cannot be told, and {self._spelled()} limits what may be worked on"
        if organization not in await self._allowed_organizations(seen):
            return f"it lies outside {self._spelled()}"
        return self._of_a_whole_organization() if limited and strict and edition is None else None

    async def _owner(self, read: Operation, key: str, seen: Seen) -> Owner:
        """Return where an object belongs: as this tool call has read it, or as it is read now."""
        if is_of_editions(read):
            return Owner(edition=key)
        if (read.path, key) not in seen.owners:
            found = await seen.look(read, {"id": key})
            seen.owners[read.path, key] = owner_of(read, found)
        return seen.owners[read.path, key]

    async def _organization(self, edition: str, seen: Seen) -> str | None:
        """Return the organization of an edition, which never changes."""
        if edition not in self._organization_of:
            found = await seen.look(GET_EDITION, {"id": edition})
            self._organization_of[edition] = owner_of(GET_EDITION, found).organization
        return self._organization_of[edition]

    async def _allowed_organizations(self, seen: Seen) -> Collection[str | None]:
        return self._organizations or {await self._organization(edition, seen) for edition in self._editions}

    def _of_a_whole_organization(self) -> str:
        return f"it is about a whole organization, and not only about {self._spelled(EDITIONS)}"

    def _spelled(self, setting: str | None = None) -> str:
        """Return a setting with what it allows; the wider one where none is named."""
        setting = setting or (ORGANIZATIONS if self._organizations else EDITIONS)
        allowed = self._organizations if setting == ORGANIZATIONS else self._editions
        return f"{setting} ({', '.join(sorted(allowed))})"


def _refused(operation: Operation, why: str, next_step: str = ASK_THE_USER) -> PermissionDeniedError:
    return PermissionDeniedError(f"{operation.title} was not done", why, next_step)
