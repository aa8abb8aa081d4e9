"""The listed tools are the code's, complete, lean and within their tokens."""

import json
import pkgutil
from collections import Counter
from collections.abc import Iterator
from typing import Any, cast

import pytest

import preo_mcp.tools
from preo_mcp.operations import OPERATIONS, Grade, Operation, Risk
from preo_mcp.toolset import MODULES, Toolset, inspected
from tests.tokenizer import tokens

LISTED = Toolset().listed()
ENTRIES: dict[str, dict[str, Any]] = {
    tool.name: tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in LISTED
}
IMPORTS = [
    entry["name"]
    for module, entries in inspected().items()
    if module == "data_imports" or module.startswith("import_")
    for entry in entries
]
ALL_TOKENS = 3_200
"""Of the tools of data imports, as a model is given them."""
LARGEST_TOOL = 360
LONGEST_DESCRIPTION = 2_048
"""Characters after which Claude Code cuts."""

UNDESCRIBED = {
    "list_data_imports": {"stage", "include_cancelled", "ordering"},
    "preview_import_orders": {"limit"},
    "wait_for_import": {"seconds"},
}
"""Arguments whose name and type say it all."""

NULLABLE = {
    ("update_data_import", "default_country_code"),
    ("update_column_mappings", "column_type"),
    ("update_column_mappings", "metadata_key"),
    ("update_product_mappings", "product_id"),
    ("update_product_mappings", "variant_id"),
    ("import_external_orders", "variant_id"),
    ("import_external_orders", "price"),
    ("import_external_orders", "phone_number"),
    ("import_external_orders", "first_name"),
    ("import_external_orders", "last_name"),
}
"""Arguments for which the documentation gives null a meaning."""


def subschemas(schema: dict[str, Any], name: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every schema inside one with the name of the property that it stands under."""
    yield name, schema
    for key, value in cast("dict[str, dict[str, Any]]", schema.get("properties", {})).items():
        yield from subschemas(value, key)
    if "items" in schema:
        yield from subschemas(schema["items"], name)
    for option in schema.get("anyOf", []):
        yield from subschemas(option, name)


def is_nullable(schema: dict[str, Any]) -> bool:
    kind = schema.get("type")
    return (isinstance(kind, list) and "null" in kind) or {"type": "null"} in schema.get("anyOf", [])


def paid(entry: dict[str, Any]) -> int:
    """Return the tokens of what a model is given of a tool."""
    shown = {key: entry[key] for key in ("name", "description", "inputSchema")}
    return tokens(json.dumps(shown, ensure_ascii=False, separators=(",", ":")))


def test_the_snapshot_is_what_the_code_says() -> None:
    snapshot = [entry for tools in inspected().values() for entry in tools]
    assert [json.dumps(entry) for entry in snapshot] == [json.dumps(entry) for entry in ENTRIES.values()], (
        "run: preo-mcp tools --write"
    )


def test_names_are_unique_and_always_in_the_same_order() -> None:
    assert len(ENTRIES) == len(LISTED)
    assert len(IMPORTS) == 17
    assert [tool.name for tool in Toolset().listed()] == list(ENTRIES)


def test_every_module_that_registers_a_tool_is_listed() -> None:
    toolset = Toolset()
    for name in ENTRIES:
        assert toolset.find(name)
    for found in pkgutil.iter_modules(preo_mcp.tools.__path__):
        __import__(f"preo_mcp.tools.{found.name}")
    from preo_mcp.tool import REGISTERED

    ours = [tool for tool in REGISTERED.values() if tool.function.__module__.startswith("preo_mcp.tools.")]
    assert {tool.name for tool in ours} == set(ENTRIES)
    assert {tool.function.__module__ for tool in ours} == {f"preo_mcp.tools.{module}" for module in MODULES}


def test_every_documented_operation_has_exactly_one_tool() -> None:
    toolset = Toolset()
    subjects = [found.subject for name in ENTRIES if (found := toolset.find(name))]
    counts = Counter(subject for subject in subjects if isinstance(subject, Operation))
    assert {row for row in OPERATIONS if row.grade is Grade.DOCUMENTED} <= counts.keys()
    assert set(counts.values()) == {1}


@pytest.mark.parametrize("name", ENTRIES)
def test_input_schemas_are_lean_and_closed(name: str) -> None:
    for place, schema in subschemas(ENTRIES[name]["inputSchema"]):
        assert {"title", "$ref", "$defs"}.isdisjoint(schema), place
        if "properties" in schema:
            assert schema["additionalProperties"] is False, place


@pytest.mark.parametrize("name", IMPORTS)
def test_null_is_offered_only_where_it_means_something(name: str) -> None:
    nullable = {place for place, schema in subschemas(ENTRIES[name]["inputSchema"]) if is_nullable(schema)}
    assert nullable == {place for tool, place in NULLABLE if tool == name}


@pytest.mark.parametrize("name", IMPORTS)
def test_every_argument_is_understandable(name: str) -> None:
    arguments: dict[str, dict[str, Any]] = ENTRIES[name]["inputSchema"]["properties"]
    assert {key for key, schema in arguments.items() if "description" not in schema} == UNDESCRIBED.get(name, set())
    for schema in arguments.values():
        assert schema.get("description", "Fine.").endswith((".", "…"))


@pytest.mark.parametrize("name", ENTRIES)
def test_output_schemas_are_lean_and_promise_no_nulls(name: str) -> None:
    output = ENTRIES[name]["outputSchema"]
    assert output["type"] == "object"
    assert "notes" in output["properties"]
    for place, schema in subschemas(output):
        assert {"title", "$ref", "$defs", "required"}.isdisjoint(schema), place
        assert not is_nullable(schema), place
        assert schema.get("additionalProperties") is not False, place


@pytest.mark.parametrize("name", ENTRIES)
def test_title_annotations_and_description(name: str) -> None:
    entry = ENTRIES[name]
    assert entry["title"]
    assert set(entry["annotations"]) == {
        "title",
        "readOnlyHint",
        "destructiveHint",
        "idempotentHint",
        "openWorldHint",
    }
    assert entry["annotations"]["title"] == entry["title"]
    first, *rest = entry["description"].split("\n")
    assert first.endswith(".")
    assert not rest or rest[0] == ""
    assert len(entry["description"]) < LONGEST_DESCRIPTION
    assert "  " not in entry["description"]


def test_what_asks_a_person_says_so_and_is_marked() -> None:
    toolset = Toolset()
    for name, entry in ENTRIES.items():
        found = toolset.find(name)
        assert found is not None
        assert entry["annotations"]["destructiveHint"] is found.subject.risk.needs_yes
        assert entry["annotations"]["readOnlyHint"] is (found.subject.risk is Risk.READ)
        if found.subject.risk.needs_yes:
            assert found.facts is not None
            assert "a person is asked first" in entry["description"]


def test_tokens_are_within_their_budget(capsys: pytest.CaptureFixture[str]) -> None:
    figures = {name: paid(ENTRIES[name]) for name in IMPORTS}
    whole = tokens(json.dumps([ENTRIES[name] for name in IMPORTS], ensure_ascii=False, separators=(",", ":")))
    total, largest = sum(figures.values()), max(figures.values())
    with capsys.disabled():
        print(f"\n{len(figures)} tools of data imports: {total} tokens, the largest {largest}, ", end="")
        print(f"with output schemas and annotations {whole}")
    assert total <= ALL_TOKENS
    assert largest <= LARGEST_TOOL


def test_an_unknown_name_finds_nothing_and_the_nearest_helps() -> None:
    toolset = Toolset()
    assert toolset.find("start_imports") is None
    assert toolset.nearest("start_imports") == "start_import"
    assert toolset.nearest("zzz") is None
    assert toolset.find("../secrets") is None
