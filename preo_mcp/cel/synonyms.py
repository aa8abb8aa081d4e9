"""What people and models call things that have another name here. Where the last column is certain, it is put right."""

from types import MappingProxyType
from typing import Final

from preo_mcp.cel.context import CONSENT, ORDER, PURCHASE, USER

FIELDS: Final = MappingProxyType(
    {
        USER.name: {
            **dict.fromkeys(("phone", "phonenumber", "mobile", "telephone"), "phone_number"),
            **dict.fromkeys(("mail", "emailaddress"), "email"),
            **dict.fromkeys(("firstname", "givenname"), "first_name"),
            **dict.fromkeys(("lastname", "surname", "familyname"), "last_name"),
            **dict.fromkeys(("language", "lang"), "locale"),
            **dict.fromkeys(("createdat", "registered"), "created"),
            "countrycode": "country",
            "tickets": "purchases",
            "userid": "id",
        },
        ORDER.name: {
            **dict.fromkeys(("amount", "totalamount", "totalprice", "sum", "price"), "total"),
            **dict.fromkeys(("createdat", "date", "ordered", "orderdate"), "created"),
            **dict.fromkeys(("items", "lines", "tickets", "products"), "purchases"),
            **dict.fromkeys(("edition", "event", "eventid"), "edition_id"),
            "number": "order_number",
            "orderid": "id",
        },
        PURCHASE.name: {
            **dict.fromkeys(("name", "title"), "product_name"),
            **dict.fromkeys(("type", "kind"), "product_type"),
            **dict.fromkeys(("category", "categoryid", "categories"), "category_ids"),
            **dict.fromkeys(("amount", "total", "cost"), "price"),
            **dict.fromkeys(("createdat", "date", "bought"), "created"),
            "product": "product_id",
            "variant": "variant_id",
            "state": "status",
        },
        CONSENT.name: {
            **dict.fromkeys(("id", "consent"), "consent_id"),
            **dict.fromkeys(("given", "accepted", "isgranted", "active", "status"), "granted"),
            **dict.fromkeys(("date", "time", "created", "grantedat"), "at"),
            "title": "name",
        },
    }
)
"""By type, without case and underscores."""

FIELD_NOTES: Final = MappingProxyType(
    {
        **dict.fromkeys(((USER.name, "name"), (USER.name, "fullname")), "first_name, last_name"),
        **dict.fromkeys(((USER.name, "totalspent"), (USER.name, "revenue")), "user.orders.exists(o, o.total > 500)"),
    }
)
"""By type and name, without case and underscores: what comes near where no single field does."""

SAME_KIND: Final = frozenset(
    {
        *((ORDER.name, "edition"), (ORDER.name, "event"), (ORDER.name, "items"), (ORDER.name, "tickets")),
        *((ORDER.name, "products"), (ORDER.name, "lines"), (USER.name, "tickets"), (CONSENT.name, "status")),
        *((PURCHASE.name, "category"), (PURCHASE.name, "categoryid"), (PURCHASE.name, "product")),
        *((PURCHASE.name, "total"), (PURCHASE.name, "variant"), (CONSENT.name, "consent")),
    }
)
"""Of these the right field says something a little different, so that they are suggested and not put right."""

FUNCTIONS: Final = MappingProxyType(
    {
        **dict.fromkeys(("any", "some", "anymatch"), "exists"),
        **dict.fromkeys(("every", "allmatch", "forall"), "all"),
        **dict.fromkeys(("where", "select", "findall"), "filter"),
        **dict.fromkeys(("len", "length", "count"), "size"),
        **dict.fromkeys(("includes", "has_substring"), "contains"),
        **dict.fromkeys(("beginswith", "hasprefix"), "startsWith"),
        **dict.fromkeys(("hassuffix",), "endsWith"),
        **dict.fromkeys(("regex", "match", "regexp", "regexmatch"), "matches"),
        **dict.fromkeys(("getyear", "year"), "getFullYear"),
        **dict.fromkeys(("month",), "getMonth"),
        **dict.fromkeys(("getday", "weekday", "getweekday"), "getDayOfWeek"),
        **dict.fromkeys(("gethour", "hour"), "getHours"),
        **dict.fromkeys(("date", "datetime", "todatetime", "parsedate"), "timestamp"),
        **dict.fromkeys(("parseint", "toint", "integer"), "int"),
        **dict.fromkeys(("tostring", "str", "text"), "string"),
        **dict.fromkeys(("float", "decimal", "todouble", "number"), "double"),
        **dict.fromkeys(("interval", "timedelta", "timespan"), "duration"),
        **dict.fromkeys(("collect", "pluck"), "map"),
    }
)
"""Without case; what takes its arguments in another way is suggested, and put right only where it is sound then."""

UNSURE_FUNCTIONS: Final = frozenset({"getday", "select"})
"""Called so elsewhere too, where they do something else."""

_FOLD = "matches('(?i)...') ignores case"
_LOWER: Final = dict.fromkeys(("lower", "tolower", "tolowercase", "lowercase", "upper", "toupper", "lowerascii"), _FOLD)
SUMS: Final = frozenset({"sum", "total", "sumof", "avg", "average", "reduce", "fold", "aggregate"})
NO_SUM: Final = "there are no sums over lists; add item by item"
FUNCTION_NOTES: Final = MappingProxyType(
    {
        **_LOWER,
        **dict.fromkeys(SUMS, NO_SUM),
        **dict.fromkeys(("max", "min"), "there is no greatest or least; compare each with exists or all"),
        **dict.fromkeys(("isempty", "empty"), "size(list) == 0"),
        **dict.fromkeys(("isnull", "isdefined", "isset"), "has(object.field)"),
        **dict.fromkeys(("first", "head"), "list[0], after size(list) > 0"),
        **dict.fromkeys(("last", "tail"), "list[size(list) - 1], after size(list) > 0"),
        **dict.fromkeys(
            ("days", "adddays", "subtractdays", "daysago", "dateadd"), "now - duration('720h') is 30 days ago"
        ),
        **dict.fromkeys(("trim", "strip", "replace", "split", "substring"), "matches(...) looks into text"),
        **dict.fromkeys(("round", "abs", "floor", "ceil"), "int(value) rounds"),
    }
)
"""Without case: what to write where nothing does the same."""

VALUES: Final = MappingProxyType(
    {
        **dict.fromkeys(("None", "nil", "NULL", "Null", "undefined"), "null"),
        **dict.fromkeys(("True", "TRUE"), "true"),
        **dict.fromkeys(("False", "FALSE"), "false"),
    }
)
NAMES: Final = MappingProxyType(
    {
        **dict.fromkeys(("customer", "person", "contact", "client"), "user"),
        **dict.fromkeys(("today", "current_time", "NOW", "Now"), "now"),
    }
)
LISTED: Final = MappingProxyType(
    {
        **dict.fromkeys(("order", "orders"), "user.orders.exists(o, o.total > 500)"),
        **dict.fromkeys(
            ("purchase", "purchases", "ticket", "tickets", "product"),
            "user.purchases.exists(p, p.product_type == 'ticket')",
        ),
        **dict.fromkeys(("consent", "consents"), "user.consents.exists(c, c.granted)"),
    }
)
"""Names that stand for one of a customer's many: how they are looked into."""
