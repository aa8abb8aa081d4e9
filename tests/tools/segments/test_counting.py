"""Several conditions in one call, and whom of each could be written to; no segment is made."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.door import Door, open_door
from tests.past_the_guard import rows
from tests.tools.conftest import OpenServer

UPCOMING, NEWS = "edt_nordlys27", "con_nordlys_news"
DANES = "user.locale == 'da'"


async def test_it_counts_as_a_segment_would(door: Door) -> None:
    before = rows(door.folder, "SELECT count(*) FROM segments")
    counted = await door.done(
        "count_conditions", conditions=[DANES, "user.country == 'DK' // mobiles"], edition_id=UPCOMING, consent_id=NEWS
    )
    assert rows(door.folder, "SELECT count(*) FROM segments") == before
    assert "notes" not in counted
    for condition, row in zip((DANES, "user.country == 'DK'"), counted["results"], strict=True):
        segment = await door.done(
            "create_segment",
            organization_id="org_nordlys",
            name=condition,
            condition=condition,
            edition_id=UPCOMING,
            consent_id=NEWS,
            communication_type="marketing",
            communication_channel="email",
            count=True,
        )
        reach = dict(part.split(" ") for part in segment["reachable"].split(", "))
        assert (row["matching"], row["reachable_email"]) == (segment["user_count"], segment["reachable_count"])
        assert (row["reachable_email"], row["reachable_sms"]) == (int(reach["email"]), int(reach["sms"]))
        assert row["matching"] > row["reachable_email"] > 0


async def test_without_a_consent_reach_is_who_has_an_address(door: Door) -> None:
    [row] = (await door.done("count_conditions", conditions=DANES, edition_id=UPCOMING))["results"]
    segment = await door.done("create_segment", organization_id="org_nordlys", name="x", condition=DANES, count=True)
    assert (row["matching"], row["reachable_email"]) == (segment["user_count"], segment["reachable_count"])


async def test_a_mistake_costs_the_others_nothing(door: Door) -> None:
    found = await door.done("count_conditions", conditions=["user.contry == 'DK'", DANES], edition_id=UPCOMING)
    wrong, right = found["results"]
    assert wrong.keys() == {"mistakes"}
    assert "line 1, column 6: User has no field 'contry'" in wrong["mistakes"][0]
    assert wrong["mistakes"][1] == "Corrected: user.country == 'DK'"
    assert right["matching"] > 0


@pytest.mark.parametrize("conditions", [[], ["true"] * 21])
async def test_how_many(door: Door, conditions: list[str]) -> None:
    await door.refused("count_conditions", conditions=conditions)


async def test_few_are_not_singled_out_under_masks(open_server: OpenServer) -> None:
    async with open_server(privacy="mask") as door:
        await door.done("list_editions")  # the database is there once the sandbox runs
        [(email,)] = rows(door.folder, "SELECT email FROM customers LIMIT 1")
        one = f"user.email == '{email}'"
        found = await door.done("count_conditions", conditions=[one, "false", DANES], edition_id=UPCOMING)
    few, none, many = found["results"]
    assert few == none == {"matching": 5, "reachable_email": 5, "reachable_sms": 5}
    assert many["matching"] > 5


def api(context: dict[str, Any], validation: dict[str, Any]) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        if "cel-context" in request.url.path:
            return httpx.Response(200, json=context)
        if request.method == "POST":
            return httpx.Response(200, json=validation)
        return httpx.Response(404, json={"detail": "No."})

    return answer


CONTEXT: dict[str, Any] = {
    "variables": [{"name": "user", "type": "User"}],
    "types": [{"name": "User", "fields": [{"name": "locale", "type": "string"}]}],
    "functions": [],
    "dynamic_values": {},
}


async def test_reach_is_unknown_where_conditions_cannot_name_it(tmp_path: Path) -> None:
    async with open_door(tmp_path, "auto", api=api(CONTEXT, {"valid": True, "matching_count": 9})) as door:
        found = await door.done("count_conditions", conditions=[DANES], edition_id="edt_1", consent_id="con_1")
    assert found["results"] == [{"matching": 9}]
    assert "has_valid_email, has_valid_phone, consent_id, granted" in found["notes"][-1]


async def test_what_preo_does_not_count_is_absent(tmp_path: Path) -> None:
    async with open_door(tmp_path, "auto", api=api(CONTEXT, {"valid": True})) as door:
        found = await door.done("count_conditions", conditions=[DANES])
    assert found["results"] == [{}]
    assert any("Preo did not count" in note for note in found["notes"])
