"""The tools for editions at the MCP door: what they answer, what they refuse, and when a person is asked."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from preo_mcp.api.errors import ValidationError
from preo_mcp.tools.editions.times import in_edition_time
from tests.approval.test_stripped_answers import stripped_door
from tests.door import DECLINE, YES, Door, Person
from tests.tools.conftest import OpenServer

RUNNING, UPCOMING, PAST, DRAFT = "edt_nordlys26", "edt_nordlys27", "edt_elbklang25", "edt_elbklang_draft"
NEW: dict[str, Any] = {
    "organization_id": "org_nordlys",
    "event_id": "evt_nordlys",
    "name": "Odense",
    "timezone": "Europe/Copenhagen",
}


async def test_list_and_get(door: Door) -> None:
    listed = await door.done("list_editions", status="upcoming", ordering=["-name"])
    assert (listed["total"], listed["filters"]) == (1, "status=upcoming, ordering=-name")
    [row] = listed["results"]
    assert row.keys() == {
        *("id", "full_name", "organization_id", "status", "is_draft", "start_date", "end_date", "timezone")
    }
    assert (row["id"], row["full_name"]) == (UPCOMING, "Nordlys Festival – Aalborg")
    edition = await door.done("get_edition", edition_id=row["id"])
    assert (edition["event_id"], edition["currency"], edition["status"]) == ("evt_nordlys", "DKK", "upcoming")
    assert "No Edition" in await door.refused("get_edition", edition_id="edt_none")
    assert "status" in await door.refused("list_editions", status="soon")


async def test_create_reads_dates_in_the_editions_time(door: Door, person: Person) -> None:
    created = await door.done(
        "create_edition", **NEW, start_date="2027-08-05T12:00:00", end_date="2027-08-08T23:00:00+01:00", tax_type="vat"
    )
    assert created["start_date"] == "2027-08-05T12:00:00+02:00"
    assert created["end_date"] == "2027-08-09T00:00:00+02:00"
    assert (created["is_draft"], created["status"]) == (True, "upcoming")
    assert "Sandbox" in created["notes"][0]
    assert person.questions == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"timezone": "Europe/Aarhus"}, "timezone"),
        ({"timezone": "Europe/Aarhus", "start_date": "2027-08-05T12:00:00"}, "Europe/Copenhagen"),
        ({"start_date": "2027-08-05T12:00:00", "end_date": "2027-08-05T12:00:00"}, "not after start_date"),
        ({"start_date": "2027-03-28T02:30:00"}, "offset"),
        ({"start_date": "2027-10-31T02:30:00"}, "offset"),
        ({"event_id": "evt_none"}, "event_id"),
        ({"enabled_languages": []}, "enabled_languages"),
        ({"name": ""}, "name"),
        ({"tax_type": "moms"}, "Choose from"),
        ({"currency": "EUR"}, "no argument currency"),
    ],
)
async def test_create_refused(door: Door, change: dict[str, Any], says: str) -> None:
    assert says in await door.refused("create_edition", **{**NEW, **change})
    assert (await door.done("list_editions"))["total"] == 4


async def test_a_draft_changes_without_a_question(door: Door, person: Person) -> None:
    changed = await door.done(
        "update_edition", edition_id=DRAFT, name="Meißen", start_date="2027-05-01T18:00:00", end_date="2027-05-01T23:00"
    )
    assert (changed["name"], changed["start_date"], changed["end_date"]) == (
        "Meißen",
        "2027-05-01T18:00:00+02:00",
        "2027-05-01T23:00:00+02:00",
    )
    moved = await door.done("update_edition", edition_id=DRAFT, timezone="Europe/London", end_date="2027-05-01T23:00")
    assert moved["end_date"] == "2027-05-01T23:00:00+01:00"
    cleared = await door.done("update_edition", edition_id=DRAFT, clear=["start_date"])
    assert "start_date" not in cleared
    past = await door.done("update_edition", edition_id=PAST, name="Hamburg 2025")
    assert past["name"] == "Hamburg 2025"
    assert person.questions == []


async def test_an_edition_on_sale_changes_after_a_yes_to_the_facts(door: Door, person: Person) -> None:
    before = await door.done("get_edition", edition_id=UPCOMING)
    orders = (await door.done("list_orders", edition_id=UPCOMING))["total"]
    end = datetime.fromisoformat(before["end_date"]) + timedelta(hours=1)
    changed = await door.done(
        "update_edition",
        edition_id=UPCOMING,
        name="Aalborg Øst",
        end_date=end.isoformat(),
        enabled_languages=["da", "en", "se"],
        clear=["meta_image_id"],
        timezone=before["timezone"],
    )
    [question] = person.questions
    assert question.startswith("Change “Nordlys Festival – Aalborg”, which is on sale?")
    assert f"Orders so far: {orders}" in question
    assert "Name (change): Aalborg → “Aalborg Øst”" in question
    assert "Languages (change): da, en → da, en, se" in question
    assert "Image (change): fil_nordlysposter → none" in question
    assert ", 23:00 Europe/Copenhagen → " in question
    assert "Time zone" not in question
    assert changed["full_name"] == "Nordlys Festival – Aalborg Øst"
    assert changed["notes"][0] == "The host's dialog answered yes."


async def test_nothing_changes_after_a_decline(open_server: OpenServer) -> None:
    person = Person(DECLINE)
    async with open_server(person) as door:
        before = await door.done("get_edition", edition_id=RUNNING)
        await door.refused("update_edition", edition_id=RUNNING, name="X")
        await door.refused("update_edition", edition_id=RUNNING, is_archived=True)
        assert await door.done("get_edition", edition_id=RUNNING) == before
    assert len(person.questions) == 2


async def test_putting_an_edition_on_sale_is_asked(open_server: OpenServer) -> None:
    start = (datetime.now(UTC) + timedelta(days=90)).replace(microsecond=0)
    dates = {"start_date": start.isoformat(), "end_date": (start + timedelta(hours=5)).isoformat()}
    person = Person(DECLINE, YES)
    async with open_server(person) as door:
        refused = await door.refused("update_edition", edition_id=DRAFT, is_draft=False, **dates)
        assert "not run" in refused
        assert (await door.done("get_edition", edition_id=DRAFT))["is_draft"] is True
        dates["end_date"] = (start + timedelta(hours=6)).isoformat()  # another call, which is asked about anew
        published = await door.done("update_edition", edition_id=DRAFT, is_draft=False, **dates)
        assert published["published_at"]
    assert all(question.split("\n")[0].endswith(" on sale?") for question in person.questions)
    assert "Draft (change): yes → no" in person.questions[0]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"edition_id": RUNNING, "end_date": "2020-01-01T00:00:00"}, "not after start_date"),
        ({"edition_id": RUNNING, "end_date": "2020-03-29T02:30:00"}, "offset"),
        ({"edition_id": "edt_none", "name": "X"}, "No Edition"),
    ],
)
async def test_nobody_is_asked_in_vain(door: Door, person: Person, arguments: dict[str, Any], says: str) -> None:
    assert says in await door.refused("update_edition", **arguments)
    assert person.questions == []


async def test_what_changes_nothing_is_not_asked(door: Door, person: Person) -> None:
    await door.done("update_edition", edition_id=RUNNING, name="Aarhus", tax_type="vat")
    assert person.questions == []


async def test_roles(open_server: OpenServer) -> None:
    async with open_server(Person(YES), sandbox_token="sandbox-staff") as door:
        for tool, arguments in (
            ("create_edition", NEW),
            ("update_edition", {"edition_id": RUNNING, "name": "X"}),
            ("duplicate_edition", {"edition_id": RUNNING}),
        ):
            assert "manager or admin" in await door.refused(tool, **arguments)


async def test_duplicate(door: Door, person: Person) -> None:
    copy = await door.done("duplicate_edition", edition_id=RUNNING, name="Odense")
    assert (copy["name"], copy["is_draft"], copy["status"]) == ("Odense", True, "no_dates")
    assert (await door.done("duplicate_edition", edition_id=RUNNING))["name"] == "Aarhus (copy)"
    assert "No Edition" in await door.refused("duplicate_edition", edition_id="edt_none")
    assert person.questions == []


async def test_choices_and_healthcheck(door: Door) -> None:
    choices = await door.done("get_edition_field_choices")
    assert {"value": "+45", "label": "Denmark"} in choices["default_country_code"]
    assert "no argument" in await door.refused("get_edition_field_choices", edition_id=DRAFT)
    health = await door.done("run_edition_healthcheck", edition_id=DRAFT)
    assert (health["severity"], health["checks"][0]["key"]) == ("error", "dates")
    assert "start_date" in health["checks"][0]["what_to_do"]
    assert "No Edition" in await door.refused("run_edition_healthcheck", edition_id="edt_none")


@pytest.mark.parametrize(
    ("date", "timezone"),
    [
        (datetime(2027, 3, 28, 2, 30), "Europe/Copenhagen"),  # the clock jumps over it
        (datetime(2027, 10, 31, 2, 30), "Europe/Copenhagen"),  # it comes twice
        (datetime(2027, 1, 1), "Mars/Olympus"),
        (datetime(2027, 1, 1), "../etc"),
        (datetime(2027, 1, 1), None),
        (datetime(1, 1, 1), "Europe/Copenhagen"),
        (datetime(9999, 12, 31, 23), "America/New_York"),
    ],
)
def test_times_that_are_no_single_moment(date: datetime, timezone: str | None) -> None:
    with pytest.raises(ValidationError, match=r"start_date|timezone"):
        in_edition_time("start_date", date, timezone)


@pytest.mark.parametrize("field", [".is_draft", ".is_archived", ".status"])
async def test_an_edition_that_does_not_say_whether_it_is_on_sale_counts_as_on_sale(tmp_path: Path, field: str) -> None:
    person = Person(YES)
    async with stripped_door(tmp_path, person) as (door, transport):
        transport.dropped = lambda _, place: place == field
        await door.done("update_edition", edition_id=UPCOMING, name="Skagen")
    [question] = person.questions
    assert "on sale, as far as is known" in question


async def test_another_refund_mail_of_an_edition_that_is_over_is_asked(door: Door, person: Person) -> None:
    await door.done("update_edition", edition_id=PAST, clear=["refund_confirmation_email_id"])
    [question] = person.questions
    assert question.startswith("Change “Elbklang – Hamburg”, of which mails still go out?")
    assert "Refund confirmation (change): “Refund confirmation” (eml_elbklang_refund) → none" in question
