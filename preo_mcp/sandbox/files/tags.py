"""Tags of files: how they are given, kept and offered."""

from collections.abc import Iterable, Sequence

from preo_mcp.models.files import MAX_TAGS, TAG_MAX_LENGTH
from preo_mcp.sandbox.folding import folded
from preo_mcp.sandbox.problems import invalid
from preo_mcp.sandbox.store import Store

SEPARATOR = ","


def split(text: str) -> list[str]:
    """Return the tags in a comma-separated text."""
    return [tag for part in text.split(SEPARATOR) if (tag := part.strip())]


def checked_tags(texts: Iterable[str]) -> list[str]:
    """Return the tags in texts that may each hold several, each tag once, the first spelling of it (inferred).

    Raises:
        Problem: 400 for a tag that is too long, or too many of them.
    """
    tags: dict[str, str] = {}
    for text in texts:
        for tag in split(text):
            tags.setdefault(folded(tag), tag)
    if any(len(tag) > TAG_MAX_LENGTH for tag in tags.values()):
        raise invalid(tags=f"Ensure that no tag has more than {TAG_MAX_LENGTH} characters.")
    if len(tags) > MAX_TAGS:
        raise invalid(tags=f"Ensure that there are no more than {MAX_TAGS} tags.")
    return list(tags.values())


def available_tags(store: Store, organizations: Sequence[str]) -> list[str]:
    """Return every tag that a file of the organizations has, in alphabetical order."""
    marks = ", ".join("?" * len(organizations))
    tags = "SELECT DISTINCT tag.value FROM files, json_each(files.doc, '$.tags') AS tag"
    rows = store.db.execute(f"{tags} WHERE organization_id IN ({marks})", organizations)
    return sorted((tag for (tag,) in rows), key=lambda tag: (folded(tag), tag))
