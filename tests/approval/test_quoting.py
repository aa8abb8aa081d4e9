"""No sign that looks like a closing quotation mark stands within quoted text, alone or as two single ones."""

import sys
import unicodedata
from typing import Final

import pytest

from preo_mcp.approval.quoting import LEFT, RIGHT, harmless, quoted

NAMED: Final = ("QUOTATION MARK", "APOSTROPHE", "PRIME", "DITTO MARK", "GERESH", "SALTILLO", "DOUBLE ACUTE ACCENT")
NO_QUOTATION: Final = ("TAG ", "PRECEDED BY", "COMBINING", "MUSICAL", "ACCENT GERESH", "POINTING ANGLE")
ISSUED: Final = ["ʼʼ", "❜❜", "🙷", "＇＇", "ꞌꞌ", "〃"]
"""What got through once."""


def look_alikes() -> list[str]:
    """Return what Unicode calls a mark of this kind, but for names of other things and combining signs."""
    named = ((char, unicodedata.name(char, "")) for char in map(chr, range(sys.maxunicode + 1)))
    return [
        char
        for char, name in named
        if any(word in name for word in NAMED)
        and not any(word in name for word in NO_QUOTATION)
        and not unicodedata.category(char).startswith("M")
    ]


@pytest.mark.parametrize("sign", ISSUED)
def test_what_got_through(sign: str) -> None:
    assert quoted(f"Ida{sign} Amount: 5", 80) == f"{LEFT}Ida' Amount: 5{RIGHT}"


def test_all_that_unicode_calls_so() -> None:
    found = look_alikes()
    assert len(found) > 40
    for sign in found:
        once, twice = harmless(f"a{sign}b"), harmless(f"a{sign}{sign}b")
        assert once in ("a'b", f"a{sign}b"), f"{sign!r} {unicodedata.name(sign)}"
        assert twice == "a'b", f"{sign!r} {unicodedata.name(sign)}"
        if "DOUBLE" in unicodedata.name(sign) or "DITTO" in unicodedata.name(sign):
            assert once == "a'b", f"{sign!r} {unicodedata.name(sign)}"


@pytest.mark.parametrize("name", ["O’Brien", "Mar'ja", "Нателʼя", "Keʻalohi", "Ha'apai"])
def test_a_mark_within_a_name_stays(name: str) -> None:
    assert harmless(name) == name


def test_an_empty_text_of_a_condition_stays_one() -> None:
    apart = "user.email != '\u202f' && user.name in ['\u202f', 'x']"
    assert harmless("user.email != '' && user.name in ['', 'x']") == apart
