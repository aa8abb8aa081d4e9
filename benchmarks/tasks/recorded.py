"""The figures of the shortest solutions as they were, kept so that later runs are held to them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from benchmarks.tasks.running import Run

RECORDED: Final = Path(__file__).with_name("before.json")
TAKEN: Final = (
    "The `before` solutions of every task, run by `python -m benchmarks.tasks --record` in a checkout of the commit, "
    "with its sandbox as it is seeded: calls, and o200k tokens of the tool list (name, description, input schema), of "
    "the calls as they are sent, and of the results (of each the larger of text and structured content)."
)


def read() -> dict[str, Run]:
    """Return the recorded figures by task."""
    kept = json.loads(RECORDED.read_text(encoding="utf-8"))
    return {task: Run(**figures) for task, figures in kept["tasks"].items()}


def write(commit: str, runs: Mapping[str, Run]) -> None:
    """Keep the figures of a commit."""
    tasks = {
        task: {"calls": run.calls, "listed": run.listed, "sent": run.sent, "results": run.results}
        for task, run in runs.items()
    }
    kept = {"commit": commit, "taken": TAKEN, "tasks": tasks}
    RECORDED.write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
