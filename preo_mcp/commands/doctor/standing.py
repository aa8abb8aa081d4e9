"""What an account rests on here: whose the token is, whether the clocks agree, and whether what is written can be."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from preo_mcp.api.errors import PreoError
from preo_mcp.api.models.users import UserInfo, in_one_line
from preo_mcp.audit.trail import audit_path
from preo_mcp.backend import Backend
from preo_mcp.settings import Settings

TOLERATED: Final = timedelta(seconds=60)
"""How far the clocks may be apart: a question's age and the audit's times go by this computer's."""

Check = tuple[bool, str]
"""Whether something is as it should be, and a line about it."""


def owner_check(user: UserInfo, settings: Settings) -> Check:
    """Return whose the token is, and what may be done with it here."""
    owner = in_one_line(user.model_dump(include={"first_name", "last_name", "email"})) or user.id
    kept = "only reads, by the settings" if settings.read_only else "may do what that role allows"
    return True, f"it belongs to {owner}, and {kept}"


def clock_check(date: str | None, now: datetime) -> Check | None:
    """Return whether this computer's clock agrees with Preo's; None where Preo did not tell the time.

    Args:
        date: The Date header of an answer (RFC 9110), in whole seconds.
        now: This computer's time when it came.
    """
    try:
        theirs = parsedate_to_datetime(date or "")
    except ValueError:
        return None
    theirs = theirs.replace(tzinfo=theirs.tzinfo or UTC)
    apart = now - theirs
    if abs(apart) <= TOLERATED:
        return True, "this computer's clock agrees with Preo's"
    side = "ahead of" if apart > timedelta(0) else "behind"
    return False, f"this computer's clock is {abs(apart).total_seconds():.0f} s {side} Preo's; set it by the network"


async def state_check(settings: Settings) -> AsyncIterator[Check]:
    """Yield whether the ledger and the audit can be written; both are written to."""
    async with Backend.opened(settings) as backend:
        where = "the shared ledger" if settings.ledger_url is not None else f"the ledger in {settings.state_folder}"
        try:
            await backend.guardrails.ledger.purge(datetime.now(UTC))  # as the server does: what expired long ago goes
            yield True, f"{where} can be written"
        except PreoError as exc:
            yield False, str(exc)
        try:
            backend.audit.must_be_writable()
            yield True, f"the audit {audit_path(settings)} can be written"
        except PreoError as exc:
            yield False, str(exc)
