"""Which argument a name means: the usual slips are understood where only one argument fits."""

import re
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final

from preo_mcp.calls.argument_values import Kind

FILE: Final = "save_to"
"""Names a new file on this computer; a tool that has it may write there."""
SEARCH: Final = "search"
SEARCHED: Final = frozenset(
    {
        *("q", "query", "term", "search_term", "search_query", "search_text", "keyword", "keywords"),
        *("name", "full_name", "customer_name", "customer", "user", "email", "email_address", "phone", "phone_number"),
    }
)
"""What is given to a list that has `search`, which looks for it."""
SYNONYMS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "limit": ("page_size",),
        "per_page": ("page_size",),
        "page_number": ("page",),
        "sort": ("ordering",),
        "sort_by": ("ordering",),
        "order_by": ("ordering",),
        "state": ("status",),
        "since": ("created_after",),
        "user_id": ("customer_id",),
        "customer_id": ("user_id",),
        "message_id": ("email_message_id",),
        "email_id": ("email_message_id",),
        "data_import_id": ("import_id",),
        "filename": ("file_name",),
        "mapping_id": ("id",),
        "condition": ("expression",),
        "cel": ("condition", "expression"),
    }
)

_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_BETWEEN: Final = re.compile(r"[^a-z0-9]+")


def candidates(name: str, tool: str, known: Mapping[str, Kind], given: Collection[str]) -> list[str]:
    """Return the arguments that a name may mean: one where it is clear, none where there is nothing like it.

    Args:
        name: As it was sent; no argument has it.
        tool: The tool's name; what `id` means may show in its end. Empty for an object inside an argument.
        known: The arguments that there are.
        given: Those that were sent under their own names.
    """
    plain = _BETWEEN.sub("_", _HUMP.sub("_", name).lower()).strip("_")
    if plain in known:
        return [plain]
    if plain == "id":
        return _own_id(tool, known, given)
    if plain in SEARCHED and SEARCH in known and not (named := _ending(plain, known)):
        return [SEARCH]
    if named := [one for one in SYNONYMS.get(plain, ()) if one in known]:
        return named
    return [one for one in (f"{plain}_id",) if one in known] or _ending(plain, known)


def _own_id(tool: str, known: Mapping[str, Kind], given: Collection[str]) -> list[str]:
    """Return whose id `id` is: what the tool needs and was not given, and of several what its name ends with."""
    ids = [name for name in known if name.endswith("_id")]
    needed = [name for name in ids if known[name].is_required]
    wanted = [name for name in needed if name not in given] or needed or ids
    return [name for name in wanted if tool.endswith(name.removesuffix("_id"))] or wanted


def _ending(name: str, known: Mapping[str, Kind]) -> list[str]:
    """Return the arguments whose last words are the name: `email` for `customer_email`, `active` for `is_active`.

    Of switches only those that just state it: `warnings` is the opposite of `ignore_warnings`.
    """
    found = (one for one in known if one.endswith(f"_{name}") and not one.endswith("_id"))
    return [one for one in found if not known[one].is_switch or one == f"is_{name}"]
