"""Tags of files: how they are given, kept and offered."""

from collections.abc import Iterable, Sequence

from preo_mcp.api.models.files import MAX_TAGS, TAG_MAX_LENGTH
from preo_mcp.sandbox.problems import invalid
from preo_mcp.sandbox.store import Doc, Store
from preo_mcp.text.folding import folded

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
    rows = store.db.execute(f"SELECT DISTINCT tag FROM file_tags WHERE organization_id IN ({marks})", organizations)  # noqa: S608 - values are bound
    return sorted((tag for (tag,) in rows), key=lambda tag: (folded(tag), tag))


def store_tags(store: Store, file: Doc, tags: Sequence[str]) -> None:
    """Write which tags a file has, inside a transaction; the table is what filters and offers look into."""
    store.db.execute("DELETE FROM file_tags WHERE file_id = ?", (file["api_id"],))
    rows = [(file["organization_id"], tag, file["api_id"]) for tag in tags]
    store.db.executemany("INSERT INTO file_tags VALUES (?, ?, ?)", rows)
