"""Phone numbers as people and spreadsheets write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preo_mcp.sandbox.importing.phones import Phone, read_phone

DANISH = st.integers(min_value=20_100_000, max_value=20_999_999)


@pytest.mark.parametrize(
    ("text", "default", "number"),
    [
        ("+45 20 12 34 56", None, "+4520123456"),
        ("20123456", "+45", "+4520123456"),
        ("20 12 34 56", "45", "+4520123456"),
        ("20-12-34-56", "+45", "+4520123456"),
        ("0045 20123456", None, "+4520123456"),
        ("00 45 20 12 34 56", "+46", "+4520123456"),
        ("+0045 20123456", "+45", "+4520123456"),
        ("(+45) 20123456", "+45", "+4520123456"),
        ("+45 (0) 20123456", "+45", "+4520123456"),
        ("4520123456", "+45", "+4520123456"),
        ("4520123456.0", "+45", "+4520123456"),
        ("4520123456,00", "+45", "+4520123456"),
        ("4,520123456E+09", "+45", "+4520123456"),
        ("'+4520123456", None, "+4520123456"),
        ("tel:+4520123456", None, "+4520123456"),
        ("Mobil: 20 12 34 56", "+45", "+4520123456"),
        ("20123456 (privat)", "+45", "+4520123456"),
        ("20123456 ext. 12", "+45", "+4520123456"),
        ("20123456 lokal 7", "+45", "+4520123456"),
        ("+4520123456x9", None, "+4520123456"),
        ("20123456 / 30123456", "+45", "+4520123456"),
        ("20123456/30123456", "+45", "+4520123456"),
        ("20123456, 30123456", "+45", "+4520123456"),
        ("20123456;30123456", "+45", "+4520123456"),
        ("20123456 eller 30123456", "+45", "+4520123456"),
        ("123, 30123456", "+45", "+4530123456"),
        ("+46 70 123 45 67", "+45", "+46701234567"),
        ("070-123 45 67", "+46", "+46701234567"),
        ("030/123456", "+49", "+4930123456"),
        ("+49 (0)151 12345678", "+45", "+4915112345678"),
        ("030/123456 / 0170 1234567", "+49", "+4930123456"),
        ("06 12345678", "+31", "+31612345678"),
        ("512 345 678", "+48", "+48512345678"),
        ("+39 06 6982", None, "+39066982"),
    ],
)
def test_reads_the_first_valid_number(text: str, default: str | None, number: str) -> None:
    assert read_phone(text, default) == Phone(number, text, valid=True)


@pytest.mark.parametrize(
    ("text", "default"),
    [
        ("", "+45"),
        ("n/a", "+45"),
        ("123", "+45"),
        ("20123456", None),
        ("20123456", "+999"),
        ("20123456", "DK"),
        ("4.52012E+09", "+45"),
        ("2,0123456E+09", "+45"),  # two digits lost, though what is left looks Danish
        ("2012345630123456", "+45"),
        ("1-800-FLOWERS", "+45"),
        ("²²²²²²²²", "+45"),
        ("1" * 300, "+45"),
    ],
)
def test_keeps_what_is_no_number(text: str, default: str | None) -> None:
    assert read_phone(text, default) == Phone(None, text, valid=False)


def test_the_original_loses_only_its_outer_spaces() -> None:
    assert read_phone(" 20 12 34 56\n", "+45").original == "20 12 34 56"


@given(
    DANISH,
    st.sampled_from(["{}", "+45{}", "0045{}", "45{}", "{}.0", "45{}.0", "Tlf. {}", "{} ext 3", "{} og 30303030"]),
)
def test_every_way_of_writing_reads_the_same(number: int, form: str) -> None:
    assert read_phone(form.format(number), "+45").number == f"+45{number}"


@given(
    st.text(max_size=60) | st.text(alphabet="+0123456789 ()/-.,;Ee'x", max_size=40),
    st.sampled_from(["+45", "+1", None, ""]),
)
def test_any_text_gives_a_number_or_the_original(text: str, default: str | None) -> None:
    phone = read_phone(text, default)
    assert phone.original == text.strip()
    assert phone.valid == (phone.number is not None)
    if phone.number is not None:
        assert phone.number[0] == "+"
        assert phone.number[1:].isdigit()
        assert read_phone(phone.number, None).number == phone.number
