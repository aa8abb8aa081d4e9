"""Rows that cannot be imported are told by order, column and cell; what is wrong is said as a shop's owner needs it."""

import io
from pathlib import Path
from typing import Any

import pytest

from preo_mcp.files.exports import Edition, RowProblem, understand
from preo_mcp.settings import Privacy
from tests.door import EDITION, YES, Door, Person, open_door

HEAD = "Order ID,Email,Full name,Phone,SKU,Product,Quantity,Price\n"
BAD = f"""{HEAD}\
B-1,kirsten(at)example.org,Kirsten Holm,20 12 34 56,NF-PARK,Parkering,1,195.00
B-2,jens@example.org,Jens Krogh,12,NF-PARK,Parkering,viele,195.00
B-3,ida@example.org,Ida Lund,,,,1,45.00
B-4,ane@example.org,Ane Dal,,NF-DRINK,Drikkebillet,0,45.00
B-5,bo@example.org,Bo Friis,,NF-DRINK,Drikkebillet,2,45.00,one,cell,too,many
B-6,liv@example.org,Liv Ager,20 61 78 01,NF-DRINK,Drikkebillet,1,45.00
"""


@pytest.mark.parametrize("privacy", [Privacy.OFF, Privacy.MASK])
async def test_rows_are_told_by_line_order_column_and_cell(tmp_path: Path, privacy: Privacy) -> None:
    async with open_door(tmp_path, "auto", Person(YES), privacy=privacy) as door:
        told = await door.done("prepare_import", edition_id=EDITION, text=BAD, file_name="orders.csv")
    by_line: dict[int, dict[str, Any]] = {one["line"]: one for one in told["row_problems"]}
    assert list(by_line) == [6, 2, 3, 4, 5]
    masked = privacy is Privacy.MASK
    address = {} if not masked else {"cell": "•••"}
    assert by_line[2] == {
        "line": 2, "order_id": "B-1", "column": "Email", "cell": "kirsten(at)example.org",
        "reason": "unreadable e-mail address",
    } | address  # fmt: skip
    assert by_line[3] == {
        "line": 3, "order_id": "B-2", "column": "Quantity", "cell": "viele", "reason": "no number of pieces"
    }  # fmt: skip
    assert (by_line[4]["column"], by_line[4]["reason"]) == ("SKU", "no product")
    assert (by_line[5]["column"], by_line[5]["cell"], by_line[5]["reason"]) == ("Quantity", "0", "no pieces")
    assert "12 cells" in by_line[6]["reason"]
    assert told["next_step"].endswith("export_import_rows writes the rows that stay out to a file.")
    assert ("kirsten(at)" in str(told)) != masked


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Order ID,Name,SKU,Quantity\n1,Ane,NF-PARK,1\n", "No column holds e-mail addresses"),
        ("Order ID,Email,SKU,Quantity\n1,,NF-PARK,1\n2,,NF-PARK,1\n", "Email is empty in every row"),
        (HEAD, "The file has no rows"),
    ],
)
async def test_what_only_another_file_helps_with(door: Door, text: str, says: str) -> None:
    told = await door.done("prepare_import", edition_id=EDITION, text=text, file_name="orders.csv")
    [about] = [one["about"] for one in told["decisions"] if one["options"] == "another file"]
    assert says in about
    assert told["next_step"] == "Nothing is uploaded. Tell the user; then prepare_import with another file."
    assert "row_problems" not in told, "the same for each row says no more"


async def test_a_column_with_some_addresses_can_be_named(door: Door) -> None:
    text = "Order ID,Remark,SKU,Quantity\n1,call a@example.org,NF-PARK,1\n2,nothing,NF-PARK,1\n3,none,NF-PARK,1\n"
    told = await door.done("prepare_import", edition_id=EDITION, text=text, file_name="orders.csv")
    options = [one["options"] for one in told["decisions"] if one["key"] == "email"]
    assert options == ["Remark: this column; or the heading of a column"]


def test_what_preo_says_of_a_line_is_told_of_the_files_row(tmp_path: Path) -> None:
    rows = (
        '7;a@example.org;"Ane\nDal";A;3;10.00\n'  # a line break in a cell, in the file and in the table
        "8;b@example.org;Bo;A;3;10.01\n"
        "9;c@example.org;Per;B;2;5.00\n"
    )
    (tmp_path / "orders.csv").write_text(f"No;Email;Name;SKU;Quantity;Line total\n{rows}", encoding="utf-8")
    found = understand(tmp_path / "orders.csv", Edition("EUR"), workdir=tmp_path)
    settlement = found.settle(["columns.No: order_id", "columns.Line total: line_total", "price: paid"])
    table = io.StringIO(newline="")
    assert not settlement.open
    settlement.write(table)
    lines = table.getvalue().split("\n")
    at = next(number for number, line in enumerate(lines, 1) if line.startswith("9,"))
    told = settlement.said_of_lines({at: "quantity: a quantity is at least 3"})
    assert told == [RowProblem(5, "9", "Quantity", "2", "Preo: quantity: a quantity is at least 3")]


async def test_only_orders_with_problems(door: Door) -> None:
    rows = "".join(f"C-{number},c{number}@example.org,Ane Dal,,NF-PARK,Parkering,1,195.00\n" for number in range(60))
    text = f"{HEAD}{rows}C-x,x@example.org,Bo Friis,12,NF-PARK,Parkering,1,195.00\n"
    text += "C-y,y@example.org,Liv Ager,20 61 78 01,NF-POSTER,Plakat,1,80.00\n"
    prepared = await door.prepared(text)
    this = {"import_id": prepared["import_id"], "only_problems": True}
    found = await door.done("preview_import_orders", **this)
    assert (found["total"], found["looked_through"]) == (2, "62 of 62 orders")
    [phone, product] = found["orders"]
    assert (phone["order_id"], phone["phone_number_original"]) == ("C-x", "12")
    assert phone["problems"][0].startswith("the phone number is none")
    assert (product["order_id"], product["problems"]) == ("C-y", ["NF-POSTER stands for no product of the edition"])
    first = await door.done("preview_import_orders", **this, limit=1)
    assert first["next"] == "offset=1, only_problems=true"
    assert [one["order_id"] for one in (await door.done("preview_import_orders", **this, offset=1))["orders"]] == [
        "C-y"
    ]
    rows_of_it = (await door.done("list_product_mappings", import_id=prepared["import_id"]))["results"]
    poster = next(one["id"] for one in rows_of_it if one["product_sku"] == "NF-POSTER")
    skip = [{"id": poster, "product_id": "skip"}]
    await door.done("update_product_mappings", import_id=prepared["import_id"], mappings=skip)
    assert (await door.done("preview_import_orders", **this))["total"] == 1, "what is left out for good is no problem"
