"""What the state of an order, a payment or an attendee says about whether it was sold."""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

from preo_mcp.files.spreadsheets.columns.headings import heading_key, words
from preo_mcp.files.spreadsheets.columns.services import states_in
from preo_mcp.files.spreadsheets.columns.vocabulary import said


class Kind(StrEnum):
    """What a state means for an import, the worst first: where several columns say something, the worst counts."""

    GONE = "gone"
    UNKNOWN = "unknown"
    OPEN = "open"
    PART = "part"
    SOLD = "sold"


_WORDS: Final = {
    Kind.SOLD: """
        paid completed complete processing approved attending attended checkedin checkedout succeeded success successful
        confirmed valid active shipped delivered fulfilled sold settled captured authorizedandcaptured closed used
        noshow eventbritecompleted paymentcomplete partiallyshipped received acquired purchased bought
        notcheckedin uncheckedin notscanned unscanned scanned notused unused notredeemed unredeemed redeemed
        betalt gennemfort afsluttet faerdig bekraeftet aktiv gyldig behandles solgt
        bezahlt abgeschlossen bestatigt gultig aktiv inbearbeitung verkauft
        betald slutford bekraftad giltig genomford klar
        fullfort bekreftet
        betaald voltooid afgerond bevestigd geldig verwerkt
        oplacone oplacony zaplacone zaplacono zrealizowane zakonczone potwierdzone wazny wtrakcierealizacji
        paye payee termine confirme valide pagado completado confirmado
    """,
    Kind.PART: """
        partiallyrefunded partlyrefunded partialrefund partialrefunded refundedpartially delvistrefunderet
        delvisrefunderet teilweiseerstattet teilerstattet delvisaterbetald delvisrefundert gedeeltelijkterugbetaald
        czesciowozwrocone partiellementrembourse
    """,
    Kind.OPEN: """
        pending authorized authorised onhold hold unpaid notpaid partiallypaid pendingpayment awaitingpayment open
        invited waitlist waitlisted waiting awaiting tobepaid topay reserved draft incomplete invoiced pendingapproval
        requiresaction
        afventer ikkebetalt ubetalt venter reserveret afventerbetaling
        ausstehend offen unbezahlt reserviert wartend zahlungausstehend
        vantar obetald reserverad avvaktar
        ikkebetalt ubetalt paavent reservert
        openstaand onbetaald inafwachting gereserveerd
        nieoplacone oczekujace oczekuje oczekujenaplatnosc wstrzymane
        enattente impaye pendiente
    """,
    Kind.GONE: """
        refunded refund fullyrefunded voided void cancelled canceled cancel failed declined expired deleted rejected
        notattending abandoned chargeback chargedback disputed reversed returned invalid blocked lost denied trash
        cancelledbyorganizer orderrefunded ordercancelled
        annulleret refunderet refunderede aflyst slettet mislykket udlobet afvist
        storniert erstattet ruckerstattet abgebrochen fehlgeschlagen abgelaufen geloscht ungultig
        aterbetald avbruten avbokad makulerad misslyckades
        kansellert refundert avbrutt avlyst
        geannuleerd terugbetaald mislukt verlopen vervallen
        anulowane anulowany zwrocone zwrocony zwrot nieudane wygasle
        annule annulee rembourse remboursee echoue cancelado reembolsado
    """,
}
_BY_WORD: Final = MappingProxyType(
    {word: kind for kind in (Kind.SOLD, Kind.PART, Kind.OPEN, Kind.GONE) for word in said(kind.value)}
    | {word: kind for kind, words in _WORDS.items() for word in words.split()}
)
_STEM_LENGTH: Final = 5
_FILLING: Final = """
    payment order ticket booking offline online manually fully completely komplett vollstandig helt fuldt
    zahlung bestellung betaling betalning ordre paiement commande pago pedido pagamento ordine platba objednavka
    platnosc zamowienie by the was has been of av af von par por da
"""
_SAYS_NOTHING: Final = frozenset(_FILLING.split())
"""Words beside that which says what became of an order: `Payment received`, `Komplett bezahlt`."""
_NO: Final = said("no") | {"", "0", "no", "false", "n", "nej", "nein", "nei", "nee", "nie", "non", "never", "none"}
_YES: Final = said("yes") | {"1", "yes", "true", "y", "ja", "oui", "tak", "si", "x"}
_PAID_HEADING = re.compile(
    r"(is|order)?(paid|betalt|bezahlt|betald|betaald|oplacone|payee?|pagad[ao]|pagat[ao]|pag[ao]|zaplacen[oa]|maksettu|greitt)"
)
_GONE_HEADING = re.compile(
    r"(is|order|ticket|attendee)?(cancell?ed|cancell?ation|void(ed)?|refunded|annulleret|storniert|avbokad|geannuleerd"
    r"|anulowane|kansellert|annulee?|rembourse|cancelad[ao]|reembolsad[ao]|anulad[ao]|annullat[ao]|rimborsat[ao]|peruttu"
    r"|hyvitetty|aflyst|endurgreitt|zrusen[oa]|vracen[oa])(at|on|date|time|dato|am|datum|status)?"
)
_TEST_HEADING = re.compile(r"(is)?test(order|mode|payment|ticket)?")
_TIME_ENDING = re.compile(r"(at|on|date|time|dato|am|datum)$")
_STATE_HEADING = re.compile(
    r"(order|ordre|bestell|bestel|payment|betalings?|zahlungs?|betaal|financial|ticket|billet|attendee|transaction"
    r"|booking|buchungs?|purchase|registration|current)*(status|statut|stav)|paymentstate|orderstate"
)
"""Headings that say so whatever stands below them: an unknown word is asked about."""
_OTHER_HEADING = re.compile(
    r"fulfil|shipping|delivery|risk|newsletter|marketing|check(ed)?in|email|method|versand|addres|scan|livraison|envio"
    r"|spedizione|toimitus|doruceni|name|note|comment"
)


class State(NamedTuple):
    """A state's kind and its value as it is asked about: in lower case, words joined by `_`."""

    kind: Kind
    value: str


class Reads(StrEnum):
    """How a column of states is read."""

    WORDS = "words"
    IS_GONE = "is_gone"
    IS_PAID = "is_paid"
    IS_TEST = "is_test"


def reads_as(heading: str, values: Iterable[str], service: str | None = None) -> Reads | None:
    """Return how a column says what was sold; None where it does not.

    Args:
        heading: As it stands in the file.
        values: Its different values over the whole file, empty ones left out.
        service: The service that wrote the file, which may have words of its own.
    """
    values = list(values)
    name, keys = heading_key(heading), [heading_key(value) for value in values]
    if not keys or _OTHER_HEADING.search(name):
        return None
    own: Mapping[str, str] = states_in(service) if service else {}
    known = sum(key in own or _word(key) is not None for key in keys)
    if 2 * known >= len(keys):
        return Reads.WORDS
    if _GONE_HEADING.fullmatch(name) and (_TIME_ENDING.search(name) or not _are_amounts(values)):
        return Reads.IS_GONE
    flags = all(key in _NO or key in _YES for key in keys)
    if _TEST_HEADING.fullmatch(name) and flags:
        return Reads.IS_TEST
    if _PAID_HEADING.fullmatch(name) and flags:
        return Reads.IS_PAID
    says = _STATE_HEADING.fullmatch(name) or name in said("state")
    return Reads.WORDS if says or (name.endswith("status") and known) else None


@lru_cache(maxsize=2048)
def state_of(cell: str, reads: Reads, service: str | None = None) -> State:
    """Return what a cell of a column of states says, in a service's words first; an empty one is no objection."""
    key, value = heading_key(cell), "_".join(cell.lower().split())
    if reads is Reads.IS_GONE:
        return State(Kind.SOLD, "") if key in _NO else State(Kind.GONE, "cancelled")
    if reads is Reads.IS_TEST:
        return State(Kind.SOLD, "") if key in _NO else State(Kind.GONE, "test")
    if reads is Reads.IS_PAID:
        return State(Kind.OPEN, "unpaid") if key in _NO and key else State(Kind.SOLD, "")
    if service and (own := states_in(service).get(key)):
        return State(Kind(own), value)
    return State(_kind_of(cell), value)


@lru_cache(maxsize=2048)
def _kind_of(cell: str) -> Kind:
    """What a state says: as one of the known words, in another ending of it, or with words that say nothing."""
    key = heading_key(cell)
    if not key:
        return Kind.SOLD
    if (known := _word(key)) is not None:
        return known
    kinds = {_word(word) for word in words(cell) if word not in _SAYS_NOTHING}
    return (kinds.pop() or Kind.UNKNOWN) if len(kinds) == 1 else Kind.UNKNOWN


def _word(key: str) -> Kind | None:
    return _BY_WORD.get(key) or _by_stem().get(_stem(key))


def _stem(word: str) -> str:
    """A word without the vowels of gender and number: `pagata`, `pagati` and `pagato` are one."""
    stem = word.rstrip("aeiouy")
    return stem if len(stem) >= _STEM_LENGTH and len(word) - len(stem) <= 2 else word


@cache
def _by_stem() -> dict[str, Kind]:
    """Stems that words of one kind alone have."""
    kinds: dict[str, set[Kind]] = {}
    for word, kind in _BY_WORD.items():
        kinds.setdefault(_stem(word), set()).add(kind)
    return {stem: min(some) for stem, some in kinds.items() if len(some) == 1}


def worst(states: Iterable[State]) -> State:
    """Return the state that counts among those of one row."""
    order = list(Kind)
    return min(states, key=lambda one: order.index(one.kind), default=State(Kind.SOLD, ""))


def is_known(value: str) -> bool:
    """Whether a state's value is a word that says something."""
    return bool(heading_key(value)) and _kind_of(value) is not Kind.UNKNOWN


def _are_amounts(values: Iterable[str]) -> bool:
    """Whether a column such as `Refunded` holds amounts or counts, not yes and no."""
    texts = {value.strip() for value in values}
    return not texts <= {"0", "1"} and all(
        re.fullmatch(r"[^0-9]{0,4}[0-9][0-9.,\s]*[^0-9]{0,4}", text) for text in texts
    )
