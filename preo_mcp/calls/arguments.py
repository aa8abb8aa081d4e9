"""Wrong arguments, explained so that a model can correct its call: what failed, what is allowed, what to do next."""

from difflib import get_close_matches

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails


def explain(tool: str, model: type[BaseModel], exc: ValidationError) -> str:
    """Return the text of a refusal for arguments that do not fit `model`; it repeats none of their values."""
    reasons = "; ".join(dict.fromkeys(_reason(model, error) for error in exc.errors(include_url=False)))
    return f"{tool} was not run · {reasons} · Correct the arguments and call it again."


def _reason(model: type[BaseModel], error: ErrorDetails) -> str:
    where = ".".join(map(str, error["loc"]))
    match error["type"]:
        case "extra_forbidden" if len(error["loc"]) == 1:
            return f"there is no argument {where[:60]}{_instead(where, list(model.model_fields))}"
        case "extra_forbidden":
            return f"{where[:120]} is not a field here"
        case "missing":
            return f"{where} is required"
        case _ if error["input"] is None:
            return f"{where} must not be null; leave it out or give a value"
        case _:
            message = error["msg"].removeprefix("Value error, ")
            return f"{where}: {message[:1].lower()}{message[1:]}" if where else message


def _instead(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]}?" if near else f"; known are {', '.join(known) or 'none'}"
