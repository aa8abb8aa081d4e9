"""What a caller sees of each fault, on a wire and in this process, and whether the request was applied."""

from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from preo_mcp.api.operations import CREATE_CONSENT
from preo_mcp.sandbox.store import Store
from tests.sandbox.control.wires import HEADERS, WIRES, connected

FAULTS = "/__sandbox/faults"
CONSENTS = CREATE_CONSENT.path
TITLE = CREATE_CONSENT.title
NORDLYS = "org_nordlys"
DELAY = 0.05

SEEN: dict[str, tuple[str | int, bool, dict[str, Any]]] = {
    "drop_before": ("Server disconnected without sending a response.", False, {}),
    "drop_after": ("Server disconnected without sending a response.", True, {}),
    "error_before": (500, False, {}),
    "error_after": (503, True, {"status": 503}),
    "throttle": (429, False, {"seconds": 6.5}),
    "slow_before": (201, True, {"seconds": DELAY}),
    "slow": (201, True, {"seconds": DELAY}),
    "truncated": ("peer closed connection without sending complete message body", True, {}),
}
"""By kind: the status or httpx's error, whether the request was applied, the rule's parameters."""


class Consents:
    """Creates consents, each under a name of its own, and counts those there are."""

    def __init__(self, client: httpx.AsyncClient, store: Store) -> None:
        self.client = client
        self.store = store
        self.made = 0

    async def create(self, **options: Any) -> httpx.Response:
        self.made += 1
        body = {"organization_id": NORDLYS, "name": f"Consent {self.made}"}
        return await self.client.post(CONSENTS, json=body, **options)

    def count(self) -> int:
        return self.store.db.execute("SELECT count(*) FROM consents").fetchone()[0]


async def outcome(consents: Consents) -> str | int:
    try:
        answer = await consents.create()
    except httpx.RemoteProtocolError as exc:
        return str(exc).partition(" (")[0]
    assert answer.headers["Preo-Sandbox"] == "true"
    assert answer.headers.get("Retry-After") == ("7" if answer.status_code == 429 else None)
    return answer.status_code


async def collect(answer: httpx.Response, got: list[bytes]) -> None:
    async for chunk in answer.aiter_bytes():
        got.append(chunk)  # noqa: PERF401 - what came before the failure is wanted


@pytest.mark.parametrize("wire", WIRES)
async def test_every_kind(app: Starlette, store: Store, wire: str) -> None:
    async with connected(app, wire) as client:
        consents = Consents(client, store)
        for kind, (seen, is_applied, parameters) in SEEN.items():
            rule = {"kind": kind, "operation": TITLE, "times": 1, **parameters}
            assert (await client.post(FAULTS, json=[rule])).json() == [{**rule, "matched": 0, "struck": 0}]
            before = consents.count()
            assert await outcome(consents) == seen, kind
            assert consents.count() - before == is_applied, kind
            assert (await client.get(FAULTS)).json() == [{**rule, "matched": 1, "struck": 1}]
            assert await outcome(consents) == 201  # the rule is used up, and the client connects again
            assert (await client.delete(FAULTS)).status_code == 204
        told = (await client.get("/__sandbox/requests")).json()
        struck = {seen["fault"]: (seen["handled"], seen["status"]) for seen in told if seen["fault"]}
        assert struck == {
            "drop_before": (None, None),
            "drop_after": (201, None),
            "error_before": (None, 500),
            "error_after": (201, 503),
            "throttle": (None, 429),
            "slow_before": (201, 201),
            "slow": (201, 201),
            "truncated": (201, 201),
        }
        assert len(told) == 2 * len(SEEN)  # none of the control plane's own


@pytest.mark.parametrize("wire", WIRES)
async def test_a_slow_answer_is_applied_before_or_after_the_delay(app: Starlette, store: Store, wire: str) -> None:
    async with connected(app, wire) as client:
        consents = Consents(client, store)
        before = consents.count()
        for kind, applied in (("slow_before", 0), ("slow", 1)):
            await client.post(FAULTS, json=[{"kind": kind, "seconds": 0.3, "times": 1, "operation": TITLE}])
            with pytest.raises(httpx.ReadTimeout):
                await consents.create(timeout=0.1)
            assert consents.count() - before == applied, kind
            before = consents.count()


@pytest.mark.parametrize("wire", WIRES)
async def test_answers_without_a_body_or_of_unknown_length(app: Starlette, wire: str) -> None:
    async with connected(app, wire) as client:
        made = (await client.post(CONSENTS, json={"organization_id": NORDLYS, "name": "Gone"})).json()["id"]
        await client.post(FAULTS, json=[{"kind": "truncated"}])
        for method, path in (("DELETE", f"{CONSENTS}/{made}"), ("HEAD", CONSENTS)):
            with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
                await client.request(method, path)
        with pytest.raises(httpx.RemoteProtocolError, match="complete message body"):
            await client.get("/v1/segments/seg_nordlys_guests/export")
        async with client.stream("GET", CONSENTS) as answer:
            got: list[bytes] = []
            with pytest.raises(httpx.RemoteProtocolError):
                await collect(answer, got)
        assert len(b"".join(got)) == int(answer.headers["Content-Length"]) // 2
        await client.delete(FAULTS)
        assert made not in (await client.get(CONSENTS)).text


async def test_the_same_requests_meet_the_same_faults(app: Starlette, store: Store) -> None:
    async with connected(app, "in process") as client:
        consents, runs = Consents(client, store), list[list[str | int]]()
        for _ in range(2):
            rules: list[dict[str, Any]] = [
                {"kind": "drop_after", "writes": True, "probability": 0.3, "seed": 5},
                {"kind": "error_before", "writes": True, "every": 4},
            ]
            await client.post(FAULTS, json=rules)
            runs.append([await outcome(consents) for _ in range(25)])
            await client.delete(FAULTS)
        assert runs[0] == runs[1]
        assert set(runs[0]) == {201, 500, "Server disconnected without sending a response."}


async def test_bad_rules_are_refused_and_change_nothing(app: Starlette) -> None:
    async with connected(app, "in process") as client:
        good = {"kind": "drop_after", "every": 2}
        bad = [good, {"kind": "drop"}, {"kind": "slow", "operation": "Send"}, {"every": "x"}, 7]
        answer = await client.post(FAULTS, json=bad)
        assert answer.status_code == 400
        reasons = answer.json()
        assert set(reasons) == {"1", "2", "3", "4"}
        assert "drop_before" in reasons["1"]["kind"][0]
        assert reasons["2"] == ["There is no operation 'Send'."]
        assert set(reasons["3"]) == {"kind", "every"}
        for body in (good, {}, "x"):
            answer = await client.post(FAULTS, json=body)
            assert (answer.status_code, list(answer.json())) == (400, ["non_field_errors"])
        assert (await client.post(FAULTS, json=[good] * 101)).status_code == 400
        assert (await client.post(FAULTS, content=b"[{")).status_code == 415
        assert (await client.get(FAULTS)).json() == []


async def test_a_server_that_cannot_close_connections_says_so(
    app: Starlette,
) -> None:
    plain = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=plain, base_url="http://sandbox", headers=HEADERS) as client:
        await client.post(FAULTS, json=[{"kind": "drop_before"}])
        assert (await client.get(CONSENTS)).status_code == 500


async def test_requests_are_noted_without_what_is_in_them(app: Starlette) -> None:
    async with connected(app, "in process") as client:
        body = {"organization_id": NORDLYS, "name": "Secret name"}
        await client.post(CONSENTS, json=body, headers={"Idempotency-Key": "key-1"})
        await client.post(CONSENTS, json={**body, "name": "Other"}, headers={"Idempotency-Key": "key-1"})
        await client.get(f"{CONSENTS}/con_secret?search=secret")
        await client.get("/v1/secret")
        told = await client.get("/__sandbox/requests")
        assert "secret" not in told.text.casefold()
        assert "sandbox-admin" not in told.text
        first, second, third, fourth = told.json()
        # The second one was applied too: the key has no effect.
        assert (first["handled"], second["handled"]) == (201, 201)
        assert first | {"sequence": 2} == second
        assert (first["operation"], first["path"], first["idempotency_key"]) == (TITLE, CONSENTS, "key-1")
        assert (third["method"], third["path"], third["status"]) == ("GET", f"{CONSENTS}/{{id}}", 404)
        assert (fourth["operation"], fourth["path"], fourth["status"]) == (None, None, 404)
        behind = (await client.get("/__sandbox/requests", params={"after": 3})).json()
        assert behind == [fourth]
