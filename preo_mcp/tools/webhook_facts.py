"""What a person is shown before customer data is sent somewhere, or what guards it changes: where to, what, of whom."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import MISSING

from preo_mcp.errors import NotFoundError, PermissionDeniedError, ValidationError
from preo_mcp.guardrails.facts import Facts
from preo_mcp.models.auth import UserInfo
from preo_mcp.models.base import Page
from preo_mcp.models.editions import EditionDetail
from preo_mcp.models.webhook_urls import host_of, why_not_a_target
from preo_mcp.models.webhooks import ROTATION_HOURS, DeliveryStatus, ListDeliveriesQuery, ListedDelivery, ShownWebhook
from preo_mcp.operations import (
    CREATE_WEBHOOK,
    DELETE_WEBHOOK,
    GET_EDITION,
    GET_USER_INFO,
    GET_WEBHOOK,
    LIST_WEBHOOK_DELIVERIES,
    ROTATE_WEBHOOK_SECRET,
    UPDATE_WEBHOOK,
    Operation,
)
from preo_mcp.preo import Preo
from preo_mcp.secret_files import new_path

LOOKER = "staff"
"""The role that may look and not change (inferred)."""
RECENT_DAYS = 7
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
        new_path(preo.settings, secret_file)
    organization = await _organization(preo, CREATE_WEBHOOK, organization_id)
    edition = await _edition(preo, CREATE_WEBHOOK, None if edition_id is MISSING else edition_id, organization_id)
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
    organization = await _organization(preo, UPDATE_WEBHOOK, webhook.organization_id)
    edition = await _edition(
        preo, UPDATE_WEBHOOK, changed.get("edition_id", webhook.edition_id), webhook.organization_id
    )
    after = webhook.model_copy(update=changed)
    lines = (
        ("Webhook", _named(webhook)),
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
    organization = await _organization(preo, DELETE_WEBHOOK, webhook.organization_id)
    lines = (
        ("Webhook", f"{_named(webhook)}, {'active' if webhook.is_active else 'not active'}"),
        ("URL", webhook.url or "unknown"),
        ("Events", ", ".join(webhook.events or [])),
        ("Organization", organization),
        ("Edition", webhook.edition_id or "all editions"),
        (f"Deliveries in the last {RECENT_DAYS} days", await _recent(preo, webhook_id)),
        (
            "Pending deliveries",
            f"{await _recent(preo, webhook_id, DeliveryStatus.PENDING)}; they are not sent any more",
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
        new_path(preo.settings, secret_file)
    webhook = await get_endpoint(preo, webhook_id)
    organization = await _organization(preo, ROTATE_WEBHOOK_SECRET, webhook.organization_id)
    older = webhook.previous_secret_expires_at
    lines = [
        ("Webhook", _named(webhook)),
        ("Organization", organization),
        ("Who uses the secret", f"the receiver at {host_of(webhook.url or '') or 'an unknown host'}"),
        (f"Deliveries in the last {RECENT_DAYS} days", await _recent(preo, webhook_id)),
        ("The old secret", f"{webhook.secret or 'unknown'}, signs along for {ROTATION_HOURS} hours, then ends"),
        ("The new secret goes", "to Preo only" if secret_file is MISSING else f"to the file {secret_file}"),
    ]
    if older is not None and older > datetime.now(UTC):
        lines.append(("A still older secret", f"valid until {older:%Y-%m-%d %H:%M} UTC, ends at once"))
    return Facts("Give this webhook a new secret?", tuple(lines))


async def get_endpoint(preo: Preo, webhook_id: str) -> ShownWebhook:
    """Return an endpoint as it stands now, its secret masked.

    Raises:
        PreoError: it cannot be had.
    """
    return await preo.call(GET_WEBHOOK, ShownWebhook, id=webhook_id)


def _must_be_target(operation: Operation, url: str) -> None:
    why = why_not_a_target(url)
    if why is not None:
        raise ValidationError(f"{operation.title} was not done", why, "Ask the user for the receiver's URL.")


async def _organization(preo: Preo, operation: Operation, organization_id: str | None) -> str:
    """Return the organization as a person reads it, if the token's user may change things in it."""
    try:
        info = await preo.call(GET_USER_INFO, UserInfo)
    except NotFoundError:  # its path is inferred; then the API itself says no
        return organization_id or "unknown"
    for organization in info.organizations:
        if organization.id == organization_id:
            if organization.role == LOOKER:
                raise PermissionDeniedError(
                    f"{operation.title} was not done",
                    f"the token's user is {LOOKER} in {organization_id}",
                    "Use a token of a manager or admin; calling again does not help.",
                )
            return f"{organization.name or 'unnamed'} ({organization.id})"
    return organization_id or "unknown"


async def _edition(preo: Preo, operation: Operation, edition_id: str | None, organization_id: str | None) -> str:
    if edition_id is None:
        return "all editions"
    edition = await preo.call(GET_EDITION, EditionDetail, id=edition_id)
    if organization_id is not None and edition.organization_id not in (None, organization_id):
        raise ValidationError(
            f"{operation.title} was not done",
            f"the edition is of another organization ({edition.organization_id})",
            "Choose an edition of the webhook's organization with list_editions.",
        )
    return f"{edition.full_name or edition.name} ({edition.id})"


async def _recent(preo: Preo, webhook_id: str, status: DeliveryStatus | MISSING = MISSING) -> str:
    """Return how many deliveries there were, roughly: each new one would otherwise be a new question."""
    since = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=RECENT_DAYS)
    query = ListDeliveriesQuery(status=status, created_after=since, page_size=1)
    if status is not MISSING:
        query = query.model_copy(update={"created_after": MISSING})
    count = (await preo.call(LIST_WEBHOOK_DELIVERIES, Page[ListedDelivery], query=query, id=webhook_id)).count
    if count < 10:
        return str(count)
    unit = 10 ** (len(str(count)) - 1)
    return f"{count // unit * unit} or more"


def _named(webhook: ShownWebhook) -> str:
    return f"{webhook.name or 'unnamed'} ({webhook.id})"


def _change(before: str | None, after: str | None) -> str:
    return before or "none" if before == after else f"{before or 'none'} → {after or 'none'}"


def _yes(value: bool | None) -> str:  # noqa: FBT001 - a field's value
    return "unknown" if value is None else "yes" if value else "no"
