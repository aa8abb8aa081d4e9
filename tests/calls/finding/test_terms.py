"""What a text says as terms: words, stems, parts of compounds, meanings, and things that are known by their form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preo_mcp.calls.finding.phrasings import Phrasings
from preo_mcp.calls.finding.terms import STEM, Meanings, beside, grams, kinds, stem, words

MEANINGS = Meanings({"bestellung", "datei", "newsletter", "rate"})


def test_words_are_without_case_and_accents_and_spelt_out() -> None:
    assert words("Größe ÄNDERN, på øen – Café!") == ["groesse", "aendern", "paa", "oeen", "cafe"]
    assert words("ändern") != words("andern")


@pytest.mark.parametrize(
    "forms",
    [
        ("refund", "refunds", "refunded", "refunding"),
        ("billetter", "billetten"),
        ("segment", "segments", "segmentet", "segmente", "segmenter", "segmentets"),
        ("bestellung", "bestellungen"),
        ("kampagne", "kampagnen"),
    ],
)
def test_the_forms_of_a_word_come_to_the_same(forms: tuple[str, ...]) -> None:
    assert len({stem(form) for form in forms}) == 1


@pytest.mark.parametrize(
    "pair", [("previous", "preview"), ("contact", "contains"), ("andre", "aendre"), ("list", "liste r")]
)
def test_what_only_begins_alike_stays_apart(pair: tuple[str, str]) -> None:
    assert stem(pair[0]) != stem(pair[1])


@given(st.text(max_size=40))
def test_a_stem_is_a_beginning_that_is_long_enough(text: str) -> None:
    for word in words(text):
        assert word.startswith(stem(word))
        assert len(stem(word)) >= min(STEM, len(word))


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("bestellungsdatei", ("bestellung", "datei")),
        ("newsletterrate", ("newsletter", "rate")),
        ("lieblingskampagne", ("kampagne",)),
        ("datei", ()),
        ("xyzxyzxyz", ()),
        ("", ()),
    ],
)
def test_a_compound_is_taken_apart_where_its_parts_are_known(word: str, parts: tuple[str, ...]) -> None:
    assert MEANINGS.parts(word) == parts


@pytest.mark.parametrize(
    ("word", "meaning"), [("refusioner", "refund"), ("rueckerstattungen", "refund"), ("segmentets", "segment")]
)
def test_a_word_means_the_same_in_each_language(word: str, meaning: str) -> None:
    assert meaning in MEANINGS.of_words([word])


@pytest.mark.parametrize("word", ["vis", "visitor", "andre", "output", "computer"])
def test_a_word_does_not_mean_what_only_its_beginning_or_end_does(word: str) -> None:
    assert not {"change", "upload", "reset"} & {*MEANINGS.of_words([word])}


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("from lise@example.dk", "an_address"),
        ("to https://example.com/hook", "link"),
        ("orders-2026.CSV", "a_sheet"),
        ("poster.png", "a_document"),
        ("size(orders) >= 2", "a_formula"),
        ("user.age > 30", "a_formula"),
        ("rfd_12", "refund"),
        ("at 9", "a_time"),
        ("kl. 18", "a_time"),
        ("um 18 Uhr", "a_time"),
        ("+45 12 34 56 78", "phone"),
        ("#4711", "a_number"),
    ],
)
def test_a_thing_is_known_by_its_form(text: str, meaning: str) -> None:
    assert meaning in kinds(text)[0]


@pytest.mark.parametrize("text", ["a sentence. Another (with more) + 2", "3 of 5 tickets", "what is this?"])
def test_ordinary_text_is_nothing_of_the_kind(text: str) -> None:
    assert kinds(text)[0] == set()


def test_two_words_have_as_much_in_common_as_they_resemble_each_other() -> None:
    assert {*grams("refund", 4)} & {*grams("refudn", 4)} == {"^ref", "refu"}
    assert list(grams("", 4)) == ["^$"]


def test_a_phrase_may_stand_apart_and_in_any_order() -> None:
    phrasings = Phrasings(["lege bitte eine Kampagne an", "lege es weg"])
    assert "create" in phrasings.meanings
    assert any(each.phrasings == 1 for each in phrasings.evidence("an und lege"))


def test_the_words_of_a_meaning_are_written_as_they_are_read() -> None:
    for meaning, entries in beside("words.json").items():
        assert entries == sorted(set(entries)), meaning
        assert all(words(entry) and "*" not in entry[:-1] for entry in entries), meaning
