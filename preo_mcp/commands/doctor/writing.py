"""The corrections file from what was found; what the server would refuse is left out and told."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from preo_mcp.api.errors import ConfigurationError
from preo_mcp.client.corrections import CorrectionsFile, OperationCorrection, applied
from preo_mcp.client.renames import NotAPlace
from preo_mcp.commands.doctor.contract import PARAMETER
from preo_mcp.commands.doctor.differences import Difference, Kind, Part

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
