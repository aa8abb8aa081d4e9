"""The server as a process and a person beside it: on the page in a browser, at a terminal, after it was killed."""

import os
import re
import shlex
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import Popen
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError

from benchmarks.processes import Sandbox, sandbox
from preo_mcp.api.operations import CREATE_PURCHASE_REFUND
from preo_mcp.approval.ledgers.ledger import open_ledger, take
from preo_mcp.approval.plans import Plan, approved
from preo_mcp.settings import Settings, Way
from tests.approval.ways.chromium import WHY_NOT, Browser, Tab
from tests.approval.ways.npm_packages import skipped
from tests.approval.ways.test_terminal import Terminal
from tests.door import ERAS, Era, text_of
from tests.end_to_end.processes import COMMAND, PATIENCE, environment, refundable, refunds, seeded, server

REFUND, TOKEN = "create_purchase_refund", "sandbox-admin"
PER_ERA = 10
PENDING = re.compile(
    r"was not run yet · a person has to approve it at (http://127\.0\.0\.1:\d+/approve/(pln_[0-9a-f]{24})#\S+), "
    r"or in a terminal: preo-mcp approve \2 · "
)

with_browser = pytest.mark.skipif(skipped(WHY_NOT), reason=WHY_NOT)
with_terminal = pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals are POSIX")


@dataclass
class Desk:
    """The folders that all servers share, and refunds that nobody has asked for yet."""

    folder: Path
    sandbox: Path
    left: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def environment(self, **settings: str) -> dict[str, str]:
        return environment(state_folder=str(self.folder / "state"), **{"approval_wait": "0", **settings})

    def next(self) -> dict[str, Any]:
        return self.left.pop()

    async def change(self, plan_id: str, step: Callable[[Plan], Plan]) -> None:
        """Change a plan in the servers' ledger."""
        ledger = open_ledger(Settings(sandbox=True, state_folder=self.folder / "state"))
        await take(ledger, plan_id, step)
        await ledger.close()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("desk")
    data = seeded(folder / "sandbox")
    return Desk(folder, data, refundable(data, 2 * PER_ERA))


@pytest.fixture(scope="module")
def served(desk: Desk) -> Generator[Sandbox]:
    with sandbox(desk.sandbox) as running:
        yield running


async def pending(client: Client, arguments: dict[str, Any]) -> tuple[str, str]:
    """Make a call that a person has to approve; return the page's address and the plan's id."""
    result = await client.call_tool(REFUND, arguments)
    found = PENDING.search(text_of(result))
    assert found, text_of(result)
    assert result.is_error
    return found[1], found[2]


async def done(client: Client, arguments: dict[str, Any], said: str) -> None:
    """Make the identical call, which has to be carried out, or told as such."""
    result = await client.call_tool(REFUND, arguments)
    text = text_of(result)
    assert not result.is_error, text
    assert said in text
    assert said in str(result.structured_content)


def opened(browser: Browser, address: str) -> Tab:
    tab = browser.tab(address)
    tab.until("document.querySelector('.fact')")
    return tab


def status(tab: Tab, text: str) -> None:
    tab.until(f"document.getElementById('status').textContent.includes({text!r})")


def answered(tab: Tab, button: str, text: str) -> None:
    tab.click(button)
    status(tab, text)


@with_browser
@pytest.mark.parametrize("era", ERAS)
async def test_on_the_page(desk: Desk, served: Sandbox, browser: Browser, era: Era) -> None:
    account = desk.environment(base_url=served.url, token=TOKEN)
    async with server(desk.folder, era, environ=account) as running:
        await approved_and_replayed(running.client, desk, browser)
        await (declined_by_the_one_who_has_the_secret if era == "legacy" else expired)(running.client, desk, browser)
    browser.close_tabs()


async def approved_and_replayed(client: Client, desk: Desk, browser: Browser) -> None:
    refund = desk.next()
    address, _ = await pending(client, refund)
    answered(opened(browser, address), "#approve", "You can close this page.")
    assert refunds(desk.sandbox, refund) == 0
    await done(client, refund, "Approved on the approval page.")
    status(browser.tab(address), "approved and carried out already")
    assert refunds(desk.sandbox, refund) == 1


async def declined_by_the_one_who_has_the_secret(client: Client, desk: Desk, browser: Browser) -> None:
    refund = desk.next()
    address, _ = await pending(client, refund)
    wrong = browser.tab(f"{address}x")
    status(wrong, "opened somewhere else")
    first = opened(browser, address)
    status(browser.tab(address), "opened somewhere else")
    second = opened(browser, (await pending(client, refund))[0])
    answered(second, "#decline", "Declined. Nothing was done.")
    answered(first, "#approve", "declined already")
    assert wrong.run("document.querySelectorAll('.fact').length") == 0
    assert "it was declined" in text_of(await client.call_tool(REFUND, refund))
    assert refunds(desk.sandbox, refund) == 0


async def expired(client: Client, desk: Desk, browser: Browser) -> None:
    refund = desk.next()
    address, plan_id = await pending(client, refund)
    tab = opened(browser, address)
    past = datetime.now(UTC) - timedelta(seconds=1)
    await desk.change(plan_id, lambda plan: plan.model_copy(update={"expires": past, "version": plan.version + 1}))
    answered(tab, "#approve", "This question has expired.")
    assert (await pending(client, refund))[1] != plan_id
    assert refunds(desk.sandbox, refund) == 0


@contextmanager
def at_a_terminal(desk: Desk, *command: str) -> Generator[Terminal]:
    """Run a command in a process of its own, with a person at its terminal."""
    import pty

    controller, screen = pty.openpty()
    process = Popen([*COMMAND, *command], stdin=screen, stdout=screen, stderr=screen, env=desk.environment())
    os.close(screen)
    try:
        yield Terminal(controller)
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        os.close(controller)


def approve(desk: Desk, plan_id: str) -> None:
    with at_a_terminal(desk, "approve", plan_id) as person:
        number = person.until(r"Type (\d{4}) to confirm")[1]
        assert "  Amount to refund " in person.text
        person.type(number)
        assert "Tell the assistant to go on" in person.end()


@with_terminal
@pytest.mark.parametrize("era", ERAS)
async def test_at_a_terminal(desk: Desk, served: Sandbox, era: Era) -> None:
    account = desk.environment(base_url=served.url, token=TOKEN)
    async with server(desk.folder, era, environ=account) as running:
        wanted, unwanted = desk.next(), desk.next()
        (_, first), (_, second) = await pending(running.client, wanted), await pending(running.client, unwanted)
        waiting = await anyio.run_process([*COMMAND, "pending"], env=desk.environment())
        assert [line.split()[0] for line in waiting.stdout.decode().splitlines()][-2:] == [first, second]
        approve(desk, first)
        with at_a_terminal(desk, "decline", second) as person:
            assert "Declined. Nothing was done." in person.end()
        await done(running.client, wanted, "Approved in a terminal.")
        assert "it was declined" in text_of(await running.client.call_tool(REFUND, unwanted))
    assert (refunds(desk.sandbox, wanted), refunds(desk.sandbox, unwanted)) == (1, 0)


@pytest.mark.parametrize("era", ERAS)
async def test_a_killed_server_tells_the_truth_when_it_is_back(desk: Desk, served: Sandbox, era: Era) -> None:
    """One refund is approved and not begun, another one in the middle of its write, when the server dies."""
    account = desk.environment(base_url=served.url, token=TOKEN)
    begun, not_begun = desk.next(), desk.next()
    async with server(desk.folder, era, environ=account) as running:
        for refund in (begun, not_begun):
            _, plan_id = await pending(running.client, refund)
            await desk.change(plan_id, yes)
        slow = {"kind": "slow", "operation": CREATE_PURCHASE_REFUND.title, "seconds": 3, "times": 1}
        served.http.post("/__sandbox/faults", json=[slow]).raise_for_status()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(call_in_vain, running.client, begun)
            with anyio.fail_after(PATIENCE):
                while not refunds(desk.sandbox, begun):  # noqa: ASYNC110 - the sandbox's database gives no sign
                    await anyio.sleep(0.02)
            running.kill()
        served.http.delete("/__sandbox/faults").raise_for_status()
    async with server(desk.folder, era, environ=account) as running:
        await done(running.client, begun, "reading back showed that it happened")
        await done(running.client, not_begun, "Approved in a terminal.")
    assert (refunds(desk.sandbox, begun), refunds(desk.sandbox, not_begun)) == (1, 1)


def yes(plan: Plan) -> Plan:
    return approved(plan, plan.digest, plan.figures, Way.TERMINAL, datetime.now(UTC))


async def call_in_vain(client: Client, refund: dict[str, Any]) -> None:
    with pytest.raises(MCPError):
        await client.call_tool(REFUND, refund)


@with_browser
@pytest.mark.parametrize("era", ERAS)
async def test_a_host_that_gives_up_while_a_person_reads(
    desk: Desk, served: Sandbox, browser: Browser, era: Era
) -> None:
    """The page opens in the person's browser, the host's patience ends, and the identical call resumes."""
    note = desk.folder / f"opened-{era}"
    note_down = f"import pathlib, sys; pathlib.Path({str(note)!r}).write_text(sys.argv[1])"
    account = desk.environment(base_url=served.url, token=TOKEN, approval_wait="60")
    account = {name: value for name, value in account.items() if not name.startswith("SSH_")}
    account |= {"DISPLAY": ":0", "BROWSER": f"{sys.executable} -c {shlex.quote(note_down)} %s"}
    refund, signs = desk.next(), list[float]()

    async with server(desk.folder, era, environ=account) as running:
        with anyio.move_on_after(PATIENCE) as patience:

            async def give_up(progress: float, total: float | None, message: str | None) -> None:
                signs.append(progress)
                patience.cancel()

            await running.client.call_tool(REFUND, refund, progress_callback=give_up)
        assert patience.cancelled_caught
        assert len(signs) == 1
        tab = opened(browser, note.read_text())
        answered(tab, "#approve", "You can close this page.")
        assert refunds(desk.sandbox, refund) == 0
        await done(running.client, refund, "Approved on the approval page.")
    assert refunds(desk.sandbox, refund) == 1
    browser.close_tabs()
