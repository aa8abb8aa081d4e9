"""An upstream that costs next to nothing: one answer, kept, after as long as is asked for; beside the clients."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from benchmarks.processes import LOOPBACK

HEAD_END = b"\r\n\r\n"


@asynccontextmanager
async def canned_api(body: bytes, seconds: float = 0) -> AsyncGenerator[str]:
    """Answer every request with a JSON `body`, each after so many `seconds`; yield the address."""
    answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)

    open_ones: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (task := asyncio.current_task()) is not None:
            open_ones[writer] = task
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                await reader.readuntil(HEAD_END)  # what is asked here has no body
                if seconds:
                    await asyncio.sleep(seconds)
                writer.write(answer)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, LOOPBACK, 0, backlog=1024)
    try:
        yield f"http://{LOOPBACK}:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for writer in open_ones:
            writer.close()
        await asyncio.gather(*open_ones.values())
