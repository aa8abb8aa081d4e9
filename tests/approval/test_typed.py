"""What is typed beside a yes: the expected amount however it is written, and never another one."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp.types import ElicitResult

from preo_mcp.approval.ended import Ended
from preo_mcp.approval.facts import Facts, Stakes, what_to_type
from preo_mcp.approval.languages import in_language
from preo_mcp.approval.phrases import type_to_confirm
from preo_mcp.approval.typed import matches
from preo_mcp.approval.wording import Amount, say
from preo_mcp.settings import Language, Settings
from preo_mcp.text.plain_text import one_line
from tests.approval.forgeries import FORGERIES
from tests.approval.staged_calls import Host, Session, Stage

CENTS = st.integers(0, 10**9)
CURRENCIES = st.sampled_from(["", "DKK", "dkk", "EUR", "SEK"])
MARKS = st.sampled_from([",.", ".,", " ,", " .", "'.", "’,", "\u00a0,", "\u202f."])


ANY_AMOUNT = st.one_of(CENTS, st.integers(0, 9_999), st.integers(0, 99).map(lambda kilos: kilos * 100_000))


def dkk(cents: int, currency: str | None = "DKK") -> Amount:
    return Amount(Decimal(cents).scaleb(-2), currency)


@given(CENTS, CENTS, MARKS, st.booleans(), CURRENCIES, st.booleans())
def test_an_amount_matches_itself_and_no_other(
    expected: int, typed: int, marks: str, is_grouped: bool, currency: str, is_before: bool
) -> None:
    text = f"{Decimal(typed).scaleb(-2):{',' if is_grouped else ''}.2f}"
    text = text.translate({ord(","): marks[0], ord("."): marks[1]})
    for other in {expected, typed}:
        right = other == typed and currency in ("", "DKK", "dkk")
        written = f"{currency} {text}" if is_before else f" {text} {currency}"
        assert matches(dkk(other), written) is right


@given(st.integers(0, 10**7), st.integers(0, 10**9), MARKS)
def test_whole_amounts_with_or_without_their_thousands_marked(whole: int, cents: int, marks: str) -> None:
    for text in (str(whole), f"{whole:,}".replace(",", marks[0])):
        for written in (text, f"{text},-", f"{text}.–", f"kr. {text}", f"{text} kr"):
            if marks[0] not in ",." or not written.endswith(("-", "–")):  # 1.250.- has the same mark twice
                assert matches(dkk(cents), written) is (cents == 100 * whole), written


@given(ANY_AMOUNT, st.sampled_from(["DKK", "EUR", "SEK", "PLN", "NOK", "JPY", "ISK", None]))
def test_an_amount_matches_as_every_language_spells_it(cents: int, currency: str | None) -> None:
    for language in Language:
        shown = in_language(dkk(cents, currency), language)
        for typed in (shown, shown.replace(" ", "\u00a0"), shown.replace(" ", "\u202f"), shown.lower(), f"“{shown}”"):
            assert matches(dkk(cents, currency), typed), (language, typed)
            assert not matches(dkk(cents + 1, currency), typed)
            assert not matches(dkk(cents, "GBP"), typed) or currency is None


@given(st.text("0123456789., '’-–krDKEUzł€", max_size=12), CENTS, st.integers(-3, 3))
def test_no_text_matches_two_amounts_that_people_confuse(text: str, cents: int, power: int) -> None:
    """Whatever is typed has one reading: 1.250 is never both a thousand and more, and one and a bit."""
    value = Decimal(cents).scaleb(-2)
    confused = {value, value.scaleb(power), value.scaleb(-2), value.scaleb(2), Decimal(int(value))}
    digits = Decimal("".join(char for char in text if char in "0123456789") or "0")
    confused |= {digits.scaleb(-power) for power in range(5)}
    assert sum(matches(Amount(one, "DKK"), text) for one in confused) <= 1


@pytest.mark.parametrize(
    ("expected", "typed", "right"),
    [
        ("1250.00 DKK", "1250", True),
        ("1250.00 DKK", "1,250", True),
        ("1250.00 DKK", "1.250", True),
        ("1250.00 DKK", "1250,0 dkk", True),
        ("1250.00 DKK", "1.250,00", True),
        ("1250.00 DKK", "1.250,-", True),
        ("1250.00 DKK", "1250,– kr.", True),
        ("1250.00 DKK", "DKK1,250.00", True),
        ("1250.00 DKK", "“1,250.00 DKK”", True),
        ("1250.00 DKK", "1250 €", False),
        ("1250.00 EUR", "€ 1.250,00", True),
        ("1250.00 EUR", "1250 kr", False),
        ("1250.00 PLN", "1 250,00 zł", True),
        ("1250.00 USD", "$1,250.00", True),
        ("1250.00 DKK", "1.25", False),
        ("1.25 DKK", "1.250", False),
        ("1.25 DKK", "1,250", False),
        ("500.00 DKK", "0.500", False),
        ("0.50 DKK", "0.500", False),
        ("1250.00 DKK", "1,250,00", False),
        ("1250.00 DKK", "1.250.00", False),
        ("1250.00 DKK", "12.50", False),
        ("1250.00 DKK", "-1250", False),
        ("1250.00 DKK", "1250 DKK EUR", False),
        ("1250.00 DKK", "EUR 1250 DKK", False),
        ("1250.00 DKK", "١٢٥٠", False),
        ("1250.00", "1250 DKK", False),
        ("12.50", "12,5", True),
        ("1250.00 DKK", "", False),
    ],
)
def test_amounts(expected: str, typed: str, right: bool) -> None:
    value, _, currency = expected.partition(" ")
    assert matches(Amount(Decimal(value), currency or None), typed) is right


@pytest.mark.parametrize(
    ("expected", "typed", "right"),
    [
        ("Summer SALE ", " summer sale", True),
        ("Summer SALE", "“Summer SALE”", True),
        ("Summer sale", "Summer", False),
        ("Summer sale", "yes", False),
        ("Søndag på Æ", "SØNDAG PÅ Æ", True),
        ("Café", "Cafe\u0301", True),
        ("1250", "1.250", False),
        ("1,250.00 DKK", "1250", False),
        ("1,250.00 DKK", "1,250.00 DKK", True),
        ("Autumn (late)", "Autumn (late)", True),
        ("", "", False),
        (" ", "", False),
        ("\u200b", "", False),
    ],
)
def test_names(expected: str, typed: str, right: bool) -> None:
    assert matches(expected, typed) is right


def test_a_name_matches_as_the_question_shows_it() -> None:
    before, after = str(type_to_confirm("·")).split("·")
    for name in FORGERIES:
        shown = in_language(type_to_confirm(name), Language.ENGLISH).removeprefix(before).removesuffix(after)
        is_something = bool(one_line(shown).strip("“” '"))
        assert matches(name, shown) is is_something, (name, shown)
        assert not matches(name, "")
        assert not matches(name, "something else")


@pytest.mark.parametrize("text", ["1250", "1.250", "1.250,00 DKK", "1,250.00", "DKK 1 250"])
@pytest.mark.parametrize("language", Language)
async def test_whatever_language_asks_the_amount_is_typed_as_people_write_it(language: Language, text: str) -> None:
    stakes = Stakes(money=True, amount=Decimal(1250), currency="DKK", name="N27-1")
    facts = Facts(say("Pay back {amount} to {customer}?", amount=dkk(125_000), customer="Ida"), (), stakes=stakes)
    stage = Stage(facts=facts, flags={"language": str(language)})
    host = Host(session=Session(answers=[typing("12.50"), typing("1250 EUR"), typing(text)]))
    ran = await stage.run(host)
    assert (ran.ended, stage.effects, len(host.session.asked)) == (Ended.DONE, 1, 3)
    shown = in_language(dkk(125_000), language)
    assert shown in host.session.asked[0]
    assert shown in host.session.schemas[0]["properties"]["typed"]["title"]


def typing(text: str) -> ElicitResult:
    return ElicitResult(action="accept", content={"approve": True, "typed": text})


def test_an_amount_with_more_decimals_than_thousands_can_be_told_from_is_not_typed() -> None:
    """`0.001` would be typed as it is read: as one. So the name is typed, which stands there too."""
    for amount, expected in (("0.001", "N27-1"), ("1250.5", "1,250.50 DKK")):
        stakes = Stakes(money=True, amount=Decimal(amount), currency="DKK", name="N27-1")
        settings = Settings.model_validate({"sandbox": True, "confirm_amount_over": 0})
        to_type = what_to_type(Facts(say("Send?"), (), stakes=stakes), settings)
        assert to_type
        assert str(to_type[0]) == expected
