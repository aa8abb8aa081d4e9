"""JSON schemas as OpenAPI documents write them, one level at a time.

The document is somebody else's: references may lead in circles or fan out without end. So a schema is only read where
it is compared with one of ours, nothing is copied, and all steps together are counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, cast

from preo_mcp.api.errors import ValidationError

MOST_STEPS: Final = 150_000
"""Schemas that are looked at per document, each reference counted again; our own document takes some 6,000."""
MOST_FIELDS: Final = 2_000
"""Fields of one object."""
DEEPEST_REFERENCE: Final = 40
"""References and combinations that are followed one into the other."""

Schema = dict[str, Any]


def as_object(value: object) -> Schema:
    """Return a JSON object, empty where `value` is not one."""
    return cast("Schema", value) if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """Return a JSON array, empty where `value` is not one."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def as_text(value: object) -> str:
    """Return a text, empty where `value` is not one."""
    return value if isinstance(value, str) else ""


@dataclass(slots=True)
class Shape:
    """What one schema says about one value; null and the empty choice that Django adds are left out.

    Attributes:
        types: JSON types; none where the schema says nothing.
        formats: Formats of texts, such as date-time.
        choices: Values that are listed.
        fields: Schemas by name, of an object.
        required: Names of those that are always there, or have to be sent.
        items: The schemas of a list's items.
        values: The schemas of an object's values, whose names are data.
        references: What was followed to get here.
    """

    types: set[str] = field(default_factory=set[str])
    formats: set[str] = field(default_factory=set[str])
    choices: list[str] = field(default_factory=list[str])
    fields: dict[str, list[Schema]] = field(default_factory=dict[str, list[Schema]])
    required: set[str] = field(default_factory=set[str])
    items: list[Schema] = field(default_factory=list[Schema])
    values: list[Schema] = field(default_factory=list[Schema])
    references: set[str] = field(default_factory=set[str])


class Schemas:
    """The schemas of one document.

    Raises:
        ValidationError: from its methods, when the document leads too far.
    """

    def __init__(self, document: Schema) -> None:
        self._document = document
        self._steps = 0

    def resolved(self, node: object) -> Schema:
        """Return the object that `node` is or refers to; empty where it leads nowhere or in a circle."""
        for _ in range(DEEPEST_REFERENCE):
            self._count()
            found = as_object(node)
            reference = as_text(found.get("$ref"))
            if not reference:
                return found
            node = self._target(reference)
        return {}

    def shape(self, schemas: list[Schema]) -> Shape:
        """Return what `schemas` say of a value to which any of them may apply."""
        shape = Shape()
        alternatives = [part for schema in schemas for part in self._alternatives(schema, shape, 0)]
        objects = [part for part in alternatives if part.fields]
        for part in alternatives:
            shape.types |= part.types
            shape.formats |= part.formats
            shape.choices += [choice for choice in part.choices if choice not in shape.choices]
            shape.items += part.items
            shape.values += part.values
            for name, found in part.fields.items():
                shape.fields.setdefault(name, []).extend(found)
        if objects:
            first, *others = objects
            shape.required = first.required.intersection(*(part.required for part in others))
        return shape

    def _alternatives(self, node: object, whole: Shape, depth: int) -> Iterator[Shape]:
        """Yield what each branch of `oneOf` and `anyOf` says, with what holds for all of them."""
        self._count()
        schema = as_object(node)
        reference = as_text(schema.get("$ref"))
        if reference:
            whole.references.add(reference)
            if depth < DEEPEST_REFERENCE:
                yield from self._alternatives(self._target(reference), whole, depth + 1)
            return
        own = self._own(schema)
        deeper = depth < DEEPEST_REFERENCE
        for part in as_list(schema.get("allOf")) if deeper else []:
            for found in self._alternatives(part, whole, depth + 1):
                _add(own, found)
        branches = [*as_list(schema.get("oneOf")), *as_list(schema.get("anyOf"))] if deeper else []
        for found in self._branches(branches, whole, depth + 1):
            _add(found, own)
            yield found
        if not branches:
            yield own

    def _branches(self, branches: list[Any], whole: Shape, depth: int) -> Iterator[Shape]:
        for branch in branches:
            yield from self._alternatives(branch, whole, depth)

    def _own(self, schema: Schema) -> Shape:
        types = {as_text(schema["type"])} if isinstance(schema.get("type"), str) else set(as_list(schema.get("type")))
        choices = as_list(schema.get("enum")) + ([schema["const"]] if "const" in schema else [])
        fields = list(as_object(schema.get("properties")).items())[:MOST_FIELDS]
        values = as_object(schema.get("additionalProperties"))
        if not types and (fields or values):
            types = {"object"}
        if not types and choices and all(isinstance(choice, str | None) for choice in choices):
            types = {"string"}
        return Shape(
            types={name for name in types if isinstance(name, str)} - {"null"},
            formats={as_text(schema.get("format"))} - {""},
            choices=[str(choice) for choice in choices[:MOST_FIELDS] if choice not in (None, "")],
            fields={name: [as_object(found)] for name, found in fields},
            required={name for name in as_list(schema.get("required")) if isinstance(name, str)},
            items=[as_object(schema["items"])] if isinstance(schema.get("items"), dict) else [],
            values=[values] if values else [],
        )

    def _target(self, reference: str) -> object:
        """Return what a reference inside the document leads to, or nothing."""
        if not reference.startswith("#/"):
            return None
        node: object = self._document
        for part in reference[2:].split("/"):
            node = as_object(node).get(part.replace("~1", "/").replace("~0", "~"))
        return node

    def _count(self) -> None:
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise ValidationError(
                "The document was not compared",
                f"its schemas refer to one another more than {MOST_STEPS:,} times",
                "Check that it is the API's own OpenAPI document.",
            )


def _add(to: Shape, more: Shape) -> None:
    """Add what `more` says of the same value."""
    to.types = to.types or more.types
    to.formats |= more.formats
    to.choices = to.choices or more.choices
    to.required |= more.required
    to.items = to.items or more.items
    to.values = to.values or more.values
    for name, found in more.fields.items():
        to.fields.setdefault(name, found)
