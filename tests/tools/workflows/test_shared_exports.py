"""prepare_import behind a balancer: each call may come to another replica, and goes on with what was settled before."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import fakeredis
import pytest
from mcp import Client
from pydantic import SecretStr

from preo_mcp.backend import Backend, Factories
from preo_mcp.files.uploads.uploads import Uploads
from preo_mcp.replicas.notes import Notes
from preo_mcp.replicas.uploads import RedisUploads
from preo_mcp.server import build_server
from preo_mcp.tools.workflows import shared_exports
from tests.door import EDITION, ORDERS, YES, Door, Person, client_of_door, hasty_guardrails, open_door, text_of
from tests.files.uploads.received import put_in

URL = SecretStr("redis://localhost")
OPEN = ["products: keep"]
"""What is settled of `ORDERS`."""


@dataclass
class Replicas:
    """Servers before one sandbox and one Redis, none of which knows a file that came to another."""

    first: Door
    folder: Path
    server: fakeredis.FakeServer = field(default_factory=fakeredis.FakeServer)
    count: int = 0

    def key_file(self) -> Path:
        path = self.folder / "shared"
        path.touch(0o600)
        path.write_bytes(key())
        return path

    def uploads(self) -> RedisUploads:
        return RedisUploads(URL, key, fakeredis.FakeAsyncRedis(server=self.server))

    @asynccontextmanager
    async def another(self, caller: str = "ida", person: Person | None = None) -> AsyncGenerator[Door]:
        factories = Factories(
            client=client_of_door(self.first),
            guardrails=hasty_guardrails,
            uploads=self.uploads(),
            notes=Notes(URL, key, fakeredis.FakeAsyncRedis(server=self.server)),
        )
        self.count += 1
        own = {"state_folder": self.folder / f"state-{self.count}", "key_file": self.key_file()}
        settings = self.first.backend.settings.model_copy(update=own)
        async with Backend.opened(settings, factories, caller) as backend:
            host = Client(
                build_server(settings, backend), mode="auto", elicitation_callback=(person or Person(YES)).ask
            )
            async with host as client:
                yield Door(client, backend, self.folder)


def key() -> bytes:
    return b"k" * 32


@pytest.fixture
async def replicas(tmp_path: Path) -> AsyncGenerator[Replicas]:
    async with open_door(tmp_path, "auto") as first:
        yield Replicas(first, tmp_path)


async def test_what_one_settled_another_goes_on_with(replicas: Replicas) -> None:
    person = Person(YES)
    async with replicas.another() as one, replicas.another() as other, replicas.another(person=person) as third:
        found = await one.done("prepare_import", edition_id=EDITION, text=ORDERS, file_name="Ordrer.csv")
        assert found["decisions"], "something is open"
        source = found["source"]
        ready = await other.done("prepare_import", source=source, settle=OPEN, name="Fra butikken")
        again = await one.done("prepare_import", source=source)
        assert again["import_id"] == ready["import_id"], "nothing is uploaded twice"
        told = await third.done("get_data_import", import_id=ready["import_id"])
        assert "Fra butikken" in str(told)
        started = await third.call("start_import", import_id=ready["import_id"], ignore_warnings=True)
        assert not started.is_error, text_of(started)
        [question] = person.questions
        assert "Reckoning: " in question, "a person is shown what the file came to, whoever read it"


async def test_an_upload_is_named_to_any_of_them(replicas: Replicas) -> None:
    upload = await put_in(Uploads(replicas.uploads(), "ida"), ORDERS.encode(), "Ordrer.csv")
    async with replicas.another() as one, replicas.another() as other:
        await one.done("prepare_import", edition_id=EDITION, source=upload.id)
        ready = await other.done("prepare_import", source=upload.id, settle=OPEN)
        again = await one.done("prepare_import", source=upload.id, edition_id=EDITION)
        assert again["import_id"] == ready["import_id"]
        assert again["source"] == ready["source"]


async def test_another_callers_file_is_not_there(replicas: Replicas) -> None:
    async with replicas.another() as ida, replicas.another("jens") as jens:
        found = await ida.done("prepare_import", edition_id=EDITION, text=ORDERS)
        refused = await jens.call("prepare_import", source=found["source"], settle=OPEN)
        assert "no file is kept under" in text_of(refused)


async def test_without_redis_what_others_know_is_not_guessed(replicas: Replicas) -> None:
    async with replicas.another() as one:
        found = await one.done("prepare_import", edition_id=EDITION, text=ORDERS)
        replicas.server.connected = False
        refused = await one.call("prepare_import", source=found["source"], settle=OPEN)
        assert refused.is_error
        assert "Check the Redis of PREO_LEDGER_URL" in text_of(refused)


async def test_a_large_file_in_a_call_stays_with_its_replica(
    replicas: Replicas, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_exports, "MOST_NOTED", 10)
    async with replicas.another() as one, replicas.another() as other:
        found = await one.done("prepare_import", edition_id=EDITION, text=ORDERS)
        refused = await other.call("prepare_import", source=found["source"], settle=OPEN)
        assert "Give the file itself once more" in text_of(refused)
        assert (await one.done("prepare_import", source=found["source"], settle=OPEN))["import_id"]
