"""What people get by a campaign: how its message comes out, its links, its size."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from preo_mcp.api.models.campaigns import Channel
from preo_mcp.api.models.email_messages import BlockDetail, BlockType, EmailMessageDetail, EmailPreview, EmailType
from preo_mcp.approval.passages import parts_of_sms
from preo_mcp.tools.campaigns.gravity import Finding, Gravity
from preo_mcp.tools.campaigns.links import Link, each_once, links_in_html, links_in_text
from preo_mcp.tools.campaigns.parts import Shown
from preo_mcp.tools.campaigns.subjects import Subject
from preo_mcp.tools.email_messages.preview import problem_told
from preo_mcp.tools.fact_words import LIQUID

VARIABLE: Final = re.compile(r"\{\{-?\s*([\w.]+)")
SHOWN_OF_TEXT: Final = 600
"""Characters of a rendered text that are shown: enough to see whether it reads as it should."""
MOST_LINKS: Final = 20
CUT_BY_GMAIL: Final = 102
"""Kilobytes of HTML from which on Gmail cuts a mail off."""
MANY_PARTS: Final = 3
"""A text message of more parts is dear."""


def findings_of_content(shown: Shown) -> Iterator[Finding]:
    """Yield what is wrong with what people get, links and size apart."""
    subject = shown.subject
    if subject.campaign.channel == Channel.SMS:
        text = subject.campaign.sms_body or ""
        if LIQUID.search(text):
            names = ", ".join(dict.fromkeys(VARIABLE.findall(text))) or "Liquid"
            yield Finding(Gravity.UNKNOWN, f"what is filled into its text ({names}): Preo renders e-mails only")
    elif subject.message is not None:
        yield from _of_message(subject, subject.message)
        yield from _of_preview(shown.preview)


def _of_message(subject: Subject, message: EmailMessageDetail) -> Iterator[Finding]:
    if not (message.subject or "").strip():
        yield Finding(Gravity.ERROR, "its message has no subject")
    if message.type not in (None, EmailType.CAMPAIGN, EmailType.OTHER):
        yield Finding(Gravity.WARNING, f"its message is a {message.type}, and no campaign's")
    if message.edition_id and subject.campaign.edition_id not in (None, message.edition_id):
        yield Finding(Gravity.WARNING, f"its message is of another edition ({message.edition_id})")


def _of_preview(preview: EmailPreview | None) -> Iterator[Finding]:
    if preview is None:
        yield Finding(Gravity.UNKNOWN, "how it comes out: Preo did not render it")
        return
    for problem in preview.undefined_variables or []:
        yield Finding(Gravity.ERROR, f"{problem_told(problem)} is undefined and comes out empty")
    for problem in preview.problems or []:
        yield Finding(Gravity.ERROR, f"{problem_told(problem)}: left out, because it cannot be rendered")
    if preview.undefined_variables is None:
        yield Finding(Gravity.UNKNOWN, "whether variables are undefined")
    for name, part in (("subject", preview.subject), ("text", preview.text)):
        if part is not None and not part.strip():
            yield Finding(Gravity.ERROR, f"its {name} comes out empty")
        elif LIQUID.search(part or ""):
            yield Finding(Gravity.ERROR, f"braces of a variable stay in its {name}")


def links_of(shown: Shown) -> list[Link]:
    """Return the links as people get them, each address once; as they are written where Preo does not render them."""
    subject, preview = shown.subject, shown.preview
    if subject.campaign.channel == Channel.SMS:
        return each_once(links_in_text(subject.campaign.sms_body or ""))
    blocks = (subject.message and subject.message.blocks) or []
    images = [Link(one.url, one.alt or "image") for one in blocks if one.type == BlockType.IMAGE and one.url]
    if preview is not None and preview.html:
        rendered = [*links_in_html(preview.html), *links_in_text(preview.text or "")]
        return each_once([*rendered, *_fixed(images)])
    return each_once(_fixed([*_written(blocks), *images]))


def _written(blocks: Iterable[BlockDetail]) -> Iterator[Link]:
    for block in blocks:
        if block.type == BlockType.BUTTON:
            yield Link(block.url or "", block.text or "")
        yield from links_in_text(block.text or "")


def _fixed(links: Iterable[Link]) -> Iterator[Link]:
    """Yield the links into which nothing is filled."""
    return (one for one in links if not LIQUID.search(one.url))


def in_lines(links: list[Link]) -> list[str]:
    """Return links as they are shown."""
    more = [f"and {len(links) - MOST_LINKS} more"] if len(links) > MOST_LINKS else []
    return [*map(str, links[:MOST_LINKS]), *more]


def size_of(shown: Shown) -> str | None:
    """Return how large it is, in words: kilobytes of an e-mail, characters and parts of a text message."""
    text = shown.subject.campaign.sms_body
    if shown.subject.campaign.channel == Channel.SMS:
        as_written = ", before anything is filled in" if text and LIQUID.search(text) else ""
        return f"{len(text)} characters, {parts_of_sms(text)} SMS{as_written}" if text else None
    size = _kilobytes(shown.preview)
    return None if size is None else f"{size} kB of HTML, without images"


def findings_of_size(shown: Shown) -> Iterator[Finding]:
    """Yield what is too large."""
    text, size = shown.subject.campaign.sms_body, _kilobytes(shown.preview)
    if shown.subject.campaign.channel == Channel.SMS:
        if text and (parts := parts_of_sms(text)) > MANY_PARTS:
            yield Finding(Gravity.WARNING, f"each person gets, and you pay, {parts} SMS")
    elif size is not None and size > CUT_BY_GMAIL:
        yield Finding(Gravity.WARNING, f"Gmail cuts it off: {size} kB of HTML, of which it shows {CUT_BY_GMAIL}")


def _kilobytes(preview: EmailPreview | None) -> int | None:
    return -(-len(preview.html.encode()) // 1024) if preview is not None and preview.html else None


def rendered(shown: Shown) -> dict[str, Any]:
    """Return how the message comes out; a text message, and what Preo does not render, as it is written."""
    campaign, message, preview = shown.subject.campaign, shown.subject.message, shown.preview
    if campaign.channel == Channel.SMS:
        return {"text": campaign.sms_body}
    if preview is None:
        return {"subject": message and message.subject}
    text = preview.text
    if text is not None and len(text) > SHOWN_OF_TEXT:
        text = f"{text[:SHOWN_OF_TEXT].rstrip()}…"
    undefined = preview.undefined_variables
    return {
        "subject": preview.subject,
        "text": text,
        "sampled": preview.sampled,
        "undefined_variables": None if undefined is None else [problem_told(one) for one in undefined],
    }
