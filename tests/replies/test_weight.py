"""What a text weighs: the pieces that a pattern finds in it, whatever it is made of."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preo_mcp.replies.weight import BLOCK, estimate_tokens, fits, weight

PIECES = re.compile(r"[a-z]{1,4}|[A-Z](?:[a-z]{1,4}|[A-Z])?|[0-9]{1,2}|[!-/:-@\[-`{-~]{1,2}|\n")
TEXTS = st.text(st.sampled_from('aaaaazABZ09 \n\t\x00\x7f!"{:é中😀\ud800')) | st.text()


@settings(max_examples=500, deadline=None)
@given(TEXTS)
def test_a_text_weighs_its_pieces_and_what_is_beyond_ascii(text: str) -> None:
    beyond = len(text.encode(errors="replace")) - len(text)
    assert weight(text) == len(PIECES.findall(text)) + beyond


@given(st.lists(TEXTS))
def test_parts_weigh_as_much_as_the_whole(parts: list[str]) -> None:
    assert weight(" ".join(parts)) == sum(map(weight, parts))


@pytest.mark.parametrize("text", ["Partout, Adult " * 2000, "x" * 3 * BLOCK, "å" * 500, " " * 3 * BLOCK])
def test_a_text_fits_where_its_tokens_do(text: str) -> None:
    tokens = estimate_tokens(text)
    assert fits(text, tokens)
    assert not fits(text, tokens - 1)


@given(TEXTS, st.integers(1, 60))
def test_any_text_fits_where_its_tokens_do(text: str, budget: int) -> None:
    assert fits(text, budget) == (estimate_tokens(text) <= budget)
