"""The tools for e-mail messages at the MCP door."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from mcp.types import ElicitResult

from preo_mcp.api.operations import UPDATE_EDITION
from preo_mcp.approval.ways.dialog import TYPED
from tests.approval.test_stripped_answers import stripped_door
from tests.door import DECLINE, YES, Door, Person
from tests.past_the_guard import in_preo
from tests.tools.conftest import OpenServer

ORGANIZATION, UPCOMING, RUNNING = "org_nordlys", "edt_nordlys27", "edt_nordlys26"
OWN, TEMPLATE, PLATFORM, REMINDER = "eml_n27_receipt", "eml_nordlys_receipt", "eml_platform_receipt", "eml_n27_reminder"
VIP, CAMPAIGN = "eml_n27_vip", "cmp_nordlys_vip"
CONTENT: dict[str, Any] = {
    "title": "Hilsen",
    "type": "campaign",
    "subject": "Hej {{ customer.first_name }}",
    "blocks": [{"type": "text", "text": "Vi ses\ni {{ edition.nam }}"}, {"type": "divider"}],
}


async def test_list_and_get(door: Door) -> None:
    listed = await door.done("list_email_messages", edition_id=UPCOMING, ordering=["title"], page_size=2)
    assert (listed["returned"], listed["total"], listed["next"]) == (2, 4, "page=2, page_size=2")
    assert listed["results"][0].keys() == {"id", "title", "type", "scope", "edition_id", "modified"}
    [found] = (await door.done("list_email_messages", scope="template", type="receipt"))["results"]
    assert found["id"] == TEMPLATE
    message = await door.done("get_email_message", email_message_id=OWN)
    assert message["usages"][0]["id"] == UPCOMING
    assert message["blocks"][-2] == {"type": "order_summary"}
    assert "No EmailMessage" in await door.refused("get_email_message", email_message_id="eml_none")
    assert "type" in await door.refused("list_email_messages", type="spam")


async def test_create_preview_correct(door: Door, person: Person) -> None:
    made = await door.done("create_email_message", organization_id=ORGANIZATION, edition_id=UPCOMING, **CONTENT)
    assert (made["scope"], made["edition_id"]) == ("edition", UPCOMING)
    assert "blocks" not in made
    preview = await door.done("preview_email", email_message_id=made["id"])
    assert preview["undefined_variables"] == ["edition.nam (block 1, text, line 2)"]
    assert preview["subject"] == "Hej Anna"
    assert preview["sampled"] == ["customer"]
    assert "html" not in preview
    fixed = [{"type": "text", "text": "Vi ses i {{ edition.name }}"}]
    await door.done("update_email_message", email_message_id=made["id"], blocks=fixed)
    preview = await door.done("preview_email", email_message_id=made["id"], customer_id="usr_soeren", html=True)
    assert preview["undefined_variables"] == preview["problems"] == preview["sampled"] == []
    assert "Vi ses i Aalborg" in preview["text"]
    assert preview["html"].startswith("<!DOCTYPE html>")
    assert person.questions == []


async def test_what_cannot_be_shown_is_named(door: Door) -> None:
    blocks = [{"type": "button", "text": "Go", "url": "javascript:alert(1)"}, {"type": "order_summary"}]
    content = {**CONTENT, "blocks": blocks}
    made = await door.done("create_email_message", organization_id=ORGANIZATION, **content)
    assert made["scope"] == "template"
    problems = (await door.done("preview_email", email_message_id=made["id"]))["problems"]
    assert [one.partition(" (")[2] for one in problems] == ["block 1, url)", "block 2, type)"]


async def test_html_in_a_file(open_server: OpenServer, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    async with open_server(allowed_folders=str(shared)) as door:
        preview = await door.done("preview_email", email_message_id=OWN, save_to="mail.html")
        assert Path(preview["saved_to"]) == (shared / "mail.html").resolve()
        assert (shared / "mail.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
        assert "html" not in preview
        assert "already" in await door.refused("preview_email", email_message_id=OWN, save_to="mail.html")
        assert "outside" in await door.refused("preview_email", email_message_id=OWN, save_to="../mail2.html")
        assert ".html" in await door.refused("preview_email", email_message_id=OWN, save_to="mail.sh")
        assert [file.name for file in shared.iterdir()] == ["mail.html"]


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        ("create_email_message", {"organization_id": "org_none", **CONTENT}, "organization_id"),
        ("create_email_message", {"organization_id": ORGANIZATION, **CONTENT, "subject": "{{ x"}, "line 1"),
        ("create_email_message", {"organization_id": ORGANIZATION, **CONTENT, "blocks": [{"type": "text"}]}, "text"),
        ("create_email_message", {"organization_id": ORGANIZATION, **CONTENT, "blocks": [{"type": "html"}]}, "heading"),
        ("update_email_message", {"email_message_id": PLATFORM, "title": "x"}, "read-only"),
        ("update_email_message", {"email_message_id": OWN, "blocks": [{"type": "divider", "text": "x"}]}, "no text"),
        ("adopt_email_message", {"email_message_id": OWN, "edition_id": RUNNING}, "templates"),
        ("duplicate_email_message", {"email_message_id": PLATFORM}, "organization_id"),
        ("preview_email", {"email_message_id": OWN, "customer_id": "usr_juergen"}, "customer_id"),
        ("preview_email", {"email_message_id": OWN, "save_to": "x.html"}, "--allow-folder"),
        ("get_template_variables", {"type": "spam"}, "user_portal_access"),
        ("delete_email_message", {"email_message_id": "eml_none"}, "No EmailMessage"),
        ("delete_email_message", {"email_message_id": OWN}, "transaction_receipt_email_id"),
    ],
)
async def test_refused(door: Door, person: Person, tool: str, arguments: dict[str, Any], says: str) -> None:
    assert says in await door.refused(tool, **arguments)
    assert person.questions == []


async def test_adopt_and_make_it_the_receipt(door: Door) -> None:
    copy = await door.done("adopt_email_message", email_message_id=PLATFORM, edition_id=RUNNING, title="Receipt A")
    assert (copy["scope"], copy["edition_id"], copy["title"]) == ("edition", RUNNING, "Receipt A")
    await door.done("update_edition", edition_id=RUNNING, transaction_receipt_email_id=copy["id"])
    checks = (await door.done("run_edition_healthcheck", edition_id=RUNNING))["checks"]
    assert next(check for check in checks if check["key"] == "receipt_email")["severity"] == "ok"
    twin = await door.done("duplicate_email_message", email_message_id=copy["id"])
    assert twin["title"] == "Receipt A (copy)"


async def test_variables(door: Door) -> None:
    variables = (await door.done("get_template_variables", type="refund_confirmation"))["variables"]
    examples = {one["name"]: one["example"] for one in variables}
    assert examples["refund.amount"] == "1495.00 DKK"
    assert "unsubscribe_url" not in examples


async def test_delete_after_a_yes(door: Door, person: Person) -> None:
    assert (await door.done("delete_email_message", email_message_id=REMINDER))["deleted"] == REMINDER
    [question] = person.questions
    assert f"Message: “Snart er det nu” ({REMINDER})" in question
    assert f"Kind: reminder, of one edition\nBelongs to: {UPCOMING}\n" in question
    assert "Used by: nothing" in question
    assert "No EmailMessage" in await door.refused("get_email_message", email_message_id=REMINDER)


async def test_nothing_happens_after_a_decline_or_without_the_role(open_server: OpenServer) -> None:
    async with open_server(Person(DECLINE)) as door:
        await door.refused("delete_email_message", email_message_id=REMINDER)
        assert await door.done("get_email_message", email_message_id=REMINDER)
    async with open_server(Person(YES), sandbox_token="sandbox-staff") as door:
        for tool, arguments in (
            ("create_email_message", {"organization_id": ORGANIZATION, **CONTENT}),
            ("update_email_message", {"email_message_id": OWN, "title": "x"}),
            ("delete_email_message", {"email_message_id": REMINDER}),
            ("adopt_email_message", {"email_message_id": TEMPLATE, "edition_id": RUNNING}),
            ("duplicate_email_message", {"email_message_id": TEMPLATE}),
        ):
            assert "manager or admin" in await door.refused(tool, **arguments)


def schedule(door: Door) -> None:
    """Let the campaign about VIP tickets be one that is about to be sent."""
    with closing(sqlite3.connect(door.folder / "preo.db")) as db, db:
        db.execute(
            "UPDATE campaigns SET status = 'scheduled', doc = json_set(doc, '$.status', 'scheduled') WHERE id = ?",
            (CAMPAIGN,),
        )


async def test_a_campaign_about_to_send_it_is_asked_about(door: Door, person: Person) -> None:
    await door.done("update_email_message", email_message_id=VIP, title="Før")
    assert person.questions == []
    schedule(door)
    refused = await door.refused("delete_email_message", email_message_id=VIP)
    assert f"({CAMPAIGN}, scheduled)" in refused
    assert person.questions == []
    blocks = [{"type": "text", "text": "Kom nu"}, {"type": "divider"}]
    changed = await door.done("update_email_message", email_message_id=VIP, subject="Ny", blocks=blocks)
    assert changed["subject"] == "Ny"
    [question] = person.questions
    assert f"Used by: “VIP til Aarhus-gæster” ({CAMPAIGN}), scheduled" in question
    assert "Subject (change): “{{ customer.first_name }}, bliv VIP i år” → “Ny”" in question
    assert "Text then: “Kom nu [divider]”" in question


async def test_nothing_changes_for_a_campaign_after_a_decline(open_server: OpenServer) -> None:
    async with open_server(Person(DECLINE)) as door:
        await door.done("list_email_messages")
        schedule(door)
        before = await door.done("get_email_message", email_message_id=VIP)
        await door.refused("update_email_message", email_message_id=VIP, subject="Ny")
        assert await door.done("get_email_message", email_message_id=VIP) == before


async def test_what_an_edition_sends_by_itself_is_asked_about(door: Door, person: Person) -> None:
    await door.done("update_email_message", email_message_id=OWN, blocks=[{"type": "text", "text": "Tak!"}])
    [question] = person.questions
    assert question.split("\n")[0].endswith(", which “Nordlys Festival – Aalborg” sends?")
    assert f"Used by: “Nordlys Festival – Aalborg” ({UPCOMING}), receipt" in question
    assert "Text then: “Tak!”" in question
    draft = "edt_elbklang_draft"
    made = await door.done("create_email_message", organization_id="org_elbklang", edition_id=draft, **CONTENT)
    await in_preo(door, UPDATE_EDITION, {"refund_confirmation_email_id": made["id"]}, id=draft)
    await door.done("update_email_message", email_message_id=made["id"], subject="Noch nicht")
    assert len(person.questions) == 1, "nobody can have bought from a draft"


async def test_the_end_of_a_long_text_and_every_link_are_seen(door: Door, person: Person) -> None:
    await door.done("list_email_messages")
    schedule(door)
    blocks = [
        {"type": "text", "text": f"{'Kom og hør. ' * 200}Vi ses på https://nordlys.example@evil.example/x"},
        {"type": "button", "text": "Køb", "url": "https://tickets.example/{{ edition.id }}"},
        {"type": "button", "text": "Se", "url": "{{ edition.url }}"},
    ]
    await door.done("update_email_message", email_message_id=VIP, blocks=blocks)
    [question] = person.questions
    assert "Links lead to: evil.example, tickets.example, “{{ edition.url }}”" in question
    [text] = [line for line in question.split("\n") if line.startswith("Text then: ")]
    assert "“Kom og hør. Kom" in text
    assert "Se {{ edition.url }}”" in text


@pytest.mark.parametrize("scheduled", [True, False])
async def test_a_message_that_does_not_say_what_uses_it_counts_as_used(tmp_path: Path, scheduled: bool) -> None:
    person = Person(ElicitResult(action="accept", content={"approve": True, TYPED: "yes"}), YES)
    async with stripped_door(tmp_path, person) as (door, transport):
        if scheduled:
            schedule(door)
        transport.dropped = lambda _, place: place == ".usages"
        await door.done("update_email_message", email_message_id=VIP, subject="Ny")
    _, question = person.questions
    assert "Other uses: unknown" in question
    assert ("which goes to 370 people?" if scheduled else "It is not known what sends it.") in question


async def test_messages_are_searched_by_title_and_subject_and_by_several_types(door: Door) -> None:
    found = await door.done("list_email_messages", search="VIP", scope=["edition", "template"])
    assert [row["id"] for row in found["results"]] == ["eml_n27_vip"]
    assert found["looked_through"].startswith("all ")
    both = await door.done("list_email_messages", type=["receipt", "campaign"], page_size=100)
    assert {row["type"] for row in both["results"]} == {"receipt", "campaign"}
    assert all("subject" not in row and "created" not in row for row in both["results"])
