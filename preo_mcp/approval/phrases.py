"""What every way to ask says to a person: each sentence once, for all of them and all languages."""

from datetime import datetime
from typing import Final

from preo_mcp.approval.wording import Figure, Message, say

DO_IT: Final = say("Yes, do it")
APPROVE: Final = say("Approve")
DECLINE: Final = say("Decline")
WAITING: Final = say("Waiting for your answer")
EXPIRED: Final = say("This question has expired.")
APPROVED: Final = say("Approved. You can close this page.")
DECLINED: Final = say("Declined. Nothing was done.")
DOES_NOT_MATCH: Final = say("What you typed does not match.")
WHO_ASKS: Final = say("Requested by the assistant through preo-mcp")
SAME_CALL: Final = say("The same call before")
ACCOUNT: Final = say("Account")


def type_to_confirm(expected: str) -> Message:
    """Ask for the name or the amount to be typed."""
    return say("Type {expected} to confirm", expected=expected)


def already_done(time: datetime) -> Message:
    """Say that the identical call was carried out before; `time` in UTC."""
    return say("carried out at {time} UTC", time=Figure(f"{time:%Y-%m-%d %H:%M}"))


def already_unknown(time: datetime) -> Message:
    """Say that the identical call was tried before and nobody knows what came of it; `time` in UTC."""
    spelled = Figure(f"{time:%Y-%m-%d %H:%M}")
    return say("tried at {time} UTC with an unknown outcome: check in Preo first", time=spelled)
