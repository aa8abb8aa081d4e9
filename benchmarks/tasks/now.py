"""The shortest solutions with today's tools, for the tasks where they are others than before."""

from collections.abc import Mapping
from typing import Final

from benchmarks.tasks.task import Solution

NOW: Final[Mapping[str, Solution]] = {}
"""By task; a task that is not here is solved as before."""
