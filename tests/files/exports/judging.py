"""How a layout's file comes in, judged against counts made from its bytes by code of its own."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from preo_mcp.files.exports import Decision, Edition, Settlement, understand
from tests.files.exports.invented_orders import LAYOUTS

_BEARS_ON = {
    "states": "rows", "refunds": "rows", "people": "rows", "order_numbers": "rows", "prefix": "rows", "sheet": "rows",
    "refund_rows": "rows", "fee_rows": "rows", "currency": "rows",
    "quantity": "pieces", "layout": "pieces", "price": "sums",
    "decimals": "sums", "phones": "columns", "email": "columns", "code": "columns", "product": "columns",
}  # fmt: skip
ASPECTS = ("columns", "rows", "pieces", "sums")


@dataclass
class Judged:
    """What became of one layout: for each aspect right, asked or wrong, and why."""

    name: str
    service: str
    language: str
    aspects: dict[str, str] = field(default_factory=lambda: dict.fromkeys(ASPECTS, "right"))
    why: list[str] = field(default_factory=list[str])
    asked: tuple[str, ...] = ()
    needless: tuple[str, ...] = ()
    known: bool = True
    columns_right: int = 0
    columns_wrong: int = 0

    def set(self, aspect: str, what: str, why: str = "") -> None:
        """Note what became of an aspect; wrong stays wrong."""
        if self.aspects[aspect] != "wrong":
            self.aspects[aspect] = what
        if why:
            self.why.append(why)


def counted(name: str, layout: Mapping[str, Any]) -> tuple[int, int, int]:
    """Count orders, pieces and minor units that belong into Preo, from the bytes alone."""
    how = layout["count"]
    text = (LAYOUTS / name).read_bytes().decode(layout.get("encoding", "utf-8-sig"))
    rows = csv.DictReader(io.StringIO(text[len(layout.get("before", "")) :]), delimiter=layout.get("delimiter", ","))
    places = {"ISK": 0}.get(layout["currency"], 2)
    numbers, pieces, total = set[str](), 0, 0
    for row, states in _filled(rows, how):
        if any(states[column] not in values for column, values in how.get("take", {}).items()):
            continue
        if any(row[column] in values for column, values in how.get("drop", {}).items()):
            continue
        some = int(float(row[how["pieces"]].replace(",", "."))) if "pieces" in how else 1
        if "columns" in how:
            some = sum(int(row[column] or 0) for column in how["columns"])
        if "times" in how:  # all products in one cell, such as `2 x Adult`, or a cell for each
            cells = [how["items"]] if isinstance(how["items"], str) else how["items"]
            some = sum(int(part) for column in cells for part in _times(row[column], how["times"]))
        numbers.add(states["order"])
        pieces += some
        if amount := how.get("each") or how.get("line") or how.get("total"):
            minor = _minor(row[amount], layout.get("decimal", "."), places)
            total += minor * some if "each" in how else minor
    return len(numbers), pieces, total


def _filled(rows: Iterator[dict[str, str]], how: Mapping[str, Any]) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Yield rows, and beside each its order's number and states, which may stand on the first row alone."""
    before = dict[str, str]()
    for place, row in enumerate(rows):
        number = row[how["order"]] if "order" in how else f"row {place}"
        own = {"order": number, **{column: row[column] for column in how.get("take", {})}}
        if how.get("first") and before and own["order"] in ("", before["order"]):
            own = before
        before = own
        yield row, own


def _times(cell: str, pattern: str) -> Iterator[str]:
    import re

    return (found.group(1) for found in re.finditer(pattern, cell))


def _minor(text: str, decimal: str, places: int) -> int:
    digits = "".join(char for char in text if char.isdigit() or char in "-" + decimal)
    value = Decimal(digits.replace(decimal, ".") or 0).scaleb(places)
    assert value == int(value)
    return int(value)


def judge(name: str, layout: Mapping[str, Any], workdir: Path) -> tuple[Judged, Settlement]:
    """Understand a file as its reader would, settle what is open as recommended or told, and compare."""
    judged = Judged(name, layout["service"], layout.get("language", "en"))
    judged.known = layout.get("recognised", True)
    told: list[str] = layout.get("settle", [])
    edition = Edition(layout["currency"], layout["country"])
    understanding = understand(LAYOUTS / name, edition, workdir=workdir)
    first = understanding.settle()
    judged.asked = tuple(one.key for one in first.open)
    judged.needless = tuple(key for key in judged.asked if key.partition(".")[0] not in layout.get("asks", ()))
    for key in judged.asked:
        judged.set(_BEARS_ON.get(key.partition(".")[0], "columns"), "asked", f"asked: {key}")
    _judge_columns(judged, first, layout)
    if layout.get("recognised", True) and understanding.service != layout["service"].lower().replace(" ", ""):
        judged.why.append(f"taken for {understanding.service}")
    said = {one.partition(":")[0] for one in told}
    answers, settlement = list(told), first
    for _ in range(3):
        settlement = understanding.settle(answers)
        answers += [f"{one.key}: {_answer(one)}" for one in settlement.open if one.key not in said]
    _judge_figures(judged, settlement, counted(name, layout), layout)
    return judged, settlement


def _answer(decision: Decision) -> str:
    """Say what somebody would who takes what is recommended."""
    return decision.recommended or (decision.options[0].name if decision.options else "TICKET")


def _judge_figures(
    judged: Judged, settlement: Settlement, right: tuple[int, int, int], layout: Mapping[str, Any]
) -> None:
    told = settlement.announced
    found = (told.orders, told.pieces, told.sums.get(layout["currency"], 0))
    for aspect, is_right, came in zip(("rows", "pieces", "sums"), right, found, strict=True):
        if is_right != came:
            judged.set(aspect, "wrong", f"{aspect}: {came}, right is {is_right}")
    if others := {code: amount for code, amount in told.sums.items() if code != layout["currency"] and amount}:
        judged.set("sums", "wrong", f"sums in {others}")


def _judge_columns(judged: Judged, settlement: Settlement, layout: Mapping[str, Any]) -> None:
    for column, use in zip(layout["columns"], settlement.columns, strict=False):
        meant = column[2] if len(column) > 2 else ""
        roles = {role for role in use.used_for if not role.startswith("metadata") and role != "products"}
        if _is_right(meant, roles):
            judged.columns_right += 1
        else:
            judged.columns_wrong += 1
            judged.set(
                "columns", "wrong", f"{column[0]}: {'+'.join(use.used_for) or 'left out'}, is {meant or 'nothing'}"
            )


def _is_right(meant: str, roles: set[str]) -> bool:
    """`a|b`: one of these; `a?`: that or left out; `?`: whatever; empty: nothing but metadata."""
    if meant == "?":
        return True
    if meant.endswith("?") and not roles:
        return True
    allowed = set(meant.removesuffix("?").split("|")) - {""}
    return roles <= allowed and bool(roles) == bool(allowed)
