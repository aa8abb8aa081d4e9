"""Facts: shown short and on their lines, bound in full."""

from hypothesis import given, settings
from hypothesis import strategies as st

from preo_mcp.guardrails.facts import SHOWN_LENGTH, Facts

LINES = st.lists(st.tuples(st.text(max_size=10), st.text(max_size=10)), max_size=4).map(tuple)


def test_every_fact_stays_on_its_own_line() -> None:
    facts = Facts("Write?", (("File", "a.csv\nOrders: 0\u202e"), ("Orders", "24")))
    assert facts.shown() == "Write?\n\nFile: a.csv Orders: 0\nOrders: 24"


def test_a_long_fact_is_shown_short_and_bound_in_full() -> None:
    one, other = (Facts("Write?", (("Products", "x" * 500 + end),)) for end in "ab")
    assert one.shown() == other.shown()
    assert len(one.shown().splitlines()[2]) == len("Products: ") + SHOWN_LENGTH
    assert one.shown().endswith("…")
    assert one.digest() != other.digest()


def test_invisible_differences_are_bound_too() -> None:
    one, other = Facts("Write?", (("To", "ida"),)), Facts("Write?", (("To", "i\u200bda"),))
    assert one.shown() == other.shown()
    assert one.digest() != other.digest()


@settings(max_examples=60, deadline=None)
@given(LINES, LINES, st.text(max_size=5), st.text(max_size=5))
def test_only_the_same_facts_have_the_same_digest(
    one: tuple[tuple[str, str], ...], other: tuple[tuple[str, str], ...], question: str, another: str
) -> None:
    first, second = Facts(question, one), Facts(another, other)
    assert (first.digest() == second.digest()) == (first == second)


def test_moving_text_between_label_and_value_changes_the_digest() -> None:
    assert Facts("Q", (("ab", "c"),)).digest() != Facts("Q", (("a", "bc"),)).digest()
    assert Facts("Q", (("a", "b"), ("c", "d"))).digest() != Facts("Q", (("a", "bc"), ("", "d"))).digest()
