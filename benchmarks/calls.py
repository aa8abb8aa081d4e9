"""Calls over stdio to a sandbox on loopback: through our server, and through a bare one that hands the JSON on."""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.export_files import write_csv
from benchmarks.importing import create, create_body, process
from benchmarks.measuring import interleaved, timed
from benchmarks.pipe_client import PipeClient
from benchmarks.processes import TOKEN, Sandbox, bare, preo_mcp, sandbox, scratch_folder
from benchmarks.table import NotMeasuredError, Row

CALLS = 300
ROWS = 100
ONE_OBJECT_TIMES = 1.5
WHOLE_ROWS_TIMES, CUT_ROWS_TIMES = 1.7, 1.5
UNCUT = {"PREO_REPLY_TOKENS": "1000000"}
"""With its default budget our server would cut 100 rows, and do less than the bare one."""

IMPORTED_ROWS = 8


def rows() -> Iterator[Row]:
    """Yield the row of one object and the rows of a list of a hundred."""
    with scratch_folder() as folder, sandbox(folder / "data") as running:
        some_id = _fill(running, folder)
        settings = {"PREO_BASE_URL": running.url, "PREO_TOKEN": TOKEN}
        with (
            PipeClient(preo_mcp(), settings | UNCUT) as whole,
            PipeClient(preo_mcp(), settings) as cutting,
            PipeClient(bare("bare_api_server.py"), settings) as raw,
        ):
            note = "get_data_import over stdio; a bare server, same request, raw JSON"
            yield _row("one object", ONE_OBJECT_TIMES, note, whole, raw, "get_data_import", {"import_id": some_id})
            listed = ("list_data_imports", {"page": 1, "page_size": ROWS})
            _check_whole(whole.call(*listed))
            note = "list_data_imports, reply_tokens so high that nothing is cut; likewise"
            yield _row(f"{ROWS} rows", WHOLE_ROWS_TIMES, note, whole, raw, *listed)
            note = "the same with the default reply_tokens (6,000), so that most are cut"
            yield _row(f"{ROWS} rows, cut", CUT_ROWS_TIMES, note, cutting, raw, *listed)


def _row(
    name: str,
    most_times: float,
    note: str,
    ours: PipeClient,
    raw: PipeClient,
    tool: str,
    arguments: Mapping[str, Any],
) -> Row:
    pair = interleaved(
        timed(partial(ours.call, tool, arguments)), timed(partial(raw.call, tool, arguments)), CALLS, warm_up=20
    )
    return Row(name, "ms", pair.ours * 1000, pair.baseline * 1000, most_times=most_times, note=note)


def _fill(running: Sandbox, folder: Path) -> str:
    """Process the data imports that are listed; return the id of the first."""
    path = folder / "orders.csv"
    write_csv(path, IMPORTED_ROWS)
    body = create_body(path)
    ids = [create(running, body) for _ in range(ROWS)]
    for created in ids:
        process(running, created)
    return ids[0]


def _check_whole(result: Mapping[str, Any]) -> None:
    if len(result["structuredContent"]["results"]) != ROWS:
        raise NotMeasuredError(f"expected {ROWS} rows, nothing cut")
