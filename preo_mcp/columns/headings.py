"""What a heading means by itself, in any of the six languages, without knowing where the file comes from."""

import re
from functools import cache
from itertools import product
from typing import Final

from preo_mcp.columns.folding import folded, snake_case, words
from preo_mcp.columns.meanings import CUSTOMER_TYPES, LABELS, Meaning
from preo_mcp.columns.metadata import METADATA, METADATA_CONFIDENCE, OTHER_STEMS
from preo_mcp.columns.roles import (
    ATTENDEE_WORDS,
    BUYER_WORDS,
    FILLER_WORDS,
    ORDER_CONTACT_WORDS,
    SHIPPING_WORDS,
)
from preo_mcp.columns.vocabulary import LANGUAGES, NUMBER_WORDS, ORDER_WORDS, STRONG, WEAK_WORDS
from preo_mcp.models.data_imports import ColumnType

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


def meanings_of(heading: str) -> list[Meaning]:
    """Everything that a heading may mean, the surest first.

    Args:
        heading: As it stands in the file.

    Returns:
        None, one, or for an attendee's data two meanings (the customer's, and metadata of the ticket).
    """
    if (found := _direct(folded(heading))) is not None:
        return [found]
    if (known := _metadata().get(folded(heading))) is not None:
        return [known]
    if (of_person := _of_a_person(heading)) is not None:
        return _with_attendee_key(of_person)
    return [question] if (question := _question(heading)) is not None else []


def says_something_else(heading: str) -> bool:
    """Whether an unknown heading names something that Preo does not import, such as a date or a total."""
    return any(word.startswith(stem) for word in words(heading) for stem in OTHER_STEMS)


def is_blank(heading: str) -> bool:
    """Whether a heading says nothing: empty, or a numbered column."""
    return _NUMBERED.fullmatch(folded(heading)) is not None


@cache
def _vocabulary() -> dict[str, tuple[ColumnType, list[str]]]:
    """Folded heading to its type and the languages it is used in; a word keeps the type of its first language."""
    found: dict[str, tuple[ColumnType, list[str]]] = {}
    for language, types in LANGUAGES.items():
        listed = [(word, column_type) for column_type, text in types.items() for word in text.split()]
        for word, column_type in listed + [(word, ColumnType.ORDER_ID) for word in _order_headings(language)]:
            known, languages = found.setdefault(word, (column_type, []))
            if known is column_type and language not in languages:
                languages.append(language)
    return found


def _order_headings(language: str) -> list[str]:
    orders, numbers = ORDER_WORDS[language].split(), NUMBER_WORDS.split()
    both = [heading for order, number in product(orders, numbers) for heading in (order + number, number + order)]
    return [*both, orders[0]]


@cache
def _metadata() -> dict[str, Meaning]:
    return {
        word: Meaning(column_type, METADATA_CONFIDENCE, f"heading for {key.replace('_', ' ')}", key)
        for (column_type, key), listed in METADATA.items()
        for word in listed.split()
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
    if not roles and (glued := _glued(folded(heading))) is not None:
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
