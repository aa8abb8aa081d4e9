"""An answer of a shape that nobody expected is refused or read, and stops no call: whatever a field holds."""

import importlib
import pkgutil
from contextlib import suppress
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from preo_mcp.api import models
from preo_mcp.api.models.base import Embedded, Response

INSIDE: list[dict[str, Any]] = [{"product": 5, "variant": {"name": []}, "product_name": 5, "status": {}, "id": []}]
SHAPES: tuple[Any, ...] = (
    *(None, True, 5, -1.5, "x", [], [["a"]], [None], {}, {"a": [1]}),
    *(INSIDE, {"name": [], "id": {}, "email": [], "first_name": 5}),
)
READ_BEFOREHAND = ("status", "customer", "transaction", "purchases", "edition", "secret", "headers")
"""What models look into before it is checked, whether or not they have a field of the name."""


def answers() -> list[type[BaseModel]]:
    """Return every model of something that Preo answers."""
    for module in pkgutil.iter_modules(models.__path__, f"{models.__name__}."):
        importlib.import_module(module.name)
    found, kinds = list[type[BaseModel]](), [Response, Embedded]
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        found.append(kind)
    return [kind for kind in found if kind.__module__.startswith(models.__name__)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_no_shape_of_a_field_crashes_a_model(shape: object) -> None:
    for kind in answers():
        required = {name: "x" for name, info in kind.model_fields.items() if info.is_required()}
        for name in {*kind.model_fields, *READ_BEFOREHAND}:
            with suppress(ValidationError):
                kind.model_validate({**required, name: shape})
