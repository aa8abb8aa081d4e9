"""Create data import: what is taken, what is refused, what is waited for."""

from typing import Any

import anyio
import httpx
import pytest
from importing_steps import PAST, SHOP, UPCOMING, body, create, get

from preo_mcp.sandbox.store import Store

PATH = "/v1/data-imports"


async def test_name_comes_from_the_file_name(manager: httpx.AsyncClient) -> None:
    made = await create(manager, file_name="C:\\exports\\summer/orders.2026.csv")
    assert (made["name"], made["data_file_name"]) == ("orders.2026", "orders.2026.csv")
    long = await create(manager, file_name="x" * 230 + ".csv")
    assert long["name"] == "x" * 200
    named = await create(manager, name="  Summer  ")
    assert named["name"] == "Summer"


async def test_country_code_is_kept_and_null_means_the_editions(manager: httpx.AsyncClient) -> None:
    assert (await create(manager))["default_country_code"] is None
    assert (await create(manager, default_country_code=None))["default_country_code"] is None
    assert (await create(manager, default_country_code="+46"))["default_country_code"] == "+46"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"edition_id": "edt_unknown"}, "edition_id"),
        ({"edition_id": PAST}, "edition_id"),
        ({"edition_id": None}, "edition_id"),
        ({"default_country_code": "45"}, "default_country_code"),
        ({"default_country_code": "+45123"}, "default_country_code"),
        ({"default_country_code": "+०"}, "default_country_code"),
        ({"data_file_base64": "!!!"}, "data_file_base64"),
        ({"data_file_base64": "YWJ"}, "data_file_base64"),
        ({"data_file_base64": "YWJj\nYWJj"}, "data_file_base64"),
        ({"data_file_base64": "YWJjæ"}, "data_file_base64"),
        ({"data_file_base64": 7}, "data_file_base64"),
        ({"data_file_base64": ""}, "data_file_base64"),
        ({"data_file_base64": "JVBERi0xLjQK"}, "data_file_base64"),
        ({"data_file_name": ""}, "data_file_name"),
        ({"data_file_name": "folder/ "}, "data_file_name"),
        ({"data_file_name": "x" * 252 + ".csv"}, "data_file_name"),
        ({"name": "x" * 201}, "name"),
        ({"name": 7}, "name"),
    ],
)
async def test_what_does_not_do_is_refused_and_leaves_nothing(
    manager: httpx.AsyncClient, store: Store, change: dict[str, Any], field: str
) -> None:
    answer = await manager.post(PATH, json=body(SHOP) | change)
    assert answer.status_code == 400
    assert list(answer.json()) == [field]
    assert (await get_count(manager)) == 0
    assert list(store.files.iterdir()) == []
    assert store.db.execute("SELECT count(*) FROM events").fetchone() == (0,)


async def get_count(client: httpx.AsyncClient) -> int:
    return (await client.get(PATH, params={"include_cancelled": True})).json()["count"]


@pytest.mark.parametrize("field", ["edition_id", "data_file_base64", "data_file_name"])
async def test_required_fields(manager: httpx.AsyncClient, field: str) -> None:
    answer = await manager.post(PATH, json={key: value for key, value in body(SHOP).items() if key != field})
    assert (answer.status_code, answer.json()) == (400, {field: ["This field is required."]})


async def test_only_managers_and_admins_create(staff: httpx.AsyncClient, admin: httpx.AsyncClient) -> None:
    assert (await staff.post(PATH, json=body(SHOP))).status_code == 403
    assert (await create(admin, edition=PAST))["edition"]["id"] == PAST


async def test_an_unreadable_file_says_what_why_and_what_next(manager: httpx.AsyncClient) -> None:
    [message] = (await manager.post(PATH, json=body(b"%PDF-1.7 not a table"))).json()["data_file_base64"]
    assert len(message.split(" · ")) == 3
    assert "PDF" in message


async def test_without_patience_the_answer_comes_while_uploaded(
    manager: httpx.AsyncClient, transport: Any, app: Any
) -> None:
    app.state.jobs.patience = 0
    made = await create(manager)
    assert (made["stage"], made["file_format"]) == ("uploaded", None)
    bad = await create(manager, b"%PDF-1.7 not a table")
    with anyio.fail_after(10):
        while (await get(manager, made["id"]))["stage"] == "uploaded":
            await anyio.lowlevel.checkpoint()
        while (failed := await get(manager, bad["id"]))["stage"] == "uploaded":
            await anyio.lowlevel.checkpoint()
    assert failed["stage"] == "failed"
    assert "PDF" in failed["error_message"]


async def test_a_recognised_service_is_named(manager: httpx.AsyncClient) -> None:
    header = "Name,Email,Financial Status,Paid at,Fulfillment Status,Lineitem quantity,Lineitem name,Lineitem price"
    made = await create(manager, f"{header},Lineitem sku\n#1,a@example.com,paid,,,1,Ticket,95.00,NF-DAY-REG\n")
    assert made["service"] == "shopify"
    assert (await create(manager))["service"] is None


async def test_what_was_detected_is_shown(manager: httpx.AsyncClient) -> None:
    made = await create(manager, "Email;SKU;Quantity\nbo@example.com;NF-DAY-REG;1\n".encode("utf-16"))
    assert made["file_format"]["delimiter"] == ";"
    assert made["file_format"]["encoding"].startswith("utf-16")


async def test_the_file_can_be_downloaded_by_those_who_see_the_import(
    admin: httpx.AsyncClient, manager: httpx.AsyncClient
) -> None:
    made = await create(admin, edition=UPCOMING)
    answer = await manager.get(made["data_file_url"])
    assert (answer.status_code, answer.text) == (200, SHOP)
    assert 'filename="orders.csv"' in answer.headers["content-disposition"]
    hidden = await create(admin, edition=PAST)
    assert (await manager.get(hidden["data_file_url"])).status_code == 404
    manager.headers.pop("Authorization")
    assert (await manager.get(made["data_file_url"])).status_code == 401
