"""What stands around and inside the blocks whatever form a message takes: names, Preo's own words, an order's lines.

Preo itself writes few words into an e-mail, in its five languages (inferred).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType

from preo_mcp.api.models.editions import Language
from preo_mcp.sandbox.store import Doc


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language, with its code as HTML knows it (BCP 47)."""

    code: str
    order: str
    fees: str
    deposits: str
    total: str
    sent_by: str
    unsubscribe: str


WORDS = MappingProxyType(
    {
        Language.ENGLISH: Words("en", "Order", "Fees", "Deposits", "Total", "Sent by", "Unsubscribe"),
        Language.DANISH: Words("da", "Ordre", "Gebyrer", "Pant", "I alt", "Sendt af", "Afmeld"),
        Language.SWEDISH: Words("sv", "Order", "Avgifter", "Pant", "Totalt", "Skickat av", "Avregistrera"),
        Language.DUTCH: Words("nl", "Bestelling", "Kosten", "Statiegeld", "Totaal", "Verzonden door", "Afmelden"),
        Language.POLISH: Words("pl", "Zamówienie", "Opłaty", "Kaucje", "Razem", "Wysłane przez", "Wypisz się"),
    }
)


def words(language: str | None) -> Words:
    """Return the words of a language of Preo's, English for any other."""
    known = language in set(Language)
    return WORDS[Language(language) if known else Language.ENGLISH]


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
