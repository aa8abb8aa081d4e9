"""Changes of what runs already are asked about, with what they change; the same before the start is not."""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from preo_mcp.api.operations import (
    CREATE_CAMPAIGN,
    CREATE_EDITION,
    LIST_PRODUCT_MAPPINGS,
    SCHEDULE_CAMPAIGN,
    UPDATE_PRODUCT_MAPPINGS,
)
from preo_mcp.approval.ended import DidNotHappen, Unknown
from tests.door import EDITION, YES, Door, Person, open_door
from tests.guarded_calls import NORDLYS, update_data_import, update_product_mappings
from tests.past_the_guard import doc, in_preo
from tests.unguarded import UnguardedCall

PEOPLE = Person(YES)


@pytest.fixture(scope="module")
async def door(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Door]:
    async with open_door(tmp_path_factory.mktemp("sandbox"), "auto", PEOPLE) as opened:
        yield opened


def asked() -> str:
    """Return the questions since the last look."""
    text = "\n".join(PEOPLE.questions)
    PEOPLE.questions.clear()
    return text


async def mapping(door: Door, import_id: str, sku: str) -> str:
    page = await in_preo(door, LIST_PRODUCT_MAPPINGS, id=import_id)
    [key] = [one["id"] for one in page["results"] if one["product_sku"] == sku]
    return key


async def test_products_of_a_running_import(door: Door) -> None:
    import_id = (await update_product_mappings(door)).arguments["import_id"]
    keys = {sku: await mapping(door, import_id, sku) for sku in ("NF-DRINK", "NF-PARK", "NF-DAY-REG")}
    changes: list[dict[str, Any]] = [
        {"id": keys["NF-DRINK"], "product_id": "prd_n27_parking"},
        {"id": keys["NF-PARK"], "clear": ["product_id"]},
        {"id": keys["NF-DAY-REG"], "clear": ["variant_id"]},
    ]
    await door.done("update_product_mappings", import_id=import_id, mappings=changes)
    question = asked()
    assert question.startswith(f"Change the import orders ({import_id}), which is running?")
    drink, park, day = [line for line in question.splitlines() if line.startswith("Product: ")]
    assert "NF-DRINK" in drink
    assert "(prd_n27_token) → Parkering (prd_n27_parking)" in drink
    assert drink.index("prd_n27_token") < drink.index("→") < drink.index("prd_n27_parking")
    assert park.index("prd_n27_parking") < park.index("→")
    assert "none" in park
    assert day.count("prd_n27_day") == 2, "the product stays"
    assert day.count("var_n27_day_regular") == 1, "its variant does not"
    assert "Last changed" not in question, "the run itself may change it while a person reads"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"product_id": "prd_n26_parking"}, "mappings.0: the edition has no product prd_n26_parking"),
        ({"variant_id": "var_none"}, "has no variant var_none"),
        ({"product_id": "prd_n27_token"}, "nothing would change"),
        ({"id": "pmap_none", "product_id": "prd_n27_parking"}, "the import has no product pmap_none"),
    ],
)
async def test_changes_that_cannot_be_made_ask_nobody(door: Door, change: dict[str, Any], says: str) -> None:
    import_id = (await update_product_mappings(door)).arguments["import_id"]
    wish = {"id": await mapping(door, import_id, "NF-DRINK"), **change}
    assert says in await door.refused("update_product_mappings", import_id=import_id, mappings=[wish])
    assert asked() == ""


async def test_settings_of_a_running_import(door: Door) -> None:
    import_id = (await update_data_import(door)).arguments["import_id"]
    await door.done("update_data_import", import_id=import_id, name="Autumn")
    assert asked() == ""
    await door.done("update_data_import", import_id=import_id, name="Winter", default_country_code="+46")
    question = asked()
    assert "Country code of phone numbers (change): none → +46" in question
    assert "Name (change): Autumn → Winter" in question


async def test_before_the_start_nobody_is_asked(door: Door) -> None:
    import_id = (await door.prepared())["import_id"]
    await door.done("update_data_import", import_id=import_id, default_country_code="+46")
    key = await mapping(door, import_id, "NF-DRINK")
    change = {"id": key, "product_id": "prd_n27_parking"}
    await door.done("update_product_mappings", import_id=import_id, mappings=[change])
    assert asked() == ""


@pytest.mark.parametrize(
    ("others", "found"),
    [(None, DidNotHappen), ("prd_n27_parking", None), ("prd_n27_poster", Unknown), ("itself", None)],
)
async def test_what_became_of_changed_products(door: Door, others: str | None, found: type | None) -> None:
    prepared = await update_product_mappings(door)
    [change] = prepared.arguments["mappings"]
    call = UnguardedCall(door.backend, "update_product_mappings", prepared.arguments)
    remembered = await call.remember()
    await call.lose("drop_after" if others == "itself" else "drop_before")
    if others and others != "itself":
        body = {"mappings": [{"id": change["id"], "product_id": None if found is Unknown else others}]}
        await in_preo(door, UPDATE_PRODUCT_MAPPINGS, body, id=prepared.arguments["import_id"])
    result = await call.look_back(remembered)
    if found is None:
        assert not isinstance(result, DidNotHappen | Unknown)
        assert prepared.effects() == 1
    else:
        assert isinstance(result, found)


async def test_an_edition_that_campaigns_and_imports_under_way_build_on(door: Door) -> None:
    body = {"organization_id": NORDLYS, "event_id": "evt_nordlys", "name": "Esbjerg", "timezone": "Europe/Copenhagen"}
    edition_id = (await in_preo(door, CREATE_EDITION, body))["id"]
    await door.done("update_edition", edition_id=edition_id, name="Esbjerg 2028")
    assert asked() == "", "a draft that nothing builds on"
    campaign = {
        "organization_id": NORDLYS,
        "edition_id": edition_id,
        "name": "First news",
        "segment_id": "seg_nordlys_return",
        "channel": "email",
        "email_message_id": "eml_nordlys_news",
    }
    campaign_id = (await in_preo(door, CREATE_CAMPAIGN, campaign))["id"]
    await door.done("update_edition", edition_id=edition_id, name="Esbjerg 2029")
    assert asked() == "", "a campaign that is not scheduled"
    next_month = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    await in_preo(door, SCHEDULE_CAMPAIGN, {"scheduled_at": next_month}, id=campaign_id)
    import_id = (await update_data_import(door)).arguments["import_id"]
    with closing(sqlite3.connect(door.folder / "preo.db", timeout=5)) as db, db:
        db.execute("UPDATE data_imports SET edition_id = ? WHERE id = ?", (edition_id, import_id))
    await door.done("update_edition", edition_id=edition_id, name="Ribe")
    question = asked()
    assert question.partition("\n")[0].endswith(", on which campaigns or imports under way build?")
    assert "Name (change): “Esbjerg 2029” → Ribe" in question
    assert f"Campaign: “First news” ({campaign_id}), scheduled" in question
    assert f"Import: orders ({import_id})" in question
    assert doc(door.folder, "editions", edition_id)["name"] == "Ribe"
    assert EDITION not in question
