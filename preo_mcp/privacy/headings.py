"""Which personal data stands under a heading that others wrote: in metadata, in a webhook's body, in a CSV file."""

from functools import lru_cache
from typing import Final

from preo_mcp.columns.folding import words
from preo_mcp.columns.headings import meanings_of
from preo_mcp.models.data_imports import ColumnType
from preo_mcp.privacy.fields import KINDS, Kind

KIND_OF_TYPE: Final[dict[str | None, Kind]] = {
    ColumnType.CUSTOMER_EMAIL: Kind.EMAIL,
    ColumnType.CUSTOMER_PHONE: Kind.PHONE,
    ColumnType.CUSTOMER_FIRST_NAME: Kind.NAME,
    ColumnType.CUSTOMER_LAST_NAME: Kind.NAME,
    ColumnType.CUSTOMER_FULL_NAME: Kind.NAME,
}

_THINGS = """
event edition organization organisation organizer company firm firma product produkt variant category item
ticket billet campaign segment consent file sheet list shop store venue place city by country currency domain
host method type payment service gateway status app
"""

_PEOPLE = """
companion ledsager begleitung guardian vaerge parent child children barn contact kontakt kontaktperson
ansprechpartner holder attendee participant deltager teilnehmer guest gaest recipient modtager empfanger
nickname signature signed friend ven
"""
THINGS: Final = frozenset(_THINGS.split())
"""Words beside which a name is that of a thing."""
PEOPLE: Final = frozenset(_PEOPLE.split())
"""Words under which somebody's name may stand by itself."""


def is_id(heading: str) -> bool:
    """Return whether ids stand under `heading`, by which everything can be worked with."""
    return words(heading)[-1:] in (("id",), ("ids",))


@lru_cache(maxsize=4096)
def kind_under(heading: str) -> Kind | None:
    """Return what personal data stands under `heading`, or None where it says nothing of that."""
    if (kind := KINDS.get(heading)) is not None:
        return kind
    if meanings := meanings_of(heading):
        return KIND_OF_TYPE.get(meanings[0].column_type)
    parts = words(heading)
    if THINGS.intersection(parts):
        return None
    by_word = (KIND_OF_TYPE.get(meanings[0].column_type) for part in parts if (meanings := meanings_of(part)))
    return next(filter(None, by_word), Kind.NAME if PEOPLE.intersection(parts) else None)
