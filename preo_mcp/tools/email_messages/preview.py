"""Preview an e-mail message: the text in the reply, the HTML on request or in a file, because it costs tokens."""

from typing import Annotated

from pydantic import MISSING, BaseModel, Field

from preo_mcp.api.models.email_messages import EmailPreview, PreviewEmailRequest, TemplateProblem
from preo_mcp.api.models.users import User
from preo_mcp.api.operations import GET_USER, PREVIEW_EMAIL
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.tool import tool
from preo_mcp.files.destinations import destination, save
from preo_mcp.replies.privacy.free_text import without_names
from preo_mcp.replies.privacy.people import names_in

SUFFIX = ".html"


class PreviewedEmail(BaseModel):
    """A message as a customer would get it; `problems` were left out, `undefined_variables` came out empty."""

    email_message_id: str
    subject: str | None = None
    undefined_variables: list[str] | None = None
    problems: list[str] | None = None
    sampled: list[str] | None = None
    saved_to: str | None = None
    text: str | None = None
    html: str | None = None


@tool(PREVIEW_EMAIL)
async def preview_email(
    preo: Preo,
    email_message_id: str,
    customer_id: Annotated[str, Field(description="Else a sample.")] | MISSING = MISSING,
    edition_id: str | MISSING = MISSING,
    html: bool = False,  # noqa: FBT001, FBT002 - a tool's arguments are named
    save_to: Annotated[str, Field(description="New .html file.")] | MISSING = MISSING,
) -> PreviewedEmail:
    """Show an e-mail message as a customer would get it, and which variables are undefined; nothing is sent."""
    path = None if save_to is MISSING else destination(preo.settings, save_to, SUFFIX)
    request = PreviewEmailRequest(customer_id=customer_id, edition_id=edition_id)
    preview = await preo.request(PREVIEW_EMAIL, EmailPreview, body=request, id=email_message_id)
    if path is not None:
        await save(path, (preview.html or "").encode())
    if preo.settings.masks and customer_id is not MISSING:
        preview = await without_customer(preo, preview, customer_id)
    return PreviewedEmail(
        email_message_id=email_message_id,
        subject=preview.subject,
        undefined_variables=list(map(problem_told, preview.undefined_variables or [])),
        problems=list(map(problem_told, preview.problems or [])),
        sampled=preview.sampled,
        saved_to=None if path is None else str(path),
        text=preview.text,
        html=preview.html if html else None,
    )


def problem_told(problem: TemplateProblem) -> str:
    """What is wrong and where: `order.totl (block 2, text, line 1)`."""
    block = None if problem.block is None else f"block {problem.block}"
    line = None if problem.line is None else f"line {problem.line}"
    place = ", ".join(filter(None, (block, problem.field, line)))
    return f"{problem.name or problem.message or 'unknown'} ({place})"


async def without_customer(preo: Preo, preview: EmailPreview, customer_id: str) -> EmailPreview:
    """Return `preview` with the customer's name as initials; their address and number are masked with every result's.

    Raises:
        PreoError: the customer cannot be looked up, so that their name cannot be told from other words.
    """
    customer = await preo.request(GET_USER, User, id=customer_id)
    names = names_in(customer.model_dump(mode="json"))
    parts = {part: getattr(preview, part) for part in ("subject", "text", "html")}
    return preview.model_copy(
        update={part: without_names(text, names) for part, text in parts.items() if text is not None}
    )
