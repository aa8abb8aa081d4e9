"""The same sales in another layout come to the same: one row a product, a piece, an order, or a column a product."""

from collections import Counter
from pathlib import Path

import pytest

from preo_mcp.files.exports import Edition, Product, understand
from tests.files.exports.plain_reading import EUROS, as_recommended, written

PRICES = {"Adult": 3000, "Child": 1050, "Parking": 500}
SALES = [
    ("A1", "ann@example.org", "paid", {"Adult": 2, "Child": 1}),
    ("A2", "bo@example.org", "refunded", {"Adult": 1}),
    ("A3", "cy@example.org", "paid", {"Child": 3, "Parking": 1}),
    ("A4", "di@example.org", "paid", {"Parking": 2}),
    ("A5", "ed@example.org", "pending", {"Adult": 1, "Parking": 1}),
]
SOLD = Counter({"Adult": 2, "Child": 4, "Parking": 3})
SUM = sum(PRICES[name] * count for name, count in SOLD.items())
EDITION = Edition("EUR", "+49", tuple(Product(name, name, price=price) for name, price in PRICES.items()))


def money(minor: int) -> str:
    return f"{minor / 100:.2f}"


def total(basket: dict[str, int]) -> str:
    return money(sum(PRICES[name] * count for name, count in basket.items()))


def a_row_a_product() -> str:
    rows = ["Order ID,Email,Status,Product name,Quantity,Unit price"]
    for number, email, state, basket in SALES:
        rows += [f"{number},{email},{state},{name},{count},{money(PRICES[name])}" for name, count in basket.items()]
    return "\n".join(rows)


def a_row_a_product_blank() -> str:
    """Further rows of an order leave empty what was said."""
    rows = ["Order ID,Email,Status,Total,Product name,Quantity,Unit price"]
    for number, email, state, basket in SALES:
        head = f"{email},{state},{total(basket)}"
        for name, count in basket.items():
            rows.append(f"{number},{head},{name},{count},{money(PRICES[name])}")
            head = ",,"
    return "\n".join(rows)


def a_row_a_piece() -> str:
    rows = ["Ticket ID,Order number,Buyer email,Order status,Ticket type,Price"]
    for number, email, state, basket in SALES:
        pieces = [name for name, count in basket.items() for _ in range(count)]
        rows += [
            f"T{len(rows)}{at},{number},{email},{state},{name},{money(PRICES[name])}" for at, name in enumerate(pieces)
        ]
    return "\n".join(rows)


def a_row_an_order() -> str:
    rows = ["Order ID,Email,Status,Line items,Total"]
    for number, email, state, basket in SALES:
        items = ";".join(
            f"id:{number}-{name}|name:{name}|sku:|quantity:{count}|total:{money(PRICES[name] * count)}|total_tax:0.00"
            for name, count in basket.items()
        )
        rows.append(f"{number},{email},{state},{items},{total(basket)}")
    return "\n".join(rows)


def a_column_a_product() -> str:
    rows = [f"Order ID,Email,Status,{','.join(PRICES)},Total"]
    for number, email, state, basket in SALES:
        rows.append(f"{number},{email},{state},{','.join(str(basket.get(name, 0)) for name in PRICES)},{total(basket)}")
    return "\n".join(rows)


def a_list_in_a_cell() -> str:
    rows = ["Order ID,Email,Status,Items,Total"]
    for number, email, state, basket in SALES:
        items = ", ".join(f"{count}× {name}" for name, count in basket.items())
        rows.append(f'{number},{email},{state},"{items}",{total(basket)}')
    return "\n".join(rows)


@pytest.mark.parametrize(
    "made",
    [a_row_a_product, a_row_a_product_blank, a_row_a_piece, a_row_an_order, a_column_a_product, a_list_in_a_cell],
)
def test_every_layout_comes_to_the_same(tmp_path: Path, made: object) -> None:
    assert callable(made)
    path = tmp_path / "export.csv"
    path.write_text(str(made()), encoding="utf-8")
    found = understand(path, EDITION, workdir=tmp_path)
    opened = found.settle(["states: leave_out"]).open
    told = ["states: leave_out", *(f"{one.key}: {one.recommended or one.options[0].name}" for one in opened)]
    settled = found.settle(told)
    back = written(settled)
    assert Counter(_pieces(back.tickets())) == SOLD
    assert (back.orders, sum(back.sums.values())) == (3, SUM)
    assert {row["order_id"] for row in back.rows} == {"A1", "A3", "A4"}
    assert [one.code or one.name for one in settled.products if one.stands_for is None] == []


def _pieces(tickets: list[tuple[str, str, int, str]]) -> list[str]:
    return [code for _, code, count, _ in tickets for _ in range(count)]


def test_a_total_is_shared_out_to_the_last_cent(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(a_list_in_a_cell(), encoding="utf-8")
    found = understand(path, EUROS, workdir=tmp_path)
    settled = found.settle(["states: leave_out", "price: paid"])
    assert sum(written(settled).sums.values()) == SUM


def test_columns_without_an_order_number(tmp_path: Path) -> None:
    path = tmp_path / "signups.csv"
    path.write_text("Name,Email,Adult,Child\nAnn,a@example.org,2,1\nBo,b@example.org,1,\n", encoding="utf-8")
    back = written(as_recommended(understand(path, EUROS, workdir=tmp_path)))
    assert (back.orders, back.pieces) == (2, 4)
    again = written(as_recommended(understand(path, EUROS, workdir=tmp_path)))
    assert [row["order_id"] for row in back.rows] == [row["order_id"] for row in again.rows]
