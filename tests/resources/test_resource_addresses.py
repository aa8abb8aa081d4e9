"""Addresses: each gives back its id, and nothing that could separate parts of a path is one."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from preo_mcp.replies import addresses
from preo_mcp.replies.addresses import ids_in
from preo_mcp.resources.rows import ROWS, row_of


@given(st.sampled_from([row for row in ROWS if row.parameter]), st.from_regex(addresses.ID, fullmatch=True))
def test_an_address_gives_back_its_id(row: Any, key: str) -> None:
    address = row.address.replace(f"{{{row.parameter}}}", key)
    assert ids_in(row.address, address) == [key]
    assert row_of(address) == (row, [key])


@given(st.text(alphabet="abc/%.?# \n{}-_", max_size=20))
def test_no_id_has_a_separator(text: str) -> None:
    found = row_of(f"preo://campaigns/{text}")
    assert found is None or not set(found[1][0]) & set("/%?# \n{}")
