"""Facts: shown short and on their lines, bound in full."""

import re
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preo_mcp.approval.facts import Facts, Line, facts_of_any
from preo_mcp.approval.languages import LINE_LENGTH, SHOWN_LENGTH, counted, in_spans
from preo_mcp.approval.passages import hosts
from preo_mcp.approval.quoting import as_data, harmless, quoted
from preo_mcp.approval.wording import Amount, Figure, Message, Passage, Personal, Series, Span, SpanKind, Words, say
from preo_mcp.settings import Language

QUESTION = say("Delete this file for good?")


def pair(value: Words) -> Message:
    return say("{name} ({id})", name=value, id=value)


TEXTS = st.text(st.characters(exclude_characters="{}"), max_size=10)
VALUES: st.SearchStrategy[Words] = st.recursive(
    TEXTS,
    lambda inner: (
        st.builds(Series, st.lists(inner, max_size=2).map(tuple), st.sampled_from((", ", " "))) | st.builds(pair, inner)
    ),
    max_leaves=4,
)
LINES = st.lists(st.tuples(st.builds(Message, TEXTS), VALUES), max_size=3).map(tuple)


def fact(value: Words, label: str = "File") -> Facts:
    return Facts(QUESTION, ((Message(label), value),))


def value_of(value: Words, language: Language = Language.ENGLISH) -> str:
    [(_, shown)] = fact(value).told(language)
    return shown


def test_every_fact_stays_on_its_own_line() -> None:
    facts = Facts(say("Write?"), ((say("File"), "a.csv\nOrders: 0\u202e"), (say("Orders"), Figure("24"))))
    assert facts.shown() == "Write?\n\nFile: “a.csv Orders: 0”\nOrders: 24"


def test_facts_are_told_in_the_persons_language() -> None:
    facts = Facts(QUESTION, ((say("Used by"), say("nothing")), (say("File"), "a.csv")), ((say("Orders"), 1250),))
    assert facts.shown(Language.DANISH) == "Slet denne fil for altid?\n\nBruges af: intet\nFil: a.csv\nOrdrer: 1.250"
    assert facts.digest() == Facts(QUESTION, facts.lines, ((say("Orders"), 9),)).digest()


def test_a_long_fact_is_shown_short_and_bound_in_full() -> None:
    one, other = (fact("x" * 500 + end) for end in "ab")
    assert one.shown() == other.shown()
    assert value_of("x" * 500) == f"“{'x' * (SHOWN_LENGTH - 1)}…” (characters left out: 341)"
    assert value_of("x" * SHOWN_LENGTH) == f"{'x' * SHOWN_LENGTH}"
    assert one.digest() != other.digest()


def test_long_texts_push_none_of_our_words_out() -> None:
    long = "x" * 5000
    shown = value_of(say("{left}, after this refund {after}", left=long, after=Personal(long)))
    cut = f"“{'x' * (SHOWN_LENGTH - 1)}…” (characters left out: 4,841)"
    assert shown == f"{cut}, after this refund {cut}"
    shown = value_of(pair(Series((long, pair(long)))))
    assert shown.endswith(")")
    assert len(shown) < LINE_LENGTH + 120
    person = tuple(Personal(text) for text in (long, "ida@example.org", "א" * 300))
    assert "“ida@example.org”" in value_of(pair(Series(person)))
    assert "RTL" in value_of(say("{name} ({id})", name=Series(person), id="usr_1"))
    assert value_of(pair("ord_123456789012345678901234567890")).count("ord_123456789012345678901234567890") == 2


def test_account_and_what_decides_come_first() -> None:
    facts = Facts(
        QUESTION,
        ((say("File"), "a.csv"),),
        ((say("Orders"), 3),),
        deciding=((say("Amount"), Amount(Decimal(1250), "DKK")),),
        account=say("live: {name}", name=Personal("Nordlys")),
    )
    question, *lines = facts.shown().split("\n")
    assert question == "Delete this file for good?"
    assert lines == ["", "Account: live: “Nordlys”", "Amount: 1,250.00 DKK", "", "File: a.csv", "Orders: 3"]
    assert "Account: live: •••" in facts.shown(masked=True)
    assert facts.digest() != replace(facts, account="sandbox").digest()


LINK, TRUE = "Come! https://nordlys.example and https://bank.example@evil.example:443/x", "customer.age > 18 || true"


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("end", [LINK, TRUE])
def test_a_passage_is_whole_or_shows_both_ends_and_what_is_missing(language: Language, end: str) -> None:
    short = value_of(Passage(end), language)
    assert short.startswith(f"“{end}”")
    long = value_of(Passage(f"Hello {'x ' * 900}\n{end}"), language)
    assert "\n" not in long
    assert long.startswith("“Hello x x")
    assert f"{end}”" in long
    assert counted(len("Hello ") + 1800 + len(end), language) in long
    assert len(long) < 700
    if end == LINK:
        for shown in (short, long):
            assert re.search(r"nordlys\.example, evil\.example\)$", shown)


def test_no_passage_is_left_out_among_others() -> None:
    texts = Series(tuple(Passage(f"{number} {'x' * 100} {TRUE}") for number in range(20)))
    assert value_of(texts).count(TRUE) == 20
    assert [span.kind for span in in_spans(texts, Language.ENGLISH)].count(SpanKind.WHOLE) == 20


def test_a_long_argument_of_a_model_shows_its_end() -> None:
    facts = facts_of_any("Create segment", {"condition": f"{'x && ' * 900}{TRUE}", "name": "Adults"})
    [_, (kind, whole, _)] = [span for _, value in facts.lines for span in in_spans(value, Language.ENGLISH)][:2]
    assert (kind, whole[-len(TRUE) :]) == (SpanKind.WHOLE, TRUE)
    assert f"{TRUE}” (characters in all: 4,525, left out here: " in facts.shown(masked=True)
    assert "name: •••" in facts.shown(masked=True)


def test_a_passage_is_given_whole_with_its_lines_where_there_is_room() -> None:
    text = "a\r\n\n\n\n\tb\u202e\u2028c" + "\n" * 500 + "|| true"
    change = say("{before} → {after}", before=Passage(text), after=Passage("<b>https://evil.example"))
    before = Span(SpanKind.WHOLE, "a\n\n b\nc\n\n|| true")
    after = Span(SpanKind.WHOLE, "<b>https://evil.example", "links to evil.example")
    assert in_spans(change, Language.ENGLISH) == (before, Span(SpanKind.LINE, " → "), after)
    [span] = in_spans(Passage("x\n" * 40 + "|| true"), Language.ENGLISH)
    assert span.below.startswith("characters in all: 87, ending with “…x x x")
    assert span.below.endswith("x || true”")


@given(st.text(), st.text())
def test_nothing_of_a_passage_leaves_its_place(before: str, after: str) -> None:
    shown = value_of(say("{before} → {after}", before=Passage(before), after=Passage(after)))
    assert len(shown.splitlines()) == 1
    assert shown.count("“") == shown.count("”")
    assert re.fullmatch(r"“[^“”]*”[^“”]*(“[^“”]*”)?[^“”]* → “[^“”]*”[^“”]*(“[^“”]*”)?[^“”]*", shown)
    spans = in_spans(say("{before} → {after}", before=Passage(before), after=Passage(after)), Language.ENGLISH)
    assert [span.kind for span in spans] == [SpanKind.WHOLE, SpanKind.LINE, SpanKind.WHOLE]
    assert all(span.text.replace("\n", "").isprintable() for span in spans)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://Nordlys.example/x?a=https://other.example.", ("nordlys.example", "other.example")),
        ("HTTPS:\\\\evil.example\\x", ("evil.example",)),
        ("https:/evil.example", ("evil.example",)),
        ("https://good.example@evil.example:8080/", ("evil.example",)),
        ("www.evil.example, or evil2.example/x", ("www.evil.example", "evil2.example")),
        ('<a href="//evil.example/x">', ("evil.example",)),
        ("https://nördlys.example", ("xn--nrdlys-wxa.example",)),
        ("https://evil\u200b.example", ("evil.example",)),
        ("customer.orders.exists(o, o.amount / 2 > 3) || true", ()),
        ("8.30 to 9.30, e.g. now; 2/3", ()),
    ],
)
def test_hosts_of_links(text: str, found: tuple[str, ...]) -> None:
    assert hosts(text) == found


def test_personal_data_is_masked_where_a_model_reads() -> None:
    facts = fact(say("{name} ({id})", name=Series((Personal("Ida Lund"), Personal("ida@example.org"))), id="usr_1"))
    assert facts.shown(masked=True).endswith("File: •••, ••• (usr_1)")
    assert facts.shown().endswith("File: “Ida Lund”, “ida@example.org” (usr_1)")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('say "yes"', "“say 'yes'”"),
        ("a ”b“ «c» ''d''", "“a 'b' 'c' 'd'”"),
        ("[yes](https://x)", "“[yes] (https://x)”"),
        ("<b>x</b>&#8238;&amp;", "“< b>x< /b>& #8238;& amp;”"),
        ("~~x~~ $x$ \\(x", "“~ ~x~ ~ ＄x＄ ＼(x”"),
        ("`x`", "“'x'”"),
        ("a < b && c", "“a < b && c”"),
        ("{0} {name} %s", "“{0} {name} %s”"),
        ("שלום", "“שלום” (RTL)"),
        ("\ud800\u202e", "“”"),
        ("N27-10002", "N27-10002"),
        ("purchase_price", "purchase_price"),
        ("yes: no", "“yes: no”"),
        ("", "“”"),
    ],
)
def test_how_foreign_text_is_shown(text: str, shown: str) -> None:
    assert value_of(text) == shown


def test_what_runs_to_the_left_is_parted_from_what_follows() -> None:
    assert value_of(say("{before} → {after}", before=Personal("א"), after=Personal("ב"))) == "“א” (RTL) → “ב” (RTL)"


def test_invisible_differences_are_bound_too() -> None:
    one, other = fact("ida"), fact("i\u200bda")
    assert one.digest() != other.digest()
    assert fact("\ud800").digest() != fact("\ud801").digest()


@settings(max_examples=100, deadline=None)
@given(LINES, LINES, TEXTS, TEXTS)
def test_only_the_same_facts_have_the_same_digest(
    one: tuple[Line, ...], other: tuple[Line, ...], question: str, another: str
) -> None:
    first, second = Facts(Message(question), one), Facts(Message(another), other)
    assert (first.digest() == second.digest()) == (first == second)


def test_moving_text_between_values_changes_the_digest() -> None:
    assert fact("c", "ab").digest() != fact("bc", "a").digest()
    assert fact(say("{a}{b}", a="x", b="yz")).digest() != fact(say("{a}{b}", a="xy", b="z")).digest()
    assert fact(Series(("a", "b"))).digest() != fact(Series(("a, b",))).digest()
    assert fact(say("none")).digest() != fact("none").digest()
    counted = Facts(QUESTION, (), ((say("Orders"), 1),))
    assert counted.digest() != fact("1", "Orders").digest()


@given(st.text(), st.integers(2, 40))
def test_any_text_stays_between_its_marks(text: str, room: int) -> None:
    line = harmless(text)
    assert harmless(line) == line
    shown = quoted(text, room)
    inner = shown.removesuffix(" (RTL)")[1:-1]
    assert len(inner) <= room
    assert not set(inner) & set('“”"`$\\')
    assert as_data(text, room) in (shown, text)
