"""Start-up: from spawning the process until `tools/list` is answered over stdio."""

from collections.abc import Iterator, Sequence
from functools import partial
from time import perf_counter

from benchmarks.measuring import interleaved
from benchmarks.pipe_client import Era, PipeClient
from benchmarks.processes import bare, preo_mcp
from benchmarks.table import Row

PAIRS = 20
MOST_TIMES = 1.10
NAMES = {Era.SESSION: "start", Era.STATELESS: "start, stateless"}


def rows() -> Iterator[Row]:
    """Yield a row for each era of the protocol: a session's handshake, and the stateless discovery."""
    for era, name in NAMES.items():
        pair = interleaved(
            partial(_start, preo_mcp("--sandbox"), era), partial(_start, bare("bare_server.py"), era), PAIRS
        )
        note = f"spawn → tools/list answered, stdio, {era}; a bare server with one tool"
        yield Row(name, "ms", pair.ours * 1000, pair.baseline * 1000, most_times=MOST_TIMES, note=note)


def _start(command: Sequence[str], era: Era) -> float:
    started = perf_counter()
    with PipeClient(command, era=era) as client:
        client.list_tools()
        return perf_counter() - started
