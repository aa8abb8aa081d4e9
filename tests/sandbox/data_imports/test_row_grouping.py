"""From rows to orders: what belongs together, what is taken from where, what is reported."""

from typing import Any

import httpx
import pytest
from importing_steps import HEADER, Json, act, create, get, map_columns, processed

from preo_mcp.sandbox import slices
from preo_mcp.sandbox.data_imports.records import MAX_ORDER_UNITS

FEW = ("order_id", "customer_email", "product_code", "quantity")


async def parsed(client: httpx.AsyncClient, *rows: str, header: str = HEADER) -> tuple[Json, list[Json]]:
    made = await processed(client, "\n".join([header, *rows]) + "\n")
    return made, (await get(client, made["id"], "preview", limit=1000))["orders"]


@pytest.fixture(params=[0.01, 0.0], ids=["one slice", "a slice per row"])
def slicing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The result must not depend on where the work happens to be cut."""
    monkeypatch.setattr(slices, "SLICE_SECONDS", request.param)


@pytest.mark.usefixtures("slicing")
async def test_rows_of_an_order_need_not_be_adjacent(manager: httpx.AsyncClient) -> None:
    made, orders = await parsed(
        manager,
        "1,a@example.com,S1,One,2,10,20123456,Anna,Holm,hello",
        "2,b@example.com,S2,Two,1,,,,,",
        "1,,S2,Two,3,,,,,",
    )
    assert [order["order_id"] for order in orders] == ["1", "2"]
    assert [(line["product_sku"], line["quantity"]) for line in orders[0]["products"]] == [("S1", 2), ("S2", 3)]
    assert orders[0]["email"] == "a@example.com"
    assert made["parsed_data"]["orders_total"] == 2
    mappings = (await get(manager, made["id"], "product-mappings"))["results"]
    assert [(m["product_sku"], m["product_name"], m["quantity_in_import"]) for m in mappings] == [
        ("S1", "One", "2"),
        ("S2", "Two", "4"),
    ]
    assert made["row_problems"] == {"count": 0, "listed": []}


@pytest.mark.usefixtures("slicing")
async def test_empty_cells_are_taken_from_earlier_rows(manager: httpx.AsyncClient) -> None:
    _, orders = await parsed(
        manager,
        "1,a@example.com,S1,One,1,,,Anna,,",
        "2,b@example.com,S1,One,1,,,,,",
        "1,other@example.com,S1,One,1,,20123456,Bo,Holm,later",
    )
    first = orders[0]
    assert (first["email"], first["first_name"], first["last_name"]) == ("a@example.com", "Anna", "Holm")
    assert (first["phone_number"], first["order_metadata"]) == ("+4520123456", {"note": "later"})
    assert len(first["products"]) == 2


@pytest.mark.usefixtures("slicing")
async def test_a_row_that_is_no_line_still_speaks_for_its_order(manager: httpx.AsyncClient) -> None:
    made, orders = await parsed(
        manager,
        "1,a@example.com,,No code,1,,,Anna,Holm,",
        "2,b@example.com,S1,One,1,,,,,",
        "1,,S2,Two,1,,,,,",
        "3,c@example.com,,No code,1,,,,,",
    )
    # An order stands where its first line stands, and one without lines is none.
    assert [(order["order_id"], order["email"]) for order in orders] == [("2", "b@example.com"), ("1", "a@example.com")]
    assert orders[1]["first_name"] == "Anna"
    assert made["parsed_data"]["customers_total"] == 2
    assert made["row_problems"] == {
        "count": 2,
        "listed": [{"line": line, "reason": "product_code: the cell is empty"} for line in (2, 5)],
    }


@pytest.mark.usefixtures("slicing")
@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("9,,S1,One,1,,,,,", "customer_email: the cell is empty"),
        ("9,nobody,S1,One,1,,,,,", "customer_email: not an e-mail address: no @"),
        ("9,a@example.com,,One,1,,,,,", "product_code: the cell is empty"),
        (f"9,a@example.com,{'x' * 256},One,1,,,,,", "product_code: longer than 255 characters"),
        ("9,a@example.com,S1,One,,,,,,", "quantity: the cell is empty"),
        ("9,a@example.com,S1,One,0,,,,,", "quantity: a quantity is at least 1"),
        ("9,a@example.com,S1,One,1.5,,,,,", "quantity: not a whole number"),
        ("9,a@example.com,S1,One,5000,,,,,", "quantity: a quantity is at most 1000"),
        ("9,a@example.com,S1,One,1,many,,,,", "unit_price: not a price"),
        (f"{'9' * 256},a@example.com,S1,One,1,,,,,", "order_id: longer than 255 characters"),
        ("9,a@example.com,S1,One,1,,,,,,too,many", ""),
        ('9,a@example.com,"S1,One,1,,,,,', ""),
    ],
)
async def test_a_bad_row_is_reported_and_loses_nothing_else(manager: httpx.AsyncClient, row: str, reason: str) -> None:
    made, orders = await parsed(manager, "1,a@example.com,S1,One,1,,,,,", row, "2,b@example.com,S1,One,1,,,,,")
    assert [order["order_id"] for order in orders] == ["1", "2"]
    assert made["row_problems"]["count"] == 1
    [listed] = made["row_problems"]["listed"]
    assert listed["line"] == 3
    assert listed["reason"] == reason or (not reason and listed["reason"])
    assert "example.com" not in listed["reason"]


async def test_problems_are_counted_in_full_and_listed_up_to_twenty(manager: httpx.AsyncClient) -> None:
    made, orders = await parsed(manager, *(f"{at},nobody,S1,One,1,,,,," for at in range(50)))
    assert orders == []
    assert made["row_problems"]["count"] == 50
    assert [problem["line"] for problem in made["row_problems"]["listed"]] == list(range(2, 22))
    assert made["stage"] == "needs_product_mapping"


async def test_without_order_ids_each_row_is_an_order(manager: httpx.AsyncClient) -> None:
    made, orders = await parsed(manager, *(",a@example.com,S1,One,1,,,,,",) * 3)
    assert [order["order_id"] for order in orders] == [None] * 3
    assert made["parsed_data"]["customers_total"] == 1
    other = await create(manager, "Email,SKU,Quantity\n" + "a@example.com,S1,1\n" * 2)
    await map_columns(manager, other["id"], "customer_email", "product_code", "quantity")
    assert (await act(manager, other["id"], "process-mappings")).json()["parsed_data"]["orders_total"] == 2


async def test_full_names_are_split_and_give_way_to_parts(manager: httpx.AsyncClient) -> None:
    made = await processed(
        manager,
        "Email,SKU,Quantity,Name,First\na@example.com,S1,1,Anna Holm Hansen,\nb@example.com,S1,1,X Y,Bo\n",
        *("customer_email", "product_code", "quantity", "customer_full_name", "customer_first_name"),
    )
    orders = (await get(manager, made["id"], "preview"))["orders"]
    assert [(order["first_name"], order["last_name"]) for order in orders] == [("Anna", "Holm Hansen"), ("Bo", None)]


@pytest.mark.usefixtures("slicing")
async def test_customers_are_counted_by_email_without_case(manager: httpx.AsyncClient) -> None:
    known = (await manager.get("/__sandbox/state")).json()
    assert known["customers"] == 2000
    made, _ = await parsed(
        manager, "1,A@Example.com,S1,One,1,,,,,", "2,a@example.com,S1,One,1,,,,,", "3,b@example.com,s1,One,1,,,,,"
    )
    assert made["parsed_data"]["customers_total"] == 2
    assert made["parsed_data"]["products_total"] == 2


@pytest.mark.usefixtures("slicing")
async def test_an_order_has_a_largest_size(manager: httpx.AsyncClient) -> None:
    made, orders = await parsed(manager, *("1,a@example.com,S1,One,1000,,,,,",) * 3)
    assert sum(line["quantity"] for line in orders[0]["products"]) == MAX_ORDER_UNITS
    assert made["row_problems"]["listed"] == [{"line": 4, "reason": "quantity: an order holds at most 2000 units"}]
    [mapping] = (await get(manager, made["id"], "product-mappings"))["results"]
    assert mapping["quantity_in_import"] == str(MAX_ORDER_UNITS)


async def test_prices_follow_their_columns_decimal_mark(manager: httpx.AsyncClient) -> None:
    _, orders = await parsed(
        manager, *(f'{at},a@example.com,S1,One,1,"{price}",,,,' for at, price in enumerate(("1.234", "12,50", "0,95")))
    )
    assert [order["products"][0]["unit_price"] for order in orders] == [1234.0, 12.5, 0.95]


@pytest.mark.usefixtures("slicing")
async def test_preview_pages_and_metadata_keys(manager: httpx.AsyncClient) -> None:
    rows = [f"{at},u{at}@example.com,S1,One,1,,,,,{'note' if at == 100 else ''}" for at in range(120)]
    made, _ = await parsed(manager, *rows)

    async def window(**query: Any) -> tuple[Any, ...]:
        shown = await get(manager, made["id"], "preview", **query)
        return shown["total"], shown["limit"], shown["offset"], [int(order["order_id"]) for order in shown["orders"]]

    assert await window() == (120, 50, 0, list(range(50)))
    assert await window(limit=1000) == (120, 120, 0, list(range(120)))
    assert await window(limit=3, offset=118) == (120, 2, 118, [118, 119])
    assert await window(offset=500) == (120, 0, 500, [])
    assert await window(offset=10**30) == (120, 0, 10**30, [])
    shown = await get(manager, made["id"], "preview", limit=1)
    assert (shown["order_metadata_keys"], shown["purchase_metadata_keys"]) == (["note"], [])
    for bad in ({"limit": 0}, {"limit": 1001}, {"offset": -1}, {"limit": "x"}):
        answer = await manager.get(f"/v1/data-imports/{made['id']}/preview", params=bad)
        assert (answer.status_code, list(answer.json())) == (400, list(bad))


async def test_preview_shows_phone_numbers_as_they_are_and_as_they_will_be(manager: httpx.AsyncClient) -> None:
    _, orders = await parsed(
        manager,
        "1,a@example.com,S1,One,1,,0045 20 12 34 56,,,",
        "2,a@example.com,S1,One,1,,12,,,",
        "3,a@example.com,S1,One,1,,,,,",
    )
    shown = [(order["phone_number"], order["phone_number_original"], order["phone_number_valid"]) for order in orders]
    assert shown == [("+4520123456", "0045 20 12 34 56", True), (None, "12", False), (None, None, False)]
