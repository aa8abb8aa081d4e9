"""Checking queries and bodies against the request models, with refusals in Django REST Framework's words.

Unknown query parameters and body fields are ignored, as Django REST Framework ignores them.
"""

from collections.abc import Mapping
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from starlette.datastructures import QueryParams

from preo_mcp.sandbox.problems import Problem
from preo_mcp.sandbox.store import Doc

M = TypeVar("M", bound=BaseModel)

OBJECT_ERRORS = frozenset({"model_type", "model_attributes_type"})
"""Pydantic's errors for something that is no object where one belongs."""

MESSAGES: Mapping[str, str] = {
    "missing": "This field is required.",
    "string_type": "Not a valid string.",
    "int_type": "A valid integer is required.",
    "int_parsing": "A valid integer is required.",
    "int_from_float": "A valid integer is required.",
    "float_type": "A valid number is required.",
    "bool_type": "Must be a valid boolean.",
    "bool_parsing": "Must be a valid boolean.",
    "list_type": "Expected a list of items.",
    "dict_type": "Expected a dictionary of items.",
    "string_too_short": "This field may not be blank.",
    "string_too_long": "Ensure this field has no more than {max_length} characters.",
    "greater_than_equal": "Ensure this value is greater than or equal to {ge}.",
    "less_than_equal": "Ensure this value is less than or equal to {le}.",
    "enum": "Not a valid choice. Choose from: {expected}.",
    "model_type": "Invalid data. Expected a dictionary.",
    "model_attributes_type": "Invalid data. Expected a dictionary.",
}
"""Django REST Framework's words by pydantic's kinds of error; other kinds keep pydantic's."""


def check_body(model: type[M], value: object) -> M:
    """Return `value` as `model`.

    Raises:
        Problem: 400 with the reasons by field.
    """
    if not isinstance(value, dict):
        kind = type(value).__name__
        raise Problem(400, {"non_field_errors": [f"Invalid data. Expected a dictionary, but got {kind}."]})
    try:
        return model.model_validate(value, extra="ignore")
    except ValidationError as exc:
        raise Problem(400, reasons(exc)) from exc


def check_query(model: type[M], params: QueryParams) -> M:
    """Return the query parameters as `model`; an empty parameter counts as absent, as django-filter has it.

    Raises:
        Problem: 400 with the reasons by parameter.
    """
    values: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        given = [value for value in params.getlist(name) if value != ""]
        if given:
            values[name] = given if _is_list(field.annotation) else given[-1]
    try:
        return model.model_validate(values)
    except ValidationError as exc:
        raise Problem(400, reasons(exc)) from exc


def _is_list(annotation: object) -> bool:
    return get_origin(annotation) is list or any(get_origin(arg) is list for arg in get_args(annotation))


def reasons(exc: ValidationError) -> Doc:
    """Return the errors as Django REST Framework nests them.

    By field; of a list of objects a list with a `{}` where an item is fine; of a list of plain values by place.
    """
    tree: dict[str | int, Any] = {}
    for error in exc.errors(include_url=False, include_input=False):
        *parents, last = _place(error)
        node = tree
        for part in parents:
            node = node.setdefault(part, {})
        node.setdefault(last, []).append(_message(error))
    return {str(field): _shaped(value) for field, value in tree.items()}


def _place(error: ErrorDetails) -> tuple[str | int, ...]:
    place = error["loc"]
    is_whole_object = not place or (error["type"] in OBJECT_ERRORS and isinstance(place[-1], int))
    return (*place, "non_field_errors") if is_whole_object else place


def _message(error: ErrorDetails) -> str:
    template = MESSAGES.get(error["type"])
    return template.format_map(error.get("ctx", {})) if template else error["msg"]


def _shaped(node: dict[str | int, Any] | list[str]) -> Any:
    if isinstance(node, list):
        return node
    places = [key for key in node if isinstance(key, int)]
    if any(isinstance(node[place], dict) for place in places):
        return [_shaped(node.get(place, {})) for place in range(max(places) + 1)]
    return {str(field): _shaped(value) for field, value in node.items()}
