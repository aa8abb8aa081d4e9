"""A caller's uploads in a folder or in Redis, at a time that a test sets."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import fakeredis
from pydantic import SecretStr

from preo_mcp.files.uploads.folder import FolderUploads
from preo_mcp.files.uploads.upload import Upload
from preo_mcp.files.uploads.uploads import Uploads
from preo_mcp.replicas.uploads import RedisUploads

NONE = Uploads(FolderUploads(Path("nowhere")))
"""For what reads no upload."""


@dataclass(slots=True)
class Received:
    """Uploads of several callers in one folder."""

    state: Path
    now: datetime = field(default=datetime(2026, 11, 23, 12, tzinfo=UTC))

    def of(self, owner: str = "") -> Uploads:
        return Uploads(FolderUploads(self.state), owner, lambda: self.now)

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)

    def files(self) -> list[str]:
        folder = self.state / "uploads"
        return sorted(path.name for path in folder.iterdir() if path.name != "lock") if folder.exists() else []


@dataclass(slots=True)
class ReceivedByReplicas(Received):
    """Uploads of several callers in one Redis; each time through another process."""

    server: fakeredis.FakeServer = field(default_factory=fakeredis.FakeServer)

    def of(self, owner: str = "") -> Uploads:
        return Uploads(self.store(), owner, lambda: self.now)

    def store(self, key: bytes = b"k" * 32) -> RedisUploads:
        client = fakeredis.FakeAsyncRedis(server=self.server)
        return RedisUploads(SecretStr("redis://localhost"), lambda: key, client)

    def held(self) -> dict[str, bytes]:
        """Return what stands in Redis of uploads, by their keys."""
        client: Any = fakeredis.FakeRedis(server=self.server)
        return {name.decode(): client.get(name) for name in client.keys("preo-mcp:upload:*")}

    def files(self) -> list[str]:
        return sorted(name.removeprefix("preo-mcp:upload:") for name in self.held())


async def opened(uploads: Uploads) -> tuple[str, str]:
    """Ask for a file and open its address; return the upload's id and the secret that puts it in."""
    upload = await uploads.ask()
    _, session = await uploads.exchange(upload.id, await uploads.issue(upload.id))
    return upload.id, session


async def put_in(uploads: Uploads, content: bytes, name: str = "orders.csv", piece: int = 1000) -> Upload:
    """Put a whole file in."""
    upload_id, session = await opened(uploads)
    await uploads.start(upload_id, session, name, len(content))
    for offset in range(0, len(content), piece):
        await uploads.put(upload_id, session, offset, content[offset : offset + piece])
    return await uploads.finish(upload_id, session)
