"""What lies outside the organizations or editions of the settings: no tool, resource or completion reaches it."""

import json
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp.shared.exceptions import MCPError
from mcp.types import PromptReference

from preo_mcp.api.errors import PermissionDeniedError
from preo_mcp.api.operations import (
    CREATE_DATA_IMPORT,
    CREATE_REFUND,
    GET_EDITION,
    GET_EMAIL_MESSAGE,
    GET_ORDER,
    GET_USER,
    LIST_USERS,
    OPERATIONS,
    PREVIEW_EMAIL,
    Operation,
    Risk,
)
from preo_mcp.calls.toolset import Toolset
from preo_mcp.client.ownership import READS, object_of
from preo_mcp.client.preo_client import PreoClient
from preo_mcp.client.scope import LOOKED_UP_BY, Asked, Scope, Seen
from preo_mcp.settings import Settings
from tests.door import YES, Door, Person, open_door, text_of
from tests.guarded_calls import ELBKLANG, GUARDED_CALLS, NORDLYS, send_campaign
from tests.past_the_guard import doc, in_preo, rows
from tests.tools.test_every_tool import ENTRIES, FILLED

OURS: dict[str, Any] = {"allowed_organizations": (NORDLYS,)}
THIS_YEAR: dict[str, Any] = {"allowed_editions": ("edt_nordlys27",)}
SETTING = "PREO_ALLOWED_"
WHOM_A_DRAFT_REACHES = ["Retrieve segment", "Get edition details", "Retrieve consent"]

TABLES = {
    "campaign_id": ("campaigns", "cmp_elbklang_spring"),
    "consent_id": ("consents", "con_elbklang_news"),
    "edition_id": ("editions", "edt_elbklang25"),
    "email_message_id": ("email_messages", "eml_elbklang_news"),
    "file_id": ("files", "fil_elbklangposter"),
    "segment_id": ("segments", "seg_elbklang_regulars"),
    "webhook_id": ("webhooks", "whk_elbklangdata"),
}
FIRST = {
    "user_id": "SELECT customer_id FROM orders WHERE organization_id = ? LIMIT 1",
    "order_id": "SELECT id FROM orders WHERE organization_id = ? LIMIT 1",
    "refund_id": "SELECT id FROM refunds WHERE organization_id = ? LIMIT 1",
    "purchase_id": "SELECT p.id FROM purchases AS p JOIN orders AS o ON o.id = p.order_id "
    "WHERE o.organization_id = ? LIMIT 1",
    "transaction_id": "SELECT transaction_id FROM orders WHERE organization_id = ? LIMIT 1",
}
ADDED: dict[str, dict[str, Any]] = {
    "retry_webhook_delivery": {"delivery_ids": ["whd_0"]},
    "update_user": {"first_name": "Eve"},
    "update_campaign": {"name": "Taken over"},
    "update_segment": {"name": "Taken over"},
    "update_consent": {"name": "Taken over"},
    "update_edition": {"name": "Taken over"},
    "update_email_message": {"title": "Taken over"},
    "update_file": {"caption": "Taken over"},
    "update_webhook": {"name": "Taken over", "url": "https://hooks.example/theirs"},
    "update_data_import": {"name": "Taken over"},
    "create_purchase_refund": {"reason": "other", "amount": 1},
    "upload_file": {"text": "a", "file_name": "a.txt"},
    "create_data_import": {"text": "a,b\n1,2\n", "file_name": "a.csv"},
    "prepare_import": {"text": "a,b\n1,2\n", "file_name": "a.csv"},
    "duplicate_edition": {"name": "Taken over"},
}
"""What a call needs besides ids to get as far as Preo."""


class Sent:
    """What went to Preo, by its title."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.titles: list[str] = []
        send = PreoClient.send

        async def counted(client: PreoClient, operation: Operation, **arguments: Any) -> Any:
            self.titles.append(operation.title)
            return await send(client, operation, **arguments)

        monkeypatch.setattr(PreoClient, "send", counted)

    def taken(self) -> list[str]:
        taken, self.titles = self.titles, []
        return taken


@pytest.fixture(scope="module")
async def door(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Door]:
    async with open_door(tmp_path_factory.mktemp("sandbox"), "auto", Person(YES), **OURS) as opened:
        yield opened


@pytest.fixture(scope="module")
async def theirs(door: Door) -> dict[str, str]:
    """Return the ids of objects of the other organization, by the names of arguments."""
    body = {"edition_id": "edt_elbklang25", "data_file_base64": "YSxiCjEsMgo=", "data_file_name": "a.csv"}
    found = {name: key for name, (_, key) in TABLES.items()}
    found["import_id"] = (await in_preo(door, CREATE_DATA_IMPORT, body))["id"]
    found |= {name: str(rows(door.folder, statement, ELBKLANG)[0][0]) for name, statement in FIRST.items()}
    found |= {"organization_id": ELBKLANG, "event_id": "evt_elbklang", "customer_id": found["user_id"]}
    return found | {"delivery_id": "dlv_1", "pickup_point_id": "pup_1"}


def stored(door: Door, theirs: dict[str, str]) -> str:
    """Return what the sandbox has of theirs."""
    named = {table: doc(door.folder, table, key) for table, key in TABLES.values()}
    named["user"] = doc(door.folder, "customers", theirs["user_id"])
    named["refund"] = doc(door.folder, "refunds", theirs["refund_id"])
    tables = [*(table for table, _ in TABLES.values()), "customers", "orders", "refunds", "data_imports"]
    counts = [rows(door.folder, f"SELECT count(*) FROM {table}") for table in sorted(set(tables))]
    return json.dumps([named, counts], sort_keys=True)


def test_without_a_limit_there_is_no_scope() -> None:
    assert Scope.of(Settings.load({}, {"sandbox": True})) is None


def test_every_operation_on_an_object_has_one_that_reads_it() -> None:
    for operation in OPERATIONS:
        assert (object_of(operation) is None) == ("{id}" not in operation.path)
    assert len(READS) == 12
    assert all(operation.risk is Risk.READ for operation in LOOKED_UP_BY)


async def test_no_tool_reads_or_changes_what_is_theirs(door: Door, theirs: dict[str, str]) -> None:
    before = stored(door, theirs)
    for name, tool in ENTRIES.items():
        required: list[str] = tool.input_schema.get("required", [])
        ids = [key for key in required if key in theirs]
        arguments = {key: theirs.get(key, FILLED.get(key)) for key in required} | ADDED.get(name, {})
        if ids:
            assert SETTING in await door.refused(name, **arguments), name
    assert stored(door, theirs) == before


async def test_nor_does_one_that_is_narrowed_to_theirs_or_to_nothing(door: Door, theirs: dict[str, str]) -> None:
    for name, tool in ENTRIES.items():
        if not name.startswith("list_") or tool.input_schema.get("required"):
            continue
        for key in ("organization_id", "edition_id"):
            if key in tool.input_schema["properties"]:
                assert SETTING in await door.refused(name, **{key: theirs[key]}), name
        if name not in ("list_editions", "list_data_imports"):
            listed = await door.done(name, organization_id=NORDLYS)
            assert listed["returned"], name
            assert (await door.done(name))["results"] == listed["results"], name
    for name in ("get_user_info", "list_data_imports"):
        result = await door.call(name)
        assert not result.is_error
        assert "lbklang" not in text_of(result) + json.dumps(result.structured_content), name
        assert "left out: outside PREO_ALLOWED_ORGANIZATIONS (org_nordlys)." in text_of(result)


async def test_nothing_of_ours_leads_to_theirs(door: Door, theirs: dict[str, str]) -> None:
    ours = {"organization_id": NORDLYS}
    campaign = {**ours, "name": "A", "channel": "email"}
    segment = {**ours, "name": "A", "condition": "true"}
    message = {**ours, "title": "A", "type": "campaign", "subject": "A", "blocks": FILLED["blocks"]}
    endpoint = {**ours, "name": "A", "url": "https://a.example", "events": ["ORDER_COMPLETED"]}
    calls: list[tuple[str, dict[str, Any], list[str]]] = [
        ("create_campaign", {**campaign, "segment_id": "seg_nordlys_return"}, ["email_message_id", "edition_id"]),
        ("create_campaign", campaign, ["segment_id"]),
        ("update_campaign", {"campaign_id": "cmp_nordlys_xmas"}, ["segment_id", "email_message_id", "edition_id"]),
        ("create_segment", segment, ["edition_id", "consent_id"]),
        ("update_segment", {"segment_id": "seg_nordlys_passes"}, ["edition_id", "consent_id"]),
        ("create_email_message", message, ["edition_id"]),
        ("adopt_email_message", {"email_message_id": "eml_platform_receipt"}, ["edition_id"]),
        ("duplicate_email_message", {"email_message_id": "eml_platform_receipt"}, ["organization_id"]),
        ("preview_email", {"email_message_id": "eml_n27_vip"}, ["customer_id", "edition_id"]),
        ("create_webhook", endpoint, ["edition_id"]),
        ("update_webhook", {"webhook_id": "whk_nordlysbooks"}, ["edition_id"]),
        ("create_refund", {"reason": "other", "amount": 1, "scope": "purchase_custom"}, ["purchase_id"]),
        ("list_orders", ours, ["edition_id"]),
        ("list_orders", {}, ["customer_id"]),
        ("list_users", ours, ["edition_id"]),
        ("validate_cel_expression", {"expression": "true"}, ["edition_id"]),
        ("explain_cel_expression", {"expression": "user.orders.size() > 1"}, ["edition_id"]),
    ]
    for name, arguments, ids in calls:
        for key in ids:
            assert SETTING in await door.refused(name, **arguments, **{key: theirs[key]}), (name, key)
    image = {"blocks": [{"type": "image", "alt": "Poster", "file_id": theirs["file_id"]}]}
    assert SETTING in await door.refused("create_email_message", **message | image)
    assert SETTING in await door.refused("update_email_message", email_message_id="eml_nordlys_news", **image)
    assert SETTING in await door.refused("validate_cel_expression", expression="true", count=True)
    assert "duplicate" not in await door.refused("duplicate_email_message", email_message_id="eml_platform_receipt")
    assert await door.done("preview_email", email_message_id="eml_nordlys_news", edition_id="edt_nordlys27")
    refused = {"reason": "other", "amount": 1, "transaction_id": theirs["transaction_id"]}
    await door.refused("create_refund", **refused)
    search = doc(door.folder, "customers", theirs["user_id"])["email"]
    found = await door.done("list_users", search=search)
    assert (found["total"], found["filters"]) == (0, f"organization_id={NORDLYS}, search={search}")
    assert (await door.done("list_users", search=search, organization_id=NORDLYS))["returned"] == 0


async def test_what_is_ours_can_be_worked_on_as_ever(door: Door) -> None:
    for tool, prepare in GUARDED_CALLS.items():
        prepared = await prepare(door)
        if prepare is send_campaign:
            assert SETTING in await door.refused(tool, **prepared.arguments)
            assert prepared.effects() == 0
        else:
            await door.done(tool, **prepared.arguments)
            assert prepared.effects() == 1, tool


async def test_resources_and_completions_hold_too(door: Door, theirs: dict[str, str]) -> None:
    for address in (
        "editions/edt_elbklang25",
        "editions/edt_elbklang25/healthcheck",
        "editions/edt_elbklang25/choices",
    ):
        with pytest.raises(MCPError):
            await door.client.read_resource(f"preo://{address}")
    for template in (await door.client.list_resource_templates()).resource_templates:
        name = template.uri_template.partition("{")[2].partition("}")[0]
        with pytest.raises(MCPError) as caught:
            await door.client.read_resource(template.uri_template.replace(f"{{{name}}}", theirs[name]))
        assert SETTING in str(caught.value), template.uri_template
    [editions] = (await door.client.read_resource("preo://editions")).contents
    assert "edt_nordlys27" in editions.model_dump_json()
    assert "lbklang" not in editions.model_dump_json()
    for prompt in (await door.client.list_prompts()).prompts:
        for argument in prompt.arguments or []:
            reference = PromptReference(type="ref/prompt", name=prompt.name)
            wanted = {"name": argument.name, "value": ""}
            for chosen in (None, {"edition": "edt_elbklang25"}, {"edition": "edt_nordlys27"}):
                found = (await door.client.complete(reference, wanted, chosen)).completion.values
                assert not [key for key in found if "elbklang" in key or key in theirs.values()]


async def test_no_more_is_asked_than_is_needed(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    campaign: dict[str, Any] = {"campaign_id": "cmp_nordlys_xmas"}
    await door.done("update_campaign", **campaign, name="Glædelig jul")  # whose the token is, is asked once
    sent = Sent(monkeypatch)
    await door.done("get_campaign", **campaign)
    assert sent.taken() == ["Retrieve campaign", *WHOM_A_DRAFT_REACHES]
    await door.done("get_campaign_stats", **campaign)
    assert sorted(sent.taken()) == ["Get campaign stats", "Retrieve campaign", "Retrieve campaign"]
    await door.done("update_campaign", **campaign, name="God jul")
    assert sent.taken() == ["Retrieve campaign", "Update campaign"]
    await door.done("list_orders", edition_id="edt_nordlys26")
    await door.done("list_orders", edition_id="edt_nordlys26")
    assert sent.taken().count("Get edition details") <= 1
    await door.refused("cancel_campaign", campaign_id="cmp_elbklang_spring")
    assert sent.taken() == ["Retrieve campaign"]


WHOLE = "it is about a whole organization"
LIMITED_TO_AN_EDITION: list[tuple[str, dict[str, Any], str | None]] = [
    ("get_edition", {"edition_id": "edt_nordlys27"}, None),
    ("get_edition", {"edition_id": "edt_nordlys26"}, "outside PREO_ALLOWED_EDITIONS (edt_nordlys27)"),
    ("duplicate_edition", {"edition_id": "edt_nordlys27", "name": "A"}, "the new edition would lie outside"),
    ("list_campaigns", {}, "Give edition_id (edt_nordlys27)."),
    ("list_campaigns", {"edition_id": "edt_nordlys27"}, None),
    ("list_data_imports", {}, "Give edition_id (edt_nordlys27)."),
    ("list_email_messages", {"organization_id": NORDLYS}, "Give edition_id (edt_nordlys27)."),
    ("list_orders", {"organization_id": NORDLYS}, "Give edition_id (edt_nordlys27)."),
    ("list_orders", {"edition_id": "edt_nordlys27"}, None),
    ("list_refunds", {"search": "a"}, "Give edition_id (edt_nordlys27)."),
    ("list_users", {"organization_id": NORDLYS}, "Give edition_id (edt_nordlys27)."),
    ("list_users", {"edition_id": "edt_nordlys27"}, None),
    ("list_consents", {"organization_id": NORDLYS}, None),
    ("list_consents", {"organization_id": ELBKLANG}, "outside PREO_ALLOWED_EDITIONS"),
    ("list_files", {"organization_id": NORDLYS}, None),
    ("get_consent", {"consent_id": "con_elbklang_news"}, "outside PREO_ALLOWED_EDITIONS"),
    ("get_consent", {"consent_id": "con_nordlys_news"}, None),
    ("update_consent", {"consent_id": "con_nordlys_news", "name": "A"}, WHOLE),
    ("create_consent", {"organization_id": NORDLYS, "name": "A"}, WHOLE),
    ("get_segment", {"segment_id": "seg_nordlys_passes"}, None),
    ("recalculate_segment", {"segment_id": "seg_nordlys_passes"}, WHOLE),
    ("export_segment_users", {"segment_id": "seg_nordlys_passes"}, "may be of other editions"),
    ("recalculate_segment", {"segment_id": "seg_nordlys_return"}, None),
    ("create_segment", {"organization_id": NORDLYS, "name": "A", "condition": "true"}, WHOLE),
    ("update_segment", {"segment_id": "seg_nordlys_return", "name": "A", "clear": ["edition_id"]}, WHOLE),
    ("update_segment", {"segment_id": "seg_nordlys_return", "name": "Igen"}, None),
    ("get_email_message", {"email_message_id": "eml_platform_receipt"}, None),
    ("adopt_email_message", {"email_message_id": "eml_platform_receipt", "edition_id": "edt_nordlys27"}, None),
    ("duplicate_email_message", {"email_message_id": "eml_platform_receipt", "organization_id": NORDLYS}, WHOLE),
    ("list_webhook_deliveries", {"webhook_id": "whk_nordlysbooks"}, WHOLE),
    ("get_webhook", {"webhook_id": "whk_nordlysgate"}, "outside PREO_ALLOWED_EDITIONS"),
]


async def test_a_limit_to_editions_closes_the_others_and_the_whole(tmp_path: Any) -> None:
    async with open_door(tmp_path, "auto", Person(YES), **THIS_YEAR) as door:
        assert [one["id"] for one in (await door.done("list_editions"))["results"]] == ["edt_nordlys27"]
        for tool, arguments, says in LIMITED_TO_AN_EDITION:
            if says is None:
                await door.done(tool, **arguments)
            else:
                assert says in await door.refused(tool, **arguments), (tool, arguments)
        statement = "SELECT id FROM customers WHERE organization_id = ? LIMIT 1"
        [(user_id,)] = rows(door.folder, statement, NORDLYS)
        for tool in ("get_user", "update_user"):
            assert WHOLE in await door.refused(tool, user_id=user_id)


async def test_both_limits_hold_together(tmp_path: Any) -> None:
    both: dict[str, Any] = OURS | {"allowed_editions": ("edt_elbklang25",)}
    async with open_door(tmp_path, "auto", **both) as door:
        for edition_id in ("edt_elbklang25", "edt_nordlys27"):
            assert SETTING in await door.refused("get_edition", edition_id=edition_id)
            assert SETTING in await door.refused("list_orders", edition_id=edition_id)


async def test_what_does_not_tell_where_it_belongs_lies_outside(tmp_path: Any) -> None:
    sent: list[str] = []

    def api(request: httpx.Request) -> httpx.Response:
        sent.append(f"{request.method} {request.url.path}")
        one = {"id": "usr_1", "email": "maja@example.org", "first_name": "Maja"}
        is_list = request.url.path.endswith("/users")
        return httpx.Response(200, json={"count": 1, "results": [one]} if is_list else one)

    async with open_door(tmp_path, "auto", Person(YES), api, **OURS) as door:
        told = "where it belongs cannot be told, and PREO_ALLOWED_ORGANIZATIONS (org_nordlys) limits"
        assert told in await door.refused("get_user", user_id="usr_1")
        assert told in await door.refused("update_user", user_id="usr_1", first_name="Eve")
        assert told in await door.refused("cancel_campaign", campaign_id="cmp_1")
        assert (await door.done("list_users", organization_id=NORDLYS))["returned"] == 1
    assert all(line.startswith("GET ") for line in sent)


async def test_rows_are_held_to_what_they_tell_and_not_only_to_what_was_asked_for(tmp_path: Any) -> None:
    """An API that does not know a filter answers everything."""

    def api(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/users"):
            rows = [{"id": f"usr_{number}", "organization_id": f"org_{number}"} for number in (1, 2)]
            return httpx.Response(200, json={"count": 2, "results": rows})
        return httpx.Response(200, json={"id": "edt_1", "organization_id": "org_1"})

    limits: list[dict[str, Any]] = [{"allowed_organizations": ("org_1",)}, {"allowed_editions": ("edt_1",)}]
    for limit in limits:
        async with open_door(tmp_path, "auto", api=api, **limit) as door:
            assert SETTING in await door.refused("list_users", edition_id="edt_1")


async def test_transactions_and_people_are_inside_only_where_it_is_known() -> None:
    found = {
        GET_EDITION: {"id": "edt_1", "organization_id": "org_1"},
        GET_USER: {"id": "usr_1", "organization_id": "org_1"},
        GET_EMAIL_MESSAGE: {"id": "eml_1", "organization_id": "org_1", "edition_id": "edt_1"},
    }

    async def look(operation: Operation, _: Mapping[str, str]) -> Any:
        return found[operation]

    scope, seen = Scope((), ("edt_1",)), Seen(look)
    refund = Asked(CREATE_REFUND, {}, body={"reason": "other", "transaction_id": "trx_1"})
    with pytest.raises(PermissionDeniedError, match="where it belongs cannot be told"):
        await scope.admit(refund, seen)
    order = {"id": "ord_1", "transaction_id": "trx_1", "edition": {"id": "edt_1"}}
    await scope.let_in(Asked(GET_ORDER, {"id": "ord_1"}), order, seen)
    await scope.admit(refund, seen)
    with pytest.raises(PermissionDeniedError):
        await scope.let_in(Asked(GET_ORDER, {"id": "ord_1"}), order | {"edition": {"id": "edt_2"}}, seen)
    with pytest.raises(PermissionDeniedError, match="outside PREO_ALLOWED_EDITIONS"):
        await scope.admit(refund, seen)
    preview = Asked(PREVIEW_EMAIL, {"id": "eml_1"}, body={"customer_id": "usr_1"})
    with pytest.raises(PermissionDeniedError, match="about a whole organization"):
        await scope.admit(preview, seen)
    people = Asked(LIST_USERS, {}, query={"organization_id": "org_1"}, filters=frozenset({"page", "organization_id"}))
    with pytest.raises(PermissionDeniedError):
        await scope.let_in(people, {"results": [found[GET_USER]]}, seen)


def test_every_tool_is_walked() -> None:
    """What the walk over tools gives as ids are all ids that tools take."""
    taken = {key for tool in Toolset().listed() for key in tool.input_schema["properties"] if key.endswith("_id")}
    known = {*TABLES, *FIRST, "import_id", "organization_id", "event_id", "customer_id", "delivery_id"}
    others = {"pickup_point_id", "meta_image_id", "transaction_receipt_email_id", "refund_confirmation_email_id"}
    assert taken == known | others


@pytest.mark.parametrize(
    "limits", [{"allowed_organizations": ("org_elsewhere",)}, {"allowed_editions": ("edt_elbklang_draft",)}], ids=str
)
async def test_nobody_is_asked_about_what_is_refused_afterwards(tmp_path: Path, limits: dict[str, Any]) -> None:
    async with open_door(tmp_path, "auto") as free:
        prepared = {tool: await prepare(free) for tool, prepare in GUARDED_CALLS.items()}
    async with open_door(tmp_path, "auto", **limits) as door:
        for tool, call in prepared.items():
            text = text_of(await door.call(tool, **call.arguments))
            rails = door.backend.guardrails
            asked = await rails.ledger.pending(rails.timing.now())
            assert asked == [], f"{tool}: {text}"
            assert call.effects() == 0, tool
