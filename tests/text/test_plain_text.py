"""One line of text from outside, harmless."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preo_mcp.text.plain_text import one_line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Søren  Kjærgaard", "Søren Kjærgaard"),
        (" a\tb\r\nc\u2028d\u2029e\u0085f\u00a0g ", "a b c d e f g"),
        ("a\x00b\x1b[31mc\x7f", "ab[31mc"),
        ("\u202eevil\u202c \u2066x\u2069 \u200e\u200f", "evil x"),
        ("zero\u200bwidth\u200d\ufeff\u00ad", "zerowidth"),
        ("\u3164\u115f\uffa0\u2800filler\u034f", "filler"),
        ("tag\U000e0041\U000e0042 selector\U000e0100\U000e01ef", "tag selector"),
        ("half \ud800", "half"),
        ("東京 🎉 ñ", "東京 🎉 ñ"),
        ("", ""),
    ],
)
def test_only_what_is_seen_stays(text: str, line: str) -> None:
    assert one_line(text) == line


@given(st.text())
def test_any_text_becomes_one_visible_line(text: str) -> None:
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert line.isprintable()
    assert line == " ".join(line.split())
    assert one_line(line) == line


@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126)))
def test_plain_ascii_is_untouched(text: str) -> None:
    assert one_line(text) == text


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("e\u0301\u0302\u0303\u0304\u0305\u0306x\u0301", "e\u0301\u0302\u0303x\u0301"),
        ("\u0301\u0302 a \u0301b", "a b"),
        ("1\u20e32\u0488", "12"),
        ("tiếng Việt हिन्दी שָׁלוֹם น้ำ", "tiếng Việt हिन्दी שָׁלוֹם น้ำ"),
        ("\u0338" * 50, ""),
        ("\ufffc\U0001d159x", "x"),
    ],
)
def test_marks_do_not_pile_up(text: str, line: str) -> None:
    assert one_line(text) == line
