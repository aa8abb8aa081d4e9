"""A refusal of an unknown id names those that there are, where they are few; else those that look like it."""

from collections.abc import AsyncGenerator

import pytest

from tests.door import Door, open_door


@pytest.fixture(scope="module")
async def door(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Door]:
    async with open_door(tmp_path_factory.mktemp("known"), "legacy") as opened:
        yield opened


async def test_few_are_named_with_their_names(door: Door) -> None:
    text = await door.refused("get_edition", edition_id="edt_nordlys2027")
    assert "edition_id: there are " in text
    assert "edt_nordlys27 (Nordlys Festival – Aalborg)" in text
    assert len(text.split(" · ")) == 3


async def test_what_a_write_names_is_looked_up_too(door: Door) -> None:
    new = {"organization_id": "org_nordlys", "name": "x", "channel": "sms", "sms_body": "x"}
    text = await door.refused("create_campaign", **new, segment_id="seg_nordlys_guest")
    assert "segment_id: " in text
    assert "seg_nordlys_guests" in text
    assert "org_nordlys" in await door.refused("create_segment", organization_id="org_1", name="x", condition="true")


async def test_customers_are_never_named(door: Door) -> None:
    text = await door.refused("get_user", user_id="usr_none")
    assert text.count("usr_") == 0


@pytest.mark.parametrize(
    ("tool", "unknown", "known"),
    [
        ("list_orders", {"edition_id": "edt_nordlys2027"}, "edt_nordlys27 (Nordlys Festival – Aalborg)"),
        ("list_refunds", {"edition_id": "edt_nordlys2027"}, "edt_nordlys27"),
        ("list_campaigns", {"segment_id": "seg_nordlys_guest"}, "seg_nordlys_guests"),
        ("list_segments", {"organization_id": "org_1"}, "org_nordlys"),
    ],
)
async def test_a_list_that_is_empty_by_an_unknown_id_says_so(
    door: Door, tool: str, unknown: dict[str, str], known: str
) -> None:
    listed = await door.done(tool, **unknown)
    [note] = listed["notes"]
    assert listed["results"] == []
    assert note.startswith(f"{next(iter(unknown))}: ")
    assert known in note


async def test_a_list_that_is_empty_by_known_ids_or_has_rows_says_nothing(door: Door) -> None:
    empty = await door.done("list_orders", edition_id="edt_nordlys27", search="N-nothing")
    full = await door.done("list_orders", edition_id="edt_nordlys26", page_size=1)
    assert (empty["total"], empty.get("notes")) == (0, None)
    assert "there are" not in str(full["notes"])


async def test_of_an_id_that_is_known_nothing_is_said(door: Door) -> None:
    webhook = (await door.done("list_webhooks"))["results"][0]["id"]
    text = await door.refused("get_webhook_delivery", webhook_id=webhook, delivery_id="whd_none")
    assert "webhook_id" not in text


async def test_what_the_settings_hide_is_not_named(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("denied")
    async with open_door(folder, "legacy", deny=("list_editions",)) as door:
        assert "edt_nordlys27" not in await door.refused("get_edition", edition_id="edt_nordlys2027")
    async with open_door(folder, "legacy", allowed_editions=("edt_nordlys27",)) as door:
        text = await door.refused("get_edition", edition_id="edt_nordlys2027")
        assert "edt_nordlys26" not in text
        assert "edt_elbklang25" not in text


async def test_a_products_variants_are_named_and_the_products_of_a_small_edition(door: Door) -> None:
    this = {"import_id": (await door.prepared())["import_id"]}
    mapping = (await door.done("list_product_mappings", **this))["results"][0]["id"]
    wrong = {"product_id": "prd_n27_day", "variant_id": "var_1"}
    order = {"email": "a@example.org", "order_id": "1", "items": [{**wrong, "quantity": 1}]}
    for text in (
        await door.refused("update_product_mappings", **this, mappings=[{"id": mapping, **wrong}]),
        await door.refused("import_external_orders", edition_id="edt_nordlys27", orders=[order]),
    ):
        assert "variant_id of prd_n27_day: there are " in text
        assert "var_n27_day_young" in text
        assert "prd_n27_parking" not in text
