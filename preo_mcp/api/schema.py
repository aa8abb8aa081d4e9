"""Lean JSON schema: what a model needs to fill in a call, and nothing that only costs tokens.

Against pydantic's own: no `title` keyword (a property may well be called title), no `$ref`, no docstrings of models, no
`additionalProperties: true`, no null default. Of what comes in, what may be left out is `X | MISSING`, so null appears
only where it means something; of what goes out, nulls are never sent and much can be cut, so nothing is nullable or
required.
"""

from typing import Any, cast

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import CoreSchema, core_schema


def lean_schema(model: type[BaseModel], mode: JsonSchemaMode = "validation") -> dict[str, Any]:
    """Return the JSON schema of `model` in one piece."""
    return model.model_json_schema(schema_generator=_LeanSchema, mode=mode)


class _LeanSchema(GenerateJsonSchema):
    def generate(self, schema: CoreSchema, mode: JsonSchemaMode = "validation") -> JsonSchemaValue:
        whole = super().generate(schema, mode)
        definitions = whole.pop("$defs", {})
        for described in (whole, *definitions.values()):
            for keyword in ("title", "description", *(["required"] if mode == "serialization" else [])):
                described.pop(keyword, None)
        return inlined(whole, definitions)

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - no field's title is worth its tokens
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        out = super().default_schema(schema)
        if out.get("default") in (None, [], {}):
            out.pop("default", None)
        return out

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        inner = self.generate_inner(schema["schema"])
        if self.mode == "serialization":
            return inner
        if isinstance(inner.get("type"), str) and "enum" not in inner:
            return {**inner, "type": [inner["type"], "null"]}  # shorter than anyOf, and more hosts take it
        return super().nullable_schema(schema)


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
