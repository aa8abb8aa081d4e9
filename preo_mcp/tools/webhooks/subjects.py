"""What a webhook is about, as a person reads it: the endpoint, its organization and edition, its deliveries."""

from datetime import UTC, datetime, timedelta

from preo_mcp.api.errors import NotFoundError, ValidationError
from preo_mcp.api.models.base import Page
from preo_mcp.api.models.editions import EditionDetail
from preo_mcp.api.models.webhooks import ListDeliveriesQuery, ListedDelivery, ShownWebhook, Webhook
from preo_mcp.api.operations import GET_EDITION, GET_WEBHOOK, LIST_WEBHOOK_DELIVERIES, Operation
from preo_mcp.approval.wording import Count, Message, Words, say
from preo_mcp.calls.preo import Preo
from preo_mcp.files.secret_files import SecretFile
from preo_mcp.tools.fact_words import ALL_EDITIONS, UNKNOWN, named
from preo_mcp.tools.roles import must_manage

RECENT_DAYS = 7
EXACT_BELOW = 10
"""Counts from here on are told roughly."""


async def get_endpoint(preo: Preo, webhook_id: str) -> ShownWebhook:
    """Return an endpoint as it stands now, its secret masked.

    Raises:
        PreoError: it cannot be fetched.
    """
    return await preo.request(GET_WEBHOOK, ShownWebhook, id=webhook_id)


async def organization_in_words(preo: Preo, operation: Operation, organization_id: str | None) -> Words:
    """Return the organization of an endpoint, if the token's user may change things in it.

    Raises:
        PermissionDeniedError: they may only look.
        PreoError: it cannot be fetched.
    """
    organization = await must_manage(preo, organization_id, operation)
    return named(organization.name, organization.id) if organization else organization_id or UNKNOWN


async def edition_in_words(
    preo: Preo, operation: Operation, edition_id: str | None, organization_id: str | None
) -> Message:
    """Return the edition that an endpoint is limited to, which has to be of its organization.

    Raises:
        ValidationError: it is another's.
        PreoError: it cannot be fetched.
    """
    if edition_id is None:
        return ALL_EDITIONS
    edition = await preo.request(GET_EDITION, EditionDetail, id=edition_id)
    if organization_id is not None and edition.organization_id not in (None, organization_id):
        raise ValidationError(
            f"{operation.title} was not done",
            f"the edition is of another organization ({edition.organization_id})",
            "Choose an edition of the webhook's organization with list_editions.",
        )
    return named(edition.full_name or edition.name, edition.id)


async def edition_of(preo: Preo, webhook: ShownWebhook) -> Words:
    """Return the edition that an endpoint is limited to now; where Preo does not tell any, that is not all of them.

    Raises:
        PreoError: it cannot be fetched, and is not gone either.
    """
    if webhook.edition_id is None:
        return ALL_EDITIONS if "edition_id" in webhook.model_fields_set else UNKNOWN
    try:
        edition = await preo.request(GET_EDITION, EditionDetail, id=webhook.edition_id)
    except NotFoundError:
        return webhook.edition_id
    return named(edition.full_name or edition.name, edition.id)


def recent() -> ListDeliveriesQuery:
    """Return the query for an endpoint's deliveries of the last days; the same one all day long."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return ListDeliveriesQuery(created_after=today - timedelta(days=RECENT_DAYS), page_size=1)


async def deliveries_in_words(preo: Preo, webhook_id: str, query: ListDeliveriesQuery) -> Words:
    """Return how many deliveries match, roughly where they are many: each new one would be a new question.

    Raises:
        PreoError: they cannot be fetched.
    """
    count = (await preo.request(LIST_WEBHOOK_DELIVERIES, Page[ListedDelivery], query=query, id=webhook_id)).count
    if count < EXACT_BELOW:
        return Count(count)
    unit = 10 ** (len(str(count)) - 1)
    return say("{count} or more", count=Count(count // unit * unit))


def in_words(webhook: ShownWebhook) -> Message:
    """Return an endpoint's name and id."""
    return named(webhook.name, webhook.id)


NOT_SHOWN = (
    "The secret is not shown here: the user opens the webhook in Preo, or runs rotate_webhook_secret with secret_file."
)


class IssuedSecret(ShownWebhook):
    """An endpoint whose secret was made now, and where to find it; the secret itself stays out of the result."""

    secret_file: str | None = None
    next_step: str | None = None


def issued(webhook: Webhook, file: SecretFile | None) -> IssuedSecret:
    """Return an endpoint with its new secret in a file, where one was asked for.

    Raises:
        PreoError: the file cannot be written; the secret was issued all the same.
    """
    if file is None or webhook.secret is None:
        return without_secret(webhook, NOT_SHOWN)
    file.keep(webhook.secret)
    return _shown(webhook).model_copy(update={"secret_file": str(file.path)})


def without_secret(webhook: Webhook, next_step: str) -> IssuedSecret:
    """Return an endpoint whose secret went nowhere, and how to come by it."""
    return _shown(webhook).model_copy(update={"next_step": next_step})


def _shown(webhook: Webhook) -> IssuedSecret:
    return IssuedSecret.model_validate(webhook.model_dump())
