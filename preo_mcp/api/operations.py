"""The map of Preo's HTTP API: each of its 81 operations once.

A row serves three users: a tool calls through it, the sandbox mounts its route from it, and the tool reference is
generated from it. Paths are written nowhere else.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property


class Group(StrEnum):
    """The groups of Preo's documentation, in the order of its sidebar."""

    AUTH = "Auth"
    EDITIONS = "Editions"
    ORDERS = "Orders"
    PURCHASES = "Purchases"
    USER = "User"
    REFUNDS = "Refunds"
    FILES = "Files"
    DATA_IMPORTS = "Data Imports"
    CAMPAIGNS = "Campaigns"
    CONSENTS = "Consents"
    EMAIL_MESSAGES = "Email Messages"
    SEGMENTS = "Segments"
    WEBHOOKS = "Webhooks"


class Method(StrEnum):
    """The HTTP methods that Preo uses."""

    GET = "GET"
    POST = "POST"
    PATCH = "PATCH"
    DELETE = "DELETE"


class Grade(StrEnum):
    """How certain an operation's path and shape are."""

    DOCUMENTED = "documented"
    OBSERVED = "observed"
    INFERRED = "inferred"


class Risk(StrEnum):
    """What an operation can do to people, money and data; everything above `WRITE` needs a person's yes."""

    READ = "read"
    WRITE = "write"
    WRITES_RECORDS = "writes records"
    REACHES_PEOPLE = "reaches people"
    MOVES_MONEY = "moves money"
    DESTROYS = "destroys"

    @cached_property
    def needs_yes(self) -> bool:
        """Whether a person must agree before an operation of this risk runs."""
        return self not in (Risk.READ, Risk.WRITE)


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One operation of the API; `path` carries its parameters in braces. Each row is its own, equal to no other."""

    group: Group
    title: str
    method: Method
    path: str
    grade: Grade
    risk: Risk


AUTH, EDITIONS, ORDERS, PURCHASES, USER, REFUNDS, FILES = (
    Group.AUTH,
    Group.EDITIONS,
    Group.ORDERS,
    Group.PURCHASES,
    Group.USER,
    Group.REFUNDS,
    Group.FILES,
)
IMPORTS, CAMPAIGNS, CONSENTS, MESSAGES, SEGMENTS, WEBHOOKS = (
    Group.DATA_IMPORTS,
    Group.CAMPAIGNS,
    Group.CONSENTS,
    Group.EMAIL_MESSAGES,
    Group.SEGMENTS,
    Group.WEBHOOKS,
)
GET, POST, PATCH, DELETE = Method.GET, Method.POST, Method.PATCH, Method.DELETE
DOCUMENTED, OBSERVED, INFERRED = Grade.DOCUMENTED, Grade.OBSERVED, Grade.INFERRED
READ, WRITE, RECORDS, PEOPLE, MONEY, DESTROYS = (
    Risk.READ,
    Risk.WRITE,
    Risk.WRITES_RECORDS,
    Risk.REACHES_PEOPLE,
    Risk.MOVES_MONEY,
    Risk.DESTROYS,
)

# fmt: off
GET_USER_INFO = Operation(AUTH, "Get user info", GET, "/v1/auth/user-info", INFERRED, READ)

LIST_EDITIONS = Operation(EDITIONS, "List editions", GET, "/v1/editions", OBSERVED, READ)
CREATE_EDITION = Operation(EDITIONS, "Create edition", POST, "/v1/editions", OBSERVED, WRITE)
GET_EDITION = Operation(EDITIONS, "Get edition details", GET, "/v1/editions/{id}", OBSERVED, READ)
UPDATE_EDITION = Operation(EDITIONS, "Update edition", PATCH, "/v1/editions/{id}", OBSERVED, WRITE)
DUPLICATE_EDITION = Operation(EDITIONS, "Duplicate edition", POST, "/v1/editions/{id}/duplicate", INFERRED, WRITE)
GET_EDITION_FIELD_CHOICES = Operation(EDITIONS, "Get edition field choices", GET, "/v1/editions/field-choices", INFERRED, READ)
RUN_EDITION_HEALTHCHECK = Operation(EDITIONS, "Run edition healthcheck", GET, "/v1/editions/{id}/healthcheck", INFERRED, READ)

LIST_ORDERS = Operation(ORDERS, "List orders", GET, "/v1/orders", OBSERVED, READ)
GET_ORDER = Operation(ORDERS, "Retrieve order details", GET, "/v1/orders/{id}", OBSERVED, READ)

GET_PURCHASE = Operation(PURCHASES, "Retrieve purchase details", GET, "/v1/purchases/{id}", INFERRED, READ)
CREATE_PURCHASE_REFUND = Operation(PURCHASES, "Create refund request for purchase", POST, "/v1/purchases/{id}/refund", OBSERVED, MONEY)

LIST_USERS = Operation(USER, "List users", GET, "/v1/users", INFERRED, READ)
GET_USER = Operation(USER, "Retrieve user", GET, "/v1/users/{id}", INFERRED, READ)
UPDATE_USER = Operation(USER, "Partially update user", PATCH, "/v1/users/{id}", INFERRED, RECORDS)

LIST_REFUNDS = Operation(REFUNDS, "List refund requests", GET, "/v1/refunds", OBSERVED, READ)
CREATE_REFUND = Operation(REFUNDS, "Create refund request", POST, "/v1/refunds", INFERRED, MONEY)
GET_REFUND = Operation(REFUNDS, "Retrieve refund request details", GET, "/v1/refunds/{id}", INFERRED, READ)
APPROVE_REFUND = Operation(REFUNDS, "Approve refund request", POST, "/v1/refunds/{id}/approve", INFERRED, MONEY)
REJECT_REFUND = Operation(REFUNDS, "Reject refund request", POST, "/v1/refunds/{id}/reject", INFERRED, MONEY)

LIST_FILES = Operation(FILES, "List files", GET, "/v1/files", OBSERVED, READ)
UPLOAD_FILE = Operation(FILES, "Upload file", POST, "/v1/files", OBSERVED, WRITE)
GET_FILE = Operation(FILES, "Get file details", GET, "/v1/files/{id}", OBSERVED, READ)
DELETE_FILE = Operation(FILES, "Delete file", DELETE, "/v1/files/{id}", OBSERVED, DESTROYS)
UPDATE_FILE = Operation(FILES, "Update file metadata", PATCH, "/v1/files/{id}", OBSERVED, WRITE)

LIST_DATA_IMPORTS = Operation(IMPORTS, "List data imports", GET, "/v1/data-imports", DOCUMENTED, READ)
CREATE_DATA_IMPORT = Operation(IMPORTS, "Create data import", POST, "/v1/data-imports", DOCUMENTED, WRITE)
GET_DATA_IMPORT = Operation(IMPORTS, "Get data import details", GET, "/v1/data-imports/{id}", DOCUMENTED, READ)
UPDATE_DATA_IMPORT = Operation(IMPORTS, "Update data import", PATCH, "/v1/data-imports/{id}", DOCUMENTED, WRITE)
CANCEL_DATA_IMPORT = Operation(IMPORTS, "Cancel data import", POST, "/v1/data-imports/{id}/cancel", DOCUMENTED, WRITE)
LIST_COLUMN_MAPPINGS = Operation(IMPORTS, "List column mappings", GET, "/v1/data-imports/{id}/column-mappings", DOCUMENTED, READ)
UPDATE_COLUMN_MAPPINGS = Operation(IMPORTS, "Update column mappings", PATCH, "/v1/data-imports/{id}/column-mappings/update", DOCUMENTED, WRITE)
PREVIEW_IMPORT_ORDERS = Operation(IMPORTS, "Preview import orders", GET, "/v1/data-imports/{id}/preview", DOCUMENTED, READ)
PROCESS_COLUMN_MAPPINGS = Operation(IMPORTS, "Process column mappings", POST, "/v1/data-imports/{id}/process-mappings", DOCUMENTED, WRITE)
LIST_PRODUCT_MAPPINGS = Operation(IMPORTS, "List product mappings", GET, "/v1/data-imports/{id}/product-mappings", DOCUMENTED, READ)
UPDATE_PRODUCT_MAPPINGS = Operation(IMPORTS, "Update product mappings", PATCH, "/v1/data-imports/{id}/product-mappings/update", DOCUMENTED, WRITE)
START_IMPORT = Operation(IMPORTS, "Start import process", POST, "/v1/data-imports/{id}/start-import", DOCUMENTED, RECORDS)
VALIDATE_COLUMN_MAPPINGS = Operation(IMPORTS, "Validate column mappings", POST, "/v1/data-imports/{id}/validate-mappings", DOCUMENTED, READ)
IMPORT_EXTERNAL_ORDERS = Operation(IMPORTS, "Import external orders", POST, "/v1/data-imports/external-orders", DOCUMENTED, RECORDS)

LIST_CAMPAIGNS = Operation(CAMPAIGNS, "List campaigns", GET, "/v1/campaigns", OBSERVED, READ)
CREATE_CAMPAIGN = Operation(CAMPAIGNS, "Create campaign", POST, "/v1/campaigns", OBSERVED, WRITE)
GET_CAMPAIGN = Operation(CAMPAIGNS, "Retrieve campaign", GET, "/v1/campaigns/{id}", OBSERVED, READ)
DELETE_CAMPAIGN = Operation(CAMPAIGNS, "Delete campaign", DELETE, "/v1/campaigns/{id}", OBSERVED, DESTROYS)
UPDATE_CAMPAIGN = Operation(CAMPAIGNS, "Update campaign", PATCH, "/v1/campaigns/{id}", OBSERVED, WRITE)
CANCEL_CAMPAIGN = Operation(CAMPAIGNS, "Cancel campaign", POST, "/v1/campaigns/{id}/cancel", INFERRED, WRITE)
SCHEDULE_CAMPAIGN = Operation(CAMPAIGNS, "Schedule campaign", POST, "/v1/campaigns/{id}/schedule", INFERRED, PEOPLE)
SEND_CAMPAIGN = Operation(CAMPAIGNS, "Send campaign now", POST, "/v1/campaigns/{id}/send", INFERRED, PEOPLE)
GET_CAMPAIGN_STATS = Operation(CAMPAIGNS, "Get campaign stats", GET, "/v1/campaigns/{id}/stats", INFERRED, READ)

LIST_CONSENTS = Operation(CONSENTS, "List consents", GET, "/v1/consents", INFERRED, READ)
CREATE_CONSENT = Operation(CONSENTS, "Create consent", POST, "/v1/consents", INFERRED, WRITE)
GET_CONSENT = Operation(CONSENTS, "Retrieve consent", GET, "/v1/consents/{id}", INFERRED, READ)
DELETE_CONSENT = Operation(CONSENTS, "Delete consent", DELETE, "/v1/consents/{id}", INFERRED, DESTROYS)
UPDATE_CONSENT = Operation(CONSENTS, "Update consent", PATCH, "/v1/consents/{id}", INFERRED, WRITE)

LIST_EMAIL_MESSAGES = Operation(MESSAGES, "List email messages", GET, "/v1/email-messages", OBSERVED, READ)
CREATE_EMAIL_MESSAGE = Operation(MESSAGES, "Create email message", POST, "/v1/email-messages", OBSERVED, WRITE)
GET_EMAIL_MESSAGE = Operation(MESSAGES, "Get email message details", GET, "/v1/email-messages/{id}", OBSERVED, READ)
DELETE_EMAIL_MESSAGE = Operation(MESSAGES, "Delete email message", DELETE, "/v1/email-messages/{id}", OBSERVED, DESTROYS)
UPDATE_EMAIL_MESSAGE = Operation(MESSAGES, "Update email message", PATCH, "/v1/email-messages/{id}", OBSERVED, WRITE)
ADOPT_EMAIL_MESSAGE = Operation(MESSAGES, "Adopt template to edition", POST, "/v1/email-messages/{id}/adopt", INFERRED, WRITE)
DUPLICATE_EMAIL_MESSAGE = Operation(MESSAGES, "Duplicate email message", POST, "/v1/email-messages/{id}/duplicate", INFERRED, WRITE)
PREVIEW_EMAIL = Operation(MESSAGES, "Preview email", POST, "/v1/email-messages/{id}/preview", INFERRED, READ)
GET_TEMPLATE_VARIABLES = Operation(MESSAGES, "Get template variables", GET, "/v1/email-messages/template-variables", INFERRED, READ)

LIST_SEGMENTS = Operation(SEGMENTS, "List segments", GET, "/v1/segments", OBSERVED, READ)
CREATE_SEGMENT = Operation(SEGMENTS, "Create segment", POST, "/v1/segments", OBSERVED, WRITE)
GET_SEGMENT = Operation(SEGMENTS, "Retrieve segment", GET, "/v1/segments/{id}", OBSERVED, READ)
DELETE_SEGMENT = Operation(SEGMENTS, "Delete segment", DELETE, "/v1/segments/{id}", OBSERVED, DESTROYS)
UPDATE_SEGMENT = Operation(SEGMENTS, "Update segment", PATCH, "/v1/segments/{id}", OBSERVED, WRITE)
EXPORT_SEGMENT_USERS = Operation(SEGMENTS, "Export segment users as CSV", GET, "/v1/segments/{id}/export", INFERRED, READ)
RECALCULATE_SEGMENT = Operation(SEGMENTS, "Recalculate segment", POST, "/v1/segments/{id}/recalculate", INFERRED, WRITE)
RESET_SEGMENT = Operation(SEGMENTS, "Reset stuck segment to draft", POST, "/v1/segments/{id}/reset", INFERRED, WRITE)
GET_CEL_CONTEXT = Operation(SEGMENTS, "Get CEL context schema and dynamic values", GET, "/v1/segments/cel-context", INFERRED, READ)
VALIDATE_CEL_EXPRESSION = Operation(SEGMENTS, "Validate CEL expression", POST, "/v1/segments/validate", INFERRED, READ)

LIST_WEBHOOKS = Operation(WEBHOOKS, "List webhook endpoints", GET, "/v1/webhooks", OBSERVED, READ)
CREATE_WEBHOOK = Operation(WEBHOOKS, "Create webhook endpoint", POST, "/v1/webhooks", OBSERVED, WRITE)
GET_WEBHOOK = Operation(WEBHOOKS, "Retrieve webhook endpoint", GET, "/v1/webhooks/{id}", OBSERVED, READ)
DELETE_WEBHOOK = Operation(WEBHOOKS, "Delete webhook endpoint", DELETE, "/v1/webhooks/{id}", OBSERVED, DESTROYS)
UPDATE_WEBHOOK = Operation(WEBHOOKS, "Update webhook endpoint", PATCH, "/v1/webhooks/{id}", OBSERVED, WRITE)
LIST_WEBHOOK_DELIVERIES = Operation(WEBHOOKS, "List deliveries for webhook endpoint", GET, "/v1/webhooks/{id}/deliveries", INFERRED, READ)
GET_WEBHOOK_DELIVERY = Operation(WEBHOOKS, "Get delivery detail", GET, "/v1/webhooks/{id}/deliveries/{delivery_id}", INFERRED, READ)
RETRY_WEBHOOK_DELIVERY = Operation(WEBHOOKS, "Retry a failed delivery", POST, "/v1/webhooks/{id}/deliveries/{delivery_id}/retry", INFERRED, WRITE)
ROTATE_WEBHOOK_SECRET = Operation(WEBHOOKS, "Rotate webhook secret", POST, "/v1/webhooks/{id}/rotate-secret", INFERRED, DESTROYS)
# fmt: on

OPERATIONS: tuple[Operation, ...] = tuple(row for row in list(globals().values()) if isinstance(row, Operation))
"""Every row above, in the order of Preo's documentation."""

BESIDE_OTHERS = frozenset({CREATE_DATA_IMPORT, UPLOAD_FILE, PROCESS_COLUMN_MAPPINGS})
"""Slow writes that change nothing that a person can have been shown: other writes need not wait for them."""
