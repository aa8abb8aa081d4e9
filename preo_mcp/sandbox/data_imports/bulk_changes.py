"""Bulk changes of mappings, all or nothing: the rows that are meant, and the refusals in the order of the list."""

from collections.abc import Mapping, Sequence
from typing import Any

from preo_mcp.sandbox.problems import Problem
from preo_mcp.sandbox.store import Doc


def rows_to_change(stored: Mapping[str, Doc], ids: Sequence[str]) -> list[Doc]:
    """Return the stored rows with these ids, in their order.

    Raises:
        Problem: 400 that names the ids that are unknown in this import or given twice.
    """
    seen: set[str] = set()
    problems: list[dict[str, Any]] = []
    for key in ids:
        if key not in stored:
            problems.append({"id": [f"This import has no mapping with the id {key[:80]!r}."]})
        elif key in seen:
            problems.append({"id": [f"The mapping {key} is given more than once."]})
        else:
            problems.append({})
        seen.add(key)
    refuse_changes(problems)
    return [stored[key] for key in ids]


def refuse_changes(problems: Sequence[dict[str, Any]]) -> None:
    """Refuse the changes where any has a problem; `problems` has an entry per change, empty where it is fine.

    Raises:
        Problem: 400.
    """
    if any(problems):
        raise Problem(400, {"mappings": list(problems)})
