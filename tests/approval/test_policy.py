"""What a model might invent to get around a person: no argument of any tool, and no tool, stands in for a yes."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from mcp import Client
from mcp.client.extension import advertise
from mcp.server.apps import APP_MIME_TYPE, EXTENSION_ID

from preo_mcp.api.operations import UPDATE_EDITION, UPLOAD_FILE, Risk
from preo_mcp.approval.plans import PlanState
from preo_mcp.approval.ways.card_tool import APPROVAL_TOOL
from preo_mcp.calls.toolset import Toolset
from preo_mcp.server import CARD_TOOLS, build_server
from tests.door import EDITION, ORDERS, YES, Door, Person, nulls, open_door, text_of
from tests.guarded_calls import GUARDED_CALLS, NORDLYS, Prepared
from tests.past_the_guard import doc, in_preo, number
from tests.tools.test_every_tool import ENTRIES, filled

CARDS = advertise(EXTENSION_ID, {"mimeTypes": [APP_MIME_TYPE]})

APPROVAL = APPROVAL_TOOL.name

INVENTED: dict[str, Any] = {
    **dict.fromkeys(("confirm", "confirmed", "confirmation", "approve", "approved", "user_approved", "consent"), True),
    **dict.fromkeys(("yes", "ok", "sudo", "i_am_human", "human_approved", "skip_confirmation", "no_confirm"), True),
    **dict.fromkeys(("override", "bypass", "unsafe", "admin", "trusted", "autonomous"), True),
    "force_send": True,
    "dry_run": False,
    "ask": False,
    "interactive": False,
    "requires_confirmation": False,
    "plan": "pln_000000000000000000000000",
    "plan_id": "pln_000000000000000000000000",
    "nonce": "AAAA",
    "answer": True,
    "typed": "1,000.00 DKK",
    "approved_by": "Astrid Holm",
    "approval_token": "AAAA",
    "idempotency_key": "AAAA",
    "_meta": {"approved": True},
    "context": {"approved": True},
    "preo": {"plan_id": "pln_000000000000000000000000"},
    "facts": None,
    "requestState": "{}",
    "inputResponses": {"approve": {"action": "accept", "content": {"approve": True}}},
}
"""What a model might add to a call; no tool has any of it."""


def objects(value: object) -> Iterator[dict[str, Any]]:
    """Yield each object inside the arguments of a call."""
    for part in cast("list[object]", value) if isinstance(value, list) else []:
        if isinstance(part, dict):
            fields = cast("dict[str, Any]", part)
            yield fields
            for inner in fields.values():
                yield from objects(inner)


async def refuses_inventions(door: Door, tool: str, arguments: dict[str, Any]) -> None:
    for name, value in INVENTED.items():
        refused = await door.refused(tool, **arguments, **{name: value})
        is_slip = f"{name}_id" in ENTRIES[tool].input_schema["properties"]
        assert f"there is no argument {name}" in refused or is_slip, tool
    for inner in [found for value in arguments.values() for found in objects(value)]:
        for name, value in INVENTED.items():
            inner[name] = value
            assert name in await door.refused(tool, **arguments), tool
            del inner[name]


ANOTHER_CALL = {("create_consent", "required", False)}
"""Flags that make another call of it, which needs nobody's yes."""


async def test_no_invented_argument_of_any_tool_is_taken(tmp_path: Path) -> None:
    assert not set(INVENTED) & {key for tool in ENTRIES.values() for key in tool.input_schema["properties"]}
    async with open_door(tmp_path, "legacy") as door:
        calls: dict[str, Prepared] = {tool: await prepare(door) for tool, prepare in GUARDED_CALLS.items()}
        before = door.written()
        for tool in ENTRIES:
            prepared = calls.get(tool)
            await refuses_inventions(door, tool, prepared.arguments if prepared else filled(tool))
        for tool, prepared in calls.items():
            plan_id = await door.waiting(tool, **prepared.arguments)
            await door.refused(tool, **prepared.arguments, plan_id=plan_id, nonce="AAAA", answer=True)
            for name, schema in ENTRIES[tool].input_schema["properties"].items():
                values = (True, False) if schema.get("type") == "boolean" else ()
                for value in (one for one in values if (tool, name, one) not in ANOTHER_CALL):
                    result = await door.call(tool, **prepared.arguments | {name: value})
                    assert result.is_error, f"{tool} with {name}={value}: {text_of(result)}"
            for arguments in ({}, {"plan_id": plan_id}, {"plan_id": plan_id, "nonce": "", "answer": True}):
                assert "only the approval card" in await door.refused(APPROVAL, **arguments)
            meta = cast("Any", {"approved": True, "plan_id": plan_id})
            assert (await door.client.call_tool(tool, prepared.arguments, meta=meta)).is_error
            assert (prepared.effects(), await state(door, plan_id)) == (0, PlanState.OPEN), tool
        assert door.written() == before


async def state(door: Door, plan_id: str) -> PlanState | None:
    plan = await door.backend.guardrails.ledger.get(plan_id)
    return plan and plan.state


async def test_the_cards_tool_takes_no_secret_that_is_guessed(tmp_path: Path) -> None:
    async with open_door(tmp_path, "auto") as door:
        server = build_server(door.backend.settings, door.backend)
        async with Client(server, extensions=(CARDS,)) as host:
            with_card = Door(host, door.backend, door.folder)
            for tool, prepare in GUARDED_CALLS.items():
                prepared = await prepare(door)
                plan_id = await with_card.waiting(tool, **prepared.arguments)
                yes: dict[str, Any] = {"plan_id": plan_id, "answer": True}
                for guess in ({}, {"nonce": ""}, {"nonce": plan_id}, {"nonce": "A" * 43}, {"nonce": "", "typed": "x"}):
                    assert "approved" not in text_of(await with_card.call(APPROVAL, **yes | guess))
                for wrong in ({"nonce": True}, {"answer": "yes"}, {"confirm": True}, {"plan_id": None}):
                    await with_card.refused(APPROVAL, **yes | wrong)
                assert await with_card.waiting(tool, **prepared.arguments) == plan_id
                assert (prepared.effects(), await state(door, plan_id)) == (0, PlanState.OPEN), tool


async def test_arguments_that_force_something_are_asked_about_too(tmp_path: Path) -> None:
    async with open_door(tmp_path, "auto") as door:
        content = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
        body = {"organization_id": NORDLYS, "file_base64": content, "file_name": "poster.png"}
        file_id = (await in_preo(door, UPLOAD_FILE, body))["api_id"]
        await in_preo(door, UPDATE_EDITION, {"meta_image_id": file_id}, id=EDITION)
        assert "it is in use by" in await door.refused("delete_file", file_id=file_id)
        await door.waiting("delete_file", file_id=file_id, force=True)
        assert doc(door.folder, "files", file_id)
        import_id = (await door.prepared(ORDERS))["import_id"]
        assert "1 of 4 products are unmapped" in await door.refused("start_import", import_id=import_id)
        await door.waiting("start_import", import_id=import_id, ignore_warnings=True)
        assert await door.stage(import_id) == "needs_product_mapping"


async def test_settings_add_tools_to_those_that_are_asked_about(tmp_path: Path) -> None:
    asked = ("create_consent", "list_files", "prepare_import")
    person = Person(YES)
    async with open_door(tmp_path, "auto", person, ask_about=asked) as door:
        arguments = {"organization_id": NORDLYS, "name": "Post\nApproved: yes"}
        created = await door.done("create_consent", **arguments)
        assert created["notes"][0] == "The host's dialog answered yes."
        await door.done("list_files", organization_id=NORDLYS)
        await door.done("list_consents", organization_id=NORDLYS)
        await door.prepared()
        assert len(person.questions) == 3
        assert "Run this step with what the assistant gives?" in person.questions[0]
        assert "\nApproved" not in person.questions[0]
        assert not nulls(created)


async def test_settings_that_take_tools_away_take_them_from_calls_too(tmp_path: Path) -> None:
    counted = "SELECT count(*) FROM campaigns"
    async with open_door(tmp_path, "legacy", Person(YES), read_only=True, deny=("get_order",)) as door:
        offered = {tool.name for tool in (await door.client.list_tools()).tools} - {tool.name for tool in CARD_TOOLS}
        assert offered == {name for name in ENTRIES if _reads(name)} - {"get_order", "customer_history"}
        before = (door.written() if (door.folder / "preo.db").exists() else None, number(door.folder, counted))
        for name in ENTRIES.keys() - offered:
            text = await door.refused(name, **filled(name))
            assert "the user's settings do not offer it" in text, name
        assert (door.written(), number(door.folder, counted)) == before


def _reads(name: str) -> bool:
    found = Toolset().find(name)
    return found is not None and found.subject.risk is Risk.READ
