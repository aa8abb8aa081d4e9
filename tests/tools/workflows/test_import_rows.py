"""The rows that stayed out, as a file that is put right and imported again; and those that came in, with Preo's ids."""

import csv
import errno
import io
import os
import shutil
import sqlite3
import stat
from collections.abc import AsyncGenerator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from preo_mcp.files import destinations
from preo_mcp.tools.workflows.kept_exports import exports_of
from tests.door import EDITION, YES, Door, Person, open_door
from tests.tools.workflows.bare_api import bare_client
from tests.tools.workflows.other_edition import make_edition, settled, tickets

HEAD = "Order ID;Date;Email;Name;Phone;SKU;Product;Quantity;Price;Status\n"
FILE = f"""{HEAD}\
S-1;2026-08-01;a@example.org;Ane Dal;+49 30 1234567;DAY;Day ticket;2;30,00;paid
S-2;2026-08-02;b@example.org;Bo Friis;;DAY;Day ticket;1;30,00;paid
S-2;2026-08-02;b@example.org;Bo Friis;;CAMP;Camping;zwei;10,00;paid
S-3;2026-08-03;;Ida Lund;;DAY;Day ticket;1;30,00;paid
S-4;2026-08-04;d@example.org;Jörg Weiß;;DAY;Day ticket;1;30,00;refunded
S-5;2026-08-05;e@example.org;=cmd|' /C calc'!A0;;DAY;Day ticket;1;30,00;paid
"""
"""Two orders that come in, one with a bad row among two, one without an address, one that was refunded."""
COUNTS = {"S-1": 2, "S-5": 1}
SETTLED = ["states: leave_out", "unusable: leave_out_orders"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    exports = tmp_path / "exports"
    exports.mkdir()
    (exports / "orders.csv").write_text(FILE, encoding="cp1252")
    return exports


@pytest.fixture
async def shop(tmp_path: Path, folder: Path) -> AsyncGenerator[Door]:
    make_edition(tmp_path / "sandbox")
    async with open_door(tmp_path / "sandbox", "auto", Person(YES), allowed_folders=(folder,)) as door:
        yield door


async def imported(door: Door, *settle: str, file_path: str = "orders.csv") -> dict[str, Any]:
    prepared = await settled(door, *settle, file_path=file_path)
    await door.done("start_import", import_id=prepared["import_id"], ignore_warnings=True)
    return await door.done("wait_for_import", import_id=prepared["import_id"])


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""), delimiter=";"))


def bought(folder: Path) -> dict[str, int]:
    """Return the pieces of each order."""
    pieces: dict[str, int] = {}
    for number, _, _, count, _ in tickets(folder):
        pieces[number] = pieces.get(number, 0) + count
    return pieces


async def test_what_stayed_out_comes_in_once_it_is_put_right(shop: Door, folder: Path) -> None:
    finished = await imported(shop, *SETTLED)
    assert bought(shop.folder) == COUNTS
    assert "export_import_rows" in finished["next_step"]
    told = await shop.done("export_import_rows", import_id=finished["id"], save_to="left.csv")
    path = folder / "left.csv"
    assert (told["rows"], told["orders"], told["saved_to"]) == (4, 3, str(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    rows = rows_of(path)
    assert [(row["Order ID"], row["Not imported because"]) for row in rows] == [
        ("S-2", "cannot be imported: another row of the order cannot be imported"),
        ("S-2", "cannot be imported, Quantity: no quantity"),
        ("S-3", "cannot be imported, Email: no e-mail address"),
        ("S-4", "left out as settled: refunded"),
    ]
    assert [*rows[0]][1:] == HEAD.strip().split(";"), "the file's own columns"

    # Put right in Excel: its own encoding, its own dates, the reasons still there.
    text = (
        path.read_text(encoding="utf-8-sig").replace("zwei", "2").replace("S-3;2026-08-03;;", "S-3;2026-08-03;c@x.dk;")
    )
    text = text.replace("2026-08-02", "02.08.2026").replace("2026-08-03", "03.08.2026")
    (folder / "put right.csv").write_bytes(text.encode("cp1252"))
    again = await settled(shop, *SETTLED, file_path="put right.csv")
    assert "Not imported because" not in str(again.get("columns_left_out"))
    assert again["announced"].startswith("2 orders, 4 pieces")
    await shop.done("start_import", import_id=again["import_id"])
    await shop.done("wait_for_import", import_id=again["import_id"])
    assert bought(shop.folder) == {**COUNTS, "S-2": 3, "S-3": 1}


async def test_an_order_that_came_in_without_a_row_is_not_doubled(shop: Door, folder: Path) -> None:
    finished = await imported(shop, "states: leave_out", "unusable: leave_out")
    assert bought(shop.folder) == {**COUNTS, "S-2": 1}
    await shop.done("export_import_rows", import_id=finished["id"], save_to="left.csv")
    [row, *_] = rows_of(folder / "left.csv")
    assert row["Not imported because"] == "cannot be imported, Quantity: no quantity (its order comes in without it)"
    text = (folder / "left.csv").read_text(encoding="utf-8-sig").replace("zwei", "2")
    (folder / "left2.csv").write_text(text, encoding="utf-8-sig")
    again = await settled(shop, "states: leave_out", file_path="left2.csv")
    assert "has all 1 orders" in await shop.refused("start_import", import_id=again["import_id"])
    assert bought(shop.folder) == {**COUNTS, "S-2": 1}


async def test_what_came_in_has_preos_ids(shop: Door, folder: Path) -> None:
    finished = await imported(shop, *SETTLED)
    told = await shop.done("export_import_rows", import_id=finished["id"], save_to="in.csv", rows="came_in")
    assert (told["rows"], told["orders"]) == (2, 2)
    with closing(sqlite3.connect(shop.folder / "preo.db")) as db:
        ids = dict(db.execute("SELECT external_id, id FROM orders WHERE edition_id = ?", (EDITION,)).fetchall())
    rows = rows_of(folder / "in.csv")
    assert {row["Order ID"]: row["Preo order"] for row in rows} == {number: ids[number] for number in COUNTS}
    assert rows[1]["Name"].startswith("'=cmd"), "no spreadsheet takes a name for a formula"


async def test_before_the_start_and_by_the_source_too(shop: Door, folder: Path) -> None:
    asked = await shop.done("prepare_import", edition_id=EDITION, file_path="orders.csv")
    text = await shop.refused("export_import_rows", import_id=asked["source"], save_to="left.csv")
    assert "not settled: states, unusable" in text
    assert not (folder / "left.csv").exists()
    ready = await shop.done("prepare_import", source=asked["source"], settle=SETTLED)
    for name, import_id in (("one.csv", asked["source"]), ("other.csv", ready["import_id"])):
        assert (await shop.done("export_import_rows", import_id=import_id, save_to=name))["rows"] == 4
    await shop.done("cancel_data_import", import_id=ready["import_id"])
    told = await shop.done("export_import_rows", import_id=ready["import_id"], save_to="all.csv")
    assert told["rows"] == 6, "a cancelled import wrote nothing"
    assert {"rows": 2, "reason": "Preo: not written (import cancelled)"} in told["reasons"]


async def test_rows_of_products_that_stand_for_nothing(shop: Door, folder: Path) -> None:
    text = FILE.replace("DAY;Day ticket;2", "POSTER;Poster;2")
    (folder / "posters.csv").write_text(text, encoding="cp1252")
    settle = [*SETTLED, "products: keep"]
    prepared = await shop.done("prepare_import", edition_id=EDITION, file_path="posters.csv", settle=settle)
    await shop.done("start_import", import_id=prepared["import_id"], ignore_warnings=True)
    finished = await shop.done("wait_for_import", import_id=prepared["import_id"])
    assert bought(shop.folder) == {"S-5": 1}
    await shop.done("export_import_rows", import_id=finished["id"], save_to="left.csv")
    reasons = {row["Order ID"]: row["Not imported because"] for row in rows_of(folder / "left.csv")}
    assert reasons["S-1"] == "Preo: its product stands for none of the edition's"


async def test_an_order_whose_rows_stand_apart_is_given_back_whole(shop: Door, folder: Path) -> None:
    lines = FILE.splitlines(keepends=True)
    (folder / "apart.csv").write_text("".join([*lines[:3], *lines[4:], lines[3]]), encoding="cp1252")
    finished = await imported(shop, *SETTLED, file_path="apart.csv")
    await shop.done("export_import_rows", import_id=finished["id"], save_to="left.csv")
    assert [row["Order ID"] for row in rows_of(folder / "left.csv")] == ["S-2", "S-3", "S-4", "S-2"]


async def test_a_file_that_is_not_kept_any_more(shop: Door) -> None:
    finished = await imported(shop, *SETTLED)
    exports = exports_of(shop.backend)
    kept = exports.of_import(finished["id"])
    assert kept is not None
    exports.forget(kept)
    text = await shop.refused("export_import_rows", import_id=finished["id"], save_to="left.csv")
    assert "not kept any more" in text
    assert "same file and settle once more" in text
    again = await shop.done("prepare_import", edition_id=EDITION, file_path="orders.csv", settle=SETTLED)
    assert (await shop.done("export_import_rows", import_id=again["import_id"], save_to="left.csv"))["rows"] == 4
    assert "export_import_rows" not in (await shop.done("wait_for_import", import_id=finished["id"]))["next_step"]


async def test_a_full_disk_leaves_no_half_of_a_file(shop: Door, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finished = await imported(shop, *SETTLED)

    class Full(io.BytesIO):
        def write(self, _: Any, /) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def full(descriptor: int, _: str) -> Full:
        os.close(descriptor)
        return Full()

    monkeypatch.setattr(destinations.os, "fdopen", full)
    text = await shop.refused("export_import_rows", import_id=finished["id"], save_to="left.csv")
    assert "No space left" in text
    assert not (folder / "left.csv").exists()


async def test_nothing_is_overwritten_and_a_folder_that_is_gone_is_said(shop: Door, folder: Path) -> None:
    finished = await imported(shop, *SETTLED)
    chosen = {"import_id": finished["id"]}
    await shop.refused("export_import_rows", **chosen, save_to="orders.csv")
    await shop.refused("export_import_rows", **chosen, save_to="left.xlsx")
    assert (folder / "orders.csv").read_text(encoding="cp1252") == FILE
    shutil.rmtree(folder)
    await shop.refused("export_import_rows", **chosen, save_to="left.csv")


async def test_without_such_rows_no_file_is_written(shop: Door, folder: Path) -> None:
    (folder / "good.csv").write_text("\n".join(FILE.splitlines()[:2]), encoding="cp1252")
    finished = await imported(shop, file_path="good.csv")
    told = await shop.done("export_import_rows", import_id=finished["id"], save_to="left.csv")
    assert (told["rows"], "saved_to" in told, (folder / "left.csv").exists()) == (0, False, False)
    assert "export_import_rows" in finished["next_step"], "those that came in can be had"


async def test_an_import_that_broke_off_gives_back_what_it_did_not_write(shop: Door, folder: Path) -> None:
    finished = await imported(shop, *SETTLED)
    with closing(sqlite3.connect(shop.folder / "preo.db")) as db, db:
        orders = "SELECT id FROM orders WHERE edition_id = ? AND external_id = 'S-5'"
        db.execute(f"DELETE FROM purchases WHERE order_id IN ({orders})", (EDITION,))
        db.execute(f"DELETE FROM orders WHERE id IN ({orders})", (EDITION,))
        db.execute("UPDATE data_imports SET stage = 'failed' WHERE id = ?", (finished["id"],))
    assert bought(shop.folder) == {"S-1": 2}
    await shop.done("export_import_rows", import_id=finished["id"], save_to="left.csv")
    reasons = {row["Order ID"]: row["Not imported because"] for row in rows_of(folder / "left.csv")}
    assert [*reasons] == ["S-2", "S-3", "S-4", "S-5"]
    assert reasons["S-5"] == "Preo: not written (import failed)"
    await shop.done("export_import_rows", import_id=finished["id"], save_to="in.csv", rows="came_in")
    assert [row["Order ID"] for row in rows_of(folder / "in.csv")] == ["S-1"]
    await imported(shop, *SETTLED, file_path="left.csv")
    assert bought(shop.folder) == COUNTS, "what came in before is not doubled"


async def test_without_numbers_from_preo_nothing_is_said_to_have_come_in(tmp_path: Path, folder: Path) -> None:
    make_edition(tmp_path / "sandbox")
    open_bare = open_door(tmp_path / "sandbox", "auto", Person(YES), client=bare_client, allowed_folders=(folder,))
    async with open_bare as door:
        settle = [*SETTLED, "edition_currency: EUR"]
        prepared = await settled(door, *settle, file_path="orders.csv")
        await door.done("export_import_rows", import_id=prepared["import_id"], save_to="before.csv")
        await door.done("start_import", import_id=prepared["import_id"])
        await door.done("wait_for_import", import_id=prepared["import_id"])
        chosen = {"import_id": prepared["import_id"]}
        left = await door.done("export_import_rows", **chosen, save_to="left.csv")
        text = await door.refused("export_import_rows", **chosen, save_to="in.csv", rows="came_in")
    assert left["rows"] == len(rows_of(folder / "before.csv")) == 4, "all orders came in, as the edition's count says"
    assert "Preo does not tell the numbers of imported orders" in text
    assert not (folder / "in.csv").exists()
