"""E-mail messages: find, look, create, change, delete, adopt, duplicate, and their variables."""

from typing import Annotated

from pydantic import MISSING, BaseModel, Field, WithJsonSchema

from preo_mcp.api.models.base import NoContent, Page
from preo_mcp.api.models.email_messages import (
    AdoptEmailMessageRequest,
    Blocks,
    BlockType,
    CreateEmailMessageRequest,
    DuplicateEmailMessageRequest,
    EmailMessageDetail,
    EmailOrdering,
    EmailScope,
    EmailTemplate,
    EmailType,
    ListedEmailMessage,
    ListEmailMessagesQuery,
    OwnScope,
    SavedEmailMessage,
    Subject,
    TemplateVariables,
    TemplateVariablesQuery,
    Title,
    UpdateEmailMessageRequest,
)
from preo_mcp.api.operations import (
    ADOPT_EMAIL_MESSAGE,
    CREATE_EMAIL_MESSAGE,
    DELETE_EMAIL_MESSAGE,
    DUPLICATE_EMAIL_MESSAGE,
    GET_EMAIL_MESSAGE,
    GET_TEMPLATE_VARIABLES,
    LIST_EMAIL_MESSAGES,
    UPDATE_EMAIL_MESSAGE,
)
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.tool import tool
from preo_mcp.replies.listing import Listing
from preo_mcp.tools.arguments import OrganizationId, PageNumber, PageSize, ordered_by
from preo_mcp.tools.edition_clocks import in_edition_clocks
from preo_mcp.tools.email_messages.facts import UPDATE_AFTERCARE, UPDATE_READ_BACK, facts_of_delete, facts_of_update
from preo_mcp.tools.lists import ListOf
from preo_mcp.tools.read_backs import delete_read_back
from preo_mcp.tools.two_deeds import then

# Limits are checked and not spelled in the schema, where each would cost every session its tokens.
TitleText = Annotated[Title, WithJsonSchema({"type": "string"})]
SubjectText = Annotated[Subject, WithJsonSchema({"type": "string"})]
TEXT_SCHEMA = {"type": "string"}
BLOCKS_SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "type": {"type": "string", "enum": list(BlockType)},
            **dict.fromkeys(("text", "url", "file_id", "alt"), TEXT_SCHEMA),
        },
        "required": ["type"],
    },
}
BlockList = Annotated[Blocks, WithJsonSchema(BLOCKS_SCHEMA)]
TypeName = Annotated[EmailType, WithJsonSchema(TEXT_SCHEMA)]
TypeNames = Annotated[list[EmailType], WithJsonSchema({"type": "array", "items": TEXT_SCHEMA})]
Ordering = Annotated[list[EmailOrdering], ordered_by(EmailOrdering)]


class DeletedEmailMessage(BaseModel):
    """Which message is gone."""

    deleted: str


MESSAGES = ListOf(LIST_EMAIL_MESSAGES, Page[ListedEmailMessage], searched=("title", "subject", "id"))


@tool(LIST_EMAIL_MESSAGES)
async def list_email_messages(
    preo: Preo,
    edition_id: str | MISSING = MISSING,
    organization_id: str | MISSING = MISSING,
    scope: list[EmailScope] | MISSING = MISSING,
    type: TypeNames | MISSING = MISSING,  # noqa: A002 - Preo's word
    search: str | MISSING = MISSING,
    ordering: Ordering | MISSING = MISSING,
    page: PageNumber = 1,
    page_size: PageSize = 25,
) -> Listing[ListedEmailMessage]:
    """Find e-mail messages, newest first; search looks in title and subject."""
    query = ListEmailMessagesQuery(
        edition_id=edition_id,
        organization_id=organization_id,
        ordering=ordering,
        page=page,
        page_size=page_size,
    )
    listed = await MESSAGES.find(preo, query, several={"scope": scope, "type": type}, search=search)
    listed.results = await in_edition_clocks(preo, listed.results)
    return listed


@tool(CREATE_EMAIL_MESSAGE)
async def create_email_message(
    preo: Preo,
    organization_id: OrganizationId,
    title: TitleText,
    type: EmailType,  # noqa: A002 - Preo's word
    subject: SubjectText,
    blocks: BlockList,
    edition_id: Annotated[str, Field(description="None: a template.")] | MISSING = MISSING,
) -> SavedEmailMessage:
    """Create an e-mail message; its texts are Liquid (get_template_variables), no HTML.

    Button needs text and url, image file_id or url.
    """
    request = CreateEmailMessageRequest(
        organization_id=organization_id,
        title=title,
        type=type,
        scope=OwnScope.TEMPLATE if edition_id is MISSING else OwnScope.EDITION,
        edition_id=edition_id,
        template=EmailTemplate.MODERN,
        subject=subject,
        blocks=blocks,
    )
    return await preo.request(CREATE_EMAIL_MESSAGE, SavedEmailMessage, body=request)


@tool(GET_EMAIL_MESSAGE)
async def get_email_message(preo: Preo, email_message_id: str) -> EmailMessageDetail:
    """Show an e-mail message with its blocks and what uses it."""
    message = await preo.request(GET_EMAIL_MESSAGE, EmailMessageDetail, id=email_message_id)
    [told] = await in_edition_clocks(preo, [message])
    return told


@tool(UPDATE_EMAIL_MESSAGE, facts=facts_of_update, read_back=UPDATE_READ_BACK, aftercare=UPDATE_AFTERCARE)
async def update_email_message(
    preo: Preo,
    email_message_id: str,
    title: TitleText | MISSING = MISSING,
    subject: SubjectText | MISSING = MISSING,
    blocks: BlockList | MISSING = MISSING,
) -> SavedEmailMessage:
    """Change an e-mail message; blocks, as in create_email_message, replaces all.

    While a campaign or an edition on sale sends it, a person is asked first.
    """
    request = UpdateEmailMessageRequest(title=title, subject=subject, blocks=blocks)
    return await preo.request(UPDATE_EMAIL_MESSAGE, SavedEmailMessage, body=request, id=email_message_id)


@tool(
    DELETE_EMAIL_MESSAGE,
    facts=facts_of_delete,
    read_back=delete_read_back(GET_EMAIL_MESSAGE, "email_message_id", DeletedEmailMessage),
)
async def delete_email_message(preo: Preo, email_message_id: str) -> DeletedEmailMessage:
    """Delete an e-mail message; a person is asked first. Not while an edition or a campaign uses it."""
    await preo.request(DELETE_EMAIL_MESSAGE, NoContent, id=email_message_id)
    return DeletedEmailMessage(deleted=email_message_id)


class AdoptedEmailMessage(SavedEmailMessage):
    """The copy of a template; `not_done` says what was asked for and is missing."""

    not_done: str | None = None


@tool(ADOPT_EMAIL_MESSAGE, also={UPDATE_EMAIL_MESSAGE: ("subject",)})
async def adopt_email_message(
    preo: Preo,
    email_message_id: str,
    edition_id: str,
    title: TitleText | MISSING = MISSING,
    subject: SubjectText | MISSING = MISSING,
) -> AdoptedEmailMessage:
    """Copy a template, such as Preo's receipt, to an edition; update_edition makes it its receipt or refund mail."""
    request = AdoptEmailMessageRequest(edition_id=edition_id, title=title)
    adopted = await preo.request(ADOPT_EMAIL_MESSAGE, AdoptedEmailMessage, body=request, id=email_message_id)
    if subject is MISSING:
        return adopted
    change = UpdateEmailMessageRequest(subject=subject)
    changed, not_done = await then(
        preo.request(UPDATE_EMAIL_MESSAGE, AdoptedEmailMessage, body=change, id=adopted.id),
        done=f"The template was copied as {adopted.id}",
        missing="the subject",
        next_step="Set it with update_email_message; adopting again makes another copy.",
    )
    return changed or adopted.model_copy(update={"not_done": not_done})


@tool(DUPLICATE_EMAIL_MESSAGE)
async def duplicate_email_message(
    preo: Preo,
    email_message_id: str,
    title: TitleText | MISSING = MISSING,
    organization_id: Annotated[str, Field(description="Only for the platform's.")] | MISSING = MISSING,
) -> SavedEmailMessage:
    """Copy an e-mail message beside itself."""
    request = DuplicateEmailMessageRequest(title=title, organization_id=organization_id)
    return await preo.request(DUPLICATE_EMAIL_MESSAGE, SavedEmailMessage, body=request, id=email_message_id)


@tool(GET_TEMPLATE_VARIABLES)
async def get_template_variables(preo: Preo, type: TypeName | MISSING = MISSING) -> TemplateVariables:  # noqa: A002 - Preo's word
    """List the Liquid variables of a type of e-mail message, each with an example."""
    query = TemplateVariablesQuery(type=type)
    return await preo.request(GET_TEMPLATE_VARIABLES, TemplateVariables, query=query)
