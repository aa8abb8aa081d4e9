"""A condition as a person is told it: whole, in words, and how many customers it picks."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from pydantic import MISSING

from preo_mcp.api.errors import PreoError
from preo_mcp.api.models.segments import CelValidation, ValidateCelRequest
from preo_mcp.api.operations import VALIDATE_CEL_EXPRESSION
from preo_mcp.approval.facts import Line
from preo_mcp.approval.wording import Passage, Words, say
from preo_mcp.calls.preo import Preo
from preo_mcp.tools.fact_words import UNKNOWN

Labels = tuple[tuple[str, str], ...]
"""Names of ids that may stand in a condition."""

NO_LABELS: Final[Labels] = ()


def labels_of(names: Mapping[str, str | None]) -> Labels:
    """Return names by id as `told` takes them."""
    return tuple(sorted((key, name) for key, name in names.items() if name))


def condition_lines(condition: str | None, labels: Labels = NO_LABELS) -> list[Line]:
    """Return a condition as it stands, whole, and in words."""
    return [(say("Condition"), shown(condition)), (say("In words"), told(condition, labels))]


def shown(condition: str | None) -> Words:
    """Return a condition as it stands."""
    return UNKNOWN if condition is None else Passage(condition)


@lru_cache(maxsize=256)
def told(condition: str | None, labels: Labels = NO_LABELS) -> Words:
    """Return in words what a condition asks of a customer; it needs no engine, and is known the second time."""
    from preo_mcp.cel.clauses import explain
    from preo_mcp.cel.context import KNOWN
    from preo_mcp.cel.limits import excesses
    from preo_mcp.cel.parser import UnreadableError, parse

    if condition is None or next(iter(excesses(condition)), None) is not None:
        return UNKNOWN
    try:
        tree = parse(condition)
    except UnreadableError:
        return UNKNOWN
    return Passage(explain(condition, tree, KNOWN, dict(labels)))


async def counted(preo: Preo, condition: str | None, edition_id: str | None) -> int | None:
    """Return how many customers meet a condition, as Preo counts them now; None where it does not.

    So many are reached at the most: some of them may have no address, or not have granted a consent.
    """
    if condition is None:
        return None
    request = ValidateCelRequest(expression=condition, edition_id=edition_id or MISSING, count=True)
    try:
        answer = await preo.request(VALIDATE_CEL_EXPRESSION, CelValidation, body=request)
    except PreoError:  # that validating counts is inferred
        return None
    return answer.matching_count if answer.valid else None
