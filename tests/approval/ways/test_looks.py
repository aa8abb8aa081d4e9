"""What a person sees first, in every language, width and theme, with little and with much; and that axe has no word."""

import asyncio
import json
import re
from decimal import Decimal
from typing import Any

import pytest

from preo_mcp.approval.facts import CHANGES, DELETES, Facts
from preo_mcp.approval.languages import in_language
from preo_mcp.approval.layout import MOST_ROWS
from preo_mcp.approval.phrases import APPROVE, CHANGE, DECLINE, DELETE
from preo_mcp.approval.plans import Plan
from preo_mcp.approval.typed import comparable, matches
from preo_mcp.approval.wording import Amount, Key, Passage, Personal, say
from preo_mcp.settings import Language
from preo_mcp.tools.fact_words import change, changed_field
from tests.approval.forgeries import FORGERIES
from tests.approval.ways.card_host import World
from tests.approval.ways.chromium import WHY_NOT, Tab
from tests.approval.ways.npm_packages import WHY_NO_NPM, axe, skipped
from tests.approval.ways.pictures import STATES, brought_to, opened
from tests.approval.ways.real_questions import plan_for, plans_for, real_facts, refunds

pytestmark = pytest.mark.skipif(skipped(WHY_NOT), reason=WHY_NOT)
with_axe = pytest.mark.skipif(skipped(WHY_NO_NPM), reason=WHY_NO_NPM)

KINDS = ("refund", "refunds", "mail", "sms", "import", "delete", "change", "webhook")
COLOURS = {"money": "--money", "people": "--people", "removal": "--removal", "change": "--change"}
AXE = "axe.run(document, {iframes: false, resultTypes: ['violations']}).then(({violations}) => violations)"
FITS = "document.documentElement.scrollWidth <= innerWidth"
SIZES = """[...document.querySelectorAll('#question, #deciding .fact:first-child dd, #rest dd, #fold dd, .key')]
.map((one) => [one.classList[0] === 'key' ? 'key' : one.closest('#fold') ? 'fold'
: one.closest('#rest') ? 'rest' : one.id || 'first',
parseFloat(getComputedStyle(one.firstElementChild?.className === 'led' ? one.firstElementChild : one).fontSize)])"""


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, Facts]]:
    return asyncio.run(real_facts(tmp_path_factory.mktemp("looks")))


@pytest.fixture(scope="module")
def plans(facts: dict[str, tuple[str, Facts]]) -> dict[str, Plan]:
    return plans_for(facts)


def check_axe(tab: Tab, *, frame: bool) -> None:
    tab.run(f"{axe()};0", frame=frame)
    found: list[dict[str, Any]] = tab.run(AXE, frame=frame)
    told = [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found]
    assert not told, json.dumps(told, indent=1)


@with_axe
@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing_in_any_state(world: World, plans: dict[str, Plan], kind: str) -> None:
    for number, state in enumerate(STATES):
        is_card, dark = bool(number % 2), number % 3 == 1
        tab = opened(world, plans[kind], dark=dark, width=(760, 380)[number % 2], is_card=is_card)
        if brought_to(world, tab, state, is_card=is_card):
            if state == "before":
                tab.run("for (const one of document.querySelectorAll('details')) one.open = true")
            check_axe(tab, frame=is_card)
        world.browser.close_tabs()


@pytest.mark.parametrize("kind", KINDS)
def test_the_deed_and_what_decides_are_the_largest(world: World, plans: dict[str, Plan], kind: str) -> None:
    plan = plans[kind]
    tab = opened(world, plan)
    sizes: dict[str, list[float]] = {}
    for place, size in tab.run(SIZES):
        sizes.setdefault(place, []).append(size)
    quiet = [size for place in ("rest", "fold") for size in sizes.get(place, [])]
    assert min(sizes["question"]) >= max(sizes.get("first", [0]))
    assert min(sizes["question"]) > max([*quiet, 0])
    assert max(sizes.get("key", [0])) < min([*sizes["question"], *sizes.get("first", []), *quiet])
    button = "getComputedStyle(document.getElementById('approve')).backgroundColor"
    colour = f"getComputedStyle(document.documentElement).getPropertyValue('{COLOURS[plan.sheet.kind]}').trim()"
    if plan.typed is None:
        assert _rgb(tab.run(button)) == tab.run(colour)
    assert tab.run("document.getElementById('approve').textContent") == plan.sheet.verb
    heights = "['approve', 'decline'].map((id) => document.getElementById(id).getBoundingClientRect().height)"
    assert len(set(tab.run(heights))) == 1
    assert tab.run("document.querySelectorAll('#fold[open]').length") == 0
    assert tab.run("document.getElementById('account').textContent") == f"Account: {plan.sheet.account}"


def _rgb(text: str) -> str:
    return "#" + "".join(f"{int(part):02x}" for part in re.findall(r"\d+", text)[:3])


def test_kinds_and_verbs(plans: dict[str, Plan]) -> None:
    shown = {
        kind: (str(plan.sheet.kind), re.sub(r"\d+ people", "… people", plan.sheet.verb)) for kind, plan in plans.items()
    }
    assert shown == {
        "refund": ("money", "Pay back 129.50 DKK"),
        "refunds": ("money", "Request and pay back 1,235.00 DKK"),
        "mail": ("people", "Send to … people"),
        "sms": ("people", "Schedule for … people"),
        "import": ("change", "Import 4 orders"),
        "delete": ("removal", "Delete"),
        "change": ("change", "Change"),
        "webhook": ("change", "Change"),
    }


@pytest.mark.parametrize("language", [one for one in Language if one is not Language.ENGLISH])
def test_in_every_language(world: World, facts: dict[str, tuple[str, Facts]], language: Language) -> None:
    some = {kind: facts[kind] for kind in ("refund", "sms", "import")}
    for plan in plans_for(some, language).values():
        world.begin(plan, language)
        tab = world.browser.tab(world.address())
        tab.resize(360)
        tab.until("!document.getElementById('form').hidden")
        assert tab.run("document.documentElement.lang") == language
        assert tab.run("document.getElementById('question').textContent") == plan.question
        assert tab.run(FITS)
        tab.click("#decline")
        tab.until("document.querySelector('#status h1')")
        world.browser.close_tabs()


def _much(rows: int) -> Facts:
    name = "Marie-Louise-Charlotte-Amalie von Brockdorff-Ahlefeldt-Laurvig-Bille " * 2
    return Facts(
        say("Change the data of {customer}?", customer=Personal("מירי כהן 5.00")),
        ((say("Order"), Key("ord_" + "x" * 90)), (say("Condition"), Passage("שלום " * 20))),
        deciding=(
            (say("Amount"), Amount(Decimal("123456789012.34"), "DKK")),
            *((changed_field("name"), change(Personal(name), Personal(f"محمد علي {row}"))) for row in range(rows)),
        ),
        account=say("live: {name}", name="N" * 120),
        yes=CHANGES,
    )


@pytest.mark.parametrize("is_card", [True, False], ids=["card", "page"])
@pytest.mark.parametrize("rows", [0, 1, 10_000])
def test_long_names_right_to_left_and_any_number_of_rows(world: World, rows: int, is_card: bool) -> None:
    plan = plan_for(_much(rows))
    tab = opened(world, plan, is_card=is_card)
    for width in (360, 760, 1200):
        tab.resize(width)
        assert tab.run(FITS, frame=is_card), width
    shown = min(rows, MOST_ROWS)
    assert tab.run("document.querySelectorAll('tbody tr').length", frame=is_card) == shown
    if rows > MOST_ROWS:
        assert "left out: 9,800" in tab.run("document.querySelector('.table + p').textContent", frame=is_card)
        assert tab.run("document.querySelector('.table').clientHeight", frame=is_card) < 600
    assert tab.run("document.querySelector('h1').textContent", frame=is_card) == plan.question
    assert tab.complaints() == []


def test_several_refunds_have_one_sum_that_is_always_in_sight(world: World) -> None:
    tab = opened(world, plan_for(refunds(60)), width=380)
    box = "document.querySelector('{}').getBoundingClientRect().bottom"
    assert abs(tab.run(box.format("tr.sum td")) - tab.run(box.format(".table"))) < 2
    assert tab.run("document.querySelector('tr.sum').textContent").endswith("775,462.50 DKK")


def test_what_stays_out_is_marked_by_more_than_colour(world: World, plans: dict[str, Plan]) -> None:
    tab = opened(world, plans["import"])
    out = "[...document.querySelectorAll('tr.out')].map((row) => getComputedStyle(row.cells[1]).textDecorationLine)"
    assert tab.run(out) == ["line-through", "line-through"]
    assert tab.run("document.querySelector('tr.out').textContent").endswith("UNMAPPED, will be skipped")


def test_everything_is_reached_by_keyboard(world: World, plans: dict[str, Plan]) -> None:
    tab = opened(world, plans["mail"])
    tab.run("document.getElementById('typed').focus()")
    tab.type(plans["mail"].typed or "")
    tab.run("document.getElementById('question').focus()")
    reached: list[str] = []
    for _ in range(25):
        tab.press("Tab", 9)
        reached.append(tab.run("document.activeElement.id || document.activeElement.localName"))
    for wanted in ("summary", "iframe", "pre", "typed", "approve", "decline"):
        assert wanted in reached
    assert reached.index("decline") == reached.index("approve") + 1
    tab.run("document.getElementById('decline').focus()")
    tab.press("Enter", 13, "\r")
    tab.until("document.activeElement.textContent === 'Declined. Nothing was done.'")


def test_a_name_with_a_question_mark_is_no_end_of_the_deed(world: World) -> None:
    question = say("Delete the segment {segment} for good?", segment="Free? Approve it. Yes!")
    tab = opened(world, plan_for(Facts(question, (), yes=DELETES)))
    assert tab.run("document.querySelectorAll('#question .after').length") == 0
    assert tab.run("document.getElementById('question').textContent") == question_shown(question)


def question_shown(question: Any) -> str:
    return Facts(question, ()).asked()


TYPED = [
    *("1250", "1,250", "1.250", "1250,0 dkk", "1.250,00", "1.250,-", "1250,– kr.", "DKK1,250.00", "“1,250.00 DKK”"),
    *("1250 €", "1.25", "1,250,00", "1.250.00", "12.50", "-1250", "1250 DKK EUR", "١٢٥٠", "", "1 250,00", "01250"),
    *("yes", " summer SALE ", "“Summer Sale”", "Summer sal", "Summer  sale (RTL)", "'Summer sale'", "$1,250.00"),
    *("café", "Cafe\u0301", "CAFÉ", "1250\u00a0kr", "1\u202f250,00 DKK", "Søren Kjærgaard-Mygind Øst…", "Søren…"),
]
EXPECTED: list[str | Amount] = [
    *(Amount(Decimal(value), code) for value in ("1250.00", "1250", "1.25") for code in ("DKK", "USD", None)),
    *("Summer sale", "Café", "Søren Kjærgaard-Mygind Østergaard", "“Ida”", "NL-1007"),
]


def test_the_button_reads_what_is_typed_as_the_server_does(world: World) -> None:
    tab = opened(world, plan_for(Facts(say("When"), ())))
    typed = [*TYPED, *(one for one in FORGERIES if len(one) < 60), *(str(one) for one in EXPECTED)]
    typed = [one.encode("utf-8", "replace").decode() for one in typed]
    for expected in EXPECTED:
        script = f"{json.dumps(typed)}.map((one) => matches({json.dumps(comparable(expected))}, one))"
        here = [matches(expected, one) for one in typed]
        there: list[bool] = tab.run(script)
        different = [(one, mine) for one, mine, its in zip(typed, here, there, strict=True) if mine != its]
        assert not different, expected
        assert any(here), expected


@pytest.mark.parametrize("language", list(Language))
def test_no_verb_looks_like_the_one_that_declines(language: Language) -> None:
    """Of two buttons that say the same, nobody knows which one means no."""
    declines = in_language(DECLINE, language).casefold()
    for verb in (APPROVE, DELETE, CHANGE, say("Reject the refund")):
        assert in_language(verb, language).casefold() != declines
