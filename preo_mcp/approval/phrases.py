"""What every way to ask says to a person: each sentence once, for all of them and all languages."""

from datetime import datetime
from typing import Final

from preo_mcp.approval.wording import Amount, Count, Figure, Message, Moment, say

DO_IT: Final = say("Yes, do it")
APPROVE: Final = say("Approve")
DECLINE: Final = say("Decline")
WAITING: Final = say("Waiting for your answer")
EXPIRED: Final = say("This question has expired.")
DECLINED: Final = say("Declined. Nothing was done.")
DOES_NOT_MATCH: Final = say("What you typed does not match.")
WHO_ASKS: Final = say("Requested by the assistant through preo-mcp")
SAME_CALL: Final = say("The same call before")
ACCOUNT: Final = say("Account")
UNKNOWN: Final = say("unknown")
DELETE: Final = say("Delete")
CHANGE: Final = say("Change")


def type_to_confirm(expected: str | Amount) -> Message:
    """Ask for the name or the amount to be typed."""
    return say("Type {expected} to confirm", expected=expected)


def already_done(time: datetime) -> Message:
    """Say that the identical call was carried out before."""
    return say("carried out at {time}", time=Moment(time))


def already_unknown(time: datetime) -> Message:
    """Say that the identical call was tried before and nobody knows what came of it."""
    return say("tried at {time} with an unknown outcome: check in Preo first", time=Moment(time))


def characters_left_out(count: int) -> Message:
    """Say after a text how many of its characters are not shown."""
    return say("characters left out: {count}", count=Count(count))


def left_out(count: int) -> Message:
    """Say after several values how many more there are."""
    return say("left out: {count}", count=Count(count))


def length_left_out(length: int, count: int) -> Message:
    """Say after the ends of a passage how long it is, and how much of that is not shown."""
    return say("characters in all: {length}, left out here: {count}", length=Count(length), count=Count(count))


def ends_with(length: int, end: str) -> Message:
    """Say below a whole passage how long it is and how it ends: whoever does not scroll sees it nevertheless."""
    return say("characters in all: {length}, ending with {end}", length=Count(length), end=end)


def leads_to(hosts: Figure) -> Message:
    """Say where the links of a passage lead."""
    return say("links to {hosts}", hosts=hosts)


def sent_in_parts(length: int, parts: int) -> Message:
    """Say below a text message how long it is as it stands, and in how many parts that is sent and paid for."""
    return say("characters: {length}, sent in parts: {parts}", length=Count(length), parts=Count(parts))
