"""What is copied to be read is gone once it is read, and when the process is asked to end meanwhile."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from preo_mcp.files.scratch import scratch_folder

READING = """
import threading, time
from preo_mcp.files.scratch import scratch_ends_with_the_process, scratch_folder

def read():
    with scratch_folder() as folder:
        print(folder, flush=True)
        while True:
            (folder / f"{time.monotonic_ns()}").write_text("Kirsten Holm")
            time.sleep(0.0001)  # it is not the number of files that is tried

with scratch_ends_with_the_process():
    threading.Thread(target=read, daemon=True).start()
    threading.Event().wait(30)
"""
"""A thread that reads, and goes on to add files to its folder."""


def test_a_folder_is_its_owners_alone_and_gone_at_the_end() -> None:
    with scratch_folder() as folder:
        (folder / "file").write_text("Kirsten Holm")
        assert os.name != "posix" or stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not folder.exists()


@pytest.mark.skipif(os.name != "posix", reason="Windows ends a process without a signal")
@pytest.mark.parametrize("number", ["SIGTERM", "SIGHUP"])
def test_nothing_stays_of_what_a_thread_was_reading(tmp_path: Path, number: str) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", READING], stdout=subprocess.PIPE, text=True, env=environment) as one:
        assert one.stdout is not None
        folder = Path(one.stdout.readline().strip())
        assert folder.parent == tmp_path
        ending = getattr(signal, number)
        one.send_signal(ending)
        try:
            assert one.wait(20) == -ending
        finally:
            one.kill()
    assert list(tmp_path.iterdir()) == []
