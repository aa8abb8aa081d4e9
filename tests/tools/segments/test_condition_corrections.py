"""The corpus of wrong expressions: each mistake at its place, what was meant, and the expression put right."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preo_mcp.cel.condition import check_condition
from preo_mcp.cel.mistakes import Edit, Mistake, edited
from preo_mcp.cel.tokens import offset, place
from preo_mcp.tools.segments.checking import corrected
from preo_mcp.tools.segments.conditions import WIDEST, caret
from tests.cel.wrong_expressions import WRONG, Wrong


def check(text: str) -> tuple[Mistake, ...]:
    return check_condition(text, has_edition=True)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.expression)
def test_wrong_expressions(wrong: Wrong) -> None:
    mistakes = check(wrong.expression)
    first = mistakes[0]
    assert (first.line, first.column, first.suggestion) == wrong[1:4]
    right = corrected(wrong.expression, mistakes, check)
    assert right == wrong.corrected
    assert right is None or check(right) == ()


def test_the_corpus_is_large_and_without_repeats() -> None:
    assert len({wrong.expression for wrong in WRONG}) == len(WRONG) >= 40


def test_what_follows_from_a_mistake_is_no_mistake() -> None:
    for expression in ("user.orders.any(o, o.total > 5)", "user.orders.exist(o, o.total > 5 && o.type == 'x')"):
        assert len(check(expression)) == 1


def test_only_what_becomes_sound_is_a_correction() -> None:
    expression = "user.contry == 'DK' && user.zzz == 1"
    assert [bool(one.edits) for one in check(expression)] == [True, False]
    assert corrected(expression, check(expression), check) is None
    endless = Mistake(1, 1, "", edits=(Edit(0, 0, "x"),))
    assert corrected("a", [endless], lambda _: [endless]) is None


def test_of_edits_at_the_same_place_the_first_is_made() -> None:
    assert edited("abcdef", [Edit(2, 4, "X"), Edit(3, 5, "Y"), Edit(0, 1, "")]) == "bXef"


@pytest.mark.parametrize(
    ("text", "line", "column", "shown"),
    [
        ("a == b", 1, 3, "a == b\n..^"),
        ("a &&\n\tbb", 2, 3, " bb\n..^"),
        ("'日本' == x", 1, 6, "'日本' == x\n.......^"),
        ("'e\u0301' == x", 1, 6, "'e\u0301' == x\n....^"),
        ("a ==", 1, 5, "a ==\n....^"),
        ("a\r\nb", 1, 1, "a\n^"),
        ("", 1, 1, "\n^"),
        ("a", 9, 9, "\n^"),
    ],
)
def test_carets(text: str, line: int, column: int, shown: str) -> None:
    assert caret(text, line, column) == shown


def test_a_long_line_is_cut_around_the_caret() -> None:
    text = "".join(f"{number:05}" for number in range(200))
    line, below = caret(text, 1, 501).split("\n")
    assert line.startswith("…")
    assert line.endswith("…")
    assert len(line) == WIDEST + 2
    assert line[below.index("^") :].startswith("00100")


@settings(max_examples=100, deadline=None)
@given(st.text("ab\n", max_size=20), st.integers(0, 20))
def test_places_and_offsets_are_each_other_s_way_back(text: str, at: int) -> None:
    at = min(at, len(text))
    assert offset(text, *place(text, at)) == at


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_is_cut_from_an_expression_a_correction_is_sound(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([wrong.corrected or wrong.expression for wrong in WRONG]))
    cuts = sorted(data.draw(st.sets(st.integers(0, len(whole)), min_size=2, max_size=4)))
    text = whole[: cuts[0]] + "".join(whole[start:end] for start, end in [*pairwise(cuts), (cuts[-1], None)][1:])
    mistakes = check(text)
    right = corrected(text, mistakes, check)
    assert right is None or check(right) == ()
    for mistake in mistakes:
        assert caret(text, mistake.line, mistake.column).endswith("^")
