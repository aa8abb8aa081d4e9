"""Layouts in which a row is not one product of an order: several products in a cell, and products as columns."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final, NamedTuple

from preo_mcp.api.models.data_imports import ColumnType
from preo_mcp.files.exports.amounts import written
from preo_mcp.files.exports.profile import Cells
from preo_mcp.files.exports.roles import role_of
from preo_mcp.files.spreadsheets.columns import guess_columns
from preo_mcp.files.spreadsheets.columns.headings import heading_key

PACKED_HEADINGS: Final = ("Item id", "Item name", "SKU", "Quantity", "Line total", "Line tax", "Unit price")
WIDE_HEADINGS: Final = ("Product name", "Quantity", "Unit price")
MADE_NUMBER: Final = "Order number"
_KEYS: Final = ("id", "name", "sku", "quantity", "total", "total_tax")
_BETWEEN = re.compile(r";(?=\w+:[^|;]*\|)")
_COUNTED = re.compile(r"\s*(?P<count>[0-9]{1,4})\s*[x×]\s*(?P<name>\S.*?)\s*", re.IGNORECASE)
_COUNTED_AFTER = re.compile(
    r"\s*(?P<name>\S.*?)\s*(?:\s[x×]\s*|\(\s*[x×]\s*|[x×](?=[0-9]))(?P<count>[0-9]{1,4})\)?\s*", re.IGNORECASE
)
_LIST = re.compile(r"[,;\n|]+(?=\s*\S)")
_SOLD_COUNT = re.compile(r"[0-9]{0,2}")
_NO_PRODUCT = re.compile(
    r"(valid|cancel|refund|check|scan|used|total|number|no\b|qty|quantity|count|tickets?$|items?$|age|year|row|seat)"
)
_ORDER_HEADING = re.compile(r".*order(?:number|id|no|nr|reference|code|ref)|number")
_TESTED: Final = 400


class Item(NamedTuple):
    """A product of a packed cell, as texts."""

    id: str
    name: str
    code: str
    quantity: str
    total: str
    tax: str


@dataclass(frozen=True)
class Layout:
    """How rows are split.

    Attributes:
        packed: The columns of which each cell holds an order's products.
        wide: The columns that count a product each.
        prices: What products cost, by casefolded name, as it is written; empty where the edition does not know all.
        numbered: Whether rows have to be given an order's number, because the file has none.
        header: The headings of the rows that come out.
    """

    packed: tuple[int, ...]
    wide: tuple[int, ...]
    prices: Mapping[str, str]
    numbered: bool
    header: tuple[str, ...]

    def split(self, rows: Sequence[Cells]) -> list[Cells]:
        """Return a row for each product of each row; a row without any stays as it is, without one."""
        return list(chain.from_iterable(map(self._split_row, rows)))

    def _split_row(self, row: Cells) -> list[Cells]:
        head = [*row, made_number(row)] if self.numbered else row
        if self.packed:
            items = [item for place in self.packed for item in unpacked(row[place])]
            return [[*head, *item, self._price(item)] for item in items] or [[*head, *("",) * len(PACKED_HEADINGS)]]
        counted = [place for place in self.wide if row[place].strip() not in ("", "0")]
        names = {place: self.header[place] for place in counted}
        out = [[*head, name, row[place], self.prices.get(name.casefold(), "")] for place, name in names.items()]
        return out or [[*head, "", "0", ""]]

    def _price(self, item: "Item") -> str:
        """What the edition knows of a product whose row has no total."""
        return "" if item.total else self.prices.get(item.name.casefold(), "")


def find_layout(
    header: Sequence[str], rows: Sequence[Cells], prices: Mapping[str, int], currency: str
) -> Layout | None:
    """Return how rows have to be split so that each is one product of an order; None where they are already.

    Args:
        header: The headings.
        rows: Some rows of the file.
        prices: What the edition's products cost in minor units, by casefolded name or code.
        currency: The edition's.
    """
    some = rows[:_TESTED]
    columns = [[row[place] for row in some] for place in range(len(header))]
    guesses = guess_columns(header, some)
    found = {guess.column_type for guess in guesses if guess.confidence >= 0.5}
    numbered = ColumnType.ORDER_ID not in found and not any(map(_ORDER_HEADING.fullmatch, map(heading_key, header)))
    more = (MADE_NUMBER,) if numbered else ()
    packed = tuple(
        place for place, cells in enumerate(columns) if _is_packed(cells, counted=ColumnType.QUANTITY in found)
    )
    if packed:
        names = {item.name.casefold() for place in packed for cell in columns[place] for item in unpacked(cell)}
        known = {name: written(prices[name], currency) for name in names if name in prices}
        known = known if len(known) == len(names) else {}
        return Layout(packed, (), known, numbered, (*header, *more, *PACKED_HEADINGS))
    products = {ColumnType.PRODUCT_CODE, ColumnType.PRODUCT_NAME, ColumnType.QUANTITY}
    if not some or any(guess.column_type in products and guess.confidence >= 0.6 for guess in guesses):
        return None
    wide = tuple(place for place, cells in enumerate(columns) if _counts_a_product(header[place], cells))
    if len(wide) < 2 or not any({cell.strip() for cell in columns[place]} & {"", "0"} for place in wide):
        return None
    names = {header[place].casefold() for place in wide}
    known = {name: written(prices[name], currency) for name in names if name in prices}
    known = known if len(known) == len(names) else {}
    return Layout((), wide, known, numbered, (*header, *more, *WIDE_HEADINGS))


def _is_packed(cells: Sequence[str], *, counted: bool) -> bool:
    filled = [cell for cell in cells if cell.strip()]
    if not filled:
        return False
    keyed = all("quantity:" in cell and "|" in cell for cell in filled)
    if keyed or counted:
        return keyed
    items = [unpacked(cell) for cell in filled]
    return all(items) and any(len(one) > 1 for one in items)


def _counts_a_product(heading: str, cells: Sequence[str]) -> bool:
    texts = {cell.strip() for cell in cells}
    if _NO_PRODUCT.search(heading.casefold()) or role_of(heading_key(heading)) is not None or not texts - {"", "0"}:
        return False
    return all(map(_SOLD_COUNT.fullmatch, texts))


def unpacked(cell: str) -> list[Item]:
    """Return the products of a cell: `id:1|name:Ticket|quantity:2|total:9.00;id:2|…`, `2× Adult, 1× Child`."""
    if "|" in cell and "quantity:" in cell:
        return [Item(*map(_pairs(item).get, _KEYS, ("",) * len(_KEYS))) for item in _BETWEEN.split(cell)]
    out = list[Item]()
    for part in _LIST.split(cell):
        found = _COUNTED.fullmatch(part) or _COUNTED_AFTER.fullmatch(part)
        if found is None:
            return []
        out.append(Item("", found["name"], "", found["count"], "", ""))
    return out


def _pairs(item: str) -> dict[str, str]:
    cut = (pair.partition(":") for pair in item.split("|"))
    return {key: value.strip() for key, _, value in cut}


def made_number(cells: Sequence[str]) -> str:
    """Return a number made from a row's own content: the same row has it whenever it is imported."""
    digest = hashlib.blake2b("\x1f".join(cells).encode(errors="surrogatepass"), digest_size=8)
    return f"row-{digest.hexdigest()}"
