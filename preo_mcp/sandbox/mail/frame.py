"""What stands around and inside the blocks whatever form a message takes: names, words, an order's lines."""

from collections.abc import Iterator
from dataclasses import dataclass

from preo_mcp.sandbox.mail.words import Words
from preo_mcp.sandbox.store import Doc


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the blocks: words, names, and for the footer the way to unsubscribe."""

    words: Words
    organization: str
    edition: str
    order: Doc | None = None
    unsubscribe_url: str | None = None


def order_lines(order: Doc, names: Words) -> Iterator[tuple[str, str]]:
    """Yield what an order consists of, each with its amount: `2 × Pass (Early Bird)` and the price of both."""
    for item in order["items"]:
        variant = f" ({item['variant']})" if item["variant"] else ""
        yield f"{item['quantity']} × {item['name']}{variant}", item["amount"]
    for label, amount in ((names.fees, order["fees"]), (names.deposits, order["deposits"])):
        if amount.strip("0. ABCDEFGHIJKLMNOPQRSTUVWXYZ"):  # nothing is left of an amount of nothing
            yield label, amount
