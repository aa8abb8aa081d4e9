"""Finding tools in words: 150 phrasings of everyday wishes in three languages, and what a ranking has to keep."""

import json
from collections.abc import Container, Iterable, Mapping, Sequence
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preo_mcp.calls.finding.phrasings import Phrasings
from preo_mcp.calls.finding.ranking import LANGUAGES, LONGEST_WISH, Ranking, wishes_of_tools
from preo_mcp.calls.finding.terms import beside, words
from preo_mcp.calls.toolset import Toolset

LISTED = Toolset().listed()
NAMES = frozenset(tool.name for tool in LISTED)
RANKING = Ranking(LISTED)
FOLDER = Path(__file__).parent
PHRASINGS = cast(
    "dict[str, dict[str, dict[str, list[str]]]]", json.loads((FOLDER / "phrasings.json").read_text(encoding="utf-8"))
)
"""`tuned`: what the ranking was chosen by. `unseen`: written by somebody who knew neither the words nor the wishes."""
OF_LANGUAGES: dict[str, Mapping[str, Sequence[str]]] = {each: beside(f"wishes/{each}.json") for each in LANGUAGES}
LEAST_WISHES = 12
SHOWN = 3
"""A search describes this many."""


def share_found(ranking: Ranking, wishes: Iterable[tuple[str, Container[str]]]) -> float:
    """Return the share of wishes of which a right tool is among those that a search describes."""
    found = [any(best.tool.name in right for best in ranking.best(wish, SHOWN)) for wish, right in wishes]
    return sum(found) / len(found)


def same(wish: str) -> str:
    return " ".join(words(wish))


LEAST_FOUND = 0.95
LEFT_OUT = 4
"""Of so many wishes one is left out, with those that say the same in the other languages, and looked for."""
LEAST_FOUND_WITHOUT = 0.8
"""Without all that is nearest to it, which a wish of a user seldom is."""


@pytest.mark.parametrize("part", PHRASINGS)
def test_the_right_tool_is_among_the_first_though_nobody_said_just_that(part: str) -> None:
    phrasings = [each for of_language in PHRASINGS[part].values() for each in of_language.items()]
    asked = {same(wish) for wish, _ in phrasings}
    others = {name: [wish for wish in wishes if same(wish) not in asked] for name, wishes in wishes_of_tools().items()}
    assert share_found(Ranking(LISTED, others), phrasings) >= LEAST_FOUND


def test_a_wish_is_found_by_the_others() -> None:
    kept: dict[str, list[str]] = {name: [] for name in NAMES}
    left_out: list[tuple[str, Container[str]]] = []
    for of_language in OF_LANGUAGES.values():
        for name, wishes in of_language.items():
            for number, wish in enumerate(wishes):
                if number % LEFT_OUT:
                    kept[name].append(wish)
                else:
                    left_out.append((wish, (name,)))
    assert share_found(Ranking(LISTED, kept), left_out) >= LEAST_FOUND_WITHOUT


def test_the_phrasings_are_as_many_in_each_language_and_name_tools() -> None:
    languages = {language: list[tuple[str, list[str]]]() for language in ("en", "da", "de")}
    for wishes in PHRASINGS.values():
        for language, of_language in wishes.items():
            languages[language] += of_language.items()
    assert {language: len(wishes) for language, wishes in languages.items()} == dict.fromkeys(languages, 50)
    assert {name for wishes in languages.values() for _, right in wishes for name in right} <= NAMES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_tool_has_wishes_of_its_own_in_every_language(language: str) -> None:
    of_language = OF_LANGUAGES[language]
    assert of_language.keys() == NAMES
    assert min(len(wishes) for wishes in of_language.values()) >= LEAST_WISHES
    all_wishes = [wish for wishes in of_language.values() for wish in wishes]
    assert len(set(all_wishes)) == len(all_wishes)


def test_what_a_meaning_leads_to_is_said_of_a_tool() -> None:
    said = Phrasings(wish for wishes in wishes_of_tools().values() for wish in wishes)
    assert [meaning for meaning in beside("words.json") if meaning not in said.meanings] == []


@pytest.mark.parametrize(
    ("wish", "name"),
    [
        ("refudn the whoel ordre", "create_refund"),
        ("delte the webhok", "delete_webhook"),
        ("slett webhookn", "delete_webhook"),
        ("Bestellunegn auflsiten", "list_orders"),
        ("Newsletteröffnungsrate", "get_campaign_stats"),
        ("Kampagnenstatistikübersicht", "get_campaign_stats"),
        ("refusionsgodkendelse", "approve_refund"),
        ("loesche die Zielgruppe", "delete_segment"),
        ("lösche die Zielgruppe", "delete_segment"),
        ("RÜCKERSTATTUNG GENEHMIGEN", "approve_refund"),
        ("rfd_12 genehmigen", "approve_refund"),
        ("what about imp_12, is it through", "get_data_import"),
        ("what does size(orders) > 2 && user.age < 30 mean", "explain_cel_expression"),
        ("get sales-2026.xlsx into Preo", "prepare_import"),
    ],
)
def test_typos_compounds_and_things_known_by_their_form(wish: str, name: str) -> None:
    assert name in [best.tool.name for best in RANKING.best(wish, SHOWN)]


def test_a_tool_that_is_not_offered_is_not_found_and_nothing_in_none() -> None:
    offered = [tool for tool in LISTED if tool.name != "send_campaign"]
    assert "send_campaign" not in [best.tool.name for best in Ranking(offered).best("send the campaign", len(LISTED))]
    assert Ranking([]).best("send the campaign", SHOWN) == []
    assert RANKING.best("send the campaign", 0) == []


def test_what_is_not_known_finds_nothing() -> None:
    assert [RANKING.best(wish, SHOWN) for wish in ("", " ", "!?", "日本語", "zzzz qqqq")] == [[]] * 5


def test_of_a_mail_that_was_pasted_the_beginning_counts() -> None:
    pasted = "She wrote that the newsletter came late, and asks to send the tickets again. " * 2_000
    assert RANKING.best(pasted, SHOWN) == RANKING.best(pasted[:LONGEST_WISH], SHOWN) != []


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_tools_own_title_finds_it(name: str) -> None:
    title = next(tool.title for tool in LISTED if tool.name == name)
    assert title
    assert name in [best.tool.name for best in RANKING.best(title, SHOWN)]


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_a_wish(wish: str) -> None:
    best = RANKING.best(wish, SHOWN)
    assert len(best) <= SHOWN
    assert [ranked.score for ranked in best] == sorted((ranked.score for ranked in best), reverse=True)


@settings(deadline=None)
@given(st.sampled_from(sorted(NAMES)), st.sampled_from(["upper", "lower", "title"]))
def test_case_does_not_matter(name: str, case: str) -> None:
    wish = name.replace("_", " ")
    assert RANKING.best(getattr(wish, case)(), SHOWN) == RANKING.best(wish, SHOWN)
