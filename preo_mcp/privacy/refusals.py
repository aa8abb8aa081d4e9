"""Refusals without personal data: Preo's reasons can quote what was sent."""

from mcp.types import CallToolResult, TextContent

from preo_mcp.privacy.free_text import masked_text


def masked_refusal(result: CallToolResult) -> CallToolResult:
    """Return a failed call's result with e-mail addresses and phone numbers in its text masked."""
    content = [
        block.model_copy(update={"text": masked_text(block.text)}) if isinstance(block, TextContent) else block
        for block in result.content
    ]
    return result.model_copy(update={"content": content})
