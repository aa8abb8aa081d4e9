"""The sandbox as a process of its own: who it answers, and what it leaves behind when it is asked to end."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from preo_mcp.process import closed_at_the_end
from preo_mcp.sandbox.serve import NOT_HERE
from preo_mcp.sandbox.store import Store
from tests.authorized import bearer

PATIENCE = 20
INITIALIZE: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}
LIST: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": 2,
    "method": "tools/call",
    "params": {"name": "list_editions", "arguments": {}},
}
posix = pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")


@contextmanager
def running(folder: Path, *flags: str) -> Generator[subprocess.Popen[str]]:
    """Run the command with `folder` for all that is temporary, and see that it is ended."""
    (folder / "tmp").mkdir(parents=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREO_")}
    environ = kept | {"TMPDIR": str(folder / "tmp"), "PREO_STATE_FOLDER": str(folder / "state")}
    command, pipe = [sys.executable, "-m", "preo_mcp", *flags], subprocess.PIPE
    with subprocess.Popen(command, env=environ, text=True, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        try:
            yield process
        finally:
            process.kill()


def address(process: subprocess.Popen[str]) -> str:
    """Return the address that a server says."""
    assert process.stderr
    return process.stderr.readline().split()[-1]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    with running(tmp_path_factory.mktemp("serve"), "sandbox", "serve", "--port", "0") as process:
        yield address(process)


def asked(served: str, *headers: tuple[str, str]) -> httpx.Response:
    token = ("Authorization", "Bearer sandbox-admin")
    return httpx.get(f"{served}/v1/editions", headers=[token, *headers], trust_env=False)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:{port}", "localhost:{port}", "LOCALHOST", "[::1]:{port}"])
def test_it_is_called_by_its_name(served: str, host: str) -> None:
    filled = host.format(port=served.rsplit(":", 1)[1])
    assert asked(served, ("Host", filled)).status_code == 200
    assert asked(served, ("Host", filled), ("Origin", f"http://{filled}")).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8766",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "127.0.0.1@evil.example",
        "127.0.0.1:80:80",
        "0.0.0.0",
        "2130706433",
        "",
    ],
)
def test_by_another_name_it_answers_nothing(served: str, host: str) -> None:
    answer = asked(served, ("Host", host))
    assert (answer.status_code, answer.json()) == (400, {"detail": NOT_HERE})


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example", "file://"])
def test_pages_from_elsewhere_change_nothing(served: str, origin: str) -> None:
    before = httpx.get(f"{served}/__sandbox/state", trust_env=False).json()
    for path in ("/__sandbox/reset", "/v1/data-imports"):
        answer = httpx.post(f"{served}{path}", headers={"Origin": origin}, trust_env=False)
        assert (answer.status_code, answer.json()) == (400, {"detail": NOT_HERE})
    assert httpx.get(f"{served}/__sandbox/state", trust_env=False).json() == before


def over_stdio(process: subprocess.Popen[str], _: Path) -> None:
    assert process.stdin
    assert process.stdout
    for message in (INITIALIZE, {"jsonrpc": "2.0", "method": "notifications/initialized"}, LIST):
        process.stdin.write(f"{json.dumps(message)}\n")
        process.stdin.flush()
        if "id" in message:
            assert "result" in process.stdout.readline()


def over_http(process: subprocess.Popen[str], folder: Path) -> None:
    url, headers = address(process), {"Accept": "application/json, text/event-stream", **bearer(folder / "state")}
    with httpx.Client(trust_env=False, transport=httpx.HTTPTransport(retries=5)) as client:
        answer = client.post(url, json=INITIALIZE, headers=headers).raise_for_status()
        session = {"Mcp-Session-Id": answer.headers.get("Mcp-Session-Id", "")}
        assert "edt_nordlys27" in client.post(url, json=LIST, headers=headers | session).raise_for_status().text


def over_its_api(process: subprocess.Popen[str], _: Path) -> None:
    assert asked(address(process)).status_code == 200


WAYS = {
    "serve": (["sandbox", "serve", "--port", "0"], over_its_api),
    "stdio": (["--sandbox"], over_stdio),
    "http": (["--sandbox", "--transport", "http", "--port", "0"], over_http),
}


@posix
@pytest.mark.parametrize("number", ["SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("way", WAYS)
def test_nothing_stays_where_it_is_asked_to_end(tmp_path: Path, way: str, number: str) -> None:
    flags, used = WAYS[way]
    with running(tmp_path, *flags) as process:
        used(process, tmp_path)
        assert list((tmp_path / "tmp").iterdir())
        process.send_signal(getattr(signal, number))
        ended_by_it = (way, number) != ("http", "SIGTERM")  # on which a server over HTTP ends by itself
        assert process.wait(PATIENCE) == (-getattr(signal, number) if ended_by_it else 0)
    assert list((tmp_path / "tmp").iterdir()) == []


@posix
@pytest.mark.parametrize("way", WAYS)
def test_a_kept_sandbox_is_closed_with_its_log(tmp_path: Path, way: str) -> None:
    flags, used = WAYS[way]
    data = tmp_path / "data"
    with running(tmp_path, *flags, "--data", str(data)) as process:
        used(process, tmp_path)
        assert (data / "preo.db-wal").exists()
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
    assert sorted(file.name for file in data.iterdir()) == ["files", "preo.db"]
    assert list((tmp_path / "tmp").iterdir()) == []


@posix
def test_a_kept_sandbox_is_its_owners_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Store.opened(data) as store:
        store.db.execute("CREATE TABLE kept (x)")
        modes = {file.name: file.stat().st_mode & 0o777 for file in (data, *data.iterdir())}
    assert modes == {"data": 0o700, "files": 0o700, "preo.db": 0o600, "preo.db-wal": 0o600, "preo.db-shm": 0o600}


@posix
def test_one_that_others_could_read_is_its_owners_from_now_on(tmp_path: Path) -> None:
    (tmp_path / "preo.db").touch(0o644)
    with Store.opened(tmp_path):
        assert (tmp_path / "preo.db").stat().st_mode & 0o777 == 0o600


@posix
def test_what_else_was_to_happen_at_the_signal_happens() -> None:
    told: list[str] = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: told.append("before"))
    try:
        with closed_at_the_end(lambda: told.append("closed")):
            signal.raise_signal(signal.SIGTERM)
            signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert told == ["closed", "before", "before", "before"]


@posix
def test_one_within_another_and_an_ignored_signal() -> None:
    told: list[str] = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: told.append("before"))
    ignored = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        outer, inner = (closed_at_the_end(lambda name=name: told.append(name)) for name in ("outer", "inner"))
        with outer, inner:
            signal.raise_signal(signal.SIGHUP)
            assert told == []
            signal.raise_signal(signal.SIGTERM)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)
        signal.signal(signal.SIGHUP, ignored)
    assert told == ["inner", "outer", "before"]
