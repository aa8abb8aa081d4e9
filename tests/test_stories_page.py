"""docs/stories.md and docs/approvals.md: what they show of each story is what is said when it is played."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from docs.generate import ROOT
from tests.door import YES, Door, Person, open_door, text_of
from tests.test_code_blocks import blocks

IMPORTED = "shopify-orders.csv"
EDITION, ORGANIZATION, CONSENT = "edt_nordlys27", "org_nordlys", "con_nordlys_news"
STORIES_PAGE = ROOT / "docs" / "stories.md"
STORIES = blocks(STORIES_PAGE)
PER_STORY = (2, 4, 2)
"""How many blocks each story has, in their order."""


def shown(story: int) -> list[str]:
    """Return the blocks of a story."""
    start = sum(PER_STORY[:story])
    return STORIES[start : start + PER_STORY[story]]


def assert_told(block: str, told: str) -> None:
    """Make sure that all lines of a block are said, in their order; lines between them may be left out of it."""
    at = 0
    for line in filter(str.strip, block.splitlines()):
        found = told.find(line, at)
        assert found >= 0, f"{line!r} is not said (any more), or not here:\n{told}"
        at = found + len(line)


@asynccontextmanager
async def played(folder: Path, **flags: Any) -> AsyncGenerator[tuple[Door, Person]]:
    person = Person(YES)
    async with open_door(folder, "auto", person, **flags) as door:
        yield door, person


async def said(door: Door, tool: str, **arguments: Any) -> tuple[str, dict[str, Any]]:
    """Return the text and the content of a call that has to succeed."""
    result = await door.call(tool, **arguments)
    assert not result.is_error, text_of(result)
    return text_of(result), result.structured_content or {}


def test_every_block_of_the_stories_is_played() -> None:
    assert len(STORIES) == sum(PER_STORY)


async def test_the_import(tmp_path: Path) -> None:
    first, second = shown(0)
    async with played(tmp_path, allowed_folders=(ROOT / "examples",)) as (door, person):
        told, read = await said(door, "prepare_import", edition_id=EDITION, file_path=IMPORTED)
        assert_told(first, told)
        told, settled = await said(door, "prepare_import", source=read["source"], settle=["products: skip"])
        assert_told(second, told)
        await said(door, "start_import", import_id=settled["import_id"])
        [picture] = re.findall(r"!\[The question before an import: (.*), and", STORIES_PAGE.read_text(encoding="utf-8"))
        assert all(figure in person.questions[-1] for figure in re.findall(r"[\d.,]*\d", picture))
        told, _ = await said(door, "wait_for_import", import_id=settled["import_id"])
        assert "as_announced: yes" in told


async def test_the_campaign(tmp_path: Path) -> None:
    checked, counted, mail, question = shown(1)
    condition, _, result = checked.partition("\n\n")
    async with played(tmp_path) as (door, person):
        of = {"organization_id": ORGANIZATION}
        told, _ = await said(door, "validate_cel_expression", **of, expression=condition, count=True)
        assert_told(result, told)
        kind = {"communication_type": "marketing", "communication_channel": "any", "consent_id": CONSENT}
        _, segment = await said(door, "create_segment", **of, **kind, name="Aarhus", condition=condition)
        told, _ = await said(door, "recalculate_segment", segment_id=segment["id"])
        assert_told(counted, told)
        text = "Hi {{ customer.first_name }}, tickets for Aalborg are on sale."
        words = {"title": "Aalborg", "type": "campaign", "subject": "Nordlys comes to Aalborg"}
        written = {**of, **words, "blocks": [{"type": "text", "text": text}], "edition_id": EDITION}
        _, message = await said(door, "create_email_message", **written)
        told, _ = await said(door, "preview_email", email_message_id=message["id"])
        assert_told(mail, told)
        what = {"segment_id": segment["id"], "email_message_id": message["id"], "edition_id": EDITION}
        _, campaign = await said(door, "create_campaign", **what, name="See you in Aalborg", channel="email")
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        await said(door, "schedule_campaign", campaign_id=campaign["id"], scheduled_at=f"{tomorrow:%Y-%m-%d}T10:00")
        date = f"{tomorrow:%a}, {tomorrow.day} {tomorrow:%b %Y}"
        assert_told(re.sub(r"\w{3}, \d+ \w{3} \d{4}", date, question), person.questions[-1])
        await said(door, "cancel_campaign", campaign_id=campaign["id"])
        assert len(person.questions) == 1  # calling off needs no yes


async def test_the_refund(tmp_path: Path) -> None:
    bought, question = shown(2)
    [dialog] = blocks(ROOT / "docs" / "approvals.md")
    async with played(tmp_path) as (door, person):
        told, order = await said(door, "get_order", order_id="N26-12023")
        assert_told(bought, told)
        [drink] = [row for row in order["purchases"] if row["product"] == "Drikkebillet"]
        _, asked = await said(door, "create_purchase_refund", purchase_id=drink["id"], reason="duplicate_purchase")
        assert_told(question, person.questions[-1])
        told, _ = await said(door, "approve_refund", refund_id=asked["id"])
        assert "status: processed" in told
        assert_told(dialog, person.questions[-1])
