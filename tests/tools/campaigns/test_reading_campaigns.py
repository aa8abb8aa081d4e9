"""Campaigns as they are read: whom a draft would reach, why messages failed, what the figures rest on."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.door import Door, Era, Person, open_door
from tests.tools.campaigns.test_campaigns import DRAFT, EMPTY, SCHEDULED, SENT, ended, line, rows
from tests.tools.conftest import OpenServer


async def test_a_draft_tells_what_a_send_would_ask(door: Door, person: Person) -> None:
    draft = await door.done("get_campaign", campaign_id=DRAFT)
    audience = draft["audience"]
    assert "total_recipients" not in draft  # 0 would be a wrong answer to how many it goes to
    await door.done("send_campaign", campaign_id=DRAFT)
    question = person.questions[0]
    assert audience["communication_type"] == "marketing"
    assert audience["user_count"] == int(line(question, "In the segment"))
    assert audience["reachable_count"] == int(line(question, "Get the message"))
    without = {name: line(question, f"Left out {told}") for name, told in LEFT_OUT.items()}
    assert audience["left_out"] == ", ".join(f"{name} {count}" for name, count in without.items())
    assert audience["segment_status"] == "completed"
    assert audience["last_calculated"].endswith(("+01:00", "+02:00"))
    done = await ended(door, DRAFT)
    assert "audience" not in done
    assert done["total_recipients"] == audience["reachable_count"]
    assert done["started_at"].endswith(("+01:00", "+02:00"))


LEFT_OUT = {"no_consent": "without consent", "no_usable_address": "without a usable address"}


async def test_what_a_campaign_lacks_is_told_before_anybody_is_asked(door: Door) -> None:
    audience = (await door.done("get_campaign", campaign_id=EMPTY))["audience"]
    assert audience["lacks"] == "it has no message yet · Give it email_message_id with update_campaign."
    scheduled = await door.done("get_campaign", campaign_id=SCHEDULED)
    assert "lacks" not in scheduled["audience"]
    assert scheduled["audience"]["communication_type"] == "transactional"
    assert scheduled["scheduled_at"].endswith(("+01:00", "+02:00"))
    assert all(tool in scheduled["next_step"] for tool in ("update_campaign", "schedule_campaign", "cancel_campaign"))


async def test_figures_of_another_condition_are_unknown_and_not_told(door: Door) -> None:
    await door.done("list_campaigns")
    rows(door, "UPDATE segments SET doc = json_set(doc, '$.status', 'draft')")
    audience = (await door.done("get_campaign", campaign_id=DRAFT))["audience"]
    assert not {"user_count", "reachable_count", "reachable_at_most", "left_out"} & set(audience)
    assert "recalculate_segment" in audience["lacks"]


CAMPAIGN: dict[str, Any] = {"id": "cmp_1", "status": "draft", "channel": "email", "segment_id": "seg_1"}
SEGMENT: dict[str, Any] = {"id": "seg_1", "status": "completed", "user_count": 40}


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        (SEGMENT, {"user_count": 40, "reachable_at_most": 40}),
        ({**SEGMENT, "reachable": {"email": 30}}, {"user_count": 40, "reachable_count": 30}),
        ({"id": "seg_1"}, {}),
        (None, None),
    ],
)
async def test_what_preo_does_not_say_is_absent(
    era: Era, tmp_path: Path, segment: dict[str, Any] | None, expected: dict[str, int] | None
) -> None:
    def api(request: httpx.Request) -> httpx.Response:
        if "/campaigns/" in request.url.path:
            return httpx.Response(200, json=CAMPAIGN)
        return httpx.Response(404, json={"detail": "No."}) if segment is None else httpx.Response(200, json=segment)

    async with open_door(tmp_path, era, api=api) as door:
        shown = await door.done("get_campaign", campaign_id="cmp_1")
    audience = shown.get("audience")
    counts = audience and {name: count for name, count in audience.items() if isinstance(count, int)}
    assert counts == expected


async def test_reading_a_campaign_again_takes_two_rounds_at_the_most(era: Era, tmp_path: Path) -> None:
    asked: list[str] = []

    def api(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        if "/campaigns/" in request.url.path:
            return httpx.Response(200, json={**CAMPAIGN, "edition_id": "edt_1", "email_message_id": "eml_1"})
        key = request.url.path.rsplit("/", 1)[1]
        return httpx.Response(200, json={**SEGMENT, "id": key})

    async with open_door(tmp_path, era, api=api) as door:
        for _ in range(2):
            asked.clear()
            await door.done("get_campaign", campaign_id="cmp_1")
    assert len(asked) == 4


async def test_why_messages_failed_is_told_where_preo_says_it(door: Door) -> None:
    await door.done("list_campaigns")
    with closing(sqlite3.connect(door.folder / "preo.db")) as db, db:
        [(doc,)] = db.execute("SELECT doc FROM campaigns WHERE id = ?", (SENT,)).fetchall()
        changed = {**json.loads(doc), "failed_count": 3, "failures": {"refused by the provider": 2, "Block 1: x": 1}}
        db.execute("UPDATE campaigns SET doc = ? WHERE id = ?", (json.dumps(changed), SENT))
    shown = await door.done("get_campaign", campaign_id=SENT)
    assert shown["failures"] == "refused by the provider 2, Block 1: x 1"
    rows(door, "UPDATE campaigns SET doc = json_remove(doc, '$.failures') WHERE id = ?", SENT)
    assert "Preo does not say why" in (await door.done("get_campaign", campaign_id=SENT))["next_step"]


async def test_campaigns_of_a_segment_and_of_several_states(door: Door) -> None:
    found = await door.done("list_campaigns", segment_id="seg_nordlys_return")
    assert {row["id"] for row in found["results"]} == {DRAFT, EMPTY}
    assert found["filters"] == "segment_id=seg_nordlys_return"
    both = await door.done("list_campaigns", status=["draft", "scheduled"], ordering=["name"])
    assert {row["id"] for row in both["results"]} == {DRAFT, EMPTY, SCHEDULED}
    assert not any("total_recipients" in row for row in both["results"])
    names = [row["name"].casefold() for row in both["results"]]
    assert names == sorted(names)


async def test_rows_that_do_not_name_their_segment_are_kept_and_counted(era: Era, tmp_path: Path) -> None:
    listed = [{"id": "cmp_1", "segment_id": "seg_1"}, {"id": "cmp_2", "segment_id": "seg_2"}, {"id": "cmp_3"}]

    def api(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"count": 3, "next": None, "previous": None, "results": listed})

    async with open_door(tmp_path, era, api=api) as door:
        found = await door.done("list_campaigns", segment_id="seg_1")
    assert [row["id"] for row in found["results"]] == ["cmp_1", "cmp_3"]
    assert "does not say it of 1 row" in found["filters"]


FIGURES = {"total_recipients": 1000, "sent": 990, "delivered": 900, "opened": 450, "clicked": 90, "unsubscribed": 9}


@pytest.mark.parametrize(
    ("rates", "told"),
    [
        (
            {"delivery_rate": 0.9091, "open_rate": 0.5, "click_rate": 0.1, "unsubscribe_rate": 0.01},
            "delivery_rate: sent, open_rate: delivered, click_rate: delivered, unsubscribe_rate: delivered",
        ),
        (
            {"delivery_rate": 0.9, "click_rate": 0.2, "open_rate": 0.4545},
            "delivery_rate: total_recipients, open_rate: sent, click_rate: opened",
        ),
        ({"open_rate": 50.0}, "open_rate: unknown"),
        ({}, None),
    ],
)
async def test_what_a_rate_is_the_share_of_is_shown_by_its_figures(
    era: Era, tmp_path: Path, rates: dict[str, float], told: str | None
) -> None:
    def api(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={**FIGURES, **rates})

    async with open_door(tmp_path, era, api=api) as door:
        stats = await door.done("get_campaign_stats", campaign_id="cmp_1")
    assert stats.get("rates_of") == told
    assert stats["as_of"].endswith("Z")


async def test_figures_stand_without_the_campaign_where_it_cannot_be_read(era: Era, tmp_path: Path) -> None:
    def api(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=FIGURES) if "stats" in request.url.path else httpx.Response(403, json={})

    async with open_door(tmp_path, era, api=api) as door:
        stats = await door.done("get_campaign_stats", campaign_id="cmp_1")
    assert stats["delivered"] == FIGURES["delivered"]
    assert stats["id"] == "cmp_1"
    assert not {"name", "user_count", "skipped"} & set(stats)


async def test_with_masks_a_small_audience_singles_nobody_out(era: Era, tmp_path: Path) -> None:
    segment = {**SEGMENT, "user_count": 1, "reachable": {"email": 1}}

    def api(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=CAMPAIGN if "/campaigns/" in request.url.path else segment)

    async with open_door(tmp_path, era, api=api, privacy="mask") as door:
        audience = (await door.done("get_campaign", campaign_id="cmp_1"))["audience"]
    assert audience["user_count"] == 5
    assert not {"reachable_count", "reachable_at_most", "left_out"} & set(audience)


async def test_what_the_settings_keep_out_is_no_reason_not_to_show_the_campaign(open_server: OpenServer) -> None:
    async with open_server(deny=("get_segment", "get_edition")) as door:
        shown = await door.done("get_campaign", campaign_id=SCHEDULED)
    assert "audience" not in shown
    assert shown["scheduled_at"].endswith("Z")
