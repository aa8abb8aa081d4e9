"""Lean schemas: what a model needs, and nothing else."""

from enum import StrEnum
from typing import Annotated, Any, cast

from pydantic import MISSING, BaseModel, ConfigDict, Field, WithJsonSchema

from preo_mcp.api.models.base import Clears
from preo_mcp.api.schema import clearable, lean_schema


class Colour(StrEnum):
    """A docstring that no model needs."""

    RED = "red"
    BLUE = "blue"


class Inner(BaseModel):
    """Another one."""

    model_config = ConfigDict(extra="forbid")

    title: str
    note: str | MISSING | None = MISSING


class Outer(BaseModel):
    """And another."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(description="The title of the thing.")]
    colour: Colour | MISSING = MISSING
    colour_or_none: Colour | MISSING | None = MISSING
    inner: Annotated[Inner, Field(description="What is inside.")]
    inners: list[Inner] = Field(default_factory=list[Inner])
    count: int = 3
    plain: str | None = None
    free: dict[str, Any] | MISSING = MISSING
    above: Annotated[float, Field(gt=0)] | MISSING = MISSING
    by_hand: Annotated[str | None, WithJsonSchema({"type": ["string", "null"]})] = None


class Changed(Outer, Clears):
    pass


class Tree(BaseModel):
    model_config = ConfigDict(extra="allow")

    id: str
    size: int
    height: int | None
    text: str
    name: str | None = None
    leaf: Inner | None = None
    branches: list[str]


def keywords(schema: object, *, names: bool = False) -> set[str]:
    """Return every keyword of a schema, names of properties (`names`) apart."""
    match schema:
        case list():
            return {word for item in cast("list[object]", schema) for word in keywords(item)}
        case dict():
            fields = cast("dict[str, object]", schema)
            below = (keywords(value, names=key == "properties" and not names) for key, value in fields.items())
            return {word for words in below for word in words} | (set() if names else set(fields))
        case _:
            return set()


INNER = {
    "properties": {"title": {"type": "string"}, "note": {"type": "string"}},
    "required": ["title"],
    "type": "object",
}


def test_an_input_in_one_piece_that_every_client_takes() -> None:
    colours = {"enum": ["red", "blue"], "type": "string"}
    assert lean_schema(Outer) == {
        "properties": {
            "title": {"description": "The title of the thing.", "type": "string"},
            "colour": colours,
            "colour_or_none": colours,
            "inner": {**INNER, "description": "What is inside."},
            "inners": {"items": INNER, "type": "array"},
            "count": {"default": 3, "type": "integer"},
            "plain": {"type": "string"},
            "free": {"type": "string", "description": "A JSON object."},
            "above": {"type": "number"},
            "by_hand": {"type": "string"},
        },
        "required": ["title", "inner"],
        "type": "object",
    }


def test_what_can_be_emptied_is_named_where_null_means_that() -> None:
    items = {"enum": ["colour_or_none", "plain", "by_hand"], "type": "string"}
    schema = lean_schema(Changed)["properties"]
    assert schema.pop("clear") == {"description": "Fields to empty.", "items": items, "type": "array"}
    assert schema == lean_schema(Outer)["properties"]
    assert clearable(Outer) == ()


def test_an_output_promises_no_nulls_and_only_what_is_never_cut_and_is_open() -> None:
    schema = lean_schema(Tree, "serialization")
    assert schema["required"] == ["id", "size"]
    assert "required" not in schema["properties"]["leaf"]
    assert schema["properties"]["name"] == {"type": "string"}
    assert schema["properties"]["leaf"]["properties"]["title"] == {"type": "string"}
    assert schema.get("additionalProperties") is not False


def test_title_is_dropped_as_a_keyword_and_kept_as_a_property() -> None:
    for mode in ("validation", "serialization"):
        schema = lean_schema(Outer, mode)
        assert "title" in schema["properties"]
        assert keywords(schema).isdisjoint({"title", "$ref", "$defs"})
