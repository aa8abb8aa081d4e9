"""An id has one name: what an answer calls it is an argument of some tool, and the object's own is taken as `id`."""

from collections.abc import Iterator
from typing import Any, cast

import pytest

from preo_mcp.calls.toolset import Toolset
from preo_mcp.calls.understood import understood

TOOLS = {tool.name: tool for tool in Toolset().listed()}
OF_NO_TOOL = {
    "external_id": "another system's order",
    "skipped_order_ids": "another system's orders",
    "item_id": "another system's line",
    "fee_rule_id": "no operation reads fee rules",
    "merchant_account_id": "no operation reads merchant accounts",
    "category_ids": "named in conditions only",
}
"""Ids of what no operation of Preo's takes, and why they are shown."""


def names(schema: dict[str, Any]) -> Iterator[str]:
    for name, inner in cast("dict[str, Any]", schema.get("properties", {})).items():
        yield name
        yield from names(inner)
    if isinstance(schema.get("items"), dict):
        yield from names(schema["items"])


ARGUMENTS = {name for tool in TOOLS.values() for name in names(tool.input_schema)}


@pytest.mark.parametrize("tool", TOOLS)
def test_every_id_of_an_answer_is_called_as_the_argument_that_takes_it(tool: str) -> None:
    ids = {name for name in names(TOOLS[tool].output_schema or {}) if name.endswith(("_id", "_ids"))}
    known = ARGUMENTS | OF_NO_TOOL.keys() | {"id", "mapping_id"}
    assert ids <= known


def test_the_exceptions_are_no_arguments() -> None:
    assert ARGUMENTS.isdisjoint(OF_NO_TOOL)


@pytest.mark.parametrize("tool", TOOLS)
def test_the_id_of_the_one_object_that_a_tool_needs_is_taken_as_id(tool: str) -> None:
    needed = [name for name in TOOLS[tool].input_schema.get("required", []) if name.endswith("_id")]
    found = Toolset().find(tool)
    assert found is not None
    if len(needed) == 1:
        assert understood(tool, found.arguments, {"id": "x_1"}) == {needed[0]: "x_1"}


def test_a_proposed_mapping_is_taken_by_the_name_that_it_was_shown_under() -> None:
    found = Toolset().find("update_product_mappings")
    assert found is not None
    rows = [{"mapping_id": "pmap_1", "product_id": "prd_1"}]
    meant = understood("update_product_mappings", found.arguments, {"import_id": "imp_1", "mappings": rows})
    assert meant["mappings"] == [{"id": "pmap_1", "product_id": "prd_1"}]
