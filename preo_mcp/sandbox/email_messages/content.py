"""What a message's content must be, whether it is created or changed: readable Liquid, files that there are."""

from collections.abc import Iterator, Sequence
from functools import partial

from anyio import to_thread

from preo_mcp.api.models.email_messages import CreateEmailMessageRequest, EmailTemplate, UpdateEmailMessageRequest
from preo_mcp.sandbox.email_messages.documents import stored_block
from preo_mcp.sandbox.mail.liquid import TemplateFault, compiled
from preo_mcp.sandbox.problems import invalid
from preo_mcp.sandbox.store import Doc, Store

MAX_LETTERS = 100_000
"""Characters of all blocks together (inferred)."""

TEMPLATED = ("text", "url", "alt")
"""The fields of blocks that are Liquid."""


async def checked_content(
    store: Store, organization_id: str, body: CreateEmailMessageRequest | UpdateEmailMessageRequest
) -> Doc:
    """Return title, subject, template and blocks as they are stored, as far as they were given.

    Variables that there are not are no fault here: which there are depends on what is sent, and a preview tells.

    Raises:
        Problem: 400 by field; what is wrong in a block names its number from 1, its field and line.
    """
    given = body.model_dump(include={"title", "subject", "template"})
    if "title" in given:
        given["title"] = given["title"].strip()
    blocks = given["blocks"] = [stored_block(block) for block in body.blocks] if isinstance(body.blocks, list) else None
    if blocks is None:
        del given["blocks"]
    problems = _problems(given)
    if not problems:
        # Reading much Liquid takes longer than the event loop should be held.
        problems = await to_thread.run_sync(partial(_unreadable, given.get("subject"), blocks or []))
    if not problems and (lost := list(_lost_files(store, organization_id, blocks or []))):
        problems["blocks"] = " ".join(lost)
    if problems:
        raise invalid(**problems)
    return given


def _problems(given: Doc) -> dict[str, str]:
    problems: dict[str, str] = {}
    if given.get("title") == "":
        problems["title"] = "This field may not be blank."
    subject = given.get("subject", "subject")
    if not subject.strip():
        problems["subject"] = "This field may not be blank."
    elif len(subject.splitlines()) > 1:
        problems["subject"] = "A subject is one line."
    if given.get("template", EmailTemplate.MODERN) not in set(EmailTemplate):
        problems["template"] = f"Not a valid choice. Choose from: {', '.join(EmailTemplate)}."
    letters = sum(len(block[name] or "") for block in given.get("blocks", []) for name in TEMPLATED)
    if letters > MAX_LETTERS:
        problems["blocks"] = f"Ensure that all blocks together have no more than {MAX_LETTERS} characters."
    return problems


def _unreadable(subject: str | None, blocks: Sequence[Doc]) -> dict[str, str]:
    """Return by field what Liquid cannot read."""
    problems: dict[str, str] = {}
    if subject is not None and (fault := _fault(subject)):
        problems["subject"] = fault
    faults = [
        f"Block {number} ({block['type']}), {name}, {fault}"
        for number, block in enumerate(blocks, 1)
        for name in TEMPLATED
        if block[name] and (fault := _fault(block[name]))
    ]
    if faults:
        problems["blocks"] = " ".join(faults)
    return problems


def _fault(source: str) -> str | None:
    try:
        compiled(source)
    except TemplateFault as fault:
        return f"line {fault.line or 1}: {fault.message.rstrip('.')}."
    return None


def _lost_files(store: Store, organization_id: str, blocks: Sequence[Doc]) -> Iterator[str]:
    """Yield which blocks name a file that the organization does not have, or that is no picture."""
    for number, block in enumerate(blocks, 1):
        if block["file_id"] is None:
            continue
        place, key = f"Block {number} ({block['type']}), file_id:", block["file_id"][:80]
        file = store.doc("files", block["file_id"])
        if file is None or file["organization_id"] != organization_id:
            yield f"{place} the organization has no file {key!r}."
        elif not file["content_type"].startswith("image/"):
            yield f"{place} {key!r} is no picture but {file['content_type']}."
