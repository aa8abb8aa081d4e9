"""A change of fields whose answer was lost, told by the fields; and a delete whose object cannot be read."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from preo_mcp.api.errors import ServerError
from preo_mcp.api.models.editions import EditionDetail
from preo_mcp.api.models.email_messages import SavedEmailMessage
from preo_mcp.api.models.users import User
from preo_mcp.api.models.webhooks import ShownWebhook
from preo_mcp.approval.ended import DidNotHappen, Unknown
from tests.unguarded import UnguardedCall, scripted

ANNA = {"id": "usr_1", "email": "anna@example.org", "first_name": "Anna", "phone_number": "+4520123456", "locale": "da"}
HOOK = {"id": "whk_1", "name": "Books", "url": "https://a.example", "events": ["A", "B"], "secret": "whsec_…3f9a"}
AALBORG = {
    "id": "edt_1",
    "name": "Aalborg",
    "timezone": "Europe/Copenhagen",
    "end_date": "2027-07-04T20:00:00Z",
    "enabled_languages": ["da", "en"],
}
TEXT = {"type": "text", "text": "Hej", "url": None, "file_id": None, "alt": None}
MAIL = {"id": "eml_1", "title": "News", "subject": "Hej", "blocks": [TEXT]}


async def look_back(name: str, before: dict[str, Any], after: dict[str, Any], **arguments: Any) -> tuple[Any, str]:
    """Return what a read-back finds, and what was remembered for it."""
    shown = dict(before)
    async with scripted(lambda _: httpx.Response(200, json=shown)) as backend:
        call = UnguardedCall(backend, name, arguments)
        remembered = await call.remember()
        shown |= after
        return await call.look_back(remembered), json.dumps(remembered)


@pytest.mark.parametrize(
    ("given", "after", "found"),
    [
        ({"first_name": "Ann"}, {}, DidNotHappen),
        ({"first_name": "Ann"}, {"first_name": "Ann"}, User),
        ({"first_name": "Ann"}, {"first_name": "Anne"}, Unknown),
        ({"first_name": "Ann"}, {"last_name": "Beck"}, DidNotHappen),
        ({"first_name": "ANNA"}, {}, DidNotHappen),  # as it was, although it is alike
        ({"first_name": " Ann"}, {"first_name": "Ann"}, User),
        ({"first_name": None}, {}, DidNotHappen),
        ({"first_name": None}, {"first_name": None}, User),
        ({"first_name": ""}, {"first_name": None}, User),
        ({"phone_number": "+45 30 12 34 56"}, {"phone_number": "+4530123456"}, User),
        ({"email": "Ann@Example.org"}, {"email": "ann@example.org"}, User),
        ({"first_name": "Ann", "locale": "en"}, {"first_name": "Ann"}, Unknown),
        ({"first_name": "Ann", "locale": "da"}, {"first_name": "Ann"}, User),
        ({"first_name": "Anna"}, {}, User),
    ],
)
async def test_a_customers_fields(given: dict[str, Any], after: dict[str, Any], found: type) -> None:
    back, remembered = await look_back("update_user", ANNA, after, user_id="usr_1", **given)
    assert isinstance(back, found), back
    assert "anna" not in remembered.casefold()
    assert "2012" not in remembered


@pytest.mark.parametrize(
    ("name", "before", "given", "after", "found"),
    [
        ("update_webhook", HOOK, {"events": ["B", "C"]}, {"events": ["C", "B"]}, ShownWebhook),
        ("update_webhook", HOOK, {"events": ["B", "C"]}, {}, DidNotHappen),
        ("update_webhook", HOOK, {"edition_id": None}, {}, ShownWebhook),
        ("update_edition", AALBORG, {"end_date": "2027-07-05T12:00"}, {"end_date": "2027-07-05T10:00Z"}, EditionDetail),
        ("update_edition", AALBORG, {"end_date": "2027-07-05T12:00"}, {}, DidNotHappen),
        ("update_edition", AALBORG, {"end_date": "2027-07-05T12:00"}, {"end_date": "2027-07-05T12:00Z"}, Unknown),
        (
            "update_edition",
            AALBORG,
            {"end_date": "2027-07-05T12:00", "timezone": "Europe/Helsinki"},
            {"end_date": "2027-07-05T09:00:00.3Z", "timezone": "Europe/Helsinki"},
            EditionDetail,
        ),
        ("update_edition", AALBORG, {"enabled_languages": ["en", "da", "pl"]}, {}, DidNotHappen),
        ("update_email_message", MAIL, {"blocks": [{"type": "divider"}]}, {}, DidNotHappen),
        (
            "update_email_message",
            MAIL,
            {"blocks": [{"type": "divider"}]},
            {"blocks": [{**TEXT, "type": "divider", "text": None, "id": "blk_1"}]},
            SavedEmailMessage,
        ),
        ("update_email_message", MAIL, {"blocks": []}, {"blocks": [TEXT, TEXT]}, Unknown),
        ("update_email_message", MAIL, {"title": "More"}, {"title": "More"}, SavedEmailMessage),
    ],
)
async def test_other_fields(
    name: str, before: dict[str, Any], given: dict[str, Any], after: dict[str, Any], found: type
) -> None:
    key = {"update_webhook": "webhook_id", "update_edition": "edition_id"}.get(name, "email_message_id")
    back, _ = await look_back(name, before, after, **{key: before["id"]}, **given)
    assert isinstance(back, found), back


async def test_an_object_that_cannot_be_read_is_not_taken_for_gone(tmp_path: Path) -> None:
    async with scripted(lambda _: httpx.Response(500)) as backend:
        with pytest.raises(ServerError):
            await UnguardedCall(backend, "delete_segment", {"segment_id": "seg_1"}).look_back({})
