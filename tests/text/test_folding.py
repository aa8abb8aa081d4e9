"""Folded text: what counts as the same when something is searched."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preo_mcp.text.folding import folded


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SØREN Kjærgaard", "soren kjaergaard"),
        ("Åse", "ase"),
        ("Jürgen GROẞ", "jurgen gross"),
        ("Łódź", "lodz"),
        ("Café", "cafe"),
        ("Cafe\u0301", "cafe"),
        ("ﬁx", "fix"),
        ("İstanbul ışık", "istanbul isik"),
        ("100% a_b", "100% a_b"),
        ("東京", "東京"),
        ("", ""),
    ],
)
def test_case_and_accents_do_not_matter(text: str, expected: str) -> None:
    assert folded(text) == expected


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(st.text())
def test_both_forms_of_a_letter_fold_alike(text: str) -> None:
    composed, decomposed = unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)
    assert folded(composed) == folded(decomposed)


@given(st.text(alphabet=st.characters(max_codepoint=0x24F)))
def test_upper_and_lower_case_fold_alike(text: str) -> None:
    assert folded(text.casefold()) == folded(text)
    assert folded(text.upper()) == folded(text.upper().lower())
