"""What was found: for a person to read, as JSON, or as a corrections file."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from preo_mcp.api.errors import ConfigurationError
from preo_mcp.api.operations import Grade
from preo_mcp.client.corrections import CorrectionsFile, OperationCorrection, applied
from preo_mcp.client.renames import NotAPlace
from preo_mcp.commands.doctor.contract import PARAMETER
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


VALUES_OF: Final = {Part.QUERY: "query_values", Part.BODY: "body_values", Part.RESPONSE: "response_values"}


def corrections_of(differences: Iterable[Difference], about: str) -> tuple[CorrectionsFile, list[str]]:
    """Return the corrections of what can be corrected, and why the rest cannot.

    Args:
        differences: What was found.
        about: Where from, for the reader of the file.
    """
    by_operation: dict[str, dict[str, Any]] = {}
    for difference in differences:
        if difference.correctable:
            _add(by_operation.setdefault(difference.operation, {}), difference)
    good: dict[str, OperationCorrection] = {}
    refused: list[str] = []
    for key, found in by_operation.items():
        try:
            correction = OperationCorrection.model_validate(found)
            applied(CorrectionsFile(operations={**good, key: correction}))
        except (NotAPlace, ValueError) as exc:
            refused.append(str(exc))
        else:
            good[key] = correction
    return CorrectionsFile(about=about, operations=good), refused


def write_corrections(file: CorrectionsFile, path: Path) -> None:
    """Write a corrections file; one that is there is not overwritten, because somebody may have looked it over.

    Raises:
        ConfigurationError: there is one, or it cannot be written.
    """
    content = {"version": file.version, **file.model_dump(exclude_defaults=True)}
    try:
        with path.open("x", encoding="utf-8", newline="\n") as out:
            out.write(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    except FileExistsError:
        why, next_step = f"the file {path} exists already", "Give another name, or remove the file first."
    except OSError as exc:
        why, next_step = f"{path} cannot be created ({type(exc).__name__})", "Check the folder."
    else:
        return
    raise ConfigurationError("The corrections file was not written", why, next_step)


def _add(correction: dict[str, Any], difference: Difference) -> None:
    match difference.kind:
        case Kind.MOVED:
            correction["path"] = difference.theirs
            names = _path_parameters(difference.ours, difference.theirs)
            if names:
                correction["path_parameters"] = names
        case Kind.METHOD:
            correction["method"] = difference.theirs
        case Kind.RENAMED:
            correction.setdefault(difference.part.value, {})[difference.place] = difference.theirs
        case Kind.VALUE_RENAMED:
            values = correction.setdefault(VALUES_OF[difference.part], {})
            values.setdefault(difference.place, {})[difference.ours] = difference.theirs
        case _:
            raise AssertionError(f"{difference.kind} is not correctable")


def _path_parameters(ours: str, theirs: str) -> dict[str, str]:
    """Return what our parameters are called in their path: by name where the names are the same, else by order."""
    mine, their = PARAMETER.findall(ours), PARAMETER.findall(theirs)
    if set(mine) == set(their):
        return {}
    return {one: other for one, other in zip(mine, their, strict=True) if one != other}
