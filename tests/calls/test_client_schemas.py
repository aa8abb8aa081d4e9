"""What large clients make of the input schemas: nothing is refused, nothing is lost, and each value can be said."""

from collections.abc import Iterator
from copy import deepcopy
from importlib import import_module
from typing import Any, cast

import pytest
from agents.strict_schema import ensure_strict_json_schema
from google.genai import types

from preo_mcp.calls.toolset import Toolset
from preo_mcp.calls.understood import understood

TOOLS = {tool.name: tool for tool in Toolset().listed()}
REFUSED_BY_SOME = {"exclusiveMinimum", "exclusiveMaximum", "additionalProperties", "$ref", "$defs", "oneOf", "allOf"}


def gemini(name: str) -> dict[str, Any]:
    """Return the parameters as the SDK's own adapter for MCP declares them."""
    adapter: Any = import_module("google.genai._mcp_utils")
    [declared] = adapter.mcp_to_gemini_tool(TOOLS[name]).function_declarations
    return as_json_schema(declared.parameters)


def gemini_from_json_schema(name: str) -> dict[str, Any]:
    schema = types.JSONSchema(**deepcopy(TOOLS[name].input_schema))
    return as_json_schema(types.Schema.from_json_schema(json_schema=schema, raise_error_on_unsupported_field=True))


def as_json_schema(schema: types.Schema) -> dict[str, Any]:
    return schema.model_dump(mode="json", exclude_none=True)


def openai_strict(name: str) -> dict[str, Any]:
    return ensure_strict_json_schema(deepcopy(TOOLS[name].input_schema))


def places(schema: dict[str, Any], where: str = "") -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield each place in a schema with its type and the values that it is limited to."""
    yield where, str(schema.get("type", "")).lower(), tuple(schema.get("enum", ()))
    for name, inner in cast("dict[str, Any]", schema.get("properties") or {}).items():
        yield from places(inner, f"{where}.{name}")
    if isinstance(schema.get("items"), dict):
        yield from places(schema["items"], f"{where}[]")


@pytest.mark.parametrize("convert", [gemini, gemini_from_json_schema, openai_strict], ids=lambda one: one.__name__)
def test_every_schema_is_taken_whole(convert: Any) -> None:
    for name, tool in TOOLS.items():
        assert dict(enumerate(places(convert(name)))) == dict(enumerate(places(tool.input_schema))), name


@pytest.mark.parametrize("name", TOOLS)
def test_a_schema_has_nothing_that_some_client_refuses(name: str) -> None:
    def check(schema: dict[str, Any], where: str) -> None:
        assert REFUSED_BY_SOME.isdisjoint(schema), where
        assert isinstance(schema["type"], str), where
        if schema["type"] == "object":
            assert schema["properties"] or not where, f"{where}: an object that a strict client has to leave empty"
        if schema["type"] == "array":
            check(schema["items"], f"{where}[]")
        for key, inner in cast("dict[str, Any]", schema.get("properties", {})).items():
            check(inner, f"{where}.{key}")

    check(TOOLS[name].input_schema, "")


@pytest.mark.parametrize(
    ("tool", "arguments", "place", "value"),
    [
        (
            "import_external_orders",
            {
                "edition_id": "edt_1",
                "orders": [
                    {
                        "email": "a@b.dk",
                        "order_id": "1",
                        "phone_number": "",
                        "first_name": "",
                        "last_name": "",
                        "order_metadata": '{"table": {"number": 4}}',
                        "items": [
                            {
                                "product_id": "prd_1",
                                "quantity": 1,
                                "variant_id": "",
                                "option_ids": ["opt_1"],
                                "price": 5,
                                "purchase_metadata": '{"seat": null}',
                            }
                        ],
                    }
                ],
            },
            ("orders", 0, "order_metadata"),
            {"table": {"number": 4}},
        ),
        (
            "update_email_message",
            {
                "email_message_id": "eml_1",
                "title": "",
                "subject": "",
                "blocks": [{"type": "text", "text": "Hej", "url": "", "file_id": "", "alt": ""}],
            },
            ("blocks", 0, "text"),
            "Hej",
        ),
    ],
)
def test_what_a_strict_client_has_to_fill_in_says_what_is_meant(
    tool: str, arguments: dict[str, Any], place: tuple[str | int, ...], value: object
) -> None:
    """It has to give every property: an empty text is what it gives for one that it would leave out."""
    assert set(arguments) >= set(openai_strict(tool)["required"]) - {"clear"}
    found = Toolset().find(tool)
    assert found is not None
    meant: Any = found.arguments.model_validate(understood(tool, found.arguments, arguments)).model_dump(mode="json")
    assert "" not in str(meant).split("'")
    for step in place:
        meant = meant[step]
    assert meant == value
