"""Another user of this computer, who knows everything that is secret: what they get from HTTP, SSE, the page and files.

Only root can be another user; elsewhere `tests/test_loopback.py` and the modes of files stand for these tests.
"""

import json
import os
import tempfile
from collections.abc import Generator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import anyio
import pytest

from preo_mcp.files.scratch import scratch_folder
from tests.approval.ways.open_plans import PLAN_ID
from tests.approval.ways.test_page import opened
from tests.authorized import bearer
from tests.door import open_door
from tests.test_serving import serving

pytestmark = pytest.mark.skipif(
    not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can be another user of the computer"
)

ANOTHER_USER = 65534
SCRIPT = """
import json, sys, urllib.error, urllib.request

def status(call):
    body = None if call.get("body") is None else json.dumps(call["body"]).encode()
    request = urllib.request.Request(call["url"], body, call["headers"], method=call["method"])
    try:
        return urllib.request.urlopen(request, timeout=10).status
    except urllib.error.HTTPError as exc:
        return exc.code

def read(path):
    try:
        with open(path, "rb") as file:
            return len(file.read())
    except OSError as exc:
        return type(exc).__name__

given = json.load(sys.stdin)
answers = [status(call) for call in given["calls"]]
print(json.dumps({"answers": answers, "files": {path: read(path) for path in given["files"]}}))
"""
Call = dict[str, Any]


async def tried(user: int | None, calls: list[Call], files: list[Path]) -> tuple[list[int], dict[str, object]]:
    """Return what a user gets: statuses of requests, and of files their bytes or why they cannot be read."""
    given = json.dumps({"calls": calls, "files": list(map(str, files))}).encode()
    command = ["/usr/bin/env", "python3", "-c", SCRIPT]
    ended = await anyio.run_process(command, input=given, user=user, group=user, extra_groups=None, cwd="/")
    told = json.loads(ended.stdout)
    return told["answers"], told["files"]


@pytest.mark.parametrize("transport", ["http", "sse"])
async def test_a_server_lets_nobody_else_in_even_with_the_secret(tmp_path: Path, transport: str) -> None:
    async with serving(transport, tmp_path / "sandbox") as url:
        secret = bearer()
        calls: list[Call] = [
            {"method": "GET", "url": url, "headers": secret | {"Accept": "text/event-stream"}},
            {"method": "POST", "url": url.replace("/sse", "/messages/"), "headers": secret, "body": {}},
            {"method": "POST", "url": url, "headers": secret | {"X-Forwarded-For": "127.0.0.1"}, "body": {}},
            {"method": "GET", "url": f"{url}/.well-known/nothing", "headers": secret},
        ]
        assert (await tried(ANOTHER_USER, calls, []))[0] == [HTTPStatus.FORBIDDEN] * len(calls)
        ours, _ = await tried(None, calls[1:], [])
        assert HTTPStatus.FORBIDDEN not in ours


async def test_the_page_is_for_nobody_else_even_with_its_address() -> None:
    async with opened() as page:
        mine = {"Origin": page.url, "Content-Type": "application/json"}
        secret, ticket = await page.secret(), await page.page.ticket(page.url, PLAN_ID)
        at = f"{page.url}/approve/{PLAN_ID}"
        calls: list[Call] = [
            {"method": "GET", "url": at, "headers": {}},
            {"method": "GET", "url": ticket, "headers": {}},
            {"method": "POST", "url": f"{at}/show", "headers": mine, "body": {"secret": secret}},
            {"method": "POST", "url": f"{at}/answer", "headers": mine, "body": {"nonce": secret, "answer": True}},
        ]
        assert (await tried(ANOTHER_USER, calls, []))[0] == [HTTPStatus.FORBIDDEN] * len(calls)
        assert (await tried(None, calls[:1], []))[0] == [HTTPStatus.OK]


@pytest.fixture
def public() -> Generator[Path]:
    """Yield a folder that everybody may enter, as a home folder often is."""
    with tempfile.TemporaryDirectory(prefix="preo-public-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


async def test_no_file_is_anybody_elses(public: Path) -> None:
    (public / "exports").mkdir()
    allowed = str(public / "exports")
    async with open_door(public / "sandbox", "auto", allowed_folders=allowed, state_folder=public / "state") as door:
        await door.done("export_segment_users", segment_id="seg_elbklang_regulars", save_to="customers.csv")
        await door.done("preview_email", email_message_id="eml_elbklang_news", save_to="mail.html")
        await door.done("upload_file", organization_id="org_nordlys", text="å", file_name="a.txt")
        await door.waiting("delete_file", file_id="fil_nordlyslogo")
        with scratch_folder() as scratch:
            (scratch / "file").write_text("Kirsten Holm")
            files = [path for folder in (public, scratch) for path in folder.rglob("*") if path.is_file()]
            _, theirs = await tried(ANOTHER_USER, [], files)
            _, ours = await tried(None, [], files)
    names = {path.name for path in files}
    assert {"master.key", "plans.db", "audit.jsonl", "customers.csv", "mail.html", "preo.db", "file"} <= names
    assert set(theirs.values()) == {"PermissionError"}, theirs
    assert all(isinstance(size, int) for size in ours.values()), ours
