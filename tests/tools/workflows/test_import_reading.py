"""A file that the detection reads wrongly is read as the user says."""

import base64
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from pydantic import MISSING

from preo_mcp.api.errors import ValidationError
from preo_mcp.files.sources import Source
from preo_mcp.settings import Settings
from preo_mcp.tools.workflows.reading import LISTED, ReadAs, read_as_told
from tests.door import EDITION, ORDERS, Door

# In cp850 the byte 0x9b is ø; in cp1252 it is a closing quotation mark, as little believable as it is possible.
NAMED = ORDERS.replace("Kirsten Holm", "Bøje Sørensen")


def _base64(text: str, encoding: str) -> str:
    return base64.b64encode(text.encode(encoding)).decode()


async def test_encoding_and_delimiter_as_told(door: Door) -> None:
    content = _base64(NAMED.replace(",", "|"), "cp850")
    told = ["encoding: cp850", "delimiter: |", "products: keep"]
    given = {"edition_id": EDITION, "file_base64": content, "file_name": "orders.txt"}
    prepared = await door.done("prepare_import", **given, settle=told)
    preview = await door.done("preview_import_orders", import_id=prepared["import_id"])
    assert (preview["orders"][0]["first_name"], preview["orders"][0]["last_name"]) == ("Bøje", "Sørensen")


async def test_the_line_of_the_headings_as_told(door: Door) -> None:
    content = "Order ID,Email,Full name,Phone,SKU,Product,Quantity,Price\n" + ORDERS
    prepared = await door.prepared(content, settle=["header_line: 2", "products: keep"])
    assert prepared["parsed_data"]["orders_total"] == 3


async def test_a_way_that_cannot_be_is_refused_before_anything_is_uploaded(door: Door) -> None:
    for told in ("encoding: klingon", "delimiter: ,,", "charset: utf-8"):
        await door.refused("prepare_import", edition_id=EDITION, text=ORDERS, file_name="a.csv", settle=[told])
    assert (await door.done("list_data_imports"))["total"] == 0


def in_a_file(folder: Path, content: bytes) -> tuple[Settings, Any, Any, Any, Any]:
    """Return settings that allow `folder`, and the arguments that name a file in it."""
    (folder / "orders.csv").write_bytes(content)
    settings = Settings.load({}, {"sandbox": True, "allowed_folders": str(folder)})
    return settings, "orders.csv", MISSING, MISSING, MISSING


async def test_rows_that_cannot_be_read_are_told_and_the_others_kept(tmp_path: Path) -> None:
    given = in_a_file(tmp_path, b"a;b\n1;2\n3;4;5;6\n7;8\n")
    read, unreadable = await read_as_told(*given, ReadAs(delimiter=";"))
    assert read == Source("orders.csv", b"a,b\n1,2\n7,8\n")
    assert [text.partition(":")[0] for text in unreadable] == ["line 3"]


async def test_of_many_unreadable_rows_the_first_are_named(tmp_path: Path) -> None:
    given = in_a_file(tmp_path, b"a;b\n" + (b"1;2\n" * 20 + b"3;4;5;6\n") * (LISTED + 7))
    _, unreadable = await read_as_told(*given, ReadAs(delimiter=";"))
    assert [unreadable[0].partition(":")[0], unreadable[-1], len(unreadable)] == ["line 22", "and 7 more", LISTED + 1]


async def test_nothing_told_leaves_the_file_alone(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbfa;b\n"
    assert await read_as_told(*in_a_file(tmp_path, content), MISSING) == (Source("orders.csv", content), [])


async def test_a_large_file_is_in_memory_once(tmp_path: Path) -> None:
    content = b"Order;E-mail\n" + b"A-100000;kirsten@example.org\n" * 300_000
    given = in_a_file(tmp_path, content)
    tracemalloc.start()
    try:
        read, _ = await read_as_told(*given, ReadAs(delimiter=";"))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(read.content) == len(content)
    assert most < 1.5 * len(content)


async def test_a_secret_is_not_read_in_another_way_either(tmp_path: Path) -> None:
    given = in_a_file(tmp_path, b"-----BEGIN RSA PRIVATE KEY-----\nMIIE\n")
    with pytest.raises(ValidationError, match="private key"):
        await read_as_told(*given, ReadAs(delimiter=";"))
