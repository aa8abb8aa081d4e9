"""What is known of an import beside what Preo keeps of it: files in the state folder, which outlive the process."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from preo_mcp.api.models.data_imports import ProductMappingChange
from preo_mcp.approval.guardrails import Guardrails
from preo_mcp.backend import Backend
from preo_mcp.files.exports import SKIP
from preo_mcp.files.private_files import open_private, private_folder, replace_private

T = TypeVar("T")

MOST_KEPT: Final = 200


class Beside(Generic[T]):
    """A value of each of an account's imports, the latest of them; no file names an import.

    Args:
        guardrails: Where the state folder is, and whose account it is.
        name: Of the folder in it.
        kept: How a value is written and read.
    """

    def __init__(self, guardrails: Guardrails, name: str, kept: TypeAdapter[T]) -> None:
        self._guardrails, self._name, self._kept = guardrails, name, kept
        self._folder = guardrails.settings.state_folder / name

    def put(self, import_id: str, value: T) -> None:
        """Keep a value; of too many the oldest goes."""
        private_folder(self._folder)
        replace_private(self._path(import_id), self._kept.dump_json(value))
        by_age = sorted(self._folder.glob("*.json"), key=lambda one: one.stat().st_mtime)
        for old in by_age[:-MOST_KEPT]:
            old.unlink(missing_ok=True)

    def get(self, import_id: str) -> T | None:
        """Return what was kept; None where nothing was, or it cannot be told."""
        try:
            with open(open_private(self._path(import_id), os.O_RDONLY), "rb") as file:  # noqa: PTH123
                return self._kept.validate_json(file.read())
        except (OSError, ValidationError):
            return None

    def drop(self, import_id: str) -> None:
        """Forget it."""
        self._path(import_id).unlink(missing_ok=True)

    def _path(self, import_id: str) -> Path:
        account = self._guardrails.accounts[-1]  # the one that is known from the start
        return self._folder / f"{self._guardrails.call_digest(self._name, {'import': import_id}, account)}.json"


_SKIPPED: Final = TypeAdapter(frozenset[str])


def without_skips(changes: Sequence[ProductMappingChange]) -> list[ProductMappingChange]:
    """Return changes as Preo takes them, which knows no products that are left out for good, but unmapped ones."""
    none: dict[str, str | None] = {"product_id": None, "variant_id": None}
    return [one.model_copy(update=none) if one.product_id == SKIP else one for one in changes]


def skipped_of(backend: Backend) -> Beside[frozenset[str]]:
    """Return the products of imports that are left out for good, by the ids of their mappings."""
    return Beside(backend.guardrails, "skipped", _SKIPPED)
