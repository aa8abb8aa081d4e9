"""What a webhook is about, as a person reads it: the endpoint, its organization and edition, its deliveries."""

from datetime import UTC, datetime, timedelta

from preo_mcp.errors import ValidationError
from preo_mcp.guardrails.wording import Figure, Message, Words, say
from preo_mcp.models.base import Page
from preo_mcp.models.editions import EditionDetail
from preo_mcp.models.webhooks import ListDeliveriesQuery, ListedDelivery, ShownWebhook
from preo_mcp.operations import GET_EDITION, GET_WEBHOOK, LIST_WEBHOOK_DELIVERIES, Operation
from preo_mcp.preo import Preo
from preo_mcp.tools.fact_words import ALL_EDITIONS, UNKNOWN, named
from preo_mcp.tools.roles import must_manage

RECENT_DAYS = 7
EXACT_BELOW = 10
"""Counts from here on are told roughly."""


async def get_endpoint(preo: Preo, webhook_id: str) -> ShownWebhook:
    """Return an endpoint as it stands now, its secret masked.

    Raises:
        PreoError: it cannot be had.
    """
    return await preo.call(GET_WEBHOOK, ShownWebhook, id=webhook_id)


async def organization_in_words(preo: Preo, operation: Operation, organization_id: str | None) -> Words:
    """Return the organization of an endpoint, if the token's user may change things in it.

    Raises:
        PermissionDeniedError: they may only look.
        PreoError: it cannot be had.
    """
    organization = await must_manage(preo, organization_id, operation)
    return named(organization.name, organization.id) if organization else organization_id or UNKNOWN


async def edition_in_words(
    preo: Preo, operation: Operation, edition_id: str | None, organization_id: str | None
) -> Message:
    """Return the edition that an endpoint is limited to, which has to be of its organization.

    Raises:
        ValidationError: it is another's.
        PreoError: it cannot be had.
    """
    if edition_id is None:
        return ALL_EDITIONS
    edition = await preo.call(GET_EDITION, EditionDetail, id=edition_id)
    if organization_id is not None and edition.organization_id not in (None, organization_id):
        raise ValidationError(
            f"{operation.title} was not done",
            f"the edition is of another organization ({edition.organization_id})",
            "Choose an edition of the webhook's organization with list_editions.",
        )
    return named(edition.full_name or edition.name, edition.id)


def recent() -> ListDeliveriesQuery:
    """Return the query for an endpoint's deliveries of the last days; the same one all day long."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return ListDeliveriesQuery(created_after=today - timedelta(days=RECENT_DAYS), page_size=1)


async def deliveries_in_words(preo: Preo, webhook_id: str, query: ListDeliveriesQuery) -> Words:
    """Return how many deliveries match, roughly where they are many: each new one would be a new question.

    Raises:
        PreoError: they cannot be had.
    """
    count = (await preo.call(LIST_WEBHOOK_DELIVERIES, Page[ListedDelivery], query=query, id=webhook_id)).count
    if count < EXACT_BELOW:
        return Figure(count)
    unit = 10 ** (len(str(count)) - 1)
    return say("{count} or more", count=Figure(count // unit * unit))


def in_words(webhook: ShownWebhook) -> Message:
    """Return an endpoint's name and id."""
    return named(webhook.name, webhook.id)
