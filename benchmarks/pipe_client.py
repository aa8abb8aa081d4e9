"""The smallest MCP client: JSON-RPC lines over a child's pipes, so that the client's own work hardly counts."""

import json
import os
import subprocess
import threading
from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import TracebackType
from typing import Any, Self, cast

from benchmarks.processes import end
from benchmarks.table import NotMeasuredError

LONGEST_LIFE = 900.0
"""Seconds after which a server is ended, so that one that does not answer cannot hold the benchmark up for ever."""

CLIENT = {"name": "benchmark", "version": "1"}


class Era(StrEnum):
    """The two ways in which a host begins."""

    SESSION = "2025-11-25"
    STATELESS = "2026-07-28"


class PipeClient:
    """A server over stdio, started when this is made and ready to be called once it is entered."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str] | None = None, era: Era = Era.SESSION
    ) -> None:
        self._era = era
        self._number = 0
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **(environment or {})},
        )
        # One timer for all calls: starting a thread for each would be a good part of what is measured.
        self._watchdog = threading.Timer(LONGEST_LIFE, self._process.kill)
        self._watchdog.daemon = True
        self._watchdog.start()

    def __enter__(self) -> Self:
        try:
            self._begin()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._end()

    def list_tools(self) -> list[dict[str, Any]]:
        """Return the server's tools as they came.

        Raises:
            NotMeasuredError: there was none.
        """
        return self._ask("tools/list", {})["tools"]

    def call(self, tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return a call's result as it came.

        Raises:
            NotMeasuredError: there was none, or it says that the call failed.
        """
        result = self._ask("tools/call", {"name": tool, "arguments": dict(arguments)})
        if result.get("isError"):
            raise NotMeasuredError(f"{tool} failed: {result['content'][0]['text']}")
        return result

    def _end(self) -> None:
        self._watchdog.cancel()
        end(self._process)

    def _begin(self) -> None:
        if self._era is Era.STATELESS:
            self._ask("server/discover", {})
            return
        self._ask("initialize", {"protocolVersion": self._era, "capabilities": {}, "clientInfo": CLIENT})
        self._send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def _ask(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        self._number += 1
        if self._era is Era.STATELESS:
            keys = {"protocolVersion": self._era, "clientInfo": CLIENT, "clientCapabilities": {}}
            params["_meta"] = {f"io.modelcontextprotocol/{name}": value for name, value in keys.items()}
        self._send({"jsonrpc": "2.0", "id": self._number, "method": method, "params": params})
        while True:
            message = json.loads(self._receive())
            if message.get("id") == self._number:
                break
        if "result" not in message:
            raise NotMeasuredError(f"{method} failed: {message.get('error')}")
        return cast("dict[str, Any]", message["result"])

    def _send(self, message: dict[str, Any]) -> None:
        pipe = self._process.stdin
        if pipe is None:
            raise AssertionError("opened with a pipe")
        pipe.write(json.dumps(message).encode() + b"\n")
        pipe.flush()

    def _receive(self) -> bytes:
        pipe = self._process.stdout
        if pipe is None:
            raise AssertionError("opened with a pipe")
        line = pipe.readline()
        if not line:
            raise NotMeasuredError("the server left without an answer")
        return line
