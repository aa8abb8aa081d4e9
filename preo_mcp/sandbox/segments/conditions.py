"""Conditions between the sandbox's rows and the engine: checked for a refusal, compiled for a calculation."""

from datetime import datetime
from typing import Any, Final

from anyio import to_thread

from preo_mcp.cel.condition import Condition, check_condition, compile_condition
from preo_mcp.cel.context import EDITION
from preo_mcp.cel.environment import engine_is_ready, environment
from preo_mcp.cel.messages import message_class
from preo_mcp.cel.mistakes import Mistake
from preo_mcp.sandbox.problems import Problem
from preo_mcp.sandbox.segments.people import stored_moment
from preo_mcp.sandbox.store import Doc, Store

NO_ENGINE: Final = (
    "The sandbox reads no conditions here: cel-expr-python is not installed, and is not to be had for every system."
)

TOLD: Final = 10
"""Mistakes that a refusal spells in words; `errors` holds all."""


class NoEngineError(Problem):
    """Conditions cannot be read here: 400, so that the client tells why, and not that it may try again."""

    def __init__(self) -> None:
        super().__init__(400, {"detail": NO_ENGINE})


async def engine_ready() -> None:
    """Wait until the engine is loaded, outside of the event loop: it takes long the first time.

    Raises:
        NoEngineError: it is not installed.
    """
    if engine_is_ready():
        return
    try:
        await to_thread.run_sync(_load)
    except ImportError:
        raise NoEngineError from None


def _load() -> None:
    environment(has_edition=False)


def must_be_sound(condition: str, *, has_edition: bool) -> None:
    """Refuse a condition with mistakes.

    Raises:
        Problem: 400 with a sentence per mistake under `condition`, and all of them with their places under `errors`.
    """
    mistakes = check_condition(condition, has_edition=has_edition)
    if mistakes:
        raise Problem(400, {"condition": [spelled(one) for one in mistakes[:TOLD]], "errors": shown(mistakes)})


def spelled(mistake: Mistake) -> str:
    """Return a mistake as a sentence: `line 1, column 6: User has no field 'contry' (suggestion: country)`."""
    hint = f" (suggestion: {mistake.suggestion})" if mistake.suggestion else ""
    return f"line {mistake.line}, column {mistake.column}: {mistake.message}{hint}"


def shown(mistakes: tuple[Mistake, ...]) -> list[Doc]:
    """Return mistakes as they are answered."""
    names = ("line", "column", "message", "suggestion")
    return [{name: getattr(mistake, name) for name in names} for mistake in mistakes]


def compiled(store: Store, segment: Doc, now: str) -> Condition:
    """Return a segment's condition, to be asked about customers as of `now`.

    Raises:
        InvalidConditionError: it has mistakes.
    """
    edition = store.doc("editions", segment["edition_id"]) if segment["edition_id"] else None
    return compiled_for(segment["condition"], edition, now)


def compiled_for(condition: str, edition: Doc | None, now: str) -> Condition:
    """Return a condition that can name an edition, to be asked about customers as of `now`.

    Raises:
        InvalidConditionError: it has mistakes.
    """
    encoded = None if edition is None else _encoded(edition)
    return compile_condition(condition, datetime.fromisoformat(now), encoded)


def _encoded(edition: Doc) -> bytes:
    fields: dict[str, Any] = {name: edition[name] or "" for name in ("id", "name", "full_name", "slug", "timezone")}
    if edition["currency"]:
        fields["currency"] = {"value": edition["currency"]}
    for name in ("start_date", "end_date"):
        if edition[name]:
            fields[name] = stored_moment(edition[name])
    return message_class(EDITION.name)(**fields).SerializeToString()
