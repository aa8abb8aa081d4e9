"""What a person is shown before customer data is sent somewhere, or what guards it changes: where to, what, of whom."""

from datetime import UTC, datetime
from typing import Any, Final

from pydantic import MISSING

from preo_mcp.api.errors import ValidationError
from preo_mcp.api.models.webhooks import (
    ROTATION_HOURS,
    DeliveryStatus,
    ListDeliveriesQuery,
    ShownWebhook,
    host_of,
    why_not_a_target,
)
from preo_mcp.api.operations import CREATE_WEBHOOK, DELETE_WEBHOOK, ROTATE_WEBHOOK_SECRET, UPDATE_WEBHOOK, Operation
from preo_mcp.approval.facts import CHANGES, DELETES, Facts, Line, Stakes, Yes
from preo_mcp.approval.wording import Count, Message, Moment, Passage, Words, say
from preo_mcp.calls.preo import Preo, together
from preo_mcp.files.secret_files import secret_path
from preo_mcp.tools.fact_words import NONE, UNKNOWN, change, listed, yes_or_no
from preo_mcp.tools.webhooks.subjects import (
    RECENT_DAYS,
    deliveries_in_words,
    edition_in_words,
    edition_of,
    get_endpoint,
    in_words,
    organization_in_words,
    recent,
)

PENDING = ListDeliveriesQuery(status=DeliveryStatus.PENDING, page_size=1)
ASKED = ("url", "events", "edition_id")
"""Changes of what is sent where; of the others only activating an endpoint is asked."""
LEAVES: Final = say("what happened, with the customers and orders concerned, signed with the endpoint's secret")


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
        PreoError: the edition cannot be fetched.
    """
    _must_be_target(CREATE_WEBHOOK, url)
    if secret_file is not MISSING:
        secret_path(preo.settings, secret_file)
    limited_to = None if edition_id is MISSING else edition_id
    organization, edition = await together(
        organization_in_words(preo, CREATE_WEBHOOK, organization_id),
        edition_in_words(preo, CREATE_WEBHOOK, limited_to, organization_id),
    )
    return Facts(
        say("Send customer data to {host} from now on?", host=host_of(url)),
        (
            (say("Name"), str(rest["name"])),
            (say("Organization"), organization),
            (say("Starts"), say("only once it is activated") if is_active is False else say("at once")),
        ),
        stakes=Stakes(organization_id=organization_id, edition_id=limited_to),
        deciding=(
            (say("URL"), Passage(url)),
            (say("Events"), listed(*events)),
            (say("Edition"), edition),
            (say("What is sent"), LEAVES),
        ),
        yes=Yes(say("Send data to {host}", host=host_of(url))),
    )


async def facts_of_update(preo: Preo, webhook_id: str, **arguments: Any) -> Facts | None:
    """Return what a change means for what is sent where; None for a change of name or timeout, and for switching off.

    Raises:
        ValidationError: nothing can be sent to the new URL, or the edition is another organization's.
        PermissionDeniedError: the token's user may only look.
        PreoError: the endpoint or the edition cannot be fetched.
    """
    webhook = await get_endpoint(preo, webhook_id)
    changed = {
        name: value
        for name, value in arguments.items()
        if value is not MISSING and not (name in webhook.model_fields_set and value == getattr(webhook, name))
    }
    is_activated = changed.get("is_active") is True
    if not is_activated and changed.keys().isdisjoint(ASKED):
        return None
    if "url" in changed:
        _must_be_target(UPDATE_WEBHOOK, changed["url"])
    organization, former, edition = await together(
        organization_in_words(preo, UPDATE_WEBHOOK, webhook.organization_id),
        edition_of(preo, webhook),
        edition_in_words(preo, UPDATE_WEBHOOK, changed.get("edition_id"), webhook.organization_id),
    )
    after = webhook.model_copy(update=changed)
    return Facts(
        say("Change what customer data {webhook} sends where?", webhook=webhook.name or webhook.id),
        (
            (say("Webhook"), in_words(webhook)),
            (say("Organization"), organization),
            (say("Active"), _change(yes_or_no(webhook.is_active), yes_or_no(after.is_active))),
            (say("What is sent"), LEAVES),
        ),
        stakes=Stakes(organization_id=webhook.organization_id, edition_id=after.edition_id),
        deciding=(
            (say("URL"), _change(_url(webhook), _url(after))),
            (say("Events"), _change(_events(webhook), _events(after))),
            (say("Edition"), change(former, edition) if "edition_id" in changed else former),
        ),
        yes=CHANGES,
    )


async def facts_of_delete(preo: Preo, webhook_id: str) -> Facts:
    """Return which endpoint would stop hearing of anything.

    Raises:
        PermissionDeniedError: the token's user may only look.
        PreoError: the endpoint or its deliveries cannot be fetched.
    """
    webhook = await get_endpoint(preo, webhook_id)
    organization, edition, pending, deliveries = await together(
        organization_in_words(preo, DELETE_WEBHOOK, webhook.organization_id),
        edition_of(preo, webhook),
        deliveries_in_words(preo, webhook_id, PENDING),
        _recent_deliveries(preo, webhook_id),
    )
    return Facts(
        say("Delete the webhook {webhook} with the record of its deliveries?", webhook=webhook.name or webhook.id),
        (
            (say("Webhook"), in_words(webhook)),
            (say("Organization"), organization),
            (say("Edition"), edition),
            deliveries,
            (say("Pending deliveries"), say("{count}; they are not sent any more", count=pending)),
        ),
        stakes=_stakes(webhook),
        deciding=(
            (say("Active"), yes_or_no(webhook.is_active)),
            (say("URL"), _url(webhook)),
            (say("Events"), _events(webhook)),
        ),
        yes=DELETES,
    )


async def facts_of_rotate(preo: Preo, webhook_id: str, secret_file: str | MISSING) -> Facts:
    """Return who has to learn the new secret, and by when.

    Raises:
        ValidationError: `secret_file` will not do.
        PermissionDeniedError: the token's user may only look.
        PreoError: the endpoint or its deliveries cannot be fetched.
    """
    if secret_file is not MISSING:
        secret_path(preo.settings, secret_file)
    webhook = await get_endpoint(preo, webhook_id)
    organization, deliveries = await together(
        organization_in_words(preo, ROTATE_WEBHOOK_SECRET, webhook.organization_id),
        _recent_deliveries(preo, webhook_id),
    )
    older = webhook.previous_secret_expires_at
    receiver = host_of(webhook.url or "") or UNKNOWN
    goes_to = say("to Preo only") if secret_file is MISSING else say("to the file {file}", file=secret_file)
    lines: list[Line] = [
        (say("Webhook"), in_words(webhook)),
        (say("Organization"), organization),
        (say("Who uses the secret"), say("the receiver at {host}", host=receiver)),
        deliveries,
        (say("The old secret"), _ending(webhook)),
        (say("The new secret goes"), goes_to),
    ]
    if older is not None and older > datetime.now(UTC):
        lines.append((say("A still older secret"), say("valid until {time}, ends at once", time=Moment(older))))
    question = say("Give the webhook {webhook} a new secret?", webhook=webhook.name or webhook.id)
    return Facts(question, tuple(lines), stakes=_stakes(webhook), yes=Yes(say("Give a new secret")))


def _ending(webhook: ShownWebhook) -> Message:
    secret, hours = webhook.secret or UNKNOWN, Count(ROTATION_HOURS)
    return say("{secret}, signs along for {hours} hours, then ends", secret=secret, hours=hours)


async def _recent_deliveries(preo: Preo, webhook_id: str) -> Line:
    label = say("Deliveries in the last {days} days", days=Count(RECENT_DAYS))
    return (label, await deliveries_in_words(preo, webhook_id, recent()))


def _stakes(webhook: ShownWebhook) -> Stakes:
    return Stakes(organization_id=webhook.organization_id, edition_id=webhook.edition_id)


def _must_be_target(operation: Operation, url: str) -> None:
    why = why_not_a_target(url)
    if why is not None:
        raise ValidationError(f"{operation.title} was not done", why, "Ask the user for the receiver's URL.")


def _url(webhook: ShownWebhook) -> Words:
    return Passage(webhook.url) if webhook.url else UNKNOWN


def _events(webhook: ShownWebhook) -> Words:
    return UNKNOWN if webhook.events is None else listed(*webhook.events)


def _change(before: Words | None, after: Words | None) -> Words:
    return before or NONE if before == after else change(before, after)
