"""Commands of the servers that are measured, and the processes that run them."""

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.table import NotMeasuredError

LOOPBACK = "127.0.0.1"
TOKEN = "sandbox-admin"
START_SECONDS = 60.0
STOP_SECONDS = 10.0
ANSWER_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running `preo-mcp sandbox serve`, with an HTTP client that is signed in."""

    port: int
    pid: int
    http: httpx.Client

    @property
    def url(self) -> str:
        """The address of its API."""
        return _url(self.port)


def preo_mcp(*arguments: str) -> list[str]:
    """Return the command line of preo-mcp as it is installed beside this Python.

    Raises:
        NotMeasuredError: it is not.
    """
    script = shutil.which("preo-mcp", path=Path(sys.executable).parent)
    if script is None:
        raise NotMeasuredError("preo-mcp is not installed here · Run: pip install -e '.[sandbox]'")
    return [script, *arguments]


def bare(script: str) -> list[str]:
    """Return the command line of a bare server in this folder."""
    return [sys.executable, str(Path(__file__).with_name(script))]


@contextmanager
def sandbox(folder: Path) -> Generator[Sandbox]:
    """Run a sandbox that keeps its data in `folder`, on a free port, until the end of the block.

    Raises:
        NotMeasuredError: it did not come up.
    """
    port = free_port()
    process = subprocess.Popen(preo_mcp("sandbox", "serve", "--port", str(port), "--data", str(folder)))
    try:
        await_port(process, port)
        with http_client(port) as http:
            yield Sandbox(port, process.pid, http)
    finally:
        end(process)


def http_client(port: int) -> httpx.Client:
    """Return a client of the sandbox on `port` that is signed in."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return httpx.Client(base_url=_url(port), headers=headers, timeout=ANSWER_SECONDS, trust_env=False)


@contextmanager
def scratch_folder() -> Generator[Path]:
    """Make a folder for the block's files."""
    # A server that has just been ended may still hold a file for a moment, where open files cannot be removed.
    with tempfile.TemporaryDirectory(prefix="preo-bench-", ignore_cleanup_errors=True) as name:
        yield Path(name)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process that was started here: by asking, and if that does not help by force."""
    process.terminate()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def await_port(process: subprocess.Popen[bytes], port: int) -> None:
    """Wait until a sandbox that was just started listens.

    Raises:
        NotMeasuredError: it does not.
    """
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex((LOOPBACK, port)) == 0:
                return
        time.sleep(0.05)
    raise NotMeasuredError("the sandbox did not come up · run it by hand: preo-mcp sandbox serve")


def _url(port: int) -> str:
    return f"http://{LOOPBACK}:{port}"


def free_port() -> int:
    """Return a port on loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]
