"""A Redis of one's own, as replicas need it: it forgets nothing that it confirmed, also when it is killed."""

import shutil
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.processes import START_SECONDS, end
from benchmarks.table import NotMeasuredError

SOCKET = "redis.sock"


@dataclass(slots=True)
class RedisServer:
    """A Redis on a socket in `folder`, where it keeps what it is given."""

    folder: Path
    process: subprocess.Popen[bytes] = field(init=False)
    starts: int = 0

    def __post_init__(self) -> None:
        """Start it."""
        self.start()

    @property
    def url(self) -> str:
        """Its address."""
        return f"unix://{self.folder / SOCKET}"

    def start(self) -> None:
        """Start it, also again on what it kept, and wait until it answers.

        Raises:
            NotMeasuredError: it is not installed, or does not come up.
        """
        program = shutil.which("redis-server") or shutil.which("valkey-server")
        if program is None:
            raise NotMeasuredError("there is no redis-server · Run: apt-get install redis-server")
        options = {"port": "0", "unixsocket": SOCKET, "dir": str(self.folder), "save": "", "logfile": "redis.log"}
        options |= {"appendonly": "yes", "appendfsync": "always"}
        flags = [part for name, value in options.items() for part in (f"--{name}", value)]
        self.process = subprocess.Popen([program, *flags], cwd=self.folder)
        self.starts += 1
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            if self._answers():
                return
            time.sleep(0.02)
        raise NotMeasuredError("redis-server did not come up")

    def kill(self) -> None:
        """End it at once (SIGKILL)."""
        self.process.kill()
        self.process.wait()

    def _answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(1)
                probe.connect(str(self.folder / SOCKET))
                probe.sendall(b"PING\r\n")
                return probe.recv(16) == b"+PONG\r\n"  # while it reads what it kept it says -LOADING
        except OSError:
            return False


@contextmanager
def redis_server(folder: Path) -> Generator[RedisServer]:
    """Run a Redis that keeps its data in `folder` until the end of the block.

    Raises:
        NotMeasuredError: it is not installed, or does not come up.
    """
    folder.mkdir(parents=True)
    server = RedisServer(folder)
    try:
        yield server
    finally:
        end(server.process)
