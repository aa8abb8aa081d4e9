"""Who gets a campaign: its segment, calculated anew, as it is at that moment.

The segment's customers are gone through in the order of their ids. Who can be reached gets a row in the outbox, the
others are counted by the reason. Who unsubscribed by the link of an earlier message counts as without consent to
marketing, and an address that bounced as one that nothing can be delivered to (inferred). How far it came is written
with the rows, so after a crash it goes on there; where somebody calculated the segment again in between, it begins
again with the newer result.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Final

from preo_mcp.api.models.campaigns import CampaignStatus, Channel, Skipped
from preo_mcp.api.models.consents import ConsentStatus
from preo_mcp.api.models.segments import BUSY_STATUSES, CommunicationType, SegmentStatus
from preo_mcp.sandbox.campaigns.documents import save
from preo_mcp.sandbox.campaigns.outbox import OutboxStatus
from preo_mcp.sandbox.campaigns.runs import Run, fail
from preo_mcp.sandbox.jobs import Jobs
from preo_mcp.sandbox.segments.addresses import is_valid_email, is_valid_phone
from preo_mcp.sandbox.segments.calculating import begin_calculation, calculation_ended
from preo_mcp.sandbox.slices import in_slices
from preo_mcp.sandbox.store import Doc, Store

ASKED_FOR: Final = 0
"""A campaign's `calculation` until the number of the one that it is made of is known."""

BATCH: Final = 50
"""Customers that are looked at together, far below the time of a slice."""

Person = tuple[str, str, str | None, str | None]
"""Customer, e-mail, phone number, and what they answered to the segment's consent (None for nothing)."""

REACTED: Final = (
    "SELECT outbox.customer_id, CASE WHEN unsubscribed <= :now THEN '' ELSE address END FROM outbox "
    "JOIN reactions USING (campaign_id, sequence) "
    "WHERE outbox.customer_id IN (SELECT value FROM json_each(:people)) "
    "AND channel = :channel AND (bounced <= :now OR unsubscribed <= :now)"
)
"""Customers with the address that bounced; an empty one is of somebody who unsubscribed."""


async def calculate(jobs: Jobs, run: Run) -> None:
    """Have the segment calculated, unless this run did; a calculation that is already on its way is enough.

    The campaign fails where the segment cannot be calculated, or is changed or reset meanwhile.
    """
    store = jobs.store
    with store.transaction():
        campaign, added = run.campaign(store, CampaignStatus.CALCULATING), list[int]()
        if campaign is None:
            return
        segment = store.doc("segments", campaign["segment_id"])
        if segment is not None and campaign["calculation"] is None:
            if segment["status"] not in BUSY_STATUSES:
                _, added = begin_calculation(jobs, segment)
            campaign["calculation"] = ASKED_FOR
            save(store, campaign, touch=False)
    for job in added:
        jobs.start(job)
    await calculation_ended(jobs, campaign["segment_id"])
    with store.transaction():
        campaign = run.campaign(store, CampaignStatus.CALCULATING)
        segment = store.doc("segments", campaign["segment_id"]) if campaign else None
        if campaign is not None and (segment is None or segment["status"] != SegmentStatus.COMPLETED):
            why = (segment and segment["error_message"]) or "it hangs, or was changed, reset or deleted meanwhile"
            fail(store, campaign, f"The segment was not calculated · {why} · make a new campaign when it is.")


async def take_snapshot(jobs: Jobs, run: Run) -> None:
    """Write the outbox's rows of everybody who can be reached; the campaign is then sending, or failed for nobody.

    Where the segment is calculated again meanwhile, the campaign stays calculating, and this has to be begun again.
    """
    snapshot = Snapshot(jobs.store, run)
    done = await in_slices(
        jobs.store, snapshot.people(), snapshot.add, begin=snapshot.begin_slice, end=snapshot.end_slice
    )
    if done:
        _finish(jobs.store, run)


class Snapshot:
    """The snapshot of a run, a slice at a time."""

    def __init__(self, store: Store, run: Run) -> None:
        self._store = store
        self._run = run
        self._campaign: Doc = {}
        self._segment: Doc = {}

    def begin_slice(self) -> bool:
        """Take up the campaign where it stands; return whether it still is to be calculated."""
        campaign = self._run.campaign(self._store, CampaignStatus.CALCULATING)
        segment = campaign and self._store.doc("segments", campaign["segment_id"])
        if campaign is None or segment is None or segment["run"] is None:  # somebody has it calculated again
            return False
        self._campaign, self._segment = campaign, segment
        if campaign["calculation"] != segment["run"]:
            self._store.db.execute("DELETE FROM outbox WHERE campaign_id = ?", (campaign["id"],))
            campaign |= {"calculation": segment["run"], "position": "", "user_count": 0, "total_recipients": 0}
            campaign["skipped"] = Skipped().model_dump()
        return True

    def end_slice(self) -> None:
        """Write how far it came."""
        save(self._store, self._campaign, touch=False)

    def people(self) -> Iterator[Sequence[Person]]:
        """Yield the segment's customers that were not looked at yet, some at a time."""
        while people := self._store.db.execute(
            "SELECT customers.id, json_extract(customers.doc, '$.email'), phone, answer.status FROM segment_users "
            "JOIN customers ON customers.id = segment_users.customer_id "
            "LEFT JOIN customer_consents AS answer ON answer.customer_id = customers.id AND answer.consent_id = ? "
            "WHERE run = ? AND segment_users.customer_id > ? ORDER BY segment_users.customer_id LIMIT ?",
            (self._segment["consent_id"], self._campaign["calculation"], self._campaign["position"], BATCH),
        ).fetchall():
            yield people

    def add(self, people: Sequence[Person]) -> None:
        """Write who can be reached, count the others."""
        campaign, reacted = self._campaign, self._reacted([person[0] for person in people])
        for customer_id, email, phone, answer in people:
            address = email if campaign["channel"] == Channel.EMAIL else phone
            answer = None if (customer_id, "") in reacted else answer
            reason = self._why_not(address, answer)
            if reason is None and (customer_id, address) in reacted:
                reason = "invalid_address"
            if reason is None and not self._write(customer_id, address or ""):
                reason = "duplicate_address"
            if reason is None:
                campaign["total_recipients"] += 1
            else:
                campaign["skipped"][reason] += 1
        campaign["user_count"] += len(people)
        campaign["position"] = people[-1][0]

    def _reacted(self, people: list[str]) -> set[tuple[str, str]]:
        """What some customers did with earlier messages of the channel by now."""
        now = int(self._store.clock().timestamp())
        asked = {"now": now, "people": json.dumps(people), "channel": self._campaign["channel"]}
        return set(self._store.db.execute(REACTED, asked).fetchall())

    def _why_not(self, address: str | None, answer: str | None) -> str | None:
        if is_marketing(self._segment) and answer != ConsentStatus.GRANTED:
            return "no_consent"
        if not address:
            return "no_address"
        is_valid = is_valid_email if self._campaign["channel"] == Channel.EMAIL else is_valid_phone
        return None if is_valid(address) else "invalid_address"

    def _write(self, customer_id: str, address: str) -> bool:
        """Write a row, unless somebody else has the address; return whether there is one now."""
        written = self._store.db.execute(
            "INSERT INTO outbox (campaign_id, customer_id, channel, address, status) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (campaign_id, address) DO NOTHING",
            (self._campaign["id"], customer_id, self._campaign["channel"], address, OutboxStatus.QUEUED),
        )
        return written.rowcount == 1


def is_marketing(segment: Doc) -> bool:
    """Return whether writing to a segment takes the consent of each of its customers."""
    return segment["communication_type"] == CommunicationType.MARKETING


def _finish(store: Store, run: Run) -> None:
    with store.transaction():
        campaign = run.campaign(store, CampaignStatus.CALCULATING)
        if campaign is None:
            return
        if campaign["total_recipients"] == 0:
            reasons = ", ".join(f"{reason} {count}" for reason, count in campaign["skipped"].items() if count)
            fail(store, campaign, f"Nobody can be reached · of {campaign['user_count']} in the segment: {reasons or 0}")
            return
        campaign["status"] = CampaignStatus.SENDING
        save(store, campaign)
