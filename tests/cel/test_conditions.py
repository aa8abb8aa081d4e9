"""What conditions come to for a customer, as a stored message."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from preo_mcp.cel.condition import compile_condition
from preo_mcp.cel.context import EDITION, TYPES, USER, VARIABLES
from preo_mcp.cel.messages import message_class
from preo_mcp.cel.mistakes import InvalidConditionError

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def seconds(moment: datetime) -> dict[str, int]:
    return {"seconds": int(moment.timestamp())}


def message(name: str, **fields: Any) -> Any:
    return message_class(name)(**fields)


PURCHASES = [
    message("Purchase", id="pur_1", product_id="prd_vip", product_name="VIP-lounge", status="completed", price=4495.0),
    message("Purchase", id="pur_2", product_id="prd_day", category_ids=["cat_tickets"], status="refunded", price=795.0),
]
ORDERS = [
    message(
        *("Order",),
        id="ord_1",
        total=5290.0,
        currency="DKK",
        status="completed",
        created=seconds(NOW - timedelta(days=400)),
        purchases=PURCHASES,
    ),
    message("Order", id="ord_2", total=500.0, status="pending", created=seconds(NOW - timedelta(days=3))),
]
SOEREN = message(
    "User",
    id="usr_soeren",
    first_name={"value": "Søren"},
    email={"value": "soeren@example.com"},
    created=seconds(NOW - timedelta(days=400)),
    has_valid_email=True,
    orders=ORDERS,
    purchases=PURCHASES,
    consents=[message("Consent", consent_id="con_news", granted=True), message("Consent", consent_id="con_old")],
).SerializeToString()


def asked(condition: str, edition: bytes | None = None) -> bool | None:
    return compile_condition(condition, NOW, edition).holds(SOEREN)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("user.id == 'usr_soeren'", True),
        ("size(user.first_name) == 5", True),
        ("user.country == null", True),
        ("user.country == 'DK'", False),
        ("user.country != 'DK'", True),
        ("has(user.country)", False),
        ("user.orders.exists(o, o.total > 5000)", True),
        ("user.orders.exists(o, o.total == 500)", True),
        ("user.orders.exists(o, 500u == o.total && o.total != 501)", True),
        ("user.orders.all(o, o.total >= 500.0 && o.total <= 5290)", True),
        ("user.orders.exists(o, o.created > now - duration('720h'))", True),
        ("user.orders.exists(o, o.created.getFullYear() == now.getFullYear() - 1)", True),
        ("user.orders.exists_one(o, o.status == 'pending')", True),
        ("user.purchases.filter(p, p.status == 'completed').size() == 1", True),
        ("user.purchases.exists(p, p.product_name.contains('VIP') && p.price > 4000)", True),
        ("user.purchases.exists(p, 'cat_tickets' in p.category_ids)", True),
        ("user.orders[0].purchases == user.purchases", True),
        ("user.consents.exists(c, c.consent_id == 'con_news' && c.granted)", True),
        ("user.consents.all(c, c.granted)", False),
        ("user.has_valid_email && !user.has_valid_phone", True),
        ("user.created < timestamp('2026-01-01T00:00:00Z')", True),
        ("dyn(user.has_valid_email)", True),
        ("user == user && user.orders != []", True),
    ],
)
def test_conditions(condition: str, holds: bool) -> None:
    assert asked(condition) is holds


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ("user.country.startsWith('D')", "null_type"),
        ("user.orders[7].total > 5", "index=7"),
        ("int(user.first_name) == 1", ""),
        ("1 / (size(user.orders) - 2) == 1", "divide by zero"),
        ("dyn(user.country)", "null"),
        ("dyn(user.first_name)", "Søren"),
        ("timestamp(user.first_name) < now", ""),
    ],
)
def test_what_cannot_be_told_is_none_and_says_why(condition: str, reason: str) -> None:
    condition_ = compile_condition(condition, NOW, None)
    assert condition_.holds(SOEREN) is None
    assert condition_.first_error is not None
    assert reason in condition_.first_error
    first = condition_.first_error
    assert condition_.holds(message("User").SerializeToString()) in (None, False, True)
    assert condition_.first_error == first


def test_the_edition_is_a_variable_where_there_is_one() -> None:
    edition = message(EDITION.name, id="edt_1", end_date=seconds(NOW + timedelta(days=1))).SerializeToString()
    assert asked("edition.id == 'edt_1' && edition.end_date > now && !has(edition.start_date)", edition) is True
    with pytest.raises(InvalidConditionError):
        asked("edition.id == 'edt_1'")


def test_every_documented_field_can_be_named() -> None:
    paths = {USER.name: "user", EDITION.name: "edition"}
    paths |= {"Order": "user.orders[0]", "Purchase": "user.purchases[0]", "Consent": "user.consents[0]"}
    assert paths.keys() == TYPES.keys()
    assert {one.name for one in VARIABLES} == {"user", "now", "edition"}
    for name, path in paths.items():
        for field in TYPES[name].fields:
            compile_condition(f"dyn({path}.{field.name}) != null", NOW, message(EDITION.name).SerializeToString())
