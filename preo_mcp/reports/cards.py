"""How a host finds the card that shows a result: by its address, which the tool carries."""

from enum import StrEnum
from typing import Any


class Report(StrEnum):
    """The cards that show results, by their addresses."""

    CAMPAIGN = "ui://preo/campaign"
    CHECK = "ui://preo/check"
    IMPORT = "ui://preo/import"
    OUTCOME = "ui://preo/imported"
    WEBHOOK = "ui://preo/webhook"


def report_meta(report: Report) -> dict[str, Any]:
    """Return what a tool carries as `_meta`, so that a host shows the card with its result."""
    return {"ui": {"resourceUri": str(report)}}


def report_at(address: str) -> Report | None:
    """Return the card at an address; None where there is none."""
    return Report(address) if address in set(Report) else None
