"""Full names divided."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preo_mcp.sandbox.importing.names import split_full_name

WORDS = st.text(alphabet=st.characters(categories=["L"]), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("Anna Hansen", "Anna", "Hansen"),
        ("  Anna\u00a0 Hansen ", "Anna", "Hansen"),
        ("Hansen, Anna", "Anna", "Hansen"),
        ("Hansen,Anna Marie", "Anna Marie", "Hansen"),
        ("van der Berg, Ludwig", "Ludwig", "van der Berg"),
        ("Ludwig van der Berg", "Ludwig", "van der Berg"),
        ("Otto von Bismarck", "Otto", "von Bismarck"),
        ("MARIA DE LA CRUZ", "MARIA", "DE LA CRUZ"),
        ("Jan de Vries", "Jan", "de Vries"),
        ("van der Berg", "", "van der Berg"),
        ("Van Nguyen", "Van", "Nguyen"),
        ("Anna Holm Hansen", "Anna", "Holm Hansen"),
        ("Peter Bo Jensen Møller", "Peter Bo", "Jensen Møller"),
        ("Anne Marie Hansen", "Anne Marie", "Hansen"),
        ("Anna Møller-Holm", "Anna", "Møller-Holm"),
        ("Anne-Lise Sørensen", "Anne-Lise", "Sørensen"),
        ("Jensen Hansen", "Jensen", "Hansen"),
        ("John Smith Jr.", "John", "Smith Jr."),
        ("John Smith, Jr.", "John", "Smith Jr."),
        ("Smith, John, Jr.", "John", "Smith Jr."),
        ("Madonna", "Madonna", ""),
        ("Hansen,", "Hansen", ""),
        (", Anna", "Anna", ""),
        ("", "", ""),
        (" , ", "", ""),
    ],
)
def test_divides(text: str, first: str, last: str) -> None:
    assert split_full_name(text) == (first, last)


@given(st.lists(WORDS, max_size=6))
def test_without_a_comma_words_keep_their_order(words: list[str]) -> None:
    first, last = split_full_name(" ".join(words))
    assert f"{first} {last}".split() == words


@given(WORDS, WORDS)
def test_a_comma_turns_two_words_round(surname: str, given_name: str) -> None:
    assert split_full_name(f"{surname}, {given_name}") in {(given_name, surname), (surname, given_name)}


@given(st.text(max_size=60))
def test_no_word_is_lost(text: str) -> None:
    first, last = split_full_name(text)
    assert sorted(f"{first} {last}".split()) == sorted(text.replace(",", " ").split())
