"""Completions at the door: each kind by each of its names, narrowed by what is chosen, bounded, quiet on errors."""

from typing import Any

import anyio
import httpx
import pytest
from mcp.shared.exceptions import MCPError
from mcp.types import Completion, PromptReference, ResourceTemplateReference

from preo_mcp.replies import addresses
from preo_mcp.resources import completing as answering
from preo_mcp.resources.prompts import PROMPTS
from preo_mcp.resources.rows import ROWS
from tests.door import TOKEN, Door, Era, open_door
from tests.scripted_lists import Api, many

BY_NAME: list[tuple[str, str, str, list[str]]] = [
    ("preo://editions/{edition_id}", "edition_id", "hamburg", ["edt_elbklang25"]),
    ("preo://editions/{edition_id}/healthcheck", "edition_id", "nordlys-aal", ["edt_nordlys27"]),
    ("preo://editions/{edition_id}", "edition_id", "edt_nordlys2", ["edt_nordlys27", "edt_nordlys26"]),
    (addresses.CAMPAIGN, "campaign_id", "SPRING CONCERTS", ["cmp_elbklang_spring", "cmp_elbklang_twice"]),
    (addresses.SEGMENT_USERS, "segment_id", "gaester", ["seg_nordlys_guests"]),
    ("build_segment", "edition", "aarhus", ["edt_nordlys26"]),
    ("build_segment", "who", "everybody", []),
    ("prepare_campaign", "message", "snart", ["eml_n27_reminder"]),
    ("prepare_campaign", "segment", "stamm", ["seg_elbklang_regulars"]),
    ("handle_refund", "order", "n26-12900", ["ord_1b5xjjh3ps"]),
    ("webhook_failures", "webhook", "books.nordlys", ["whk_nordlysbooks"]),
    ("import_orders", "file", "orders", []),
]


def reference(of: str) -> PromptReference | ResourceTemplateReference:
    return ResourceTemplateReference(uri=of) if "://" in of else PromptReference(name=of)


async def complete(door: Door, of: str, name: str, typed: str, **chosen: str) -> Completion:
    argument = {"name": name, "value": typed}
    return (await door.client.complete(reference(of), argument, chosen or None)).completion


async def test_ids_are_found_by_part_of_a_name(door: Door) -> None:
    for of, name, typed, ids in BY_NAME:
        found = await complete(door, of, name, typed)
        assert (found.values, found.total, found.has_more) == (ids, len(ids), False), (of, typed)


async def test_customers_and_their_orders_are_found_by_name_email_and_phone(door: Door) -> None:
    [order] = (await door.done("list_orders", edition_id="edt_nordlys26", page_size=1))["results"]
    customer = (await door.done("get_user", user_id=order["customer_id"])) | {"name": order["customer"].split(",")[0]}
    for typed in (customer["email"], customer["phone_number"], customer["name"]):
        found = await complete(door, "customer_history", "customer", typed)
        assert customer["id"] in found.values, typed
    assert (await complete(door, "customer_history", "customer", customer["email"])).values[0] == customer["id"]
    orders = await complete(door, "handle_refund", "order", customer["email"])
    within = await complete(door, "handle_refund", "order", "", customer_id=customer["id"])
    assert order["id"] in orders.values
    assert order["id"] in within.values
    assert within.total == len(within.values) < 20


async def test_what_is_chosen_narrows(door: Door) -> None:
    every = await complete(door, addresses.SEGMENT_USERS, "segment_id", "")
    there = await complete(door, addresses.SEGMENT_USERS, "segment_id", "", edition_id="edt_elbklang25")
    assert len(every.values) == 7
    assert 0 < len(there.values) < 7
    elsewhere = await complete(door, "handle_refund", "order", "N26-1290", edition="edt_nordlys27", reason="edt_x")
    assert elsewhere.values == []


async def test_no_more_than_100_are_given_and_it_is_said(era: Era, tmp_path: Any) -> None:
    api = Api(editions=many(450), users=many(450))
    async with open_door(tmp_path, era, api=api) as door:
        found = await complete(door, addresses.EDITION, "edition_id", "edt_")
        assert (len(found.values), found.total, found.has_more) == (100, 450, True)
        found = await complete(door, "customer_history", "customer", "k")
        assert (len(found.values), found.total, found.has_more) == (100, 450, True)
        api.answers["editions"] = many(5000)
        found = await complete(door, addresses.EDITION, "edition_id", "edt_0001")
        assert (found.values[:2], found.total, found.has_more) == (["edt_00010", "edt_00011"], None, True)
        api.answers["editions"] = many(0)
        found = await complete(door, addresses.EDITION, "edition_id", "")
        assert (found.values, found.total, found.has_more) == ([], 0, False)


@pytest.mark.parametrize("answer", [httpx.Response(403, json={"detail": TOKEN}), {"no": "list"}, {"id": None}])
async def test_errors_give_nothing_and_tell_nothing(
    era: Era, tmp_path: Any, answer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_door(tmp_path, era, api=Api(editions=answer, users={"count": 1, "results": [{}]})) as door:
        assert (await complete(door, addresses.EDITION, "edition_id", "kirsten@example.org")).values == []
        assert (await complete(door, "customer_history", "customer", "kirsten@example.org")).values == []
    assert "not completed: " in caplog.text
    assert "customer crashed: KeyError at " in caplog.text
    assert "kirsten" not in caplog.text
    assert TOKEN not in caplog.text


async def test_who_types_does_not_wait_long(era: Era, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: object) -> None:
        await anyio.sleep_forever()

    monkeypatch.setattr(answering, "SECONDS", 0.01)
    monkeypatch.setattr("preo_mcp.resources.completion_ids.find", never)
    assert (await complete(door, addresses.EDITION, "edition_id", "a")).values == []


WRONG = [
    (addresses.EDITION, "import_id", "known: edition_id"),
    (addresses.EDITIONS, "edition_id", "known: none"),
    ("preo://none/{id}", "id", "no resource template"),
    ("none", "edition", "no prompt"),
    ("import_orders", "nothing\n", "known: edition, file"),
]


async def test_what_cannot_be_completed_is_an_error(door: Door) -> None:
    for of, name, hint in WRONG:
        with pytest.raises(MCPError, match=hint) as caught:
            await complete(door, of, name, "a")
        assert caught.value.error.code == -32602
        assert caught.value.error.message.isprintable()


def test_every_id_of_an_address_and_every_thing_of_a_prompt_has_a_kind() -> None:
    assert all((row.kind is None) == (row.parameter is None) for row in ROWS)
    named = {one.name: one.kind for words in PROMPTS for one in words.arguments}
    assert {name for name, kind in named.items() if kind is None} == {"file", "who", "reason"}
    assert all(kind == name for name, kind in named.items() if kind)
