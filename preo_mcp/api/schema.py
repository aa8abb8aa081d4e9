"""Lean JSON schema: what a model needs to fill in a call, and nothing that only costs tokens.

Against pydantic's own: no `title` keyword (a property may well be called title), no `$ref`, no docstrings of models, no
`additionalProperties: true`, no default that says nothing. What comes in is listed within the subset that large clients
take (OpenAI's strict mode, Gemini): one type each, no null, no `exclusiveMinimum`, no `additionalProperties`, and a
free object as a JSON string, because a strict client can fill in nothing else; what is not listed is refused all the
same. Of what goes out, nulls are never sent, so nothing is nullable; what is never cut is required.
"""

from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Union, cast, get_args, get_origin

from pydantic import MISSING, BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from preo_mcp.api.models.base import Clears

CLEAR: Final = "clear"
"""The argument that names the fields to empty: null is what some clients send for whatever they leave out."""
FREE_OBJECT: Final = {"type": "string", "description": "A JSON object."}
UNTOLD: Final = (
    *("exclusiveMinimum", "exclusiveMaximum", "additionalProperties"),
    *("minimum", "minLength", "maxLength", "minItems"),
)
"""Keywords that are left out of what comes in: some client refuses them, or no model needs them. The limits hold."""
PAGING: Final = ("page", "page_size")
"""Arguments whose defaults are left out: what follows a page is said by the answer."""
MAY_BE_LEFT_OUT: Final = "x-nullable"
"""Marks, while a schema is made, what is not sent where it is null."""
SCALARS: Final = frozenset({"integer", "number", "boolean"})
NEXT_STEP: Final = "next_step"
"""What to do after an answer: never cut, like its notes, since without it the rest leads nowhere."""


def kinds(annotation: Any) -> Iterator[Any]:
    """Yield the types that an annotation allows, without what is said of them; None is `NoneType`, absent is none."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from kinds(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for part in get_args(annotation):
            yield from kinds(part)
    elif annotation is not MISSING:
        yield NoneType if annotation is None else annotation


def clearable(model: type[BaseModel]) -> tuple[str, ...]:
    """Return the fields of `model` that can be emptied."""
    if not issubclass(model, Clears):
        return ()
    return tuple(name for name, field in model.model_fields.items() if NoneType in kinds(field.annotation))


def lean_schema(model: type[BaseModel], mode: JsonSchemaMode = "validation") -> dict[str, Any]:
    """Return the JSON schema of `model` in one piece."""
    return model.model_json_schema(schema_generator=_LeanSchema, mode=mode)


class _LeanSchema(GenerateJsonSchema):
    def generate(self, schema: CoreSchema, mode: JsonSchemaMode = "validation") -> JsonSchemaValue:
        whole = super().generate(schema, mode)
        definitions = whole.pop("$defs", {})
        for described in (whole, *definitions.values()):
            for keyword in ("title", "description"):
                described.pop(keyword, None)
        in_one = inlined(whole, definitions)
        return _taken(in_one) if mode == "validation" else _sent(in_one)

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - no field's title is worth its tokens
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        out = super().default_schema(schema)
        if not out.get("default"):  # null, false and nothing: what leaving it out means
            out.pop("default", None)
        return out

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        inner = self.generate_inner(schema["schema"])
        return inner if self.mode == "validation" else {**inner, MAY_BE_LEFT_OUT: True}

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        return {**FREE_OBJECT} if self.mode == "validation" else super().dict_schema(schema)

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        out = super().model_schema(schema)
        if self.mode == "validation" and (fields := clearable(schema["cls"])):
            items = {"enum": list(fields), "type": "string"}
            out["properties"][CLEAR] = {"description": "Fields to empty.", "items": items, "type": "array"}
        return out


def inlined(node: Any, definitions: dict[str, Any]) -> Any:
    """Return a schema with each reference replaced by what it refers to, without what goes without saying."""
    if isinstance(node, list):
        return [inlined(item, definitions) for item in cast("list[Any]", node)]
    if not isinstance(node, dict):
        return node
    schema = cast("dict[str, Any]", node)
    reference = schema.pop("$ref", None)
    if isinstance(reference, str):
        return inlined({**definitions[reference.rpartition("/")[2]], **schema}, definitions)
    if schema.get("additionalProperties") is True:
        del schema["additionalProperties"]
    return {key: inlined(value, definitions) for key, value in schema.items()}


def subschemas(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a schema and all that it is made of; what stands by a keyword's name inside a value is not one."""
    yield schema
    for inner in (*schema.get("properties", {}).values(), *schema.get("anyOf", ()), schema.get("items")):
        if isinstance(inner, dict):
            yield from subschemas(cast("dict[str, Any]", inner))


def _taken(whole: JsonSchemaValue) -> JsonSchemaValue:
    """Return the schema of what comes in without the keywords that some client refuses."""
    for schema in subschemas(whole):
        for keyword in UNTOLD:
            schema.pop(keyword, None)
        for name in PAGING:
            schema.get("properties", {}).get(name, {}).pop("default", None)
        if isinstance(schema.get("type"), list):  # described by hand
            schema["type"] = next(kind for kind in schema["type"] if kind != "null")
    return whole


def _sent(whole: JsonSchemaValue) -> JsonSchemaValue:
    """Return the schema of what goes out with what always comes as required.

    Lists, objects and texts can be cut or left out when they are empty, so they are not; ids, times and words of an
    enum are short, and never empty.
    """
    for schema in subschemas(whole):
        properties = schema.get("properties", {})
        always = [name for name in schema.pop("required", []) if _is_never_cut(name, properties[name])]
        if always:
            schema["required"] = always
    for schema in subschemas(whole):
        schema.pop(MAY_BE_LEFT_OUT, None)
    return whole


def _is_never_cut(name: str, schema: dict[str, Any]) -> bool:
    is_word = "enum" in schema or any("enum" in each for each in schema.get("anyOf", ()))
    is_short = schema.get("type") in SCALARS or is_word or schema.get("format") == "date-time"
    is_id = schema.get("type") == "string" and (name in ("id", "deleted") or name.endswith("_id"))
    return (is_short or is_id or name == NEXT_STEP) and MAY_BE_LEFT_OUT not in schema
