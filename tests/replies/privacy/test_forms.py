"""How personal data looks once masked, and what of a free text is taken for it."""

import re
import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from preo_mcp.replies.privacy.free_text import (
    masked_email,
    masked_name,
    masked_phone,
    masked_text,
    without_addresses,
    without_names,
)
from preo_mcp.replies.privacy.masking import masked

LETTERS = st.text("abcdefghijæøåüß", min_size=2, max_size=12)
EMAILS = st.builds("{}.{}@{}.{}".format, LETTERS, LETTERS, LETTERS, st.sampled_from(["dk", "org", "example.com"]))


def spelled(start: str, digits: str, separator: str, step: int) -> str:
    return start + separator.join(digits[at : at + step] for at in range(0, len(digits), step))


PHONES = st.builds(
    spelled,
    st.sampled_from(["", "+45", "+45 ", "0049 ", "(", "tlf. "]),
    st.text("123456789", min_size=8, max_size=12),
    st.sampled_from([" ", "", "-", "\u00a0"]),
    st.sampled_from([2, 3, 4]),
)
AROUND = st.text("abc .,;:!?\n()<>\"'æ", max_size=20)


@pytest.mark.parametrize(
    ("email", "shown"),
    [
        ("kirsten@example.org", "k•••@e•••.org"),
        (" Kirsten.Holm+nf@mail.example.co.uk ", "K•••@m•••.uk"),
        ("kirsten@localhost", "k•••@l•••"),
        ("kirsten at example.org", "•••"),
        ("Kirsten Holm <kirsten@example.org>", "•••"),
    ],
)
def test_an_address(email: str, shown: str) -> None:
    assert masked_email(email) == shown


@pytest.mark.parametrize(
    ("phone", "shown"), [("+45 20 12 34 56", "•••56"), ("'+4520123456", "•••56"), ("12", "•••"), ("none", "•••")]
)
def test_a_number(phone: str, shown: str) -> None:
    assert masked_phone(phone) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Kirsten Holm", "K. H."),
        ("Søren", "S."),
        ("Øjvind  Ågesen-Dam", "Ø. Å."),
        ("(Ida) 'Lund", "I. L."),
        ("42", "•••"),
    ],
)
def test_a_name(name: str, shown: str) -> None:
    assert masked_name(name) == shown


@given(st.text())
def test_what_is_masked_is_masked_again_unchanged(text: str) -> None:
    for form in (masked_email, masked_phone, masked_name, masked_text, without_addresses):
        once = form(text)
        assert form(once) == once, form


@given(AROUND, EMAILS, AROUND)
def test_no_address_is_left_in_a_text(before: str, email: str, after: str) -> None:
    local, _, domain = email.partition("@")
    for mask in (masked_text, without_addresses):
        shown = mask(f"{before} {email} {after}")
        assert local not in shown.replace(before, "")
        assert f"@{domain}" not in shown


@given(AROUND, PHONES, AROUND)
def test_no_number_is_left_in_a_text(before: str, phone: str, after: str) -> None:
    assume(not re.search(r"[0-9]", before + after))
    shown = masked_text(f"{before} {phone} {after}")
    assert sum(character.isdigit() for character in shown) <= 2, shown


@pytest.mark.parametrize(
    "text",
    [
        "due 2026-11-23T12:00:00.000000Z, or 2026-11-23 12:00, or 23.11.2026, or 3/11-26 kl. 18",
        "between 0.00 and 100000.00 DKK, or 1,250,000.00 DKK",
        "ord_20123456 and pur_99999999",
        "0b7e7c1e-5b0a-4c58-9a3e-7d6f8e9a0b1c",
        "12345678-1234-1234-1234-123456789012",
        "order N27-10400, row 1234567, reference 9359AE03DCD6",
        "2026-01-01 2026-02-02",
    ],
)
def test_what_is_no_personal_data_stays(text: str) -> None:
    assert masked_text(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("mailto:kirsten%40example.org", "mailto:k•••@e•••.org"),
        ("Write to kirsten@example.org.", "Write to k•••@e•••.org."),
        ("kirsten.longname@exampl…", "k•••@e•••"),
        ("paid 1495.00 20123456", "paid 1495.00 •••56"),
        ("12.12.2026 20.12.34.56", "12.12.2026 •••56"),
        ("tlf20123456", "tlf•••56"),
        ("0045 20123456", "•••56"),
    ],
)
def test_what_is_personal_does_not(text: str, shown: str) -> None:
    assert masked_text(text) == shown


@pytest.mark.parametrize("piece", ["a", "a@", "@", ".", "1", "1 ", "1,", "(", "%40", "a@.", "+1", '"', "12.", "0-"])
def test_no_text_takes_long(piece: str) -> None:
    started = time.process_time()
    masked({"body": "{" + piece * 50_000 + "a@b.dk", "comment": f"{piece * 50_000}\u00a0", "customer": "Kirsten Holm"})
    assert time.process_time() - started < 2


def test_only_what_can_be_nothing_else_is_masked_among_ids_and_figures() -> None:
    assert without_addresses("SKU 12345678, +45 20123456, k@x.dk") == "SKU 12345678, •••56, k•••@x•••.dk"


def test_known_names_are_taken_out_of_a_text_and_words_like_them_are_not() -> None:
    text = "Kirsten  Holm, HOLM and kirsten holm; Holmen, 3 DKK per ticket, O&#x27;Brien"
    assert without_names(text, {"Kirsten Holm", "Per", "Li", "O'Brien"}) == (
        "K. H., H. and k. h.; Holmen, 3 DKK per ticket, O."
    )
    assert without_names(text, set()) == text
