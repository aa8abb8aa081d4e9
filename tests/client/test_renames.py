"""Names on the way out and back: what goes out renamed comes back as it was."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preo_mcp.client.renames import UNCHANGED, NotAPlace, Renames, field_path, steps_of

OURS = st.sampled_from(["id", "name", "email", "items", "user", "a"])
TEXTS = st.sampled_from(["cancelled", "done", "x"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(OURS, inner, max_size=4),
    max_leaves=12,
)


@st.composite
def trees(draw: st.DrawFn, depth: int = 3) -> Renames:
    """Any renames; their names are none of ours, so that nothing stands in the way."""
    renamed = draw(st.dictionaries(OURS, st.booleans(), max_size=4)) if depth else {}
    fields: dict[str, Renames] = {}
    for name, is_renamed in renamed.items():
        below = draw(trees(depth - 1))
        below.theirs = f"their_{name}" if is_renamed else None
        fields[name] = below
    values = {value: f"their {value}" for value in draw(st.lists(TEXTS, unique=True))}
    items = draw(trees(depth - 1)) if depth and draw(st.booleans()) else None
    every = draw(trees(depth - 1)) if depth and draw(st.booleans()) else None
    return Renames(values=values, fields=fields, items=items, every=every)


@settings(max_examples=60, deadline=None)
@given(trees(), VALUES)
def test_what_goes_out_comes_back_as_it_was(renames: Renames, value: Any) -> None:
    assert renames.incoming(renames.outgoing(value)) == value


@given(st.lists(OURS | st.sampled_from(["[]", "{}"]), min_size=1, max_size=6))
def test_a_place_is_written_and_read(steps: list[str]) -> None:
    assert steps_of(field_path(tuple(steps))) == tuple(steps)


def test_fields_and_values_are_renamed_where_they_are_and_nowhere_else() -> None:
    renames = Renames.of(
        {"results[].customer.email": "mail", "by_day{}.sent": "sent_count", "a": "b", "b": "a"},
        {"results[].status": {"cancelled": "canceled"}, "tags": {"old": "new"}},
    )
    ours = {
        "results": [{"customer": {"email": "x", "id": "cancelled"}, "status": "cancelled", "email": "y"}, None],
        "by_day": {"monday": {"sent": 1}},
        "tags": ["old", "cancelled"],
        "a": 1,
        "b": 2,
        "status": "cancelled",
    }
    theirs = {
        "results": [{"customer": {"mail": "x", "id": "cancelled"}, "status": "canceled", "email": "y"}, None],
        "by_day": {"monday": {"sent_count": 1}},
        "tags": ["new", "cancelled"],
        "b": 1,
        "a": 2,
        "status": "cancelled",
    }
    assert renames.outgoing(ours) == theirs
    assert renames.incoming(theirs) == ours
    assert UNCHANGED.outgoing(ours) is ours


def test_of_two_claims_to_a_name_the_renamed_field_wins_in_what_comes_and_nothing_goes_out() -> None:
    renames = Renames.of({"email": "mail"}, {})
    assert renames.incoming({"email": "old", "mail": "new"}) == {"email": "new"}
    assert renames.incoming({"mail": "new", "email": "old"}) == {"email": "new"}
    assert renames.incoming({"email": "old"}) == {"email": "old"}  # not renamed everywhere: still understood
    with pytest.raises(NotAPlace, match="one name"):
        renames.outgoing({"email": "a", "mail": "b"})


@pytest.mark.parametrize(
    ("fields", "values"),
    [
        ({"": "x"}, {}),
        ({"a..b": "x"}, {}),
        ({".a": "x"}, {}),
        ({"a.": "x"}, {}),
        ({"a b": "x"}, {}),
        ({"a[0]": "x"}, {}),
        ({"a[]": "x"}, {}),
        ({"a": "x.y"}, {}),
        ({"a": ""}, {}),
        ({"a" * 101: "x"}, {}),
        ({"a": "x", "b": "x"}, {}),
        ({"o.a": "x", "o.b": "x"}, {}),
        ({}, {"a": {"p": "x", "q": "x"}}),
        ({}, {"[": {"p": "x"}}),
    ],
)
def test_what_does_not_fit_together_is_refused(fields: Mapping[str, str], values: Mapping[str, dict[str, str]]) -> None:
    with pytest.raises(NotAPlace):
        Renames.of(fields, values)
