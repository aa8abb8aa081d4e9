"""What the fault run works on, and what became of it by the sandbox's own records."""

import json
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from benchmarks.table import NotMeasuredError
from preo_mcp.api.models.refunds import RefundReason, RefundScope
from preo_mcp.api.operations import CREATE_PURCHASE_REFUND, SEND_CAMPAIGN
from preo_mcp.sandbox.refunds.amounts import PAID_STATUSES

ORGANIZATION, MESSAGE = "org_nordlys", "eml_n27_vip"
CONDITION = "user.locale == 'pl'"
EFFECTS = frozenset({CREATE_PURCHASE_REFUND.title, SEND_CAMPAIGN.title})
"""The operations that a wanted call is made for."""
AMOUNT = 1
LEAST_MINOR = 1_000
"""Minor units that a purchase must have cost: it could then be refunded several times, so nothing but the server stops
a second refund."""
SETTLE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """A call that a person wants made: its tool and arguments, and the object that it has an effect on."""

    tool: str
    subject: str
    arguments: dict[str, Any]


def refunds_wanted(folder: Path, count: int) -> list[Wanted]:
    """Return refunds of `count` purchases, each of another order that had none before.

    Raises:
        NotMeasuredError: there are not that many.
    """
    with closing(_opened(folder)) as db:
        rows = db.execute(
            "SELECT min(purchases.id) FROM purchases JOIN orders ON orders.id = order_id "
            "WHERE orders.transaction_id IS NOT NULL AND orders.status IN (SELECT value FROM json_each(?)) "
            "AND json_extract(purchases.doc, '$.price') >= ? AND NOT EXISTS "
            "(SELECT 1 FROM refunds WHERE refunds.order_id = orders.id) "
            "GROUP BY orders.id ORDER BY 1 LIMIT ?",
            (json.dumps(sorted(PAID_STATUSES)), LEAST_MINOR, count),
        ).fetchall()
    if len(rows) < count:
        raise NotMeasuredError(f"the sandbox has {len(rows)} purchases to refund, not {count}")
    how = {"reason": RefundReason.COMPENSATION, "scope": RefundScope.PURCHASE_CUSTOM, "amount": AMOUNT}
    return [Wanted("create_purchase_refund", key, {"purchase_id": key, **how}) for (key,) in rows]


def sends_wanted(http: httpx.Client, count: int) -> list[Wanted]:
    """Make `count` campaigns to a small segment, and return their sends.

    Raises:
        NotMeasuredError: the segment cannot be calculated.
    """
    segment = _made(http, "/v1/segments", organization_id=ORGANIZATION, name="Fault run", condition=CONDITION)
    address = f"/v1/segments/{segment}"
    http.post(f"{address}/recalculate").raise_for_status()
    found = http.get(address).raise_for_status().json()
    while found["status"] in ("pending", "processing"):
        time.sleep(0.05)
        found = http.get(address).raise_for_status().json()
    if found["status"] != "completed" or not found["user_count"]:
        raise NotMeasuredError(f"the segment is {found['status']} with {found['user_count']} customers")
    fields = {
        "organization_id": ORGANIZATION,
        "segment_id": segment,
        "channel": "email",
        "email_message_id": MESSAGE,
    }
    made = [_made(http, "/v1/campaigns", name=f"Fault run {number}", **fields) for number in range(count)]
    return [Wanted("send_campaign", key, {"campaign_id": key}) for key in made]


def effects(folder: Path, wanted: list[Wanted]) -> dict[str, int]:
    """Return how often each wanted call took effect: refunds of a purchase, runs of a campaign."""
    with closing(_opened(folder)) as db:
        refunds = dict(db.execute("SELECT purchase_id, count(*) FROM refund_parts GROUP BY purchase_id").fetchall())
        runs = dict(db.execute("SELECT id, json_extract(doc, '$.run') FROM campaigns").fetchall())
    return {one.subject: {**runs, **refunds}.get(one.subject, 0) for one in wanted}


def messages_sent_twice(folder: Path) -> int:
    """Return how many people got a campaign of the run more than once."""
    with closing(_opened(folder)) as db:
        [(twice,)] = db.execute(
            "SELECT count(*) FROM (SELECT 1 FROM outbox WHERE status = 'sent' "
            "GROUP BY campaign_id, address HAVING count(*) > 1)"
        ).fetchall()
    return twice


def await_quiet(folder: Path) -> None:
    """Wait until the sandbox has finished what it works on.

    Raises:
        NotMeasuredError: it does not.
    """
    deadline = time.monotonic() + SETTLE_SECONDS
    with closing(_opened(folder)) as db:
        while db.execute("SELECT 1 FROM jobs WHERE status = 'queued' LIMIT 1").fetchone():
            if time.monotonic() > deadline:
                raise NotMeasuredError("the sandbox does not come to rest")
            time.sleep(0.1)


def _made(http: httpx.Client, path: str, **fields: Any) -> str:
    return str(http.post(path, json=fields).raise_for_status().json()["id"])


def _opened(folder: Path) -> sqlite3.Connection:
    return sqlite3.connect(folder / "preo.db")
