"""The settled layouts of exports in the state folder: one file each, of its owner's alone, whole at once.

They outlive the process. What cannot be read counts as absent and is told: nothing is settled by a file that was
damaged, made by another version, or that others may have written.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from preo_mcp.files.exports.remembering import Memory
from preo_mcp.files.private_files import open_private, owner_only_folder, replace_private

FOLDER: Final = "layouts"
VERSION: Final = 1
MOST_KEPT: Final = 50
"""Of one account; of all together four times as many. The oldest go first, and those of sandboxes before."""
MOST_BYTES: Final = 256 * 1024
"""Of one layout."""

_ID = re.compile(r"lay_[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Layout:
    """A settled layout, and where the file with it went.

    Attributes:
        organization: Its id; None where Preo does not tell, and then the layout is its edition's alone.
        edition_id: The edition's.
        edition: Its name.
        memory: What was settled.
    """

    organization: str | None
    edition_id: str
    edition: str
    memory: Memory


@dataclass(frozen=True, slots=True)
class KeptLayout:
    """A layout as it is kept.

    Attributes:
        id: `lay_…`, the same for the same layout of an account's organization.
        made: When it was settled for the last time, in UTC.
        account: A digest of whose account it is.
        is_sandbox: Whether that is a sandbox.
        layout: What is kept.
        version: Of how it is kept.
    """

    id: str
    made: datetime
    account: str
    is_sandbox: bool
    layout: Layout
    version: int = VERSION


@dataclass(frozen=True, slots=True)
class Found:
    """All layouts that can be read, the newest first, and why others cannot."""

    layouts: tuple[KeptLayout, ...]
    damaged: tuple[str, ...]


_KEPT: Final = TypeAdapter(KeptLayout)


class KeptLayouts:
    """The layouts of a state folder.

    Args:
        state_folder: May not be there yet.
    """

    def __init__(self, state_folder: Path) -> None:
        self.folder = state_folder / FOLDER

    def all(self) -> Found:
        """Return what is kept; a folder that cannot be read holds nothing, and is told."""
        layouts, damaged = list[KeptLayout](), list[str]()
        try:
            paths = sorted(owner_only_folder(self.folder).glob("*.json")) if self.folder.exists() else []
        except OSError as exc:
            return Found((), (_told(self.folder, exc),))
        for path in paths:
            try:
                layouts.append(_read(path))
            except FileNotFoundError:
                continue  # another process has just removed it
            except (OSError, ValueError) as exc:
                damaged.append(_told(path, exc))
        return Found(tuple(sorted(layouts, key=lambda one: one.made, reverse=True)), tuple(damaged))

    def put(self, kept: KeptLayout) -> None:
        """Keep a layout, in the place of an earlier one of the same id.

        Raises:
            OSError: it cannot be written, or others can enter the folder.
            ValueError: it is larger than any layout.
        """
        content = _KEPT.dump_json(kept)
        if len(content) > MOST_BYTES:
            raise ValueError("the layout is too large to be kept")
        owner_only_folder(self.folder)
        replace_private(self._path(kept.id), content)
        for one in _too_many(self.all().layouts):
            self.delete(one.id)

    def delete(self, layout_id: str) -> bool:
        """Remove a layout, also one that cannot be read; False where there is none.

        Raises:
            OSError: it cannot be removed.
        """
        try:
            self._path(layout_id).unlink()
        except FileNotFoundError:
            return False
        return True

    def delete_all(self) -> int:
        """Remove all files, readable or not, and return how many there were.

        Raises:
            OSError: one cannot be removed.
        """
        files = list(self.folder.glob("*")) if self.folder.is_dir() else []
        for path in files:
            path.unlink(missing_ok=True)
        return len(files)

    def _path(self, layout_id: str) -> Path:
        if not _ID.fullmatch(layout_id):
            raise FileNotFoundError(layout_id)
        return self.folder / f"{layout_id}.json"


def _read(path: Path) -> KeptLayout:
    with os.fdopen(open_private(path, os.O_RDONLY), "rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise ValueError("it is larger than any layout")
    try:
        kept = _KEPT.validate_json(content)
    except ValidationError:
        raise ValueError("it is damaged, or of another version of preo-mcp") from None
    if kept.version != VERSION or path.stem != kept.id or kept.made.tzinfo is None or not kept.layout.memory.headings:
        raise ValueError("it is damaged, or of another version of preo-mcp")
    return kept


def _told(path: Path, exc: Exception) -> str:
    why = exc.strerror if isinstance(exc, OSError) and exc.strerror else exc
    return f"{path}: {why}"


def _too_many(layouts: tuple[KeptLayout, ...]) -> Iterator[KeptLayout]:
    """Yield what has to go of layouts that come the newest first."""
    counts, kept = dict[str, int](), list[KeptLayout]()
    for one in layouts:
        counts[one.account] = counts.get(one.account, 0) + 1
        if counts[one.account] > MOST_KEPT:
            yield one
        else:
            kept.append(one)
    kept.sort(key=lambda one: one.is_sandbox)
    yield from kept[4 * MOST_KEPT :]
