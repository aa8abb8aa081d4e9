"""The products of an edition, looked up by id."""

from preo_mcp.sandbox.store import Doc, Store


class Catalogue:
    """Products with their variants and options, each read once; make a new one where they may have changed."""

    def __init__(self, store: Store, edition_id: str) -> None:
        self._store = store
        self._edition_id = edition_id
        self._products: dict[str, Doc | None] = {}

    def product(self, product_id: str) -> Doc | None:
        """Return a product of the edition, or None where it has none with this id."""
        if product_id not in self._products:
            doc = self._store.doc("products", product_id)
            self._products[product_id] = doc if doc and doc["edition_id"] == self._edition_id else None
        return self._products[product_id]

    def variant(self, product_id: str, variant_id: str) -> Doc | None:
        """Return a variant of a product, or None where that has none with this id."""
        return self._part(product_id, "variants", variant_id)

    def option(self, product_id: str, option_id: str) -> Doc | None:
        """Return an option of a product, or None where that has none with this id."""
        return self._part(product_id, "options", option_id)

    def _part(self, product_id: str, kind: str, part_id: str) -> Doc | None:
        product = self.product(product_id)
        return next((part for part in product[kind] if part["api_id"] == part_id), None) if product else None
