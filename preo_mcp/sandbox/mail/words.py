"""The few words that Preo itself writes into an e-mail, in its five languages (inferred)."""

from dataclasses import dataclass
from types import MappingProxyType

from preo_mcp.api.models.editions import Language


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
