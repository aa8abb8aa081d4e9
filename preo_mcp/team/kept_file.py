"""A private file that others change while this process runs: read again when it has changed."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from preo_mcp.api.errors import ConfigurationError
from preo_mcp.files.private_files import UnsafeFileError, open_private
from preo_mcp.settings import NOT_STARTED

T = TypeVar("T")
Stamp = tuple[int, int, int]


class KeptFile(Generic[T]):
    """What a file of its owner's alone says now.

    Args:
        path: The file.
        parse: Makes sense of its bytes; raises ValueError, whose text is shown, where it cannot.
        absent: What holds where there is no such file; None where there has to be one.
    """

    def __init__(self, path: Path, parse: Callable[[bytes], T], absent: T | None = None) -> None:
        self._path = path
        self._parse = parse
        self._absent = absent
        self._stamp: Stamp | None = None
        self._value: T | None = None

    def read(self) -> T:
        """Return what the file says.

        Raises:
            ConfigurationError: it is not there, cannot be read, others can read it, or it says nothing sensible.
        """
        try:
            descriptor = open_private(self._path, os.O_RDONLY)
        except FileNotFoundError:
            if self._absent is None:
                raise self._refused("it is not there", "Make it, or correct the setting.") from None
            return self._absent
        except UnsafeFileError as exc:
            raise self._refused(str(exc), f"Run: chmod 600 {self._path}") from None
        except OSError as exc:
            raise self._refused(exc.strerror or type(exc).__name__, "Let this user read it.") from None
        with os.fdopen(descriptor, "rb") as file:
            about = os.fstat(file.fileno())
            stamp = (about.st_mtime_ns, about.st_ino, about.st_size)
            if self._value is None or stamp != self._stamp:
                try:
                    self._value = self._parse(file.read())
                except ValueError as exc:
                    self._value = None
                    raise self._refused(str(exc), "Correct it.") from None
                self._stamp = stamp
        return self._value

    def _refused(self, why: str, next_step: str) -> ConfigurationError:
        return ConfigurationError(NOT_STARTED, f"{self._path}: {why}", next_step)
