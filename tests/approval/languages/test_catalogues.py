"""The catalogues: each text of ours in each language, with its values."""

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from importlib.resources import files

import pytest

from preo_mcp.approval.languages import OTHER, PLACEHOLDER, Forms, catalogue, counted, in_language, is_wordless
from preo_mcp.approval.languages.figures import plural
from preo_mcp.approval.wording import Amount, Count, Day, Figure, Message, Moment, Personal, Series, say
from preo_mcp.settings import Language
from tests.approval.languages.said import texts

FOREIGN = [language for language in Language if language is not Language.ENGLISH]


@pytest.fixture(scope="module")
def said() -> dict[str, str]:
    return {text: place for text, place in texts().items() if not is_wordless(text)}


def test_the_texts_are_found(said: dict[str, str]) -> None:
    assert len(said) > 150
    assert said["Amount to refund"].startswith("preo_mcp/tools/refund")


@pytest.mark.parametrize("language", FOREIGN)
def test_no_text_is_missing_and_none_is_superfluous(language: Language, said: dict[str, str]) -> None:
    known = catalogue(language)
    missing = [f"{place}: {text!r}" for text, place in said.items() if text not in known]
    superfluous = [repr(text) for text in known if text not in said]
    hint = f"preo_mcp/approval/languages/{language}.json"
    assert not missing, "\n".join((f"{hint} lacks", *missing))
    assert not superfluous, "\n".join((f"{hint} has what nothing says", *superfluous))


@pytest.mark.parametrize("language", FOREIGN)
def test_translations_have_the_values_of_their_text(language: Language) -> None:
    for text, forms in catalogue(language).items():
        for translation in [forms] if isinstance(forms, str) else forms.values():
            assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(translation)), text
            values = dict.fromkeys(PLACEHOLDER.findall(text), "x")
            assert "{" not in translation.format(**values), text
            assert translation.strip() == translation, text
            assert text[-1:] not in "?.:…" or translation.endswith(text[-1]), text


@pytest.mark.parametrize("language", Language)
def test_a_text_with_several_forms_has_one_for_every_number(language: Language) -> None:
    for text, forms in catalogue(language).items():
        assert isinstance(forms, str) or (set(forms) == _plurals(language) | {OTHER} and "{count}" in text), text


def test_english_has_no_more_than_what_has_several_forms(said: dict[str, str]) -> None:
    assert set(catalogue(Language.ENGLISH)) <= set(said)
    assert not any(isinstance(forms, str) for forms in catalogue(Language.ENGLISH).values())


def test_the_form_goes_by_the_number() -> None:
    people = [say("{count} people", count=Count(count)) for count in (0, 1, 2, 1250)]
    assert [in_language(one, Language.ENGLISH) for one in people] == [
        "0 people",
        "1 person",
        "2 people",
        "1,250 people",
    ]
    danish = ["0 personer", "1 person", "2 personer", "1.250 personer"]
    assert [in_language(one, Language.DANISH) for one in people] == danish
    assert in_language(say("{count} people", count=Figure("3")), Language.GERMAN) == "3 Personen"


LABELS = (
    ("Amount to refund", "Left", "Bought for", "Refunded so far", "Requested and not paid yet", "Refund", "Requested"),
    ("Message", "Text message", "Subject", "Segment", "Kind", "Channel", "Campaign", "Condition", "When", "Edition"),
    ("Order", "Orders", "Product", "Products", "Import", "File", "Edition", "Amount", "Items by product"),
    ("Draft", "Archived", "Start", "End", "Language", "Languages", "Image", "Receipt", "Refund confirmation", "Name"),
)


@pytest.mark.parametrize("language", FOREIGN)
def test_labels_stay_apart(language: Language) -> None:
    """Two lines of a question must not look alike because their labels are translated alike."""
    for labels in LABELS:
        shown = [in_language(Message(label), language) for label in labels]
        assert len(set(shown)) == len(shown), shown


REFUND = [
    Message(text) for text in ("Amount to refund", "Left", "Bought for", "Refunded so far", "Refund", "Requested")
]
CAMPAIGN = [Message(text) for text in ("Message", "Text message", "Subject", "Segment", "Kind", "Channel", "Campaign")]
IMPORT = [Message(text) for text in ("Order", "Orders", "Product", "Products", "Import", "File", "Edition", "Amount")]


@pytest.mark.parametrize("language", FOREIGN)
def test_a_catalogue_is_sorted_and_says_nothing_twice(language: Language) -> None:
    text = (files("preo_mcp.approval.languages") / f"{language}.json").read_text(encoding="utf-8")
    pairs: list[tuple[str, Forms]] = json.loads(text, object_pairs_hook=list)
    assert [key for key, _ in pairs] == sorted({key for key, _ in pairs})


def test_words_within_words_are_translated() -> None:
    words = say("not on sale ({why})", why=say("draft"))
    assert in_language(words, Language.DANISH) == "ikke i salg (kladde)"
    assert in_language(say("{before} → {after}", before="a", after="b"), Language.POLISH) == "a → b"


def test_a_text_that_no_catalogue_has_is_an_error() -> None:
    with pytest.raises(KeyError):
        in_language(Message("No such text"), Language.DUTCH)


FIGURES = {
    "en": ("1,250", "1,250.50 DKK", "Wed, 3 Mar 2027, 10:05 Europe/Copenhagen", "3 Mar 2027"),
    "da": ("1.250", "1.250,50 DKK", "ons. 3. mar. 2027, 10.05 Europe/Copenhagen", "3. mar. 2027"),
    "sv": ("1 250", "1 250,50 DKK", "ons 3 mars 2027, 10:05 Europe/Copenhagen", "3 mars 2027"),
    "nl": ("1.250", "DKK 1.250,50", "wo 3 mrt 2027, 10:05 Europe/Copenhagen", "3 mrt 2027"),
    "pl": ("1 250", "1 250,50 DKK", "śr., 3 mar 2027, 10:05 Europe/Copenhagen", "3 mar 2027"),
    "de": ("1.250", "1.250,50 DKK", "Mi., 3. März 2027, 10:05 Europe/Copenhagen", "3. März 2027"),
    "nb": ("1 250", "1 250,50 DKK", "ons. 3. mars 2027, 10:05 Europe/Copenhagen", "3. mars 2027"),
}


@pytest.mark.parametrize("language", Language)
def test_figures_are_written_as_people_write_them(language: Language) -> None:
    at = datetime(2027, 3, 3, 9, 5, 59, tzinfo=UTC)
    amount = Amount(Decimal("1250.5"), "DKK")
    figures = (Count(1250), amount, Moment(at, "Europe/Copenhagen"), Day(at.date()))
    assert tuple(in_language(one, language) for one in figures) == FIGURES[language]
    assert counted(1250, language) == FIGURES[language][0]


@pytest.mark.parametrize("language", Language)
def test_no_decimal_is_lost_and_no_code_is_a_symbol(language: Language) -> None:
    shown = {in_language(Amount(Decimal(value), code), language) for value, code in (("0.001", "DKK"), ("0.5", "JPY"))}
    assert all(re.search(r"0[.,]0?0?[15]\b", one) for one in shown), shown
    for code in ("DKK", "EUR", "USD", "GBP", "PLN", "JPY"):
        shown = in_language(Amount(Decimal(7), code), language)
        assert code in shown.split(), shown
        assert shown.isascii()
    assert "“< b>”" in in_language(Amount(Decimal(7), "<b>"), language)


def test_a_time_zone_that_nobody_knows_is_utc() -> None:
    shown = in_language(Moment(datetime(2027, 3, 3, 9, 5, tzinfo=UTC), "../evil"), Language.ENGLISH)
    assert shown == "Wed, 3 Mar 2027, 09:05 UTC"


def test_what_is_quoted_and_what_is_not() -> None:
    values = {
        "id": "ord_1",
        "name": "Ida Lund",
        "free": Figure("5.00 DKK"),
        "who": Personal("Ida"),
        "gone": Personal(""),
    }
    shown = {name: in_language(value, Language.ENGLISH) for name, value in values.items()}
    assert shown == {"id": "ord_1", "name": "“Ida Lund”", "free": "5.00 DKK", "who": "“Ida”", "gone": "“”"}
    assert in_language(Personal("Ida"), Language.ENGLISH, masked=True) == "•••"
    assert in_language("Ida Lund", Language.ENGLISH, masked=True) == "“Ida Lund”"


def test_a_series_is_cut_between_its_parts() -> None:
    assert in_language(Series(("a", "b c")), Language.ENGLISH) == "a, “b c”"
    shown = in_language(Series(tuple(f"ord_{number}" for number in range(99))), Language.ENGLISH)
    assert shown.startswith("ord_0, ord_1, ")
    assert shown.endswith("ord_20, … (left out: 78)")
    assert in_language(Series(()), Language.ENGLISH) == ""


def _plurals(language: Language) -> frozenset[str]:
    """Return the plural categories that whole numbers have in a language."""
    return frozenset(plural(value, language) for value in (*range(130), 1_000_000))
