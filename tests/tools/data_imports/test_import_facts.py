"""The facts before orders are written: complete, bound in full, read over all pages."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import httpx
import pytest

from preo_mcp.approval.facts import Facts
from tests.door import YES, Era, Person, WatchedClock, open_door, text_of
from tests.unguarded import UnguardedCall, scripted

IMPORT: dict[str, Any] = {
    "id": "imp_1",
    "name": "August",
    "stage": "needs_product_mapping",
    "data_file_name": "orders.csv",
    "modified": "2026-08-01T10:00:00.123456Z",
    "edition": {"id": "edt_1", "full_name": "Nordlys", "start_date": "2026-09-01T10:00:00Z"},
    "parsed_data": {"customers_total": 7, "customers_existing": 2, "orders_total": 9, "orders_existing": 1},
    "row_problems": {"count": 3, "listed": []},
}


def product(number: int, *, mapped: bool = True) -> dict[str, Any]:
    target = {"api_id": f"prd_{number}", "name": f"Product {number}"} if mapped else None
    return {
        "id": f"pmap_{number}",
        "product_sku": f"SKU-{number}",
        "product": target,
        "quantity_in_import": str(number),
    }


class Preo:
    """An API that pages its mappings by two, and remembers what was started; `without` leaves out fields of imports."""

    def __init__(self, *products: dict[str, Any], without: tuple[str, ...] = ()) -> None:
        self.products = products
        self.columns = [{"id": "cmap_1", "column": "E-mail", "column_type": "customer_email"}]
        self.shown = {name: value for name, value in deepcopy(IMPORT).items() if name not in without}
        self.started = 0
        self.cancelled = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/product-mappings"):
            page = int(request.url.params["page"])
            more = "https://api.example/next" if page * 2 < len(self.products) else None
            results = self.products[(page - 1) * 2 : page * 2]
            return httpx.Response(200, json={"count": len(self.products), "next": more, "results": results})
        if request.url.path.endswith("/column-mappings"):
            return httpx.Response(200, json={"count": len(self.columns), "results": self.columns})
        if request.url.path.endswith("/start-import"):
            self.started += 1
            self.shown["stage"] = "importing"
            self.beside()
        if request.url.path.endswith("/cancel"):
            self.cancelled += 1
            self.shown |= {"stage": "cancelled", "import_result": {"orders_imported": 4}}
        if "users" in request.url.path:
            return httpx.Response(200, json={"id": "usr_a"})
        return httpx.Response(200, json=self.shown)

    def beside(self) -> None:
        """Do what somebody does in Preo's own pages at the very moment."""


async def test_all_pages_of_products_are_in_the_facts(tmp_path: Path, era: Era) -> None:
    person = Person(YES)
    preo = Preo(*(product(number) for number in range(1, 20)), product(20, mapped=False))
    async with open_door(tmp_path, era, person, api=preo, clock=WatchedClock().clock) as door:
        text = await door.refused("start_import", import_id="imp_1")
        assert "1 of 20 products are unmapped (SKU-20)" in text
        await door.done("start_import", import_id="imp_1", ignore_warnings=True)
    assert preo.started == 1
    [question] = person.questions
    lines = question.splitlines()
    assert lines[0].endswith("?")
    assert lines[0] == "Import 8 orders into Nordlys?"
    for line in (
        "File: orders.csv",
        "Import: August (imp_1)",
        "Pieces: 190",
        "Undo: not possible: Preo has no operation that takes written orders back",
        "Orders: 9, of which 1 exist and are left as they are",
        "Customers: 7, of which 2 exist",
        "Rows left out: 3",
    ):
        assert line in lines
    assert any(line.startswith("Edition: Nordlys (edt_1), Tue, 1 Sep") for line in lines)
    assert "Product: 20 × SKU-20 → UNMAPPED, will be skipped" in lines
    assert sum(line.startswith("Product: ") for line in lines) == 12
    assert any(line.startswith("And 8 more: ") for line in lines)


@pytest.mark.parametrize("status", [500, 502])
async def test_a_lost_answer_of_a_start_is_looked_up(tmp_path: Path, era: Era, status: int) -> None:
    preo = Preo(product(1))

    def broken(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, text="oops") if request.method == "POST" else preo(request)

    async with open_door(tmp_path, era, Person(YES), api=broken, clock=WatchedClock().clock) as door:
        result = await door.call("start_import", import_id="imp_1")
    assert result.is_error
    assert "was not done · Preo gave no readable answer, and reading back shows: " in text_of(result)


async def facts_of_start(preo: Preo, *, ignore_warnings: bool = True) -> Facts:
    async with scripted(preo) as backend:
        call = UnguardedCall(backend, "start_import", {"import_id": "imp_1", "ignore_warnings": ignore_warnings})
        assert call.tool.facts is not None
        facts = await call.tool.facts(call.preo, **call.values)
    assert facts is not None
    return facts


FIELDS = tuple(name for name in IMPORT if name not in ("id", "stage"))


@pytest.mark.parametrize("without", [*((name,) for name in FIELDS), FIELDS], ids=str)
async def test_what_an_import_does_not_tell_is_unknown_and_can_be_started(
    tmp_path: Path, without: tuple[str, ...]
) -> None:
    person, preo = Person(YES), Preo(product(1), without=without)
    async with open_door(tmp_path, "auto", person, api=preo, clock=WatchedClock().clock) as door:
        await door.done("start_import", import_id="imp_1")
    [question] = person.questions
    assert "None" not in question
    for name, line in {"parsed_data": "Orders: unknown, of which unknown", "edition": "Edition: unknown"}.items():
        assert (line in question) == (name in without)
    assert ("an unknown number of orders" in question) == ("parsed_data" in without)
    facts = await facts_of_start(Preo(product(1), without=without))
    assert facts.stakes.is_unknown == bool({"parsed_data", "edition"} & set(without))
    assert facts.stakes.name == ("imp_1" if "name" in without else "August")


async def test_products_that_preo_does_not_tell_count_as_written() -> None:
    untold = {key: value for key, value in product(3).items() if key not in ("product", "quantity_in_import")}
    facts = await facts_of_start(Preo(product(1), untold, product(4, mapped=False)), ignore_warnings=True)
    shown = facts.shown()
    assert "Product: unknown × SKU-3 → unknown" in shown
    assert "Product: 4 × SKU-4 → UNMAPPED, will be skipped" in shown
    assert "Pieces: unknown" in shown
    assert facts.stakes.is_unknown
    assert (await facts_of_start(Preo(untold))).stakes.is_unknown, "nothing is known to be mapped, and may be"


async def test_a_yes_is_bound_to_all_that_orders_are_made_of_without_the_time_of_a_change() -> None:
    def changed(change: Callable[[Preo], object]) -> Preo:
        preo = Preo(product(1), product(2), without=("modified",))
        change(preo)
        return preo

    others = [
        changed(lambda preo: preo.columns[0].update(column_type="ignore")),
        changed(lambda preo: preo.products[1]["product"].update(api_id="prd_9")),
        changed(lambda preo: preo.products[1].update(variant={"api_id": "var_1"})),
        changed(lambda preo: preo.shown.update(default_country_code="+46")),
    ]
    digests = {(await facts_of_start(preo)).digest() for preo in (changed(id), *others)}
    assert len(digests) == 1 + len(others)
    assert (await facts_of_start(changed(id))).digest() == (await facts_of_start(changed(id))).digest()


@pytest.mark.parametrize(
    ("counts", "says"),
    [
        ({"orders_total": 0}, "the file has no orders"),
        ({"orders_total": 9, "orders_existing": 9}, "has all 9 orders of the file already"),
    ],
)
async def test_an_import_with_nothing_to_write_is_refused(tmp_path: Path, counts: dict[str, int], says: str) -> None:
    person, preo = Person(YES), Preo(product(1))
    preo.shown["parsed_data"] = counts
    async with open_door(tmp_path, "auto", person, api=preo, clock=WatchedClock().clock) as door:
        assert says in await door.refused("start_import", import_id="imp_1")
        assert preo.started == 0
    preo = Preo(product(1, mapped=False))
    async with open_door(tmp_path, "auto", person, api=preo, clock=WatchedClock().clock) as door:
        text = await door.refused("start_import", import_id="imp_1", ignore_warnings=True)
        assert "nothing to write" in text
    assert person.questions == []


class MappedBeside(Preo):
    """Somebody maps a product to another at the moment of the start."""

    def beside(self) -> None:
        self.products[0]["product"] = {"api_id": "prd_other", "name": "Other"}


async def test_an_import_of_other_products_than_were_approved_is_cancelled(tmp_path: Path) -> None:
    for preo in (MappedBeside(product(1)), Preo(product(1))):
        async with open_door(tmp_path, "auto", Person(YES), api=preo, clock=WatchedClock().clock) as door:
            notes = " ".join((await door.done("start_import", import_id="imp_1"))["notes"])
        is_other = isinstance(preo, MappedBeside)
        assert (preo.started, preo.cancelled) == (1, int(is_other))
        assert ("What was approved is not what was used" in notes) == is_other
        assert ("The import was cancelled. 4 orders were written and stay" in notes) == is_other
        tmp_path = tmp_path / "again"
