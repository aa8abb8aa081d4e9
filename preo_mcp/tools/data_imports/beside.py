"""What is known of an import beside what Preo keeps of it: files in the state folder, which outlive the process.

Of replicas, what one knows is known to all: by what a person is shown at one, they are asked at another.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from preo_mcp.api.models.data_imports import ProductMappingChange
from preo_mcp.backend import Backend
from preo_mcp.files.exports import SKIP
from preo_mcp.files.private_files import open_private, private_folder, replace_private

T = TypeVar("T")

MOST_KEPT: Final = 200
NOTED_SECONDS: Final = 30 * 86_400.0
"""How long replicas know it."""
ALL: Final = ""
"""Whose notes these are: the account's, as the files are."""


class Beside(Generic[T]):
    """A value of each of an account's imports, the latest of them; no file names an import.

    Args:
        backend: Whose state folder it is, whose account, and what other replicas know.
        name: Of the folder in it.
        kept: How a value is written and read.
    """

    def __init__(self, backend: Backend, name: str, kept: TypeAdapter[T]) -> None:
        self._guardrails, self._notes, self._name, self._kept = backend.guardrails, backend.notes, name, kept
        self._folder = backend.settings.state_folder / name

    async def put(self, import_id: str, value: T) -> None:
        """Keep a value; of too many the oldest goes.

        Raises:
            PreoError: other replicas cannot be told.
        """
        doc = self._kept.dump_json(value)
        if self._notes is not None:
            await self._notes.put(ALL, self._digest(import_id), doc, NOTED_SECONDS)
            return
        private_folder(self._folder)
        replace_private(self._path(import_id), doc)
        by_age = sorted(self._folder.glob("*.json"), key=lambda one: one.stat().st_mtime)
        for old in by_age[:-MOST_KEPT]:
            old.unlink(missing_ok=True)

    async def get(self, import_id: str) -> T | None:
        """Return what was kept; None where nothing was, or it cannot be told.

        Raises:
            PreoError: what other replicas know cannot be asked.
        """
        try:
            if self._notes is not None and (noted := await self._notes.get(ALL, self._digest(import_id))) is not None:
                return self._kept.validate_json(noted)
            return self._kept.validate_json(_read(self._path(import_id)))
        except (OSError, ValidationError):
            return None

    async def drop(self, import_id: str) -> None:
        """Forget it.

        Raises:
            PreoError: other replicas cannot be told.
        """
        if self._notes is not None:
            await self._notes.drop(ALL, self._digest(import_id))
        self._path(import_id).unlink(missing_ok=True)

    def _path(self, import_id: str) -> Path:
        return self._folder / f"{self._digest(import_id)}.json"

    def _digest(self, import_id: str) -> str:
        account = self._guardrails.accounts[-1]  # the one that is known from the start
        return self._guardrails.call_digest(self._name, {"import": import_id}, account)


def _read(path: Path) -> bytes:
    with os.fdopen(open_private(path, os.O_RDONLY), "rb") as file:
        return file.read()


_SKIPPED: Final = TypeAdapter(frozenset[str])


def without_skips(changes: Sequence[ProductMappingChange]) -> list[ProductMappingChange]:
    """Return changes as Preo takes them, which knows no products that are left out for good, but unmapped ones."""
    none: dict[str, str | None] = {"product_id": None, "variant_id": None}
    return [one.model_copy(update=none) if one.product_id == SKIP else one for one in changes]


def skipped_of(backend: Backend) -> Beside[frozenset[str]]:
    """Return the products of imports that are left out for good, by the ids of their mappings."""
    return Beside(backend, "skipped", _SKIPPED)
