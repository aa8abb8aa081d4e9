"""A refund that one asks for and a second person approves, with real parts: provider, official clients, a browser."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import anyio
import httpx
import pytest

from preo_mcp.audit.reading import Wanted, read_audit
from preo_mcp.audit.trail import audit_path
from tests.approval.ways import chromium
from tests.approval.ways.chromium import Browser as Chromium
from tests.approval.ways.npm_packages import skipped
from tests.door import YES, Person, text_of
from tests.team.signed_in import Served
from tests.team.test_apart import kept, refund, refunded
from tests.team.test_provider_of_npm import (
    SECONDS,
    WHY_NOT,
    Browser,
    Kept,
    a_signed_in_team,
    official_client,
    typescript,
)
from tests.team.visitor import ALL, SIGN_IN, Visitor

pytestmark = pytest.mark.skipif(skipped(WHY_NOT), reason=WHY_NOT)
TOOL = "create_purchase_refund"
SECRET = "the-secret-of-the-page-is-long-enough"
PUBLIC: dict[str, Any] = {"client_id": "the-public-page", "four_eyes_amount_over": "10"}


def confidential(folder: Path) -> dict[str, Any]:
    path = folder / "secret-of-the-page"
    path.touch(0o600)
    path.write_text(f"{SECRET}\n", encoding="utf-8")
    return PUBLIC | {"client_id": "the-page", "client_secret_file": path}


class Wanderer:
    """A visitor's browser at the provider, where they are signed in as a person."""

    def __init__(self, person: str) -> None:
        self._person = person
        self._cookies: dict[str, str] = {}

    async def back(self, address: str, origin: str) -> str:
        """Go on from an address until the provider leads back to the server, and return where."""
        async with httpx.AsyncClient(headers={"x-person": self._person}, cookies=self._cookies) as http:
            for _ in range(20):
                answer = await http.get(address)
                assert "location" in answer.headers, answer.text
                address = urljoin(address, answer.headers["location"])
                if address.startswith(origin):
                    return address
        raise AssertionError("redirected without end")


async def signs_in(team: Served, person: str, path: str = ALL) -> Visitor:
    """Sign a person in at the provider, from a page of the server."""
    visitor = Visitor(team.origin)
    asked = await visitor.get(path)
    assert asked.status_code == 401
    assert f'href="{SIGN_IN}"' in asked.text
    leaves = await visitor.get(SIGN_IN)
    back = await Wanderer(person).back(leaves.headers["location"], team.origin)
    came = await visitor.get(back)
    assert (came.status_code, came.headers["location"]) == (303, path), came.text
    return visitor


def asked_and_answered(team: Served) -> list[tuple[str, str]]:
    lines = read_audit(audit_path(team.settings), Wanted(outcome="done"), 10).lines
    return [(line.principal, line.answered_by) for line in lines]


async def test_the_python_client_asks_and_somebody_else_approves_on_the_page(tmp_path: Path) -> None:
    async with a_signed_in_team(tmp_path, **confidential(tmp_path)) as team:
        says = Person(YES)
        more: dict[str, Any] = {"mode": "auto", "elicitation_callback": says.ask}
        with anyio.fail_after(SECONDS):
            async with official_client(team, Browser("id-of-anna"), Kept(), **more) as client:
                arguments = refund(team)
                plan_id = plan_in(text_of(await client.call_tool(TOOL, arguments)))
                assert not says.questions, "her own yes is not asked for"

                anna = await signs_in(team, "id-of-anna", f"{ALL}/{plan_id}")
                assert (await anna.answers(plan_id, yes=True))["state"] == "another"
                bo = await signs_in(team, "id-of-bo")
                assert plan_id in (await bo.get(ALL)).text
                assert await bo.answers(plan_id, yes=True) == {"state": "approved"}
                assert (await bo.answers(plan_id, yes=True))["state"] == "approved_before"

                done = await client.call_tool(TOOL, arguments)
                assert not done.is_error, text_of(done)
                await client.call_tool(TOOL, arguments)
        assert refunded(team, arguments) == 1
        assert asked_and_answered(team) == [("anna", "bo")]


@pytest.mark.skipif(skipped(chromium.WHY_NOT), reason=chromium.WHY_NOT)
async def test_the_typescript_client_asks_and_somebody_else_approves_in_a_browser(
    tmp_path: Path, browser: Chromium
) -> None:
    async with a_signed_in_team(tmp_path, **PUBLIC) as team:
        arguments = refund(team)
        plan_id = plan_in((await _called(team, arguments))["text"])
        await anyio.to_thread.run_sync(_approves, browser, f"{team.origin}{ALL}/{plan_id}", "id-of-anna")
        assert (await kept(team, plan_id)).answered_by == "anna"
        done = await _called(team, arguments)
        assert not done["failed"], done["text"]
        await _called(team, arguments)
        assert refunded(team, arguments) == 1
        assert asked_and_answered(team) == [("bo", "anna")]


async def _called(team: Served, arguments: Mapping[str, Any]) -> dict[str, Any]:
    ended = await anyio.to_thread.run_sync(typescript, team.url, TOOL, json.dumps(arguments))
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)["called"]


def _approves(browser: Chromium, address: str, person: str) -> None:
    """Come to a question by its address, sign in at the provider, and approve with the mouse."""
    tab = browser.tab("about:blank")
    tab.send_headers({"x-person": person})
    tab.go(address)
    tab.until("document.querySelector('a.yes')")
    tab.click("a.yes")
    tab.until(f"location.href === '{address}' && document.querySelector('#approve')?.checkVisibility()")
    assert tab.run("document.querySelector('nav').innerText").endswith("Asked by bo")
    assert "somebody other than bo has to agree" in tab.run("document.body.innerText")
    assert tab.run("document.cookie") == "", "no script reads the session"
    tab.click("#approve")
    tab.until("document.querySelector('#status').innerText.includes('Approved')")
    [signed_out] = tab.complaints()
    assert "401" in signed_out, "nothing else is wrong, with a policy or otherwise"


def plan_in(text: str) -> str:
    found = re.search(r"Plan (pln_[0-9a-f]{24}) ", text)
    assert found, text
    return found[1]
