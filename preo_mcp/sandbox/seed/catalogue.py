"""What the invented organizers sell. Prices are in minor units: øre for the festival, cents for the concerts."""

from dataclasses import dataclass
from enum import StrEnum


class ProductType(StrEnum):
    """The kinds of products that Preo sells."""

    TICKET = "ticket"
    PRODUCT = "product"
    DEPOSIT = "deposit"
    RENTAL = "rental"


@dataclass(frozen=True, slots=True)
class Variant:
    """A form of an item with its own code and price; `weight` says how often it is bought, early ones only at first."""

    key: str
    name: str
    code: str
    price: int
    weight: float = 1
    is_early: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """An option: a choice within a group, of which a buyer takes one; its price comes on top."""

    key: str
    group: str
    name: str
    price: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """A product as it is listed in every edition that sells it; `weight` says how often it is bought."""

    key: str
    name: str
    type: ProductType
    category: str
    code: str
    weight: float
    price: int = 0
    fee: int = 0
    deposit: int = 0
    variants: tuple[Variant, ...] = ()
    options: tuple[Choice, ...] = ()
    is_draft: bool = False


TICKET, PRODUCT, DEPOSIT, RENTAL = ProductType


def _sizes(group: str, large: int) -> tuple[Choice, ...]:
    sizes = tuple(Choice(size.lower(), group, size) for size in ("S", "M", "L", "XL"))
    return (*sizes, Choice("xxl", group, "XXL", large))


FESTIVAL_ITEMS = (
    Item(
        *("partout", "Partoutbillet", TICKET, "tickets", "NF-PARTOUT", 10, 189_500, 2_500),
        variants=(
            Variant("early", "Early Bird", "NF-PARTOUT-EB", 149_500, 3, is_early=True),
            Variant("regular", "Regular", "NF-PARTOUT-REG", 189_500, 5),
            Variant("group", "Gruppe (min. 6)", "NF-PARTOUT-GRP", 169_500, 2),
        ),
    ),
    Item(
        *("day", "Endagsbillet", TICKET, "tickets", "NF-DAY", 6, 79_500, 1_500),
        variants=(
            Variant("regular", "Voksen", "NF-DAY-REG", 79_500, 4),
            Variant("young", "Ung (15–20 år)", "NF-DAY-YOUNG", 59_500, 2),
        ),
    ),
    Item("child", "Børnebillet", TICKET, "tickets", "NF-CHILD", 1, 29_500, 1_000),
    Item(
        *("camping", "Camping", PRODUCT, "camping", "NF-CAMP", 5, 39_500, 1_000),
        variants=(
            Variant("tent", "Eget telt", "NF-CAMP-TENT", 39_500, 6),
            Variant("quiet", "Stille område", "NF-CAMP-QUIET", 44_500, 2),
            Variant("glamping", "Opredt telt", "NF-CAMP-GLAMP", 249_500, 0.5),
        ),
    ),
    Item("parking", "Parkering", PRODUCT, "parking", "NF-PARK", 2, 19_500, 500),
    Item(
        *("tshirt", "T-shirt", PRODUCT, "merchandise", "NF-TSHIRT", 2, 24_900),
        options=_sizes("Størrelse", 2_000),
    ),
    Item("token", "Drikkebillet", PRODUCT, "drinks", "NF-DRINK", 6, 4_500),
    Item("cup", "Krus (pant)", DEPOSIT, "deposits", "NF-CUP", 3, deposit=1_000),
    Item(
        *("locker", "Skab (leje)", RENTAL, "rentals", "NF-LOCKER", 1, 17_500, 500, 10_000),
        variants=(
            Variant("small", "Lille", "NF-LOCKER-S", 17_500, 3),
            Variant("large", "Stort", "NF-LOCKER-L", 24_500, 1),
        ),
    ),
    Item("vip", "VIP-lounge", TICKET, "tickets", "NF-VIP", 0, 449_500, 5_000, is_draft=True),
)
"""Sold in Danish, in kroner."""

CONCERT_ITEMS = (
    Item(
        *("pass", "Festivalpass", TICKET, "tickets", "EK-PASS", 8, 14_900, 350),
        variants=(
            Variant("early", "Frühbucher", "EK-PASS-EB", 11_900, 3, is_early=True),
            Variant("regular", "Regulär", "EK-PASS-REG", 14_900, 5),
            Variant("group", "Gruppe (ab 5)", "EK-PASS-GRP", 12_900, 2),
        ),
    ),
    Item(
        *("day", "Tageskarte", TICKET, "tickets", "EK-DAY", 7, 6_900, 200),
        variants=(
            Variant("regular", "Regulär", "EK-DAY-REG", 6_900, 4),
            Variant("reduced", "Ermäßigt", "EK-DAY-RED", 4_900, 2),
        ),
    ),
    Item("camping", "Zeltplatz", PRODUCT, "camping", "EK-CAMP", 2, 3_500, 100),
    Item("parking", "Parkplatz", PRODUCT, "parking", "EK-PARK", 2, 1_800, 50),
    Item(
        *("tshirt", "T-Shirt", PRODUCT, "merchandise", "EK-TSHIRT", 2, 2_990),
        options=_sizes("Größe", 200),
    ),
    Item("token", "Getränkemarke", PRODUCT, "drinks", "EK-DRINK", 5, 450),
    Item("cup", "Pfandbecher", DEPOSIT, "deposits", "EK-CUP", 3, deposit=200),
    Item("locker", "Schließfach", RENTAL, "rentals", "EK-LOCKER", 1, 1_500, 50, 1_000),
    Item("backstage", "Backstage-Führung", TICKET, "tickets", "EK-BACK", 0, 5_900, 200, is_draft=True),
)
"""Sold in German, in euros."""

SHOWCASE_ITEMS = (
    Item(
        *("evening", "Abendkarte", TICKET, "tickets", "ED-EVE", 8, 3_900, 150),
        variants=(
            Variant("early", "Frühbucher", "ED-EVE-EB", 2_900, 3, is_early=True),
            Variant("regular", "Regulär", "ED-EVE-REG", 3_900, 5),
        ),
    ),
    Item("parking", "Parkplatz", PRODUCT, "parking", "ED-PARK", 1, 900, 50),
    Item("poster", "Plakat", PRODUCT, "merchandise", "ED-POSTER", 1, 1_500),
    Item("token", "Getränkemarke", PRODUCT, "drinks", "ED-DRINK", 5, 450),
    Item("cup", "Pfandbecher", DEPOSIT, "deposits", "ED-CUP", 3, deposit=200),
    Item("coat", "Garderobe", RENTAL, "rentals", "ED-COAT", 2, 250, is_draft=True),
)
"""Not on sale yet, in euros."""
