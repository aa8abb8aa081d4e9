"""What clients and models usually get wrong is understood where it can mean one thing only, else refused."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preo_mcp.api.errors import ValidationError
from preo_mcp.calls.toolset import Toolset
from preo_mcp.calls.understood import understood

TOOLS = {tool.name: tool for tool in Toolset().listed()}


def means(tool: str, **sent: Any) -> dict[str, Any]:
    found = Toolset().find(tool)
    assert found is not None
    return understood(tool, found.arguments, sent)


def refusal(tool: str, **sent: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        means(tool, **sent)
    return str(caught.value)


@pytest.mark.parametrize(
    ("tool", "sent", "meant"),
    [
        ("get_campaign", {"id": "cmp_1"}, {"campaign_id": "cmp_1"}),
        ("get_campaign", {"campaign": "cmp_1"}, {"campaign_id": "cmp_1"}),
        ("list_orders", {"edition": "Nordlys Festival"}, {"edition_id": "Nordlys Festival"}),
        ("get_campaign", {"campaignId": "cmp_1", "id": "cmp_1"}, {"campaign_id": "cmp_1"}),
        ("get_campaign", {"Campaign-ID": ["cmp_1"]}, {"campaign_id": "cmp_1"}),
        ("get_campaign", {"id": "cmp_1", "campaign_id": None}, {"campaign_id": "cmp_1"}),
        ("get_webhook_delivery", {"id": "d", "webhook_id": "w"}, {"delivery_id": "d", "webhook_id": "w"}),
        ("get_webhook_delivery", {"id": "w", "delivery_id": "d"}, {"delivery_id": "d", "webhook_id": "w"}),
        ("adopt_email_message", {"id": "m", "edition_id": "e"}, {"email_message_id": "m", "edition_id": "e"}),
        ("list_users", {"phone_number": "+4520123456"}, {"search": "+4520123456"}),
        ("list_users", {"q": "Inger"}, {"search": "Inger"}),
        ("list_users", {"phone": 4520123456}, {"search": "4520123456"}),
        ("list_orders", {"query": "NF-1"}, {"search": "NF-1"}),
        ("list_orders", {"customer": "Inger Holm"}, {"search": "Inger Holm"}),
        ("list_orders", {"email": "inger@example.dk"}, {"customer_email": "inger@example.dk"}),
        ("list_orders", {"user_id": "usr_1", "limit": 5}, {"customer_id": "usr_1", "page_size": 5}),
        ("list_campaigns", {"name": "Forår"}, {"search": "Forår"}),
        ("list_webhooks", {"active": True}, {"is_active": True}),
    ],
)
def test_a_name_that_fits_one_argument_is_that(tool: str, sent: dict[str, Any], meant: dict[str, Any]) -> None:
    assert means(tool, **sent) == meant


@pytest.mark.parametrize(
    ("tool", "sent", "says"),
    [
        ("list_orders", {"id": "x"}, "id may mean edition_id or organization_id or customer_id"),
        ("update_user", {"user_id": "usr_1", "name": "x"}, "name may mean first_name or last_name"),
        ("list_users", {"email": "a@b.dk", "phone_number": "1"}, "email and phone_number both mean search, and differ"),
        ("get_campaign", {"id": "cmp_1", "campaign_id": "cmp_2"}, "campaign_id and id both mean campaign_id"),
    ],
)
def test_what_may_mean_several_is_refused_with_their_names(tool: str, sent: dict[str, Any], says: str) -> None:
    text = refusal(tool, **sent)
    assert says in text
    assert len(text.split(" · ")) == 3


@pytest.mark.parametrize(
    ("tool", "sent"),
    [
        ("start_import", {"import_id": "imp_1", "warnings": True}),  # the opposite of ignore_warnings
        ("delete_file", {"file_id": "fil_1", "no_force": True}),
        ("send_campaign", {"campaign_id": "cmp_1", "confirm": True}),
    ],
)
def test_what_only_looks_alike_is_not_taken_for_it(tool: str, sent: dict[str, Any]) -> None:
    assert means(tool, **sent) == sent


@pytest.mark.parametrize("tool", TOOLS)
def test_null_is_absent_for_every_optional_argument_of_every_tool(tool: str) -> None:
    schema = TOOLS[tool].input_schema
    optional = [name for name in schema.get("properties", {}) if name not in schema.get("required", [])]
    needed: dict[str, Any] = {name: f"{name}_1" for name in schema.get("required", [])}
    also: dict[str, Any] = {name: "1" for name in optional[:1] if "clear" in optional}  # or nothing would change
    nulls = dict.fromkeys(name for name in optional if name not in also)
    assert means(tool, **needed, **also, **nulls) == means(tool, **needed, **also)


def test_null_is_absent_inside_our_objects_and_a_value_inside_free_ones() -> None:
    item = {"product_id": "p", "quantity": 1, "variant_id": None, "purchase_metadata": {"seat": None}}
    order = {"email": "a@b.dk", "order_id": "1", "items": [item], "phone_number": None, "order_metadata": None}
    [meant] = means("import_external_orders", edition_id="e", orders=[order])["orders"]
    assert meant == {
        "email": "a@b.dk",
        "order_id": "1",
        "items": [{"product_id": "p", "quantity": 1, "purchase_metadata": {"seat": None}}],
    }


def test_clear_empties_a_field_however_it_is_given() -> None:
    for clear in (["edition_id"], "edition_id", '["edition_id"]', ["editionId", "edition_id"]):
        assert means("update_campaign", id="c", clear=clear) == {"campaign_id": "c", "edition_id": None}
    assert means("update_campaign", id="c", name="x", clear=[]) == {"campaign_id": "c", "name": "x"}
    row = {"id": "p", "product_id": "x", "clear": ["variant_id"]}
    assert means("update_product_mappings", id="i", mappings=[row])["mappings"] == [
        {"id": "p", "product_id": "x", "variant_id": None}
    ]


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"clear": ["edition_id"], "edition_id": "e"}, "edition_id is both set and cleared"),
        ({"clear": ["name"]}, "clear takes only email_message_id, sms_body, edition_id"),
        ({"clear": [1]}, "clear takes only"),
        ({"edition_id": None}, "edition_id is null or empty, which leaves it as it is, and nothing else would change"),
    ],
)
def test_what_clear_cannot_do_is_refused(sent: dict[str, Any], says: str) -> None:
    assert says in refusal("update_campaign", campaign_id="c", **sent)


def test_nothing_is_said_of_an_objects_null_where_something_else_changes() -> None:
    assert means("update_campaign", campaign_id="c", name="x", edition_id=None) == {"campaign_id": "c", "name": "x"}
    where = refusal("update_product_mappings", import_id="i", mappings=[{"id": "p", "product_id": None}])
    assert 'mappings.0.clear: ["product_id"]' in where


@settings(deadline=None)  # the first call imports the tool
@given(st.dictionaries(st.text(max_size=12), st.none() | st.text() | st.integers() | st.lists(st.text())))
def test_whatever_is_sent_is_read_or_refused_and_reading_again_changes_nothing(sent: dict[str, Any]) -> None:
    for tool in ("list_orders", "import_external_orders", "create_email_message"):
        try:
            once = means(tool, **sent)
        except ValidationError:
            continue
        assert means(tool, **once) == once
