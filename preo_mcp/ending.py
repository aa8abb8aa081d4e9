"""What is open is closed also where the process is asked to end: SIGTERM, and SIGHUP when its terminal goes.

Neither unwinds Python's stack. A server that goes on for a while after the signal, as uvicorn does for requests under
way, would be killed by it at the end of that; so the closing does not wait.
"""

import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

ENDINGS: Final = tuple(number for name in ("SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None)


@contextmanager
def closed_at_the_end(close: Callable[[], None]) -> Generator[None]:
    """Call `close` at the end of the block or of the process, whichever comes first; never twice.

    What else was to happen at the signal then happens: without anything else, the process ends by it. Outside of the
    main thread, where no signal arrives, the end of the block alone counts.
    """
    ending = _Ending(close)
    ending.watch()
    try:
        yield
    finally:
        ending.leave()
        ending.close()


class _Ending:
    def __init__(self, close: Callable[[], None]) -> None:
        self._close = close
        self._is_closed = False
        self._before: dict[int, Any] = {}

    def watch(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        for number in ENDINGS:
            before = signal.getsignal(number)
            if before is not signal.SIG_IGN:  # as nohup has it
                self._before[number] = before
                signal.signal(number, self._end)

    def leave(self) -> None:
        for number, before in self._before.items():
            if signal.getsignal(number) == self._end:  # somebody else's, set meanwhile, leads here still
                signal.signal(number, signal.SIG_DFL if before is None else before)

    def close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._close()

    def _end(self, number: int, frame: FrameType | None) -> None:
        self.close()
        before = self._before[number]
        if callable(before):
            before(number, frame)
        else:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
