"""How long a call's way is: the modules that it enters, and how often one after the other it waits for Preo."""

from functools import cache

import pytest

from benchmarks.walk import WALKS, Era, Walk, shown, walked

MOST_MODULES = {"get_campaign": 20, "send_campaign": 42}
ONCE = (
    ["GET /v1/campaigns/{id}", "GET /v1/auth/user-info"],
    [
        "GET /v1/segments/{id}",
        "GET /v1/email-messages/{id}",
        "GET /v1/editions/{id}",
    ],
)
"""What the facts of a campaign are made of, by rounds, where the campaign itself names its edition."""
SEND = ["POST /v1/campaigns/{id}/send"]


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
def test_a_campaign_is_sent_in_five_rounds_and_looked_at_twice(era: Era) -> None:
    walk = walk_of("send_campaign", era)
    assert walk.rounds <= 5
    assert by_rounds(walk) == [*ONCE, *ONCE, SEND], "the facts, the facts once more after the yes, and the write"


@pytest.mark.parametrize("name", ["send_campaign/message", "send_campaign/segment"])
def test_two_rounds_more_where_something_else_names_its_edition(name: str) -> None:
    walk = walk_of(name)
    first, (*rest, edition) = ONCE
    assert walk.rounds <= 7
    assert by_rounds(walk) == [*(first, rest, [edition]) * 2, SEND]


def test_a_look_is_one_request() -> None:
    assert by_rounds(walk_of("get_campaign")) == [["GET /v1/campaigns/{id}"]]


def test_an_import_asks_for_columns_and_their_check_at_once() -> None:
    walk = walk_of("prepare_import")
    assert ["GET /v1/data-imports/{id}/column-mappings", "POST /v1/data-imports/{id}/validate-mappings"] in by_rounds(
        walk
    )
    assert walk.rounds <= 7


def test_a_walk_is_the_same_each_time_and_its_figures_stand_last() -> None:
    walk = walk_of("send_campaign")
    assert walked("send_campaign") == walk
    assert all(name.startswith("preo_mcp.") and ".sandbox" not in name for name in walk.modules)
    *_, modules, requests = shown(walk).split("\n")
    assert modules == f"{len(walk.modules)} modules"
    assert requests == "11 requests in 5 rounds"


def test_every_walk_can_be_asked_for() -> None:
    assert {"get_campaign", "send_campaign", "prepare_import"} <= WALKS.keys()
