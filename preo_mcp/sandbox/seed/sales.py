"""When an edition's orders are made: a rush at first, a lull, a rise towards the doors, then the box office."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from random import Random

from preo_mcp.sandbox.seed.draws import chance
from preo_mcp.sandbox.seed.editions import Run

SHARE_AT_GATE = 0.25
SHARE_IN_RUSH = 0.35
RUSH = 0.12
"""The share of the presale's time that the first rush lasts."""

WAKING = timedelta(hours=6)
WAKING_HOURS = 17 * 3600


@dataclass(slots=True)
class Sale:
    """The moment of an order in UTC, and the occasion."""

    moment: datetime
    at_gate: bool
    in_rush: bool


def draw_sales(source: Random, run: Run, today: datetime) -> Sequence[Sale]:
    """Return the moments of all orders of an edition up to `today`, the earliest first."""
    has_begun = run.start < today
    presale = run.start - run.on_sale
    rush_ends = run.on_sale + presale * RUSH

    def sale() -> Sale:
        if has_begun and chance(source, SHARE_AT_GATE):
            return Sale(
                _waking(source, run.start + (run.end - run.start) * source.random()), at_gate=True, in_rush=False
            )
        if chance(source, SHARE_IN_RUSH):
            share = RUSH * source.random() * source.random()
        else:
            share = RUSH + (1 - RUSH) * max(source.random(), source.random())
        moment = _waking(source, run.on_sale + presale * share)
        return Sale(moment, at_gate=False, in_rush=moment < rush_ends)

    sales: list[Sale] = []
    while len(sales) < run.plan.orders:
        drawn = sale()
        opens, closes = (run.start, run.end) if drawn.at_gate else (run.on_sale, run.start)
        if opens <= drawn.moment < min(closes, today):
            sales.append(drawn)
    return sorted(sales, key=attrgetter("moment"))


def _waking(source: Random, moment: datetime) -> datetime:
    """Return a moment of the same day between 6 and 23 o'clock, mostly in the afternoon."""
    day = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    return day + WAKING + timedelta(seconds=int((source.random() + source.random()) / 2 * WAKING_HOURS))
