"""The lists of each group, as a user asks for them: searched, by several states, over pages, and with nothing there."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.door import Door, open_door
from tests.scripted_lists import Api, many
from tests.tools.conftest import OpenServer

NORDLYS = "org_nordlys"
GATE, BOOKS = "whk_nordlysgate", "whk_nordlysbooks"


@pytest.mark.parametrize(
    ("tool", "search", "found"),
    [
        ("list_editions", "aalborg NORDLYS", ["edt_nordlys27"]),
        ("list_consents", "con_nordlys_news", ["con_nordlys_news"]),
        ("list_consents", "nyhedsbrev", ["con_nordlys_news"]),
        ("list_webhooks", "9090 gate", [GATE]),
        ("list_webhooks", "refund_failed nordlys", [BOOKS]),
    ],
)
async def test_a_search_where_preo_has_none(door: Door, tool: str, search: str, found: list[str]) -> None:
    everything = (await door.done(tool))["total"]
    listed = await door.done(tool, search=search)
    assert [row["id"] for row in listed["results"]] == found
    assert (listed["total"], listed["looked_through"]) == (len(found), f"all {everything}")
    assert f"search={search}" in listed["filters"]
    nothing = await door.done(tool, search="there is no such thing")
    assert (nothing["returned"], nothing["total"], nothing["results"]) == (0, 0, [])
    assert nothing["looked_through"] == f"all {everything}"
    elsewhere = await door.done(tool, search=search, organization_id="org_of_nobody")
    assert (elsewhere["total"], elsewhere["looked_through"]) == (0, "all 0")


@pytest.mark.parametrize(
    ("tool", "arguments", "states"),
    [
        ("list_editions", {}, ["upcoming", "past", "no_dates"]),
        ("list_segments", {}, ["completed", "draft", "failed"]),
        ("list_webhook_deliveries", {"webhook_id": BOOKS}, ["failed", "succeeded"]),
    ],
)
async def test_several_states_are_one_list(door: Door, tool: str, arguments: dict[str, Any], states: list[str]) -> None:
    alone = [await door.done(tool, **arguments, status=[state]) for state in states]
    wanted = sorted(row["id"] for listed in alone for row in listed["results"])
    assert len(wanted) > 2
    rows, following = list[dict[str, Any]](), {"page": 1}
    while following:
        listed = await door.done(tool, **arguments, status=states, page_size=2, **following)
        assert listed["total"] == sum(one["total"] for one in alone) == len(wanted)
        assert f"status={','.join(states)}" in listed["filters"]
        rows += listed["results"]
        following = {"page": following["page"] + 1} if "next" in listed else {}
    assert sorted(row["id"] for row in rows) == wanted
    assert {row["status"] for row in rows} <= set(states)
    alike = (await door.done(tool, **arguments, status=states))["results"]
    assert rows == alike
    if tool == "list_webhook_deliveries":
        assert [row["created"] for row in rows] == sorted((row["created"] for row in rows), reverse=True)


async def test_numbers_that_begin_so(door: Door) -> None:
    with closing(sqlite3.connect(door.folder / "preo.db")) as db:
        numbers = "SELECT json_extract(doc, '$.phone_number') FROM customers WHERE organization_id = ?"
        known = [number or "" for (number,) in db.execute(numbers, (NORDLYS,))]
    for beginning, digits in (("+49", "+49"), ("0049 1", "+491"), ("+45 20 1", "+45201"), ("+999", "+999")):
        listed = await door.done("list_users", search=beginning, organization_id=NORDLYS, page_size=10)
        assert listed["total"] == sum(number.startswith(digits) for number in known)
        assert all(row["phone_number"].startswith(digits) for row in listed["results"])
        assert listed["looked_through"].startswith("all ")
    assert "total" in await door.done("list_users", search="+49 is no number", organization_id=NORDLYS)


async def test_times_are_by_the_editions_clocks(door: Door) -> None:
    [row] = (await door.done("list_editions", search="Aalborg"))["results"]
    edition = await door.done("get_edition", edition_id=row["id"])
    assert row["start_date"] == edition["start_date"]
    assert row["start_date"][-6:] in ("+01:00", "+02:00")
    assert edition["created"][-6:] in ("+01:00", "+02:00")
    segment = await door.done("get_segment", segment_id="seg_nordlys_return")
    zone = "Z" if "edition_id" not in segment else segment["created"][-6:]
    assert segment["created"].endswith(zone)


async def test_a_customers_consents_and_organization(door: Door) -> None:
    user = await door.done("get_user", user_id="usr_soeren")
    assert (user["organization_id"], user["organization"], "locale" in user) == (NORDLYS, "Nordlys Festival ApS", True)
    for consent in user["consents"]:
        assert consent.keys() == {"id", "name", "type", "status", "answered_at"}
        assert consent["status"] in ("granted", "withdrawn")
    assert user["consents"]


async def test_a_search_that_finds_one_customer_alone_stays_refused_when_masked(open_server: OpenServer) -> None:
    async with open_server(privacy="mask") as door:
        assert "masked" in await door.refused("list_users", search="+45 20 13 45")
        assert (await door.done("list_users", search="+45"))["total"] > 5


async def test_more_than_is_read_is_said_so(tmp_path: Path) -> None:
    api = Api(editions=many(21_000))
    async with open_door(tmp_path, "auto", api=api) as door:
        listed = await door.done("list_editions", search="nothing")
        assert "total" not in listed
        assert listed["looked_through"].startswith("20000 of 21000; more may fit: try is_archived")
        assert len(api.pages) == 20
        found = await door.done("list_editions", search="edt_00017", page_size=1)
        assert ([row["id"] for row in found["results"]], "total" in found) == (["edt_00017"], False)
