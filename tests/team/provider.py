"""A provider of the tests' own, over HTTP on loopback: its metadata, its keys, and tokens that it signs."""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast
from urllib.parse import parse_qs

import jwt
import uvicorn
from anyio import create_task_group
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from preo_mcp.process import LOOPBACK, listen

PRIVATE: dict[str, Any] = {
    "RS256": rsa.generate_private_key(65537, 2048),
    "PS256": rsa.generate_private_key(65537, 2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
"""Made once: a key of RSA takes longer than most tests."""
MADE_ANEW = rsa.generate_private_key(65537, 2048)
SOMEBODY_ELSES = rsa.generate_private_key(65537, 2048)


def public_jwk(private: Any, kid: str, algorithm: str) -> dict[str, Any]:
    made = jwt.get_algorithm_by_name(algorithm)
    return cast("dict[str, Any]", {**cast("Any", made).to_jwk(private.public_key(), as_dict=True), "kid": kid})


class Provider:
    """What a provider of tokens knows."""

    def __init__(self) -> None:
        self.url = ""
        self.keys = [public_jwk(key, kid, kid) for kid, key in PRIVATE.items()]
        self.is_reachable = True
        self.fetched = 0
        self.exchanges: list[dict[str, list[str]]] = []
        self.exchanged = "preo-token-of-exchange"

    def routes(self) -> list[Route]:
        return [
            Route("/.well-known/openid-configuration", self._metadata),
            Route("/jwks", self._jwks),
            Route("/token", self._token, methods=["POST"]),
        ]

    async def _metadata(self, _: Request) -> Response:
        if not self.is_reachable:
            return Response(status_code=503)
        about = {"issuer": self.url, "jwks_uri": f"{self.url}/jwks", "token_endpoint": f"{self.url}/token"}
        return JSONResponse(about)

    async def _jwks(self, _: Request) -> Response:
        self.fetched += 1
        return JSONResponse({"keys": self.keys}) if self.is_reachable else Response(status_code=503)

    async def _token(self, request: Request) -> Response:
        self.exchanges.append(parse_qs((await request.body()).decode()))
        return JSONResponse({"access_token": self.exchanged, "token_type": "Bearer", "expires_in": 3600})

    def claims(self, audience: str | list[str], **changes: Any) -> dict[str, Any]:
        """Return the claims of a token that is right; a change to None leaves one out."""
        now = int(time.time())
        right = {
            "iss": self.url,
            "aud": audience,
            "sub": "subject-of-anna",
            "iat": now,
            "exp": now + 300,
            "scope": "openid preo.read preo.write preo.approve",
        }
        return {name: value for name, value in (right | changes).items() if value is not None}

    def token(
        self, audience: str | list[str], algorithm: str = "RS256", headers: dict[str, Any] | None = None, **changes: Any
    ) -> str:
        """Return a token; right, but for the changes."""
        kid = {"kid": algorithm, "typ": "at+jwt"}
        return jwt.encode(self.claims(audience, **changes), PRIVATE[algorithm], algorithm, kid | (headers or {}))


@asynccontextmanager
async def served(app: ASGIApp, port: int = 0) -> AsyncGenerator[str]:
    """Serve an application on loopback, and yield its address."""
    with listen(port) as listener:
        config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        async with create_task_group() as tasks:
            tasks.start_soon(server.serve, [listener])
            try:
                yield f"http://{LOOPBACK}:{listener.getsockname()[1]}"
            finally:
                server.should_exit = True


@asynccontextmanager
async def provided() -> AsyncGenerator[Provider]:
    """Serve a provider."""
    provider = Provider()
    async with served(Starlette(routes=provider.routes())) as url:
        provider.url = url
        yield provider
