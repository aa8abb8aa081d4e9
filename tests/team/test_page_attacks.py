"""Attacks on a team's page: other sites, cookies that somebody made, ids that were guessed, and rights that lack."""

from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from preo_mcp.approval.plans import PlanState
from preo_mcp.process import LOOPBACK
from preo_mcp.replicas.ended import EndedHere
from preo_mcp.replicas.sealing import Sealing
from preo_mcp.team.pages.sessions import ATTEMPT_COOKIE, SESSION_COOKIE, SESSION_SECONDS, Sessions
from preo_mcp.team.principals import ALL as ALL_RIGHTS
from preo_mcp.team.principals import Principal, Right
from tests.team.signed_in import Served, a_team
from tests.team.test_apart import kept, refund, waiting_plan
from tests.team.visitor import ALL, FORM, SIGN_IN, Visitor, state_in, token_in

SIGN_OUT = f"{ALL}/sign-out"
READ_ONLY = frozenset({Right.READ})


async def waiting(team: Served, name: str = "anna") -> tuple[Visitor, str]:
    """Return one who is signed in on the page, with a question that waits for them."""
    token = team.token(name)
    async with team.client(token) as client:
        await client.call_tool("list_editions", {})
        plan_id = await waiting_plan(client, refund(team))
    visitor = Visitor(team.origin)
    assert (await visitor.sign_in(token)).status_code == 303
    return visitor, plan_id


async def test_only_a_page_of_this_server_answers(tmp_path: Path) -> None:
    async with a_team(tmp_path) as team:
        visitor, plan_id = await waiting(team)
        shown = await visitor.shown(plan_id)
        yes = {"nonce": shown["nonce"], "answer": True, "token": shown["token"]}
        path = f"{ALL}/{plan_id}/answer"
        foreign: list[dict[str, str]] = [
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": ""},
            {"Origin": f"http://{LOOPBACK}:1"},
            {"Origin": f"http://localhost:{team.origin.rpartition(':')[2]}"},
            {"Origin": team.origin.replace("http:", "https:")},
            {"Host": "evil.example", "Origin": "http://evil.example"},
            {"Content-Type": "text/plain"},
            {"Content-Type": FORM},
        ]
        for headers in foreign:
            assert (await visitor.asked(path, yes, **headers)).status_code in (403, 421), headers
        for token in ("", "x", shown["token"][:-1], token_in(await visitor.get(ALL))[::-1], "ø", 5, None):
            answer = await visitor.asked(path, yes | {"token": token})
            assert answer.status_code == HTTPStatus.FORBIDDEN, token
            asked = await visitor.asked(f"{ALL}/{plan_id}/show", {"token": token})
            assert (asked.status_code, "DKK" in asked.text) == (403, False)
        assert (await kept(team, plan_id)).state is PlanState.OPEN
        assert (await visitor.asked(path, yes)).json() == {"state": "approved"}


async def test_what_the_page_of_one_session_knows_is_no_use_in_another(tmp_path: Path) -> None:
    async with a_team(tmp_path) as team:
        anna, plan_id = await waiting(team)
        bo, _ = await waiting(team, "bo")
        shown = await anna.shown(plan_id)
        yes = {"nonce": shown["nonce"], "answer": True, "token": shown["token"]}
        path = f"{ALL}/{plan_id}/answer"
        assert (await bo.asked(path, yes)).status_code == 403
        assert (await bo.asked(path, yes | {"token": token_in(await bo.get(ALL))})).status_code == 404
        again = Visitor(team.origin)
        again.cookies = dict(anna.cookies)
        bo.cookies, anna.cookies = anna.cookies, bo.cookies
        assert (await anna.asked(path, yes)).status_code == 403
        assert (await again.asked(path, yes)).json() == {"state": "approved"}


async def test_behind_a_proxy_the_public_origin_counts(tmp_path: Path) -> None:
    public = "https://preo.example.org"
    by_proxy = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "preo.example.org", "Host": "10.0.0.7:8765"}
    async with a_team(tmp_path, None, public_url=public, trusted_proxies=(LOOPBACK,)) as team:
        token, visitor = team.token("anna"), Visitor(team.here)
        form = {"state": state_in(await visitor.get(ALL, **by_proxy)), "token": token}
        for origin in (team.here, "http://preo.example.org", "https://10.0.0.7:8765", ""):
            assert (await visitor.post(SIGN_IN, form, **by_proxy, Origin=origin)).status_code == 403, origin
        past = {"Origin": public, "Host": "preo.example.org"}
        assert (await visitor.post(SIGN_IN, form, **past)).status_code == 403, "past the proxy"
        answer = await visitor.post(SIGN_IN, form, **by_proxy, Origin=public)
        assert (answer.status_code, answer.headers["location"]) == (303, ALL)
        assert "Signed in as anna" in (await visitor.get(ALL, **by_proxy)).text


async def test_another_site_cannot_sign_a_browser_in_or_out(tmp_path: Path) -> None:
    async with a_team(tmp_path) as team:
        attacker = team.token("attacker")
        victim = Visitor(team.origin)
        state = state_in(await victim.get(ALL))
        stolen = state_in(await Visitor(team.origin).get(ALL))
        for headers in ({"Origin": "https://evil.example"}, {"Origin": ""}, {"Origin": f"http://{LOOPBACK}:1"}):
            answer = await victim.post(SIGN_IN, {"state": state, "token": attacker}, **headers)
            assert answer.status_code == HTTPStatus.FORBIDDEN
        for wrong in ("", "x", stolen):
            assert (await victim.post(SIGN_IN, {"state": wrong, "token": attacker})).status_code == 401
        assert SESSION_COOKIE not in victim.cookies
        visitor, _ = await waiting(team)
        assert (await visitor.post(SIGN_OUT, {})).status_code == 403
        assert (await visitor.post(SIGN_OUT, {"token": token_in(await visitor.get(ALL))}, Origin="")).status_code == 403
        assert (await visitor.get(ALL)).status_code == 200


async def test_a_session_is_new_at_sign_in_and_over_at_sign_out_for_copies_too(tmp_path: Path) -> None:
    async with a_team(tmp_path) as team:
        mallory, _ = await waiting(team, "mallory")
        fixed = mallory.cookies[SESSION_COOKIE]
        token = team.token("anna")
        anna = Visitor(team.origin)
        anna.cookies[SESSION_COOKIE] = fixed
        assert "Signed in as mallory" in (await anna.get(ALL)).text
        fresh = Visitor(team.origin)
        anna.cookies[ATTEMPT_COOKIE], state = "", state_in(await fresh.get(ALL))
        anna.cookies[ATTEMPT_COOKIE] = fresh.cookies[ATTEMPT_COOKIE]
        assert (await anna.post(SIGN_IN, {"state": state, "token": token})).status_code == 303
        assert anna.cookies[SESSION_COOKIE] != fixed
        page = await anna.get(ALL)
        assert "Signed in as anna" in page.text
        copy = Visitor(team.origin)
        copy.cookies = dict(anna.cookies)
        assert (await anna.post(SIGN_OUT, {"token": token_in(page)})).headers["location"] == ALL
        assert SESSION_COOKIE not in anna.cookies
        assert (await copy.get(ALL)).status_code == 401
        assert "Signed in as mallory" in (await mallory.get(ALL)).text


async def test_cookies_that_the_server_did_not_make_are_none(tmp_path: Path) -> None:
    async with a_team(tmp_path) as team:
        visitor, _ = await waiting(team)
        own = visitor.cookies[SESSION_COOKIE]
        attempt = Visitor(team.origin)
        await attempt.get(ALL)
        forged = Response()
        Sessions(bytes(32), EndedHere()).begin(forged, Principal("anna", ALL_RIGHTS))
        for cookie in (
            "",
            "x",
            own[:-2],
            own[::-1],
            f"{own[:40]}{'A' if own[40] != 'A' else 'B'}{own[41:]}",
            attempt.cookies[ATTEMPT_COOKIE],
            forged.headers["set-cookie"].partition("=")[2].partition(";")[0],
            Sealing(bytes(32)).sealed(SESSION_COOKIE, b"{}"),
        ):
            visitor.cookies[SESSION_COOKIE] = cookie
            assert (await visitor.get(ALL)).status_code == 401, cookie


async def test_a_session_ends_by_itself() -> None:
    now = [1_000_000.0]
    sessions, response = Sessions(bytes(32), EndedHere(), lambda: now[0]), Response()
    sessions.begin(response, Principal("anna", ALL_RIGHTS))
    cookie = response.headers["set-cookie"].partition(";")[0]
    request = Request({"type": "http", "headers": [(b"cookie", cookie.encode())]})
    now[0] += SESSION_SECONDS - 1
    assert await sessions.of(request) is not None
    now[0] += 1
    assert await sessions.of(request) is None


async def test_cookies_are_for_this_origin_alone_and_for_no_script(tmp_path: Path) -> None:
    async with a_team(tmp_path) as team:
        visitor, _ = await waiting(team)
        assert visitor.set_cookies
        for cookie in visitor.set_cookies:
            attributes = {one.strip().lower() for one in cookie.split(";")[1:]}
            assert cookie.startswith("__Host-")
            assert {"secure", "httponly", "path=/", "samesite=lax"} <= attributes, cookie
            assert not any(one.startswith("domain") for one in attributes)


async def test_no_page_is_framed_kept_or_led_away_from(tmp_path: Path) -> None:
    async with a_team(tmp_path) as team:
        visitor, plan_id = await waiting(team)
        pages = [await visitor.get(path) for path in (ALL, f"{ALL}/{plan_id}", f"{ALL}/pln_{24 * '0'}", SIGN_IN)]
        pages.append(await Visitor(team.origin).get(f"{ALL}/{plan_id}"))
        for page in pages:
            assert page.headers["x-frame-options"] == "DENY"
            assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
            assert page.headers["cache-control"] == "no-store"
            assert page.headers["referrer-policy"] in ("no-referrer", "same-origin")
        for path in (f"{SIGN_IN}?next=https://evil.example", f"{ALL}/?next=//evil.example", f"{ALL}//evil.example"):
            for method in (visitor.get, Visitor(team.origin).get):
                answer = await method(path)
                assert "evil" not in answer.headers.get("location", "")
                assert "//evil" not in answer.text


async def test_ids_that_are_guessed_or_of_others_are_answered_alike(tmp_path: Path) -> None:
    async with a_team(tmp_path) as team:
        visitor, own = await waiting(team)
        _, others = await waiting(team, "bo")
        token = (await visitor.shown(own))["token"]
        unknown = f"pln_{24 * 'f'}"
        answers = [
            [await visitor.get(f"{ALL}/{plan_id}") for plan_id in (others, unknown)],
            [await visitor.asked(f"{ALL}/{plan_id}/show", {"token": token}) for plan_id in (others, unknown)],
            [await visitor.get(f"{ALL}/{plan_id}/mail/{64 * '0'}") for plan_id in (others, unknown)],
            [
                await visitor.asked(f"{ALL}/{plan_id}/answer", {"token": token, "nonce": "x", "answer": True})
                for plan_id in (others, unknown)
            ],
        ]
        for of_others, of_none in answers:
            assert (of_others.status_code, of_others.text) == (of_none.status_code, of_none.text)
            assert of_others.status_code == HTTPStatus.NOT_FOUND
        for malformed in ("pln_x", "..%2fmcp", "%00", "pln_" + 24 * "F"):
            assert (await visitor.get(f"{ALL}/{malformed}")).status_code == 404
        assert (await kept(team, others)).state is PlanState.OPEN


async def test_a_token_without_the_right_answers_nothing(tmp_path: Path) -> None:
    async with a_team(tmp_path, four_eyes_amount_over="0") as team:
        _, plan_id = await waiting(team)
        for name, rights in (("eva", READ_ONLY), ("per", READ_ONLY | {Right.WRITE})):
            visitor = Visitor(team.origin)
            await visitor.sign_in(team.token(name, rights))
            assert plan_id not in (await visitor.get(ALL)).text
            assert await visitor.shown(plan_id) == {"state": 404}
            token = token_in(await visitor.get(ALL))
            body: dict[str, Any] = {"token": token, "nonce": "x", "answer": True}
            answer = await visitor.asked(f"{ALL}/{plan_id}/answer", body)
            assert (answer.status_code, answer.json()["state"]) == (403, "may_not")
        assert (await kept(team, plan_id)).state is PlanState.OPEN


@pytest.mark.parametrize(
    "token", ["", "x", "preo_x", "preo_" + 43 * "A", "eyJhbGciOiJub25lIn0.e30.", "preo_\r\nX: y", "ø"]
)
async def test_what_is_no_token_signs_nobody_in(tmp_path: Path, token: str) -> None:
    async with a_team(tmp_path) as team:
        visitor = Visitor(team.origin)
        answer = await visitor.sign_in(token)
        assert (answer.status_code, SESSION_COOKIE in visitor.cookies) == (401, False)
        assert not token or len(token) < 3 or token not in answer.text


async def test_a_token_that_was_revoked_is_signed_out(tmp_path: Path) -> None:
    async with a_team(tmp_path) as team:
        visitor, plan_id = await waiting(team)
        shown = await visitor.shown(plan_id)
        team.tokens.revoke("anna")
        assert (await visitor.get(ALL)).status_code == 401
        yes = {"nonce": shown["nonce"], "answer": True, "token": shown["token"]}
        answer = await visitor.asked(f"{ALL}/{plan_id}/answer", yes)
        assert (answer.status_code, answer.json()["state"]) == (401, "signed_out")
        assert (await kept(team, plan_id)).state is PlanState.OPEN
