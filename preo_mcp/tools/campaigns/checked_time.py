"""When a campaign goes out, by the clocks of its edition: past, at night, before or after the edition."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from preo_mcp.api.models.campaigns import NOT_BEGUN
from preo_mcp.api.models.editions import EditionDetail
from preo_mcp.text.local_time import by_clocks_of
from preo_mcp.tools.campaigns.gravity import Finding, Gravity
from preo_mcp.tools.campaigns.subjects import Subject

EVENING, MORNING = 22, 8
"""Hours between which people sleep."""
LATENESS: Final = timedelta(minutes=5)
"""How far the clocks of Preo and of this computer may be apart."""
IN_HOURS: Final = timedelta(days=2)
"""What is shorter is told in hours."""


def when(subject: Subject, now: datetime) -> str | None:
    """Return when a campaign goes out, beside now and its edition; None where it has begun."""
    if subject.campaign.status not in NOT_BEGUN:
        return None
    at, edition = _moment(subject, now), subject.edition
    said = [f"{'' if subject.campaign.scheduled_at else 'unscheduled; now is '}{at:%Y-%m-%d %H:%M %Z}"]
    if subject.campaign.scheduled_at:
        said.append(_apart(at - now, "from now", "ago"))
    if edition is not None and edition.start_date is not None:
        said.append(_apart(edition.start_date - at, "before the edition begins", "after it began"))
    return ", ".join(said)


def findings_of_time(subject: Subject, now: datetime) -> Iterator[Finding]:
    """Yield what is wrong with the time at which a campaign goes out, or would if it were sent now."""
    campaign = subject.campaign
    if campaign.status not in NOT_BEGUN:
        return
    at = _moment(subject, now)
    if campaign.scheduled_at is not None and campaign.scheduled_at < now - LATENESS:
        yield Finding(Gravity.ERROR, f"its time is past ({at:%Y-%m-%d %H:%M}), and it has not gone out")
    if subject.timezone is None:
        yield Finding(Gravity.UNKNOWN, "the local time: it names no edition with a time zone")
    elif not MORNING <= at.hour < EVENING:
        goes = "it would go out now" if campaign.scheduled_at is None else "it goes out"
        yield Finding(Gravity.WARNING, f"{goes} at {at:%H:%M}, when people sleep")
    if subject.edition is not None:
        yield from _beside(subject.edition, at)


def _beside(edition: EditionDetail, at: datetime) -> Iterator[Finding]:
    name = edition.full_name or edition.name or edition.id
    if edition.end_date is not None and at > edition.end_date:
        yield Finding(Gravity.WARNING, f"{name} is over by then")
    elif edition.start_date is not None and at > edition.start_date:
        yield Finding(Gravity.WARNING, f"{name} has begun by then")
    elif edition.start_date is None:
        yield Finding(Gravity.UNKNOWN, f"whether it goes out before {name}, of which no start is known")


def _moment(subject: Subject, now: datetime) -> datetime:
    """Return when it goes out: at its time, or were it sent now."""
    return by_clocks_of(subject.timezone, subject.campaign.scheduled_at or now)


def _apart(span: timedelta, before: str, after: str) -> str:
    length = abs(span)
    told = (
        f"{round(length / timedelta(hours=1))} h" if length < IN_HOURS else f"{round(length / timedelta(days=1))} days"
    )
    return f"{told} {before if span >= timedelta(0) else after}"
