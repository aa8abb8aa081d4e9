"""Lean schemas: what a model needs, and nothing else."""

from enum import StrEnum
from typing import Annotated, cast

from pydantic import MISSING, BaseModel, ConfigDict, Field

from preo_mcp.api.schema import lean_schema


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


class Tree(BaseModel):
    model_config = ConfigDict(extra="allow")

    id: str
    name: str | None = None
    leaf: Inner | None = None


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
    "additionalProperties": False,
    "properties": {"title": {"type": "string"}, "note": {"type": ["string", "null"]}},
    "required": ["title"],
    "type": "object",
}


def test_a_closed_input_in_one_piece() -> None:
    colours = {"enum": ["red", "blue"], "type": "string"}
    assert lean_schema(Outer) == {
        "additionalProperties": False,
        "properties": {
            "title": {"description": "The title of the thing.", "type": "string"},
            "colour": colours,
            "colour_or_none": {"anyOf": [colours, {"type": "null"}]},
            "inner": {**INNER, "description": "What is inside."},
            "inners": {"items": INNER, "type": "array"},
            "count": {"default": 3, "type": "integer"},
            "plain": {"type": ["string", "null"]},
        },
        "required": ["title", "inner"],
        "type": "object",
    }


def test_an_output_promises_neither_nulls_nor_presence_and_is_open() -> None:
    schema = lean_schema(Tree, "serialization")
    assert schema["properties"]["name"] == {"type": "string"}
    assert schema["properties"]["leaf"]["properties"]["title"] == {"type": "string"}
    assert "required" not in schema
    assert schema.get("additionalProperties") is not False


def test_title_is_dropped_as_a_keyword_and_kept_as_a_property() -> None:
    for mode in ("validation", "serialization"):
        schema = lean_schema(Outer, mode)
        assert "title" in schema["properties"]
        assert keywords(schema).isdisjoint({"title", "$ref", "$defs"})
