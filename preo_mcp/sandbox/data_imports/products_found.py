"""The distinct products of a file with their quantities, matched with the edition's products by code."""

from collections.abc import Iterable

from preo_mcp.sandbox.data_imports.rows import Line
from preo_mcp.sandbox.store import Store

MAPPING_PREFIX = "pmap"


class ProductsFound:
    """Writes the product mappings of one parse: one per distinct code as it stands in the file.

    A code is matched with a product's or a variant's without regard to case, and not guessed at any further.
    """

    def __init__(self, store: Store, edition_id: str, parse_id: int) -> None:
        self.total = 0
        self.existing = 0
        self._store = store
        self._edition_id = edition_id
        self._parse_id = parse_id

    def add(self, lines: Iterable[Line]) -> None:
        """Count the lines of a slice; call it inside a transaction."""
        names: dict[str, str] = {}
        quantities: dict[str, int] = {}
        for line in lines:
            sku = line.sku
            quantities[sku] = quantities.get(sku, 0) + line.quantity
            if line.name and sku not in names:
                names[sku] = line.name
        for sku, quantity in quantities.items():
            self._add(sku, names.get(sku), quantity)

    def _add(self, sku: str, name: str | None, quantity: int) -> None:
        changed = self._store.db.execute(
            "UPDATE product_mappings SET quantity = quantity + ?, name = coalesce(name, ?) "
            "WHERE parse_id = ? AND sku = ?",
            (quantity, name, self._parse_id, sku),
        ).rowcount
        if changed:
            return
        match = self._store.db.execute(
            "SELECT product_id, variant_id FROM product_codes WHERE edition_id = ? AND code = ?",
            (self._edition_id, sku.casefold()),
        ).fetchone()
        self._store.db.execute(
            "INSERT INTO product_mappings (id, parse_id, position, sku, name, quantity, product_id, variant_id) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(self._store.new_id(MAPPING_PREFIX), self._parse_id, self.total, sku, name, quantity),
                *(match or (None, None)),
            ),
        )
        self.total += 1
        self.existing += match is not None
