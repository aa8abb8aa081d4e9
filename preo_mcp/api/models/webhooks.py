"""Webhooks: endpoints (fields observed), deliveries to them (fields inferred), and which URLs can be their targets."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final, cast
from urllib.parse import SplitResult, urlsplit

from pydantic import MISSING, BeforeValidator, Field, WithJsonSchema, model_validator

from preo_mcp.api.models.base import Embedded, PageQuery, Request, Response

URL_MAX_LENGTH: Final = 2_000
"""Inferred."""
SCHEMES: Final = frozenset({"http", "https"})

WEBHOOK_NAME_MAX_LENGTH: Final = 200
MAX_EVENTS: Final = 50
SHORTEST_TIMEOUT, DEFAULT_TIMEOUT, LONGEST_TIMEOUT = 1, 10, 30
"""Seconds; these limits are inferred."""
ROTATION_HOURS: Final = 24
"""How long the secret before a rotation still signs (inferred)."""
SHOWN_OF_SECRET: Final = 4
"""Characters at the end of a masked secret."""
CUT: Final = "…"
"""What stands in a masked secret for the rest of it; no secret has it."""


class WebhookEvent(StrEnum):
    """What can be sent (ORDER_COMPLETED is documented, the others are inferred; the list may be incomplete)."""

    ORDER_COMPLETED = "ORDER_COMPLETED"
    REFUND_PROCESSED = "REFUND_PROCESSED"
    REFUND_FAILED = "REFUND_FAILED"
    DATA_IMPORT_COMPLETED = "DATA_IMPORT_COMPLETED"
    DATA_IMPORT_FAILED = "DATA_IMPORT_FAILED"
    CAMPAIGN_SENT = "CAMPAIGN_SENT"
    CAMPAIGN_FAILED = "CAMPAIGN_FAILED"


class DeliveryStatus(StrEnum):
    """Where a delivery stands: pending ones are tried again by themselves (inferred)."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class DeliveryError(StrEnum):
    """What went wrong at a delivery's last try (inferred)."""

    HTTP_STATUS = "http_status"
    REDIRECT = "redirect"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    PROTOCOL = "protocol"
    HOST_NOT_ALLOWED = "host_not_allowed"
    ENDPOINT_INACTIVE = "endpoint_inactive"


class WebhookOrdering(StrEnum):
    """How a list of webhook endpoints can be ordered; `-` is descending."""

    CREATED = "created"
    CREATED_DESC = "-created"
    MODIFIED = "modified"
    MODIFIED_DESC = "-modified"
    NAME = "name"
    NAME_DESC = "-name"


class DeliveryOrdering(StrEnum):
    """How a list of deliveries can be ordered (inferred); `-` is descending."""

    CREATED = "created"
    CREATED_DESC = "-created"
    STATUS = "status"
    STATUS_DESC = "-status"
    EVENT_TYPE = "event_type"
    EVENT_TYPE_DESC = "-event_type"


class ListWebhooksQuery(PageQuery):
    """The query of List webhook endpoints."""

    edition_id: str | MISSING = MISSING
    organization_id: str | MISSING = MISSING
    is_active: bool | MISSING = MISSING
    ordering: list[WebhookOrdering] | MISSING = MISSING


class ListDeliveriesQuery(PageQuery):
    """The query of List deliveries for webhook endpoint (inferred)."""

    status: DeliveryStatus | MISSING = MISSING
    event_type: str | MISSING = MISSING
    created_after: datetime | MISSING = MISSING
    created_before: datetime | MISSING = MISSING
    ordering: list[DeliveryOrdering] | MISSING = MISSING


KnownEvent = Annotated[
    str, WithJsonSchema({"anyOf": [{"type": "string", "enum": list(WebhookEvent)}, {"type": "string"}]})
]
WebhookName = Annotated[str, Field(min_length=1, max_length=WEBHOOK_NAME_MAX_LENGTH)]
WebhookUrl = Annotated[str, Field(min_length=1, max_length=URL_MAX_LENGTH)]
WebhookEvents = Annotated[list[KnownEvent], Field(min_length=1, max_length=MAX_EVENTS)]
Timeout = Annotated[int, Field(ge=SHORTEST_TIMEOUT, le=LONGEST_TIMEOUT)]


class CreateWebhookRequest(Request):
    """The body of Create webhook endpoint; without `edition_id` it hears of all editions, and is active by default."""

    organization_id: str
    name: WebhookName
    url: WebhookUrl
    events: WebhookEvents
    edition_id: str | MISSING | None = MISSING
    is_active: bool | MISSING = MISSING
    timeout_seconds: Timeout | MISSING = MISSING


class UpdateWebhookRequest(Request):
    """The body of Update webhook endpoint; what is absent stays, an edition of null means all."""

    name: WebhookName | MISSING = MISSING
    url: WebhookUrl | MISSING = MISSING
    events: WebhookEvents | MISSING = MISSING
    edition_id: str | MISSING | None = MISSING
    is_active: bool | MISSING = MISSING
    timeout_seconds: Timeout | MISSING = MISSING


class Webhook(Response):
    """One endpoint; `secret` is whole in the answers of create and rotate only, and masked elsewhere.

    Until `previous_secret_expires_at` (inferred) deliveries are signed with the secret before the last rotation too.
    """

    id: str
    name: str | None = None
    organization_id: str | None = None
    edition_id: str | None = None
    url: str | None = None
    events: list[str] | None = None
    is_active: bool | None = None
    timeout_seconds: int | None = None
    secret: str | None = Field(default=None, repr=False)
    previous_secret_expires_at: datetime | None = None
    created: datetime | None = None
    modified: datetime | None = None


class ListedWebhook(Embedded):
    """An endpoint as a row of a list: enough to pick one."""

    id: str
    name: str | None = None
    organization_id: str | None = None
    edition_id: str | None = None
    url: str | None = None
    events: list[str] | None = None
    is_active: bool | None = None


class DeliveryRow(Response):
    """A delivery in a list; `attempts` counts all tries, `next_attempt_at` is there while it is pending.

    `order_number` is that of the order that the event is about, if it is about one (inferred).
    """

    id: str
    event_id: str | None = None
    event_type: str | None = None
    status: DeliveryStatus | str | None = None
    attempts: int | None = None
    response_status: int | None = None
    error_kind: DeliveryError | str | None = None
    order_number: str | None = None
    created: datetime | None = None
    last_attempt_at: datetime | None = None
    next_attempt_at: datetime | None = None


class DeliveryRequest(Response):
    """What was sent at the last try, or would be; without the signature before the first try."""

    url: str | None = None
    headers: dict[str, str] | None = None
    body: str | None = None


class DeliveryResponse(Response):
    """What the receiver answered at the last try; `body` is its beginning."""

    status: int | None = None
    headers: dict[str, str] | None = None
    body: str | None = None


class Delivery(DeliveryRow):
    """One delivery in full; `error` says in words what went wrong, `duration_ms` how long the last try took."""

    webhook_id: str | None = None
    error: str | None = None
    duration_ms: int | None = None
    request: DeliveryRequest | None = None
    response: DeliveryResponse | None = None


def _pending_alone(value: object) -> object:
    """Return a delivery without the time of a next try, unless it waits for one."""
    if not isinstance(value, dict) or value.get("status") in (None, DeliveryStatus.PENDING):  # pyright: ignore[reportUnknownMemberType] - of JSON
        return cast("object", value)
    return {name: item for name, item in cast("dict[str, Any]", value).items() if name != "next_attempt_at"}


class ListedDelivery(Embedded):
    """A delivery as a row of a tool's list: enough to see what failed and when it is tried again."""

    id: str
    event_id: str | None = Field(default=None, exclude=True)
    event_type: str | None = None
    order_number: str | None = None
    status: str | None = None
    attempts: int | None = None
    response_status: int | None = None
    error_kind: str | None = None
    created: datetime | None = None
    next_attempt_at: datetime | None = None

    _pending = model_validator(mode="before")(_pending_alone)


def masked(secret: str) -> str:
    """Return a secret by its kind and its last four characters: `whsec_…3f9a`; one that is masked stays as it is."""
    if CUT in secret:
        return secret
    kind = secret[: secret.find("_") + 1]
    return f"{kind}{CUT}{secret[-SHOWN_OF_SECRET:] if len(secret) - len(kind) > SHOWN_OF_SECRET * 2 else ''}"


def _masked(value: object) -> object:
    return masked(value) if isinstance(value, str) else value


def _as_lines(value: object) -> object:
    """Return headers as lines of text: as an object, each would need a name in the schema or none of them has one."""
    if not isinstance(value, dict):
        return value
    return "\n".join(f"{name}: {text}" for name, text in cast("dict[str, Any]", value).items())


class ShownWebhook(Response):
    """An endpoint as tools show it: the secret masked, whatever the API answered; for the fields see `Webhook`."""

    id: str
    name: str | None = None
    organization_id: str | None = None
    edition_id: str | None = None
    url: str | None = None
    events: list[str] | None = None
    is_active: bool | None = None
    timeout_seconds: int | None = None
    secret: Annotated[str | None, BeforeValidator(_masked)] = Field(default=None, description="masked")
    previous_secret_expires_at: datetime | None = None
    created: datetime | None = Field(default=None, exclude=True)
    modified: datetime | None = Field(default=None, exclude=True)


class ShownDeliveryRequest(Response):
    """What was sent, as tools show it."""

    url: str | None = None
    headers: Annotated[str | None, BeforeValidator(_as_lines)] = None
    body: str | None = None


class ShownDeliveryResponse(Response):
    """What was answered, as tools show it."""

    status: int | None = None
    headers: Annotated[str | None, BeforeValidator(_as_lines)] = None
    body: str | None = None


class ShownDelivery(Response):
    """One delivery as tools show it; for the fields see `Delivery`."""

    id: str
    event_type: str | None = None
    order_number: str | None = None
    status: str | None = None
    attempts: int | None = None
    error_kind: str | None = None
    error: str | None = None
    duration_ms: int | None = None
    created: datetime | None = None
    last_attempt_at: datetime | None = Field(default=None, exclude=True)
    next_attempt_at: datetime | None = None
    request: ShownDeliveryRequest | None = None
    response: ShownDeliveryResponse | None = None
    webhook_id: str | None = Field(default=None, exclude=True)
    event_id: str | None = Field(default=None, exclude=True)
    response_status: int | None = Field(default=None, exclude=True)


def why_not_a_target(url: str) -> str | None:
    """Return why nothing can be sent to `url`, or None where something can; the reason does not repeat the URL.

    Only http and https, no user or password in it, no fragment, a host and a port that exist (inferred).
    """
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return "the URL holds spaces or characters that are not ASCII; encode them"
    parts = _split(url)
    if parts is None:
        return "it is not a URL"
    if parts.scheme.casefold() not in SCHEMES:
        return "the URL must begin with https:// or http://"
    if "@" in parts.netloc:
        return "the URL holds a user name or password; let the receiver check the signature instead"
    if not parts.hostname:
        return "the URL has no host"
    return "the URL has a fragment (#), which is never sent" if "#" in url else None


def host_of(url: str) -> str:
    """Return the host that `url` leads to, in lower case; empty if it is not a URL."""
    parts = _split(url)
    return "" if parts is None else parts.hostname or ""


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        has_port_zero = parts.port == 0
    except ValueError:  # unclosed brackets, or a port that is not a number
        return None
    return None if has_port_zero else parts
