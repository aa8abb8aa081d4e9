"""What a check says of a campaign before it goes out."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
import pytest

from tests.door import IMPATIENT, Door, open_door
from tests.tools.campaigns.test_campaigns import DRAFT, EMPTY, SCHEDULED, SENT, rows

NOON = datetime(2027, 3, 1, 11, tzinfo=UTC)
CAMPAIGN: dict[str, Any] = {
    "id": "cmp_1",
    "name": "News",
    "status": "draft",
    "channel": "email",
    "segment_id": "seg_1",
    "email_message_id": "eml_1",
    "edition_id": "edt_1",
}
SEGMENT: dict[str, Any] = {
    "id": "seg_1",
    "status": "completed",
    "communication_type": "marketing",
    "consent_id": "con_1",
    "user_count": 40,
    "consented_count": 35,
    "reachable": {"email": 30, "sms": 20},
}
MESSAGE = {"id": "eml_1", "type": "campaign", "subject": "News", "blocks": [{"type": "text", "text": "Hi"}]}
EDITION = {
    "id": "edt_1",
    "name": "Aalborg",
    "timezone": "Europe/Copenhagen",
    "start_date": "2027-05-01T10:00:00Z",
    "end_date": "2027-05-03T10:00:00Z",
}
PREVIEW: dict[str, Any] = {
    "subject": "News",
    "text": "Hi Anna",
    "html": "<p>Hi</p>",
    "undefined_variables": [],
    "problems": [],
    "sampled": ["customer"],
}


NOTHING: Mapping[str, Any] = MappingProxyType({})


def api(**parts: dict[str, Any] | None) -> Callable[[httpx.Request], httpx.Response]:
    """An API with one campaign and what it names; a part of None cannot be had."""
    given = {"segments": SEGMENT, "email-messages": MESSAGE, "editions": EDITION, "preview": PREVIEW}
    given |= {"consents": {"id": "con_1"}, "campaigns": CAMPAIGN} | {
        name.replace("_", "-"): one for name, one in parts.items()
    }

    def answer(request: httpx.Request) -> httpx.Response:
        name = next(part for part in reversed(request.url.path.split("/")) if part in given)
        found = given[name]
        return httpx.Response(404, json={"detail": "No."}) if found is None else httpx.Response(200, json=found)

    return answer


async def checked(
    folder: Path, now: datetime = NOON, settings: Mapping[str, Any] = NOTHING, **parts: dict[str, Any] | None
) -> dict[str, Any]:
    clock = replace(IMPATIENT, moment=lambda: now)
    async with open_door(folder, "auto", api=api(**parts), clock=clock, **settings) as door:
        return await door.done("check_campaign", campaign_id="cmp_1")


async def test_nothing_is_found_of_one_that_is_as_it_should_be(tmp_path: Path) -> None:
    found = await checked(tmp_path)
    assert found["findings"] == []
    assert found["audience"]["left_out"] == "no_consent 5, no_usable_address 5"
    assert found["when"] == "unscheduled; now is 2027-03-01 12:00 CET, 61 days before the edition begins"
    assert (found["undefined_variables"], found["size"]) == ([], "1 kB of HTML, without images")


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({"campaigns": {**CAMPAIGN, "status": "sent"}}, "error: it is sent"),
        ({"campaigns": {**CAMPAIGN, "status": "paused"}}, "unknown: it is paused"),
        ({"campaigns": {**CAMPAIGN, "segment_id": None}}, "error: it cannot be read whole"),
        ({"segments": None}, "error: it cannot be read whole"),
        ({"segments": {**SEGMENT, "status": "draft"}}, "error: its segment seg_1 is draft"),
        ({"segments": {**SEGMENT, "reachable": {"email": 0}}}, "error: in its segment nobody can be reached"),
        ({"segments": {**SEGMENT, "reachable": {"email": 10}}}, "warning: only 10 of 40"),
        ({"segments": {**SEGMENT, "reachable": None}}, "unknown: how many of its segment"),
        ({"segments": {**SEGMENT, "communication_type": "transactional"}}, "warning: its segment is transactional"),
        ({"segments": {**SEGMENT, "communication_type": None}}, "unknown: its kind of segment"),
        ({"email_messages": {**MESSAGE, "subject": " "}}, "error: its message has no subject"),
        ({"email_messages": {**MESSAGE, "type": "receipt"}}, "warning: its message is a receipt"),
        ({"email_messages": {**MESSAGE, "edition_id": "edt_2"}}, "warning: its message is of another edition (edt_2)"),
        ({"preview": None}, "unknown: how it comes out"),
        ({"preview": {**PREVIEW, "subject": ""}}, "error: its subject comes out empty"),
        ({"preview": {**PREVIEW, "text": "Hi {{ x }}"}}, "error: braces of a variable stay in its text"),
        ({"preview": {**PREVIEW, "undefined_variables": None}}, "unknown: whether variables are undefined"),
        (
            {"preview": {**PREVIEW, "undefined_variables": [{"name": "custmer.name", "block": 1, "line": 2}]}},
            "error: custmer.name (block 1, line 2) is undefined",
        ),
        ({"preview": {**PREVIEW, "problems": [{"message": "unclosed", "block": 3}]}}, "error: unclosed (block 3)"),
        ({"preview": {**PREVIEW, "html": '<a href="#">Buy</a>'}}, "error: the link “Buy” leads nowhere"),
        ({"preview": {**PREVIEW, "text": "See http://nordlys.dk"}}, "warning: a link is http"),
        ({"preview": {**PREVIEW, "html": f"<p>{'x' * 110_000}</p>"}}, "warning: Gmail cuts it off: 108 kB"),
        ({"campaigns": {**CAMPAIGN, "scheduled_at": "2027-02-28T10:00:00Z"}}, "error: its time is past"),
        ({"campaigns": {**CAMPAIGN, "scheduled_at": "2027-03-02T22:30:00Z"}}, "warning: it goes out at 23:30, when"),
        ({"campaigns": {**CAMPAIGN, "scheduled_at": "2027-05-02T10:00:00Z"}}, "warning: Aalborg has begun by then"),
        ({"campaigns": {**CAMPAIGN, "scheduled_at": "2027-06-02T10:00:00Z"}}, "warning: Aalborg is over by then"),
        ({"campaigns": {**CAMPAIGN, "edition_id": None}}, "unknown: the local time"),
        ({"editions": {"id": "edt_1", "timezone": "Europe/Copenhagen"}}, "unknown: whether it goes out before edt_1"),
    ],
)  # fmt: skip
async def test_what_would_go_wrong(tmp_path: Path, parts: dict[str, dict[str, Any] | None], says: str) -> None:
    found = await checked(tmp_path, NOON, NOTHING, **parts)
    assert any(one.startswith(says) for one in found["findings"]), found["findings"]
    gravities = [("error", "warning", "unknown").index(one.partition(":")[0]) for one in found["findings"]]
    assert gravities == sorted(gravities)


async def test_at_night_a_draft_would_go_out_now(tmp_path: Path) -> None:
    found = await checked(tmp_path, datetime(2027, 3, 1, 22, 15, tzinfo=UTC))
    assert found["findings"] == ["warning: it would go out now at 23:15, when people sleep"]


async def test_a_text_message_has_characters_and_parts(tmp_path: Path) -> None:
    sms = {**CAMPAIGN, "channel": "sms", "email_message_id": None}
    body = "Hej {{ customer.first_name }}! " + "ś" * 220 + " https://example.com/x"
    found = await checked(tmp_path, campaigns={**sms, "sms_body": body})
    assert found["findings"] == [
        "error: a link leads to an example address (https://example.com/x)",
        "warning: each person gets, and you pay, 5 SMS",
        "unknown: what is filled into its text (customer.first_name): Preo renders e-mails only",
    ]
    assert found["size"] == f"{len(body)} characters, 5 SMS, before anything is filled in"
    assert found["audience"]["reachable_count"] == 20
    assert (await checked(tmp_path, campaigns=sms))["findings"][0].startswith("error: it has no text yet")


async def test_links_as_they_are_written_where_nothing_is_rendered(tmp_path: Path) -> None:
    blocks = [
        {"type": "button", "text": "Buy", "url": "{{ edition.url }}"},
        {"type": "button", "text": "Read", "url": "nordlys.dk"},
        {"type": "image", "url": "http://nordlys.dk/a.png"},
    ]
    found = await checked(tmp_path, email_messages={**MESSAGE, "blocks": blocks}, preview=None)
    assert found["leads_to"] == ["Read: nordlys.dk", "image: http://nordlys.dk/a.png"]


async def test_in_the_sandbox_nothing_changes(door: Door) -> None:
    before = rows(door, "SELECT doc FROM campaigns ORDER BY id")
    told = {key: await door.done("check_campaign", campaign_id=key) for key in (DRAFT, EMPTY, SCHEDULED, SENT)}
    assert "Køb VIP: https://tickets.example/nordlys-aalborg" in told[DRAFT]["leads_to"]
    assert (told[DRAFT]["subject"], told[DRAFT]["undefined_variables"]) == ("Anna, bliv VIP i år", [])
    assert told[EMPTY]["findings"][0].startswith("error: it has no message yet")
    assert told[EMPTY]["next_step"] == "Settle the errors, then check again."
    assert "lacks" not in told[EMPTY]["audience"]
    assert told[SCHEDULED]["size"].endswith("1 SMS, before anything is filled in")
    assert told[SENT]["findings"][0] == "error: it is sent, and no draft any more"
    assert rows(door, "SELECT doc FROM campaigns ORDER BY id") == before


@pytest.mark.parametrize(
    ("segment", "finding"),
    [
        ({**SEGMENT, "reachable": {"email": 3}}, ["warning: only few of 40 in its segment would get it"]),
        ({**SEGMENT, "user_count": 4, "reachable": {"email": 1}}, []),
    ],
)
async def test_few_are_not_counted_under_masks(tmp_path: Path, segment: dict[str, Any], finding: list[str]) -> None:
    found = await checked(tmp_path, NOON, {"privacy": "mask"}, segments=segment)
    assert found["findings"] == finding
