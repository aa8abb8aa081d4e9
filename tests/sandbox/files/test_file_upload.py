"""A file that is uploaded in either way comes back byte for byte; what cannot be kept is refused and leaves nothing."""

import base64
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from preo_mcp.sandbox.files.upload import FILE_LIMIT
from preo_mcp.sandbox.seed.files import pdf, png
from preo_mcp.sandbox.store import Store
from tests.sandbox.conftest import Connect

PICTURE = png(1, 2, 3)
ORGANIZATION = {"organization_id": "org_nordlys"}


def as_json(content: bytes, name: str = "plakat.png", **fields: Any) -> dict[str, Any]:
    return {**ORGANIZATION, "file_base64": base64.b64encode(content).decode(), "file_name": name, **fields}


def kept(store: Store) -> tuple[int, list[str]]:
    [(rows,)] = store.db.execute("SELECT count(*) FROM files").fetchall()
    return rows, sorted(path.name for path in store.files.iterdir())


async def test_json(manager: httpx.AsyncClient, connect: Connect) -> None:
    answer = await manager.post("/v1/files", json=as_json(PICTURE, tags=["forside, Plakat", "plakat"]))
    assert answer.status_code == 201
    file = answer.json()
    expected = {
        **ORGANIZATION,
        "file_name": "plakat.png",
        "content_type": "image/png",
        "size": len(PICTURE),
        "tags": ["forside", "Plakat"],
        "usages": [],
        "caption": None,
    }
    assert expected.items() <= file.items()
    assert file == (await manager.get(f"/v1/files/{file['api_id']}")).json()
    assert (await connect(None).get(file["file_url"])).content == PICTURE


async def test_form(manager: httpx.AsyncClient) -> None:
    sent = {**ORGANIZATION, "tags": ["kort", "festival,2026"]}
    answer = await manager.post("/v1/files", data=sent, files={"file": ("Pladskort Ærø.pdf", pdf("Kort"))})
    assert answer.status_code == 201, answer.text
    file = answer.json()
    assert (file["file_name"], file["content_type"]) == ("Pladskort Ærø.pdf", "application/pdf")
    assert file["tags"] == ["kort", "festival", "2026"]
    served = await manager.get(file["file_url"])
    assert served.content.startswith(b"%PDF-1.4")


async def test_form_with_base64_and_with_another_name(manager: httpx.AsyncClient) -> None:
    encoded = {"file_base64": (None, base64.b64encode(PICTURE)), "file_name": (None, "a.png")}
    fields = {name: (None, value) for name, value in ORGANIZATION.items()}
    answer = await manager.post("/v1/files", files={**fields, **encoded})
    assert (answer.status_code, answer.json()["size"]) == (201, len(PICTURE))
    renamed = {**ORGANIZATION, "file_name": "b.png"}
    answer = await manager.post("/v1/files", data=renamed, files={"file": ("c.png", PICTURE)})
    assert answer.json()["file_name"] == "b.png"


@settings(max_examples=25, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=st.binary(min_size=1, max_size=3_000), name=st.text(min_size=1, max_size=40), in_form=st.booleans())
async def test_every_content_comes_back(manager: httpx.AsyncClient, content: bytes, name: str, in_form: bool) -> None:
    if in_form:
        answer = await manager.post("/v1/files", data=ORGANIZATION, files={"file": ("x.bin", content)})
    else:
        answer = await manager.post("/v1/files", json=as_json(content, f"{name}x.bin"))
    assert answer.status_code == 201, answer.text
    served = await manager.get(answer.json()["file_url"])
    assert (served.status_code, served.content) == (200, content)


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("C:\\Users\\maja\\plakat.png", "plakat.png"),
        ("../../etc/passwd", "passwd"),
        ("a\r\nSet-Cookie: x=1.png", "aSet-Cookie: x=1.png"),
        ("  plakat \u202e.png ", "plakat .png"),
    ],
)
async def test_names_are_made_harmless(manager: httpx.AsyncClient, name: str, stored: str) -> None:
    file = (await manager.post("/v1/files", json=as_json(PICTURE, name))).json()
    assert file["file_name"] == stored
    served = await manager.get(file["file_url"])
    assert served.content == PICTURE
    assert "set-cookie" not in served.headers


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"file_base64": "not base64"}, "file_base64"),
        ({"file_base64": "ÆØÅ="}, "file_base64"),
        ({"file_base64": ""}, "file"),
        ({"file_name": ""}, "file_name"),
        ({"file_name": "/"}, "file_name"),
        ({"file_name": "\u0007"}, "file_name"),
        ({"file_name": "x" * 256}, "file_name"),
        ({"organization_id": "org_none"}, "organization_id"),
        ({"organization_id": "org_elbklang"}, "organization_id"),
        ({"tags": ["x" * 51]}, "tags"),
        ({"tags": [",".join(map(str, range(31)))]}, "tags"),
        ({"tags": "a,b"}, "tags"),
    ],
)
async def test_refused_by_field(manager: httpx.AsyncClient, store: Store, change: dict[str, Any], field: str) -> None:
    before = kept(store)
    answer = await manager.post("/v1/files", json={**as_json(PICTURE), **change})
    assert (answer.status_code, list(answer.json())) == (400, [field])
    assert kept(store) == before


FORM_HEADER = {"Content-Type": "multipart/form-data; boundary=x"}


@pytest.mark.parametrize(
    ("sent", "status", "says"),
    [
        ({"data": {"organization_id": "org_nordlys", "file": "text"}, "files": {"other": b""}}, 400, "not a file"),
        ({"data": ORGANIZATION, "files": {"other": (None, b"x")}}, 400, "exactly one"),
        ({"data": {**ORGANIZATION, "file_base64": "eA=="}, "files": {"file": ("a", b"x")}}, 400, "exactly one"),
        ({"files": {"file": ("a.png", b"x")}}, 400, "organization_id"),
        ({"data": ORGANIZATION, "files": {"file": ("a.png", b"")}}, 400, "empty"),
        ({"data": ORGANIZATION, "files": [("file", ("a", b"x")), ("file", ("b", b"y"))]}, 400, "Too many files"),
        ({"content": b"--x\r\n", "headers": {"Content-Type": "multipart/form-data"}}, 400, "boundary"),
        ({"content": b"garbage", "headers": FORM_HEADER}, 400, "Multipart form parse error"),
        ({"content": b"", "headers": FORM_HEADER}, 400, "organization_id"),
        ({"content": b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--", "headers": FORM_HEADER}, 400, "name"),
        ({"content": b"a=1", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}, 415, "media type"),
        ({"content": b"x"}, 415, "media type"),
    ],
)
async def test_bodies_that_do_not_do(
    manager: httpx.AsyncClient, store: Store, sent: dict[str, Any], status: int, says: str
) -> None:
    before = kept(store)
    answer = await manager.post("/v1/files", **sent)
    assert answer.status_code == status, answer.text
    assert says in answer.text
    assert kept(store) == before


@pytest.mark.parametrize("charset", ["hex", "nonsense", "utf-16"])
async def test_odd_charsets_of_a_form(manager: httpx.AsyncClient, charset: str) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="organization_id"\r\n\r\norg_nordlys\r\n--x--\r\n'
    header = {"Content-Type": f"multipart/form-data; boundary=x; charset={charset}"}
    assert (await manager.post("/v1/files", content=body, headers=header)).status_code == 400


async def test_too_large(manager: httpx.AsyncClient, store: Store) -> None:
    before = kept(store)
    whole = bytes(FILE_LIMIT)
    assert (await manager.post("/v1/files", data=ORGANIZATION, files={"file": ("a.bin", whole)})).status_code == 201
    for answer in (
        await manager.post("/v1/files", data=ORGANIZATION, files={"file": ("a.bin", whole + b"x")}),
        await manager.post("/v1/files", json=as_json(whole + b"x")),
        await manager.post("/v1/files", json=as_json(whole * 2)),
    ):
        assert answer.status_code == 413
        assert str(FILE_LIMIT) in answer.text or "request body" in answer.text
    assert kept(store)[0] == before[0] + 1


async def test_staff_may_not(staff: httpx.AsyncClient, store: Store) -> None:
    before = kept(store)
    assert (await staff.post("/v1/files", json=as_json(PICTURE))).status_code == 403
    assert kept(store) == before
