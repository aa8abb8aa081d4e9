"""Limits that hold even with a yes, and what is too large for a yes alone."""

from collections.abc import Collection
from decimal import Decimal

from preo_mcp.api.errors import PermissionDeniedError
from preo_mcp.approval.facts import Facts, Stakes
from preo_mcp.approval.phrases import type_to_confirm
from preo_mcp.approval.wording import Message
from preo_mcp.settings import Settings


def must_be_within_limits(title: str, stakes: Stakes, settings: Settings) -> None:
    """Refuse what goes beyond a limit, or might: what the facts do not tell is beyond.

    Raises:
        PermissionDeniedError: a limit of the settings forbids it.
    """
    most = settings.max_refund_amount
    if stakes.money and most is not None and (stakes.amount is None or stakes.amount > most):
        amount = "unknown" if stakes.amount is None else spelled(stakes.amount, stakes.currency)
        raise _beyond(title, f"the amount is {amount}", "PREO_MAX_REFUND_AMOUNT", f"{most:,.2f}")
    people = stakes.recipients
    if people is not None and settings.max_recipients is not None and people > settings.max_recipients:
        raise _beyond(title, f"it reaches {people:,} people", "PREO_MAX_RECIPIENTS", f"{settings.max_recipients:,}")
    _must_be_among(title, "organization", stakes.organization_id, settings.allowed_organizations)
    _must_be_among(title, "edition", stakes.edition_id, settings.allowed_editions)


def what_to_type(facts: Facts, settings: Settings) -> tuple[str, Message] | None:
    """Return what a person has to type beside their yes, and the sentence that asks for it; None where yes will do."""
    stakes = facts.stakes
    expected = None
    if stakes.money and (stakes.amount is None or stakes.amount > settings.confirm_amount_over):
        expected = stakes.name if stakes.amount is None else spelled(stakes.amount, stakes.currency)
    elif stakes.recipients is not None and stakes.recipients > settings.confirm_recipients_over:
        expected = stakes.name
    return (expected, type_to_confirm(expected)) if expected else None


def spelled(amount: Decimal, currency: str | None) -> str:
    """Return an amount as a person reads it: `1,250.00 DKK`."""
    return f"{amount:,.2f} {currency}" if currency else f"{amount:,.2f}"


def _must_be_among(title: str, kind: str, where: str | None, allowed: Collection[str]) -> None:
    if allowed and where is not None and where not in allowed:
        why = f"the {kind} {where} is outside what PREO_ALLOWED_{kind.upper()}S allows"
        raise PermissionDeniedError(f"{title} was not run", why, "Tell the user; only they can change this setting.")


def _beyond(title: str, figure: str, setting: str, most: str) -> PermissionDeniedError:
    why = f"{figure}, and {setting} allows {most} at most, even with a yes"
    return PermissionDeniedError(f"{title} was not run", why, "Tell the user; only they can change this setting.")
