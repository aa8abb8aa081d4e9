"""A file taken as far as it can go without a decision, through a host."""

import base64
from pathlib import Path
from typing import Any

import httpx
import pytest

from preo_mcp.settings import Transport
from tests.door import EDITION, ORDERS, SANDBOX_WORD, Door, Era, content_of, open_door, text_of
from tests.tools.conftest import OpenServer

FAILED = {
    "id": "imp_1",
    "name": "orders",
    "stage": "failed",
    "error_message": "The third line cannot be read.",
    "edition": {"id": EDITION, "full_name": "Nordlys"},
}


async def test_nothing_is_uploaded_where_somebody_has_to_decide(door: Door) -> None:
    text = "Email,SKU,Name\nida@example.org,NF-PARK,Parkering\nida@example.org,,Parkering\n"
    prepared = await door.prepared(text, settle=[])
    [decision] = prepared["decisions"]
    assert decision["key"] == "quantity"
    assert "each of the 2 rows is one piece" in decision["about"]
    assert decision["recommended"] == "one_per_row"
    assert "Nothing is uploaded yet" in prepared["next_step"]
    assert prepared["source"] in prepared["next_step"]
    assert {"import_id", "stage", "parsed_data"}.isdisjoint(prepared)
    assert (await door.done("list_data_imports", include_cancelled=True))["total"] == 0


async def test_columns_are_shown_over_the_whole_file(door: Door) -> None:
    rows = "".join(f"guest{number}@example.org,NF-PARK,1,Zone {number % 2},\n" for number in range(300))
    text = f"Email,SKU,Quantity,Zone,Blank\n{rows}late@example.org,NF-PARK,1,Backstage,\n"
    result = await door.call("prepare_import", edition_id=EDITION, text=text, file_name="orders.csv")
    content = content_of(result)
    used = {one["column"]: one for one in content["columns"]}
    assert used["Email"]["column_type"] == "customer_email"
    assert used["SKU"]["samples"] == "NF-PARK ×301"
    [zone, blank] = content["columns_left_out"]
    assert (zone["column"], zone["samples"]) == ("Zone", "Zone 0 ×150, Zone 1 ×150, Backstage ×1")
    assert (blank["column"], blank["samples"]) == ("Blank", "empty")
    for column in (*content["columns"], zone):
        assert any(column["column"] in line and column["samples"] in line for line in text_of(result).splitlines())
    assert content["read_as"].startswith("csv, utf-8, delimiter ','")


async def test_a_file_that_needs_nothing_is_ready_to_start(door: Door) -> None:
    prepared = await door.prepared(ORDERS.replace("NF-POSTER,Plakat A2", "NF-CHILD,Børnebillet"), settle=[])
    assert prepared["decisions"] == []
    assert "unmapped_products" not in prepared
    assert prepared["next_step"].startswith("Ready: start_import")


async def test_windows_text_as_base64_is_read_as_what_it_is(door: Door) -> None:
    text = ORDERS.replace("Ida Lund", "Åse Bjørnholt").replace(",", ";")
    content = base64.b64encode(text.encode("cp1252")).decode()
    given = {"edition_id": EDITION, "file_base64": content, "file_name": "orders.csv"}
    prepared = await door.done("prepare_import", **given, settle=["products: keep"])
    assert "cp1252" in prepared["read_as"]
    assert prepared["parsed_data"]["orders_total"] == 3


async def test_a_path_with_a_link_and_a_name_of_its_own(open_server: OpenServer, tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "real.csv").write_text(ORDERS, encoding="utf-8")
    (folder / "link.csv").symlink_to(folder / "real.csv")
    async with open_server(allowed_folders=(folder,)) as door:
        named = {"file_path": "link.csv", "file_name": "shop.csv", "settle": ["products: keep"]}
        prepared = await door.done("prepare_import", edition_id=EDITION, **named)
        created = await door.done("get_data_import", import_id=prepared["import_id"])
    assert created["data_file_name"] == "shop.csv"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({}, "none of file_path"),
        ({"text": ORDERS, "file_path": "x.csv"}, "several of file_path"),
        ({"text": "   \n\n"}, ""),
        ({"file_base64": "UEsDBBQ", "file_name": "x.xlsx"}, "base64"),
        ({"file_base64": base64.b64encode(b"PK\x03\x04nonsense").decode(), "file_name": "x.xlsx"}, "x.xlsx"),
        ({"text": "half a character: \ud800"}, "lone surrogate"),
        ({"text": ORDERS, "edition_id": "edt_none"}, "No Edition"),
        ({"source": "src_none"}, "no file is kept under 'src_none'"),
        ({"source": "src_none", "text": ORDERS}, "a file is given too"),
        ({"text": ORDERS, "settle": ["states"]}, "no key and option"),
        ({"text": ORDERS, "settle": ["colour: red"]}, "there is no decision 'colour'"),
        ({"text": ORDERS, "settle": ["products.NF-POSTER: prd_x"]}, "no option 'prd_x'"),
        ({"text": ORDERS, "settle": ["encoding: klingon"]}, "klingon"),
        ({"text": ORDERS, "settle": ["delimiter: ,,"]}, "one character"),
        ({"text": ORDERS, "settle": ["header_line: first"]}, "number of a line"),
        ({"file_path": "/etc/passwd"}, "no folder is allowed"),
    ],
)
async def test_refusals_leave_nothing(door: Door, arguments: dict[str, Any], why: str) -> None:
    try:
        assert why in await door.refused("prepare_import", **({"edition_id": EDITION} | arguments))
    except UnicodeEncodeError:
        assert "lone surrogate" in why  # the wire itself refuses to carry it
    assert (await door.done("list_data_imports", include_cancelled=True))["total"] == 0


@pytest.mark.parametrize("transport", [Transport.HTTP, Transport.SSE])
async def test_a_server_over_http_reads_no_path(open_server: OpenServer, tmp_path: Path, transport: Transport) -> None:
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    async with open_server(allowed_folders=(tmp_path,), transport=transport) as door:
        text = await door.refused("prepare_import", edition_id=EDITION, file_path=str(tmp_path / "orders.csv"))
    assert "reads no local paths" in text
    assert str(tmp_path) not in text


EDITION_DOC = {"id": EDITION, "full_name": "Nordlys", "currency": "DKK", "default_country_code": "+45"}


def failing_api(stage_of_create: dict[str, Any], later: dict[str, Any] | None) -> Any:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and request.url.path == "/v1/data-imports":
            return httpx.Response(201, json=stage_of_create)
        if "/editions/" in request.url.path:
            return httpx.Response(200, json=EDITION_DOC)
        if request.url.path.endswith("/orders"):
            return httpx.Response(200, json={"count": 0, "results": []})
        return httpx.Response(404, json={"detail": "gone"}) if later is None else httpx.Response(200, json=later)

    return answer


async def test_an_import_that_fails_while_it_is_read_says_why(tmp_path: Path, era: Era) -> None:
    async with open_door(tmp_path, era, api=failing_api(FAILED | {"stage": "uploaded"}, FAILED)) as door:
        prepared = await door.prepared()
    assert (prepared["import_id"], prepared["stage"]) == ("imp_1", "failed")
    assert prepared["error_message"] == "The third line cannot be read."
    assert "correct the file" in prepared["next_step"]
    assert SANDBOX_WORD not in str(prepared)


async def test_what_fails_after_the_upload_names_the_import_that_exists(tmp_path: Path, era: Era) -> None:
    async with open_door(tmp_path, era, api=failing_api(FAILED | {"stage": "uploaded"}, None)) as door:
        text = await door.refused("prepare_import", edition_id=EDITION, text=ORDERS)
    assert "imp_1" in text
