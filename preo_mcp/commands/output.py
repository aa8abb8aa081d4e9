"""Where commands write: a terminal or a pipe of any code page, with a reader who may have gone."""

import codecs
import errno
import os
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Final, TextIO, cast

READER_GONE: Final = 141
"""The exit code where nobody reads any more: 128 + SIGPIPE, as a shell tells of what that signal ended."""

IS_WINDOWS: Final = os.name == "nt"
"""Whether a pipe that nobody reads answers as Windows has it."""

PLAIN: Final = {"→": "->", "─": "-", "│": "|", "…": "...", "·": "-", "≤": "<=", "≥": ">=", "–": "-", "−": "-", "×": "x"}
"""What stands for signs of ours that a Windows code page may lack."""


@contextmanager
def for_any_reader() -> Generator[None]:
    """Let every text of the block out, whatever the terminal or pipe can show: in plainer signs, or else escaped.

    Python encodes for a pipe on Windows by the code page, and ends the process at the first letter that it lacks.

    Raises:
        SystemExit: with `READER_GONE`, where the pipe was closed before all was written, as `head` does.
    """
    codecs.register_error(_PLAINER, _plainer)
    for stream in _streams():
        reconfigure: Callable[..., None] | None = getattr(stream, "reconfigure", None)  # None in a test
        if reconfigure is not None:
            reconfigure(errors=_PLAINER)
    try:
        try:
            yield
        finally:
            for stream in _streams():
                stream.flush()  # now: at the end of the interpreter it is too late to tell anything but an error
    except BaseException as exc:
        if not any(map(_is_closed_pipe, _leaves(exc))):
            raise
        _write_no_more()
        raise SystemExit(READER_GONE) from None


def _streams() -> Iterator[TextIO]:
    """Yield where is written; under pythonw nowhere."""
    streams: tuple[TextIO | None, ...] = (sys.stdout, sys.stderr)
    yield from (stream for stream in streams if stream is not None)


def _leaves(exc: BaseException) -> Iterator[BaseException]:
    if isinstance(exc, BaseExceptionGroup):
        for one in cast("BaseExceptionGroup[BaseException]", exc).exceptions:
            yield from _leaves(one)
    else:
        yield exc


def _is_closed_pipe(exc: BaseException) -> bool:
    """Return whether nobody reads; Windows tells that by EINVAL, without the name of a file."""
    is_invalid = isinstance(exc, OSError) and exc.errno == errno.EINVAL and exc.filename is None
    return isinstance(exc, BrokenPipeError) or (is_invalid and IS_WINDOWS)


def _write_no_more() -> None:
    """Lead what is still kept back to nowhere, or the interpreter fails over it at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in _streams():
        try:
            stream.flush()
        except OSError:
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


_PLAINER: Final = "preo_mcp.plainer"


def _plainer(error: UnicodeError) -> tuple[str, int]:
    """Return what is written in the place of the signs that `error` is about, and where to go on."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_plain, error.object[error.start : error.end])), error.end


def _plain(sign: str) -> str:
    return PLAIN.get(sign) or sign.encode("ascii", "backslashreplace").decode()
