"""The tools for segments at the MCP door."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.door import DECLINE, YES, Door, Person
from tests.tools.conftest import OpenServer

ORGANIZATION, UPCOMING, NEWS = "org_nordlys", "edt_nordlys27", "con_nordlys_news"
RETURN, STUCK, DRAFT = "seg_nordlys_return", "seg_nordlys_stuck", "seg_nordlys_passes"


async def completed(door: Door, segment_id: str) -> dict[str, Any]:
    counted = await door.done("recalculate_segment", segment_id=segment_id)
    assert counted["status"] == "completed"
    segment = await door.done("get_segment", segment_id=segment_id)
    assert counted["user_count"] == segment["user_count"]
    return segment


def with_campaign(door: Door, status: str, segment_id: str = RETURN) -> str:
    """Let one campaign of the seed be sent to a segment, and no other; return its id."""
    with closing(sqlite3.connect(door.folder / "preo.db")) as db, db:
        [(key,)] = db.execute("SELECT min(id) FROM campaigns WHERE organization_id = ?", (ORGANIZATION,)).fetchall()
        change = "doc = json_set(doc, '$.segment_id', ?, '$.status', ?), segment_id = ?, status = ?"
        db.execute(f"UPDATE campaigns SET {change}", ("seg_other", "draft", "seg_other", "draft"))
        db.execute(f"UPDATE campaigns SET {change} WHERE id = ?", (segment_id, status, segment_id, status, key))
    return key


async def test_list_and_get(door: Door) -> None:
    listed = await door.done("list_segments", organization_id=ORGANIZATION, page_size=2)
    assert (listed["returned"], listed["total"], listed["next"]) == (2, 4, "page=2, page_size=2")
    [found] = (await door.done("list_segments", search="aarhus", communication_type="marketing"))["results"]
    assert found["id"] == RETURN
    assert found.keys() <= {
        *("id", "name", "edition_id", "status", "user_count", "reachable_count"),
        *("communication_channel", "communication_type", "last_calculated"),
    }
    segment = await door.done("get_segment", segment_id=RETURN)
    assert found["last_calculated"] == segment["last_calculated"]
    assert found["last_calculated"].endswith(("+01:00", "+02:00")), "by the edition's clocks"
    assert segment["reachable"].startswith("any ")
    assert (segment["user_count"], segment["consent_id"]) == (found["user_count"], NEWS)
    assert "No Segment" in await door.refused("get_segment", segment_id="seg_none")
    assert "ordering" in await door.refused("list_segments", ordering=["size"])


async def test_from_a_mistake_to_a_calculated_segment(door: Door, person: Person) -> None:
    wrong = "user.contry == 'DK'"
    checked = await door.done("validate_cel_expression", expression=wrong)
    assert (checked["valid"], checked["errors"][0]["suggestion"]) == (False, "country")
    arguments = {"organization_id": ORGANIZATION, "name": "Danskere", "communication_channel": "sms"}
    refused = await door.refused("create_segment", **arguments, condition=wrong)
    assert "line 1, column 6: User has no field 'contry' (suggestion: country)" in refused
    created = await door.done("create_segment", **arguments, condition="user.country == 'DK'", consent_id=NEWS)
    assert created["status"] == "draft"
    assert "Sandbox" in created["notes"][0]
    segment = await completed(door, created["id"])
    assert segment["user_count"] == segment["reachable_count"] > 0
    marketing = await door.done("update_segment", segment_id=created["id"], communication_type="marketing")
    assert marketing["reachable_count"] < segment["reachable_count"]
    draft = await door.done("update_segment", segment_id=created["id"], condition="user.locale == 'da'")
    assert draft["status"] == "draft"
    assert "user_count" not in draft
    assert "nothing would change" in await door.refused("update_segment", segment_id=created["id"], name="Danskere")
    assert person.questions == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"communication_type": "marketing"}, "consent_id"),
        ({"communication_type": "spam"}, "communication_type"),
        ({"organization_id": "org_none"}, "organization_id"),
        ({"edition_id": "edt_none"}, "edition_id"),
        ({"name": ""}, "name"),
    ],
)
async def test_create_refused(door: Door, arguments: dict[str, Any], says: str) -> None:
    given = {"organization_id": ORGANIZATION, "name": "x", "condition": "true", **arguments}
    assert says in await door.refused("create_segment", **given)


async def test_reset(door: Door) -> None:
    assert (await door.done("reset_segment", segment_id=STUCK))["status"] == "draft"
    assert "Recalculate segment" in await door.refused("reset_segment", segment_id=STUCK)
    assert "No Segment" in await door.refused("recalculate_segment", segment_id="seg_none")


async def test_context(door: Door) -> None:
    context = await door.done("get_cel_context", edition_id=UPCOMING)
    assert "user: User – the customer who is in the segment or not" in context["variables"]
    assert any(line.startswith("Order: id string, ") and "total double" in line for line in context["types"])
    assert any("e.g. user.orders.exists(o, o.total > 500)" in line for line in context["functions"])
    assert {"id": "prd_n27_child", "name": "Børnebillet", "category_ids": ["cat_tickets"]} in context["products"]
    assert f"{NEWS}: Nyhedsbrev" in context["consents"]
    assert not any("Cut" in note for note in context.get("notes", []))
    assert "No Edition" in await door.refused("get_cel_context", edition_id="edt_none")
    assert "No Edition" in await door.refused("validate_cel_expression", expression="true", edition_id="edt_none")


async def test_delete_after_a_yes_to_the_facts(door: Door, person: Person) -> None:
    key = with_campaign(door, "sent")
    size = (await door.done("get_segment", segment_id=RETURN))["user_count"]
    deleted = await door.done("delete_segment", segment_id=RETURN)
    assert deleted["deleted"] == RETURN
    [question] = person.questions
    assert f"Segment: “Partout i Aarhus, endnu ikke Aalborg” ({RETURN}), calculated" in question
    assert f"Customers in it: {size}" in question
    assert f"({key}), sent" in question
    await door.done("delete_segment", segment_id=DRAFT)
    assert "Customers in it: not calculated" in person.questions[1]
    assert "Used by: no campaign" in person.questions[1]
    assert "No Segment" in await door.refused("delete_segment", segment_id=RETURN)


async def test_what_a_campaign_needs_is_refused_before_anybody_is_asked(door: Door, person: Person) -> None:
    key = with_campaign(door, "scheduled")
    refused = await door.refused("delete_segment", segment_id=RETURN)
    assert key in refused
    assert "cancel_campaign" in refused
    assert person.questions == []


async def test_update_asks_while_a_campaign_needs_it(door: Door, person: Person) -> None:
    key = with_campaign(door, "scheduled")
    changed = await door.done("update_segment", segment_id=RETURN, name="Nyt navn", consent_id="con_nordlys_partners")
    assert changed["name"] == "Nyt navn"
    [question] = person.questions
    assert "Name (change): “Partout i Aarhus, endnu ikke Aalborg” → “Nyt navn”" in question
    assert f"Consent (change): Nyhedsbrev ({NEWS}) → “Tilbud fra partnere” (con_nordlys_partners)" in question
    assert f"({key}), scheduled" in question


async def test_nothing_changes_after_a_decline(open_server: OpenServer) -> None:
    async with open_server(Person(DECLINE)) as door:
        with_campaign(door, "scheduled")
        before = await door.done("get_segment", segment_id=RETURN)
        await door.refused("update_segment", segment_id=RETURN, name="x")
        await door.refused("delete_segment", segment_id=DRAFT)
        assert await door.done("get_segment", segment_id=RETURN) == before
        assert (await door.done("list_segments", organization_id=ORGANIZATION))["total"] == 4


async def test_roles(open_server: OpenServer) -> None:
    person = Person(YES)
    async with open_server(person, sandbox_token="sandbox-staff") as door:
        for tool, arguments in (
            ("create_segment", {"organization_id": ORGANIZATION, "name": "x", "condition": "true"}),
            ("update_segment", {"segment_id": RETURN, "name": "x"}),
            ("delete_segment", {"segment_id": RETURN}),
            ("recalculate_segment", {"segment_id": RETURN}),
            ("reset_segment", {"segment_id": STUCK}),
        ):
            assert "manager or admin" in await door.refused(tool, **arguments)
        assert (await door.done("export_segment_users", segment_id=RETURN))["user_count"] > 0
        assert person.questions == []


async def test_export_to_a_file_and_a_preview(open_server: OpenServer, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    async with open_server(allowed_folders=str(shared)) as door:
        size = (await door.done("get_segment", segment_id=RETURN))["user_count"]
        preview = await door.done("export_segment_users", segment_id=RETURN)
        assert (preview["user_count"], len(preview["first_rows"])) == (size, 5)
        assert "saved_to" not in preview
        assert preview["first_rows"][0]["phone_number"].startswith("+45")
        saved = await door.done("export_segment_users", segment_id=RETURN, save_to="people.csv")
        path = shared / "people.csv"
        assert (saved["saved_to"], saved["first_rows"]) == (str(path), preview["first_rows"])
        content = path.read_bytes()
        assert content.startswith("\ufeffid,email,".encode())
        assert content.count(b"\r\n") == size + 1
        for save_to, says in (
            ("people.csv", "already"),
            (str(tmp_path / "x.csv"), "outside"),
            ("people.py", ".csv"),
            ("none/x.csv", "folder"),
        ):
            assert says in await door.refused("export_segment_users", segment_id=RETURN, save_to=save_to)
        assert path.read_bytes() == content
        assert "needs a completed one" in await door.refused(
            "export_segment_users", segment_id=DRAFT, save_to="draft.csv"
        )
        assert [file.name for file in shared.iterdir()] == ["people.csv"]


async def test_only_the_ends_of_rows_end_a_row(open_server: OpenServer, tmp_path: Path) -> None:
    name = "Ida\u2028Lund\x85\x0b\nKrogh, =1"
    async with open_server(allowed_folders=str(tmp_path)) as door:
        before = await door.done("export_segment_users", segment_id=RETURN)
        [first, *_] = before["first_rows"]
        with closing(sqlite3.connect(door.folder / "preo.db")) as db:
            db.execute("UPDATE customers SET doc = json_set(doc, '$.first_name', ?) WHERE id = ?", (name, first["id"]))
            db.commit()
        saved = await door.done("export_segment_users", segment_id=RETURN, save_to="people.csv")
    assert saved["user_count"] == before["user_count"]
    assert saved["first_rows"][0] == {**first, "first_name": name}
    assert [row["id"] for row in saved["first_rows"]] == [row["id"] for row in before["first_rows"]]


async def test_export_without_an_allowed_folder(door: Door) -> None:
    assert "--allow-folder" in await door.refused("export_segment_users", segment_id=RETURN, save_to="x.csv")
    assert "No Segment" in await door.refused("export_segment_users", segment_id="seg_none")
