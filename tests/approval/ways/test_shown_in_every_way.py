"""What nobody may miss, wherever they are asked: a text message's link at its end, a condition's `|| true`."""

import json
import os
import re
from pathlib import Path

import pytest

from preo_mcp.approval.facts import Facts
from preo_mcp.approval.guard import plan_of
from preo_mcp.approval.plans import Plan
from preo_mcp.approval.ways import dialog
from preo_mcp.approval.ways.answering import as_json, show
from preo_mcp.approval.wording import Passage, say
from preo_mcp.settings import Language, Settings
from tests.approval.staged_calls import Host, Stage
from tests.approval.ways.open_plans import PLAN_ID, Waiting
from tests.approval.ways.test_terminal import keep, terminal
from tests.door import text_of

LENGTHS = (0, 300, 5_000)
LINK, TRUE = "https://evil.example/x?customer=1", "|| true"


def facts(length: int) -> Facts:
    """A question about a text message that ends with a link, and a condition that ends with what makes it void."""
    filling = ("Nordlys\n" * length)[:length]
    return Facts(
        say("Send {campaign} now?", campaign="Summer"),
        (
            (say("Text message"), Passage(f"Come! {filling} {LINK}")),
            (say("Condition"), Passage(f"customer.age > 18 && customer.first_name != '{filling}' {TRUE}")),
        ),
        account="sandbox",
    )


def plan(length: int, language: Language) -> Plan:
    stage = Stage(facts=facts(length))
    settings = Settings(sandbox=True, language=language)
    made = plan_of(stage.call(), facts(length), settings, Waiting().now)
    return made.model_copy(update={"id": PLAN_ID})


def check(text: str) -> None:
    assert text.count(LINK) >= 1
    assert text.count(TRUE) >= 1
    assert "evil.example" in text.replace(LINK, "")


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("length", LENGTHS)
async def test_dialog(length: int, language: Language) -> None:
    asked = dialog.question(plan(length, language), language, 1, again=False)
    check(json.loads(asked.model_dump_json())["input_requests"][dialog.ANSWER]["params"]["message"])


@pytest.mark.parametrize("length", LENGTHS)
async def test_what_a_model_reads_meanwhile(length: int) -> None:
    ran = await Stage(facts=facts(length), flags={"privacy": "mask"}).run(Host(elicitation=None))
    check(text_of(ran.result))  # pyright: ignore[reportArgumentType] - nobody was asked in a dialog


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("length", LENGTHS)
async def test_card_and_page(length: int, language: Language) -> None:
    """Both show the whole text, unfolded, and its end once more where one has to scroll."""
    waiting = Waiting.of(plan(length, language))
    shown = as_json(await show(waiting.ledger, PLAN_ID, waiting.now))
    parts = shown["sheet"]["rest"]
    [(_, sms, below_sms)], [(_, condition, below_condition)] = (part["value"] for part in parts)
    assert not any(part["folded"] for part in parts)
    assert sms.endswith(LINK)
    assert condition.endswith(TRUE)
    assert len(sms) >= length
    assert "evil.example" in below_sms
    if length == max(LENGTHS):
        assert LINK in below_sms
        assert TRUE in below_condition
    check(json.dumps(shown, ensure_ascii=False))


def plan_of_before() -> Plan:
    """One as it was kept before questions were laid out: all that it shows stands in its lines."""
    kept = json.loads(plan(0, Language.ENGLISH).model_dump_json(exclude={"sheet", "deeds"}))
    return Plan.model_validate_json(json.dumps({**kept, "passages": [[1, [["whole", "Come!", ""]]]]}))


async def test_a_question_from_before_shows_its_facts_on_card_and_page() -> None:
    waiting = Waiting.of(plan_of_before())
    shown = as_json(await show(waiting.ledger, PLAN_ID, waiting.now))
    parts = [*shown["sheet"]["deciding"], *shown["sheet"]["rest"]]
    assert [(part["label"], part["value"][0][1]) for part in parts] == [*waiting.plan.lines]
    assert [part["label"] for part in shown["sheet"]["deciding"]] == ["Account"]
    assert not any(part["folded"] for part in parts)
    check(json.dumps(shown, ensure_ascii=False))


@pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals are POSIX")
@pytest.mark.parametrize("length", LENGTHS)
def test_terminal(length: int, tmp_path: Path) -> None:
    keep(tmp_path, plan(length, Language.ENGLISH))
    with terminal(tmp_path, "decline", PLAN_ID) as person:
        check(re.sub(r"\s*\r?\n\s*", " ", person.end()))
