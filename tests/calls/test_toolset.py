"""The listed tools are the code's, complete, lean and within their tokens."""

import json
import pkgutil
from collections import Counter
from collections.abc import Iterator
from typing import Any, cast

import pytest

import preo_mcp.tools
from benchmarks.tokens import ALL_AT_MOST, COMPLETE_AT_MOST
from docs.generate import REFERENCE, ROOT, tool_reference, tool_snapshot
from preo_mcp.api.errors import ConfigurationError
from preo_mcp.api.operations import OPERATIONS, Operation, Risk
from preo_mcp.api.schema import MAY_BE_LEFT_OUT
from preo_mcp.calls.tool import REGISTERED, Workflow
from preo_mcp.calls.toolset import DOES_THE_WORK_OF, MODULES, SNAPSHOT, Toolset, inspected
from preo_mcp.sandbox.app import ENDPOINTS
from preo_mcp.server import CARD_TOOLS
from preo_mcp.settings import Settings
from tests.tokenizer import tokens

LISTED = Toolset().listed()
CARDS_TOKENS = 80
"""Of the tool that only the approval card calls, which hosts keep from the model; it is counted all the same."""
ENTRIES: dict[str, dict[str, Any]] = {
    tool.name: tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in LISTED
}
IMPORTS = [
    entry["name"]
    for module, entries in inspected().items()
    if module.startswith(("data_imports.", "workflows.")) and module != "workflows.customer_history"
    for entry in entries
]
OPERATION_TOKENS = 9_200
"""Of the operations' tools, as a model is given them: name, description, input schema (o200k)."""
LARGEST_TOOL = 300
LARGEST_WORKFLOW = 360
LONGEST_DESCRIPTION = 2_048
"""Characters after which Claude Code cuts."""

PAGING = {"page", "page_size"}
FILE_NAMES = {"name", "file_name"}
UNDESCRIBED = {
    "list_data_imports": {
        "stage",
        "search",
        "include_cancelled",
        "created_after",
        "created_before",
        *PAGING,
    },
    "create_data_import": FILE_NAMES,
    "update_data_import": {"name"},
    "list_column_mappings": {"search", *PAGING},
    "list_product_mappings": {"search", *PAGING},
    "preview_import_orders": {"limit", "only_problems"},
    "prepare_import": FILE_NAMES,
    "wait_for_import": {"seconds"},
    "export_import_rows": {"rows"},
}
"""Arguments whose name and type say it all, beside import_id."""

NOTHING_FOR_SURE = {
    "get_edition_field_choices",
    "get_template_variables",
    "explain_cel_expression",
    "count_conditions",
}
"""Tools that answer with lists or one text alone, which a budget of tokens may cut."""

CLEARED = {
    "update_user": {"first_name", "last_name", "phone_number"},
    "update_edition": {
        *("start_date", "end_date", "meta_image_id"),
        *("transaction_receipt_email_id", "refund_confirmation_email_id"),
    },
    "update_file": {"image_alt_text", "caption", "copyright"},
    "update_data_import": {"default_country_code"},
    "update_consent": {"description"},
    "update_segment": {"edition_id", "consent_id", "description"},
    "update_campaign": {"email_message_id", "sms_body", "edition_id"},
    "update_webhook": {"edition_id"},
    "update_column_mappings": {"column_type", "metadata_key"},
    "update_product_mappings": {"product_id", "variant_id"},
}
"""The fields that can be emptied; those of mappings stand in each of them."""


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
        "run: make reference"
    )


def test_the_files_of_the_snapshot_and_the_reference_are_what_the_generator_writes() -> None:
    snapshot = ROOT / "preo_mcp" / "tools" / SNAPSHOT
    assert snapshot.read_text(encoding="utf-8") == tool_snapshot(inspected()), "run: make reference"
    assert REFERENCE.read_text(encoding="utf-8") == tool_reference(LISTED), "run: make reference"


def test_names_are_unique_and_always_in_the_same_order() -> None:
    assert len(ENTRIES) == len(LISTED)
    assert len(IMPORTS) == 18
    assert [tool.name for tool in Toolset().listed()] == list(ENTRIES)


def test_every_module_that_registers_a_tool_is_listed() -> None:
    toolset = Toolset()
    for name in ENTRIES:
        assert toolset.find(name)
    for found in pkgutil.walk_packages(preo_mcp.tools.__path__, "preo_mcp.tools."):
        __import__(found.name)
    from preo_mcp.calls.tool import REGISTERED

    ours = [tool for tool in REGISTERED.values() if tool.function.__module__.startswith("preo_mcp.tools.")]
    assert {tool.name for tool in ours} == set(ENTRIES)
    assert {tool.function.__module__ for tool in ours} == {f"preo_mcp.tools.{module}" for module in MODULES}


def subject_of(name: str) -> Operation | Workflow:
    found = Toolset().find(name)
    assert found is not None
    return found.subject


def test_every_operation_has_exactly_one_tool_and_one_route() -> None:
    tools = Counter(subject for name in ENTRIES if isinstance(subject := subject_of(name), Operation))
    routes = Counter(endpoint.operation for endpoint in ENDPOINTS)
    assert tools == routes == Counter(OPERATIONS)


@pytest.mark.parametrize("name", ENTRIES)
def test_input_schemas_are_lean(name: str) -> None:
    for place, schema in subschemas(ENTRIES[name]["inputSchema"]):
        assert {"title", "$ref", "$defs"}.isdisjoint(schema), place
        assert not is_nullable(schema), place


@pytest.mark.parametrize("name", ENTRIES)
def test_what_can_be_emptied_is_a_closed_list(name: str) -> None:
    lists = [schema for place, schema in subschemas(ENTRIES[name]["inputSchema"]) if place == "clear"]
    assert {field for one in lists for field in one.get("items", {}).get("enum", ())} == CLEARED.get(name, set())


@pytest.mark.parametrize("name", IMPORTS)
def test_every_argument_is_understandable(name: str) -> None:
    arguments: dict[str, dict[str, Any]] = ENTRIES[name]["inputSchema"]["properties"]
    undescribed = {key for key, schema in arguments.items() if "description" not in schema} - {"import_id"}
    assert undescribed == UNDESCRIBED.get(name, set())
    for schema in arguments.values():
        assert schema.get("description", "Fine.").endswith((".", "…"))


@pytest.mark.parametrize("name", ENTRIES)
def test_output_schemas_are_lean_and_promise_no_nulls(name: str) -> None:
    output = ENTRIES[name]["outputSchema"]
    assert output["type"] == "object"
    assert "notes" in output["properties"]
    for place, schema in subschemas(output):
        assert {"title", "$ref", "$defs", MAY_BE_LEFT_OUT}.isdisjoint(schema), place
        assert not is_nullable(schema), place
        assert schema.get("additionalProperties") is not False, place


def test_what_always_comes_is_required() -> None:
    proving = {name for name, entry in ENTRIES.items() if entry["outputSchema"].get("required")}
    assert ENTRIES.keys() - proving == NOTHING_FOR_SURE


@pytest.mark.parametrize("name", ENTRIES)
def test_title_annotations_and_description(name: str) -> None:
    entry = ENTRIES[name]
    assert entry["title"]
    assert set(entry["annotations"]) == {
        "readOnlyHint",
        "destructiveHint",
        "idempotentHint",
        "openWorldHint",
    }
    first, *rest = entry["description"].split("\n")
    assert first.endswith(".")
    assert not rest or rest[0] == ""
    assert len(entry["description"]) < LONGEST_DESCRIPTION
    assert "  " not in entry["description"]


def test_every_list_can_be_searched_and_takes_several_states() -> None:
    for name, entry in ENTRIES.items():
        properties = entry["inputSchema"]["properties"]
        if name.startswith("list_"):
            assert "search" in properties, name
            states = [properties[state] for state in ("status", "stage") if state in properties]
            assert all(state["type"] == "array" for state in states), name


def test_what_asks_a_person_says_so_and_is_marked() -> None:
    toolset = Toolset()
    for name, entry in ENTRIES.items():
        found = toolset.find(name)
        assert found is not None
        assert entry["annotations"]["destructiveHint"] is (found.facts is not None)
        writes_file = "save_to" in entry["inputSchema"]["properties"]
        assert entry["annotations"]["readOnlyHint"] is (found.subject.risk is Risk.READ and not writes_file)
        if found.subject.risk.needs_yes:
            assert found.facts is not None
            assert "a person is asked first" in entry["description"]


def test_tokens_are_within_their_budget(capsys: pytest.CaptureFixture[str]) -> None:
    paid_for = {name: paid(entry) for name, entry in ENTRIES.items()}
    operations = [paid_for[name] for name in paid_for if isinstance(subject_of(name), Operation)]
    workflows = [paid_for[name] for name in paid_for if not isinstance(subject_of(name), Operation)]
    cards = [one.model_dump(mode="json", by_alias=True, exclude_none=True) for one in CARD_TOOLS]
    complete = tokens(json.dumps([*ENTRIES.values(), *cards], ensure_ascii=False, separators=(",", ":")))
    with capsys.disabled():
        print(f"\n{len(operations)} operations: {sum(operations)} tokens, the largest {max(operations)}; ", end="")
        print(f"with {len(workflows)} workflows {sum(paid_for.values())}; complete tools/list {complete}")
    assert sum(operations) <= OPERATION_TOKENS
    assert sum(paid_for.values()) + sum(map(paid, cards)) <= ALL_AT_MOST
    assert sum(map(paid, cards)) <= CARDS_TOKENS
    assert complete <= COMPLETE_AT_MOST
    assert max(operations) <= LARGEST_TOOL
    assert max(workflows) <= LARGEST_WORKFLOW


def test_an_unknown_name_finds_nothing_and_the_nearest_helps() -> None:
    toolset = Toolset()
    assert toolset.find("start_imports") is None
    assert toolset.nearest("start_imports") == "start_import"
    assert toolset.nearest("zzz") is None
    assert toolset.find("../secrets") is None


def named(**settings: object) -> list[str]:
    toolset = Toolset.of(Settings.load({}, {"sandbox": True, **settings}))
    return [tool.name for tool in toolset.listed()]


def test_settings_only_take_tools_away() -> None:
    assert named() == named(ask_about=("create_segment",)) == list(ENTRIES)
    denied = ("send_campaign", "list_orders")
    without = {*denied, "customer_history"}
    assert named(deny=denied) == [name for name in ENTRIES if name not in without]
    reading = named(read_only=True)
    assert reading == [name for name in ENTRIES if subject_of(name).risk is Risk.READ]
    assert named(read_only=True, deny=denied) == [name for name in reading if name not in without]


def test_what_does_the_work_of_a_denied_tool_goes_with_it() -> None:
    inspected()
    others = {name: tool.names - {name} for name, tool in REGISTERED.items()}
    assert {name: {*worked} for name, worked in DOES_THE_WORK_OF.items()} == {
        name: worked for name, worked in others.items() if worked
    }
    assert not {"approve_refund", "approve_refunds"} & {*named(deny=("approve_refund",))}
    assert "refund_purchases" in named(preset="support", deny=("approve_refund",))


def test_what_is_taken_away_is_not_found() -> None:
    toolset = Toolset.of(Settings.load({}, {"sandbox": True, "read_only": True, "deny": ("list_orders",)}))
    assert {name for name in ENTRIES if toolset.find(name)} == {tool.name for tool in toolset.listed()}
    assert all(toolset.knows(name) for name in ENTRIES)
    assert toolset.nearest("send_campaign") != "send_campaign"


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"deny": ("start_imports",)}, "PREO_DENY names start_imports, .* did you mean start_import?"),
        ({"ask_about": ("List_Orders",)}, "PREO_ASK_ABOUT names List_Orders, .* did you mean list_orders?"),
        ({"deny": ("approval",)}, "PREO_DENY names approval"),
        ({"deny": ("start_import", "xyzzy")}, "there is no such tool · preo-mcp tools lists them"),
        ({"read_only": True, "deny": ("send_campain",)}, "did you mean send_campaign?"),
    ],
)
def test_a_misspelt_tool_stops_the_start(settings: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        named(**settings)
