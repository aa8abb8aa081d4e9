"""Which campaigns go to a segment, counts around a change, and conditions that name products of other editions."""

from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.door import EDITION, YES, Door, Person, open_door
from tests.scripted_lists import Api
from tests.tools.conftest import OpenServer

NORDLYS = "org_nordlys"
RETURN, DRAFT, STUCK = "seg_nordlys_return", "seg_nordlys_passes", "seg_nordlys_stuck"
BOUGHT = "user.purchases.exists(p, p.product_id == '{}')"


async def test_the_campaigns_of_a_segment(door: Door) -> None:
    campaigns = (await door.done("list_campaigns", organization_id=NORDLYS))["results"]
    used = {one["segment_id"] for one in campaigns}
    segment_id = campaigns[0]["segment_id"]
    told = (await door.done("get_segment", segment_id=segment_id))["campaigns"]
    mine = [one for one in campaigns if one["segment_id"] == segment_id]
    assert sorted(told) == sorted(f"{one['name']} ({one['id']}), {one['status']}" for one in mine)

    listed = await door.done("list_segments", used=True, organization_id=NORDLYS)
    assert {row["id"] for row in listed["results"]} == used
    assert all(row["campaigns"] for row in listed["results"])
    unused = await door.done("list_segments", used=False, organization_id=NORDLYS)
    assert {row["id"] for row in unused["results"]}.isdisjoint(used)
    everything = (await door.done("list_segments", organization_id=NORDLYS))["total"]
    assert listed["total"] + unused["total"] == everything
    assert (await door.done("list_segments", used=True, search="no such thing"))["total"] == 0


async def test_campaigns_that_do_not_say_their_segment_leave_it_unknown(tmp_path: Path) -> None:
    segments = {"count": 2, "results": [{"id": "seg_1"}, {"id": "seg_2"}]}
    campaigns = {"count": 2, "results": [{"id": "cmp_1", "segment_id": "seg_1"}, {"id": "cmp_2"}]}
    async with open_door(tmp_path, "auto", api=Api(segments=segments, campaigns=campaigns)) as door:
        listed = await door.done("list_segments", used=False)
        assert [row["id"] for row in listed["results"]] == ["seg_2"]
        assert "total" not in listed
        assert listed["looked_through"] == "all 2; unknown for 1 campaigns, which do not say their segment"


async def test_counts_before_and_after_a_change(door: Door) -> None:
    before = await door.done("get_segment", segment_id=RETURN)
    changed = await door.done("update_segment", segment_id=RETURN, condition="user.country == 'DK'")
    assert changed["user_count_before"] == before["user_count"]
    assert changed["reachable_count_before"] == before["reachable_count"]
    assert "user_count" not in changed
    await door.done("recalculate_segment", segment_id=RETURN)
    with anyio.fail_after(20):
        while (now := await door.done("get_segment", segment_id=RETURN))["status"] != "completed":
            await anyio.lowlevel.checkpoint()
    assert now["user_count"] > 0
    assert "calculation_started_at" not in now


async def test_small_counts_before_a_change_are_floored_when_masked(open_server: OpenServer) -> None:
    async with open_server(Person(YES), privacy="mask") as door:
        made = await door.done(
            "create_segment", organization_id=NORDLYS, name="One", condition="user.id == 'usr_soeren'"
        )
        await door.done("recalculate_segment", segment_id=made["id"])
        with anyio.fail_after(20):
            while (await door.done("get_segment", segment_id=made["id"]))["status"] != "completed":
                await anyio.lowlevel.checkpoint()
        changed = await door.done("update_segment", segment_id=made["id"], condition="user.country == 'DK'")
        assert changed["user_count_before"] == 5
        assert "reachable_count_before" not in changed


async def test_a_calculation_says_when_it_began(door: Door) -> None:
    stuck = await door.done("get_segment", segment_id=STUCK)
    assert stuck["status"] in ("pending", "processing")
    assert stuck["calculation_started_at"]


async def test_variants_stand_in_the_context(door: Door) -> None:
    context = await door.done("get_cel_context", edition_id=EDITION)
    [day] = [one for one in context["products"] if one["id"] == "prd_n27_day"]
    assert {"id", "name"} == day["variants"][0].keys()


@pytest.mark.parametrize("scope", [{"edition_id": EDITION}, {"organization_id": NORDLYS}])
async def test_products_of_the_organizations_other_editions_are_known(door: Door, scope: dict[str, Any]) -> None:
    right = await door.done("validate_cel_expression", expression=BOUGHT.format("prd_n26_child"), **scope)
    assert right["valid"]
    assert "warnings" not in right
    assert "corrected" not in right
    wrong = await door.done("validate_cel_expression", expression=BOUGHT.format("prd_n26_chidl"), **scope)
    assert [one["message"] for one in wrong["warnings"]] == ["no product_id 'prd_n26_chidl' is known"]
    assert wrong["warnings"][0]["suggestion"] == "prd_n26_child"
    of_others = await door.done("validate_cel_expression", expression=BOUGHT.format("prd_none"), **scope)
    assert "is known" in of_others["warnings"][0]["message"]


async def test_what_was_not_read_is_not_called_unknown(tmp_path: Path) -> None:
    context: dict[str, Any] = {
        "variables": [],
        "types": [],
        "functions": [],
        "dynamic_values": {"products": [{"id": "prd_1"}]},
    }

    def segments(request: Any) -> Any:
        return {"valid": True} if request.url.path.endswith("validate") else context

    def editions(request: Any) -> Any:
        if request.url.path.endswith("edt_1"):
            return {"id": "edt_1", "organization_id": "org_1"}
        return {"count": 40, "next": "there", "results": [{"id": f"edt_{number}"} for number in range(16)]}

    async with open_door(tmp_path, "auto", api=Api(segments=segments, editions=editions)) as door:
        told = await door.done("validate_cel_expression", expression=BOUGHT.format("prd_9"), edition_id="edt_1")
    assert "warnings" not in told
    assert any("in the 16 editions looked through; others may have them" in note for note in told["notes"])


async def test_an_organization_that_is_not_seen_is_told(door: Door) -> None:
    told = await door.done("validate_cel_expression", expression=BOUGHT.format("prd_1"), organization_id="org_nobody")
    assert "warnings" not in told
    assert any("no editions that this token sees" in note for note in told["notes"])
    wide = await door.done("validate_cel_expression", expression="true", organization_id=NORDLYS, count=True)
    assert any("all organizations of the token" in note for note in wide["notes"])


async def test_an_organization_outside_the_settings_is_refused(open_server: OpenServer) -> None:
    async with open_server(allowed_organizations=[NORDLYS]) as door:
        text = await door.refused("validate_cel_expression", expression="true", organization_id="org_elbklang")
    assert "PREO_ALLOWED_ORGANIZATIONS" in text


async def test_what_may_not_be_listed_keeps_no_segment_from_being_shown(open_server: OpenServer) -> None:
    async with open_server(deny=["list_campaigns", "get_edition"]) as door:
        segment = await door.done("get_segment", segment_id=RETURN)
        assert segment["campaigns"][0].startswith("unknown (")
        assert (await door.done("list_products", edition_id=EDITION))["results"]
        assert "PREO_DENY" in await door.refused("list_segments", used=True)
    async with open_server(allowed_editions=[EDITION]) as door:
        rows = (await door.done("list_segments", edition_id=EDITION))["results"]
        assert rows
        for row in rows:
            assert (await door.done("get_segment", segment_id=row["id"]))["campaigns"]
