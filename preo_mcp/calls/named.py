"""The step that knows things by their names: `campaign_id: Spring news` becomes the id of the campaign called so.

Users speak of names, and to look one up costs a model a call each time. What is meant has to be one thing: for a call
that changes something it is called exactly so, for one that only reads its name may also have just those words. From
here on the call has the id, so that plans, audit and questions do not depend on the name. Customers are known by their
whole name, e-mail address or phone number only, because to find one by a part would tell something about them.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, cast

from pydantic import BaseModel

from preo_mcp.api.errors import ValidationError
from preo_mcp.approval.ended import Ran
from preo_mcp.calls.call import Call, Step
from preo_mcp.text.folding import folded

if TYPE_CHECKING:
    from preo_mcp.calls.tool import RegisteredTool

MOST_ROWS: Final = 100
"""That are looked through for a name; where more have its words, it says too little."""
MOST_SHOWN: Final = 6
"""Things that a refusal names."""


@dataclass(frozen=True, slots=True)
class Things:
    """Where things of a kind are found by their names.

    Attributes:
        kind: What one of them is called.
        lister: The tool that lists them.
        names: Fields of a row that name it; the first of them that it has is shown.
        search: The argument of the lister that looks for a part of a name; empty where it has none.
        rows: The field of its answer that has the rows.
        key: The field of a row that has the id.
        are_people: Whether their names are personal data.
    """

    kind: str
    lister: str
    names: tuple[str, ...]
    search: str = "search"
    rows: str = "results"
    key: str = "id"
    are_people: bool = False


_MESSAGES: Final = Things("e-mail message", "list_email_messages", ("title", "subject"))
_PEOPLE: Final = Things("customer", "list_users", ("email", "phone_number", "full_name"), are_people=True)
BY_ARGUMENT: Final[Mapping[str, Things]] = MappingProxyType(
    {
        "organization_id": Things("organization", "get_user_info", ("name",), search="", rows="organizations"),
        "edition_id": Things("edition", "list_editions", ("full_name", "name")),
        "segment_id": Things("segment", "list_segments", ("name",)),
        "campaign_id": Things("campaign", "list_campaigns", ("name",)),
        "consent_id": Things("consent", "list_consents", ("name",)),
        "webhook_id": Things("webhook", "list_webhooks", ("name",)),
        "import_id": Things("data import", "list_data_imports", ("name", "data_file_name")),
        "file_id": Things("file", "list_files", ("file_name",), key="api_id"),
        "order_id": Things("order", "list_orders", ("order_number", "external_id")),
        "email_message_id": _MESSAGES,
        "transaction_receipt_email_id": _MESSAGES,
        "refund_confirmation_email_id": _MESSAGES,
        "user_id": _PEOPLE,
        "customer_id": _PEOPLE,
    }
)

Find = Callable[[str], "RegisteredTool | None"]
"""Returns a tool ready to run."""


class Named:
    """Puts ids in the place of names.

    Args:
        following: The next step.
        find: Where the tools that list are found.
    """

    def __init__(self, following: Step, find: Find) -> None:
        self._next = following
        self._find = find

    async def run(self, call: Call) -> Ran:
        """Return what came of the call.

        Raises:
            ValidationError: a name means nothing, or may mean several things.
            PreoError: it cannot be looked up.
        """
        names = {name: value for name, value in call.values.items() if name in BY_ARGUMENT and _may_be_name(value)}
        ids = {argument: await self._id_of(call, argument, name.strip()) for argument, name in names.items()}
        if ids and call.checked is not None:
            call.checked = call.checked.model_copy(update=ids)
        return await self._next.run(call)

    async def _id_of(self, call: Call, argument: str, name: str) -> str:
        things = BY_ARGUMENT[argument]
        lister = self._find(things.lister)
        if lister is None:
            raise AssertionError(f"{things.lister} is no tool")
        arguments: dict[str, Any] = {things.search: name, "page_size": MOST_ROWS} if things.search else {}
        answer = await lister.function(call.preo, **arguments)
        rows = cast("Sequence[BaseModel]", getattr(answer, things.rows) or ())
        is_whole = getattr(answer, "next", None) is None
        fitting = [row for row in rows if any(_same(name, one) for one in _names(row, things))]
        if not fitting and not _must_be_exact(call, argument, things):
            fitting = [row for row in rows if any(_has_words(one, name) for one in _names(row, things))]
            if len(fitting) == 1:
                call.meant.append(f"{argument}: {_shown(fitting[0], things)}.")
        if len(fitting) == 1 and is_whole:
            return cast("str", getattr(fitting[0], things.key))
        if not fitting and not _IS_NO_ID.search(name):
            return name
        raise _unclear(call.name, argument, things, fitting or ([] if things.are_people else rows), fits=bool(fitting))


def _must_be_exact(call: Call, argument: str, things: Things) -> bool:
    """Whether a part of the name will not do: of people, and of what a call changes or uses for a change.

    The edition or organization that something is made in may be told by a part: there are few, and the answer tells.
    """
    is_place = argument in ("edition_id", "organization_id") and not call.name.endswith(argument.removesuffix("_id"))
    return things.are_people or (call.changes_something and not is_place)


_IS_NO_ID: Final = re.compile(r"[^A-Za-z0-9_.-]")
_LOOKS_LIKE_ID: Final = re.compile(r"[a-z]+_\w+|[0-9A-Fa-f]{8}-[0-9A-Fa-f-]{27}", re.ASCII)
"""Ids are opaque to us, but for the prefixes that are seen; a UUID is no name either."""


def _may_be_name(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and not _LOOKS_LIKE_ID.fullmatch(value.strip())


def _names(row: BaseModel, things: Things) -> list[str]:
    names = [getattr(row, name, None) for name in things.names]
    if things.are_people:
        parts = (getattr(row, "first_name", None), getattr(row, "last_name", None))
        names.append(" ".join(part for part in parts if part))
    return [name for name in names if name]


def _has_words(name: str, words: str) -> bool:
    return all(word in folded(name) for word in folded(words).split())


def _same(name: str, other: str) -> bool:
    """Whether two names are the same, or two ways to write a phone number."""
    if " ".join(folded(name).split()) == " ".join(folded(other).split()):
        return True
    ours, theirs = _number(name), _number(other)
    return len(ours) >= _NATIONAL and theirs.endswith(ours) and len(theirs) - len(ours) <= _COUNTRY


_NATIONAL, _COUNTRY = 8, 3
"""Digits that a whole number has at least without its country's code, and that such a code has at most."""


def _number(text: str) -> str:
    """Return the digits of what is written like a phone number; none of any other text."""
    return "".join(filter(str.isdigit, text)).lstrip("0") if re.fullmatch(r"\+?[\d\s()/.-]+", text) else ""


def _shown(row: BaseModel, things: Things) -> str:
    key = getattr(row, things.key)
    return key if things.are_people else f"{next(iter(_names(row, things)), '')} ({key})".strip()


def _unclear(tool: str, argument: str, things: Things, rows: Sequence[BaseModel], *, fits: bool) -> ValidationError:
    shown = ", ".join(_shown(row, things) for row in rows[:MOST_SHOWN])
    more = f" and {len(rows) - MOST_SHOWN} more" if len(rows) > MOST_SHOWN else ""
    which = f"one of {shown}{more}" if shown else f"from {things.lister}"
    why = f"several {things.kind}s fit {argument}" if fits else f"no {things.kind} is called what {argument} says"
    return ValidationError(f"{tool} was not run", why, f"Give its id, {which}.")
