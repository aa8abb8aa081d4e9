"""The plain table read back by code of its own: what was announced is compared with what stands there."""

import csv
import io
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from preo_mcp.files.exports import Edition, Probed, Settlement, Understanding, understand

CASES = Path(__file__).parent / "cases"
EUROS = Edition("EUR", "+49")


@dataclass
class ReadBack:
    """What stands in a plain table."""

    rows: list[dict[str, str]]
    orders: int = 0
    pieces: int = 0
    sums: Counter[str] = field(default_factory=Counter[str])
    unpriced: int = 0

    def tickets(self) -> list[tuple[str, str, int, str]]:
        """Order, product's code, pieces and price of each row."""
        return [(row["order_id"], row["product_code"], int(row["quantity"]), row["unit_price"]) for row in self.rows]


def read_back(text: str, currency: str = "EUR") -> ReadBack:
    """Read a plain table whose prices are all in one currency."""
    rows = list(csv.DictReader(io.StringIO(text)))
    out = ReadBack(rows)
    numbers = set[str]()
    decimals = {"ISK": 0, "KWD": 3}.get(currency, 2)
    for place, row in enumerate(rows):
        assert "@" in row["customer_email"]
        assert row["product_code"]
        pieces = int(row["quantity"])
        assert 1 <= pieces <= 1000
        numbers.add(row["order_id"] or f"row {place}")
        out.pieces += pieces
        if row["unit_price"]:
            minor = Decimal(row["unit_price"]).scaleb(decimals)
            assert minor == int(minor) >= 0
            out.sums[currency] += int(minor) * pieces
        else:
            out.unpriced += pieces
    out.orders = len(numbers)
    out.sums = +out.sums
    return out


def understood(name: str, folder: Path, edition: Edition = EUROS) -> Understanding:
    """Understand one of the cases."""
    return understand(CASES / name, edition, workdir=folder)


def as_recommended(understanding: Understanding, *settled: str, probed: Probed | None = None) -> Settlement:
    """Settle what is open as it is recommended, unless it is told otherwise."""
    told = probed or Probed()
    found = understanding.settle(settled, told)
    return understanding.settle([*settled, *(f"{one.key}: {one.recommended}" for one in found.open)], told)


def written(settlement: Settlement, currency: str = "EUR") -> ReadBack:
    """Write, and check that what stands there is what was announced and counted."""
    out = io.StringIO()
    counted = settlement.write(out)
    back = read_back(out.getvalue(), currency)
    told = settlement.announced
    assert counted.figures == told
    assert (back.orders, back.pieces, dict(back.sums)) == (told.orders, told.pieces, told.sums)
    assert back.unpriced == told.unpriced
    assert counted.rows == len(back.rows)
    assert sum(counted.products.values()) == back.pieces
    check_sum(settlement)
    return back


def check_sum(settlement: Settlement) -> None:
    """Every sum of a reconciliation is what the lines before it come to."""
    pieces, sums, started = 0, Counter[str](), False
    for step in settlement.reconciliation:
        if step.is_sum and started:
            assert {code: amount for code, amount in sums.items() if amount} == step.figures.sums
            assert step.what != "written" or pieces == step.figures.pieces
        if step.is_sum:
            pieces, sums, started = step.figures.pieces, Counter(step.figures.sums), True
        else:
            pieces += step.figures.pieces
            sums.update(step.figures.sums)
    orders = sum(step.figures.orders for step in settlement.reconciliation[:-1])
    assert orders == settlement.announced.orders
