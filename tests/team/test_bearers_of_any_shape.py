"""Bearers and keys of any shape: somebody is let in, or refused in words; nothing else is ever raised."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import httpx
import jwt
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from preo_mcp.team.issuer import Issuer
from preo_mcp.team.jwts import JwtVerifier
from preo_mcp.team.principals import Principal, Refused
from preo_mcp.team.sign_in import SignIn
from preo_mcp.team.static_tokens import StaticTokens
from tests.team.provider import PRIVATE, Provider, public_jwk

URL = "https://id.example.org"
AUDIENCE = "https://preo.example.org/mcp"
QUICK = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)

NAMES = ("alg", "kid", "typ", "crit", "kty", "crv", "use", "n", "e", "x", "y", "iss", "aud", "sub", "exp", "nbf", "iat")
WORDS = ("RS256", "HS256", "none", "RSA", "EC", "OKP", "P-256", "AQAB", "sig", URL, AUDIENCE, "scope", "preo.read")
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(WORDS)
JSON = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5)
)
OBJECT = st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), JSON, max_size=6)

Attempt = Callable[[bytes, list[Any]], Principal | Refused]


@pytest.fixture
def attempt(tmp_path: Path) -> Attempt:
    """Sign in with an `Authorization`, at a provider that has some keys."""
    provider = Provider()

    def made(authorization: bytes, keys: list[Any]) -> Principal | Refused:
        def answer(request: httpx.Request) -> httpx.Response:
            if request.url.path == "/jwks":
                return httpx.Response(200, content=json.dumps({"keys": keys}))
            return httpx.Response(200, json={"issuer": URL, "jwks_uri": f"{URL}/jwks"})

        async def signed_in() -> Principal | Refused:
            async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
                verifier = JwtVerifier(Issuer(URL, http), AUDIENCE)
                try:
                    return await SignIn(StaticTokens(tmp_path), verifier, None).principal(authorization)
                except Refused as refused:
                    return refused

        return anyio.run(signed_in)

    provider.url = URL
    return made


def part(value: Any) -> bytes:
    return base64.urlsafe_b64encode(json.dumps(value).encode(errors="surrogatepass")).rstrip(b"=")


def right(**changes: Any) -> bytes:
    provider = Provider()
    provider.url = URL
    return f"Bearer {provider.token(AUDIENCE, **changes)}".encode()


RIGHT_KEYS = [public_jwk(key, kid, kid) for kid, key in PRIVATE.items()]


def test_what_is_right_is_let_in(attempt: Attempt) -> None:
    assert isinstance(attempt(right(), RIGHT_KEYS), Principal)


@QUICK
@given(authorization=st.binary(max_size=60) | st.binary(max_size=60).map(lambda text: b"Bearer " + text))
@example(b"Bearer eyJhbGciOiJub25lIn0..")
@example(b"Bearer ...")
@example(b"Bearer " + b"." * 16_000)
def test_any_bytes_are_refused(attempt: Attempt, authorization: bytes) -> None:
    assert isinstance(attempt(authorization, RIGHT_KEYS), Refused)


@QUICK
@given(header=OBJECT | JSON, claims=OBJECT | JSON)
@example({"alg": ["RS256"]}, {})
@example({"alg": {"RS256": 1}, "kid": []}, {})
@example({"alg": "RS256", "kid": "RS256", "typ": []}, {"exp": 1e400})
@example({"alg": "RS256", "kid": "RS256"}, [])
def test_headers_and_claims_of_any_shape_without_a_signature_are_refused(
    attempt: Attempt, header: Any, claims: Any
) -> None:
    token = b"Bearer " + b".".join([part(header), part(claims), base64.urlsafe_b64encode(b"s" * 256).rstrip(b"=")])
    assert isinstance(attempt(token, RIGHT_KEYS), Refused)


@QUICK
@given(claims=OBJECT)
@example({"exp": "soon"})
@example({"exp": float("inf")})
@example({"exp": 10**400})
@example({"nbf": [], "iat": {}})
@example({"aud": {"a": 1}})
@example({"sub": ["a"]})
@example({"scope": 5, "scp": {}})
def test_claims_of_any_shape_that_the_provider_signed_are_let_in_or_refused(
    attempt: Attempt, claims: dict[str, Any]
) -> None:
    """A provider's mistakes, or what its people can make it sign."""
    whole = Provider().claims(AUDIENCE) | {"iss": URL} | claims
    body = json.dumps(whole).encode(errors="surrogatepass")
    token = jwt.PyJWS().encode(body, PRIVATE["RS256"], "RS256", {"kid": "RS256"})
    found = attempt(f"Bearer {token}".encode(), RIGHT_KEYS)
    if isinstance(found, Principal):
        assert whole["iss"] == URL
        assert whole["aud"] == AUDIENCE or AUDIENCE in whole["aud"]
        assert found.name == whole["sub"]


@QUICK
@given(keys=st.lists(OBJECT | JSON, max_size=4))
@example([{"kty": "RSA", "crv": []}])
@example([{"kty": ["RSA"], "kid": "RS256"}])
@example([{"kty": "RSA", "kid": "RS256", "n": "AQ", "e": "AQ"}])
@example([{"kty": "RSA", "kid": "RS256", "n": 5, "e": None}])
@example([{"kty": "RSA", "kid": "RS256", "alg": ["RS256"], "use": {}}])
def test_keys_of_any_shape_let_nobody_in(attempt: Attempt, keys: list[Any]) -> None:
    assert isinstance(attempt(right(), keys), Refused)
    assert isinstance(attempt(right(), [*keys, *RIGHT_KEYS]), Principal | Refused)
