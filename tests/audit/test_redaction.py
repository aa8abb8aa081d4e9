"""What the audit keeps of arguments: enough to see what was done, nothing about a person."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import MISSING

from preo_mcp.api.models.campaigns import Channel
from preo_mcp.api.models.data_imports import ColumnMappingChange, ColumnType
from preo_mcp.api.models.external_orders import ExternalOrder, ExternalOrderItem
from preo_mcp.audit.entry import LONGEST, redacted
from preo_mcp.files.keys import KEY_BYTES, Keys

KEYS = Keys(bytes(range(KEY_BYTES)))
MOMENT = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("purchase_id", "pur_3fA9-k", "pur_3fA9-k"),
        ("import_id", "0b7e7c1e-5b0a-4c58-9a3e-7d6f8e9a0b1c", "0b7e7c1e-5b0a-4c58-9a3e-7d6f8e9a0b1c"),
        ("campaign_id", "k3J9fQ2mX7Lp", "k3J9fQ2mX7Lp"),
        ("option_ids", ["opt_1", "opt_2"], ["opt_1", "opt_2"]),
        ("channel", Channel.SMS, "sms"),
        ("is_draft", False, False),
        ("edition_id", None, None),
        ("amount", 395.5, 395.5),
        ("amount", Decimal("395.50"), "395.50"),
        ("scheduled_at", MOMENT, "2026-11-23T12:00:00+00:00"),
    ],
)
def test_what_names_no_person_stays(name: str, value: object, kept: object) -> None:
    assert redacted({name: value}, KEYS) == {name: kept}


@pytest.mark.parametrize(
    ("name", "value", "length"),
    [
        ("email", "kirsten@example.org", 19),
        ("phone_number", 4520123456, 10),
        ("first_name", "Kirsten", 7),
        ("comment", "Kirsten Holm (kirsten@example.org) called", 41),
        ("url", "https://user:secret@example.org/hook?token=abc", 46),
        ("text", "Email,Name\nkirsten@example.org,Kirsten", 38),
        ("user_id", "Kirsten", 7),
        ("user_id", "kirsten@example.org", 19),
        ("user_id", "+4520123456", 11),
        ("customer_id", "20123456", 8),
        ("channel", "sms", 3),
        ("confirm", "yes", 3),
    ],
)
def test_any_other_text_is_a_digest_and_a_length(name: str, value: object, length: int) -> None:
    kept = redacted({name: value}, KEYS)
    assert str(value) not in json.dumps(kept)
    digest, _, shown_length = cast("str", kept[name]).partition("/")
    assert digest.startswith("hmac:")
    assert len(digest) == 21
    assert int(shown_length) == length


def test_the_same_person_has_the_same_digest_under_one_key_only() -> None:
    def digest(email: str, keys: Keys = KEYS) -> str:
        return cast("str", redacted({"email": email}, keys)["email"]).partition("/")[0]

    assert digest("kirsten@example.org") == digest("  Kirsten@Example.ORG ")
    assert digest("kirsten@example.org") != digest("kirsten@example.com")
    assert digest("kirsten@example.org") != digest("kirsten@example.org", Keys(bytes(KEY_BYTES)))


def test_what_was_not_given_is_left_out() -> None:
    assert redacted({"page": 1, "search": MISSING}, KEYS) == {"page": 1}


def test_a_name_that_a_model_made_up_can_be_anything() -> None:
    [name] = redacted({"kirsten@example.org": True}, KEYS)
    assert name.startswith("hmac:")


def test_objects_stay_readable_unless_there_is_a_person_in_them() -> None:
    mappings = [ColumnMappingChange(id="col_1", column_type=ColumnType.IGNORE)]
    assert redacted({"mappings": mappings}, KEYS) == {"mappings": [{"id": "col_1", "column_type": "ignore"}]}
    item = ExternalOrderItem(product_id="prd_1", quantity=2)
    order = ExternalOrder(email="kirsten@example.org", order_id="A-1", items=[item], first_name="Kirsten")
    kept = redacted({"orders": [order, order]}, KEYS)
    assert "irsten" not in json.dumps(kept)
    assert cast("dict[str, Any]", kept["orders"])["rows"] == 2
    other = order.model_copy(update={"first_name": "Jens"})
    assert redacted({"orders": [order, other]}, KEYS) != kept


def test_a_line_stays_short() -> None:
    kept = redacted({"option_ids": [f"opt_{number}" for number in range(1000)]}, KEYS)
    assert len(json.dumps(kept)) < LONGEST
    assert list(kept) == ["all"]


WORD = "Kjærgaard-Østerbro"
values = st.recursive(
    st.one_of(st.just(WORD), st.integers(), st.booleans(), st.none(), st.just(f"{WORD}@example.org"), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
    max_leaves=8,
)


@given(st.dictionaries(st.one_of(st.sampled_from(["user_id", "orders", "id", "comment"]), st.text()), values))
def test_whatever_is_sent_can_be_written_without_the_person(arguments: dict[str, object]) -> None:
    line = json.dumps(redacted(arguments, KEYS), ensure_ascii=False)
    assert WORD not in line
    assert "@" not in line
