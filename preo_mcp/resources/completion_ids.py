"""Where the ids of each kind come from, the names that they go by, and which ones fit best what was typed.

Editions, imports, campaigns, segments, messages and webhooks are few: they are read whole and matched here, because
most of their lists cannot be searched. Customers and orders are many: Preo searches.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, cast

from pydantic import MISSING

from preo_mcp.api.models.base import Page, PageQuery, Response
from preo_mcp.api.models.users import UserInfo
from preo_mcp.api.operations import (
    GET_USER_INFO,
    LIST_CAMPAIGNS,
    LIST_DATA_IMPORTS,
    LIST_EDITIONS,
    LIST_EMAIL_MESSAGES,
    LIST_ORDERS,
    LIST_SEGMENTS,
    LIST_USERS,
    LIST_WEBHOOKS,
    Operation,
)
from preo_mcp.calls.preo import Preo
from preo_mcp.resources.pages import read_pages
from preo_mcp.resources.rows import Kind
from preo_mcp.text.folding import folded

NO_FIT: Final = 5

PAGE_SIZE: Final = 500
MOST_PAGES: Final = 4
SEARCHED: Final = 100
"""How many results of a search are asked for."""
LONGEST_SEARCH: Final = 200
MOST_ORGANIZATIONS: Final = 5

LISTS: Final = MappingProxyType(
    {
        Kind.EDITION: LIST_EDITIONS,
        Kind.DATA_IMPORT: LIST_DATA_IMPORTS,
        Kind.CAMPAIGN: LIST_CAMPAIGNS,
        Kind.SEGMENT: LIST_SEGMENTS,
        Kind.MESSAGE: LIST_EMAIL_MESSAGES,
        Kind.WEBHOOK: LIST_WEBHOOKS,
    }
)
SCOPES: Final = MappingProxyType(
    {kind: (Kind.EDITION,) for kind in Kind if kind is not Kind.EDITION}
    | {Kind.EDITION: (), Kind.ORDER: (Kind.EDITION, Kind.CUSTOMER)}
)
"""What an argument that is filled in already narrows the ids of a kind to."""
NAMES: Final = ("full_name", "name", "slug", "title", "subject", "url", "data_file_name", "order_number")
NAMES_OF_PEOPLE: Final = ("email", "phone_number")


class NarrowedQuery(PageQuery):
    """What the lists have in common: a page, and what it is narrowed to."""

    edition_id: str | MISSING = MISSING
    customer_id: str | MISSING = MISSING
    organization_id: str | MISSING = MISSING
    search: str | MISSING = MISSING


@dataclass(frozen=True, slots=True)
class Found:
    """Ids, the best first; how many there are in all, where that is known, and whether more exist than are here."""

    ids: list[str]
    total: int | None
    more: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """An id and what a person may call it: names, titles, numbers, addresses."""

    id: str
    names: Sequence[str]


async def find(preo: Preo, kind: Kind, typed: str, chosen: Mapping[Kind, str]) -> Found:
    """Return the ids of a kind that fit what was typed, within what is `chosen` already.

    Raises:
        PreoError: the lists cannot be fetched.
    """
    within = {f"{of}_id": chosen[of] for of in SCOPES[kind] if of in chosen}
    match kind:
        case Kind.CUSTOMER:
            return await _search(preo, LIST_USERS, typed, within)
        case Kind.ORDER if within:
            return await _search(preo, LIST_ORDERS, typed, within)
        case Kind.ORDER:
            return await _all_orders(preo, typed)
        case _:
            return await _match(preo, LISTS[kind], typed, within)


def fitting(candidates: Iterable[Candidate], typed: str) -> list[str]:
    """Return the ids that fit `typed`, the best first, otherwise in the order they came.

    Best is a name that is what was typed, then one that begins so, then one with a word that begins so, then one that
    has it anywhere, then one that has all typed words in any order. Case and accents do not matter.
    """
    ranks = ((_rank(candidate, typed), candidate.id) for candidate in candidates)
    return [key for rank, key in sorted(ranks, key=lambda pair: pair[0]) if rank < NO_FIT]


def sorted_by_fit(candidates: Iterable[Candidate], typed: str) -> list[str]:
    """Return all ids, those that fit `typed` best first: for what the API has searched by rules of its own."""
    return [candidate.id for candidate in sorted(candidates, key=lambda one: _rank(one, typed))]


async def _match(preo: Preo, operation: Operation, typed: str, within: Mapping[str, str]) -> Found:
    query = NarrowedQuery.model_validate({"page_size": PAGE_SIZE, **within})
    page = await read_pages(preo, operation, Page[Response], query, MOST_PAGES)
    ids = fitting(map(_candidate, page.results), typed)
    return Found(ids, None if page.next else len(ids), more=page.next is not None)


async def _all_orders(preo: Preo, typed: str) -> Found:
    """Orders of all organizations, one after the other: their list needs to be narrowed to something."""
    organizations = (await preo.request(GET_USER_INFO, UserInfo)).organizations
    searched = organizations[:MOST_ORGANIZATIONS]
    found = [await _search(preo, LIST_ORDERS, typed, {"organization_id": one.id}) for one in searched]
    unread = len(organizations) > len(searched)
    total = None if unread else sum(one.total or 0 for one in found)
    return Found([key for one in found for key in one.ids], total, more=unread or any(one.more for one in found))


async def _search(preo: Preo, operation: Operation, typed: str, within: Mapping[str, str]) -> Found:
    text = typed.strip()[:LONGEST_SEARCH]
    searched = {"search": text} if text else {}
    query = NarrowedQuery.model_validate({"page_size": SEARCHED, **searched, **within})
    page = await preo.request(operation, Page[Response], query=query)
    ids = sorted_by_fit(map(_candidate, page.results), typed)
    return Found(ids, page.count, more=page.next is not None)


def _candidate(row: Response) -> Candidate:
    fields = row.model_extra or {}
    customer = fields.get("customer")
    person = cast("dict[str, Any]", customer) if isinstance(customer, dict) else fields
    full_name = " ".join(str(person[part]) for part in ("first_name", "last_name") if person.get(part))
    values = (*(fields.get(name) for name in NAMES), *(person.get(name) for name in NAMES_OF_PEOPLE), full_name)
    return Candidate(str(fields["id"]), [value for value in values if isinstance(value, str) and value])


def _rank(candidate: Candidate, typed: str) -> int:
    part = folded(typed).strip()
    names = [folded(name) for name in (candidate.id, *candidate.names)]
    if not part:
        return 0
    tests = (
        part in names,
        any(name.startswith(part) for name in names),
        any(word.startswith(part) for name in names for word in name.split()),
        any(part in name for name in names),
        all(any(word in name for name in names) for word in part.split()),
    )
    return next((rank for rank, fits in enumerate(tests) if fits), NO_FIT)
