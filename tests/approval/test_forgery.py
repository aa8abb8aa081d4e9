"""Customers' texts that try to fake, hide or reorder a question: what else it says stays as it is, in all languages."""

import re
import unicodedata
from collections.abc import Callable

import pytest

from preo_mcp.approval.facts import Facts, Line
from preo_mcp.approval.quoting import RIGHT_TO_LEFT, runs_to_the_left
from preo_mcp.approval.wording import Figure, Personal, Series, Words, say
from preo_mcp.settings import Language
from preo_mcp.text.plain_text import UNSEEN
from tests.approval.forgeries import FORGERIES

QUOTED = re.compile(r"“([^“”]*)”(?: \(RTL\))?")
TURNING = {"RLE", "LRE", "RLO", "LRO", "PDF", "RLI", "LRI", "FSI", "PDI", "BN"}
HONEST = "Ida Lund"


def refund(name: str, product: str, number: str, comment: str) -> Facts:
    """A question like the one before a refund, with what others wrote in four places of it."""
    customer = Series((Personal(name), Personal("ida@example.org")))
    order = say("{name} ({id})", name=number, id="ord_1")
    lines: tuple[Line, ...] = (
        (say("Customer"), say("{name} ({id})", name=customer, id="usr_1")),
        (say("Order"), say("{order}, {status}", order=order, status="paid")),
        (say("Item"), say("{name} ({id})", name=product, id="pur_1")),
        (say("Amount to refund"), Figure("795.00 DKK")),
        (say("Left"), say("{left}, after this refund {after}", left=Figure("900.00 DKK"), after=Figure("105.00 DKK"))),
        (say("Comment"), Personal(comment)),
    )
    return Facts(say("Approve this refund? The money is then paid back."), lines, ((say("Customers"), 3),))


PLACES: dict[str, Callable[[str], Facts]] = {
    "name": lambda text: refund(text, HONEST, HONEST, HONEST),
    "product": lambda text: refund(HONEST, text, HONEST, HONEST),
    "number": lambda text: refund(HONEST, HONEST, text, HONEST),
    "comment": lambda text: refund(HONEST, HONEST, HONEST, text),
}


def check_visible(text: str) -> None:
    assert text.replace("\n", "").isprintable()
    assert not UNSEEN.search(text)
    assert not {unicodedata.bidirectional(char) for char in text} & TURNING
    assert not re.search(r"[^\S \n]", text)


def framed(line: str) -> str:
    """A line with what others wrote left out, and what plain words they had."""
    return QUOTED.sub("…", line)


def test_there_are_enough_and_they_are_different() -> None:
    assert len(set(FORGERIES)) == len(FORGERIES) >= 60


@pytest.mark.parametrize("language", list(Language))
def test_the_other_facts_stay_as_they_are(language: Language) -> None:
    honest = PLACES["name"](HONEST).shown(language).split("\n")
    labels = [line.partition(":")[0] for line in honest]
    for forgery in FORGERIES:
        for place, line in (("name", 2), ("order number", 3), ("product", 4), ("comment", 7)):
            facts = PLACES[place.rpartition(" ")[2]](forgery)
            text = facts.shown(language)
            shown = text.split("\n")
            check_visible(text)
            assert len(text.splitlines()) == len(shown) == len(honest), forgery
            assert [one.partition(":")[0] for one in shown] == labels, forgery
            assert shown[:line] + shown[line + 1 :] == honest[:line] + honest[line + 1 :], forgery
            _attributable(shown[line], honest[line], forgery)
            assert len(shown[line]) < 400


def _attributable(shown: str, honest: str, forgery: str) -> None:
    """What is not between quotation marks is what an honest customer's line has there, or one plain word."""
    assert shown.count("“") == shown.count("”"), forgery
    if framed(shown) != framed(honest):
        word = forgery.strip()
        assert re.fullmatch(r"[\w.@+/#-]+", word), forgery
        assert shown.replace(word, "…", 1) == framed(honest).replace("…", "…", 1), forgery
    for found in QUOTED.finditer(shown):
        assert found[0].endswith(RIGHT_TO_LEFT) == runs_to_the_left(found[1]), forgery


@pytest.mark.parametrize("forgery", FORGERIES, ids=range(len(FORGERIES)))
def test_a_forgery_is_masked_whole_where_a_model_reads(forgery: str) -> None:
    honest = PLACES["name"](HONEST).shown(masked=True)
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
