"""Names in the place of ids, at the door: what is meant exactly, what fits a look, and what is refused."""

from pathlib import Path
from typing import Any

import pytest

from preo_mcp.audit.reading import Wanted, read_audit
from preo_mcp.audit.trail import audit_path
from tests.door import DECLINE, ERAS, YES, Era, Person, open_door
from tests.past_the_guard import doc

EACH = pytest.mark.parametrize("era", ERAS)


@pytest.mark.parametrize(
    ("tool", "argument", "name", "key"),
    [
        ("get_campaign", "campaign_id", "Spring concerts", "cmp_elbklang_spring"),
        ("get_campaign", "campaign_id", "  spring CONCERTS ", "cmp_elbklang_spring"),
        ("get_segment", "segment_id", "Store ordrer", "seg_nordlys_stuck"),
        ("get_edition", "edition_id", "Nordlys Festival – Aalborg", "edt_nordlys27"),
        ("get_edition", "edition_id", "Aalborg", "edt_nordlys27"),
        ("get_edition", "edition_id", "festival aalborg", "edt_nordlys27"),
        ("get_user", "user_id", "bozena.wojcik@example.com", "usr_bozena"),
        ("get_user", "user_id", "BOZENA WOJCIK", "usr_bozena"),
        ("get_user", "user_id", "+48 501 234 567", "usr_bozena"),
        ("get_user", "user_id", "501234567", "usr_bozena"),
        ("get_user", "user_id", "usr_bozena", "usr_bozena"),
    ],
)
async def test_a_thing_is_known_by_its_name(tmp_path: Path, tool: str, argument: str, name: str, key: str) -> None:
    async with open_door(tmp_path, "auto") as door:
        assert (await door.done(tool, **{argument: name}))["id"] == key


async def test_an_order_is_known_by_its_number(tmp_path: Path) -> None:
    async with open_door(tmp_path, "auto") as door:
        [order] = (await door.done("list_orders", organization_id="org_nordlys", page_size=1))["results"]
        assert (await door.done("get_order", order_id=order["order_number"]))["id"] == order["id"]


async def test_a_part_of_a_name_is_told_with_what_it_was_taken_for(tmp_path: Path) -> None:
    async with open_door(tmp_path, "auto") as door:
        part = await door.done("list_campaigns", edition_id="festival aalborg")
        assert part["notes"] == ["edition_id: Nordlys Festival – Aalborg (edt_nordlys27)."]
        assert "notes" not in await door.done("list_campaigns", edition_id="Nordlys Festival – Aalborg")


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        (
            "get_edition",
            {"edition_id": "Nordlys"},
            "several editions fit edition_id · Give its id, one of Nordlys Festiv",
        ),
        ("get_order", {"order_id": "10432"}, "several orders fit order_id · Give its id, one of "),
        ("get_segment", {"segment_id": "Nobody at all"}, "no segment is called what segment_id says"),
        (
            "update_edition",
            {"edition_id": "Festival Aalborg", "name": "X"},
            "no edition is called what edition_id says · Give its",
        ),
        ("send_campaign", {"campaign_id": "Spring con"}, "no campaign is called what campaign_id says"),
        ("get_user", {"user_id": "20 13 45"}, "no customer is called what user_id says · Give its id, from list_users"),
        ("get_user", {"user_id": "Bożena W"}, "no customer is called what user_id says · Give its id, from list_users"),
    ],
)
async def test_what_may_mean_several_things_or_none_is_refused(
    tmp_path: Path, tool: str, arguments: dict[str, Any], says: str
) -> None:
    async with open_door(tmp_path, "auto", Person(YES)) as door:
        assert says in await door.refused(tool, **arguments)


async def test_people_are_known_only_by_the_whole_even_when_masked(tmp_path: Path) -> None:
    async with open_door(tmp_path, "auto", privacy="mask") as door:
        assert (await door.done("get_user", user_id="bozena.wojcik@example.com"))["id"] == "usr_bozena"
        for part in ("bozena", "Bożena", "wojcik@example.com", "@example.com", "50123", "4567", "Wójcik"):
            assert "usr_bozena" not in await door.refused("get_user", user_id=part)


@EACH
async def test_a_plan_does_not_depend_on_the_name(tmp_path: Path, era: Era) -> None:
    named, known = {"user_id": "Bożena Wójcik"}, {"user_id": "usr_bozena"}
    async with open_door(tmp_path, era) as door:
        plan = await door.waiting("update_user", **named, email="new@example.org")
        assert await door.waiting("update_user", **known, email="new@example.org") == plan


@EACH
async def test_what_is_asked_and_audited_has_the_id(tmp_path: Path, era: Era) -> None:
    person = Person(DECLINE, YES)
    async with open_door(tmp_path, era, person) as door:
        await door.refused("delete_segment", segment_id="Pas i telefonen")
        assert "Pas i telefonen" in person.questions[0]
        await door.done("update_segment", segment_id="Pas i telefonen", name="Passes")
        assert doc(tmp_path, "segments", "seg_nordlys_passes")["name"] == "Passes"
        lines = read_audit(audit_path(door.backend.settings), Wanted(), last=9).lines
    assert all(line.arguments["segment_id"] == "seg_nordlys_passes" for line in lines)


async def test_a_word_that_names_nothing_is_looked_for_as_an_id(tmp_path: Path) -> None:
    async with open_door(tmp_path, "auto") as door:
        assert "failed" in await door.refused("get_segment", segment_id="everybody")


async def test_names_are_not_looked_up_past_what_is_denied(tmp_path: Path) -> None:
    async with open_door(tmp_path, "auto", deny=("list_segments",)) as door:
        assert "PREO_DENY" in await door.refused("get_segment", segment_id="Pas i telefonen")
        assert (await door.done("get_segment", segment_id="seg_nordlys_passes"))["name"] == "Pas i telefonen"


async def test_names_are_those_of_allowed_organizations(tmp_path: Path) -> None:
    async with open_door(tmp_path, "auto", allowed_organizations=("org_elbklang",)) as door:
        await door.refused("get_campaign", campaign_id="Julehilsen")
        assert (await door.done("get_campaign", campaign_id="Spring concerts"))["id"] == "cmp_elbklang_spring"


async def test_a_preset_without_the_list_still_knows_names(tmp_path: Path) -> None:
    async with open_door(tmp_path, "auto", preset=("support",), deny=("update_user",)) as door:
        assert (await door.done("list_orders", edition_id="Aalborg", page_size=1))["results"]


@EACH
async def test_two_of_the_same_name_are_refused(tmp_path: Path, era: Era) -> None:
    async with open_door(tmp_path, era, Person(YES)) as door:
        twin = await door.done("duplicate_email_message", email_message_id="eml_elbklang_news", title="Twin")
        await door.done("duplicate_email_message", email_message_id=twin["id"], title="Twin")
        refused = await door.refused("delete_email_message", email_message_id="Twin")
        assert "several e-mail messages fit email_message_id" in refused
        assert twin["id"] in refused
