"""Customers' texts that try to fake, hide or reorder a question: what else it says stays as it is, in all languages."""

import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal

import pytest

from preo_mcp.approval.facts import Facts, Line
from preo_mcp.approval.languages import in_language
from preo_mcp.approval.layout import sheet_of
from preo_mcp.approval.quoting import RIGHT_TO_LEFT, runs_to_the_left
from preo_mcp.approval.wording import Amount, Figure, Passage, Personal, Series, SpanKind, Words, say
from preo_mcp.settings import Language
from preo_mcp.text.plain_text import UNSEEN
from tests.approval.forgeries import FORGERIES

QUOTED = re.compile(r"“([^“”]*)”(?: \(RTL\))?")
TURNING = {"RLE", "LRE", "RLO", "LRO", "PDF", "RLI", "LRI", "FSI", "PDI", "BN"}
HONEST = "Ida Lund"


def refund(name: str, product: str, number: str, comment: str, *, owner: str = HONEST, message: str = HONEST) -> Facts:
    """A question like the one before a refund, with what others wrote in its places."""
    customer = Series((Personal(name), Personal("ida@example.org")))
    order = say("{name} ({id})", name=number, id="ord_1")
    lines: tuple[Line, ...] = (
        (say("Order"), say("{order}, {status}", order=order, status="paid")),
        (say("Item"), say("{name} ({id})", name=product, id="pur_1")),
        (say("Left"), say("{left}, after this refund {after}", left=dkk(900), after=dkk(105))),
        (say("Comment"), Personal(comment)),
        (say("Message"), Passage(message)),
    )
    return Facts(
        say("Pay back {amount} to {customer}?", amount=dkk(795), customer=Personal(name)),
        lines,
        ((say("Customers"), 3),),
        deciding=(
            (say("Amount to refund"), dkk(795)),
            (say("Customer"), say("{name} ({id})", name=customer, id="usr_1")),
        ),
        account=say("live: {name}", name=owner),
    )


def dkk(amount: int) -> Amount:
    return Amount(Decimal(amount), "DKK")


PLACES: dict[str, Callable[[str], Facts]] = {
    "name": lambda text: refund(text, HONEST, HONEST, HONEST),
    "product": lambda text: refund(HONEST, text, HONEST, HONEST),
    "number": lambda text: refund(HONEST, HONEST, text, HONEST),
    "comment": lambda text: refund(HONEST, HONEST, HONEST, text),
    "owner": lambda text: refund(HONEST, HONEST, HONEST, HONEST, owner=text),
    "message": lambda text: refund(HONEST, HONEST, HONEST, HONEST, message=text),
}
WHERE = {"name": (0, 4), "owner": (2,), "number": (6,), "product": (7,), "comment": (9,), "message": (10,)}
"""The lines that each of them stands in."""
NOTES = {
    language: [
        in_language(note, language).replace("§", "[0-9., ]+")
        for note in (
            say("characters left out: {count}", count=Figure("§")),
            say("characters in all: {length}, left out here: {count}", length=Figure("§"), count=Figure("§")),
        )
    ]
    for language in Language
}
"""What a line of ours says behind a text that was cut."""


def check_visible(text: str) -> None:
    assert text.replace("\n", "").isprintable()
    assert not UNSEEN.search(text)
    assert not {unicodedata.bidirectional(char) for char in text} & TURNING
    assert not re.search(r"[^\S \n]", text)


def framed(line: str, language: Language = Language.ENGLISH) -> str:
    """A line with what others wrote left out, and what is said of that."""
    links = in_language(say("links to {hosts}", hosts=Figure("§")), language).replace("§", r"(?:[^“”()]|\([^“”()]*\))+")
    note = "|".join((*NOTES[language], links))
    return re.sub(rf"…( …)?( \((?:{note})(; (?:{note}))?\))?", "…", QUOTED.sub("…", line))


def test_there_are_enough_and_they_are_different() -> None:
    assert len(set(FORGERIES)) == len(FORGERIES) >= 60


@pytest.mark.parametrize("language", list(Language))
def test_the_other_facts_stay_as_they_are(language: Language) -> None:
    honest = PLACES["name"](HONEST).shown(language).split("\n")
    labels = [line.partition(":")[0] for line in honest[1:]]
    for forgery in FORGERIES:
        for place, where in WHERE.items():
            text = PLACES[place](forgery).shown(language)
            shown = text.split("\n")
            check_visible(text)
            assert len(text.splitlines()) == len(shown) == len(honest), forgery
            assert [one.partition(":")[0] for one in shown[1:]] == labels, forgery
            for number, (one, other) in enumerate(zip(shown, honest, strict=True)):
                if number in where:
                    _attributable(one, other, forgery, language)
                    assert len(one) < 1100
                else:
                    assert one == other, forgery


def _attributable(shown: str, honest: str, forgery: str, language: Language) -> None:
    """What is not between quotation marks is what an honest customer's line has there, or one plain word."""
    assert shown.count("“") == shown.count("”"), forgery
    if framed(shown, language) != framed(honest, language):
        word = forgery.strip()
        assert re.fullmatch(r"[\w.@+/#-]+", word), forgery
        assert shown.replace(word, "…", 1) == framed(honest, language), forgery
    for found in QUOTED.finditer(shown):
        assert found[0].endswith(RIGHT_TO_LEFT) == runs_to_the_left(found[1]), forgery


@pytest.mark.parametrize("forgery", FORGERIES, ids=range(len(FORGERIES)))
def test_a_whole_passage_stays_in_its_place(forgery: str) -> None:
    """Its lines are its own: they come as one text beside ours, never as lines of the question."""
    sheet = sheet_of(PLACES["message"](forgery), Language.ENGLISH, is_live=True)
    [(label, value)] = [(part.label, part.value) for part in sheet.rest if not part.folded]
    assert label == "Message"
    [(kind, whole, _)] = value
    assert kind is SpanKind.WHOLE
    check_visible(whole)
    assert "\n\n\n" not in whole
    assert all(len(line) - len(line.lstrip(" ")) <= 8 and "  " not in line.strip() for line in whole.split("\n"))


@pytest.mark.parametrize("forgery", FORGERIES, ids=range(len(FORGERIES)))
def test_a_forgery_is_masked_whole_where_a_model_reads(forgery: str) -> None:
    honest = PLACES["name"](HONEST).shown(masked=True)
    assert honest.startswith("Pay back 795.00 DKK to •••?\n")
    assert PLACES["name"](forgery or HONEST).shown(masked=True) == honest


def test_two_texts_cannot_work_together() -> None:
    """Markup that begins in one value and ends in another has lost its meaning in both."""
    for begin, end in (("~~", "~~"), ("`", "`"), ("```", "```"), ("$", "$"), ("\\(", "\\)"), ("<!-- ", "-->")):
        shown = refund(f"a{begin}", HONEST, HONEST, f"{end}b").shown()
        assert begin.strip() not in shown, begin
    shown = refund("[a", HONEST, HONEST, "](https://evil.example)").shown()
    assert "](" not in shown


def test_a_pile_of_marks_stays_in_its_line() -> None:
    for forgery in FORGERIES:
        marks = 0
        for char in PLACES["comment"](forgery).shown():
            marks = marks + 1 if unicodedata.category(char).startswith("M") else 0
            assert marks <= 3, forgery


def test_the_same_text_is_shown_the_same_everywhere() -> None:
    """What a person compares with is one spelling."""
    words: Words = Personal('Ida "Lund"')
    shown = {Facts(say("When"), ((say("When"), words),)).shown(language).rpartition(": ")[2] for language in Language}
    assert shown == {"“Ida 'Lund'”"}
