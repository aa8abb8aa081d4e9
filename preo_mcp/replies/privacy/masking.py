"""Results without e-mail addresses, phone numbers and names of people; ids stay, and all tools work by them.

What is personal is decided by where it stands: a field of a known name, a field of an object that is a person, or, in
objects that others made (metadata, a webhook's body, a file), by its heading. Everywhere else only that is masked which
can be nothing but an address or a number, and from free text the names that are known from the fields around it. A name
that stands in free text alone cannot be told from other words.

A CSV file of customers keeps its rows, columns and ids, and is masked by its headings.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Collection
from functools import cached_property, lru_cache
from typing import Any, Final, cast

from preo_mcp.api.errors import ServerError
from preo_mcp.api.models.data_imports import METADATA_COLUMN_TYPES, ColumnType
from preo_mcp.files.spreadsheets.columns.headings import meanings_of, words
from preo_mcp.replies.privacy.fields import (
    BETWEEN_SAMPLES,
    BODY,
    CELL,
    COLUMN,
    COLUMN_TYPE,
    FOREIGN,
    FREE,
    KINDS,
    NAMES,
    OF_STAFF,
    SAMPLES,
    SUGGESTION,
    Kind,
)
from preo_mcp.replies.privacy.free_text import (
    masked_email,
    masked_name,
    masked_phone,
    masked_text,
    without_addresses,
    without_names,
)
from preo_mcp.replies.privacy.people import is_person, names_in, parts_of

FORMS: Final[dict[Kind, Callable[[str], str]]] = {
    Kind.EMAIL: masked_email,
    Kind.PHONE: masked_phone,
    Kind.NAME: masked_name,
}

KIND_OF_TYPE: Final[dict[str | None, Kind]] = {
    ColumnType.CUSTOMER_EMAIL: Kind.EMAIL,
    ColumnType.CUSTOMER_PHONE: Kind.PHONE,
    ColumnType.CUSTOMER_FIRST_NAME: Kind.NAME,
    ColumnType.CUSTOMER_LAST_NAME: Kind.NAME,
    ColumnType.CUSTOMER_FULL_NAME: Kind.NAME,
}

UNKNOWN_COLUMNS: Final = METADATA_COLUMN_TYPES | {ColumnType.IGNORE, None}
"""Types of columns under which anything may stand."""

FIELD_OF_JSON: Final = re.compile(r'"((?:[^"\\]|\\.)*)"(\s*:\s*)"((?:[^"\\]|\\.)*)("?)')
"""A field in a JSON text that was cut, so that it cannot be parsed."""

_THINGS: Final = """
event edition organization organisation organizer company firm firma product produkt variant category item
ticket billet campaign segment consent file sheet list shop store venue place city by country currency domain
host method type payment service gateway status app
"""
THINGS: Final = frozenset(_THINGS.split())
"""Words beside which a name is that of a thing."""

_SOMEBODY: Final = """
companion ledsager begleitung guardian vaerge parent child children barn contact kontakt kontaktperson
ansprechpartner holder attendee participant deltager teilnehmer guest gaest recipient modtager empfanger
nickname signature signed friend ven
"""
SOMEBODY: Final = frozenset(_SOMEBODY.split())
"""Words under which a person's name may stand by itself."""

BYTE_ORDER_MARK: Final = "\ufeff"
DELIMITERS: Final = ",;\t|"


def masked(content: dict[str, Any], names: Collection[str] = ()) -> dict[str, Any]:
    """Return a result's structured content without personal data.

    `names` may stand in its free text and nowhere else, such as that of the customer whom an e-mail is previewed for.
    """
    shown = masking_of(content, names)
    return {name: shown(name, value) for name, value in content.items()}


def masking_of(content: dict[str, Any], names: Collection[str] = ()) -> Callable[[str, Any], Any]:
    """Return what masks a field of `content`, by its name and value, and some items of a list like all of them."""
    masking, person = _Masking(lambda: frozenset(names) | names_in(content)), is_person(content, "")

    def shown(name: str, value: Any) -> Any:
        if COLUMN in content and name in (SAMPLES, CELL) and isinstance(value, str | list):
            return masking.samples(cast("str | list[Any]", value), content)
        return masking.field(name, value, is_person=person)

    return shown


def masked_csv(text: str) -> str:
    """Return a CSV text, whose first line has the headings, with personal data masked.

    Raises:
        ServerError: it cannot be read as CSV, so that nothing of it can be shown.
    """
    mark, body = (BYTE_ORDER_MARK, text[1:]) if text.startswith(BYTE_ORDER_MARK) else ("", text)
    headings = body.partition("\n")[0]
    delimiter = max(DELIMITERS, key=headings.count)
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n" if headings.endswith("\r") else "\n")
    try:
        rows = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter)
        header = next(rows, None)
        if header is not None:
            writer.writerow(header)
            writer.writerows(_masked_row(header, row) for row in rows)
    except csv.Error:
        why = "Preo's answer is not a CSV text that can be masked"
        raise ServerError("The customers are not shown", why, "Tell the user to look at them in Preo.") from None
    return mark + out.getvalue()


class _Masking:
    """Masks one object and what is inside it.

    `find_names` returns the names that are taken out of free text; most objects have none, and are not asked.
    """

    def __init__(self, find_names: Callable[[], frozenset[str]]) -> None:
        self._find_names = find_names

    @cached_property
    def _names(self) -> frozenset[str]:
        return self._find_names()

    def object(self, fields: dict[str, Any], place: str) -> dict[str, Any]:
        """An object of Preo or of a tool, which stands in the field `place`."""
        inner = _Masking(lambda: self._names | names_in(fields, place))
        person = is_person(fields, place)
        shown = {
            name: inner._text(name, value, is_person=person)
            if isinstance(value, str)  # most are
            else inner.field(name, value, is_person=person)
            for name, value in fields.items()
        }
        for name in (SAMPLES, CELL) if COLUMN in fields else ():
            if isinstance(values := fields.get(name), str | list):
                shown[name] = inner.samples(cast("str | list[Any]", values), fields)
        return shown

    def field(self, name: str, value: Any, *, is_person: bool) -> Any:
        """A field of an object."""
        match value:
            case str():  # most are
                return self._text(name, value, is_person=is_person)
            case int() | float() | None:
                return value
            case _ if name in OF_STAFF:
                return value
            case dict() | list() if name in FOREIGN:
                return self._foreign(name, value, is_person=True)
            case dict() if name in FREE:  # messages by what they are about
                fields = cast("dict[str, Any]", value)
                return {self._free(key): self.field(name, item, is_person=False) for key, item in fields.items()}
            case dict():
                return self.object(cast("dict[str, Any]", value), name)
            case list():
                return [self.field(name, item, is_person=is_person) for item in cast("list[Any]", value)]
            case _:
                return value

    def _text(self, name: str, text: str, *, is_person: bool) -> str:
        kind = Kind.NAME if is_person and name in NAMES else KINDS.get(name)
        if kind is not None:
            return _in_form(kind, text)
        if name == BODY:
            return self._body(text)
        if name in OF_STAFF:
            return text
        return self._free(text) if name in FREE else without_addresses(text)

    def _free(self, text: str) -> str:
        return without_names(masked_text(text), self._names)

    def samples(self, values: str | list[Any], column: dict[str, Any]) -> str | list[Any]:
        """A few values of a column, in one text or each by itself, by its type, its likely type and its heading."""
        if isinstance(values, list):
            return [self._sample(one, column) for one in values]
        column_type, suggestion = (_type_in(column, name) for name in (COLUMN_TYPE, SUGGESTION))
        kind = KIND_OF_TYPE.get(column_type) or KIND_OF_TYPE.get(suggestion)
        if kind is None and column_type not in UNKNOWN_COLUMNS:
            return without_addresses(values)
        if (kind := kind or _kind_under(str(column[COLUMN]))) is None:
            return self._free(values)
        return BETWEEN_SAMPLES.join(_in_form(kind, value) for value in values.split(BETWEEN_SAMPLES))

    def _sample(self, value: Any, column: dict[str, Any]) -> Any:
        match value:
            case bool() | None | dict():
                return self.field(SAMPLES, value, is_person=True)
            case list():
                return self.samples(cast("list[Any]", value), column)
            case _:
                return self.samples(str(value), column)

    def _body(self, text: str) -> str:
        try:
            value = json.loads(text)
            if isinstance(value, dict | list):
                shown = self._foreign(BODY, value, is_person=False)
                return json.dumps(shown, ensure_ascii=False, separators=(",", ":"))
        except (ValueError, RecursionError):  # cut, no JSON, or nested without end: masked as text
            return self._free(FIELD_OF_JSON.sub(self._field_of_json, text))
        return self._free(text)

    def _field_of_json(self, found: re.Match[str]) -> str:
        name, colon, value, end = found.groups()
        return f'"{name}"{colon}"{self._foreign_text(name, value, is_person=True)}{end}'

    def foreign_object(self, fields: dict[str, Any], *, is_person: bool) -> dict[str, Any]:
        """An object whose fields others named."""
        return {self._free(name): self._foreign(name, value, is_person=is_person) for name, value in fields.items()}

    def _foreign(self, name: str, value: Any, *, is_person: bool) -> Any:
        match value:
            case dict():
                fields = cast("dict[str, Any]", value)
                return self.foreign_object(fields, is_person=name in FOREIGN or _looks_like_a_person(fields, name))
            case list():
                return [self._foreign(name, item, is_person=is_person) for item in cast("list[Any]", value)]
            case str():
                return self._foreign_text(name, value, is_person=is_person)
            case int() | float() if not isinstance(value, bool) and _kind_under(name) is Kind.PHONE:
                return masked_phone(str(value))
            case _:
                return value

    def _foreign_text(self, name: str, text: str, *, is_person: bool) -> str:
        if _is_id(name):
            return without_addresses(text)
        kind = None if name in NAMES and not is_person else _kind_under(name)
        return self._free(text) if kind is None else _in_form(kind, text)


def _masked_row(header: list[str], row: list[str]) -> list[str]:
    """Return a row of a table of customers, by its headings, without personal data."""
    # A column's place keeps those apart that have the same heading.
    masking = _Masking(frozenset[str])
    cells = zip(header, row, strict=False)
    shown = [next(iter(masking.foreign_object({name: value}, is_person=True).values())) for name, value in cells]
    return shown + [masked_text(value) for value in row[len(header) :]]


def _in_form(kind: Kind, text: str) -> str:
    """Personal data in its masked form; what is empty stays so."""
    if not text.strip():
        return text
    if kind is Kind.ONE_LINE:
        return ", ".join(FORMS[of](part) for of, part in parts_of(text))
    return FORMS[kind](text)


def _type_in(column: dict[str, Any], name: str) -> str | None:
    """Return what a field says of a column; None where that is nothing that is known, such as a list."""
    value = column.get(name)
    return value if isinstance(value, str) else None


def _looks_like_a_person(fields: dict[str, Any], place: str) -> bool:
    return is_person(fields, place) or any(_kind_under(name) in (Kind.EMAIL, Kind.PHONE) for name in fields)


def _is_id(heading: str) -> bool:
    """Return whether ids stand under `heading`, by which everything can be worked with."""
    return words(heading)[-1:] in (("id",), ("ids",))


@lru_cache(maxsize=4096)
def _kind_under(heading: str) -> Kind | None:
    """Return what personal data stands under `heading`, or None where it says nothing of that."""
    if (kind := KINDS.get(heading)) is not None:
        return kind
    if meanings := meanings_of(heading):
        return KIND_OF_TYPE.get(meanings[0].column_type)
    parts = words(heading)
    if THINGS.intersection(parts):
        return None
    by_word = (KIND_OF_TYPE.get(meanings[0].column_type) for part in parts if (meanings := meanings_of(part)))
    return next(filter(None, by_word), Kind.NAME if SOMEBODY.intersection(parts) else None)
