"""A result within its budget: by a real tokenizer, cut at an item, loudly, and never without an end."""

import json
import random
import string
from collections.abc import Callable
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preo_mcp.replies.budget import SHORT, Content, RestAfter, fit, made_ready
from preo_mcp.replies.text import render
from preo_mcp.replies.weight import estimate_tokens
from preo_mcp.sandbox.store import spell_id
from tests.tokenizer import tokens

DICE = random.Random(7)


def drawn(alphabet: str, length: int) -> str:
    return "".join(DICE.choice(alphabet) for _ in range(length))


def letters(first: int, last: int, length: int = 12) -> str:
    return "".join(chr(DICE.randrange(first, last)) for _ in range(length))


ROWS: dict[str, Callable[[int], dict[str, Any]]] = {
    "ids of the sandbox": lambda number: {"id": spell_id("imp", number), "edition": {"id": spell_id("edt", number)}},
    "ids of 22 letters": lambda number: {"id": f"imp_{drawn(string.ascii_letters + string.digits, 22)}"},
    "UUIDs": lambda number: {"id": "-".join(drawn("0123456789abcdef", length) for length in (8, 4, 4, 4, 12))},
    "numbers": lambda number: {"phone": f"+45{DICE.randrange(10**8):08}", "price": DICE.random() * 10_000},
    "Danish": lambda number: {"id": spell_id("ord", number), "name": "Åse Bjørnholt-Sørensen", "note": "kører på ø"},
    "German": lambda number: {"name": "Jürgen Groß", "note": "Frühbucherermäßigung für Schüler"},
    "Polish": lambda number: {"name": "Łukasz Żółć", "note": "zażółć gęślą jaźń"},
    "Chinese": lambda number: {"name": letters(0x4E00, 0x9FA5), "note": "在丹麦奥胡斯举行的音乐节门票"},
    "Japanese": lambda number: {"name": "東京都渋谷区でチケットを買いました。ありがとうございます。"},
    "Korean": lambda number: {"name": letters(0xAC00, 0xD7A3)},
    "Arabic": lambda number: {"name": "مرحبا بكم في المهرجان الموسيقي"},
    "Thai": lambda number: {"name": "ยินดีต้อนรับสู่เทศกาลดนตรี"},
    "emoji": lambda number: {"name": letters(0x1F300, 0x1FA00), "note": "😀🎉👍🏽❤️🔥👨‍👩‍👧‍👦"},
    "English": lambda number: {"note": "Please keep two seats together, close to the stage if possible."},
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
@pytest.mark.parametrize("budget", [500, 2000, 6000])
def test_both_channels_are_within_the_budget_by_a_real_tokenizer(row: Callable[[int], Content], budget: int) -> None:
    content: Content = {"returned": 900, "total": 900, "results": [row(number) for number in range(900)]}
    cut, text = fit(content, budget, lambda _, kept: (kept, f"page=2, page_size={kept}"))
    assert text == render(cut)
    kept = cut["returned"]
    assert kept == len(cut["results"]) > 0
    assert cut["results"] == content["results"][:kept]
    assert cut["notes"] == [f"Cut: {kept} of 900 results are shown, to stay within {budget} tokens."]
    heavier = max(tokens(text), tokens(json.dumps(cut, ensure_ascii=False)))
    assert budget * 0.2 < heavier <= budget


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_the_estimate_is_rather_too_high(row: Callable[[int], Content]) -> None:
    text = json.dumps([row(number) for number in range(200)], ensure_ascii=False)
    assert 1 <= estimate_tokens(text) / tokens(text) < 5


def none_continues(_field: str, _kept: int) -> None:
    return None


def test_what_fits_is_left_alone() -> None:
    content = {"id": "imp_1", "notes": ["Sandbox."]}
    assert fit(content, 500, none_continues)[0] is content


def test_earlier_notes_stay_before_the_cut() -> None:
    content = {"results": [{"id": "x" * 40} for _ in range(200)], "notes": ["Approved."]}
    notes = fit(content, 500, none_continues)[0]["notes"]
    assert notes[0] == "Approved."
    assert notes[1].startswith("Cut: ")
    assert content["notes"] == ["Approved."]


def test_the_heaviest_goes_first_and_what_is_light_stays() -> None:
    content = {
        "import_id": "imp_1",
        "columns_left_out": ", ".join(f"Column {number}" for number in range(1000)),
        "columns": [{"column": "Email"}],
        "next_step": "start_import",
    }
    cut, _ = fit(content, 500, none_continues)
    assert "columns_left_out" not in cut
    assert cut["columns"] == content["columns"]
    assert (cut["import_id"], cut["next_step"]) == ("imp_1", "start_import")
    assert cut["notes"] == ["Cut: columns_left_out is left out, to stay within 500 tokens."]


def test_an_item_that_cannot_be_shown_is_not_counted_as_shown() -> None:
    content = {"returned": 3, "total": 3, "orders": [{"lines": "x y " * 4000}, {"id": 2}, {"id": 3}]}
    cut, _ = fit(content, 500, lambda _, kept: (kept, f"offset={kept}"))
    assert "orders" not in cut
    assert (cut["returned"], cut["total"], cut["next"]) == (0, 3, "offset=1")
    assert cut["notes"] == ["Cut: orders is left out, to stay within 500 tokens."]


SHAPES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=80),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner, max_size=5),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(min_size=1, max_size=8).filter(lambda name: name != "notes"), SHAPES, max_size=12))
def test_any_content_ends_within_the_budget_and_says_so(content: Content) -> None:
    heavy = {name: [value] * 25 for name, value in content.items()}
    cut, text = fit(heavy, 500, none_continues)
    assert text == render(cut)
    assert estimate_tokens(text) <= 500
    assert estimate_tokens(json.dumps(cut, ensure_ascii=False)) <= 500
    changed = {name for name, value in heavy.items() if cut.get(name) != value}
    assert all(any(name in note for note in cut["notes"]) for name in changed)


def may_go(name: str, value: Any) -> bool:
    """Whether a field may be cut: what is short, and what to do next, may not."""
    return name != "next_step" and len(json.dumps(value, ensure_ascii=False)) > SHORT


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.text(min_size=1, max_size=8).filter(lambda name: name != "notes"), SHAPES, max_size=12),
    st.fixed_dictionaries(
        {"next_step": st.text(st.characters(codec="ascii"), max_size=200)},
        optional={"id": st.just("ord_8f3k"), "amount": st.floats(), "as_of": st.just("2026-07-01T22:30:00+02:00")},
    ),
)
def test_what_a_schema_requires_is_never_cut(content: Content, required: Content) -> None:
    cut, _ = fit({name: [value] * 25 for name, value in content.items()} | required, 500, none_continues)
    assert {name: value for name, value in cut.items() if name in required} == required


def fitted_slowly(content: Content, budget: int, rest_after: RestAfter) -> Content:
    """Do what `fit` does in the plainest way: try each number of items, and weigh all that would be shown each time."""

    def fits(shown: Content) -> bool:
        return max(estimate_tokens(render(shown)), estimate_tokens(json.dumps(shown, ensure_ascii=False))) <= budget

    shown, cuts = content, dict[str, str]()
    while not fits(shown):
        rest: Content = {name: value for name, value in shown.items() if name != "notes"}
        lengths_of = {name: len(json.dumps(value)) for name, value in rest.items() if may_go(name, value)}
        if not lengths_of:
            break
        heaviest = max(lengths_of, key=lambda name: lengths_of[name])
        lengths = max(len(rest[heaviest]), 1) if isinstance(rest[heaviest], list) else 1
        for length in reversed(range(lengths)):
            kept, following = rest_after(heaviest, length) or (length, "") if length else (0, "")
            if length:
                cuts[heaviest] = f"Cut: {kept} of {len(content[heaviest])} {heaviest} are shown, "
                shown = {**rest, heaviest: rest[heaviest][:kept]}
            else:
                cuts[heaviest] = f"Cut: {heaviest} is left out, "
                _, following = rest_after(heaviest, 1) or (0, "")
                shown = {name: value for name, value in rest.items() if name != heaviest}
            cut = [f"{note}to stay within {budget} tokens." for note in cuts.values()]
            shown["notes"] = [*content.get("notes", []), *cut]
            shown |= {"returned": kept, "next": following} if following else {}
            if fits(shown):
                return shown
    return shown


def whole_pages_of_sixty(field: str, kept: int) -> tuple[int, str] | None:
    """Continue `results` as a list does that stands on its second page."""
    smaller = next(part for part in range(kept, 0, -1) if 60 % part == 0)
    return (smaller, f"page={60 // smaller + 2}, page_size={smaller}") if field == "results" else None


CELLS: list[Any] = [
    "a|b|c|",
    "2026-07-01T22:30:00Z",
    "æ" * 60,
    "•••@e•••.org",
    "Two\nlines",
    "x y " * 9,
    "",
    7,
    True,
    [],
    {"a": {}},
]
ROW = st.dictionaries(st.sampled_from(["id", "name", "text", "Ø|", "created"]), st.sampled_from(CELLS), max_size=3)
LISTS = st.lists(ROW, max_size=40) | st.lists(st.sampled_from(CELLS), max_size=40)


@settings(max_examples=150, deadline=None)
@given(
    lists=st.dictionaries(st.sampled_from(["first", "text", "ø"]), LISTS, max_size=2),
    results=st.lists(ROW, min_size=8, max_size=60),
    notes=st.lists(st.text(max_size=40), max_size=2),
    part=st.floats(0.05, 1),
    rest_after=st.sampled_from([none_continues, whole_pages_of_sixty]),
)
def test_weighing_once_comes_to_what_weighing_each_time_does(
    lists: Content, results: list[Any], notes: list[str], part: float, rest_after: RestAfter
) -> None:
    content = {"returned": 60, **lists, "results": results, "end": "next", **({"notes": notes} if notes else {})}
    budget = max(100, int(estimate_tokens(json.dumps(content, ensure_ascii=False)) * part))
    assert fit(content, budget, rest_after)[0] == fitted_slowly(content, budget, rest_after)


def otherwise(name: str, value: Any) -> Any:
    """Show texts longer in one field and shorter in all others, a list item by item."""
    if isinstance(value, list):
        return [otherwise(name, item) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {key: otherwise(name, item) for key, item in cast("dict[str, Any]", value).items()}
    return (value * 3 if name == "first" else value[::4]) if isinstance(value, str) else value


@settings(max_examples=300, deadline=None)
@given(
    first=LISTS,
    text=LISTS | st.sampled_from(CELLS),
    results=st.lists(ROW, max_size=60),
    part=st.floats(0.02, 1.2),
    rest_after=st.sampled_from([none_continues, whole_pages_of_sixty]),
)
def test_what_cannot_be_shown_need_not_be_made_ready(
    first: list[Any], text: Any, results: list[Any], part: float, rest_after: RestAfter
) -> None:
    content = {"returned": 60, "first": first, "text": text, "results": results, "end": "next"}
    whole = {name: otherwise(name, value) for name, value in content.items()}
    budget = max(100, int(estimate_tokens(json.dumps(whole, ensure_ascii=False)) * part))
    ready = made_ready(content, budget, otherwise)
    assert fit(ready.content, budget, rest_after, ready.longest) == fit(whole, budget, rest_after)


def test_only_as_many_rows_are_made_ready_as_fit_and_one_more() -> None:
    seen: list[str] = []

    def shown(name: str, value: Any) -> Any:
        seen.append(name)
        return otherwise(name, value)

    content = {"returned": 900, "results": [{"id": f"imp_{number}", "name": "Åse Bjørnholt"} for number in range(900)]}
    ready = made_ready(content, 500, shown)
    kept = fit(ready.content, 500, none_continues, ready.longest)[0]["results"]
    assert 10 < len(kept) < seen.count("results") < len(kept) + 5
    assert ready.is_changed
    assert not made_ready(content, 500, lambda _, value: value).is_changed


def test_where_the_text_is_the_heavier_form_it_decides() -> None:
    content = {"results": [{f"c{number}": 1} for number in range(60)]}
    budget = estimate_tokens(json.dumps(content)) + 50
    assert estimate_tokens(render(content)) > 2 * budget
    cut, text = fit(content, budget, none_continues)
    assert 0 < len(cut["results"]) < 60
    assert cut == fitted_slowly(content, budget, none_continues)
    assert estimate_tokens(text) <= budget
