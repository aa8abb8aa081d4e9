"""What a person is shown before a file is deleted: which one, and what uses it."""

from preo_mcp.errors import ConflictError
from preo_mcp.guardrails.facts import Facts, Line, Stakes
from preo_mcp.guardrails.wording import Figure, Message, say
from preo_mcp.models.files import FileDetail, FileUsage
from preo_mcp.operations import DELETE_FILE, GET_FILE
from preo_mcp.preo import Preo
from preo_mcp.tools.fact_words import NOTHING, UNKNOWN, named

NAMED = 5
"""Uses that a refusal names; the others are counted."""


async def facts_of_delete(preo: Preo, file_id: str, force: bool) -> Facts:  # noqa: FBT001 - the tool's arguments
    """Return what would be deleted.

    Raises:
        ConflictError: it is in use and `force` is not set.
        PreoError: the file cannot be had.
    """
    file = await preo.call(GET_FILE, FileDetail, id=file_id)
    uses = file.usages or []
    if uses and not force:
        more = f" and {len(uses) - NAMED} more" if len(uses) > NAMED else ""
        raise ConflictError(
            f"{DELETE_FILE.title} was not done",
            f"it is in use by {', '.join(map(_spelled, uses[:NAMED]))}{more}",
            "Take it out there first (update_edition for an edition's image), or agree with the user on force=true.",
        )
    size = UNKNOWN if file.size is None else say("{count} bytes", count=Figure(file.size))
    used = say("{count}, and taken out there", count=Figure(len(uses))) if uses else NOTHING
    lines: list[Line] = [
        (say("File"), named(file.file_name, file.api_id)),
        (say("Size"), size),
        (say("Used by"), used),
        *((say("Use"), _use(use)) for use in uses),
    ]
    stakes = Stakes(organization_id=file.organization_id)
    return Facts(say("Delete this file for good?"), tuple(lines), stakes=stakes)


def _use(use: FileUsage) -> Message:
    return say("{type} {name}", type=use.type or UNKNOWN, name=named(use.name, use.id))


def _spelled(use: FileUsage) -> str:
    return f"{use.type or 'object'} {use.name or ''} ({use.id})"
