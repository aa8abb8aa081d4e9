"""What a condition can name: variables, types, fields. Written once; descriptors, documentation and hints follow.

The names `product_types`, `purchase_statuses` and `category_ids` are observed, all others are inferred.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Kind(StrEnum):
    """The types of plain values, as CEL calls them."""

    STRING = "string"
    BOOL = "bool"
    DOUBLE = "double"
    TIMESTAMP = "timestamp"
    INT = "int"
    ANY = "dyn"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a type: a plain value, or objects of another type; where nullable, its value can be null.

    A time that is missing is not null in CEL but the beginning of 1970; `has` tells.
    """

    name: str
    type: str
    description: str
    is_nullable: bool = False
    is_list: bool = False

    @property
    def shown_type(self) -> str:
        """The type as documentation shows it: `string?`, `list<Order>`."""
        return f"list<{self.type}>" if self.is_list else f"{self.type}{'?' if self.is_nullable else ''}"


@dataclass(frozen=True, slots=True)
class ObjectType:
    """A type of objects; the place of a field is its number in stored messages, so new fields go last."""

    name: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Variable:
    """A name that stands by itself."""

    name: str
    type: str
    description: str


@dataclass(frozen=True, slots=True)
class Context:
    """Types and variables that belong together; `functions` are those that are not of CEL's standard library."""

    types: tuple[ObjectType, ...]
    variables: tuple[Variable, ...]
    functions: tuple[str, ...] = ()

    def fields(self, owner: str) -> tuple[Field, ...]:
        """Return the fields of a type; none where it is not a type of objects."""
        return next((one.fields for one in self.types if one.name == owner), ())

    def field(self, owner: str, name: str) -> Field | None:
        """Return one field of a type."""
        return next((one for one in self.fields(owner) if one.name == name), None)

    def variable(self, name: str) -> Variable | None:
        """Return a variable."""
        return next((one for one in self.variables if one.name == name), None)


STRING, BOOL, DOUBLE, TIMESTAMP, *_ = Kind

PURCHASE: Final = ObjectType(
    "Purchase",
    (
        Field("id", STRING, ""),
        Field("product_id", STRING, ""),
        Field("product_name", STRING, "as it was when it was bought"),
        Field("product_type", STRING, "one of product_types", is_nullable=True),
        Field("variant_id", STRING, "", is_nullable=True),
        Field("category_ids", STRING, "of the product", is_list=True),
        Field("status", STRING, "one of purchase_statuses"),
        Field("price", DOUBLE, "in the order's currency, without fee and deposit"),
        Field("created", TIMESTAMP, ""),
    ),
)
ORDER: Final = ObjectType(
    "Order",
    (
        Field("id", STRING, ""),
        Field("order_number", STRING, ""),
        Field("status", STRING, "pending, confirmed, completed, cancelled"),
        Field("type", STRING, "online, in-person, imported"),
        Field("total", DOUBLE, "in currency, such as 1495.0"),
        Field("currency", STRING, ""),
        Field("created", TIMESTAMP, ""),
        Field("edition_id", STRING, ""),
        Field("purchases", PURCHASE.name, "one per unit", is_list=True),
    ),
)
CONSENT: Final = ObjectType(
    "Consent",
    (
        Field("consent_id", STRING, ""),
        Field("name", STRING, ""),
        Field("granted", BOOL, "false once withdrawn"),
        Field("at", TIMESTAMP, "when it was granted or withdrawn"),
    ),
)
USER: Final = ObjectType(
    "User",
    (
        Field("id", STRING, ""),
        Field("email", STRING, "", is_nullable=True),
        Field("first_name", STRING, "", is_nullable=True),
        Field("last_name", STRING, "", is_nullable=True),
        Field("phone_number", STRING, "such as +4520123456", is_nullable=True),
        Field("locale", STRING, "en, da, se, nl, pl", is_nullable=True),
        Field("country", STRING, "of the phone number, such as DK", is_nullable=True),
        Field("created", TIMESTAMP, ""),
        Field("has_valid_email", BOOL, ""),
        Field("has_valid_phone", BOOL, "mobile or not"),
        Field("has_active_pass", BOOL, "in a phone's wallet"),
        Field("orders", ORDER.name, "in all editions, oldest first", is_list=True),
        Field("purchases", PURCHASE.name, "those of all orders", is_list=True),
        Field("consents", CONSENT.name, "given or withdrawn", is_list=True),
    ),
)
EDITION: Final = ObjectType(
    "Edition",
    (
        Field("id", STRING, ""),
        Field("name", STRING, ""),
        Field("full_name", STRING, ""),
        Field("slug", STRING, ""),
        Field("timezone", STRING, ""),
        Field("currency", STRING, "", is_nullable=True),
        Field("start_date", TIMESTAMP, "has() tells whether there is one"),
        Field("end_date", TIMESTAMP, "likewise"),
    ),
)

TYPES: Final = MappingProxyType({one.name: one for one in (PURCHASE, ORDER, CONSENT, USER, EDITION)})
"""By name; a type stands after those that it is made of."""

USER_VARIABLE: Final = Variable("user", USER.name, "the customer who is in the segment or not")
NOW_VARIABLE: Final = Variable("now", TIMESTAMP, "the moment of the calculation")
EDITION_VARIABLE: Final = Variable("edition", EDITION.name, "the segment's edition; only where it has an edition_id")

VARIABLES: Final = (USER_VARIABLE, NOW_VARIABLE, EDITION_VARIABLE)

KNOWN: Final = Context(tuple(TYPES.values()), VARIABLES)
"""What an edition's conditions can name, to this version's knowledge."""


def without_edition(context: Context) -> Context:
    """Return what conditions can name that belong to no edition."""
    variables = tuple(one for one in context.variables if one.name != EDITION_VARIABLE.name)
    return replace(context, variables=variables)


def digest() -> str:
    """Return what tells whether stored messages were made for these types."""
    return hashlib.sha256(repr([(one.name, *_shape(one)) for one in TYPES.values()]).encode()).hexdigest()


def _shape(described: ObjectType) -> Iterator[tuple[str, str]]:
    return ((field.name, field.shown_type) for field in described.fields)
