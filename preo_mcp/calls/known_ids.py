"""The step that helps on: a refusal of an unknown id names those that there are, where they are few.

So does a list that is empty because it was filtered by one. It costs a request for each id that may be meant (two for a
product of an import), and only a call that failed already or found nothing; a list that has to say it is read again.
An id that is listed is not the unknown one, and nothing is said of it. Customers are never named.
"""

import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from mcp.types import CallToolResult
from pydantic import BaseModel

from preo_mcp.api.errors import NotFoundError, PreoError, ValidationError
from preo_mcp.approval.ended import Ran
from preo_mcp.calls.call import Call, Step
from preo_mcp.text.plain_text import one_line

if TYPE_CHECKING:
    from preo_mcp.calls.named import Find, Things
    from preo_mcp.calls.tool import RegisteredTool

FEW: Final = 8
"""Ids that are named; of more, only those that look like the one that was sent."""
LOOKED_THROUGH: Final = 100
LONGEST_NAME: Final = 60


class KnownIds:
    """Adds to a refusal, or to a list that is empty, which ids there are.

    Args:
        following: The next step.
        find: Where the tools that list are found.
    """

    def __init__(self, following: Step, find: "Find") -> None:
        self._next = following
        self._find = find

    async def run(self, call: Call) -> Ran:
        """Return what came of the call.

        Raises:
            PreoError: it was refused, or failed; of an unknown id, what to do next says which there are.
        """
        try:
            ran = await self._next.run(call)
        except (NotFoundError, ValidationError) as exc:
            known = [said async for said in self._said(call, exc)]
            exc.next_step = " ".join([*known, exc.next_step])
            raise
        if not _is_empty_list(call, ran):
            return ran
        given = ((name, value) for name, value in call.values.items() if isinstance(value, str))
        known = [said async for said in self._each(call, given)]
        call.meant += known
        return await self._next.run(call) if known else ran

    async def _each(self, call: Call, ids: Iterable[tuple[str, str]]) -> AsyncIterator[str]:
        from preo_mcp.calls.named import BY_ARGUMENT

        for argument, value in ids:
            things = BY_ARGUMENT.get(argument)
            if things is not None and not things.are_people and (said := await self._known(call, things, value)):
                yield f"{argument}: {said}."

    async def _said(self, call: Call, exc: NotFoundError | ValidationError) -> AsyncIterator[str]:
        async for said in self._each(call, _ids(call, exc)):
            yield said
        if isinstance(exc, ValidationError) and (wrong := set(_OF_PRODUCTS.findall(exc.why))):
            for said in await self._products(call, exc.why, wrong):
                yield said

    async def _known(self, call: Call, things: "Things", unknown: str) -> str | None:
        """Return the ids of a kind with their names; None where `unknown` is one of them, or there are too many."""
        lister = self._lister(things.lister)
        paging: dict[str, Any] = {"page_size": LOOKED_THROUGH} if "page_size" in lister.arguments.model_fields else {}
        try:
            answer = await lister.function(call.preo, **paging)
        except PreoError:
            return None
        rows: Sequence[BaseModel] = getattr(answer, things.rows) or ()
        names = {str(getattr(row, things.key)): _name(row, things.names) for row in rows}
        if unknown in names:
            return None
        if len(names) <= FEW and getattr(answer, "next", None) is None:
            return _there_are(names)
        near = get_close_matches(unknown, names, n=3)
        return f"perhaps {_listed({key: names[key] for key in near})}" if near else None

    async def _products(self, call: Call, why: str, wrong: set[str]) -> list[str]:
        """Return the variants of the products that a refusal names, and the products where one of them is unknown."""
        try:
            edition = call.values.get("edition_id") or await self._edition_of_import(call)
            answer: Any = await self._lister("list_products").function(call.preo, edition_id=edition)
        except (PreoError, AttributeError):  # the import is not there, or does not tell its edition
            return []
        products: Sequence[Any] = answer.results
        said = [
            f"variant_id of {one.id}: {_there_are({part.id: part.name for part in one.variants or ()})}."
            for one in products
            if "variant_id" in wrong and re.search(rf"(?<![\w-]){re.escape(one.id)}(?![\w-])", why)
        ]
        if "product_id" in wrong and len(products) <= FEW:
            said.append(f"product_id: {_there_are({one.id: one.name for one in products})}.")
        return said

    async def _edition_of_import(self, call: Call) -> str:
        found: Any = await self._lister("get_data_import").function(call.preo, import_id=call.values.get("import_id"))
        return found.edition.id

    def _lister(self, name: str) -> "RegisteredTool":
        lister = self._find(name)
        if lister is None:
            raise AssertionError(f"{name} is no tool")
        return lister


_OF_PRODUCTS: Final = re.compile(r"\b(product_id|variant_id): ")


def _is_empty_list(call: Call, ran: Ran) -> bool:
    content = ran.result.structured_content if isinstance(ran.result, CallToolResult) else None
    return not call.changes_something and content is not None and content.get("total") == 0


def _ids(call: Call, exc: NotFoundError | ValidationError) -> Iterator[tuple[str, str]]:
    """Yield the ids that may be the unknown one: of a refusal those it is about, else those that the tool needs."""
    fields = call.tool.arguments.model_fields
    named = {path.rpartition(".")[2] for path in exc.fields} if isinstance(exc, ValidationError) else None
    for name, value in call.values.items():
        if isinstance(value, str) and (name in named if named is not None else fields[name].is_required()):
            yield name, value


def _there_are(names: Mapping[str, str | None]) -> str:
    return f"there are {_listed(names)}" if names else "there are none"


def _listed(names: Mapping[str, str | None]) -> str:
    shown = [f"{key} ({one_line(name)[:LONGEST_NAME]})" if name else key for key, name in names.items()]
    return ", ".join(shown)


def _name(row: BaseModel, names: Sequence[str]) -> str | None:
    return next((str(found) for one in names if (found := getattr(row, one, None))), None)
