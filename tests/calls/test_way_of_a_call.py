"""How long a call's way is: the modules that it enters, and how often one after the other it waits for Preo."""

from functools import cache
from itertools import chain

import pytest

from benchmarks.walk import WALKS, Era, Sent, Walk, shown, walked, without_repeated_looks

MOST_MODULES = {"get_campaign": 30, "send_campaign": 58}
ASKED = {"GET /v1/campaigns/{id}", "GET /v1/auth/user-info"}
PARTS = {"GET /v1/segments/{id}", "GET /v1/email-messages/{id}", "GET /v1/editions/{id}", "GET /v1/consents/{id}"}
"""What the facts of a campaign are made of beside it; its consent, where its segment is marketing."""
LOOK = {"GET /v1/campaigns/{id}"}
SEND = {"POST /v1/campaigns/{id}/send"}


@cache
def walk_of(name: str, era: Era = "auto") -> Walk:
    return walked(name, era)


def by_rounds(walk: Walk) -> list[list[str]]:
    return [[sent.line for sent in walk.requests if sent.round == number + 1] for number in range(walk.rounds)]


@pytest.mark.parametrize("name", MOST_MODULES)
def test_a_call_enters_no_more_modules_than_a_reader_can_follow(name: str) -> None:
    walk = walk_of(name)
    assert len(walk.modules) <= MOST_MODULES[name], shown(walk)


@pytest.mark.parametrize("era", ["legacy", "auto"])
@pytest.mark.parametrize("name", ["send_campaign", "send_campaign/message", "send_campaign/segment"])
def test_a_campaign_is_sent_in_five_rounds_and_then_compared_in_one(name: str, era: Era) -> None:
    rounds: list[set[str]] = [set(lines) for lines in by_rounds(walk_of(name, era))]
    *before, second_look, write, compared, watched = rounds
    assert watched == LOOK, "how far it is, until it is sent"
    assert len(before) <= 3, "the facts for the question"
    assert set(chain.from_iterable(before)) >= ASKED | (PARTS & second_look)
    assert ASKED < second_look <= ASKED | PARTS, "the facts once more after the yes, in one round"
    assert write == SEND
    assert compared == second_look - {"GET /v1/auth/user-info"}, "what was used, once it was sent"


def test_a_look_at_a_draft_is_two_rounds() -> None:
    look, parts = by_rounds(walk_of("get_campaign"))
    assert look == ["GET /v1/campaigns/{id}"]
    assert {"GET /v1/segments/{id}"} <= set(parts) <= PARTS, "whom it would reach, once it is known what it names"


def test_an_import_asks_for_what_it_compares_at_once() -> None:
    walk = walk_of("prepare_import")
    first, *_, last = by_rounds(walk)
    assert first == ["GET /v1/editions/{id}", "GET /v1/segments/cel-context", "GET /v1/orders"]
    assert set(last) == {"GET /v1/data-imports/{id}/product-mappings", "GET /v1/data-imports/{id}/preview"}
    assert walk.rounds <= 6


def test_a_walk_is_the_same_each_time_and_its_figures_stand_last() -> None:
    walk = walk_of("send_campaign")
    assert walked("send_campaign") == walk
    assert all(name.startswith("preo_mcp.") and ".sandbox" not in name for name in walk.modules)
    *_, modules, requests = shown(walk).split("\n")
    assert modules == f"{len(walk.modules)} modules"
    assert requests == f"{len(walk.requests)} requests in {walk.rounds} rounds"


def test_what_is_looked_at_until_it_is_over_stands_once_in_a_walk() -> None:
    looks = [Sent(1, "POST /a"), Sent(2, "GET /a"), Sent(2, "GET /b"), Sent(3, "GET /b"), Sent(3, "GET /a")]
    told = [Sent(1, "POST /a"), Sent(2, "GET /a"), Sent(2, "GET /b")]
    assert list(without_repeated_looks(looks)) == told
    assert list(without_repeated_looks([*looks, Sent(4, "GET /a")])) == [*told, Sent(3, "GET /a")]


def test_every_walk_can_be_asked_for() -> None:
    assert {"get_campaign", "send_campaign", "prepare_import"} <= WALKS.keys()
