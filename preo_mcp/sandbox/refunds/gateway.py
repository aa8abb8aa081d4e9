"""A simulated payment gateway: it decides by the seed, and pays each refund at most once.

Its ledger stands for what an outside system remembers: a submission is written in a transaction of its own, and one
that was made before is answered as it was. A failed refund that is approved again is a new attempt.
"""

import hashlib
from dataclasses import astuple, dataclass
from typing import Final

from preo_mcp.sandbox.store import Store

FAILING_PERCENT: Final = 5
SEED_KEY: Final = "seed"
"""The key in `meta` of the number that the store was seeded with."""

FAILURES: Final = (
    "card_expired: the card that was paid with has expired; the issuer does not accept the refund.",
    "account_closed: the account behind the payment was closed.",
    "insufficient_balance: the merchant account's balance does not cover the refund.",
    "issuer_unavailable: the card issuer did not answer in time; nothing was paid.",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the gateway decided, and in which words."""

    succeeded: bool
    response: str


@dataclass(frozen=True, slots=True)
class Submission:
    """An attempt to pay a refund's `amount` in minor units."""

    refund_id: str
    attempt: int
    amount: int
    currency: str


def submit(store: Store, submission: Submission) -> None:
    """Hand in an attempt; handing it in again changes nothing."""
    decided = decide(seed_of(store), submission.refund_id, submission.attempt)
    record(store, submission, decided, store.now())


def record(store: Store, submission: Submission, decided: Outcome, moment: str) -> None:
    """Write what was decided on a submission, unless it was decided before."""
    store.db.execute(
        "INSERT INTO gateway_ledger VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (refund_id, attempt) DO NOTHING",
        (*astuple(submission), decided.succeeded, decided.response, moment),
    )


def outcome(store: Store, refund_id: str, attempt: int) -> Outcome | None:
    """Return what the gateway decided on an attempt, or None where it was not handed in."""
    row = store.db.execute(
        "SELECT succeeded, response FROM gateway_ledger WHERE refund_id = ? AND attempt = ?", (refund_id, attempt)
    ).fetchone()
    return None if row is None else Outcome(bool(row[0]), row[1])


def decide(seed: str, refund_id: str, attempt: int) -> Outcome:
    """Return how an attempt ends: always the same for the same seed, refund and attempt."""
    digest = hashlib.blake2b(f"{seed}:{refund_id}:{attempt}".encode(), digest_size=8).digest()
    number = int.from_bytes(digest)
    if number % 100 < FAILING_PERCENT:
        return Outcome(succeeded=False, response=FAILURES[number // 100 % len(FAILURES)])
    return Outcome(succeeded=True, response=approval(f"{refund_id}:{attempt}"))


def approval(of: str) -> str:
    """Return the words in which the gateway approves, with a reference that is made of `of`."""
    return f"approved: reference {hashlib.blake2b(of.encode(), digest_size=6).hexdigest().upper()}."


def seed_of(store: Store) -> str:
    """Return the number that the store was seeded with, as text."""
    row = store.db.execute("SELECT value FROM meta WHERE key = ?", (SEED_KEY,)).fetchone()
    return "" if row is None else row[0]
