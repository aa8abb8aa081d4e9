"""What campaigns under way use is not changed unseen: all of them are looked at, and nobody is reached past a limit."""

import json
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from mcp.types import ElicitResult

from preo_mcp.api.operations import (
    CREATE_CAMPAIGN,
    CREATE_EDITION,
    CREATE_SEGMENT,
    SCHEDULE_CAMPAIGN,
)
from preo_mcp.approval.ways.dialog import TYPED
from preo_mcp.tools.campaigns import active
from tests.approval.test_stripped_answers import Stripping, stripped_door
from tests.door import YES, Door, Person
from tests.guarded_calls import NORDLYS
from tests.past_the_guard import in_preo, number
from tests.tools.conftest import OpenServer

GUESTS, RETURN, SCHEDULED = "seg_nordlys_guests", "seg_nordlys_return", "cmp_nordlys_practical"


def add_drafts(door: Door, count: int) -> None:
    """Let there be so many drafts that are newer than everything else."""
    with closing(sqlite3.connect(door.folder / "preo.db", timeout=5)) as db, db:
        db.row_factory = sqlite3.Row
        row = dict(db.execute("SELECT * FROM campaigns WHERE id = 'cmp_nordlys_vip'").fetchone())
        for place in range(count):
            key, later = f"cmp_more{place}", "2027-01-01T00:00:00Z"
            doc = {**json.loads(row["doc"]), "id": key, "created": later, "segment_id": "seg_nordlys_passes"}
            new = {**row, "id": key, "created": later, "segment_id": "seg_nordlys_passes", "doc": json.dumps(doc)}
            new = {name: value for name, value in new.items() if name in row}
            names = ", ".join(new)
            db.execute(f"INSERT INTO campaigns ({names}) VALUES ({', '.join('?' * len(new))})", [*new.values()])


async def a_draft_edition(door: Door) -> str:
    body = {"organization_id": NORDLYS, "event_id": "evt_nordlys", "name": "Ribe", "timezone": "Europe/Copenhagen"}
    return (await in_preo(door, CREATE_EDITION, body))["id"]


def next_month() -> str:
    return (datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)).isoformat()


async def scheduled(door: Door, **content: object) -> str:
    body = {"organization_id": NORDLYS, "name": "News", "channel": "email", "email_message_id": "eml_nordlys_news"}
    body |= {"segment_id": RETURN, "edition_id": None} | content
    campaign_id = (await in_preo(door, CREATE_CAMPAIGN, body))["id"]
    await in_preo(door, SCHEDULE_CAMPAIGN, {"scheduled_at": next_month()}, id=campaign_id)
    return campaign_id


@pytest.fixture
async def stripped(tmp_path: Path, person: Person) -> AsyncGenerator[tuple[Door, Stripping]]:
    async with stripped_door(tmp_path, person) as opened:
        yield opened


async def test_more_drafts_than_a_page_has_hide_no_scheduled_campaign(door: Door, person: Person) -> None:
    await door.done("list_campaigns")
    add_drafts(door, 1_100)
    await door.done("update_segment", segment_id=GUESTS, condition="true")
    [question] = person.questions
    assert f"({SCHEDULED}), scheduled" in question
    everybody = number(door.folder, "SELECT count(*) FROM customers WHERE organization_id = ?", NORDLYS)
    assert question.startswith(
        f"Change the segment “Gæster i Aalborg”, from which campaigns reach at most {everybody:,}"
    )
    assert "Condition (change)" in question
    assert "→ true" in question.replace("“", "").replace("”", "")
    assert "In words: “A customer is in the segment if it is true of everybody.”" in question


async def test_lists_that_do_not_say_what_a_campaign_uses_are_not_enough(
    stripped: tuple[Door, Stripping], person: Person
) -> None:
    door, transport = stripped
    transport.dropped = lambda kind, place: kind == "/v1/campaigns" and place == ".results[].segment_id"
    await door.done("update_segment", segment_id=GUESTS, description="Told.")
    assert len(person.questions) == 1
    await door.done("update_segment", segment_id=RETURN, description="Told.")
    assert len(person.questions) == 1, "no campaign that is under way uses it"


@pytest.mark.parametrize("limit", ["MOST_READ", "MOST_PAGES"])
async def test_where_not_all_can_be_read_it_counts_as_used(
    door: Door, person: Person, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(active, limit, 0)
    draft = await a_draft_edition(door)
    await door.done("update_segment", segment_id=GUESTS, description="Told.")
    await door.done("update_edition", edition_id=draft, name="Tønder")
    assert len(person.questions) == 2
    assert all("Other campaigns: unknown" in question for question in person.questions)


@pytest.mark.parametrize("by", ["campaign", "message", "segment"])
async def test_an_edition_that_a_campaign_names_only_by_what_it_uses(door: Door, person: Person, by: str) -> None:
    edition_id = await a_draft_edition(door)
    add_drafts(door, 1_100)
    content: dict[str, Any] = {"edition_id": edition_id} if by == "campaign" else {}
    if by == "message":
        blocks = [{"type": "text", "text": "We play."}]
        made = {"title": "T", "type": "campaign", "subject": "S", "blocks": blocks, "edition_id": edition_id}
        message = await door.done("create_email_message", organization_id=NORDLYS, **made)
        content["email_message_id"] = message["id"]
    if by == "segment":
        body = {"organization_id": NORDLYS, "name": "S", "condition": "true", "edition_id": edition_id}
        content["segment_id"] = (await in_preo(door, CREATE_SEGMENT, body))["id"]
    campaign_id = await scheduled(door, **content)
    await door.done("update_edition", edition_id=edition_id, name="Tønder")
    [question] = person.questions
    assert f"({campaign_id}), scheduled" in question
    assert question.startswith("Change “Nordlys Festival – Ribe”, on which campaigns or imports under way build?")


async def test_a_scheduled_campaign_does_not_reach_more_than_a_limit_by_a_change(open_server: OpenServer) -> None:
    person = Person(YES)
    async with open_server(person, max_recipients=400, sandbox_token="sandbox-admin") as door:
        body = {"organization_id": NORDLYS, "name": "Everybody", "condition": "true"}
        everybody = (await in_preo(door, CREATE_SEGMENT, body))["id"]
        campaign_id = await scheduled(door, edition_id="edt_nordlys27")
        told = await door.refused("update_campaign", campaign_id=campaign_id, segment_id=everybody)
        assert "PREO_MAX_RECIPIENTS allows 400" in told, "it is not calculated, so its condition is counted"
        told = await door.refused("update_segment", segment_id=RETURN, condition="true")
        assert "PREO_MAX_RECIPIENTS allows 400" in told
        assert "reaches 1," in told or "reaches 2," in told
    assert person.questions == []


async def test_what_preo_does_not_count_is_beyond_a_limit_and_typed(tmp_path: Path) -> None:
    person = Person(ElicitResult(action="accept", content={"approve": True, TYPED: "yes"}), YES)
    for folder, settings in (("limited", {"max_recipients": 100_000}), ("free", {})):
        async with stripped_door(tmp_path / folder, person, **settings) as (door, transport):
            transport.dropped = lambda _, place: place == ".matching_count"
            if settings:
                told = await door.refused("update_segment", segment_id=GUESTS, condition="true")
                assert "nobody knows how many people it reaches" in told
            else:
                await door.done("update_segment", segment_id=GUESTS, condition="true")
    first, second = person.questions
    assert first.startswith("Change the segment “Gæster i Aalborg”, from which campaigns reach an unknown number")
    assert second.startswith("What you typed does not match."), "a yes alone is not enough"


def test_the_statuses_that_reach_nobody_are_told_one_by_one() -> None:
    assert set(active.ACTIVE_STATUSES).isdisjoint(active.OVER)
    assert {*active.ACTIVE_STATUSES, *active.OVER} == set(active.CampaignStatus)
