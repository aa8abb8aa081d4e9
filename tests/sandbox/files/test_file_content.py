"""A file is served as what it is, in a way in which it cannot act, to whoever has its address."""

import base64
import struct
import zlib

import httpx
import pytest

from preo_mcp.sandbox.files.documents import content_path, content_type
from preo_mcp.sandbox.seed.files import PLANS, pdf, png
from preo_mcp.sandbox.store import Store
from tests.sandbox.conftest import Connect

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (png(0, 0, 0), "x.png", "image/png"),
        (png(0, 0, 0), "x.html", "image/png"),
        (b"\xff\xd8\xff\xe0rest", "x", "image/jpeg"),
        (b"GIF89a...", "x.gif", "image/gif"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "x.webp", "image/webp"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "x.webp", "application/octet-stream"),
        (pdf("x"), "x", "application/pdf"),
        (b"not a picture", "x.png", "application/octet-stream"),
        (b"a;b", "x.csv", "text/csv"),
        (b"<p>", "x.HTML", "text/html"),
        (SVG, "x.svg", "image/svg+xml"),
        (b"\x1f\x8b", "x.csv.gz", "application/octet-stream"),
        (b"?", "x.unknown", "application/octet-stream"),
    ],
)
def test_what_a_file_is(content: bytes, name: str, kind: str) -> None:
    assert content_type(content, name) == kind


@pytest.mark.parametrize(
    ("content", "name", "kind", "how"),
    [
        (png(0, 0, 0), "æ.png", "image/png", "inline"),
        (pdf("x"), "x.pdf", "application/pdf", "inline"),
        (b"<script>alert(1)</script>", "x.html", "text/html; charset=utf-8", "attachment"),
        (SVG, "x.svg", "image/svg+xml", "attachment"),
    ],
)
async def test_how_it_is_served(manager: httpx.AsyncClient, content: bytes, name: str, kind: str, how: str) -> None:
    encoded = base64.b64encode(content).decode()
    body = {"organization_id": "org_nordlys", "file_base64": encoded, "file_name": name}
    served = await manager.get((await manager.post("/v1/files", json=body)).json()["file_url"])
    assert served.headers["content-type"] == kind
    assert served.headers["content-disposition"].startswith(f"{how}; filename")
    assert served.headers["x-content-type-options"] == "nosniff"
    assert served.headers["content-security-policy"] == "sandbox"
    assert served.content == content


async def test_addresses_cannot_be_guessed(manager: httpx.AsyncClient, connect: Connect) -> None:
    body = {"organization_id": "org_nordlys", "file_base64": "eA==", "file_name": "x.txt"}
    files = [(await manager.post("/v1/files", json=body)).json() for _ in range(2)]
    keys = [file["file_url"].rsplit("/", 2)[1] for file in files]
    assert keys[0] != keys[1]
    assert all(len(key) >= 20 and file["api_id"] not in file["file_url"] for key, file in zip(keys, files, strict=True))
    anyone = connect(None)
    for wrong in (f"/__sandbox/files/{files[0]['api_id']}/x.txt", f"/__sandbox/files/{keys[0]}/y.txt"):
        assert (await anyone.get(wrong)).status_code == 404
    assert (await anyone.get(files[0]["file_url"])).text == "x"


async def test_lost_bytes_are_not_found(manager: httpx.AsyncClient, store: Store) -> None:
    file = (await manager.get("/v1/files/fil_nordlyslogo")).json()
    content_path(store, "fil_nordlyslogo").unlink()
    assert (await manager.get(file["file_url"])).status_code == 404


async def test_seeded_files_are_served(admin: httpx.AsyncClient) -> None:
    for plan in PLANS:
        file = (await admin.get(f"/v1/files/{plan.id}")).json()
        assert (await admin.get(file["file_url"])).content == plan.content
        assert file["size"] == len(plan.content)


def test_seeded_pictures_and_pages_are_valid() -> None:
    picture = png(9, 8, 7)
    position, pixels = 8, b""
    while position < len(picture):
        [length] = struct.unpack_from(">I", picture, position)
        kind, data = picture[position + 4 : position + 8], picture[position + 8 : position + 8 + length]
        assert struct.unpack_from(">I", picture, position + 8 + length) == (zlib.crc32(kind + data),)
        pixels += data if kind == b"IDAT" else b""
        position += length + 12
    rows = zlib.decompress(pixels)
    assert len(rows) == 16 * (1 + 16 * 3)
    assert rows[1:4] == bytes((9, 8, 7))
    page = pdf("Nordlys")
    start = int(page.rsplit(b"startxref\n", 1)[1].split()[0])
    assert page[start:].startswith(b"xref\n0 7\n")
    for number, line in enumerate(page[start:].split(b"\n")[3:9], 1):
        assert page[int(line[:10]) :].startswith(b"%d 0 obj\n" % number)
