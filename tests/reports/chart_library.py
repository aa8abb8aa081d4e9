"""The chart library as npm has it: `make charts` fetches it into the package, and a test holds what lies there to this.

For another version change `VERSION` and `TARBALL` (`npm view uplot dist.integrity`), run it, and take over the digests
that it prints. There is no build: the files are those that the authors publish.
"""

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Final

from tests.approval.ways.npm_packages import NPM, WHY_NO_NPM

VERSION: Final = "1.6.32"
TARBALL: Final = "sha512-KIMVnG68zvu5XXUbC4LQEPnhwOxBuLyW1AHtpm6IKTXImkbLgkMy+jabjLgSLMasNuGGzQm/ep3tOkyTxpiQIw=="
FILES: Final = {
    "LICENSE": "8f989229699b4fe2f1a0432d0e9edc338a8a911e250e2d1b01ecd770a5f5b1bd",
    "dist/uPlot.iife.min.js": "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f",
    "dist/uPlot.min.css": "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
}
"""What is taken of it, with its SHA-256."""
FOLDER: Final = Path(__file__).parents[2] / "preo_mcp" / "reports" / "templates" / "uplot"
SECONDS: Final = 120


def digest(file: Path) -> str:
    """Return a file's SHA-256."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def place(name: str) -> Path:
    """Return where a file of the library lies in the package."""
    return FOLDER / Path(name).name


def fetch() -> None:
    """Fetch the library with npm's client, and put what is taken of it into the package.

    Raises:
        ValueError: npm gave something else than what is pinned.
    """
    assert NPM
    with tempfile.TemporaryDirectory() as folder:
        command = [NPM, "pack", f"uplot@{VERSION}", "--json"]
        packed = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=SECONDS)
        tarball = Path(folder) / json.loads(packed.stdout)[0]["filename"]
        found = base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
        if f"sha512-{found}" != TARBALL:
            raise ValueError(f"uplot {VERSION} was not taken · its digest is sha512-{found} · See {__file__}.")
        with tarfile.open(tarball) as archive:
            archive.extractall(folder, filter="data")
        for name in FILES:
            shutil.copyfile(Path(folder) / "package" / name, place(name))
            print(digest(place(name)), name)


if __name__ == "__main__":
    if WHY_NO_NPM:
        sys.exit(WHY_NO_NPM)
    fetch()
