"""The functions, macros and operators that conditions are made of, for people and models to read.

All are of CEL's standard library (https://github.com/google/cel-spec/blob/master/doc/langdef.md); which of them Preo
offers is inferred.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Function:
    """A function, how it is called, what it does, and a condition with it."""

    name: str
    syntax: str
    description: str
    example: str


MACROS: Final = ("all", "exists", "exists_one", "filter", "map")
"""What runs over a list; they can be nested, which multiplies the work."""

FUNCTIONS: Final = (
    Function("exists", "list.exists(x, condition)", "true for at least one", "user.orders.exists(o, o.total > 500)"),
    Function("all", "list.all(x, condition)", "true for every one", "user.orders.all(o, o.status == 'completed')"),
    Function(
        *("exists_one", "list.exists_one(x, condition)", "true for exactly one"),
        "user.orders.exists_one(o, o.type == 'online')",
    ),
    Function(
        *("filter", "list.filter(x, condition)", "those for which it is true"),
        "user.purchases.filter(p, p.product_type == 'ticket').size() >= 2",
    ),
    Function("map", "list.map(x, value)", "a value of each", "'edt_1' in user.orders.map(o, o.edition_id)"),
    Function("size", "size(list or string)", "how many items or characters", "size(user.orders) > 1"),
    Function("in", "value in list", "whether it is one of them", "user.country in ['DK', 'SE']"),
    Function("has", "has(object.field)", "whether it is not null", "has(user.phone_number)"),
    Function(
        *("contains", "string.contains(part)", "whether it is a part"),
        "user.purchases.exists(p, p.product_name.contains('VIP'))",
    ),
    Function(
        *("startsWith", "string.startsWith(start)", "how it begins"),
        "has(user.phone_number) && user.phone_number.startsWith('+45')",
    ),
    Function(
        *("endsWith", "string.endsWith(end)", "how it ends"),
        "has(user.email) && user.email.endsWith('@example.com')",
    ),
    Function(
        *("matches", "string.matches(regex)", "RE2 regular expression, anywhere in it; (?i) ignores case"),
        "has(user.last_name) && user.last_name.matches('(?i)^jensen$')",
    ),
    Function(
        *("timestamp", "timestamp('YYYY-MM-DDThh:mm:ssZ')", "a moment"),
        "user.created >= timestamp('2026-01-01T00:00:00Z')",
    ),
    Function(
        *("duration", "duration('720h')", "a span in h, m, s; 720h are 30 days"),
        "user.orders.exists(o, o.created > now - duration('720h'))",
    ),
    Function(
        *("getFullYear", "timestamp.getFullYear('Europe/Copenhagen')", "the year; UTC without a time zone"),
        "user.orders.exists(o, o.created.getFullYear() == now.getFullYear() - 1)",
    ),
    Function("getMonth", "timestamp.getMonth(zone)", "the month, 0 is January", "user.created.getMonth() == 11"),
    Function("getDate", "timestamp.getDate(zone)", "the day of the month, from 1", "user.created.getDate() == 24"),
    Function("getDayOfWeek", "timestamp.getDayOfWeek(zone)", "0 is Sunday", "user.created.getDayOfWeek() == 6"),
    Function("getHours", "timestamp.getHours(zone)", "0 to 23", "user.created.getHours() < 8"),
    Function("int", "int(value)", "as whole number", "int(user.orders[0].total) == 1495"),
    Function("double", "double(value)", "as decimal number", "double(size(user.orders)) / 2.0 > 1.5"),
    Function("string", "string(value)", "as text", "string(size(user.orders)) == '2'"),
    Function("&& || !", "a && b, a || b, !a", "and, or, not", "user.has_valid_email && !user.has_valid_phone"),
    Function("== != < <= > >=", "a == b", "comparison; null is its own value", "user.first_name != null"),
    Function(
        *("+ - * / %", "a + b", "numbers of one kind; % whole ones: int(a) % 2"),
        "user.orders.exists(o, o.total * 2.0 > 900.0)",
    ),
    Function("? :", "condition ? a : b", "either of two", "user.locale == 'da' ? true : user.country == 'DK'"),
)

OTHER_FUNCTIONS: Final = (
    *("bool", "bytes", "dyn", "type", "uint", "existsOne", "getDayOfMonth", "getDayOfYear"),
    *("getMinutes", "getSeconds", "getMilliseconds"),
)
"""The rest of CEL's standard library, which the engine knows and a condition hardly needs."""
