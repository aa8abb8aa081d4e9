"""What was found, for a person to read, or as JSON."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any, Final

from preo_mcp.api.operations import Grade
from preo_mcp.commands.doctor.differences import Difference, Kind, Part

MATTERS: Final = "!"
UNKNOWN: Final = "Operations that preo-mcp does not have"


def as_json(differences: Sequence[Difference], **about: Any) -> dict[str, Any]:
    """Return the findings as JSON data; `about` stands before them."""
    real = [difference for difference in differences if difference.kind is not Kind.UNTRIED]
    counts = {"differences": len(real), "matter": sum(difference.matters for difference in real)}
    return {**about, **counts, "findings": [asdict(difference) for difference in differences]}


def as_text(differences: Sequence[Difference], heading: str, notes: Sequence[str] = ()) -> Iterator[str]:
    """Yield the findings as lines, by grade and operation, those that matter marked with `!`."""
    real = [difference for difference in differences if difference.kind is not Kind.UNTRIED]
    yield f"{heading}: {_counted(real) if real else 'no difference'}"
    yield from notes
    for grade in (*Grade, None):
        chosen = [difference for difference in real if difference.grade is grade]
        if chosen:
            yield ""
            yield f"{grade.value.capitalize() if grade else UNKNOWN}: {_counted(chosen)}"
            yield from _by_operation(chosen)
    untried = [difference for difference in differences if difference.kind is Kind.UNTRIED]
    if untried:
        yield ""
        yield "Could not be tried:"
        yield from (f"    {one.operation}   {one.title}: {one.theirs}" for one in untried)


def _counted(differences: Sequence[Difference]) -> str:
    """Return how many there are, and how many matter."""
    mattering = sum(difference.matters for difference in differences)
    noun = "difference" if len(differences) == 1 else "differences"
    return f"{len(differences)} {noun}, {mattering} of them ({MATTERS}) matter to the tools"


def _by_operation(differences: Iterable[Difference]) -> Iterator[str]:
    for (key, title), found in groupby(differences, lambda difference: (difference.operation, difference.title)):
        yield f"  {key}   {title}"
        for difference in found:
            mark = MATTERS if difference.matters else " "
            yield f"   {mark} {_where(difference)}{_said(difference)}"


def _where(difference: Difference) -> str:
    if difference.part is Part.OPERATION:
        return ""
    return f"{difference.part.value} {difference.place}".rstrip() + ": "


def _said(difference: Difference) -> str:
    ours, theirs = difference.ours, difference.theirs
    return {
        Kind.MISSING: f"gone ({ours})" if ours else "gone",
        Kind.NEW: f"new ({theirs})",
        Kind.MOVED: f"is {theirs}",
        Kind.METHOD: f"the method is {theirs}",
        Kind.RENAMED: f"is called {theirs}",
        Kind.REQUIRED: f"has to be sent ({theirs})",
        Kind.OPTIONAL: "need not be sent",
        Kind.TYPE: f"is {theirs}, not {ours}",
        Kind.MEDIA_TYPE: f"is {theirs}, not {ours}",
        Kind.VALUE_MISSING: f"the value {ours} is gone",
        Kind.VALUE_NEW: f"the value {theirs} is new",
        Kind.VALUE_RENAMED: f"the value {ours} is called {theirs}",
        Kind.FAILED: theirs,
        Kind.UNTRIED: theirs,
    }[difference.kind]
