"""E-mail messages: what is sent to customers, made of blocks (fields observed; blocks, preview and variables inferred).

Texts are Liquid templates. No block takes HTML: what stands in a text is shown as it stands.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import MISSING, Field, WithJsonSchema, model_validator

from preo_mcp.api.models.base import Embedded, PageQuery, Request, Response

TITLE_MAX_LENGTH = 200
SUBJECT_MAX_LENGTH = 500
TEXT_MAX_LENGTH = 20_000
URL_MAX_LENGTH = 2_000
ALT_MAX_LENGTH = 500
MAX_BLOCKS = 100
"""These limits are inferred."""


class EmailScope(StrEnum):
    """Whose a message is: everybody's (read only), an organization's for its editions, or one edition's."""

    PLATFORM = "platform"
    TEMPLATE = "template"
    EDITION = "edition"


class OwnScope(StrEnum):
    """The scopes that a message can be created in."""

    TEMPLATE = "template"
    EDITION = "edition"


class EmailType(StrEnum):
    """What a message is for; it decides which variables there are."""

    RECEIPT = "receipt"
    RECEIPT_ONLINE = "receipt_online"
    REMINDER = "reminder"
    REFUND_CONFIRMATION = "refund_confirmation"
    USER_PORTAL_ACCESS = "user_portal_access"
    CAMPAIGN = "campaign"
    OTHER = "other"


class EmailTemplate(StrEnum):
    """The looks that a message can have."""

    MODERN = "modern"


class EmailOrdering(StrEnum):
    """How a list of messages can be ordered; `-` is descending."""

    CREATED = "created"
    CREATED_DESC = "-created"
    MODIFIED = "modified"
    MODIFIED_DESC = "-modified"
    TITLE = "title"
    TITLE_DESC = "-title"


class BlockType(StrEnum):
    """The kinds of content blocks (inferred)."""

    HEADING = "heading"
    TEXT = "text"
    BUTTON = "button"
    IMAGE = "image"
    ORDER_SUMMARY = "order_summary"
    DIVIDER = "divider"


BLOCK_FIELDS = {
    BlockType.HEADING: ("text",),
    BlockType.TEXT: ("text",),
    BlockType.BUTTON: ("text", "url"),
    BlockType.IMAGE: ("file_id", "url", "alt"),
    BlockType.ORDER_SUMMARY: (),
    BlockType.DIVIDER: (),
}
"""The fields of each kind; of an image's `file_id` (an uploaded file) and `url` one is needed."""


class Block(Request):
    """One content block as it is sent; `text`, `url` and `alt` are Liquid."""

    type: BlockType
    text: Annotated[str, Field(min_length=1, max_length=TEXT_MAX_LENGTH)] | MISSING = MISSING
    url: Annotated[str, Field(min_length=1, max_length=URL_MAX_LENGTH)] | MISSING = MISSING
    file_id: str | MISSING = MISSING
    alt: Annotated[str, Field(max_length=ALT_MAX_LENGTH)] | MISSING = MISSING

    @model_validator(mode="after")
    def _has_the_fields_of_its_kind(self) -> Self:
        fields = BLOCK_FIELDS[self.type]
        given = [name for name in Block.model_fields if name != "type" and getattr(self, name) is not MISSING]
        if extra := [name for name in given if name not in fields]:
            raise ValueError(f"a {self.type} block has no {', '.join(extra)}")
        needed = [name for name in fields if name in ("text", "url")] if self.type is not BlockType.IMAGE else []
        if missing := [name for name in needed if name not in given]:
            raise ValueError(f"a {self.type} block needs {', '.join(missing)}")
        if self.type is BlockType.IMAGE and len({"file_id", "url"} & set(given)) != 1:
            raise ValueError("an image block needs either file_id or url")
        return self


class ListEmailMessagesQuery(PageQuery):
    """The query of List email messages."""

    edition_id: str | MISSING = MISSING
    organization_id: str | MISSING = MISSING
    scope: EmailScope | MISSING = MISSING
    type: EmailType | MISSING = MISSING
    ordering: list[EmailOrdering] | MISSING = MISSING


KnownEmailTemplate = Annotated[
    str, WithJsonSchema({"anyOf": [{"type": "string", "enum": list(EmailTemplate)}, {"type": "string"}]})
]
"""Names the one look that is known and takes others, because there are surely more."""
Title = Annotated[str, Field(min_length=1, max_length=TITLE_MAX_LENGTH)]
Subject = Annotated[str, Field(min_length=1, max_length=SUBJECT_MAX_LENGTH)]
Blocks = Annotated[list[Block], Field(max_length=MAX_BLOCKS)]


class CreateEmailMessageRequest(Request):
    """The body of Create email message; without `scope` it follows from `edition_id`, the subject from the title."""

    organization_id: str
    title: Title
    type: EmailType
    scope: OwnScope | MISSING = MISSING
    edition_id: str | MISSING | None = MISSING
    template: KnownEmailTemplate | MISSING = MISSING
    subject: Subject | MISSING = MISSING
    blocks: Blocks | MISSING = MISSING


class UpdateEmailMessageRequest(Request):
    """The body of Update email message; what is absent stays, `blocks` replaces all of them."""

    title: Title | MISSING = MISSING
    subject: Subject | MISSING = MISSING
    template: KnownEmailTemplate | MISSING = MISSING
    blocks: Blocks | MISSING = MISSING


class AdoptEmailMessageRequest(Request):
    """The body of Adopt template to edition."""

    edition_id: str
    title: Title | MISSING = MISSING


class DuplicateEmailMessageRequest(Request):
    """The body of Duplicate email message; one of the platform becomes a template of `organization_id`."""

    title: Title | MISSING = MISSING
    organization_id: str | MISSING = MISSING


class PreviewEmailRequest(Request):
    """The body of Preview email: without a customer everything is a sample.

    `edition_id` is for messages that belong to no edition.
    """

    customer_id: str | MISSING = MISSING
    edition_id: str | MISSING = MISSING


class TemplateVariablesQuery(Request):
    """The query of Get template variables."""

    type: EmailType | MISSING = MISSING


class BlockDetail(Response):
    """One content block; fields that its kind does not have are None."""

    type: str
    text: str | None = None
    url: str | None = None
    file_id: str | None = None
    alt: str | None = None


class EmailUse(Response):
    """What uses a message: an edition with one of its fields, or a campaign with its status."""

    type: str | None = None
    id: str | None = None
    name: str | None = None
    field: str | None = None
    status: str | None = None


class EmailMessage(Response):
    """A message without its content, as lists have it."""

    id: str
    title: str | None = None
    subject: str | None = None
    type: str | None = None
    scope: str | None = None
    template: str | None = Field(default=None, exclude=True)
    organization_id: str | None = None
    edition_id: str | None = None
    created: datetime | None = Field(default=None, exclude=True)
    modified: datetime | None = None


class EmailMessageDetail(EmailMessage):
    """One message with its content and what uses it."""

    blocks: list[BlockDetail] | None = None
    usages: list[EmailUse] | None = None


class SavedEmailMessage(Embedded):
    """A message that was just made or changed: what it is now, without its content."""

    id: str
    title: str | None = None
    subject: str | None = None
    type: str | None = None
    scope: str | None = None
    edition_id: str | None = None


class ListedEmailMessage(Embedded):
    """A message as a row of a list: enough to pick one; not shown is what it is searched and ordered by."""

    id: str
    title: str | None = None
    subject: str | None = Field(default=None, exclude=True)
    type: str | None = None
    scope: str | None = None
    edition_id: str | None = None
    modified: datetime | None = None
    created: datetime | None = Field(default=None, exclude=True)


class TemplateProblem(Response):
    """What is wrong in a template, and where: block from 1 (None: the subject), its field, the line in that."""

    name: str | None = None
    message: str | None = None
    block: int | None = None
    field: str | None = None
    line: int | None = None


class EmailPreview(Response):
    """A message as one customer would get it.

    `sampled` names what was invented (customer, order, refund); `undefined_variables` came out empty; `problems` are
    parts that could not be rendered and were left out.
    """

    subject: str | None = None
    text: str | None = None
    html: str | None = None
    undefined_variables: list[TemplateProblem] | None = None
    problems: list[TemplateProblem] | None = None
    sampled: list[str] | None = None


class TemplateVariable(Response):
    """A variable, what it holds, how it comes out for the sample, and the types of messages that have it."""

    name: str
    description: str | None = None
    example: str | None = None
    types: list[str] | None = Field(default=None, exclude=True)


class TemplateVariables(Response):
    """The variables of one type of message, or of all."""

    variables: list[TemplateVariable] = Field(default_factory=list[TemplateVariable])
