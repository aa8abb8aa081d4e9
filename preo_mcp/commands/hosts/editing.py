"""Bringing the entry into a host's file and taking it out again: planned as a change, shown as a diff, then written.

What was put is noted in the state folder, so that taking it out gives back the very bytes that were there before, also
when something else in the file has changed since. Where the note no longer fits, the entry alone is removed.
"""

import difflib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from preo_mcp.api.errors import ConfigurationError
from preo_mcp.commands.hosts.config_file import NOT_WRITTEN, ConfigFile
from preo_mcp.commands.hosts.entry import Entry
from preo_mcp.commands.hosts.known import Host
from preo_mcp.commands.hosts.splices import Splice, undone
from preo_mcp.files.private_files import owner_only_folder, replace_private

NOTES_FILE: Final = "hosts.json"
CONTEXT: Final = 3
"""Lines of a diff around what changes."""
OURS_ALONE: Final = frozenset({"command", "args", "env", "cmd", "envs", "type", "source", "enabled"})
"""What of an entry is as it is installed; the rest, such as a longer timeout, is the host's or the user's."""
_SECRET: Final = re.compile(
    r"""(?P<key>[\w-]*(?:token|secret|password|passwd|key|authorization|credential)s?(?!_file|_keyring)["']?\s*[:=]\s*)"""
    r"""(?P<value>"[^"]*"|'[^']*'|[^\s,"'{\[]+)""",
    re.IGNORECASE,
)
"""A value that a diff does not show: people send diffs to others, and every host's file has keys of other services."""


@dataclass(frozen=True, slots=True)
class Change:
    """What would be written.

    Attributes:
        file: As it was read.
        splice: None where nothing changes.
        had: What the entry said before, or None where there was none.
        made_file: Whether the file is there because of the entry alone, and goes with it.
    """

    file: ConfigFile
    splice: Splice | None
    had: Any | None
    made_file: bool = False

    @property
    def text(self) -> str:
        """The text that the file then has."""
        return self.splice.applied(self.file.text) if self.splice is not None else self.file.text

    def diff(self) -> Iterator[str]:
        """Yield the lines of a unified diff, without the values of what seem to be secrets."""
        before, after = self.file.text.splitlines(), self.text.splitlines()
        name = str(self.file.path)
        for line in difflib.unified_diff(before, after, name, name, n=CONTEXT, lineterm=""):
            yield _SECRET.sub(r"\g<key>(not shown)", line)


def _brought_up_to(ours: dict[str, Any], had: object) -> dict[str, Any]:
    """Return an entry as it is installed, with what host and user have added to the one before."""
    if not isinstance(had, dict):
        return ours
    both = {**ours, **cast("dict[str, Any]", had)}
    return {
        key: ours.get(key, value) if key in OURS_ALONE else value for key, value in both.items() if _stays(key, ours)
    }


def _stays(key: str, ours: dict[str, Any]) -> bool:
    return key in ours or key not in OURS_ALONE


class HostFile:
    """A host's file and the note of what was put there.

    Args:
        host: The host.
        path: Its file.
        state_folder: Where the note is kept.
    """

    def __init__(self, host: Host, path: Path, state_folder: Path) -> None:
        self._host = host
        self._path = path
        self._notes = state_folder / NOTES_FILE
        self._editor = host.editor()

    def entry(self) -> Any | None:
        """Return what the host's file says of the server; None where it says nothing.

        Raises:
            ConfigurationError: the file cannot be read.
        """
        file = ConfigFile.read(self._path)
        try:
            return self._editor.entry(file.text)
        except ValueError as exc:
            raise self._broken(exc) from None

    def putting(self, made: Entry) -> Change:
        """Return the change that brings the entry, or brings it up to date.

        Raises:
            ConfigurationError: the file cannot be read, or not be edited without guessing.
        """
        file = ConfigFile.read(self._path)
        try:
            had = self._editor.entry(file.text)
            return Change(file, self._editor.put(file.text, _brought_up_to(self._host.shape(made), had)), had)
        except ValueError as exc:
            raise self._broken(exc) from None

    def taking_out(self) -> Change:
        """Return the change that takes the entry out; as it was before where the note still fits.

        Raises:
            ConfigurationError: the file cannot be read, or not be edited without guessing.
        """
        file = ConfigFile.read(self._path)
        try:
            had = self._editor.entry(file.text)
            note = self._noted()
            if had is not None and note is not None:
                put = Splice(0, note["old"], note["new"])
                if (back := undone(self._editor, file.text, put)) is not None:
                    is_ours = bool(note["made_file"]) and not back.applied(file.text)
                    return Change(file, back, had, is_ours)
            return Change(file, self._editor.take_out(file.text), had)
        except ValueError as exc:
            raise self._broken(exc) from None

    def write(self, change: Change, *, is_put: bool) -> Path | None:
        """Write a change; return where the copy of what was there is.

        Raises:
            ConfigurationError: it cannot be written, or the file was changed meanwhile.
        """
        if change.splice is None:
            return None
        if change.made_file:
            change.file.remove()
            copy = None
        else:
            copy = change.file.replace(change.text)
        self._note(self._after(change, change.splice) if is_put else None)
        return copy

    def _after(self, change: Change, splice: Splice) -> dict[str, Any] | None:
        """Return the note of what was put, seen from the text before the very first entry."""
        before = self._noted()
        if change.had is None:
            return {"old": splice.old, "new": splice.new, "made_file": change.file.content is None}
        at = change.file.text.find(before["new"]) if before is not None else -1
        if before is None or at < 0 or not at <= splice.start <= at + len(before["new"]) - len(splice.old):
            return None
        inside = Splice(splice.start - at, splice.old, splice.new)
        return {**before, "new": inside.applied(before["new"])}

    def _noted(self) -> dict[str, Any] | None:
        note = self._all_notes().get(str(self._path.absolute()))
        if not isinstance(note, dict):
            return None
        found = cast("dict[str, Any]", note)
        return found if {"old", "new", "made_file"} <= found.keys() else None

    def _all_notes(self) -> dict[str, Any]:
        try:
            found = json.loads(self._notes.read_bytes())
        except (OSError, ValueError):
            return {}
        return cast("dict[str, Any]", found) if isinstance(found, dict) else {}

    def _note(self, note: dict[str, Any] | None) -> None:
        """Keep a note, or forget it; where that fails, taking out removes the entry alone."""
        notes = {path: one for path, one in self._all_notes().items() if path != str(self._path.absolute())}
        if note is not None:
            notes[str(self._path.absolute())] = note
        try:
            owner_only_folder(self._notes.parent)
            replace_private(self._notes, json.dumps(notes, ensure_ascii=True).encode())
        except OSError:
            return

    def _broken(self, exc: ValueError) -> ConfigurationError:
        why = f"{self._path}: {exc}"
        return ConfigurationError(NOT_WRITTEN, why, "Correct the file in an editor, then run the command again.")
