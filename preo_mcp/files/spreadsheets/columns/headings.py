"""What a heading means by itself, in any of the fifteen languages, without knowing where the file comes from.

Headings are compared by their words in lower-case ASCII. A meaning comes from a vocabulary, from the headings of usual
metadata, from a word for a person beside a word for their data, or from the form of a question.
"""

import re
import unicodedata
from dataclasses import replace
from functools import cache, lru_cache
from itertools import product
from typing import Final

from preo_mcp.api.models.data_imports import ColumnType
from preo_mcp.files.spreadsheets.columns.meanings import CUSTOMER_TYPES, LABELS, Meaning
from preo_mcp.files.spreadsheets.columns.vocabulary import (
    LANGUAGES,
    ORDER_WORDS,
    STRONG,
    WEAK_WORDS,
    metadata_words,
    number_words,
    said,
)

METADATA: Final[dict[tuple[ColumnType, str], str]] = {
    (ColumnType.ORDER_METADATA, "discount_code"): (
        "discountcode discountcodes coupon coupons couponcode couponcodes couponsused promocode promotioncode"
        " promo vouchercode voucher rabatkode rabatkoder kupon kuponkode rabattcode gutschein gutscheincode"
        " aktionscode rabattkod kampanjkod kupongkod kortingscode actiecode kortingsbon kodrabatowy kuponrabatowy"
        " kodpromocyjny"
    ),
    (ColumnType.ORDER_METADATA, "note"): (
        "note notes ordernote ordernotes ordercomment customernote customernotes customercomment comment comments"
        " remark remarks bemaerkning bemaerkninger kommentar kommentarer besked ordrenote anmerkung anmerkungen"
        " bemerkung bemerkungen kundenhinweis notiz notizen meddelande anteckning anteckningar notering opmerking"
        " opmerkingen notitie notities uwagi uwagidozamowienia komentarz notatka"
    ),
    (ColumnType.PURCHASE_METADATA, "seat"): (
        "seat seatnumber seatname seats seatno saede saedenummer pladsnummer sitzplatz sitzplatznummer sitz"
        " stolsnummer stoel stoelnummer zitplaats miejsce numermiejsca"
    ),
    (ColumnType.PURCHASE_METADATA, "row"): ("row rowname seatrow raekke reihe sitzreihe rad rij rzad"),
    (ColumnType.PURCHASE_METADATA, "section"): ("section sectionname seatsection seatzone sektion afsnit sektor"),
    (ColumnType.PURCHASE_METADATA, "table"): ("table tablenumber bord bordnummer tisch tischnummer tafel stolik"),
    (ColumnType.PURCHASE_METADATA, "variation"): (
        "variation variant productvariation productvariant lineitemvariant variationname variantname variante wariant"
    ),
    (ColumnType.PURCHASE_METADATA, "allergies"): (
        "allergies allergy allergier allergi allergien allergieen alergie dietaryrequirements dietaryrestrictions"
    ),
}
"""Type and metadata key with the headings that stand for them."""
METADATA_CONFIDENCE: Final = 0.7

_OTHER = """
total subtotal sum amount belob betrag belopp bedrag kwota tax vat moms mwst steuer btw podatek fee gebyr gebuhr
avgift date datum dato time tid zeit created updated paid status state currency valuta wahrung waluta address
adresse adress adres street vej gade strasse ulica city town ort stad miasto zip postal postcode postnummer postnr
plz country land company firma bedrijf foretag cvr event arrangement venue ip url age alder alter wiek birth method
metode tag vendor source channel card payment refund discount rabat korting year month day week gender sex organizer
organiser arrangor seller agent staff affiliate referrer rating score stars review listing visitor
"""
OTHER_STEMS: Final = (*_OTHER.split(), *sorted(said("other")))
"""Beginnings of words that say that a column holds something else, so that its values prove nothing."""

_BUYER = """
customer customers buyer buyers purchaser billing bill billed invoice contact client payer kunde kundens kunden
kober kobers koberens koeber koebers bestiller bestillers betaler faktura fakturerings kaufer kaufers besteller
bestellers rechnung rechnungs zahler kund kopare koparens bestallare bestallarens betalare klant koper factuur
klient klienta kupujacy kupujacego nabywca nabywcy zamawiajacy zamawiajacego platnik platnika
"""
_ATTENDEE = """
attendee attendees participant holder ticketholder guest visitor deltager deltagers deltagerens gaest gaestens
teilnehmer teilnehmers gast deltagare deltagarens deelnemer bezoeker uczestnik uczestnika gosc goscia
"""
_SHIPPING = """
shipping ship delivery recipient receiver levering leverings modtager modtagers lieferung liefer versand empfanger
empfangers leverans mottagare mottagarens verzending ontvanger dostawa dostawy odbiorca odbiorcy wysylka
"""
_CONTACT = """
order ordre user account member your din dit ihre uw bruger konto
"""
_FILLER = """
of the pa van des der til for av na do da de di du la le del della dello los las el das dos d l og address
adresse s
"""

BUYER_WORDS: Final = frozenset(_BUYER.split()) | said("buyer")
ATTENDEE_WORDS: Final = frozenset(_ATTENDEE.split()) | said("attendee")
SHIPPING_WORDS: Final = frozenset(_SHIPPING.split()) | said("shipping_people")
ORDER_CONTACT_WORDS: Final = frozenset(_CONTACT.split()) | said("contact")
"""Beside an e-mail or phone they mean the buyer's; beside a name they mean something else (`Order Name`)."""
FILLER_WORDS: Final = frozenset(_FILLER.split())
"""Words without a meaning of their own here."""

MAX_HEADING: Final = 200
"""Longer headings are compared by their beginning only."""
KEY_LENGTH: Final = 40

_NOT_DECOMPOSED = str.maketrans(
    {"ø": "o", "æ": "ae", "ß": "ss", "ł": "l", "đ": "d", "œ": "oe", "ð": "d", "þ": "th", "#": " number "}
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[a-z0-9]+")

BUYER_BONUS: Final = 0.03
ATTENDEE_PENALTY: Final = 0.12
SHIPPING_PENALTY: Final = 0.2
QUESTION_CONFIDENCE: Final = 0.4
ATTENDEE_METADATA_CONFIDENCE: Final = 0.5

_CONTACT_TYPES: Final = frozenset({ColumnType.CUSTOMER_EMAIL, ColumnType.CUSTOMER_PHONE})
_ROLES: Final = BUYER_WORDS | ATTENDEE_WORDS | SHIPPING_WORDS | ORDER_CONTACT_WORDS
_GLUED_ROLES: Final = tuple(sorted((word for word in _ROLES if len(word) > 3), key=lambda word: (-len(word), word)))
_NUMBERED: Final = re.compile(r"(?:column|kolonne|spalte|kolumn|kolom|kolumna|unnamed|field)?[0-9]*")
_MIN_QUESTION_WORDS: Final = 3
_WITH = re.compile(
    r"\b(?:inkl?\w*|incl\w*|including|inc|ekskl\w*|eksl|eks|exkl\w*|excl\w*|excluding|ex|zzgl|med moms|uden moms"
    r"|utan moms|utan mva|uten mva|med mva|bez dph|s dph|vc dph|iva inclu\w*|senza iva|sin iva|con iva|sem iva|com iva"
    r"|hors taxes?|toutes taxes comprises|sis|alv 0|veroton)\b.*"
)
"""What is in an amount or not, at the end of a heading: `Stykpris inkl. gebyr`."""
_SIDE_WORDS: Final = frozenset(
    {"ttc", "ht", "tvac", "htva", "brutto", "netto", "gross", "net", "bruto", "neto", "lordo"}
)
_WITHOUT = re.compile(
    r"\b(?:e[kx]s?k?l?\w*|uden|utan|uten|bez|senza|sin|sem|hors|ht|htva|netto|net|neto|zzgl|veroton)\b"
)
_CUT_PENALTY: Final = 0.02
_WITHOUT_PENALTY: Final = 0.15


@lru_cache(maxsize=4096)
def words(heading: str) -> tuple[str, ...]:
    """A heading's words in lower-case ASCII: `Order #` is `order`, `number`; `E-Mail` is `email`.

    Args:
        heading: As it stands in the file.

    Returns:
        The words in order; none for a heading without a Latin letter or digit.
    """
    decomposed = unicodedata.normalize("NFKD", heading[:MAX_HEADING])
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    found: list[str] = _WORD.findall(_CAMEL.sub(" ", plain).lower().translate(_NOT_DECOMPOSED))
    return tuple(_joined_e_words(found))


def heading_key(heading: str) -> str:
    """A heading's words run together: `Order ID`, `order_id` and `orderId` are all `orderid`."""
    return "".join(words(heading))


def snake_case(heading: str) -> str:
    """A heading as a metadata key of at most `KEY_LENGTH` characters; empty when nothing of it is Latin."""
    key = "_".join(words(heading))
    if len(key) <= KEY_LENGTH:
        return key
    return key[: KEY_LENGTH + 1].rpartition("_")[0] or key[:KEY_LENGTH]


def meanings_of(heading: str) -> list[Meaning]:
    """Everything that a heading may mean, the surest first.

    Args:
        heading: As it stands in the file.

    Returns:
        None, one, or for an attendee's data two meanings (the customer's, and metadata of the ticket).
    """
    if found := _said_by(heading):
        return found
    if (question := _question(heading)) is not None:
        return [question]
    return _without_side(heading)


def _said_by(heading: str) -> list[Meaning]:
    """What the words of a heading say, taken as they stand or without those that say nothing."""
    bare = "".join(word for word in words(heading) if word not in FILLER_WORDS)
    for key in (heading_key(heading), bare):
        if (found := _direct(key) or _metadata().get(key)) is not None:
            return [found]
    of_person = _of_a_person(heading)
    return _with_attendee_key(of_person) if of_person is not None else []


def _without_side(heading: str) -> list[Meaning]:
    """What a heading means that also tells what is in its amounts: `Price (incl. VAT)`, `Prix unitaire TTC`."""
    text = " ".join(words(heading))
    kept = " ".join(word for word in _WITH.sub("", text).split() if word not in _SIDE_WORDS)
    if not kept or kept == text:
        return []
    less = _WITHOUT_PENALTY if _WITHOUT.search(text) else _CUT_PENALTY
    return [replace(one, confidence=round(one.confidence - less, 3)) for one in _said_by(kept)]


def says_something_else(heading: str) -> bool:
    """Whether an unknown heading names something that Preo does not import, such as a date or a total."""
    return any(word.startswith(stem) for word in words(heading) for stem in OTHER_STEMS)


def is_blank(heading: str) -> bool:
    """Whether a heading says nothing: empty, or a numbered column."""
    return _NUMBERED.fullmatch(heading_key(heading)) is not None


def _joined_e_words(found: list[str]) -> list[str]:
    """`e`, `mail` as `email`: the hyphen of E-Mail and E-post divides no words."""
    joined: list[str] = []
    for word in found:
        if joined and joined[-1] == "e" and word.startswith(("mail", "post")):
            joined[-1] += word
        else:
            joined.append(word)
    return joined


@cache
def _vocabulary() -> dict[str, tuple[ColumnType, list[str]]]:
    """Heading key to its type and the languages it is used in; a word keeps the type of its first language."""
    found: dict[str, tuple[ColumnType, list[str]]] = {}
    for language, types in LANGUAGES.items():
        listed = [(word, column_type) for column_type, text in types.items() for word in text.split()]
        for word, column_type in listed + [(word, ColumnType.ORDER_ID) for word in _order_headings(language)]:
            known, languages = found.setdefault(word, (column_type, []))
            if known is column_type and language not in languages:
                languages.append(language)
    return found


def _order_headings(language: str) -> list[str]:
    orders, numbers = ORDER_WORDS[language].split(), number_words(language).split()
    both = [heading for order, number in product(orders, numbers) for heading in (order + number, number + order)]
    return [*both, orders[0]]


@cache
def _metadata() -> dict[str, Meaning]:
    types = {key: column_type for column_type, key in METADATA}
    listed = [(word, key) for (_, key), some in METADATA.items() for word in some.split()]
    return {
        word: Meaning(types[key], METADATA_CONFIDENCE, f"heading for {key.replace('_', ' ')}", key)
        for word, key in (*metadata_words(), *listed)
    }


def _direct(key: str) -> Meaning | None:
    found = _vocabulary().get(key)
    if found is None:
        return None
    column_type, languages = found
    reason = f"heading for {LABELS[column_type]} ({', '.join(languages)})"
    return Meaning(column_type, _weak().get(key, STRONG), reason)


@cache
def _weak() -> dict[str, float]:
    return {word: confidence for confidence, listed in WEAK_WORDS.items() for word in listed.split()}


def _of_a_person(heading: str) -> Meaning | None:
    """The meaning of a heading such as `Billing Phone`, `Køberens e-mail` or `Teilnehmername`."""
    all_words = words(heading)
    roles = [word for word in all_words if word in _ROLES]
    rest = "".join(word for word in all_words if word not in _ROLES and word not in FILLER_WORDS)
    if not roles and (glued := _glued(heading_key(heading))) is not None:
        role, rest = glued
        roles = [role]
    meaning = _direct(rest) if roles else None
    if meaning is None or meaning.column_type not in CUSTOMER_TYPES:
        return None
    if meaning.column_type not in _CONTACT_TYPES and all(role in ORDER_CONTACT_WORDS for role in roles):
        return None
    confidence = max(meaning.confidence, STRONG) + _role_weight(roles)
    return Meaning(meaning.column_type, round(confidence, 3), meaning.reason)


def _glued(key: str) -> tuple[str, str] | None:
    """Role and rest of a compound word, as Danish, German, Swedish and Dutch make them (`kundenavn`)."""
    for role in _GLUED_ROLES:
        if key.startswith(role):
            for joint in ("", "s", "n", "ns", "ens"):
                rest = key[len(role) :].removeprefix(joint)
                if rest in _vocabulary():
                    return role, rest
    return None


def _role_weight(roles: list[str]) -> float:
    if any(role in SHIPPING_WORDS for role in roles):
        return -SHIPPING_PENALTY
    if any(role in ATTENDEE_WORDS for role in roles):
        return -ATTENDEE_PENALTY
    return BUYER_BONUS


def _with_attendee_key(meaning: Meaning) -> list[Meaning]:
    """An attendee's data is the customer's when there is none of the buyer's, else it belongs to the ticket."""
    if meaning.confidence != round(STRONG - ATTENDEE_PENALTY, 3):
        return [meaning]
    key = meaning.column_type.value.replace("customer_", "attendee_").replace("full_name", "name")
    as_metadata = Meaning(
        ColumnType.PURCHASE_METADATA,
        ATTENDEE_METADATA_CONFIDENCE,
        "data of the ticket's holder, who is not the buyer",
        key,
    )
    return [meaning, as_metadata]


def _question(heading: str) -> Meaning | None:
    if not heading.rstrip().endswith("?") or len(words(heading)) < _MIN_QUESTION_WORDS:
        return None
    return Meaning(ColumnType.PURCHASE_METADATA, QUESTION_CONFIDENCE, "answer to a question", snake_case(heading))
