"""Wrong expressions as people and models write them: where the mistake is, what was meant, the expression put right.

All are of an edition, so that they may name `edition`.
"""

from typing import Final, NamedTuple


class Wrong(NamedTuple):
    """An expression; the place of its first mistake, what is suggested there, and the correction, where it is sure."""

    expression: str
    line: int
    column: int
    suggestion: str | None = None
    corrected: str | None = None


SUM: Final = (
    "there are no sums; of the first 5 items it is ((size(user.orders) > 0 ? user.orders[0].total : 0.0)"
    " + (size(user.orders) > 1 ? user.orders[1].total : 0.0) + (size(user.orders) > 2 ? user.orders[2].total : 0.0)"
    " + (size(user.orders) > 3 ? user.orders[3].total : 0.0) + (size(user.orders) > 4 ? user.orders[4].total : 0.0))"
)

OPERATORS_OF_OTHER_LANGUAGES: Final = (
    Wrong("user.country = 'DK'", 1, 14, "write == to compare", "user.country == 'DK'"),
    Wrong("user.country === 'DK'", 1, 14, "write ==", "user.country == 'DK'"),
    Wrong("user.country <> 'DK'", 1, 14, "write !=", "user.country != 'DK'"),
    Wrong("user.orders.exists(o, o.total => 5)", 1, 31, "write >=", "user.orders.exists(o, o.total >= 5)"),
    Wrong(
        *("user.has_valid_email and user.country is not null", 1, 22),
        *("write && for and", "user.has_valid_email && user.country != null"),
    ),
    Wrong("not user.has_active_pass", 1, 1, "write ! for not", "!user.has_active_pass"),
    Wrong("not user.country == 'DK'", 1, 1, "write !(...) for not"),
    Wrong("user.country not in ['DK']", 1, 14, "write !(value in list)"),
    Wrong(
        "user.has_valid_email\n| user.has_valid_phone",
        2,
        1,
        "write || for or",
        "user.has_valid_email\n|| user.has_valid_phone",
    ),
    Wrong("user?.country == 'DK'", 1, 5, "write .", "user.country == 'DK'"),
    Wrong(
        "user.orders.exists(o => o.total > 5)",
        1,
        22,
        "write exists(x, condition)",
        "user.orders.exists(o, o.total > 5)",
    ),
    Wrong("user.country in ('DK', 'SE')", 1, 14, "write in [...]", "user.country in ['DK', 'SE']"),
    Wrong("user.email ends with '.dk'", 1, 12, "write .endsWith('.dk')", "user.email.endsWith('.dk')"),
    Wrong("user.email LIKE '%.dk'", 1, 12, "contains('...'), startsWith('...'), endsWith('...') or matches('...')"),
    Wrong("user.country == “DK”", 1, 17, "write straight quotes", 'user.country == "DK"'),
    Wrong("user.country == 'DK';", 1, 21, "leave out the ;", "user.country == 'DK'"),
    Wrong("if user.has_valid_email then true", 1, 1, "write condition ? a : b"),
)
FORM: Final = (
    Wrong("user.country == 'DK", 1, 17, "end the text with the quote that it began with", "user.country == 'DK'"),
    Wrong("user.country.contains('D'", 1, 22, "add )", "user.country.contains('D')"),
    Wrong("user.orders.exists(o, o.total > 5 && o.type == 'online'", 1, 19, "add )"),
    Wrong("user.country == 'DK')", 1, 21, "leave it out", "user.country == 'DK'"),
    Wrong("user.orders.exists(o o.total > 5)", 1, 21, ",", "user.orders.exists(o, o.total > 5)"),
    Wrong("user.orders.exists(o, o.total > )", 1, 33, "a value is missing before it"),
    Wrong("user.orders.exists(o, o.total > 2,000)", 1, 33, "2000", "user.orders.exists(o, o.total > 2000)"),
    Wrong("user.orders.exists(o, o.total > 500 kr)", 1, 33, "write 500; an order's currency tells which"),
)
NAMES: Final = (
    Wrong("user.contry == 'DK'", 1, 6, "country", "user.country == 'DK'"),
    Wrong("has(user.phone)", 1, 10, "phone_number", "has(user.phone_number)"),
    Wrong("user.name == 'Jens'", 1, 6, "first_name, last_name"),
    Wrong("user.age == 18.0", 1, 6),
    Wrong("'ø😀' == user.frst_name", 1, 14, "first_name", "'ø😀' == user.first_name"),
    Wrong(
        *("user.has_valid_email &&\n  user.purchases.exists(p, p.type == 'ticket')", 2, 30),
        *("product_type", "user.has_valid_email &&\n  user.purchases.exists(p, p.product_type == 'ticket')"),
    ),
    Wrong("user.orders.exists(o, total > 5)", 1, 23, "o.total", "user.orders.exists(o, o.total > 5)"),
    Wrong("user.orders.exists(o, p.total > 5)", 1, 23, "o.total", "user.orders.exists(o, o.total > 5)"),
    Wrong("order.total > 5", 1, 1, "user.orders.exists(o, o.total > 500)"),
    Wrong("customer.country == 'DK'", 1, 1, "user.country", "user.country == 'DK'"),
    Wrong("country == 'DK'", 1, 1, "user.country", "user.country == 'DK'"),
    Wrong("user.country == DK", 1, 17, "put text in quotes: 'DK'", "user.country == 'DK'"),
    Wrong("user.has_valid_email == True", 1, 25, "true", "user.has_valid_email == true"),
    Wrong("edition.enddate < now", 1, 9, "end_date", "edition.end_date < now"),
)
FUNCTIONS: Final = (
    Wrong("user.email.endswith('.dk')", 1, 12, "endsWith", "user.email.endsWith('.dk')"),
    Wrong("user.orders.any(o, o.total > 5)", 1, 13, "exists", "user.orders.exists(o, o.total > 5)"),
    Wrong("user.orders.exists(o.total > 5)", 1, 13, "list.exists(x, condition)"),
    Wrong("len(user.orders) > 2", 1, 1, "size", "size(user.orders) > 2"),
    Wrong("user.orders.length > 2", 1, 12, "user.orders.size()", "user.orders.size() > 2"),
    Wrong(
        *("user.orders.count(o, o.total > 5) > 1", 1, 13, "list.filter(x, condition).size()"),
        "user.orders.filter(o, o.total > 5).size() > 1",
    ),
    Wrong("user.email.toLowerCase() == 'a@b.dk'", 1, 12, "matches('(?i)...') ignores case"),
    Wrong("sum(user.orders.map(o, o.total)) > 5000", 1, 1, SUM),
    Wrong("user.orders.map(o, o.total).sum() > 5000", 1, 29, SUM),
    Wrong("user.orders.sum(o, o.total) > 5000", 1, 13, SUM),
    Wrong("average(user.orders) > 5000", 1, 1, "there are no sums over lists; add item by item"),
    Wrong("user.created < now()", 1, 16, "now", "user.created < now"),
    Wrong("user.created.getYear() == 2026", 1, 14, "getFullYear", "user.created.getFullYear() == 2026"),
)
TYPES: Final = (
    Wrong("user.orders.exists(o, o.total > '500')", 1, 31, "500", "user.orders.exists(o, o.total > 500)"),
    Wrong(
        *("user.orders.exists(o, o.total % 2 == 0)", 1, 31, "int(o.total)"),
        "user.orders.exists(o, int(o.total) % 2 == 0)",
    ),
    Wrong("size(user.orders) % 2.0 == 0", 1, 19, "2", "size(user.orders) % 2 == 0"),
    Wrong("user.email % 2 == 0", 1, 12, "% takes whole numbers: int(value) % 2"),
    Wrong("user.orders.exists(o, o.total * 2 > 500)", 1, 31, "2.0", "user.orders.exists(o, o.total * 2.0 > 500)"),
    Wrong(
        "user.orders.exists(o, o.order_number == 1001)",
        1,
        38,
        "'1001'",
        "user.orders.exists(o, o.order_number == '1001')",
    ),
    Wrong("user.has_valid_email == 'yes'", 1, 22, "true", "user.has_valid_email == true"),
    Wrong("user.orders > 3", 1, 13, "size(user.orders)", "size(user.orders) > 3"),
    Wrong("user.orders", 1, 1, "size(user.orders) > 0", "size(user.orders) > 0"),
    Wrong("user.email && user.has_active_pass", 1, 12, "has(user.email)", "has(user.email) && user.has_active_pass"),
    Wrong(
        *("user.purchases.product_id == 'x'", 1, 15, "user.purchases.exists(x, x.product_id == ...)"),
    ),
    Wrong(
        *("user.purchases.exists(p, p.category_ids == 'c')", 1, 41, "'c' in p.category_ids"),
        "user.purchases.exists(p, 'c' in p.category_ids)",
    ),
    Wrong(
        *("user.purchases.exists(p, 'VIP' in p.product_name)", 1, 32, "p.product_name.contains('VIP')"),
        "user.purchases.exists(p, p.product_name.contains('VIP'))",
    ),
    Wrong("1 < size(user.orders) < 5", 1, 23, "a < b && b < c", "1 < size(user.orders) && size(user.orders) < 5"),
    Wrong("user['country'] == 'DK'", 1, 5, "user.country", "user.country == 'DK'"),
    Wrong("user.orders.exists(o, o.total)", 1, 23, "compare it with something"),
    Wrong("user == 'usr_1'", 1, 6, "user.id", "user.id == 'usr_1'"),
)
TIMES: Final = (
    Wrong(
        *("user.created > '2026-01-31'", 1, 14, "timestamp('2026-01-31T00:00:00Z')"),
        "user.created > timestamp('2026-01-31T00:00:00Z')",
    ),
    Wrong(
        *("user.created > timestamp('2026-01-31 18:30')", 1, 26, "timestamp('2026-01-31T18:30:00Z')"),
        "user.created > timestamp('2026-01-31T18:30:00Z')",
    ),
    Wrong("user.created > now - 30d", 1, 22, "duration('720h')", "user.created > now - duration('720h')"),
    Wrong("user.created > now - 30", 1, 20, "duration('720h') for 30 days"),
    Wrong("now - user.created > duration('2w')", 1, 31, "duration('336h')", "now - user.created > duration('336h')"),
    Wrong("user.created > 2025", 1, 14, "user.created.getFullYear()", "user.created.getFullYear() > 2025"),
)

WRONG: Final = (*OPERATORS_OF_OTHER_LANGUAGES, *FORM, *NAMES, *FUNCTIONS, *TYPES, *TIMES)
