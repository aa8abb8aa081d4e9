"""The ledger: where plans outlive calls and processes.

Threat: two processes, or two calls in one, that both believe a yes is theirs. A plan is therefore only ever replaced
against its version, and of plans for the same call only one is active.

Threat: between the second look at the facts and the write, a write beside it changes what was approved: another text in
the mail, another condition in the segment. So every write of an account takes its lease: an unasked one for as long as
its request takes, one that a person agreed to from the second look to the read-back. Nobody holds it while waiting for
a person, an upload or an outcome.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Final, Protocol

from preo_mcp.api.errors import PreoError
from preo_mcp.approval.plans import Plan
from preo_mcp.settings import Settings

RETAINED_DAYS: Final = 7
"""How long a plan that nobody can use any longer is kept."""

MOST_TRIES: Final = 20
"""How often a step is tried anew because somebody else took one at the same moment."""


class LedgerError(PreoError):
    """The ledger cannot be read or written: then nothing that needs a yes runs."""


class Lease(Protocol):
    """What a call holds while it writes."""

    async def must_hold(self) -> None:
        """Make sure that it is still held.

        Raises:
            LedgerError: it was lost, so that somebody else may be writing.
        """
        ...

    async def let_go(self) -> None:
        """End it before its time; what ended is not ended again."""
        ...


def taken(seconds: float) -> LedgerError:
    """Return the error of a call that waited `seconds` in vain for another one's lease."""
    why = f"another change to this account is being carried out, and was not over after {seconds:g} s"
    return LedgerError("This call did nothing", why, "Make the call again in a minute.")


class Ledger(Protocol):
    """Keeps plans for all processes of a user, or of a team.

    Every method raises LedgerError where the ledger cannot be read or written.
    """

    async def add(self, plan: Plan) -> Plan:
        """Keep a new plan, and return it; where the call has an active one by now, return that one instead."""
        ...

    async def get(self, plan_id: str) -> Plan | None:
        """Return a plan by its id."""
        ...

    async def active(self, call: str) -> Plan | None:
        """Return the plan that the identical call resumes."""
        ...

    async def last_effect(self, call: str) -> Plan | None:
        """Return the latest plan of the identical call that happened or may have, for as long as it is retained."""
        ...

    async def replace(self, old: Plan, new: Plan, under: Lease | None = None) -> bool:
        """Put `new` in place of `old`; False where `old` is no longer the ledger's present version.

        With `under`, it is only put there while that lease is held: one that was lost raises LedgerError.
        """
        ...

    async def pending(self, now: datetime) -> list[Plan]:
        """Return the plans that wait for an answer and have not expired, oldest first."""
        ...

    async def refunds_since(self, accounts: Sequence[str], moment: datetime) -> int:
        """Return how many refunds of an account, by all that it went by, began since and did not fail.

        What is running or unknown counts.
        """
        ...

    async def purge(self, now: datetime) -> None:
        """Remove what expired or finished more than `RETAINED_DAYS` ago."""
        ...

    def lease(self, account: str, patience: float, lifetime: float) -> AbstractAsyncContextManager[Lease]:
        """Keep all other writes of an account out, in this process and in all others on this ledger.

        `patience` is how many seconds to wait until nobody else holds the lease; then it raises LedgerError. After
        `lifetime` seconds, longer than the longest write, a lease may end by itself, as when its holder died.
        """
        ...

    async def close(self) -> None:
        """Let go of files and connections."""
        ...


async def take(ledger: Ledger, plan_id: str, step: Callable[[Plan], Plan], under: Lease | None = None) -> Plan:
    """Take a step with the plan as it is now, and return the plan after it; `under` is the lease that it needs.

    Raises:
        PlanStateError: the plan cannot take it.
        LedgerError: the ledger cannot be read or written, or has no such plan; the lease was lost.
    """
    for _ in range(MOST_TRIES):
        plan = await ledger.get(plan_id)
        if plan is None:
            raise LedgerError("The plan was not found", "there is none with this id", "Make the call again.")
        after = step(plan)
        if await ledger.replace(plan, after, under):
            return after
    raise LedgerError("The plan was not changed", "others kept changing it", "Make the call again.")


LEDGER_FILE = "plans.db"
REDIS_PLANS: Final = "redis plans"
"""The purpose of the key that authenticates plans in Redis."""


def open_ledger(settings: Settings) -> Ledger:
    """Return the ledger of `settings`: shared through Redis where they name one, else a file in the state folder.

    Nothing is opened before the ledger is first used.

    Raises:
        ConfigurationError: the Redis client is not installed, or its URL is not that of a Redis.
    """
    if settings.ledger_url is not None:
        from preo_mcp.approval.ledgers.redis import RedisLedger
        from preo_mcp.files.keys import Keys

        return RedisLedger(settings.ledger_url, lambda: Keys.of(settings).derived(REDIS_PLANS))
    from preo_mcp.approval.ledgers.sqlite import SqliteLedger

    return SqliteLedger(settings.state_folder / LEDGER_FILE)
