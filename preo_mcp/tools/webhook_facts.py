"""What a person is shown before customer data is sent somewhere, or what guards it changes: where to, what, of whom."""

from datetime import UTC, datetime
from typing import Any

from pydantic import MISSING

from preo_mcp.errors import ValidationError
from preo_mcp.guardrails.facts import Facts
from preo_mcp.models.webhook_urls import host_of, why_not_a_target
from preo_mcp.models.webhooks import ROTATION_HOURS, DeliveryStatus, ListDeliveriesQuery
from preo_mcp.operations import CREATE_WEBHOOK, DELETE_WEBHOOK, ROTATE_WEBHOOK_SECRET, UPDATE_WEBHOOK, Operation
from preo_mcp.preo import Preo
from preo_mcp.secret_files import secret_path
from preo_mcp.tools.webhook_subjects import (
    RECENT_DAYS,
    deliveries_in_words,
    edition_in_words,
    get_endpoint,
    in_words,
    organization_in_words,
    recent,
)

PENDING = ListDeliveriesQuery(status=DeliveryStatus.PENDING, page_size=1)
ASKED = ("url", "events", "edition_id")
"""Changes of what is sent where; of the others only activating an endpoint is asked."""
LEAVES = "what happened, with the customers and orders concerned, signed with the endpoint's secret"


async def facts_of_create(
    preo: Preo,
    organization_id: str,
    url: str,
    events: list[str],
    edition_id: str | MISSING | None,
    is_active: bool | MISSING,  # noqa: FBT001 - the tool's arguments
    secret_file: str | MISSING,
    **rest: Any,
) -> Facts:
    """Return where customer data would go from now on; `rest` are the tool's other arguments.

    Raises:
        ValidationError: nothing can be sent to the URL, the edition is another organization's, or `secret_file` will
            not do.
        PermissionDeniedError: the token's user may only look.
        PreoError: the edition cannot be had.
    """
    _must_be_target(CREATE_WEBHOOK, url)
    if secret_file is not MISSING:
        secret_path(preo.settings, secret_file)
    organization = await organization_in_words(preo, CREATE_WEBHOOK, organization_id)
    edition = await edition_in_words(
        preo, CREATE_WEBHOOK, None if edition_id is MISSING else edition_id, organization_id
    )
    lines = (
        ("Name", str(rest["name"])),
        ("URL", url),
        ("Host", host_of(url)),
        ("Events", ", ".join(events)),
        ("Organization", organization),
        ("Edition", edition),
        ("What is sent", LEAVES),
        ("Starts", "only once it is activated" if is_active is False else "at once"),
    )
    return Facts("Send customer data to this address from now on?", lines)


async def facts_of_update(preo: Preo, webhook_id: str, **arguments: Any) -> Facts | None:
    """Return what a change means for what is sent where; None for a change of name or timeout, and for switching off.

    Raises:
        ValidationError: nothing can be sent to the new URL, or the edition is another organization's.
        PermissionDeniedError: the token's user may only look.
        PreoError: the endpoint or the edition cannot be had.
    """
    webhook = await get_endpoint(preo, webhook_id)
    given = {name: value for name, value in arguments.items() if value is not MISSING}
    changed = {name: value for name, value in given.items() if value != getattr(webhook, name)}
    is_activated = changed.get("is_active") is True
    if not is_activated and changed.keys().isdisjoint(ASKED):
        return None
    if "url" in changed:
        _must_be_target(UPDATE_WEBHOOK, changed["url"])
    organization = await organization_in_words(preo, UPDATE_WEBHOOK, webhook.organization_id)
    edition = await edition_in_words(
        preo, UPDATE_WEBHOOK, changed.get("edition_id", webhook.edition_id), webhook.organization_id
    )
    after = webhook.model_copy(update=changed)
    lines = (
        ("Webhook", in_words(webhook)),
        ("URL", _change(webhook.url, after.url)),
        ("Host", _change(host_of(webhook.url or ""), host_of(after.url or ""))),
        ("Events", _change(", ".join(webhook.events or []), ", ".join(after.events or []))),
        ("Organization", organization),
        ("Edition", edition if "edition_id" not in changed else f"{webhook.edition_id or 'all editions'} → {edition}"),
        ("Active", _change(_yes(webhook.is_active), _yes(after.is_active))),
        ("What is sent", LEAVES),
    )
    return Facts("Change what customer data is sent where?", lines)


async def facts_of_delete(preo: Preo, webhook_id: str) -> Facts:
    """Return which endpoint would stop hearing of anything.

    Raises:
        PermissionDeniedError: the token's user may only look.
        PreoError: the endpoint or its deliveries cannot be had.
    """
    webhook = await get_endpoint(preo, webhook_id)
    organization = await organization_in_words(preo, DELETE_WEBHOOK, webhook.organization_id)
    lines = (
        ("Webhook", f"{in_words(webhook)}, {'active' if webhook.is_active else 'not active'}"),
        ("URL", webhook.url or "unknown"),
        ("Events", ", ".join(webhook.events or [])),
        ("Organization", organization),
        ("Edition", webhook.edition_id or "all editions"),
        (f"Deliveries in the last {RECENT_DAYS} days", await deliveries_in_words(preo, webhook_id, recent())),
        (
            "Pending deliveries",
            f"{await deliveries_in_words(preo, webhook_id, PENDING)}; they are not sent any more",
        ),
    )
    return Facts("Delete this webhook with the record of its deliveries?", lines)


async def facts_of_rotate(preo: Preo, webhook_id: str, secret_file: str | MISSING) -> Facts:
    """Return who has to learn the new secret, and by when.

    Raises:
        ValidationError: `secret_file` will not do.
        PermissionDeniedError: the token's user may only look.
        PreoError: the endpoint or its deliveries cannot be had.
    """
    if secret_file is not MISSING:
        secret_path(preo.settings, secret_file)
    webhook = await get_endpoint(preo, webhook_id)
    organization = await organization_in_words(preo, ROTATE_WEBHOOK_SECRET, webhook.organization_id)
    older = webhook.previous_secret_expires_at
    lines = [
        ("Webhook", in_words(webhook)),
        ("Organization", organization),
        ("Who uses the secret", f"the receiver at {host_of(webhook.url or '') or 'an unknown host'}"),
        (f"Deliveries in the last {RECENT_DAYS} days", await deliveries_in_words(preo, webhook_id, recent())),
        ("The old secret", f"{webhook.secret or 'unknown'}, signs along for {ROTATION_HOURS} hours, then ends"),
        ("The new secret goes", "to Preo only" if secret_file is MISSING else f"to the file {secret_file}"),
    ]
    if older is not None and older > datetime.now(UTC):
        lines.append(("A still older secret", f"valid until {older:%Y-%m-%d %H:%M} UTC, ends at once"))
    return Facts("Give this webhook a new secret?", tuple(lines))


def _must_be_target(operation: Operation, url: str) -> None:
    why = why_not_a_target(url)
    if why is not None:
        raise ValidationError(f"{operation.title} was not done", why, "Ask the user for the receiver's URL.")


def _change(before: str | None, after: str | None) -> str:
    return before or "none" if before == after else f"{before or 'none'} → {after or 'none'}"


def _yes(value: bool | None) -> str:  # noqa: FBT001 - a field's value
    return "unknown" if value is None else "yes" if value else "no"
