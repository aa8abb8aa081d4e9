"""What has to be known from outside of a file: the edition that it goes into, and what Preo has already."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

SKIP = "skip"
"""What stands for no product of the edition, so that its rows stay out."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A variant of one of the edition's products; `price` in minor units of the edition's currency."""

    id: str
    name: str
    code: str = ""
    price: int | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """One of the edition's products; `price` in minor units of the edition's currency."""

    id: str
    name: str
    code: str = ""
    price: int | None = None
    variants: tuple[Variant, ...] = ()


@dataclass(frozen=True, slots=True)
class Edition:
    """What an export goes into.

    Attributes:
        currency: ISO 4217, in capitals. Amounts of rows that name no currency are in it.
        calling_code: Of phone numbers without a country, such as `+49`; None where the edition has none.
        products: What the edition sells; empty where that is not known, and then no product is asked about.
        mappings: What codes of the file stand for already: a product's or variant's id, or `SKIP`.
    """

    currency: str
    calling_code: str | None = None
    products: tuple[Product, ...] = ()
    mappings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType[str, str]({}))

    def targets(self) -> dict[str, str]:
        """Return what a code or a name of the file may stand for, by its casefolded code or name: an id."""
        found: dict[str, str] = {}
        for product in self.products:
            for variant in product.variants:
                _add(
                    found,
                    variant.id,
                    variant.code,
                    f"{product.name} {variant.name}",
                    f"{product.name} - {variant.name}",
                )
            _add(found, product.id, product.code, product.name)
        return found

    def prices(self) -> dict[str, int]:
        """Return what products and variants cost, by casefolded code and name, where that is known."""
        by_id = {one.id: one.price for product in self.products for one in (product, *product.variants)}
        return {key: price for key, target in self.targets().items() if (price := by_id[target]) is not None}

    def ids(self) -> frozenset[str]:
        """Return the ids of all products and variants."""
        return frozenset(one.id for product in self.products for one in (product, *product.variants))


def _add(found: dict[str, str], target: str, *names: str) -> None:
    for name in names:
        if key := name.strip().casefold():
            found.setdefault(key, target)


@dataclass(frozen=True, slots=True)
class Samples:
    """Order numbers and customers' addresses of a file that are worth asking Preo about."""

    orders: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Probed:
    """How many of a file's `Samples` Preo knows; what was not asked counts as not tried."""

    orders_tried: int = 0
    orders_known: int = 0
    customers_tried: int = 0
    customers_known: int = 0

    @property
    def contradict(self) -> bool:
        """Whether the order numbers are known and nearly none of their customers is: another shop's numbers."""
        if not self.orders_known or not self.customers_tried:
            return False
        return self.customers_known / self.customers_tried <= self.orders_known / self.orders_tried / 10
