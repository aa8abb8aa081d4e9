"""Listing, creating, looking at, renaming, cancelling and starting data imports, through the door."""

import base64
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from preo_mcp.calls.toolset import inspected
from preo_mcp.replies.reply import SANDBOX_NOTE
from tests.door import DECLINE, EDITION, ORDERS, YES, Door, Person, content_of, text_of
from tests.tools.conftest import OpenServer

MAPPED = ORDERS.replace("NF-POSTER,Plakat A2", "NF-CHILD,Børnebillet")
IMPORT_TOOLS = {
    entry["name"]
    for module, entries in inspected().items()
    if module.startswith(("data_imports.", "workflows.")) and module != "workflows.customer_history"
    for entry in entries
}
BASE64 = base64.b64encode(ORDERS.encode()).decode()


async def create(door: Door, **arguments: Any) -> dict[str, Any]:
    return await door.done(
        "create_data_import", edition_id=EDITION, **({"text": ORDERS, "file_name": "august.csv"} | arguments)
    )


async def test_create_takes_the_name_from_the_file_and_guesses_the_columns(door: Door) -> None:
    created = await create(door)
    assert (created["name"], created["data_file_name"]) == ("august", "august.csv")
    assert created["stage"] == "needs_column_mapping"
    assert created["edition"]["id"] == EDITION
    columns = await door.done("list_column_mappings", import_id=created["id"])
    assert {row["column"]: row.get("column_type") for row in columns["results"]}["Email"] == "customer_email"


async def test_times_are_those_of_the_edition_with_the_offset(door: Door) -> None:
    created = await create(door)
    found = await door.done("get_data_import", import_id=created["id"])
    [listed] = (await door.done("list_data_imports"))["results"]
    zone = ZoneInfo(found["edition"]["timezone"])
    for told in (found["created"], found["modified"], listed["created"], listed["modified"]):
        moment = datetime.fromisoformat(told)
        assert moment.utcoffset() == moment.astimezone(zone).utcoffset() != timedelta()


async def test_create_takes_base64_with_its_own_name_and_country_code(door: Door) -> None:
    created = await door.done(
        "create_data_import",
        edition_id=EDITION,
        file_base64=BASE64,
        file_name="august.csv",
        name="From the shop",
        default_country_code="+46",
    )
    assert (created["name"], created["default_country_code"]) == ("From the shop", "+46")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({}, "none of file_path, text and file_base64 is given"),
        ({"text": ORDERS, "file_base64": BASE64}, "several of file_path, text and file_base64 is given"),
        ({"text": ORDERS, "name": "x" * 201}, "name: string should have at most 200 characters"),
        ({"text": ORDERS, "name": "n" * 201}, "name: string should have at most 200 characters"),
        ({"text": ORDERS, "default_country_code": "+1234567"}, "at most 6 characters"),
        ({"text": ORDERS, "default_country_code": "Danmark"[:6]}, "default_country_code"),
        ({"text": ORDERS, "edition_id": "edt_none"}, "No edition with the id"),
        ({"text": "\n", "file_name": "empty.csv"}, "empty"),
        ({"file_path": "orders.csv"}, "no folder is allowed"),
    ],
)
async def test_create_refuses_and_leaves_nothing(door: Door, arguments: dict[str, Any], why: str) -> None:
    assert why in await door.refused("create_data_import", **({"edition_id": EDITION} | arguments))
    assert (await door.done("list_data_imports"))["total"] == 0


async def test_the_list_says_what_was_filtered_and_how_to_go_on(door: Door) -> None:
    ids = [(await create(door, name=f"Number {number}"))["id"] for number in range(5)]
    await door.done("cancel_data_import", import_id=ids[0])

    page = await door.done("list_data_imports", page_size=3)
    assert (page["returned"], page["total"], page["next"]) == (3, 4, "page=2, page_size=3")
    rest = await door.done("list_data_imports", page_size=3, page=2)
    assert [row["id"] for row in page["results"] + rest["results"]] == ids[:0:-1]
    assert "next" not in rest

    everything = await door.done("list_data_imports", include_cancelled=True, ordering=["created"], edition_id=EDITION)
    assert [row["id"] for row in everything["results"]] == ids
    assert everything["filters"] == f"edition_id={EDITION}, include_cancelled=true, ordering=created"
    cancelled = await door.done("list_data_imports", stage="cancelled", include_cancelled=True)
    assert [row["id"] for row in cancelled["results"]] == ids[:1]
    assert (await door.done("list_data_imports", created_after="2999-01-01T00:00:00Z"))["total"] == 0


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"stage": "done"}, "stage.0: input should be 'uploaded'"),
        ({"page": 0}, "page: input should be greater than or equal to 1"),
        ({"page": 99}, "page"),
        ({"page_size": 1001}, "less than or equal to 1000"),
        ({"ordering": ["name"]}, "ordering.0: input should be 'created'"),
        ({"created_after": "2026-01-01"}, "no timezone"),
        ({"editon_id": EDITION}, "there is no argument editon_id; did you mean edition_id?"),
    ],
)
async def test_the_list_refuses_what_it_does_not_know(door: Door, arguments: dict[str, Any], why: str) -> None:
    assert why in await door.refused("list_data_imports", **arguments)


@pytest.mark.parametrize("import_id", ["imp_none", "../editions", "imp none", "%2e%2e/editions"])
async def test_get_of_nothing_says_so(door: Door, import_id: str) -> None:
    await door.refused("get_data_import", import_id=import_id)


async def test_update_tells_cleared_from_absent(door: Door) -> None:
    import_id = (await create(door, default_country_code="+46"))["id"]
    renamed = await door.done("update_data_import", import_id=import_id, name="Renamed")
    assert renamed["default_country_code"] == "+46"
    await door.done("update_data_import", import_id=import_id, clear=["default_country_code"])
    now = await door.done("get_data_import", import_id=import_id)
    assert now["name"] == "Renamed"
    assert "default_country_code" not in now


async def test_update_refuses_a_code_that_is_none(door: Door) -> None:
    import_id = (await create(door))["id"]
    assert "default_country_code" in await door.refused(
        "update_data_import", import_id=import_id, default_country_code="Dane"
    )


async def test_cancel_stops_for_good_and_names_the_way_on(door: Door) -> None:
    import_id = (await door.prepared(MAPPED))["import_id"]
    assert (await door.done("cancel_data_import", import_id=import_id))["stage"] == "cancelled"
    for tool in ("cancel_data_import", "start_import"):
        text = await door.refused(tool, import_id=import_id)
        assert "stage cancelled" in text
        assert "prepare_import" in text


async def test_start_names_what_is_unmapped_before_anybody_is_asked(door: Door, person: Person) -> None:
    import_id = (await door.prepared())["import_id"]
    text = await door.refused("start_import", import_id=import_id)
    assert "NF-POSTER" in text
    assert "update_product_mappings" in text
    assert person.questions == []


async def test_start_at_a_wrong_stage_names_the_next_call(door: Door, person: Person) -> None:
    import_id = (await create(door))["id"]
    text = await door.refused("start_import", import_id=import_id)
    assert "stage needs_column_mapping, and this needs needs_product_mapping" in text
    assert "process_column_mappings" in text
    assert person.questions == []


async def test_every_write_says_that_it_was_the_sandbox_and_no_read_does(door: Door) -> None:
    tools = {tool.name: tool for tool in (await door.client.list_tools()).tools}
    import_id = (await door.prepared(MAPPED))["import_id"]
    mapping = (await door.done("list_product_mappings", import_id=import_id))["results"][0]
    column = (await door.done("list_column_mappings", import_id=import_id))["results"][0]
    this = {"import_id": import_id}
    item = {"product_id": "prd_n27_parking", "quantity": 1}
    calls: list[tuple[str, dict[str, Any]]] = [
        ("list_data_imports", {}),
        ("get_data_import", this),
        ("list_column_mappings", this),
        ("list_product_mappings", this),
        ("preview_import_orders", this),
        ("propose_product_mappings", this),
        ("update_data_import", this | {"name": "New"}),
        ("update_product_mappings", this | {"mappings": [{"id": mapping["id"]}]}),
        ("update_column_mappings", this | {"mappings": [{"id": column["id"]}]}),
        ("validate_column_mappings", this),
        ("process_column_mappings", this),
        ("start_import", this),
        ("wait_for_import", this),
        ("create_data_import", {"edition_id": EDITION, "text": ORDERS}),
        ("prepare_import", {"edition_id": EDITION, "text": ORDERS}),
        (
            "import_external_orders",
            {"edition_id": EDITION, "orders": [{"email": "m@example.org", "order_id": "X", "items": [item]}]},
        ),
    ]
    for tool, arguments in calls:
        result = await door.call(tool, **arguments)
        assert not result.is_error, f"{tool}: {text_of(result)}"
        annotations = tools[tool].annotations
        assert annotations is not None
        said = (SANDBOX_NOTE in text_of(result), SANDBOX_NOTE in content_of(result).get("notes", []))
        assert said == (not annotations.read_only_hint,) * 2, tool
    assert IMPORT_TOOLS - {tool for tool, _ in calls} == {"cancel_data_import", "export_import_rows"}
    cancelled = await door.done("cancel_data_import", import_id=(await create(door))["id"])
    assert SANDBOX_NOTE in cancelled["notes"]


async def test_roles_decide_what_may_be_changed(open_server: OpenServer) -> None:
    async with open_server(Person(YES), sandbox_token="sandbox-manager") as door:
        import_id = (await door.prepared(MAPPED))["import_id"]
        assert "id" in await door.refused("prepare_import", edition_id="edt_elbklang25", text=ORDERS)
    staff = Person(YES)
    async with open_server(staff, sandbox_token="sandbox-staff") as door:
        before = door.written()
        assert await door.stage(import_id) == "needs_product_mapping"
        for tool, arguments in (
            ("start_import", {"import_id": import_id}),
            ("cancel_data_import", {"import_id": import_id}),
            ("update_data_import", {"import_id": import_id, "name": "Mine"}),
            ("create_data_import", {"edition_id": EDITION, "text": ORDERS}),
        ):
            assert "manager or admin" in await door.refused(tool, **arguments)
        assert await door.stage(import_id) == "needs_product_mapping"
        assert door.written() == before
    async with open_server(Person(DECLINE), sandbox_token="nobody") as door:
        assert "token" in await door.refused("list_data_imports")
