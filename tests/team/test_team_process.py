"""The server of a team as a process: from the command line to a revoked token, with its own TLS, and not on stdio."""

import datetime
import ipaddress
import json
import os
import ssl
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import httpx
import pytest
from anyio.streams.text import TextReceiveStream
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from preo_mcp.process import LOOPBACK, listen
from tests.team.provider import PRIVATE
from tests.team.signed_in import ACCEPT, INITIALIZE
from tests.test_serving import listening

COMMAND = [sys.executable, "-m", "preo_mcp"]
PATIENCE = 90


def environment(folder: Path) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("PREO_")}
    return own | {"PREO_STATE_FOLDER": str(folder / "state")}


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@asynccontextmanager
async def serving(folder: Path, *flags: str) -> AsyncGenerator[str]:
    """Run a server for a team, and yield where it says that clients connect."""
    command = [*COMMAND, "--team", "--sandbox", "--transport", "http", *flags]
    process = await anyio.open_process(command, stdin=None, stdout=None, env=environment(folder))
    assert process.stderr is not None
    try:
        with anyio.fail_after(PATIENCE):
            said = await TextReceiveStream(process.stderr).receive()
            assert "serves a team on" in said, said
            url = said.strip().rpartition(" ")[2]
            await listening(int(httpx.URL(url).port or 0))
        yield url
    finally:
        process.terminate()
        with anyio.move_on_after(PATIENCE, shield=True):
            await process.wait()
        await process.aclose()


async def status(http: httpx.AsyncClient, url: str, token: str) -> int:
    headers = ACCEPT | {"Authorization": f"Bearer {token}"}
    return (await http.post(url, json=INITIALIZE, headers=headers)).status_code


async def test_a_token_from_the_command_line_lets_in_until_it_is_revoked(tmp_path: Path) -> None:
    added = await anyio.to_thread.run_sync(run, tmp_path, "token", "add", "anna", "--read-only", "--preset", "support")
    token = added.stdout.strip()
    assert added.returncode == 0, added.stderr
    assert token.startswith("preo_")
    assert token not in added.stderr
    async with serving(tmp_path, "--port", "0") as url, httpx.AsyncClient() as http:
        assert await status(http, url, token) == 200
        assert await status(http, url, f"{token}x") == 401
        own = await anyio.to_thread.run_sync(run, tmp_path, "token", "show")
        assert await status(http, url, own.stdout.strip()) == 401, "this computer's user is not one of the team"
        listed = await anyio.to_thread.run_sync(run, tmp_path, "token", "list")
        assert "anna" in listed.stdout
        assert "preo.read · support" in listed.stdout
        assert "preo.write" not in listed.stdout
        assert token not in listed.stdout
        revoked = await anyio.to_thread.run_sync(run, tmp_path, "token", "revoke", "anna")
        assert revoked.returncode == 0, revoked.stderr
        assert await status(http, url, token) == 401


def certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate of this computer, and its key."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    key = PRIVATE["ES256"]
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address(LOOPBACK))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    cert, private = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return cert, private


async def test_beyond_loopback_it_serves_by_tls_under_its_public_address(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    token = (await anyio.to_thread.run_sync(run, tmp_path, "token", "add", "anna")).stdout.strip()
    with listen(0) as probe:
        port = probe.getsockname()[1]
    public = f"https://localhost:{port}"
    flags = ["--host", "0.0.0.0", "--port", str(port), "--public-url", public]
    async with serving(tmp_path, *flags, "--tls-cert", str(cert), "--tls-key", str(key)) as url:
        assert url == f"{public}/mcp"
        trusting = ssl.create_default_context(cafile=str(cert))
        async with httpx.AsyncClient(verify=trusting) as http:
            assert await status(http, url, token) == 200
            assert await status(http, url, "x") == 401
            by_number = f"https://{LOOPBACK}:{port}/mcp"
            assert await status(http, by_number, token) == 421, "its name is the public one alone"
            with pytest.raises(httpx.HTTPError):
                await status(http, f"http://localhost:{port}/mcp", token)


@pytest.mark.parametrize("content", [None, "", "-----BEGIN CERTIFICATE-----\nx\n"])
def test_a_certificate_that_cannot_be_used_stops_the_start(tmp_path: Path, content: str | None) -> None:
    cert = tmp_path / "cert.pem"
    if content is not None:
        cert.write_text(content, encoding="utf-8")
    flags = ["--team", "--sandbox", "--transport", "http", "--port", "0", "--public-url", "https://localhost"]
    ended = run(tmp_path, *flags, "--tls-cert", str(cert), "--tls-key", str(cert))
    assert ended.returncode == 2
    assert len(ended.stderr.strip().split(" · ")) == 3
    assert "certificate" in ended.stderr


def test_beyond_loopback_nothing_starts_without_tls(tmp_path: Path) -> None:
    ended = run(tmp_path, "--team", "--sandbox", "--transport", "http", "--host", "0.0.0.0")
    assert ended.returncode == 2
    assert "without TLS" in ended.stderr


def test_members_that_cannot_be_read_stop_the_start(tmp_path: Path) -> None:
    flags = ["--team", "--sandbox", "--transport", "http", "--port", "0", "--members", str(tmp_path / "members.toml")]
    ended = run(tmp_path, *flags)
    assert ended.returncode == 2
    assert "members.toml: it is not there" in ended.stderr
    assert "Traceback" not in ended.stderr


STARTED = """
import atexit, json, sys
atexit.register(lambda: sys.stderr.write(json.dumps(sorted(sys.modules))))
from preo_mcp.cli import main
main(["--sandbox"])
"""


def test_over_stdio_nothing_of_a_team_is_imported(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", STARTED],
        env=environment(tmp_path),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    imported = json.loads(ended.stderr)
    assert "preo_mcp.serving" in imported
    for module in imported:
        assert not module.startswith(("preo_mcp.team", "preo_mcp.web")), module
        assert module.partition(".")[0] not in ("jwt", "httpx"), module
