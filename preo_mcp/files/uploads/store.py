"""Where uploads are kept, as the rules need it: a folder of this computer, or what several servers share."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from preo_mcp.files.uploads.upload import Upload

Step = Callable[[Upload], Upload]
"""From an upload to what it becomes; raises `UploadRefused` where it may not."""


class UploadStore(Protocol):
    """Uploads of all callers, with their bytes; every method is one step that no other can come between.

    All of them raise `UploadRefused`: `UNUSABLE` where the store cannot be used, and, of those that name an upload,
    `GONE` where there is none.
    """

    async def add(self, upload: Upload) -> None:
        """Keep a new upload, without a byte."""
        ...

    async def get(self, upload_id: str) -> Upload:
        """Return an upload."""
        ...

    async def all(self) -> Sequence[Upload]:
        """Return all there are."""
        ...

    async def change(self, upload_id: str, step: Step) -> Upload:
        """Put what `step` makes of an upload in its place; where that has received nothing, its bytes go."""
        ...

    async def write(self, upload_id: str, offset: int, piece: bytes, admit: Step) -> Upload:
        """Put a piece after what is there, once `admit` agrees; a piece that is there already may come again.

        Raises:
            UploadRefused: also `GAP`, `OVERLAP` and `DIFFERENT`.
        """
        ...

    async def beginning(self, upload_id: str, count: int) -> bytes:
        """Return the first bytes."""
        ...

    def opened(self, upload_id: str) -> AbstractAsyncContextManager[Path]:
        """Lend the bytes as a file, which is not to be changed, for the length of a block."""
        ...

    async def remove(self, upload_id: str) -> None:
        """Forget an upload; one that is not there is none."""
        ...

    async def sweep(self, now: datetime) -> None:
        """Remove what has expired, and what a crash left."""
        ...
