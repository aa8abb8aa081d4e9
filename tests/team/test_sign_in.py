"""Who is let in: the matrix of wrong bearers, over HTTP on loopback, with a provider of the tests' own."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from tests.team.provider import MADE_ANEW, PRIVATE, SOMEBODY_ELSES, Provider, provided, public_jwk
from tests.team.signed_in import ACCEPT, INITIALIZE, Served, a_team

Wrong = Callable[[Provider, str], str]


def unsigned(provider: Provider, audience: str) -> str:
    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(provider.claims(audience))}."


def hmac_with_the_public_key(provider: Provider, audience: str) -> str:
    """The attack on verifiers that take the algorithm from the token and the key from the provider."""
    pem = (
        PRIVATE["RS256"]
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    header = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": "RS256"}).encode()).rstrip(b"=")
    body = base64.urlsafe_b64encode(json.dumps(provider.claims(audience)).encode()).rstrip(b"=")
    signature = jwt.get_algorithm_by_name("HS256").sign(header + b"." + body, pem)
    return b".".join([header, body, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


def changed(**changes: Any) -> Wrong:
    return lambda provider, audience: provider.token(audience, **changes)


def always(token: str) -> Wrong:
    return lambda _provider, _audience: token


def with_a_critical_extension(provider: Provider, audience: str) -> str:
    _, body, signature = provider.token(audience).split(".")
    head = json.dumps({"alg": "RS256", "kid": "RS256", "crit": ["exp"]}).encode()
    return f"{base64.urlsafe_b64encode(head).rstrip(b'=').decode()}.{body}.{signature}"


def tampered(provider: Provider, audience: str) -> str:
    head, _, signature = provider.token(audience).split(".")
    body = json.dumps(provider.claims(audience, sub="subject-of-bo")).encode()
    return f"{head}.{base64.urlsafe_b64encode(body).rstrip(b'=').decode()}.{signature}"


def key_named_by_a_number(provider: Provider, audience: str) -> str:
    _, body, signature = provider.token(audience).split(".")
    head = json.dumps({"alg": "RS256", "kid": 7}).encode()
    return f"{base64.urlsafe_b64encode(head).rstrip(b'=').decode()}.{body}.{signature}"


def signed_by_somebody_else(provider: Provider, audience: str) -> str:
    return jwt.encode(provider.claims(audience), SOMEBODY_ELSES, "RS256", {"kid": "RS256"})


def with_a_key_of_its_own(provider: Provider, audience: str) -> str:
    headers = {"kid": "RS256", "jwk": public_jwk(SOMEBODY_ELSES, "RS256", "RS256"), "jku": "https://evil.example/jwks"}
    return jwt.encode(provider.claims(audience), SOMEBODY_ELSES, "RS256", headers)


def other_algorithm_of_the_key(provider: Provider, audience: str) -> str:
    return jwt.encode(provider.claims(audience), PRIVATE["RS256"], "RS512", {"kid": "RS256"})


NOW_AND_THEN = 2_000
WRONG: dict[str, tuple[Wrong, str]] = {
    "not a token": (always("x"), "not known"),
    "three dots": (always("a.b.c"), "not known"),
    "expired": (lambda p, a: p.token(a, exp=p.claims(a)["iat"] - 61), "expired"),
    "not yet valid": (lambda p, a: p.token(a, nbf=p.claims(a)["iat"] + NOW_AND_THEN), "not valid yet"),
    "issued in the future": (lambda p, a: p.token(a, iat=p.claims(a)["iat"] + NOW_AND_THEN), "not valid yet"),
    "another audience": (changed(aud="https://api.preo.dev"), "for another server"),
    "no audience": (changed(aud=None), "no aud"),
    "another issuer": (changed(iss="https://evil.example"), "of another provider"),
    "an issuer with a slash": (lambda p, a: p.token(a, iss=f"{p.url}/"), "of another provider"),
    "no end": (changed(exp=None), "no exp"),
    "nobody": (changed(sub=None), "no sub"),
    "unsigned": (unsigned, "signed in a way"),
    "HS for RS": (hmac_with_the_public_key, "signed in a way"),
    "another algorithm": (other_algorithm_of_the_key, "signed in a way"),
    "tampered with": (tampered, "not valid"),
    "somebody else's key": (signed_by_somebody_else, "not valid"),
    "a key of its own": (with_a_key_of_its_own, "not valid"),
    "an unknown key": (changed(headers={"kid": "unknown"}), "not signed by a key"),
    "a key of another type": (changed(headers={"kid": "ES256"}), "not signed by a key"),
    "a key's name that is none": (key_named_by_a_number, "not known"),
    "a token of another kind": (changed(headers={"typ": "logout+jwt"}), "kind that is not taken"),
    "a critical extension": (with_a_critical_extension, "not known"),
    "bound to a key": (changed(cnf={"jkt": "x"}), "bound to a key"),
    "far too long": (changed(more="x" * 20_000), "too long"),
}


async def test_a_wrong_token_lets_nobody_in(tmp_path: Path) -> None:
    async with provided() as provider, a_team(tmp_path, provider) as team:
        for name, (make, why) in WRONG.items():
            token = make(provider, team.url)
            answer = await team.asked(token)
            assert answer.status_code == 401, name
            assert why in answer.text, name
            challenge = answer.headers["www-authenticate"]
            assert 'error="invalid_token"' in challenge, name
            assert f'resource_metadata="{team.origin}/.well-known/oauth-protected-resource/mcp"' in challenge
            assert len(token) < 5 or token not in answer.text + str(answer.headers), name
        right = await team.asked(provider.token(team.url))
        assert right.status_code == 200, right.text


async def test_without_a_token_a_client_learns_where_to_sign_in(tmp_path: Path) -> None:
    async with provided() as provider, a_team(tmp_path, provider) as team:
        answer = await team.asked(None)
        assert answer.status_code == 401
        assert "error=" not in answer.headers["www-authenticate"]
        assert 'scope="preo.read preo.write preo.approve"' in answer.headers["www-authenticate"]
        assert len(answer.text.split(" · ")) == 3


@pytest.mark.parametrize("algorithm", sorted(PRIVATE))
async def test_a_right_token_of_each_algorithm_is_let_in(tmp_path: Path, algorithm: str) -> None:
    async with provided() as provider, a_team(tmp_path, provider) as team:
        answer = await team.asked(provider.token(team.url, algorithm))
        assert answer.status_code == 200, answer.text
        several = await team.asked(provider.token([team.url, "https://other.example"]))
        assert several.status_code == 200


async def test_keys_are_rotated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("preo_mcp.team.issuer.LEAST_SECONDS", 0)
    async with provided() as provider, a_team(tmp_path, provider) as team:
        before = provider.token(team.url)
        assert (await team.asked(before)).status_code == 200
        provider.keys = [public_jwk(MADE_ANEW, "new", "RS256")]
        after = jwt.encode(provider.claims(team.url), MADE_ANEW, "RS256", {"kid": "new"})
        assert (await team.asked(after)).status_code == 200, "a key that is not known is looked for"
        assert (await team.asked(before)).status_code == 401, "and one that is gone is not used any more"


async def test_made_up_keys_do_not_burden_the_provider(tmp_path: Path) -> None:
    async with provided() as provider, a_team(tmp_path, provider) as team:
        for number in range(20):
            await team.asked(provider.token(team.url, headers={"kid": f"made-up-{number}"}))
        assert provider.fetched == 1


async def test_nobody_comes_in_while_the_provider_does_not_answer(tmp_path: Path) -> None:
    async with provided() as provider, a_team(tmp_path, provider) as team:
        provider.is_reachable = False
        answer = await team.asked(provider.token(team.url))
        assert answer.status_code == 503
        assert "cannot be asked" in answer.text


async def scoped(team: Served, provider: Provider, **changes: Any) -> int:
    return (await team.asked(provider.token(team.url, **changes))).status_code


async def test_scopes_are_asked_for(tmp_path: Path) -> None:
    async with provided() as provider, a_team(tmp_path, provider) as team:
        for scope in (None, "", "openid", "preo.write", "preo.reads", "preo.read2 xpreo.read"):
            answer = await team.asked(provider.token(team.url, scope=scope))
            assert answer.status_code == 403, scope
            assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]
            assert 'scope="preo.read"' in answer.headers["www-authenticate"]
        assert await scoped(team, provider, scope=None, scp=["preo.read"]) == 200
        assert await scoped(team, provider, scope=None, scp="preo.read") == 200
        assert await scoped(team, provider, scope={"preo.read": 1}) == 403


async def test_who_is_no_member_is_told_so(tmp_path: Path) -> None:
    async with provided() as provider, a_team(tmp_path, provider) as team:
        answer = await team.asked(provider.token(team.url, sub="somebody"))
        assert answer.status_code == 403
        assert "no member" in answer.text
        assert "somebody" not in answer.text


async def test_an_address_counts_only_where_it_was_verified(tmp_path: Path) -> None:
    members = {"claim": "email", "members": {"anna": {"subject": "anna@example.org"}}}
    async with provided() as provider, a_team(tmp_path, provider, members) as team:
        assert await scoped(team, provider, email="anna@example.org") == 403
        assert await scoped(team, provider, email="anna@example.org", email_verified="true") == 403
        assert await scoped(team, provider, email="anna@example.org", email_verified=True) == 200


async def test_a_static_token_can_be_revoked_while_the_server_runs(tmp_path: Path) -> None:
    async with a_team(tmp_path) as team:
        token = team.token("anna")
        assert (await team.asked(token)).status_code == 200
        assert (await team.asked(token[:-1])).status_code == 401
        assert (await team.asked(f"{token}x")).status_code == 401
        team.tokens.revoke("anna")
        refused = await team.asked(token)
        assert refused.status_code == 401
        assert "revoked" in refused.text
        assert token not in (tmp_path / "state" / "tokens.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("authorization", ["", "Bearer", "Basic eDp5", "bearer"])
async def test_a_header_without_a_token_is_none(tmp_path: Path, authorization: str) -> None:
    async with a_team(tmp_path) as team:
        assert (await team.asked(None, Authorization=authorization)).status_code == 401


async def test_made_up_keys_do_not_shut_others_out_while_the_provider_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("preo_mcp.team.issuer.LEAST_SECONDS", 0)
    async with provided() as provider, a_team(tmp_path, provider) as team:
        assert await scoped(team, provider) == 200
        provider.is_reachable = False
        assert await scoped(team, provider, headers={"kid": "made-up"}) == 503
        assert await scoped(team, provider) == 200


async def test_two_bearers_are_none(tmp_path: Path) -> None:
    async with a_team(tmp_path) as team, httpx.AsyncClient() as http:
        token = team.token("anna")
        twice = [("Authorization", f"Bearer {token}"), ("Authorization", "Bearer x"), *ACCEPT.items()]
        assert (await http.post(team.url, json=INITIALIZE, headers=twice)).status_code == 400


async def test_the_metadata_names_the_server_the_provider_and_the_scopes(tmp_path: Path) -> None:
    """RFC 9728: at the place that goes with the resource's path, and at the one without it, for pages too."""
    async with provided() as provider, a_team(tmp_path, provider) as team, httpx.AsyncClient() as http:
        for path in ("/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-protected-resource"):
            answer = await http.get(f"{team.origin}{path}", headers={"Origin": team.origin})
            assert answer.json() == {
                "resource": team.url,
                "authorization_servers": [provider.url],
                "scopes_supported": ["preo.read", "preo.write", "preo.approve"],
                "bearer_methods_supported": ["header"],
                "resource_name": "preo-mcp",
            }
            assert answer.headers["access-control-allow-origin"] == "*"
    async with a_team(tmp_path / "other") as team, httpx.AsyncClient() as http:
        answer = await http.get(f"{team.origin}/.well-known/oauth-protected-resource")
        assert answer.status_code == 401, "there is no provider to name"


async def test_behind_a_proxy_no_address_leads_past_tls(tmp_path: Path) -> None:
    proxied: dict[str, Any] = {"public_url": "https://preo.example.org", "trusted_proxies": "127.0.0.1"}
    async with a_team(tmp_path, **proxied) as team, httpx.AsyncClient() as http:
        token = team.token("anna")
        by_proxy = {"Host": "preo.example.org", "X-Forwarded-Proto": "https", "Authorization": f"Bearer {token}"}
        answer = await http.post(f"{team.here}/mcp/", json=INITIALIZE, headers=ACCEPT | by_proxy)
        assert answer.status_code == 307
        assert answer.headers["location"] == "https://preo.example.org/mcp"
        bearer = {"Authorization": f"Bearer {token}"}
        direct = await http.post(f"{team.here}/mcp", json=INITIALIZE, headers=ACCEPT | bearer)
        assert direct.status_code == 403
