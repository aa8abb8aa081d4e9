"""The step that explains: wrong arguments so that a model can correct its call, and failures so that it can go on."""

import logging
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, Final

from mcp.shared.exceptions import MCPError
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from preo_mcp.api.errors import PreoError, raised_at
from preo_mcp.approval.ended import Ended, Ran
from preo_mcp.calls.call import Call, Step
from preo_mcp.replies.reply import refusal

MOST_REASONS: Final = 8
"""That a refusal names; a list of hundreds may have the same mistake in each item."""

logger = logging.getLogger(__name__)


class Checked:
    """Checks the arguments against the tool's model, and turns failures into refusals."""

    def __init__(self, following: Step) -> None:
        self._next = following

    async def run(self, call: Call) -> Ran:
        """Return what came of the call; a failure is a refusal, *what failed · why · what to do next*."""
        try:
            call.checked = call.tool.arguments.model_validate(call.sent)
        except ValidationError as exc:
            return Ran(refusal(explain(call.name, call.tool.arguments, exc)), Ended.REFUSED, failure=type(exc))
        try:
            return await self._next.run(call)
        except PreoError as exc:
            return Ran(refusal(str(exc)), _ended(call, Ended.REFUSED), failure=type(exc))
        except MCPError:  # for the host, not for its model
            raise
        except Exception as exc:  # noqa: BLE001 - a crash must not carry customer data to the model or the log
            logger.error("%s crashed: %s at %s", call.name, type(exc).__name__, raised_at(exc))  # noqa: TRY400
            return Ran(refusal(_crashed(call.name, exc)), _ended(call, Ended.FAILED), failure=type(exc))


def explain(tool: str, model: type[BaseModel], exc: ValidationError) -> str:
    """Return the text of a refusal for arguments that do not fit `model`; it repeats none of their values."""
    reasons = [*dict.fromkeys(_reason(model, error) for error in exc.errors(include_url=False))]
    more = [f"and {len(reasons) - MOST_REASONS} more of the kind"] if len(reasons) > MOST_REASONS else []
    return (
        f"{tool} was not run · {'; '.join([*reasons[:MOST_REASONS], *more])} · Correct the arguments and call it again."
    )


def _reason(model: type[BaseModel], error: ErrorDetails) -> str:
    where = ".".join(map(str, error["loc"]))
    match error["type"]:
        case "extra_forbidden" if len(error["loc"]) == 1:
            return f"there is no argument {where[:60]}{_instead(where, list(model.model_fields))}"
        case "extra_forbidden":
            known = ", ".join(_fields(model, error["loc"][:-1]))
            return f"{where[:120]} is not a field here{f'; known: {known}' if known else ''}"
        case "missing":
            return f"{where} is required"
        case _ if error["input"] is None:
            return f"{where} is required and must not be null"
        case _:
            message = error["msg"].removeprefix("Value error, ")
            return f"{where}: {message[:1].lower()}{message[1:]}" if where else message


def _fields(model: type[BaseModel], place: Sequence[int | str]) -> list[str]:
    """Return the fields of the object at a place inside the arguments; none where it may have several forms."""
    schema = model.model_json_schema()
    here: dict[str, Any] = schema
    for step in place:
        here = here.get("items", {}) if isinstance(step, int) else here.get("properties", {}).get(step, {})
        if isinstance(name := here.get("$ref"), str):
            here = schema.get("$defs", {}).get(name.rpartition("/")[2], {})
    return [*here.get("properties", {})]


def _instead(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]}?" if near else f"; known: {', '.join(known) or 'none'}"


def _ended(call: Call, ended: Ended) -> Ended:
    """Return how a failed call ended, unless a write of it may have had an effect."""
    return Ended.UNKNOWN if call.has_written else ended


def _crashed(name: str, exc: Exception) -> str:
    return (
        f"{name} crashed · an error inside preo-mcp ({type(exc).__name__}) · "
        "Do not repeat a change blindly; look at the object first, and report this error."
    )
