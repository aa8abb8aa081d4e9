"""What holds for everybody or for nobody is warned of, and is so; what only looks like it is left alone."""

import pytest
from hypothesis import given, settings

from preo_mcp.cel.condition import compile_condition
from preo_mcp.cel.context import KNOWN
from preo_mcp.cel.parser import UnreadableError, parse
from preo_mcp.cel.sums import SPENT, summed
from preo_mcp.cel.vacuous import vacuous
from tests.cel.test_conditions import NOW, SOEREN, message
from tests.cel.test_parser import expressions

NOBODY_KNOWN = message("User", id="usr_new").SerializeToString()
DANE = message("User", id="usr_1", country={"value": "DK"}, phone_number={"value": "+4520123456"}).SerializeToString()
CUSTOMERS = (SOEREN, NOBODY_KNOWN, DANE)


def told(condition: str) -> list[tuple[str, str | None]]:
    return [(one.message, one.suggestion) for one in vacuous(condition, parse(condition), KNOWN)]


@pytest.mark.parametrize(
    ("condition", "says", "suggestion"),
    [
        ("user.phone_number != ''", "true of everybody: a phone_number", "has(user.phone_number)"),
        ("'' != user.first_name", "true of everybody: a first_name", "has(user.first_name)"),
        ("user.created != null", "missing is 1970", "has(user.created)"),
        ("user.id != null", "id is never null", None),
        ("user.has_valid_phone != null", "never null", None),
        ("size(user.orders) >= 0", "no size is below 0", "size(...) > 0"),
        ("user.orders.size() >= 0", "no size is below 0", "size(...) > 0"),
        ("user.country == user.country", "both sides are the same", None),
        ("true || user.has_valid_email", "true decides alone", None),
        ("user.country != 'DK' || user.country != 'SE'", "any user.country is one", "write && for neither of them"),
        ("user.country == 'DK' || user.country != 'DK'", "any user.country is one", "write && for neither of them"),
        ("size(user.orders) > 1 || size(user.orders) < 5", "any size(user.orders) is one", None),
        ("size(user.orders) >= 1 || 1 > size(user.orders)", "any size(user.orders) is one", None),
    ],
)
def test_what_holds_for_everybody(condition: str, says: str, suggestion: str | None) -> None:
    [(message_of_it, meant)] = told(condition)
    assert says in message_of_it
    assert meant == suggestion
    assert all(compile_condition(condition, NOW, None).holds(one) for one in CUSTOMERS)


@pytest.mark.parametrize(
    ("condition", "says", "suggestion"),
    [
        ("user.phone_number == ''", "true of nobody: a phone_number", "!has(user.phone_number)"),
        ("user.created == null", "missing is 1970", "!has(user.created)"),
        ("size(user.orders) < 0", "no size is below 0", "size(...) > 0"),
        ("user.country in []", "the list is empty", None),
        ("user.country == 'DK' && user.country == 'SE'", "no user.country is all", "write || for either of them"),
        (
            "user.country in ['DK', 'NO'] && user.country == 'SE'",
            "no user.country is all",
            "write || for either of them",
        ),
        ("user.country == 'DK' && user.country != 'DK'", "no user.country is all", "write || for either of them"),
        (
            "user.purchases.exists(p, p.product_id == 'prd_vip' && p.product_id == 'prd_day')",
            "no p.product_id is all of that at once",
            "write || for either of them; for an item of each, write two exists(...)",
        ),
        ("user.orders.exists(o, o.total > 500 && o.total < 500)", "no o.total is all", None),
        ("user.orders.exists(o, o.total >= 501 && 500.5 >= o.total)", "no o.total is all", None),
        ("user.orders.exists(o, o.total == 5 && o.total > 7)", "no o.total is all", None),
        (
            "user.created > timestamp('2026-02-01T00:00:00Z') && user.created < timestamp('2026-01-31T23:00:00-01:00')",
            "no user.created is all",
            None,
        ),
        ("user.has_valid_email && false", "false decides alone", None),
    ],
)
def test_what_holds_for_nobody(condition: str, says: str, suggestion: str | None) -> None:
    [(message_of_it, meant)] = told(condition)
    assert says in message_of_it
    assert meant == suggestion
    assert not any(compile_condition(condition, NOW, None).holds(one) for one in CUSTOMERS)


@pytest.mark.parametrize(
    "condition",
    [
        "true",
        "has(user.phone_number) && user.phone_number != '+45'",
        "user.country == null",
        "user.country == 'DK' || user.country == 'SE'",
        "user.country != 'DK' && user.country != 'SE'",
        "user.purchases.exists(p, p.product_id == 'a') && user.purchases.exists(p, p.product_id == 'b')",
        "user.purchases.exists(p, 'a' in p.category_ids && 'b' in p.category_ids)",
        "user.orders.exists(o, o.total >= 500 && o.total <= 500)",
        "user.orders.exists(o, o.total < 100 || o.total > 500)",
        "user.orders.exists(o, o.total > 500 && o.created > timestamp('2026-01-01T00:00:00Z'))",
        "user.first_name > 'm' && user.first_name < 'a'",
        "size(user.orders) > 0",
        "now.getMonth() == 1 || now.getMonth() == 2",
        "user.zzz != '' && foo.bar == null",
    ],
)
def test_what_depends_on_the_customer_is_left_alone(condition: str) -> None:
    assert told(condition) == []


@settings(max_examples=200, deadline=None)
@given(expressions())
def test_whatever_can_be_read_can_be_looked_through(condition: str) -> None:
    try:
        tree = parse(condition)
    except UnreadableError:
        return
    for one in vacuous(condition, tree, KNOWN):
        assert one.line >= 1
        assert not one.edits


def test_a_sum_is_that_of_the_first_items_and_never_fails() -> None:
    condition = f"{summed(*SPENT)} > 5789"
    assert [compile_condition(condition, NOW, None).holds(one) for one in CUSTOMERS] == [True, False, False]
    assert compile_condition(f"{summed(*SPENT)} == 5790", NOW, None).holds(SOEREN)
