"""Everything that is read by address is written here, and nowhere else."""

import json
from typing import Any, cast

from pydantic import BaseModel

from preo_mcp.replies.reply import reply
from preo_mcp.settings import Settings


def body(found: BaseModel | str, settings: Settings) -> str:
    """Return what a reader found as the text of a resource.

    A model becomes JSON without nulls, within the tokens that one result may take; what is cut is said in its `notes`,
    with the call that gets the rest. Text is whole.
    """
    if isinstance(found, str):
        return found
    content = reply(found, (), settings.reply_tokens, masks=settings.masks).structured_content
    return json.dumps(_without_nulls(content), ensure_ascii=False, separators=(",", ":"))


def _without_nulls(value: Any) -> Any:
    """Drop the nulls that are left in lists and objects of a newer API."""
    match value:
        case list():
            return [_without_nulls(item) for item in cast("list[Any]", value) if item is not None]
        case dict():
            fields = cast("dict[str, Any]", value)
            return {name: _without_nulls(item) for name, item in fields.items() if item is not None}
        case _:
            return value
