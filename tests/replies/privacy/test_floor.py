"""With masks, nothing tells whether a customer is the one that a guess means: searches by a part, small counts."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp.shared.exceptions import MCPError

from preo_mcp.api.errors import ValidationError
from preo_mcp.replies.privacy.floor import FEWEST, FLOOR_NOTE, floored, must_not_single_out, without_few_failures
from tests.door import YES, Door, Person, open_door

ORGANIZATION, EDITION = "org_nordlys", "edt_nordlys26"
ROW = {"id": "usr_soeren", "email": "soeren.kjaergaard@example.com", "phone_number": "+4520134567"}
NOBODY = "qqzzx"


@pytest.fixture(scope="module")
async def masked_door(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Door]:
    async with open_door(tmp_path_factory.mktemp("sandbox"), "auto", Person(YES), privacy="mask") as opened:
        yield opened


async def told(door: Door, tool: str, **arguments: Any) -> str:
    return await door.refused(tool, organization_id=ORGANIZATION, **arguments)


PARTS = [
    *("soeren.kj", "kjaergaard@example.com", "soeren.kjaergaard"),
    *("2013456", "20 13 45", "kjærgaard", "søren kjærgaard"),
]
WHOLE = [
    "+4520134567",
    "soeren.kjaergaard@example.com",
    "SOEREN.KJAERGAARD@example.com ",
    "+45 20 13 45 67",
    "20134567",
]


@pytest.mark.parametrize("part", PARTS)
async def test_a_part_finds_few_no_more_than_nobody(masked_door: Door, part: str) -> None:
    nobody = await told(masked_door, "list_users", search=NOBODY)
    assert await told(masked_door, "list_users", search=part) == nobody
    for filters in ({"search": part}, {"customer_email": part}, {"customer_phone": part}):
        found = await told(masked_door, "list_orders", customer_id="usr_soeren", **filters)
        assert found == await told(masked_door, "list_orders", customer_id="usr_soeren", search=NOBODY)


@pytest.mark.parametrize("whole", WHOLE)
async def test_what_is_named_whole_is_found(masked_door: Door, whole: str) -> None:
    found = await masked_door.done("list_users", organization_id=ORGANIZATION, search=whole)
    assert [row["id"] for row in found["results"]] == ["usr_soeren"]
    assert (found["total"], found["returned"], "looked_through" in found) == (1, 1, False)
    assert "soeren" not in str({**found, "results": [{**found["results"][0], "id": ""}]})


async def test_many_are_found_by_a_part(masked_door: Door) -> None:
    found = await masked_door.done("list_users", organization_id=ORGANIZATION, search="maja")
    assert found["total"] >= FEWEST
    assert "Maja" not in str(found["results"])
    orders = await masked_door.done("list_orders", organization_id=ORGANIZATION, search="maja", page_size=50)
    number = orders["results"][0]["order_number"]
    assert (await masked_door.done("list_orders", organization_id=ORGANIZATION, search=number))["total"] == 1


async def test_without_masks_every_search_tells(tmp_path: Path) -> None:
    async with open_door(tmp_path, "auto") as door:
        found = await door.done("list_users", organization_id=ORGANIZATION, search="soeren.kj")
        assert found["total"] == 1
        assert (await door.done("list_users", organization_id=ORGANIZATION, search=NOBODY))["total"] == 0


@pytest.mark.parametrize("guess", ["user.email.startsWith('soeren')", "user.email.startsWith('nobody')"])
async def test_a_condition_counts_nobody_alone(masked_door: Door, guess: str) -> None:
    expression = f"user.id == 'usr_soeren' && {guess}"
    counted = await masked_door.done("validate_cel_expression", expression=expression, edition_id=EDITION, count=True)
    assert (counted["matching"], counted.get("samples", [])) == (FEWEST, [])
    assert FLOOR_NOTE in counted["notes"]


@pytest.mark.parametrize("guess", ["soeren", "nobody"])
async def test_a_condition_fails_on_nobody_alone(masked_door: Door, guess: str) -> None:
    expression = f"user.id == 'usr_soeren' && user.email.startsWith('{guess}') ? 1 / 0 == 1 : true"
    told = await masked_door.done("validate_cel_expression", expression=expression, edition_id=EDITION, count=True)
    assert told["matching"] >= FEWEST
    assert "fails on" not in str(told)
    everybody = "size(user.email) > 0 ? 1 / 0 == 1 : true"
    told = await masked_door.done("validate_cel_expression", expression=everybody, edition_id=EDITION, count=True)
    assert "It fails on" in str(told["notes"])


async def test_nor_does_a_segment(masked_door: Door) -> None:
    shown: list[Any] = []
    for guess in ("soeren", "nobody"):
        segment = await masked_door.done(
            "create_segment",
            organization_id=ORGANIZATION,
            name="Guess",
            condition=f"user.id == 'usr_soeren' && user.email.startsWith('{guess}')",
            communication_type="transactional",
            communication_channel="email",
        )
        this = {"segment_id": segment["id"]}
        await masked_door.done("recalculate_segment", **this)
        with anyio.fail_after(10):
            while (found := await masked_door.done("get_segment", **this))["status"] != "completed":
                await anyio.lowlevel.checkpoint()
        exported = await masked_door.done("export_segment_users", **this)
        listed = (await masked_door.done("list_segments", organization_id=ORGANIZATION))["results"]
        with pytest.raises(MCPError) as caught:
            await masked_door.client.read_resource(f"preo://segments/{segment['id']}/users.csv")
        row = next(row for row in listed if row["id"] == segment["id"])
        of_it = ("user_count", "reachable", "reachable_count", "error_count")
        shown.append(
            (
                [(name, one.get(name)) for one in (found, row) for name in of_it],
                (exported["user_count"], exported["first_rows"]),
                caught.value.error.message,
            )
        )
    assert shown[0] == shown[1]
    assert shown[0][1] == (FEWEST, [])


def listing(*rows: dict[str, Any], total: int | None = None) -> dict[str, Any]:
    return {"returned": len(rows), "total": len(rows) if total is None else total, "results": list(rows)}


@given(st.text("soeren.kjaergaard@example.com+4520 ", min_size=1, max_size=30))
def test_any_part_is_refused_alike(part: str) -> None:
    wanted = part.strip().casefold()
    digits = "".join(filter(str.isdecimal, part))
    if wanted == ROW["email"] or (len(digits) >= 8 and not any(map(str.isalpha, part))):
        return
    for rows in ((), (ROW,)):
        with pytest.raises(ValidationError, match="fewer than 5 customers on this page fit, or none"):
            must_not_single_out(listing(*rows), [part])


def test_rows_that_have_it_as_a_part_are_left_out() -> None:
    other = {**ROW, "id": "usr_other", "email": f"x{ROW['email']}", "phone_number": None}
    shown = must_not_single_out({**listing(other, ROW, total=30), "next": "page=2"}, [ROW["email"]])
    assert shown == {"returned": 1, "total": 1, "results": [ROW]}


def test_orders_of_one_customer_are_one_customer() -> None:
    rows = [{"id": f"ord_{number}", "customer": "Ida, i@x.dk", "customer_id": "usr_ida"} for number in range(9)]
    with pytest.raises(ValidationError):
        must_not_single_out(listing(*rows), ["i"])


@given(st.integers(0, 1000))
def test_only_small_counts_of_customers_change(count: int) -> None:
    given_content = {
        "user_count": count,
        "first_rows": [{"id": "usr_1"}],
        "error_count": 7,
        "failed": count,
        "skipped": "no_consent 1",
        "left_out": {"no_consent": 1},
    }
    shown = floored({"results": [given_content]})["results"][0]
    if count >= FEWEST:
        assert shown == given_content
    else:
        assert shown == {"user_count": FEWEST, "first_rows": [], "failed": count}


@given(st.integers(0, FEWEST - 1))
def test_few_on_whom_a_condition_fails_are_told_like_none(count: int) -> None:
    told = {"user_count": 1300, "error_count": count, "first_error": "no such key"}
    assert without_few_failures({"results": [told]}) == {"results": [{"user_count": 1300}]}
