"""`python -m benchmarks.hostile`: files that try to take the sandbox down, each sent to a real one over HTTP.

For each: what the sandbox answers, how long it takes, how much memory it and its child process hold at most above idle,
and how long a second client waited meanwhile. Loopback only; every file is made here and bounded.
"""

import http.client
import json
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import httpx

from benchmarks.event_loop import waits_during
from benchmarks.importing import IMPORTS, JSON, create_body
from benchmarks.memory import watched
from benchmarks.processes import LOOPBACK, START_SECONDS, TOKEN, Sandbox, sandbox, scratch_folder
from tests.files.spreadsheets import hostile

MEGABYTE = 1_000_000

FILES: dict[str, Callable[[Path], Path]] = {
    "zip bomb of 100 MB": hostile.zip_bomb,
    "zip bomb that lies about its size": hostile.lying_bomb,
    "two cells, A1 and XFD1048576": hostile.sparse_sheet,
    "a cell of 100 MB in a workbook": hostile.long_cell_in_book,
    "a text of 500 kB shown 2,000 times": hostile.repeated_text,
    "entities that expand": hostile.entities,
    "16,384 columns in a workbook": hostile.many_columns_in_book,
    "half a workbook": hostile.truncated,
    "50,000 columns": hostile.of_bytes(b",".join(b"c%d" % n for n in range(50_000)) + b"\n1,2\n"),
    "NUL bytes": hostile.of_bytes(b"a,b\n1\0,2\n"),
    "a line of 100 MB": hostile.of_bytes(b"x" * 100 * MEGABYTE),
    "a cell of 100 MB among good rows": hostile.of_bytes(b"Email,SKU\na@example.com," + b"x" * 100 * MEGABYTE + b"\n"),
}


def main() -> None:
    """Send each file and print what came of it."""
    with scratch_folder() as folder, sandbox(folder / "data") as running:
        for name, make in FILES.items():
            body = create_body(make(folder / "file"))
            _send(name, running, lambda body=body: running.http.post(IMPORTS, content=body, headers=JSON))
        _send("a body announced with 5 GB", running, lambda: _announced(running.port, 5 * 1024**3))
        left = running.http.get(IMPORTS).raise_for_status().json()["count"]
    print(f"the sandbox still answers; {left} imports were made")


def _send(name: str, running: Sandbox, send: Callable[[], httpx.Response]) -> None:
    answers: list[httpx.Response] = []
    with watched(running.pid) as peak:
        began = perf_counter()
        waited = waits_during(running, f"{IMPORTS}?page_size=1", lambda: answers.append(send()))
        seconds = perf_counter() - began
    memory = "?" if peak.growth is None else f"{peak.growth / MEGABYTE:.0f} MB"
    print(f"{name}\n  {seconds:.1f} s, {memory} above idle, second client waited at most {max(waited):.0f} ms")
    print(f"  {answers[0].status_code}: {_text(answers[0])}", flush=True)


def _text(answer: httpx.Response) -> str:
    if answer.is_success:
        return f"accepted, stage {answer.json()['stage']}"
    return json.dumps(answer.json(), ensure_ascii=False)


def _announced(port: int, size: int) -> httpx.Response:
    """Announce a body of `size` bytes and send none."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=START_SECONDS)
    headers = {**JSON, "Authorization": f"Bearer {TOKEN}", "Content-Length": str(size)}
    connection.request("POST", IMPORTS, headers=headers)
    answer = connection.getresponse()
    found = httpx.Response(answer.status, content=answer.read())
    connection.close()
    return found


if __name__ == "__main__":
    main()
