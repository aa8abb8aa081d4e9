"""What a process of several shares with the others while it serves; nothing, where it serves alone."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import anyio
from pydantic import SecretStr

from preo_mcp.files.keys import Keys
from preo_mcp.limits import Count, CountHere
from preo_mcp.settings import Settings

if TYPE_CHECKING:
    from preo_mcp.files.uploads.store import UploadStore
    from preo_mcp.replicas.ended import Ended
    from preo_mcp.replicas.notes import Notes
    from preo_mcp.replicas.notices import Notices
    from preo_mcp.replicas.uploads import RedisUploads

REQUESTS: Final = "requests of a minute"
"""The purpose of the key that names of callers are hidden with."""

UPLOADS: Final = "redis uploads"
"""The purpose of the key that files which were handed over are encrypted with."""
NOTES: Final = "notes of replicas"
"""The purpose of the key that they are encrypted with."""
START: Final = "start"
"""The purpose of the key that is compared with that of the others before anything is served."""


@dataclass(frozen=True, slots=True)
class Together:
    """What is shared.

    Attributes:
        count: Counts the requests of a minute.
        notices: Tells of changes; None for a process that serves alone.
        uploads: Keeps what is handed over; None for a process that serves alone, which keeps it in its state folder.
        ended: Remembers what ended before its time; None for a process that serves alone, which does so by itself.
        notes: What one of them knows and another may need; None for a process that serves alone.
    """

    count: Count
    notices: "Notices | None" = None
    uploads: "UploadStore | None" = None
    ended: "Ended | None" = None
    notes: "Notes | None" = None


@asynccontextmanager
async def together(settings: Settings) -> AsyncGenerator[Together]:
    """Yield what the processes on one Redis share, by the settings; words of the others are heard meanwhile.

    Raises:
        ConfigurationError: the Redis client is not installed, its URL is not that of a Redis, or the others on it have
            another key.
    """
    if settings.ledger_url is None:
        yield Together(CountHere())
        return
    from preo_mcp.replicas.connection import connected
    from preo_mcp.replicas.count import SharedCount
    from preo_mcp.replicas.ended import EndedTogether
    from preo_mcp.replicas.notes import Notes
    from preo_mcp.replicas.notices import Notices
    from preo_mcp.replicas.one_key import OneKey
    from preo_mcp.replicas.sealing import Sealing

    async with connected(settings.ledger_url) as redis:
        await OneKey(redis, START, lambda: Sealing(Keys.of(settings).derived(START))).must_not_be_others()
    count = SharedCount(settings.ledger_url, lambda: Keys.of(settings).derived(REQUESTS))
    notices = Notices(settings.ledger_url)
    ended = EndedTogether(settings.ledger_url)
    uploads = shared_uploads(settings, settings.ledger_url)
    notes = Notes(settings.ledger_url, lambda: Keys.of(settings).derived(NOTES))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(notices.hear)
        try:
            yield Together(count, notices, uploads, ended, notes)
        finally:
            tasks.cancel_scope.cancel()
            with anyio.CancelScope(shield=True):
                await count.close()
                await notices.close()
                await ended.close()
                await uploads.close()
                await notes.close()


def shared_uploads(settings: Settings, url: SecretStr) -> "RedisUploads":
    """Return what keeps the files that are handed over to any process on the Redis of `url`.

    Raises:
        ConfigurationError: the Redis client is not installed, or its URL is not that of a Redis.
    """
    from preo_mcp.replicas.uploads import RedisUploads

    return RedisUploads(url, lambda: Keys.of(settings).derived(UPLOADS))
