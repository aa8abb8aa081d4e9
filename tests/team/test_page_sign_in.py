"""Signing in on the page at a provider: what is asked for, and everything that lets nobody in."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from preo_mcp.team.pages.sessions import ATTEMPT_COOKIE, SESSION_COOKIE
from tests.team.provider import Provider, served
from tests.team.signed_in import Served, a_team, members_file
from tests.team.visitor import ALL, SIGN_IN, Visitor

CLIENT = "the-page"
BACK = f"{ALL}/signed-in"
RIGHTS = "openid preo.read preo.approve"
Change = Callable[["CodeProvider"], None]


class CodeProvider(Provider):
    """A provider that gives tokens for a code, once; tests change what is in them.

    Attributes:
        vouched: Changes to the claims of the ID token.
        granted: Changes to those of the access token.
        about: Changes to the metadata.
        algorithm: Of the ID token.
    """

    def __init__(self) -> None:
        super().__init__()
        self.vouched: dict[str, Any] = {}
        self.granted: dict[str, Any] = {}
        self.about: dict[str, Any] = {}
        self.algorithm = "RS256"
        self.audience = self.nonce = ""
        self.authorization: list[str | None] = []
        self._used: set[str] = set()

    def routes(self) -> list[Route]:
        known = Route("/.well-known/openid-configuration", self._about)
        return [known, Route("/token", self._code, methods=["POST"]), *super().routes()]

    async def _about(self, _: Request) -> Response:
        names = {"jwks_uri": "jwks", "token_endpoint": "token", "authorization_endpoint": "authorize"}
        addresses = {name: f"{self.url}/{path}" for name, path in names.items()}
        return JSONResponse({"issuer": self.url, **addresses, **self.about})

    async def _code(self, request: Request) -> Response:
        asked = parse_qs((await request.body()).decode())
        self.exchanges.append(asked)
        self.authorization.append(request.headers.get("authorization"))
        [code] = asked["code"]
        if code in self._used:
            return JSONResponse({"error": "invalid_grant"}, 400)
        self._used.add(code)
        vouched: dict[str, Any] = {"scope": None, "nonce": self.nonce} | self.vouched
        word = self.token(CLIENT, self.algorithm, {"typ": "JWT"}, **vouched)
        granted: dict[str, Any] = {"scope": RIGHTS} | self.granted
        access = self.token(self.audience, **granted)
        return JSONResponse({"access_token": access, "id_token": word, "token_type": "Bearer"})


@asynccontextmanager
async def at_a_provider(folder: Path, **flags: Any) -> AsyncGenerator[tuple[Served, CodeProvider]]:
    provider = CodeProvider()
    async with served(Starlette(routes=provider.routes())) as url:
        provider.url = url
        async with a_team(folder, provider, client_id=CLIENT, **flags) as team:
            provider.audience = team.url
            yield team, provider


async def left(visitor: Visitor, provider: CodeProvider) -> dict[str, str]:
    """Leave for the provider, and return what it is asked."""
    answer = await visitor.get(SIGN_IN)
    assert answer.status_code == 303
    address = urlsplit(answer.headers["location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{provider.url}/authorize"
    asked = {name: values[0] for name, values in parse_qs(address.query).items()}
    provider.nonce = asked["nonce"]
    return asked


async def came_back(visitor: Visitor, state: str, code: str = "code", **more: str) -> httpx.Response:
    query = httpx.QueryParams({"state": state, "code": code, **more})
    return await visitor.get(f"{BACK}?{query}")


def is_let_in(visitor: Visitor) -> bool:
    return SESSION_COOKIE in visitor.cookies


async def test_what_the_provider_is_asked_and_told(tmp_path: Path) -> None:
    async with at_a_provider(tmp_path) as (team, provider):
        visitor, plan_id = Visitor(team.origin), "pln_0123456789abcdef01234567"
        await visitor.get(f"{ALL}/{plan_id}")
        asked = await left(visitor, provider)
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        assert (asked["client_id"], asked["scope"], asked["resource"]) == (CLIENT, RIGHTS, team.url)
        assert asked["redirect_uri"] == f"{team.origin}{BACK}"
        assert len({asked[name] for name in ("state", "nonce", "code_challenge")}) == 3
        came = await came_back(visitor, asked["state"])
        assert (came.status_code, came.headers["location"]) == (303, f"{ALL}/{plan_id}")
        [told] = provider.exchanges
        assert told["client_id"] == [CLIENT]
        assert told["code_verifier"] != [asked["code_challenge"]]
        assert provider.authorization == [None]
        assert ATTEMPT_COOKIE not in visitor.cookies
        assert "Signed in as anna" in (await visitor.get(ALL)).text


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
async def test_a_confidential_client_shows_its_secret_as_the_provider_takes_it(tmp_path: Path, method: str) -> None:
    secret = tmp_path / "secret"
    secret.touch(0o600)
    secret.write_text("a:b+c d\n", encoding="utf-8")
    async with at_a_provider(tmp_path, client_secret_file=secret) as (team, provider):
        provider.about = {"token_endpoint_auth_methods_supported": [method]}
        visitor = Visitor(team.origin)
        await came_back(visitor, (await left(visitor, provider))["state"])
        assert is_let_in(visitor)
        [told] = provider.exchanges
        if method == "client_secret_post":
            assert told["client_secret"] == ["a:b+c d"]
        else:
            assert provider.authorization == ["Basic dGhlLXBhZ2U6YSUzQWIlMkJjK2Q="]


def vouches(**claims: Any) -> Change:
    return lambda provider: provider.vouched.update(claims)


def grants(**claims: Any) -> Change:
    return lambda provider: provider.granted.update(claims)


def says(**about: Any) -> Change:
    return lambda provider: provider.about.update(about)


WRONG: dict[str, Change] = {
    "the word is of another attempt": vouches(nonce="another"),
    "the word is of no attempt": vouches(nonce=None),
    "the word is for another client": vouches(aud="another"),
    "the word is for several clients": vouches(aud=[CLIENT, "another"]),
    "the word was asked for by another client": vouches(azp="another"),
    "the word is of another provider": vouches(iss="https://id.example.org"),
    "the word has expired": vouches(exp=1_700_000_000),
    "the word is about somebody else": vouches(sub="subject-of-bo"),
    "the access token is for another server": grants(aud="https://other.example.org/mcp"),
    "the access token has expired": grants(exp=1_700_000_000),
    "the access token is of nobody known": lambda provider: (
        provider.vouched.update(sub="nobody"),
        provider.granted.update(sub="nobody"),
    )[0],
    "the access token does not even let look": grants(scope="openid preo.approve"),
    "the provider names itself and did not": says(authorization_response_iss_parameter_supported=True),
}


@pytest.mark.parametrize("what", WRONG)
async def test_a_provider_whose_tokens_are_wrong_lets_nobody_in(tmp_path: Path, what: str) -> None:
    async with at_a_provider(tmp_path) as (team, provider):
        WRONG[what](provider)
        visitor = Visitor(team.origin)
        came = await came_back(visitor, (await left(visitor, provider))["state"])
        assert (came.status_code, is_let_in(visitor)) == (401, False), what
        assert "The sign-in failed" in came.text


async def test_an_answer_of_another_provider_or_without_a_code_lets_nobody_in(tmp_path: Path) -> None:
    async with at_a_provider(tmp_path) as (team, provider):
        for more in ({"iss": "https://evil.example"}, {"error": "access_denied"}, {"code": ""}):
            visitor = Visitor(team.origin)
            asked = await left(visitor, provider)
            assert (await came_back(visitor, asked["state"], **more)).status_code == 401
            assert not is_let_in(visitor), more
        assert not provider.exchanges, "no code was even shown"
        visitor = Visitor(team.origin)
        asked = await left(visitor, provider)
        assert (await came_back(visitor, asked["state"], iss=provider.url)).status_code == 303


async def test_a_code_that_somebody_else_was_given_signs_nobody_in(tmp_path: Path) -> None:
    """Login CSRF: an attacker's way back is opened in the browser of a victim, who would answer as the attacker."""
    async with at_a_provider(tmp_path) as (team, provider):
        attacker, victim, begun = Visitor(team.origin), Visitor(team.origin), Visitor(team.origin)
        asked = await left(attacker, provider)
        await left(begun, provider)
        for one in (victim, begun):
            assert (await came_back(one, asked["state"])).status_code == 401
            assert not is_let_in(one)
            for state in ("", "x", "ø"):
                assert (await came_back(one, state)).status_code == 401
        assert not provider.exchanges


async def test_a_way_back_is_good_once(tmp_path: Path) -> None:
    async with at_a_provider(tmp_path) as (team, provider):
        visitor = Visitor(team.origin)
        asked = await left(visitor, provider)
        copy = Visitor(team.origin)
        copy.cookies = dict(visitor.cookies)
        assert (await came_back(visitor, asked["state"])).status_code == 303
        assert (await came_back(visitor, asked["state"])).status_code == 401, "the attempt is over"
        assert (await came_back(copy, asked["state"])).status_code == 401, "and so is its code"
        assert not is_let_in(copy)


async def test_who_is_no_member_any_more_is_signed_out(tmp_path: Path) -> None:
    async with at_a_provider(tmp_path) as (team, provider):
        visitor = Visitor(team.origin)
        await came_back(visitor, (await left(visitor, provider))["state"])
        assert (await visitor.get(ALL)).status_code == 200
        members_file(tmp_path, {"members": {"bo": {"subject": "subject-of-bo"}}})
        assert (await visitor.get(ALL)).status_code == 401


async def test_a_provider_that_does_not_answer_lets_nobody_in(tmp_path: Path) -> None:
    async with at_a_provider(tmp_path) as (team, provider):
        provider.about = {"issuer": "https://another.example"}
        visitor = Visitor(team.origin)
        answer = await visitor.get(SIGN_IN)
        assert answer.status_code == 401
        assert "the provider cannot be asked" in answer.text
