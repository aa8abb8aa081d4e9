"""Whether an e-mail message was changed after all: its blocks are compared by what can be set in them."""

from typing import Any

from preo_mcp.models.base import Embedded
from preo_mcp.models.email_messages import SavedEmailMessage
from preo_mcp.operations import GET_EMAIL_MESSAGE
from preo_mcp.tools.field_read_back import field_read_back


class Content(Embedded):
    """What a block shows."""

    type: str
    text: str | None = None
    url: str | None = None
    file_id: str | None = None
    alt: str | None = None


class Written(SavedEmailMessage):
    """A message with its content."""

    blocks: list[Content] | None = None


def _as_contents(_: Written, given: dict[str, Any]) -> dict[str, Any]:
    if "blocks" not in given:
        return given
    return given | {"blocks": [Content.model_validate(block.model_dump()) for block in given["blocks"]]}


def _saved(message: Written) -> SavedEmailMessage:
    return SavedEmailMessage.model_validate(message.model_dump())


UPDATE_READ_BACK = field_read_back(GET_EMAIL_MESSAGE, Written, "email_message_id", answer=_saved, wished=_as_contents)
