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
    """One operation of the API. Each row is its own, equal to no other.

    `path` carries its parameters in braces; `tool` is the name of the one tool that is this operation.
    """

    group: Group
    title: str
    method: Method
    path: str
    grade: Grade
    risk: Risk
    tool: str


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
GET_USER_INFO = Operation(AUTH, "Get user info", GET, "/v1/auth/user-info", INFERRED, READ, "get_user_info")

LIST_EDITIONS = Operation(EDITIONS, "List editions", GET, "/v1/editions", OBSERVED, READ, "list_editions")
CREATE_EDITION = Operation(EDITIONS, "Create edition", POST, "/v1/editions", OBSERVED, WRITE, "create_edition")
GET_EDITION = Operation(EDITIONS, "Get edition details", GET, "/v1/editions/{id}", OBSERVED, READ, "get_edition")
UPDATE_EDITION = Operation(EDITIONS, "Update edition", PATCH, "/v1/editions/{id}", OBSERVED, WRITE, "update_edition")
DUPLICATE_EDITION = Operation(EDITIONS, "Duplicate edition", POST, "/v1/editions/{id}/duplicate", INFERRED, WRITE, "duplicate_edition")
GET_EDITION_FIELD_CHOICES = Operation(EDITIONS, "Get edition field choices", GET, "/v1/editions/field-choices", INFERRED, READ, "get_edition_field_choices")
RUN_EDITION_HEALTHCHECK = Operation(EDITIONS, "Run edition healthcheck", GET, "/v1/editions/{id}/healthcheck", INFERRED, READ, "run_edition_healthcheck")

LIST_ORDERS = Operation(ORDERS, "List orders", GET, "/v1/orders", OBSERVED, READ, "list_orders")
GET_ORDER = Operation(ORDERS, "Retrieve order details", GET, "/v1/orders/{id}", OBSERVED, READ, "get_order")

GET_PURCHASE = Operation(PURCHASES, "Retrieve purchase details", GET, "/v1/purchases/{id}", INFERRED, READ, "get_purchase")
CREATE_PURCHASE_REFUND = Operation(PURCHASES, "Create refund request for purchase", POST, "/v1/purchases/{id}/refund", OBSERVED, MONEY, "create_purchase_refund")

LIST_USERS = Operation(USER, "List users", GET, "/v1/users", INFERRED, READ, "list_users")
GET_USER = Operation(USER, "Retrieve user", GET, "/v1/users/{id}", INFERRED, READ, "get_user")
UPDATE_USER = Operation(USER, "Partially update user", PATCH, "/v1/users/{id}", INFERRED, RECORDS, "update_user")

LIST_REFUNDS = Operation(REFUNDS, "List refund requests", GET, "/v1/refunds", OBSERVED, READ, "list_refunds")
CREATE_REFUND = Operation(REFUNDS, "Create refund request", POST, "/v1/refunds", INFERRED, MONEY, "create_refund")
GET_REFUND = Operation(REFUNDS, "Retrieve refund request details", GET, "/v1/refunds/{id}", INFERRED, READ, "get_refund")
APPROVE_REFUND = Operation(REFUNDS, "Approve refund request", POST, "/v1/refunds/{id}/approve", INFERRED, MONEY, "approve_refund")
REJECT_REFUND = Operation(REFUNDS, "Reject refund request", POST, "/v1/refunds/{id}/reject", INFERRED, MONEY, "reject_refund")

LIST_FILES = Operation(FILES, "List files", GET, "/v1/files", OBSERVED, READ, "list_files")
UPLOAD_FILE = Operation(FILES, "Upload file", POST, "/v1/files", OBSERVED, WRITE, "upload_file")
GET_FILE = Operation(FILES, "Get file details", GET, "/v1/files/{id}", OBSERVED, READ, "get_file")
DELETE_FILE = Operation(FILES, "Delete file", DELETE, "/v1/files/{id}", OBSERVED, DESTROYS, "delete_file")
UPDATE_FILE = Operation(FILES, "Update file metadata", PATCH, "/v1/files/{id}", OBSERVED, WRITE, "update_file")

LIST_DATA_IMPORTS = Operation(IMPORTS, "List data imports", GET, "/v1/data-imports", DOCUMENTED, READ, "list_data_imports")
CREATE_DATA_IMPORT = Operation(IMPORTS, "Create data import", POST, "/v1/data-imports", DOCUMENTED, WRITE, "create_data_import")
GET_DATA_IMPORT = Operation(IMPORTS, "Get data import details", GET, "/v1/data-imports/{id}", DOCUMENTED, READ, "get_data_import")
UPDATE_DATA_IMPORT = Operation(IMPORTS, "Update data import", PATCH, "/v1/data-imports/{id}", DOCUMENTED, WRITE, "update_data_import")
CANCEL_DATA_IMPORT = Operation(IMPORTS, "Cancel data import", POST, "/v1/data-imports/{id}/cancel", DOCUMENTED, WRITE, "cancel_data_import")
LIST_COLUMN_MAPPINGS = Operation(IMPORTS, "List column mappings", GET, "/v1/data-imports/{id}/column-mappings", DOCUMENTED, READ, "list_column_mappings")
UPDATE_COLUMN_MAPPINGS = Operation(IMPORTS, "Update column mappings", PATCH, "/v1/data-imports/{id}/column-mappings/update", DOCUMENTED, WRITE, "update_column_mappings")
PREVIEW_IMPORT_ORDERS = Operation(IMPORTS, "Preview import orders", GET, "/v1/data-imports/{id}/preview", DOCUMENTED, READ, "preview_import_orders")
PROCESS_COLUMN_MAPPINGS = Operation(IMPORTS, "Process column mappings", POST, "/v1/data-imports/{id}/process-mappings", DOCUMENTED, WRITE, "process_column_mappings")
LIST_PRODUCT_MAPPINGS = Operation(IMPORTS, "List product mappings", GET, "/v1/data-imports/{id}/product-mappings", DOCUMENTED, READ, "list_product_mappings")
UPDATE_PRODUCT_MAPPINGS = Operation(IMPORTS, "Update product mappings", PATCH, "/v1/data-imports/{id}/product-mappings/update", DOCUMENTED, WRITE, "update_product_mappings")
START_IMPORT = Operation(IMPORTS, "Start import process", POST, "/v1/data-imports/{id}/start-import", DOCUMENTED, RECORDS, "start_import")
VALIDATE_COLUMN_MAPPINGS = Operation(IMPORTS, "Validate column mappings", POST, "/v1/data-imports/{id}/validate-mappings", DOCUMENTED, READ, "validate_column_mappings")
IMPORT_EXTERNAL_ORDERS = Operation(IMPORTS, "Import external orders", POST, "/v1/data-imports/external-orders", DOCUMENTED, RECORDS, "import_external_orders")

LIST_CAMPAIGNS = Operation(CAMPAIGNS, "List campaigns", GET, "/v1/campaigns", OBSERVED, READ, "list_campaigns")
CREATE_CAMPAIGN = Operation(CAMPAIGNS, "Create campaign", POST, "/v1/campaigns", OBSERVED, WRITE, "create_campaign")
GET_CAMPAIGN = Operation(CAMPAIGNS, "Retrieve campaign", GET, "/v1/campaigns/{id}", OBSERVED, READ, "get_campaign")
DELETE_CAMPAIGN = Operation(CAMPAIGNS, "Delete campaign", DELETE, "/v1/campaigns/{id}", OBSERVED, DESTROYS, "delete_campaign")
UPDATE_CAMPAIGN = Operation(CAMPAIGNS, "Update campaign", PATCH, "/v1/campaigns/{id}", OBSERVED, WRITE, "update_campaign")
CANCEL_CAMPAIGN = Operation(CAMPAIGNS, "Cancel campaign", POST, "/v1/campaigns/{id}/cancel", INFERRED, WRITE, "cancel_campaign")
SCHEDULE_CAMPAIGN = Operation(CAMPAIGNS, "Schedule campaign", POST, "/v1/campaigns/{id}/schedule", INFERRED, PEOPLE, "schedule_campaign")
SEND_CAMPAIGN = Operation(CAMPAIGNS, "Send campaign now", POST, "/v1/campaigns/{id}/send", INFERRED, PEOPLE, "send_campaign")
GET_CAMPAIGN_STATS = Operation(CAMPAIGNS, "Get campaign stats", GET, "/v1/campaigns/{id}/stats", INFERRED, READ, "get_campaign_stats")

LIST_CONSENTS = Operation(CONSENTS, "List consents", GET, "/v1/consents", INFERRED, READ, "list_consents")
CREATE_CONSENT = Operation(CONSENTS, "Create consent", POST, "/v1/consents", INFERRED, WRITE, "create_consent")
GET_CONSENT = Operation(CONSENTS, "Retrieve consent", GET, "/v1/consents/{id}", INFERRED, READ, "get_consent")
DELETE_CONSENT = Operation(CONSENTS, "Delete consent", DELETE, "/v1/consents/{id}", INFERRED, DESTROYS, "delete_consent")
UPDATE_CONSENT = Operation(CONSENTS, "Update consent", PATCH, "/v1/consents/{id}", INFERRED, WRITE, "update_consent")

LIST_EMAIL_MESSAGES = Operation(MESSAGES, "List email messages", GET, "/v1/email-messages", OBSERVED, READ, "list_email_messages")
CREATE_EMAIL_MESSAGE = Operation(MESSAGES, "Create email message", POST, "/v1/email-messages", OBSERVED, WRITE, "create_email_message")
GET_EMAIL_MESSAGE = Operation(MESSAGES, "Get email message details", GET, "/v1/email-messages/{id}", OBSERVED, READ, "get_email_message")
DELETE_EMAIL_MESSAGE = Operation(MESSAGES, "Delete email message", DELETE, "/v1/email-messages/{id}", OBSERVED, DESTROYS, "delete_email_message")
UPDATE_EMAIL_MESSAGE = Operation(MESSAGES, "Update email message", PATCH, "/v1/email-messages/{id}", OBSERVED, WRITE, "update_email_message")
ADOPT_EMAIL_MESSAGE = Operation(MESSAGES, "Adopt template to edition", POST, "/v1/email-messages/{id}/adopt", INFERRED, WRITE, "adopt_email_message")
DUPLICATE_EMAIL_MESSAGE = Operation(MESSAGES, "Duplicate email message", POST, "/v1/email-messages/{id}/duplicate", INFERRED, WRITE, "duplicate_email_message")
PREVIEW_EMAIL = Operation(MESSAGES, "Preview email", POST, "/v1/email-messages/{id}/preview", INFERRED, READ, "preview_email")
GET_TEMPLATE_VARIABLES = Operation(MESSAGES, "Get template variables", GET, "/v1/email-messages/template-variables", INFERRED, READ, "get_template_variables")

LIST_SEGMENTS = Operation(SEGMENTS, "List segments", GET, "/v1/segments", OBSERVED, READ, "list_segments")
CREATE_SEGMENT = Operation(SEGMENTS, "Create segment", POST, "/v1/segments", OBSERVED, WRITE, "create_segment")
GET_SEGMENT = Operation(SEGMENTS, "Retrieve segment", GET, "/v1/segments/{id}", OBSERVED, READ, "get_segment")
DELETE_SEGMENT = Operation(SEGMENTS, "Delete segment", DELETE, "/v1/segments/{id}", OBSERVED, DESTROYS, "delete_segment")
UPDATE_SEGMENT = Operation(SEGMENTS, "Update segment", PATCH, "/v1/segments/{id}", OBSERVED, WRITE, "update_segment")
EXPORT_SEGMENT_USERS = Operation(SEGMENTS, "Export segment users as CSV", GET, "/v1/segments/{id}/export", INFERRED, READ, "export_segment_users")
RECALCULATE_SEGMENT = Operation(SEGMENTS, "Recalculate segment", POST, "/v1/segments/{id}/recalculate", INFERRED, WRITE, "recalculate_segment")
RESET_SEGMENT = Operation(SEGMENTS, "Reset stuck segment to draft", POST, "/v1/segments/{id}/reset", INFERRED, WRITE, "reset_segment")
GET_CEL_CONTEXT = Operation(SEGMENTS, "Get CEL context schema and dynamic values", GET, "/v1/segments/cel-context", INFERRED, READ, "get_cel_context")
VALIDATE_CEL_EXPRESSION = Operation(SEGMENTS, "Validate CEL expression", POST, "/v1/segments/validate", INFERRED, READ, "validate_cel_expression")

LIST_WEBHOOKS = Operation(WEBHOOKS, "List webhook endpoints", GET, "/v1/webhooks", OBSERVED, READ, "list_webhooks")
CREATE_WEBHOOK = Operation(WEBHOOKS, "Create webhook endpoint", POST, "/v1/webhooks", OBSERVED, WRITE, "create_webhook")
GET_WEBHOOK = Operation(WEBHOOKS, "Retrieve webhook endpoint", GET, "/v1/webhooks/{id}", OBSERVED, READ, "get_webhook")
DELETE_WEBHOOK = Operation(WEBHOOKS, "Delete webhook endpoint", DELETE, "/v1/webhooks/{id}", OBSERVED, DESTROYS, "delete_webhook")
UPDATE_WEBHOOK = Operation(WEBHOOKS, "Update webhook endpoint", PATCH, "/v1/webhooks/{id}", OBSERVED, WRITE, "update_webhook")
LIST_WEBHOOK_DELIVERIES = Operation(WEBHOOKS, "List deliveries for webhook endpoint", GET, "/v1/webhooks/{id}/deliveries", INFERRED, READ, "list_webhook_deliveries")
GET_WEBHOOK_DELIVERY = Operation(WEBHOOKS, "Get delivery detail", GET, "/v1/webhooks/{id}/deliveries/{delivery_id}", INFERRED, READ, "get_webhook_delivery")
RETRY_WEBHOOK_DELIVERY = Operation(WEBHOOKS, "Retry a failed delivery", POST, "/v1/webhooks/{id}/deliveries/{delivery_id}/retry", INFERRED, WRITE, "retry_webhook_delivery")
ROTATE_WEBHOOK_SECRET = Operation(WEBHOOKS, "Rotate webhook secret", POST, "/v1/webhooks/{id}/rotate-secret", INFERRED, DESTROYS, "rotate_webhook_secret")
# fmt: on

OPERATIONS: tuple[Operation, ...] = tuple(row for row in list(globals().values()) if isinstance(row, Operation))
"""Every row above, in the order of Preo's documentation."""

BESIDE_OTHERS = frozenset({CREATE_DATA_IMPORT, UPLOAD_FILE, PROCESS_COLUMN_MAPPINGS})
"""Slow writes that change nothing that a person can have been shown: other writes need not wait for them."""
