"""Exports of other shops as a plain table of Preo's column types, as a model would write them anew.

No operation understands such an export, so whoever has only operations has to do it; and it is far shorter to send.
"""

import csv
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

Line = tuple[str, str, str, str, str, int, str]
"""What stands below the headings, in their order."""
HEADINGS: Final = (
    *("order_id", "customer_email", "customer_full_name", "customer_phone"),
    *("product_code", "quantity", "unit_price"),
)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def shopify(path: Path) -> Iterable[Line]:
    """Yield the orders without the poster, at what was paid: a discount is the same share of each line."""
    rows = _rows(path)
    heads = {row["Name"]: row for row in rows if row["Financial Status"]}
    sums = Counter[str]()
    for row in rows:
        sums[row["Name"]] += round(float(row["Lineitem price"]) * 100) * int(row["Lineitem quantity"])
    for row in rows:
        head = heads[row["Name"]]
        share = 1 - float(head["Discount Amount"]) * 100 / sums[row["Name"]]
        if row["Lineitem sku"] != "NF-POSTER-A2":
            who = row["Email"], head["Billing Name"], head["Phone"] or head["Billing Phone"]
            price = f"{float(row['Lineitem price']) * share:.2f}"
            yield (row["Name"], *who, row["Lineitem sku"], int(row["Lineitem quantity"]), price)


def tito(path: Path) -> Iterable[Line]:
    """Yield the tickets that were not voided, by buyer."""
    for row in _rows(path):
        if not row["Void Status"]:
            code = "NF-DAY-YOUNG" if "Youth" in row["Ticket"] else "NF-DAY-REG"
            yield row["Order Reference"], row["Order Email"], row["Order Name"], "", code, 1, row["Price"]


def pretix(path: Path) -> Iterable[Line]:
    """Yield the guests; the edition's products by the names that pretix has for them."""
    codes = {"Børnebillet": "NF-CHILD", "Parkering": "NF-PARK", "Endagsbillet - Voksen": "NF-DAY-REG"}
    for row in _rows(path):
        code = codes.get(row["Product"], "NF-DAY-YOUNG")
        yield row["Order code"], row["E-mail"], row["Attendee name"], row["Phone number"], code, 1, row["Price"]


def woocommerce(path: Path) -> Iterable[Line]:
    """Yield what the cell of an order holds, for those that are paid."""
    for row in _rows(path):
        if row["status"] in ("completed", "processing"):
            who = row["billing_email"], f"{row['billing_first_name']} {row['billing_last_name']}", row["billing_phone"]
            for cell in row["line_items"].split(";"):
                item = dict(part.split(":", 1) for part in cell.split("|"))
                price = f"{float(item['total']) / int(item['quantity']):.2f}"
                yield (row["order_id"], *who, item["sku"], int(item["quantity"]), price)
