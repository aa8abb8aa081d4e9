"""Conditions in words."""

import pytest
from hypothesis import given, settings

from preo_mcp.cel.clauses import explain, fields_named
from preo_mcp.cel.context import KNOWN
from preo_mcp.cel.parser import UnreadableError, parse
from tests.cel.test_parser import expressions

HEAD = "A customer is in the segment if "


def told(condition: str, **labels: str) -> str:
    text = explain(condition, parse(condition), KNOWN, labels)
    assert text.startswith(HEAD)
    return text.removeprefix(HEAD).removesuffix(".")


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("user.country == 'DK'", "the customer's country is 'DK'"),
        ("user.country != 'DK'", "the customer's country is not 'DK' (or is not known)"),
        ("!(user.country == 'DK')", "the customer's country is not 'DK' (or is not known)"),
        ("user.id != 'x'", "the customer's id is not 'x'"),
        ("user.email == null", "the customer's email is not known"),
        ("null != user.email", "the customer's email is known"),
        ("has(user.email)", "the customer's email is known"),
        ("!has(user.email)", "the customer's email is not known"),
        ("user.has_active_pass", "the customer has an active pass"),
        ("user.has_valid_email == false", "the customer does not have a valid email"),
        ("user.has_valid_email != false", "the customer has a valid email"),
        ("user.country in ['DK', 'SE']", "the customer's country is one of 'DK', 'SE'"),
        ("!(user.country in ['DK', 'SE'])", "the customer's country is none of 'DK', 'SE' (or is not known)"),
        ("!(user.id in ['x'])", "the customer's id is none of 'x'"),
        ("!(user.country in ['DK', null])", "the customer's country is none of 'DK', nothing (null)"),
        ("user.country in []", "the customer's country is one of nothing"),
        ("'a' in {'a': 1}", "'a' is a key of the map of 'a' to 1"),
        ("user.first_name.startsWith('A')", "the customer's first name starts with 'A'"),
        ("!user.first_name.contains('A')", "the customer's first name does not contain 'A' (and is known)"),
        ("matches(user.first_name, '^A')", "the customer's first name matches the pattern '^A'"),
        ("user.email < 'm'", "the customer's email is before (in the order of letters) 'm'"),
        ("size(user.orders) > 1", "the number of the customer's orders is more than 1"),
        ("user.orders.size() <= 1u", "the number of the customer's orders is at most 1u"),
        ("user.first_name.size() >= 2", "the number of characters of the customer's first name is at least 2"),
        ("!(size({'a': 1}) < 2)", "the number of entries of the map of 'a' to 1 is not less than 2"),
        (
            "user.orders.exists(o, o.total > 500 && o.type == 'online')",
            "for at least one of the customer's orders, "
            "the order's total is more than 500 and the order's type is 'online'",
        ),
        (
            "!user.orders.exists(o, o.total > 500)",
            "for none of the customer's orders, the order's total is more than 500",
        ),
        (
            "user.orders.all(o, o.total > 500)",
            "for every one of the customer's orders, even if there are none, the order's total is more than 500",
        ),
        ("!user.consents.all(c, c.granted)", "not for every one of the customer's consents, the consent is granted"),
        ("user.orders.existsOne(o, true)", "for exactly one of the customer's orders, it is true of everybody"),
        ("!user.orders.exists_one(o, false)", "for none or for several of the customer's orders, it is true of nobody"),
        (
            "user.orders.exists(o, user.orders.exists(p, p.total > o.total))",
            "for at least one of the customer's orders, for at least one of the customer's orders, "
            "the order p's total is more than the order o's total",
        ),
        (
            "user.purchases.exists(p, p.category_ids.exists(c, c == 'x') || 'y' in p.category_ids)",
            "for at least one of the customer's purchases, (for at least one of the purchase's category ids, "
            "the item c is 'x') or 'y' is among the purchase's category ids",
        ),
        (
            "user.purchases.filter(p, p.price > 5).size() == 2",
            "the number of the customer's purchases for which the purchase's price is more than 5 is 2",
        ),
        (
            "!('e' in user.orders.map(o, o.total > 5, o.id))",
            "'e' is not among the list of the order's id, one for each of the customer's orders for which "
            "the order's total is more than 5",
        ),
        ("user.orders[0].type == 'online'", "the type of the first of the customer's orders is 'online'"),
        (
            "user.orders[7] == user.orders[size(user.orders) - 1]",
            "item 7 (counted from 0) of the customer's orders is item "
            "the number of the customer's orders minus 1 (counted from 0) of the customer's orders",
        ),
        ("{'a': 1}['a'] == 1", "the entry 'a' of the map of 'a' to 1 is 1"),
        ("user.created > now - duration('720h')", "the customer's time of creation is later than 30 days before now"),
        (
            "now + duration('36h') >= user.created",
            "36 hours after now is no earlier than the customer's time of creation",
        ),
        (
            "now - user.created > duration('-90m')",
            "the time from the customer's time of creation to now is more than minus 90 minutes",
        ),
        (
            "user.created < timestamp('2026-01-31T12:30:00+02:00')",
            "the customer's time of creation is earlier than 31 January 2026 12:30 UTC+0200",
        ),
        ("user.created.getMonth() == 11", "the month of the customer's time of creation in UTC is December"),
        (
            "user.created.getMonth('Europe/Copenhagen') != 0",
            "the month of the customer's time of creation in the time of Europe/Copenhagen is not January",
        ),
        ("user.created.getMonth() == 12", "the month of the customer's time of creation in UTC is 12, which never is"),
        (
            "now.getDayOfWeek(user.id) in [0]",
            "the day of the week (0 is Sunday) of now in the time zone the customer's id is one of 0",
        ),
        ("duration('2h').getHours() == 2", "the hour of 2 hours is 2"),
        (
            "user.orders.exists(o, o.total * 2.0 + 1.0 > -5.0)",
            "for at least one of the customer's orders, (the order's total times 2.0) plus 1.0 is more than -5.0",
        ),
        ("-size(user.email) % 2 == 0", "minus the number of characters of the customer's email modulo 2 is 0"),
        ("int(user.orders[1].total) == 2", "(the total of the second of the customer's orders as a whole number) is 2"),
        ("dyn(user.has_valid_email)", "the customer has a valid email"),
        ("type(user) == type(dyn(now))", "the type of the customer is the type of now"),
        ("timestamp(user.email) < now", "(the customer's email as a moment) is earlier than now"),
        (
            "timestamp('soon') < now && duration('x') == duration('1h5s')",
            "all of these hold:\n- soon is earlier than now\n- x is 1 hour 5 seconds",
        ),
        (
            "user.locale == 'da' ? true : !user.has_valid_email",
            "(if the customer's locale is 'da': it is true of everybody; "
            "otherwise: the customer does not have a valid email)",
        ),
        ("(user.locale == 'da' ? 1 : 2) == 1", "(1 if the customer's locale is 'da', otherwise 2) is 1"),
        (
            "(user.id == 'a') == user.has_valid_email",
            "whether the customer's id is 'a' is whether the customer has a valid email",
        ),
        (
            "(!has(user.id)) == (has(user.id) || user.orders.exists(o, true))",
            "whether the customer's id is not known is whether the customer's id is known or "
            "(for at least one of the customer's orders, it is true of everybody)",
        ),
        (
            "[] == user.orders && {} == {} && b'a' == b'b' && null == 1",
            "all of these hold:\n- an empty list is the customer's orders\n- an empty map is an empty map\n"
            "- the bytes `b'a'` is the bytes `b'b'`\n- 1 is not known",
        ),
        (
            "!(has(user.email) && has(user.id))",
            "it is not the case that (the customer's email is known and the customer's id is known)",
        ),
        (
            "has(user.email) && (has(user.id) || user.orders == [1, 'x'])",
            "all of these hold:\n- the customer's email is known\n- at least one of these holds:\n"
            "  - the customer's id is known\n  - the customer's orders is the list 1, 'x'",
        ),
        ("edition.end_date < now", "the segment's edition's end date is earlier than now"),
        (
            "user.purchases.exists(p, p.product_id == 'prd_1')",
            "for at least one of the customer's purchases, the purchase's product id is 'prd_1' (VIP)",
        ),
        (
            "foo.bar(1, 2) && preo.User{id: 'x'} == user && baz",
            "all of these hold:\n- `foo.bar(1, 2)` is true\n- `preo.User{id: 'x'}` is the customer\n- `baz` is true",
        ),
        ("user.f(1) == size(1, 2)", "`user.f(1)` is `size(1, 2)`"),
    ],
)
def test_words(condition: str, words: str) -> None:
    assert told(condition, prd_1="VIP") == words


def test_what_is_said_of_the_fields() -> None:
    tree = parse(
        "user.country == 'DK' && user.orders.exists(o, o.type == 'online' && o.type != user.country) && user.id == f.g"
    )
    assert fields_named(tree, KNOWN) == [
        "User.country: of the phone number, such as DK",
        "User.orders: in all editions, oldest first",
        "Order.type: online, in-person, imported",
    ]


@settings(max_examples=200, deadline=None)
@given(expressions())
def test_whatever_can_be_read_can_be_told(condition: str) -> None:
    try:
        tree = parse(condition)
    except UnreadableError:
        return
    words = explain(condition, tree, KNOWN)
    assert words.startswith(HEAD)
    assert "None" not in words
    fields_named(tree, KNOWN)
