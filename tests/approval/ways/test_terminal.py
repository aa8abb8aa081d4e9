"""The terminal: a person at a keyboard can answer, a pipe cannot, and no argument says yes."""

import os
import re
import select
import sys
import time
from codecs import getincrementaldecoder
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from io import TextIOWrapper
from pathlib import Path
from threading import Thread

import anyio
import pytest

from preo_mcp import cli
from preo_mcp.approval.languages import in_language
from preo_mcp.approval.ledgers.ledger import open_ledger
from preo_mcp.approval.phrases import DECLINED
from preo_mcp.approval.plans import Plan, PlanState
from preo_mcp.settings import Language, Settings, Way
from tests.approval.ways.open_plans import PLAN_ID, open_plan

posix = pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals are POSIX")
SECONDS = 20.0
OTHER = "pln_aaaaaaaaaaaaaaaaaaaaaaaa"


def settings(folder: Path) -> Settings:
    return Settings(sandbox=True, state_folder=folder)


def keep(folder: Path, *plans: Plan) -> None:
    async def add() -> None:
        ledger = open_ledger(settings(folder))
        now = datetime.now(UTC)
        for plan in plans:
            await ledger.add(plan.model_copy(update={"created": now, "expires": now + timedelta(hours=1)}))
        await ledger.close()

    anyio.run(add)


def kept(folder: Path, plan_id: str = PLAN_ID) -> Plan:
    async def get() -> Plan | None:
        ledger = open_ledger(settings(folder))
        try:
            return await ledger.get(plan_id)
        finally:
            await ledger.close()

    plan = anyio.run(get)
    assert plan
    return plan


class Terminal:
    """A command with a person before it."""

    def __init__(self, controller: int) -> None:
        self._controller = controller
        self._decoder = getincrementaldecoder("utf-8")()
        self.text = ""

    def until(self, pattern: str) -> re.Match[str]:
        deadline = time.monotonic() + SECONDS
        while not (found := re.search(pattern, self.text)):
            ready, _, _ = select.select([self._controller], [], [], max(0, deadline - time.monotonic()))
            assert ready, self.text
            self.text += self._read()
        return found

    def end(self) -> str:
        while chunk := self._read():
            self.text += chunk
        return self.text

    def type(self, text: str) -> None:
        os.write(self._controller, f"{text}\n".encode())

    def _read(self) -> str:
        text = ""
        with suppress(OSError):  # the other side has ended
            while not text and (chunk := os.read(self._controller, 4096)):
                text = self._decoder.decode(chunk)  # a letter may arrive in two parts
        return text


@contextmanager
def terminal(folder: Path, *arguments: str, code: int = 0) -> Generator[Terminal]:
    """Run a command in a thread, before a person who sits at the other end of a pseudo-terminal."""
    import pty

    controller, screen = pty.openpty()
    ends: list[int | str | None] = []

    def run() -> None:
        try:
            cli.main(arguments)
            ends.append(0)
        except SystemExit as exc:
            ends.append(exc.code)
        finally:
            console.close()

    with pytest.MonkeyPatch.context() as patch, os.fdopen(screen, "r+b", buffering=0) as raw:
        console = TextIOWrapper(raw, encoding="utf-8", write_through=True)
        for name in ("stdin", "stdout", "stderr"):
            patch.setattr(sys, name, console)
        patch.setenv("PREO_STATE_FOLDER", str(folder))
        running = Thread(target=run, daemon=True)
        running.start()
        yield Terminal(controller)
        running.join(SECONDS)
    os.close(controller)
    assert ends == [code]


@posix
def test_a_person_approves_by_typing_the_number_that_is_shown(tmp_path: Path) -> None:
    keep(tmp_path, open_plan())
    with terminal(tmp_path, "approve", PLAN_ID) as person:
        number = person.until(r"Type (\d{4}) to confirm")[1]
        assert "Amount to refund  1,590.00 DKK of 1,590.00 DKK paid" in person.text
        assert "Request this refund?" in person.text
        assert kept(tmp_path).state is PlanState.OPEN
        person.type(number)
        assert "Tell the assistant to go on" in person.end()
    assert (kept(tmp_path).state, kept(tmp_path).approved_via) == (PlanState.APPROVED, Way.TERMINAL)
    with terminal(tmp_path, "approve", PLAN_ID, code=2) as person:
        assert "approved already" in person.end()


@posix
def test_what_is_typed_has_to_be_right(tmp_path: Path) -> None:
    keep(tmp_path, open_plan(), open_plan(OTHER, typed="Summer sale"))
    with terminal(tmp_path, "approve", PLAN_ID, code=2) as person:
        person.until("to confirm")
        person.type("yes")
        assert "does not match" in person.end()
    with terminal(tmp_path, "approve", OTHER, code=2) as person:
        person.until("Type Summer sale to confirm")
        person.type("summer")
        assert "does not match" in person.end()
    assert (kept(tmp_path).state, kept(tmp_path, OTHER).state) == (PlanState.OPEN, PlanState.OPEN)
    with terminal(tmp_path, "approve", OTHER, code=0) as person:
        person.until("to confirm")
        person.type(" summer SALE ")
        person.end()
    assert kept(tmp_path, OTHER).state is PlanState.APPROVED


@posix
def test_a_person_declines_in_their_language_or_by_leaving_does_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(tmp_path, open_plan())
    with terminal(tmp_path, "approve", PLAN_ID, code=130) as person:
        person.until("to confirm")
        person.type("\x04")
        person.end()
    assert kept(tmp_path).state is PlanState.OPEN
    monkeypatch.setenv("PREO_LANGUAGE", "da")
    with terminal(tmp_path, "decline", PLAN_ID) as person:
        assert in_language(DECLINED, Language.DANISH) in person.end()
    assert kept(tmp_path).state is PlanState.DECLINED


@pytest.mark.parametrize("name", ["approve", "decline"])
def test_a_pipe_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(tmp_path, open_plan())
    monkeypatch.setenv("PREO_STATE_FOLDER", str(tmp_path))
    with pytest.raises(SystemExit) as caught:
        cli.main([name, PLAN_ID])
    out, err = capsys.readouterr()
    assert (caught.value.code, out) == (2, "")
    assert err == (
        "The question was not answered · input and output are not a terminal, so nobody may be reading · "
        "Run the command in a terminal, without pipes.\n"
    )
    for flag in ("--yes", "-y", "--force"):
        with pytest.raises(SystemExit):
            cli.main([name, PLAN_ID, flag])
    monkeypatch.setenv("PREO_APPROVE_VIA", "page")
    with pytest.raises(SystemExit):
        cli.main([name, PLAN_ID])
    assert "PREO_APPROVE_VIA=page allows no other way" in capsys.readouterr().err
    assert kept(tmp_path).state is PlanState.OPEN


def test_what_waits_is_listed_without_an_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PREO_STATE_FOLDER", str(tmp_path))
    cli.main(["pending"])
    assert capsys.readouterr().out == "No question waits for an answer.\n"
    keep(tmp_path, open_plan(), open_plan(OTHER))
    cli.main(["pending"])
    rows = capsys.readouterr().out.splitlines()
    assert [row.split()[0] for row in rows] == [PLAN_ID, OTHER]
    assert rows[0].split(maxsplit=4)[1:] == ["0", "min", "create_purchase_refund", "Request this refund?"]


@posix
@pytest.mark.parametrize("name", ["approve", "decline"])
def test_a_question_of_a_team_is_not_answered_here(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It may take the yes of somebody else than who asked, whoever has a terminal here."""
    monkeypatch.setenv("PREO_STATE_FOLDER", str(tmp_path))
    keep(tmp_path, open_plan().model_copy(update={"principal": "anna"}))
    cli.main(["pending"])
    assert capsys.readouterr().out == "No question waits for an answer.\n"
    with terminal(tmp_path, name, PLAN_ID, code=2) as at:
        assert "There is no such question" in at.end()
    assert kept(tmp_path).state is PlanState.OPEN
