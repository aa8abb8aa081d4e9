"""From which place on a list of the control plane is wanted."""

from typing import Final

from starlette.requests import Request

LONGEST_NUMBER: Final = 15
"""Digits that SQLite's integers hold."""


def after_of(request: Request) -> int:
    """Return the sequence behind which the list begins: the query's `after`, 0 for anything that is no number."""
    after = request.query_params.get("after", "0")
    return int(after) if after.isdecimal() and len(after) <= LONGEST_NUMBER else 0
