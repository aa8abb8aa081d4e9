"""What a person settles by hand of a file that they put in, and how far they are: for the calls that wait for it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from mcp.server.mcpserver import Context

from preo_mcp.files.uploads.upload import Upload


class NoSuchAction(Exception):
    """A step that no card or page of ours asks for."""


@dataclass(slots=True)
class Hand:
    """How far a person is with a file.

    Attributes:
        edition_id: What it goes into.
        source: By which a model names the file; empty until it was read.
        settle: What was settled, each as `prepare_import` takes it.
        import_id: The import that it was uploaded to.
        plan_id: The question of its start, once that was asked.
        is_started: Whether it was.
        is_handed_over: Whether the assistant goes on with it.
        seen: When the last step was taken, in seconds of the backend's clock.
    """

    edition_id: str
    source: str = ""
    settle: list[str] = field(default_factory=list[str])
    import_id: str | None = None
    plan_id: str | None = None
    is_started: bool = False
    is_handed_over: bool = False
    seen: float = 0

    @property
    def is_over(self) -> bool:
        """Whether there is nothing to wait for any more."""
        return self.is_handed_over or self.is_started

    def told(self) -> str:
        """Return what an assistant has to know to go on, in one line."""
        if self.is_started and self.import_id is not None:
            return f"The user settled it by hand and started import {self.import_id}: wait_for_import."
        call = f'prepare_import(source="{self.source}", settle={json.dumps(self.settle, ensure_ascii=False)})'
        what = f"import {self.import_id}" if self.import_id is not None else "it"
        return f"The user settled {what} by hand: go on with {call}."

    def told_meanwhile(self, upload_id: str) -> str:
        """Return what an assistant has to know while the person is still at it, in one line."""
        return (
            f"The user is settling the import by hand: receive_file with upload={upload_id} waits until they are done."
        )


class Desk(Protocol):
    """Where the steps of an import by hand are done."""

    async def do(self, upload: Upload, asked: Mapping[str, Any], host: Context[Any, Any] | None) -> dict[str, Any]:
        """Do one step for an upload's card in a `host`, or its page, and return what it shows then.

        Raises:
            NoSuchAction: none of ours asks for it.
        """
        ...

    def hand(self, upload_id: str) -> Hand | None:
        """Return how far a person is with an upload; None where they did not begin, or left it as it is."""
        ...
