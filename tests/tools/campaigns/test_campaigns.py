"""The campaign tools through an MCP client, in both eras."""

import json
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import closing
from typing import Any

import anyio
import pytest
from mcp.types import ElicitResult

from preo_mcp.api.operations import (
    UPDATE_CAMPAIGN,
    UPDATE_CONSENT,
    UPDATE_EDITION,
    UPDATE_EMAIL_MESSAGE,
    UPDATE_SEGMENT,
    Operation,
)
from tests.door import CANCEL, DECLINE, YES, Door, Person
from tests.past_the_guard import in_preo
from tests.tools.conftest import OpenServer

DRAFT, SCHEDULED, EMPTY, SENT = "cmp_nordlys_vip", "cmp_nordlys_practical", "cmp_nordlys_xmas", "cmp_elbklang_spring"


def rows(door: Door, statement: str, *values: object) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(door.folder / "preo.db", timeout=5)) as db:
        found = db.execute(statement, values).fetchall()
        db.commit()
        return found


async def ended(door: Door, campaign_id: str) -> dict[str, Any]:
    with anyio.fail_after(20):
        while True:
            campaign = await door.done("get_campaign", campaign_id=campaign_id)
            if campaign["status"] not in ("calculating", "sending"):
                return campaign


def line(question: str, label: str) -> str:
    [found] = [text for text in question.splitlines() if text.startswith(f"{label}: ")]
    return found.removeprefix(f"{label}: ")


async def test_send_shows_the_facts_and_sends_to_exactly_these(door: Door, person: Person) -> None:
    step = await door.done("send_campaign", campaign_id=DRAFT)
    assert step["status"] in ("calculating", "sending", "sent")
    [question] = person.questions
    reached = int(line(question, "Get the message"))
    assert question.startswith(f"Send “VIP til Aarhus-gæster” to {reached} people now?")
    assert line(question, "Campaign") == f"“VIP til Aarhus-gæster” ({DRAFT}), draft"
    assert line(question, "Subject, filled in for a sample customer") == "“Anna, bliv VIP i år”"
    assert "Køb VIP: https://tickets.example" in line(question, "Text, filled in for a sample customer")
    assert line(question, "Links lead to") == "tickets.example"
    assert line(question, "Channel") == "e-mail"
    assert line(question, "When") == "now"
    assert line(question, "Kind") == "marketing"
    assert line(question, "Consent") == "Nyhedsbrev (con_nordlys_news)"
    assert "nyheder og tilbud" in line(question, "What they agreed to")
    assert line(question, "Condition").endswith("o.edition_id == 'edt_nordlys27')”")
    assert "for none of the customer's orders" in line(question, "In words")
    done = await ended(door, DRAFT)
    assert done["status"] == "sent"
    assert int(line(question, "In the segment")) == done["user_count"]
    assert int(line(question, "Get the message")) == done["total_recipients"]
    assert f"no_consent {line(question, 'Left out without consent')}" == done["skipped"]
    assert line(question, "Left out without a usable address") == "0"
    assert "get_campaign_stats" in done["next_step"]
    stats = await door.done("get_campaign_stats", campaign_id=DRAFT)
    assert stats["sent"] == done["sent_count"]
    text = await door.refused("send_campaign", campaign_id=DRAFT)
    assert "the campaign is sent" in text
    assert len(person.questions) == 1


async def test_schedule_reads_a_plain_time_in_the_editions_zone(door: Door, person: Person) -> None:
    step = await door.done("schedule_campaign", campaign_id=DRAFT, scheduled_at="2027-03-01T10:00:00")
    assert step["scheduled_at"] == "2027-03-01T10:00:00+01:00"
    assert line(person.questions[0], "When") == "Mon, 1 Mar 2027, 10:00 Europe/Copenhagen, Mon, 1 Mar 2027, 09:00 UTC"
    step = await door.done("schedule_campaign", campaign_id=DRAFT, scheduled_at="2027-03-01T10:00:00-05:00")
    assert step["scheduled_at"] == "2027-03-01T16:00:00+01:00"
    assert line(person.questions[1], "When") == "Mon, 1 Mar 2027, 16:00 Europe/Copenhagen, Mon, 1 Mar 2027, 15:00 UTC"
    cancelled = await door.done("cancel_campaign", campaign_id=DRAFT)
    assert cancelled["status"] == "cancelled"
    assert len(person.questions) == 2
    assert "create_campaign" in await door.refused("cancel_campaign", campaign_id=DRAFT)


@pytest.mark.parametrize(
    ("at", "word"),
    [
        ("2020-01-01T10:00:00Z", "in the past"),
        ("2027-03-28T02:30:00", "not a single moment"),
        ("soon", "scheduled_at"),
        ("2047-01-01T10:00:00Z", "366 days"),
    ],
)
async def test_times_that_do_not_do(door: Door, person: Person, at: str, word: str) -> None:
    assert word in await door.refused("schedule_campaign", campaign_id=DRAFT, scheduled_at=at)
    assert len(person.questions) == ("days" in word)  # how far ahead is the API's to say
    assert (await door.done("get_campaign", campaign_id=DRAFT))["status"] == "draft"


@pytest.mark.parametrize(
    ("campaign_id", "change", "word"),
    [
        (EMPTY, None, "update_campaign"),
        ("cmp_elbklang_big", None, "create_campaign"),
        (DRAFT, "UPDATE segments SET doc = json_set(doc, '$.status', 'failed')", "update_segment"),
        (
            DRAFT,
            "UPDATE segments SET status = 'draft', doc = json_set(doc, '$.status', 'draft')",
            "recalculate_segment",
        ),
        (DRAFT, "UPDATE segments SET doc = json_set(doc, '$.status', 'processing')", "reset_segment"),
        (DRAFT, "UPDATE email_messages SET doc = json_set(doc, '$.blocks', json('[]'))", "update_email_message"),
        (
            DRAFT,
            "UPDATE segments SET doc = json_set(doc, '$.result.consented_reachable.email', 0)",
            "nobody can be reached",
        ),
        ("cmp_none", None, "No Campaign"),
    ],
)
async def test_nobody_is_asked_what_would_be_refused(
    open_server: OpenServer, campaign_id: str, change: str | None, word: str
) -> None:
    person = Person(YES)
    async with open_server(person, sandbox_token="sandbox-admin") as door:
        await door.done("list_campaigns")
        if change is not None:
            rows(door, change)
        assert word in await door.refused("send_campaign", campaign_id=campaign_id)
        at = "2027-03-01T10:00:00Z"
        assert word in await door.refused("schedule_campaign", campaign_id=campaign_id, scheduled_at=at)
    assert person.questions == []


@pytest.mark.parametrize("answer", [DECLINE, CANCEL], ids=["decline", "cancel"])
async def test_without_a_yes_nothing_happens(open_server: OpenServer, answer: ElicitResult) -> None:
    person = Person(answer)
    async with open_server(person) as door:
        calls: list[tuple[str, dict[str, Any]]] = [
            ("send_campaign", {"campaign_id": DRAFT}),
            ("schedule_campaign", {"campaign_id": DRAFT, "scheduled_at": "2027-03-01T10:00:00Z"}),
            ("delete_campaign", {"campaign_id": DRAFT}),
            ("update_campaign", {"campaign_id": SCHEDULED, "sms_body": "Andet"}),
        ]
        before = rows(door, "SELECT doc FROM campaigns ORDER BY id")
        for number, (tool, arguments) in enumerate(calls, 1):
            assert "If the user said no, stop" in await door.refused(tool, **arguments)
            assert len(person.questions) == number
        assert rows(door, "SELECT doc FROM campaigns ORDER BY id") == before
        assert rows(door, "SELECT 1 FROM outbox") == []


async def test_staff_is_told_before_anybody_is_asked(open_server: OpenServer) -> None:
    person = Person(YES)
    async with open_server(person, sandbox_token="sandbox-staff") as door:
        for tool in ("send_campaign", "delete_campaign"):
            assert "staff" in await door.refused(tool, campaign_id=DRAFT)
        assert "manager or admin" in await door.refused("cancel_campaign", campaign_id=DRAFT)
    assert person.questions == []


@pytest.mark.parametrize(
    ("operation", "key", "change"),
    [
        (UPDATE_CAMPAIGN, DRAFT, {"name": "Noget andet"}),
        (UPDATE_EMAIL_MESSAGE, "eml_n27_vip", {"subject": "Noget andet"}),
        (UPDATE_EMAIL_MESSAGE, "eml_n27_vip", {"blocks": [{"type": "text", "text": "Noget andet"}]}),
        (UPDATE_SEGMENT, "seg_nordlys_return", {"name": "Andre"}),
        (UPDATE_CONSENT, "con_nordlys_news", {"description": "Intet."}),
        (UPDATE_EDITION, "edt_nordlys27", {"name": "Skagen"}),
    ],
)
async def test_what_changes_in_preo_meanwhile_is_asked_again(
    open_server: OpenServer, operation: Operation, key: str, change: dict[str, Any]
) -> None:
    """Bound is what people get and are chosen by, not the time at which Preo says that it was changed."""
    opened: list[Door] = []

    async def meddle(_: str) -> ElicitResult:
        if len(person.questions) == 1:
            await in_preo(opened[0], operation, change, id=key)
        return YES

    person = Person(meddle)
    async with open_server(person) as door:
        opened.append(door)
        await door.done("send_campaign", campaign_id=DRAFT)
        assert (await ended(door, DRAFT))["status"] == "sent"
    assert len(person.questions) == 2


@pytest.mark.parametrize(("growth", "asked"), [(1.01, 1), (1.05, 2)])
async def test_a_segment_that_grows_a_little_meanwhile_is_still_the_one(
    open_server: OpenServer, growth: float, asked: int
) -> None:
    opened: list[Door] = []

    def grow(question: str) -> ElicitResult:
        if len(person.questions) == 1:
            [(doc,)] = rows(opened[0], "SELECT doc FROM segments WHERE id = 'seg_nordlys_return'")
            segment = json.loads(doc)
            segment["result"]["users"] = int(segment["result"]["users"] * growth)
            segment["result"]["consented"] = int(segment["result"]["consented"] * growth)
            segment["result"]["consented_reachable"]["email"] = segment["result"]["consented"]
            rows(opened[0], "UPDATE segments SET doc = ? WHERE id = 'seg_nordlys_return'", json.dumps(segment))
        return YES

    person = Person(grow)
    async with open_server(person) as door:
        opened.append(door)
        await door.done("send_campaign", campaign_id=DRAFT)
    assert len(person.questions) == asked


async def test_a_campaign_from_draft_to_gone(door: Door, person: Person) -> None:
    made = await door.done(
        "create_campaign",
        organization_id="org_nordlys",
        name="Forår",
        segment_id="seg_nordlys_guests",
        channel="sms",
        sms_body="Hej",
    )
    assert made["status"] == "draft"
    assert "send_campaign" in made["next_step"]
    await door.done("update_campaign", campaign_id=made["id"], sms_body="Hej {{ customer.first_name }}")
    assert person.questions == []
    shown = await door.done("get_campaign", campaign_id=made["id"])
    assert shown["sms_body"] == "Hej {{ customer.first_name }}"
    assert shown["edition_id"] == "edt_nordlys27"
    found = await door.done("list_campaigns", search="forar", channel="sms")
    assert [one["id"] for one in found["results"]] == [made["id"]]
    assert "nothing would change" in await door.refused("update_campaign", campaign_id=made["id"], name="Forår")
    assert await door.done("delete_campaign", campaign_id=made["id"]) | {"notes": []} == {
        "deleted": made["id"],
        "notes": [],
    }
    assert line(person.questions[0], "Campaign") == f"Forår ({made['id']}), draft"
    assert "No Campaign" in await door.refused("get_campaign", campaign_id=made["id"])


async def test_a_scheduled_campaign_is_changed_after_a_yes(door: Door, person: Person) -> None:
    await door.done("update_campaign", campaign_id=SCHEDULED, sms_body="Kom tidligt")
    [question] = person.questions
    assert line(question, "Text message (change)").endswith("→ “Kom tidligt”")
    assert "Europe/Copenhagen" in line(question, "When")
    assert (await door.done("get_campaign", campaign_id=SCHEDULED))["sms_body"] == "Kom tidligt"
    text = await door.refused("update_campaign", campaign_id=SCHEDULED, clear=["sms_body"])
    assert "nothing to send" in text


async def test_its_segment_is_changed_after_a_yes_too(door: Door, person: Person) -> None:
    await door.done("update_segment", segment_id="seg_nordlys_return", description="Kun et navn")
    assert person.questions == []
    await door.done("update_segment", segment_id="seg_nordlys_guests", description="Kun et navn")
    assert SCHEDULED in person.questions[0]
    assert SCHEDULED in await door.refused("delete_segment", segment_id="seg_nordlys_guests")
    await door.done("schedule_campaign", campaign_id=DRAFT, scheduled_at="2027-03-01T10:00:00")
    await door.done("update_email_message", email_message_id="eml_n27_vip", subject="Nyt emne")
    assert DRAFT in person.questions[2]
    assert DRAFT in await door.refused("delete_email_message", email_message_id="eml_n27_vip")


@pytest.mark.parametrize(
    ("tool", "arguments", "word"),
    [
        ("list_campaigns", {"status": "gone"}, "should be"),
        ("list_campaigns", {"ordering": ["size"]}, "should be"),
        ("create_campaign", {"organization_id": "org_nordlys", "name": "x", "segment_id": "s", "channel": "fax"}, ""),
        (
            "create_campaign",
            {"organization_id": "org_nordlys", "name": "x", "segment_id": "seg_none", "channel": "sms"},
            "No segment",
        ),
        ("get_campaign_stats", {"campaign_id": "cmp_none"}, "No Campaign"),
        ("update_campaign", {"campaign_id": "cmp_none", "name": "x"}, "No Campaign"),
        ("delete_campaign", {"campaign_id": "cmp_none"}, "No Campaign"),
        ("cancel_campaign", {"campaign_id": "cmp_none"}, "No Campaign"),
    ],
)
async def test_refused(door: Door, person: Person, tool: str, arguments: dict[str, Any], word: str) -> None:
    assert word in await door.refused(tool, **arguments)
    assert person.questions == []


@pytest.fixture
async def admin(open_server: OpenServer) -> AsyncGenerator[Door]:
    async with open_server(sandbox_token="sandbox-admin") as door:
        yield door


async def test_reading_asks_nobody(admin: Door) -> None:
    found = await admin.done("list_campaigns", ordering=["-total_recipients"], page_size=1)
    assert (found["results"][0]["id"], found["total"]) == (SENT, 6)
    shown = await admin.done("get_campaign", campaign_id=SENT)
    assert shown["skipped"].startswith("no_consent ")
    stats = await admin.done("get_campaign_stats", campaign_id=SENT)
    assert stats["delivered"] + stats["bounced"] == stats["sent"]
    of_campaign = ("id", "name", "status", "started_at", "user_count", "skipped")
    assert {name: stats.get(name) for name in of_campaign} == {name: shown.get(name) for name in of_campaign}
    assert await admin.waiting("send_campaign", campaign_id=DRAFT)


async def test_a_text_message_is_seen_to_its_end_also_where_the_channel_changes(door: Door, person: Person) -> None:
    sms = f"{'Kom tidligt. ' * 100}Se evil.example/x og https://nordlys.example"
    await door.done("update_campaign", campaign_id=SCHEDULED, sms_body=sms)
    assert line(person.questions[0], "Text message (change)").count("og https://nordlys.example”") == 1
    assert "links to evil.example, nordlys.example" in person.questions[0]
    mail = {"channel": "email", "email_message_id": "eml_n27_vip", "segment_id": "seg_nordlys_return"}
    await door.done("update_campaign", campaign_id=SCHEDULED, **mail)
    question = person.questions[1]
    assert line(question, "Channel (change)") == "text message → e-mail"
    assert line(question, "Message (change)") == "none → “VIP i Aalborg” (eml_n27_vip)"
    assert line(question, "Subject, filled in for a sample customer") == "“Anna, bliv VIP i år”"
    assert "\nText message: " not in question
