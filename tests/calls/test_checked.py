"""Refusals of arguments: what failed, what is allowed, nothing of the value."""

from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from preo_mcp.calls.checked import explain

SECRET = "inger@example.dk"


class Line(BaseModel):
    model_config = ConfigDict(extra="forbid")

    quantity: Annotated[int, Field(ge=1)]


class Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    import_id: Annotated[str, Field(pattern="^imp_")]
    lines: list[Line] = []
    note: str | None = None


def explained(arguments: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as caught:
        Arguments.model_validate(arguments)
    return explain("start_import", Arguments, caught.value)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({}, "import_id is required"),
        ({"import_id": None}, "import_id is required and must not be null"),
        ({"import_id": "imp_1", "importid": SECRET}, "there is no argument importid; did you mean import_id?"),
        ({"import_id": "imp_1", "xyz": SECRET}, "there is no argument xyz; known: import_id, lines, note"),
        ({"import_id": SECRET}, "import_id: string should match pattern"),
        ({"import_id": "imp_1", "lines": [{"quantity": SECRET}]}, "lines.0.quantity: input should be a valid integer"),
        (
            {"import_id": "imp_1", "lines": [{"quantity": 1, "price": SECRET}]},
            "lines.0.price is not a field here; known: quantity",
        ),
        ({"import_id": "imp_1", "lines": [{"price": 1}] * 100}, "lines.3.price is not a field here"),
        ({"import_id": "imp_1", "lines": [{"price": 1}] * 100}, "; and 192 more of the kind · "),
    ],
)
def test_each_reason_in_words_and_without_the_value(arguments: dict[str, Any], why: str) -> None:
    text = explained(arguments)
    assert text.startswith("start_import was not run · ")
    assert text.endswith(" · Correct the arguments and call it again.")
    assert why in text
    assert SECRET not in text
    assert "pydantic" not in text


def test_several_reasons_stand_together_and_once() -> None:
    text = explained({"a": 1, "b": 2, "lines": [{}, {}]})
    reasons = text.split(" · ")[1].split("; ")
    assert "import_id is required" in reasons
    assert "lines.0.quantity is required" in reasons
    assert "lines.1.quantity is required" in reasons


def test_a_long_name_is_cut() -> None:
    assert len(explained({"import_id": "imp_1", "x" * 10_000: 1})) < 400
