"""`preo-mcp doctor` from the command line."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import anyio
import httpx
import pytest

from preo_mcp import cli
from preo_mcp.api.errors import AuthenticationError, NetworkError
from preo_mcp.api.operations import OPERATIONS, Method, Risk
from preo_mcp.client.corrections import read_corrections
from preo_mcp.client.preo_client import PreoClient
from preo_mcp.commands.doctor import checkup as parts
from preo_mcp.commands.doctor.contract import read_contract
from preo_mcp.commands.doctor.probe import Probe, observed_schema, probed
from tests.client.scripted_api import client_for
from tests.commands.doctor.changed_api import changed_document
from tests.door import TOKEN, open_door

pytestmark = pytest.mark.usefixtures("no_settings")


def run(*arguments: str) -> int:
    """Return the exit code of the command."""
    try:
        cli.main(["doctor", *arguments])
    except SystemExit as exc:
        return int(exc.code or 0)
    return 0


@pytest.fixture
def own(document: dict[str, Any], tmp_path: Path) -> str:
    path = tmp_path / "own.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return str(path)


def test_without_flags_it_shows_what_is_in_effect_and_tries_the_token(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("--sandbox") == 0
    assert "ok: the ledger in " in capsys.readouterr().out
    monkeypatch.setenv("PREO_LEDGER_URL", f"redis://:{TOKEN}@localhost:1")
    assert run("--sandbox") == 1
    out = capsys.readouterr().out
    assert "wrong: This call did nothing · Redis cannot be read or written" in out
    assert "PREO_SANDBOX = True" in out
    assert "PREO_LEDGER_URL = set, not shown" in out
    assert "transport stdio" in out
    assert "sandbox: installed" in out
    assert "ok: the token works at the sandbox in this process: Nordlys Festival ApS (admin)" in out
    assert TOKEN not in out
    monkeypatch.setenv("PREO_SANDBOX_TOKEN", "unknown")
    assert run("--sandbox") == 1
    assert "wrong: Get user info failed · " in capsys.readouterr().out


def test_it_explains_what_keeps_the_server_from_starting(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert run() == 1
    assert "wrong: preo-mcp did not start · there is neither a token nor the sandbox" in capsys.readouterr().out
    monkeypatch.setenv("PREO_TOKEN", TOKEN)
    monkeypatch.setenv("PREO_BASE_URL", f"https://user:{TOKEN}@api.example")
    monkeypatch.setenv("PREO_CORRECTIONS", str(tmp_path / "none.json"))
    monkeypatch.setenv("PREO_DENY", "a,b")
    assert run() == 1
    out = capsys.readouterr().out
    assert "wrong: preo-mcp did not start · the corrections file" in out
    assert "PREO_DENY = a,b" in out
    assert TOKEN not in out


def test_missing_parts_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(package: str) -> str:
        if package == "python-calamine":
            raise parts.metadata.PackageNotFoundError
        return "1"

    monkeypatch.setattr(parts.metadata, "version", version)
    missing = dict(parts.installed_parts())
    assert missing["sandbox"] == missing["files"] == ["python-calamine"]
    assert missing["cel"] == missing["redis"] == missing["doctor"] == []


def test_the_own_document_shows_no_difference(own: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--openapi", own) == 0
    assert "81 operations compared with Preo API (sandbox)" in (out := capsys.readouterr().out)
    assert "no difference" in out
    assert "signed by token (http bearer)" in out


def test_differences_are_told_by_grade_as_json_and_as_corrections(
    document: dict[str, Any], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    changed, written = tmp_path / "changed.json", tmp_path / "corrections.json"
    changed.write_text(json.dumps(changed_document(document)), encoding="utf-8")
    assert run("--openapi", str(changed), "--write", str(written)) == 1
    out, err = capsys.readouterr()
    lines = out.splitlines()
    at = [
        next(n for n, line in enumerate(lines) if line.startswith(grade)) for grade in ("Docu", "Obse", "Infe", "Oper")
    ]
    assert at == sorted(at)
    assert "  GET /v1/orders/{id}   Retrieve order details" in lines
    assert "   ! path: is /v2/orders/{order_id}/" in lines
    assert "   ! query customer_email: is called email" in lines
    assert "   ! body legal_basis: has to be sent (string)" in lines
    assert "     query created_by: new (string)" in lines
    assert "corrections of 13 operations" in err
    assert read_corrections(written).corrected
    assert run("--openapi", str(changed), "--write", str(written)) == 2
    assert "already" in capsys.readouterr().err
    assert run("--openapi", str(changed), "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert told["differences"] == len(told["findings"])
    assert {finding["grade"] for finding in told["findings"]} == {"documented", "observed", "inferred", None}


def test_what_cannot_be_done_ends_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--probe", "--write", str(tmp_path / "x")) == 2
    assert run("--openapi", str(tmp_path / "none")) == 2
    assert run("--probe") == 2
    assert capsys.readouterr().err.count(" · ") == 6


@pytest.fixture
def used(tmp_path: Path) -> Path:
    """A sandbox with something of everything."""
    folder = tmp_path / "data"

    async def imported() -> None:
        async with open_door(folder, "auto") as door:
            await door.prepared()

    anyio.run(imported)
    return folder


def texts_in(folder: Path) -> set[str]:
    """Return every text of the sandbox that could be somebody's."""
    found: set[str] = set()
    with closing(sqlite3.connect(folder / "preo.db")) as db:
        for table in ("customers", "orders", "refunds", "segments", "campaigns", "editions", "webhooks"):
            for key, doc in db.execute(f"SELECT id, doc FROM {table} LIMIT 500"):
                found |= {key, *leaves(json.loads(doc))}
    return {text for text in found if len(text) > 5 and " " not in text.strip() and ("@" in text or "_" in text)}


def leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in cast("dict[str, Any]", value).values():
            yield from leaves(item)
    elif isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from leaves(item)


def test_a_probe_of_the_sandbox_shows_no_difference_and_nobodys_data(
    used: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREO_SANDBOX_DATA", str(used))
    assert run("--sandbox", "--probe") == 0
    out = capsys.readouterr().out
    assert out == f"{len(probed())} of 35 operations that read answer: no difference\n"
    assert run("--sandbox", "--probe", "--json") == 0
    out = capsys.readouterr().out
    assert [text for text in texts_in(used) if text in out] == []


def test_a_probe_calls_only_what_reads() -> None:
    gets = {row for row in OPERATIONS if row.method is Method.GET and row.risk is Risk.READ}
    assert set(probed()) == gets
    assert len(probed()) == len(gets) == 35


async def probe(document: dict[str, Any], answers: dict[str, Any]) -> set[tuple[str, str, str, str]]:
    """Return what a probe finds where only `answers` answer, by path; a number is a status."""
    requests: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        answer = answers.get(request.url.path, 404)
        if isinstance(answer, int):
            return httpx.Response(answer, json={"detail": "Kirsten Holm (kirsten@example.org) may not."})
        return httpx.Response(200, json=answer)

    client: PreoClient = client_for(respond)
    found = await Probe(client, read_contract(document)).run()
    assert {request.method for request in requests} == {"GET"}
    text = repr(found)
    assert "Kirsten" not in text
    assert "@" not in text
    return {(one.operation, one.kind.value, one.place, one.theirs) for one in found}


def rows(**fields: Any) -> dict[str, Any]:
    return {"count": 1, "next": None, "previous": None, "results": [{"id": "id_1", **fields}]}


async def test_names_that_may_be_data_and_texts_of_refusals_are_not_told(document: dict[str, Any]) -> None:
    user = {"id": 7, "kirsten@example.org": 1, "Kirsten Holm": 2, "usr_12345": 3, "new_field": True, "name": "x"}
    people = {"count": 2, "next": None, "previous": None, "results": [{"id": "a", "anna": 1}, {"id": "b", "jens": 2}]}
    found = await probe(
        document,
        {
            "/v1/auth/user-info": user,
            "/v1/users": people,
            "/v1/refunds": 403,
            "/v1/files": 400,
            "/v1/webhooks": rows(),
            "/v1/webhooks/id_1": 400,
            "/v1/webhooks/id_1/deliveries": 500,
        },
    )
    info = "GET /v1/auth/user-info"
    assert (info, "new", "new_field", "boolean") in found
    assert (info, "type", "id", "integer") in found
    assert (info, "new", "", "3 names that may be data and are not told") in found
    assert ("GET /v1/users", "new", "results[]", "2 names that may be data and are not told") in found
    assert ("GET /v1/users", "missing", "results[].email", "") in found
    assert ("GET /v1/refunds", "failed", "", "answers 403: the token is not allowed to") in found
    assert ("GET /v1/files", "failed", "", "answers 400: the request is not accepted") in found
    assert (
        "GET /v1/webhooks/{id}",
        "untried",
        "",
        "answers 400: the request is not accepted, on each object tried",
    ) in found
    assert ("GET /v1/webhooks/{id}/deliveries", "failed", "", "answers 5xx, or with something unreadable") in found
    assert ("GET /v1/orders/{id}", "untried", "", "the account has none") in found
    assert ("GET /v1/orders", "failed", "", "answers 404 (or 405, 410): nothing is there") in found


async def test_a_refused_token_and_an_unreachable_api_end_the_probe(document: dict[str, Any]) -> None:
    with pytest.raises(AuthenticationError):
        await probe(document, {"/v1/auth/user-info": 401})

    def lost(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route")

    with pytest.raises(NetworkError):
        await Probe(client_for(lost), read_contract(document)).run()


def test_a_seen_schema_has_names_and_types_only() -> None:
    seen = observed_schema([{"a": 1, "b": None, "c": ["1.50", "2.00"]}, {"a": 1.5, "d": {"e": True}}, None])
    assert seen == {
        "type": ["object"],
        "properties": {
            "a": {"type": ["integer", "number"]},
            "b": {},
            "c": {"type": ["array"], "items": {"type": ["string"], "format": "decimal"}},
            "d": {"type": ["object"], "properties": {"e": {"type": ["boolean"]}}, "required": ["e"]},
        },
        "required": ["a"],
    }
